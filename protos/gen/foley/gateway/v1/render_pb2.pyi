import datetime

from foley.audio.v1 import audio_service_pb2 as _audio_service_pb2
from foley.audio.v1 import loudness_pb2 as _loudness_pb2
from foley.common.v1 import footstep_pb2 as _footstep_pb2
from foley.common.v1 import media_pb2 as _media_pb2
from foley.common.v1 import surface_pb2 as _surface_pb2
from foley.detector.v1 import detector_service_pb2 as _detector_service_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as _surface_agent_service_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RenderStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RENDER_STAGE_UNSPECIFIED: _ClassVar[RenderStage]
    RENDER_STAGE_POSES: _ClassVar[RenderStage]
    RENDER_STAGE_FOOTSTEPS: _ClassVar[RenderStage]
    RENDER_STAGE_SURFACES: _ClassVar[RenderStage]
    RENDER_STAGE_SOUND: _ClassVar[RenderStage]
    RENDER_STAGE_VIDEO: _ClassVar[RenderStage]
    RENDER_STAGE_EXPORTS: _ClassVar[RenderStage]
RENDER_STAGE_UNSPECIFIED: RenderStage
RENDER_STAGE_POSES: RenderStage
RENDER_STAGE_FOOTSTEPS: RenderStage
RENDER_STAGE_SURFACES: RenderStage
RENDER_STAGE_SOUND: RenderStage
RENDER_STAGE_VIDEO: RenderStage
RENDER_STAGE_EXPORTS: RenderStage

class SoundSearch(_message.Message):
    __slots__ = ("query", "url", "rights_confirmed", "sources")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    RIGHTS_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    query: str
    url: str
    rights_confirmed: bool
    sources: _containers.RepeatedScalarFieldContainer[_surface_agent_service_pb2.SoundSource]
    def __init__(self, query: _Optional[str] = ..., url: _Optional[str] = ..., rights_confirmed: _Optional[bool] = ..., sources: _Optional[_Iterable[_Union[_surface_agent_service_pb2.SoundSource, str]]] = ...) -> None: ...

class RenderOptions(_message.Message):
    __slots__ = ("poses", "sensitivity", "overrides", "style", "footsteps_only", "session", "formats", "local_ground_only", "sound_search", "step_edits")
    POSES_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEPS_ONLY_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    LOCAL_GROUND_ONLY_FIELD_NUMBER: _ClassVar[int]
    SOUND_SEARCH_FIELD_NUMBER: _ClassVar[int]
    STEP_EDITS_FIELD_NUMBER: _ClassVar[int]
    poses: _detector_service_pb2.PoseOptions
    sensitivity: _detector_service_pb2.Sensitivity
    overrides: _containers.RepeatedCompositeFieldContainer[_surface_agent_service_pb2.SurfaceOverride]
    style: _audio_service_pb2.Style
    footsteps_only: bool
    session: _audio_service_pb2.SessionOptions
    formats: _containers.RepeatedScalarFieldContainer[_audio_service_pb2.SessionFormat]
    local_ground_only: bool
    sound_search: SoundSearch
    step_edits: StepEdits
    def __init__(self, poses: _Optional[_Union[_detector_service_pb2.PoseOptions, _Mapping]] = ..., sensitivity: _Optional[_Union[_detector_service_pb2.Sensitivity, str]] = ..., overrides: _Optional[_Iterable[_Union[_surface_agent_service_pb2.SurfaceOverride, _Mapping]]] = ..., style: _Optional[_Union[_audio_service_pb2.Style, _Mapping]] = ..., footsteps_only: _Optional[bool] = ..., session: _Optional[_Union[_audio_service_pb2.SessionOptions, _Mapping]] = ..., formats: _Optional[_Iterable[_Union[_audio_service_pb2.SessionFormat, str]]] = ..., local_ground_only: _Optional[bool] = ..., sound_search: _Optional[_Union[SoundSearch, _Mapping]] = ..., step_edits: _Optional[_Union[StepEdits, _Mapping]] = ...) -> None: ...

class StepEdits(_message.Message):
    __slots__ = ("edits", "only_these")
    EDITS_FIELD_NUMBER: _ClassVar[int]
    ONLY_THESE_FIELD_NUMBER: _ClassVar[int]
    edits: _containers.RepeatedCompositeFieldContainer[StepEdit]
    only_these: bool
    def __init__(self, edits: _Optional[_Iterable[_Union[StepEdit, _Mapping]]] = ..., only_these: _Optional[bool] = ...) -> None: ...

class StepEdit(_message.Message):
    __slots__ = ("footstep_id", "remove", "initial_contact_offset", "side", "track_id", "strength", "gait_kind")
    FOOTSTEP_ID_FIELD_NUMBER: _ClassVar[int]
    REMOVE_FIELD_NUMBER: _ClassVar[int]
    INITIAL_CONTACT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    GAIT_KIND_FIELD_NUMBER: _ClassVar[int]
    footstep_id: str
    remove: bool
    initial_contact_offset: _duration_pb2.Duration
    side: _footstep_pb2.Side
    track_id: int
    strength: float
    gait_kind: _footstep_pb2.GaitKind
    def __init__(self, footstep_id: _Optional[str] = ..., remove: _Optional[bool] = ..., initial_contact_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., side: _Optional[_Union[_footstep_pb2.Side, str]] = ..., track_id: _Optional[int] = ..., strength: _Optional[float] = ..., gait_kind: _Optional[_Union[_footstep_pb2.GaitKind, str]] = ...) -> None: ...

