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
    LOUDNESS_PRESET_CINEMA: _ClassVar[LoudnessPreset]

class SoundEngine(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOUND_ENGINE_UNSPECIFIED: _ClassVar[SoundEngine]
    SOUND_ENGINE_PROCEDURAL: _ClassVar[SoundEngine]
    SOUND_ENGINE_SAMPLED: _ClassVar[SoundEngine]

class Room(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROOM_UNSPECIFIED: _ClassVar[Room]
    ROOM_AUTO: _ClassVar[Room]
    ROOM_NONE: _ClassVar[Room]
    ROOM_OUTDOOR: _ClassVar[Room]
    ROOM_SMALL: _ClassVar[Room]
    ROOM_MEDIUM: _ClassVar[Room]
    ROOM_LARGE: _ClassVar[Room]
    ROOM_HALL: _ClassVar[Room]

class Perspective(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERSPECTIVE_UNSPECIFIED: _ClassVar[Perspective]
    PERSPECTIVE_AUTO: _ClassVar[Perspective]
    PERSPECTIVE_CLOSE: _ClassVar[Perspective]
    PERSPECTIVE_MEDIUM: _ClassVar[Perspective]
    PERSPECTIVE_FAR: _ClassVar[Perspective]

class SampleFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SAMPLE_FORMAT_UNSPECIFIED: _ClassVar[SampleFormat]
    SAMPLE_FORMAT_PCM_24: _ClassVar[SampleFormat]
    SAMPLE_FORMAT_FLOAT_32: _ClassVar[SampleFormat]

class StemKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEM_KIND_UNSPECIFIED: _ClassVar[StemKind]
    STEM_KIND_FOOT: _ClassVar[StemKind]
    STEM_KIND_CLOTH: _ClassVar[StemKind]
    STEM_KIND_ROOM: _ClassVar[StemKind]
    STEM_KIND_ORIGINAL: _ClassVar[StemKind]

class SessionFormat(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_FORMAT_UNSPECIFIED: _ClassVar[SessionFormat]
    SESSION_FORMAT_CSV: _ClassVar[SessionFormat]
    SESSION_FORMAT_JSON: _ClassVar[SessionFormat]
    SESSION_FORMAT_TIMECODE_TEXT: _ClassVar[SessionFormat]
    SESSION_FORMAT_REPORT: _ClassVar[SessionFormat]
    SESSION_FORMAT_MIDI: _ClassVar[SessionFormat]
    SESSION_FORMAT_OTIO: _ClassVar[SessionFormat]
    SESSION_FORMAT_EDL: _ClassVar[SessionFormat]
    SESSION_FORMAT_AAF: _ClassVar[SessionFormat]
    SESSION_FORMAT_REAPER: _ClassVar[SessionFormat]
    SESSION_FORMAT_BWF: _ClassVar[SessionFormat]
    SESSION_FORMAT_WEBVTT: _ClassVar[SessionFormat]
    SESSION_FORMAT_ARCHIVE: _ClassVar[SessionFormat]
    SESSION_FORMAT_RESOLVE_MARKERS: _ClassVar[SessionFormat]
ORIGINAL_SOUND_UNSPECIFIED: OriginalSound
ORIGINAL_SOUND_KEEP: OriginalSound
ORIGINAL_SOUND_DUCK: OriginalSound
ORIGINAL_SOUND_DROP: OriginalSound
LOUDNESS_PRESET_UNSPECIFIED: LoudnessPreset
LOUDNESS_PRESET_EBU_R128: LoudnessPreset
LOUDNESS_PRESET_ATSC_A85: LoudnessPreset
LOUDNESS_PRESET_STREAMING_16: LoudnessPreset
LOUDNESS_PRESET_STREAMING_14: LoudnessPreset
LOUDNESS_PRESET_CINEMA: LoudnessPreset
SOUND_ENGINE_UNSPECIFIED: SoundEngine
SOUND_ENGINE_PROCEDURAL: SoundEngine
SOUND_ENGINE_SAMPLED: SoundEngine
ROOM_UNSPECIFIED: Room
ROOM_AUTO: Room
ROOM_NONE: Room
ROOM_OUTDOOR: Room
ROOM_SMALL: Room
ROOM_MEDIUM: Room
ROOM_LARGE: Room
ROOM_HALL: Room
PERSPECTIVE_UNSPECIFIED: Perspective
PERSPECTIVE_AUTO: Perspective
PERSPECTIVE_CLOSE: Perspective
PERSPECTIVE_MEDIUM: Perspective
PERSPECTIVE_FAR: Perspective
SAMPLE_FORMAT_UNSPECIFIED: SampleFormat
SAMPLE_FORMAT_PCM_24: SampleFormat
SAMPLE_FORMAT_FLOAT_32: SampleFormat
STEM_KIND_UNSPECIFIED: StemKind
STEM_KIND_FOOT: StemKind
STEM_KIND_CLOTH: StemKind
STEM_KIND_ROOM: StemKind
STEM_KIND_ORIGINAL: StemKind
SESSION_FORMAT_UNSPECIFIED: SessionFormat
SESSION_FORMAT_CSV: SessionFormat
SESSION_FORMAT_JSON: SessionFormat
SESSION_FORMAT_TIMECODE_TEXT: SessionFormat
SESSION_FORMAT_REPORT: SessionFormat
SESSION_FORMAT_MIDI: SessionFormat
SESSION_FORMAT_OTIO: SessionFormat
SESSION_FORMAT_EDL: SessionFormat
SESSION_FORMAT_AAF: SessionFormat
SESSION_FORMAT_REAPER: SessionFormat
SESSION_FORMAT_BWF: SessionFormat
SESSION_FORMAT_WEBVTT: SessionFormat
SESSION_FORMAT_ARCHIVE: SessionFormat
SESSION_FORMAT_RESOLVE_MARKERS: SessionFormat

class Ducking(_message.Message):
    __slots__ = ("depth_db", "attack", "hold", "release")
    DEPTH_DB_FIELD_NUMBER: _ClassVar[int]
    ATTACK_FIELD_NUMBER: _ClassVar[int]
    HOLD_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    depth_db: float
    attack: _duration_pb2.Duration
    hold: _duration_pb2.Duration
    release: _duration_pb2.Duration
    def __init__(self, depth_db: _Optional[float] = ..., attack: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., hold: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., release: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class Style(_message.Message):
    __slots__ = ("seed", "original_sound", "loudness_preset", "sample_rate_hz", "engine", "sample_packs", "room", "perspective", "ducking", "sample_format", "stems", "cloth", "nudge")
    SEED_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_SOUND_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_PRESET_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_PACKS_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    PERSPECTIVE_FIELD_NUMBER: _ClassVar[int]
    DUCKING_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_FORMAT_FIELD_NUMBER: _ClassVar[int]
    STEMS_FIELD_NUMBER: _ClassVar[int]
    CLOTH_FIELD_NUMBER: _ClassVar[int]
    NUDGE_FIELD_NUMBER: _ClassVar[int]
    seed: int
    original_sound: OriginalSound
    loudness_preset: LoudnessPreset
    sample_rate_hz: int
    engine: SoundEngine
    sample_packs: _containers.RepeatedCompositeFieldContainer[_media_pb2.ObjectRef]
    room: Room
    perspective: Perspective
    ducking: Ducking
    sample_format: SampleFormat
    stems: bool
    cloth: bool
    nudge: _duration_pb2.Duration
    def __init__(self, seed: _Optional[int] = ..., original_sound: _Optional[_Union[OriginalSound, str]] = ..., loudness_preset: _Optional[_Union[LoudnessPreset, str]] = ..., sample_rate_hz: _Optional[int] = ..., engine: _Optional[_Union[SoundEngine, str]] = ..., sample_packs: _Optional[_Iterable[_Union[_media_pb2.ObjectRef, _Mapping]]] = ..., room: _Optional[_Union[Room, str]] = ..., perspective: _Optional[_Union[Perspective, str]] = ..., ducking: _Optional[_Union[Ducking, _Mapping]] = ..., sample_format: _Optional[_Union[SampleFormat, str]] = ..., stems: _Optional[bool] = ..., cloth: _Optional[bool] = ..., nudge: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class SynthesizeFootstepsRequest(_message.Message):
    __slots__ = ("video", "footsteps", "surfaces", "style", "output_prefix", "tails")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    TAILS_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.ObjectRef
    footsteps: _media_pb2.ObjectRef
    surfaces: _media_pb2.ObjectRef
    style: Style
    output_prefix: str
    tails: bool
    def __init__(self, video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., surfaces: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., style: _Optional[_Union[Style, _Mapping]] = ..., output_prefix: _Optional[str] = ..., tails: _Optional[bool] = ...) -> None: ...

class SynthesizeFootstepsResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    result: SynthesisResult
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., result: _Optional[_Union[SynthesisResult, _Mapping]] = ...) -> None: ...

class Stem(_message.Message):
    __slots__ = ("name", "sound", "kind", "track_id", "side", "gain_db", "tail")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SOUND_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    TAIL_FIELD_NUMBER: _ClassVar[int]
    name: str
    sound: _media_pb2.ObjectRef
    kind: StemKind
    track_id: int
    side: _footstep_pb2.Side
    gain_db: float
    tail: _media_pb2.ObjectRef
    def __init__(self, name: _Optional[str] = ..., sound: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., kind: _Optional[_Union[StemKind, str]] = ..., track_id: _Optional[int] = ..., side: _Optional[_Union[_footstep_pb2.Side, str]] = ..., gain_db: _Optional[float] = ..., tail: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ...) -> None: ...

class SynthesisResult(_message.Message):
    __slots__ = ("mix", "foley", "cues", "loudness", "stems", "channel_layout", "original_gain_db", "foley_gain_db", "mix_tail", "foley_tail")
    MIX_FIELD_NUMBER: _ClassVar[int]
    FOLEY_FIELD_NUMBER: _ClassVar[int]
    CUES_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_FIELD_NUMBER: _ClassVar[int]
    STEMS_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_LAYOUT_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    FOLEY_GAIN_DB_FIELD_NUMBER: _ClassVar[int]
    MIX_TAIL_FIELD_NUMBER: _ClassVar[int]
    FOLEY_TAIL_FIELD_NUMBER: _ClassVar[int]
    mix: _media_pb2.ObjectRef
    foley: _media_pb2.ObjectRef
    cues: _media_pb2.ObjectRef
    loudness: _loudness_pb2.LoudnessReport
    stems: _containers.RepeatedCompositeFieldContainer[Stem]
    channel_layout: str
    original_gain_db: float
    foley_gain_db: float
    mix_tail: _media_pb2.ObjectRef
    foley_tail: _media_pb2.ObjectRef
    def __init__(self, mix: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., foley: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., cues: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., loudness: _Optional[_Union[_loudness_pb2.LoudnessReport, _Mapping]] = ..., stems: _Optional[_Iterable[_Union[Stem, _Mapping]]] = ..., channel_layout: _Optional[str] = ..., original_gain_db: _Optional[float] = ..., foley_gain_db: _Optional[float] = ..., mix_tail: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., foley_tail: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ...) -> None: ...

class RenderVideoRequest(_message.Message):
    __slots__ = ("video", "mix", "cues", "footsteps", "surfaces", "poses", "output_prefix", "session")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    MIX_FIELD_NUMBER: _ClassVar[int]
    CUES_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    POSES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.ObjectRef
    mix: _media_pb2.ObjectRef
    cues: _media_pb2.ObjectRef
    footsteps: _media_pb2.ObjectRef
    surfaces: _media_pb2.ObjectRef
    poses: _media_pb2.ObjectRef
    output_prefix: str
    session: SessionOptions
    def __init__(self, video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., mix: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., cues: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., surfaces: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., poses: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., output_prefix: _Optional[str] = ..., session: _Optional[_Union[SessionOptions, _Mapping]] = ...) -> None: ...

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

class SessionOptions(_message.Message):
    __slots__ = ("start_timecode", "offset", "handles")
    START_TIMECODE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    HANDLES_FIELD_NUMBER: _ClassVar[int]
    start_timecode: str
    offset: _duration_pb2.Duration
    handles: _duration_pb2.Duration
    def __init__(self, start_timecode: _Optional[str] = ..., offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., handles: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class ExportSessionRequest(_message.Message):
    __slots__ = ("footsteps", "surfaces", "formats", "loudness", "sync", "style", "video_name", "output_prefix", "session", "cues", "mix", "foley", "stems", "video", "mix_tail", "foley_tail")
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    FORMATS_FIELD_NUMBER: _ClassVar[int]
    LOUDNESS_FIELD_NUMBER: _ClassVar[int]
    SYNC_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    VIDEO_NAME_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    CUES_FIELD_NUMBER: _ClassVar[int]
    MIX_FIELD_NUMBER: _ClassVar[int]
    FOLEY_FIELD_NUMBER: _ClassVar[int]
    STEMS_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    MIX_TAIL_FIELD_NUMBER: _ClassVar[int]
    FOLEY_TAIL_FIELD_NUMBER: _ClassVar[int]
    footsteps: _media_pb2.ObjectRef
    surfaces: _media_pb2.ObjectRef
    formats: _containers.RepeatedScalarFieldContainer[SessionFormat]
    loudness: _loudness_pb2.LoudnessReport
    sync: _loudness_pb2.SyncReport
    style: Style
    video_name: str
    output_prefix: str
    session: SessionOptions
    cues: _media_pb2.ObjectRef
    mix: _media_pb2.ObjectRef
    foley: _media_pb2.ObjectRef
    stems: _containers.RepeatedCompositeFieldContainer[Stem]
    video: _media_pb2.ObjectRef
    mix_tail: _media_pb2.ObjectRef
    foley_tail: _media_pb2.ObjectRef
    def __init__(self, footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., surfaces: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., formats: _Optional[_Iterable[_Union[SessionFormat, str]]] = ..., loudness: _Optional[_Union[_loudness_pb2.LoudnessReport, _Mapping]] = ..., sync: _Optional[_Union[_loudness_pb2.SyncReport, _Mapping]] = ..., style: _Optional[_Union[Style, _Mapping]] = ..., video_name: _Optional[str] = ..., output_prefix: _Optional[str] = ..., session: _Optional[_Union[SessionOptions, _Mapping]] = ..., cues: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., mix: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., foley: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., stems: _Optional[_Iterable[_Union[Stem, _Mapping]]] = ..., video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., mix_tail: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., foley_tail: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("recording", "ranges", "sample_rate_hz", "output_prefix", "single_steps", "audio_stream")
    RECORDING_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    SINGLE_STEPS_FIELD_NUMBER: _ClassVar[int]
    AUDIO_STREAM_FIELD_NUMBER: _ClassVar[int]
    recording: _media_pb2.ObjectRef
    ranges: _containers.RepeatedCompositeFieldContainer[_media_pb2.TimeRange]
    sample_rate_hz: int
    output_prefix: str
    single_steps: bool
    audio_stream: int
    def __init__(self, recording: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., ranges: _Optional[_Iterable[_Union[_media_pb2.TimeRange, _Mapping]]] = ..., sample_rate_hz: _Optional[int] = ..., output_prefix: _Optional[str] = ..., single_steps: _Optional[bool] = ..., audio_stream: _Optional[int] = ...) -> None: ...

class SliceSoundResponse(_message.Message):
    __slots__ = ("slices",)
    SLICES_FIELD_NUMBER: _ClassVar[int]
    slices: _containers.RepeatedCompositeFieldContainer[_media_pb2.ObjectRef]
    def __init__(self, slices: _Optional[_Iterable[_Union[_media_pb2.ObjectRef, _Mapping]]] = ...) -> None: ...

class RenderStepBankRequest(_message.Message):
    __slots__ = ("surface", "footwear", "gait_kind", "strength", "step_count", "seed", "output_prefix", "sample_rate_hz", "wet")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    GAIT_KIND_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    SEED_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    WET_FIELD_NUMBER: _ClassVar[int]
    surface: _surface_pb2.Surface
    footwear: _surface_pb2.Footwear
    gait_kind: _footstep_pb2.GaitKind
    strength: float
    step_count: int
    seed: int
    output_prefix: str
    sample_rate_hz: int
    wet: bool
    def __init__(self, surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., footwear: _Optional[_Union[_surface_pb2.Footwear, str]] = ..., gait_kind: _Optional[_Union[_footstep_pb2.GaitKind, str]] = ..., strength: _Optional[float] = ..., step_count: _Optional[int] = ..., seed: _Optional[int] = ..., output_prefix: _Optional[str] = ..., sample_rate_hz: _Optional[int] = ..., wet: _Optional[bool] = ...) -> None: ...

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

class Provenance(_message.Message):
    __slots__ = ("source_url", "title", "uploader", "licence", "rights_confirmed")
    SOURCE_URL_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    UPLOADER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    RIGHTS_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    source_url: str
    title: str
    uploader: str
    licence: str
    rights_confirmed: bool
    def __init__(self, source_url: _Optional[str] = ..., title: _Optional[str] = ..., uploader: _Optional[str] = ..., licence: _Optional[str] = ..., rights_confirmed: _Optional[bool] = ...) -> None: ...

class BuildSamplePackRequest(_message.Message):
    __slots__ = ("recording", "surface", "footwear", "gait_kind", "pack_name", "output_prefix", "provenance", "audio_stream")
    RECORDING_FIELD_NUMBER: _ClassVar[int]
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    GAIT_KIND_FIELD_NUMBER: _ClassVar[int]
    PACK_NAME_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    AUDIO_STREAM_FIELD_NUMBER: _ClassVar[int]
    recording: _media_pb2.ObjectRef
    surface: _surface_pb2.Surface
    footwear: _surface_pb2.Footwear
    gait_kind: _footstep_pb2.GaitKind
    pack_name: str
    output_prefix: str
    provenance: Provenance
    audio_stream: int
    def __init__(self, recording: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., footwear: _Optional[_Union[_surface_pb2.Footwear, str]] = ..., gait_kind: _Optional[_Union[_footstep_pb2.GaitKind, str]] = ..., pack_name: _Optional[str] = ..., output_prefix: _Optional[str] = ..., provenance: _Optional[_Union[Provenance, _Mapping]] = ..., audio_stream: _Optional[int] = ...) -> None: ...

class BuildSamplePackResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    result: SamplePackResult
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., result: _Optional[_Union[SamplePackResult, _Mapping]] = ...) -> None: ...

class SamplePackResult(_message.Message):
    __slots__ = ("pack", "step_count", "rejected")
    PACK_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    pack: _media_pb2.ObjectRef
    step_count: int
    rejected: _containers.RepeatedCompositeFieldContainer[RejectedPart]
    def __init__(self, pack: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., step_count: _Optional[int] = ..., rejected: _Optional[_Iterable[_Union[RejectedPart, _Mapping]]] = ...) -> None: ...

class RejectedPart(_message.Message):
    __slots__ = ("range", "reason")
    RANGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    range: _media_pb2.TimeRange
    reason: str
    def __init__(self, range: _Optional[_Union[_media_pb2.TimeRange, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...
