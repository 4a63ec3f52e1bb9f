import datetime

from foley.audio.v1 import loudness_pb2 as _loudness_pb2
from foley.common.v1 import footstep_pb2 as _footstep_pb2
from foley.common.v1 import media_pb2 as _media_pb2
from foley.common.v1 import progress_pb2 as _progress_pb2
from foley.common.v1 import surface_pb2 as _surface_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OriginalSound(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ORIGINAL_SOUND_UNSPECIFIED: _ClassVar[OriginalSound]
    ORIGINAL_SOUND_KEEP: _ClassVar[OriginalSound]
    ORIGINAL_SOUND_DUCK: _ClassVar[OriginalSound]
    ORIGINAL_SOUND_DROP: _ClassVar[OriginalSound]

class LoudnessPreset(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOUDNESS_PRESET_UNSPECIFIED: _ClassVar[LoudnessPreset]
    LOUDNESS_PRESET_EBU_R128: _ClassVar[LoudnessPreset]
    LOUDNESS_PRESET_ATSC_A85: _ClassVar[LoudnessPreset]
    LOUDNESS_PRESET_STREAMING_16: _ClassVar[LoudnessPreset]
    LOUDNESS_PRESET_STREAMING_14: _ClassVar[LoudnessPreset]

class SessionFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_FORMAT_UNSPECIFIED: _ClassVar[SessionFormat]
    SESSION_FORMAT_CSV: _ClassVar[SessionFormat]
    SESSION_FORMAT_JSON: _ClassVar[SessionFormat]
    SESSION_FORMAT_TIMECODE_TEXT: _ClassVar[SessionFormat]
    SESSION_FORMAT_REPORT: _ClassVar[SessionFormat]
ORIGINAL_SOUND_UNSPECIFIED: OriginalSound
ORIGINAL_SOUND_KEEP: OriginalSound
ORIGINAL_SOUND_DUCK: OriginalSound
ORIGINAL_SOUND_DROP: OriginalSound
LOUDNESS_PRESET_UNSPECIFIED: LoudnessPreset
LOUDNESS_PRESET_EBU_R128: LoudnessPreset
LOUDNESS_PRESET_ATSC_A85: LoudnessPreset
LOUDNESS_PRESET_STREAMING_16: LoudnessPreset
LOUDNESS_PRESET_STREAMING_14: LoudnessPreset
SESSION_FORMAT_UNSPECIFIED: SessionFormat
SESSION_FORMAT_CSV: SessionFormat
SESSION_FORMAT_JSON: SessionFormat
SESSION_FORMAT_TIMECODE_TEXT: SessionFormat
SESSION_FORMAT_REPORT: SessionFormat

class Style(_message.Message):
    __slots__ = ("seed", "original_sound", "loudness_preset", "sample_rate_hz")
    SEED_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_SOUND_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_PRESET_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    seed: int
    original_sound: OriginalSound
    loudness_preset: LoudnessPreset
    sample_rate_hz: int
    def __init__(self, seed: _Optional[int] = ..., original_sound: _Optional[_Union[OriginalSound, str]] = ..., loudness_preset: _Optional[_Union[LoudnessPreset, str]] = ..., sample_rate_hz: _Optional[int] = ...) -> None: ...

class SynthesizeFootstepsRequest(_message.Message):
    __slots__ = ("video", "footsteps", "surfaces", "style", "output_prefix")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.ObjectRef
    footsteps: _media_pb2.ObjectRef
    surfaces: _media_pb2.ObjectRef
    style: Style
    output_prefix: str
    def __init__(self, video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., surfaces: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., style: _Optional[_Union[Style, _Mapping]] = ..., output_prefix: _Optional[str] = ...) -> None: ...

class SynthesizeFootstepsResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    result: SynthesisResult
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., result: _Optional[_Union[SynthesisResult, _Mapping]] = ...) -> None: ...

class Stem(_message.Message):
    __slots__ = ("name", "sound")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SOUND_FIELD_NUMBER: _ClassVar[int]
    name: str
    sound: _media_pb2.ObjectRef
    def __init__(self, name: _Optional[str] = ..., sound: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ...) -> None: ...

class SynthesisResult(_message.Message):
    __slots__ = ("mix", "foley", "cues", "loudness", "stems")
    MIX_FIELD_NUMBER: _ClassVar[int]
    FOLEY_FIELD_NUMBER: _ClassVar[int]
    CUES_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_FIELD_NUMBER: _ClassVar[int]
    STEMS_FIELD_NUMBER: _ClassVar[int]
    mix: _media_pb2.ObjectRef
    foley: _media_pb2.ObjectRef
    cues: _media_pb2.ObjectRef
    loudness: _loudness_pb2.LoudnessReport
    stems: _containers.RepeatedCompositeFieldContainer[Stem]
    def __init__(self, mix: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., foley: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., cues: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., loudness: _Optional[_Union[_loudness_pb2.LoudnessReport, _Mapping]] = ..., stems: _Optional[_Iterable[_Union[Stem, _Mapping]]] = ...) -> None: ...

class RenderVideoRequest(_message.Message):
    __slots__ = ("video", "mix", "cues", "footsteps", "surfaces", "poses", "output_prefix")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    MIX_FIELD_NUMBER: _ClassVar[int]
    CUES_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    POSES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.ObjectRef
    mix: _media_pb2.ObjectRef
    cues: _media_pb2.ObjectRef
    footsteps: _media_pb2.ObjectRef
    surfaces: _media_pb2.ObjectRef
    poses: _media_pb2.ObjectRef
    output_prefix: str
    def __init__(self, video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., mix: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., cues: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., surfaces: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., poses: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., output_prefix: _Optional[str] = ...) -> None: ...

class RenderVideoResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    result: VideoResult
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., result: _Optional[_Union[VideoResult, _Mapping]] = ...) -> None: ...