class StageProgress(_message.Message):
    __slots__ = ("stage", "fraction", "reused")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    REUSED_FIELD_NUMBER: _ClassVar[int]
    stage: RenderStage
    fraction: float
    reused: bool
    def __init__(self, stage: _Optional[_Union[RenderStage, str]] = ..., fraction: _Optional[float] = ..., reused: _Optional[bool] = ...) -> None: ...

class RenderFile(_message.Message):
    __slots__ = ("file_name", "file")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    file: _media_pb2.ObjectRef
    def __init__(self, file_name: _Optional[str] = ..., file: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ...) -> None: ...

class GroundSound(_message.Message):
    __slots__ = ("surface", "query", "sound", "sample_pack", "step_count", "rejected", "fallback_reason")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    SOUND_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_PACK_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_REASON_FIELD_NUMBER: _ClassVar[int]
    surface: _surface_pb2.Surface
    query: str
    sound: _surface_agent_service_pb2.FoundSound
    sample_pack: _media_pb2.ObjectRef
    step_count: int
    rejected: _containers.RepeatedCompositeFieldContainer[_surface_agent_service_pb2.RejectedSound]
    fallback_reason: str
    def __init__(self, surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., query: _Optional[str] = ..., sound: _Optional[_Union[_surface_agent_service_pb2.FoundSound, _Mapping]] = ..., sample_pack: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., step_count: _Optional[int] = ..., rejected: _Optional[_Iterable[_Union[_surface_agent_service_pb2.RejectedSound, _Mapping]]] = ..., fallback_reason: _Optional[str] = ...) -> None: ...

class RenderSummary(_message.Message):
    __slots__ = ("footstep_count", "walker_count", "loudness", "sync", "ground_sounds", "unused_overrides", "unused_step_edits")
    FOOTSTEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    WALKER_COUNT_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_FIELD_NUMBER: _ClassVar[int]
    SYNC_FIELD_NUMBER: _ClassVar[int]
    GROUND_SOUNDS_FIELD_NUMBER: _ClassVar[int]
    UNUSED_OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    UNUSED_STEP_EDITS_FIELD_NUMBER: _ClassVar[int]
    footstep_count: int
    walker_count: int
    loudness: _loudness_pb2.LoudnessReport
    sync: _loudness_pb2.SyncReport
    ground_sounds: _containers.RepeatedCompositeFieldContainer[GroundSound]
    unused_overrides: _containers.RepeatedScalarFieldContainer[int]
    unused_step_edits: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, footstep_count: _Optional[int] = ..., walker_count: _Optional[int] = ..., loudness: _Optional[_Union[_loudness_pb2.LoudnessReport, _Mapping]] = ..., sync: _Optional[_Union[_loudness_pb2.SyncReport, _Mapping]] = ..., ground_sounds: _Optional[_Iterable[_Union[GroundSound, _Mapping]]] = ..., unused_overrides: _Optional[_Iterable[int]] = ..., unused_step_edits: _Optional[_Iterable[int]] = ...) -> None: ...

class Render(_message.Message):
    __slots__ = ("name", "options", "state", "progress", "files", "summary", "error_reason", "error_message", "create_time", "update_time")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Render.State]
        STATE_QUEUED: _ClassVar[Render.State]
        STATE_RUNNING: _ClassVar[Render.State]
        STATE_PAUSED: _ClassVar[Render.State]
        STATE_SUCCEEDED: _ClassVar[Render.State]
        STATE_FAILED: _ClassVar[Render.State]
        STATE_CANCELLED: _ClassVar[Render.State]
    STATE_UNSPECIFIED: Render.State
    STATE_QUEUED: Render.State
    STATE_RUNNING: Render.State
    STATE_PAUSED: Render.State
    STATE_SUCCEEDED: Render.State
    STATE_FAILED: Render.State
    STATE_CANCELLED: Render.State
    NAME_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    ERROR_REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    name: str
    options: RenderOptions
    state: Render.State
    progress: _containers.RepeatedCompositeFieldContainer[StageProgress]
    files: _containers.RepeatedCompositeFieldContainer[RenderFile]
    summary: RenderSummary
    error_reason: str
    error_message: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    def __init__(self, name: _Optional[str] = ..., options: _Optional[_Union[RenderOptions, _Mapping]] = ..., state: _Optional[_Union[Render.State, str]] = ..., progress: _Optional[_Iterable[_Union[StageProgress, _Mapping]]] = ..., files: _Optional[_Iterable[_Union[RenderFile, _Mapping]]] = ..., summary: _Optional[_Union[RenderSummary, _Mapping]] = ..., error_reason: _Optional[str] = ..., error_message: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