class VideoResult(_message.Message):
    __slots__ = ("foley_video", "foley_video_untouched", "annotated_video", "sync")
    FOLEY_VIDEO_FIELD_NUMBER: _ClassVar[int]
    FOLEY_VIDEO_UNTOUCHED_FIELD_NUMBER: _ClassVar[int]
    ANNOTATED_VIDEO_FIELD_NUMBER: _ClassVar[int]
    SYNC_FIELD_NUMBER: _ClassVar[int]
    foley_video: _media_pb2.ObjectRef
    foley_video_untouched: _media_pb2.ObjectRef
    annotated_video: _media_pb2.ObjectRef
    sync: _loudness_pb2.SyncReport
    def __init__(self, foley_video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., foley_video_untouched: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., annotated_video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., sync: _Optional[_Union[_loudness_pb2.SyncReport, _Mapping]] = ...) -> None: ...

class ExportSessionRequest(_message.Message):
    __slots__ = ("footsteps", "surfaces", "formats", "loudness", "sync", "style", "video_name", "output_prefix")
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_FIELD_NUMBER: _ClassVar[int]
    SYNC_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    VIDEO_NAME_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    footsteps: _media_pb2.ObjectRef
    surfaces: _media_pb2.ObjectRef
    formats: _containers.RepeatedScalarFieldContainer[SessionFormat]
    loudness: _loudness_pb2.LoudnessReport
    sync: _loudness_pb2.SyncReport
    style: Style
    video_name: str
    output_prefix: str
    def __init__(self, footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., surfaces: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., formats: _Optional[_Iterable[_Union[SessionFormat, str]]] = ..., loudness: _Optional[_Union[_loudness_pb2.LoudnessReport, _Mapping]] = ..., sync: _Optional[_Union[_loudness_pb2.SyncReport, _Mapping]] = ..., style: _Optional[_Union[Style, _Mapping]] = ..., video_name: _Optional[str] = ..., output_prefix: _Optional[str] = ...) -> None: ...

class ExportedFile(_message.Message):
    __slots__ = ("format", "file")
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    format: SessionFormat
    file: _media_pb2.ObjectRef
    def __init__(self, format: _Optional[_Union[SessionFormat, str]] = ..., file: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ...) -> None: ...

class ExportSessionResponse(_message.Message):
    __slots__ = ("files",)
    FILES_FIELD_NUMBER: _ClassVar[int]
    files: _containers.RepeatedCompositeFieldContainer[ExportedFile]
    def __init__(self, files: _Optional[_Iterable[_Union[ExportedFile, _Mapping]]] = ...) -> None: ...

class SliceSoundRequest(_message.Message):
    __slots__ = ("recording", "ranges", "sample_rate_hz", "output_prefix")
    RECORDING_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    recording: _media_pb2.ObjectRef
    ranges: _containers.RepeatedCompositeFieldContainer[_media_pb2.TimeRange]
    sample_rate_hz: int
    output_prefix: str
    def __init__(self, recording: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., ranges: _Optional[_Iterable[_Union[_media_pb2.TimeRange, _Mapping]]] = ..., sample_rate_hz: _Optional[int] = ..., output_prefix: _Optional[str] = ...) -> None: ...

class SliceSoundResponse(_message.Message):
    __slots__ = ("slices",)
    SLICES_FIELD_NUMBER: _ClassVar[int]
    slices: _containers.RepeatedCompositeFieldContainer[_media_pb2.ObjectRef]
    def __init__(self, slices: _Optional[_Iterable[_Union[_media_pb2.ObjectRef, _Mapping]]] = ...) -> None: ...

class RenderStepBankRequest(_message.Message):
    __slots__ = ("surface", "footwear", "gait_kind", "strength", "step_count", "seed", "output_prefix", "sample_rate_hz")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    GAIT_KIND_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    surface: _surface_pb2.Surface
    footwear: _surface_pb2.Footwear
    gait_kind: _footstep_pb2.GaitKind
    strength: float
    step_count: int
    seed: int
    output_prefix: str
    sample_rate_hz: int
    def __init__(self, surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., footwear: _Optional[_Union[_surface_pb2.Footwear, str]] = ..., gait_kind: _Optional[_Union[_footstep_pb2.GaitKind, str]] = ..., strength: _Optional[float] = ..., step_count: _Optional[int] = ..., seed: _Optional[int] = ..., output_prefix: _Optional[str] = ..., sample_rate_hz: _Optional[int] = ...) -> None: ...

class BankStep(_message.Message):
    __slots__ = ("sound", "contact_sample", "duration")
    SOUND_FIELD_NUMBER: _ClassVar[int]
    CONTACT_SAMPLE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    sound: _media_pb2.ObjectRef
    contact_sample: int
    duration: _duration_pb2.Duration
    def __init__(self, sound: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., contact_sample: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class RenderStepBankResponse(_message.Message):
    __slots__ = ("progress", "step")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    step: BankStep
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., step: _Optional[_Union[BankStep, _Mapping]] = ...) -> None: ...
