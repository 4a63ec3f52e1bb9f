import datetime

from foley.common.v1 import media_pb2 as _media_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Side(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SIDE_UNSPECIFIED: _ClassVar[Side]
    SIDE_LEFT: _ClassVar[Side]
    SIDE_RIGHT: _ClassVar[Side]

class GaitKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GAIT_KIND_UNSPECIFIED: _ClassVar[GaitKind]
    GAIT_KIND_WALK: _ClassVar[GaitKind]
    GAIT_KIND_RUN: _ClassVar[GaitKind]
    GAIT_KIND_STAIRS: _ClassVar[GaitKind]
    GAIT_KIND_LANDING: _ClassVar[GaitKind]
    GAIT_KIND_STOP: _ClassVar[GaitKind]
    GAIT_KIND_TURN: _ClassVar[GaitKind]
    GAIT_KIND_SCUFF: _ClassVar[GaitKind]

class StrikePattern(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STRIKE_PATTERN_UNSPECIFIED: _ClassVar[StrikePattern]
    STRIKE_PATTERN_HEEL: _ClassVar[StrikePattern]
    STRIKE_PATTERN_MIDFOOT: _ClassVar[StrikePattern]
    STRIKE_PATTERN_FOREFOOT: _ClassVar[StrikePattern]
SIDE_UNSPECIFIED: Side
SIDE_LEFT: Side
SIDE_RIGHT: Side
GAIT_KIND_UNSPECIFIED: GaitKind
GAIT_KIND_WALK: GaitKind
GAIT_KIND_RUN: GaitKind
GAIT_KIND_STAIRS: GaitKind
GAIT_KIND_LANDING: GaitKind
GAIT_KIND_STOP: GaitKind
GAIT_KIND_TURN: GaitKind
GAIT_KIND_SCUFF: GaitKind
STRIKE_PATTERN_UNSPECIFIED: StrikePattern
STRIKE_PATTERN_HEEL: StrikePattern
STRIKE_PATTERN_MIDFOOT: StrikePattern
STRIKE_PATTERN_FOREFOOT: StrikePattern

class Footstep(_message.Message):
    __slots__ = ("footstep_id", "track_id", "side", "initial_contact_offset", "toe_off_offset", "confidence", "toe_off_confidence", "strength", "gait_kind", "strike_pattern", "x_px", "y_px", "person_height_px", "toe_off_x_px", "toe_off_y_px")
    FOOTSTEP_ID_FIELD_NUMBER: _ClassVar[int]
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    INITIAL_CONTACT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    TOE_OFF_OFFSET_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    TOE_OFF_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    GAIT_KIND_FIELD_NUMBER: _ClassVar[int]
    STRIKE_PATTERN_FIELD_NUMBER: _ClassVar[int]
    X_PX_FIELD_NUMBER: _ClassVar[int]
    Y_PX_FIELD_NUMBER: _ClassVar[int]
    PERSON_HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    TOE_OFF_X_PX_FIELD_NUMBER: _ClassVar[int]
    TOE_OFF_Y_PX_FIELD_NUMBER: _ClassVar[int]
    footstep_id: str
    track_id: int
    side: Side
    initial_contact_offset: _duration_pb2.Duration
    toe_off_offset: _duration_pb2.Duration
    confidence: float
    toe_off_confidence: float
    strength: float
    gait_kind: GaitKind
    strike_pattern: StrikePattern
    x_px: float
    y_px: float
    person_height_px: float
    toe_off_x_px: float
    toe_off_y_px: float
    def __init__(self, footstep_id: _Optional[str] = ..., track_id: _Optional[int] = ..., side: _Optional[_Union[Side, str]] = ..., initial_contact_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., toe_off_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., confidence: _Optional[float] = ..., toe_off_confidence: _Optional[float] = ..., strength: _Optional[float] = ..., gait_kind: _Optional[_Union[GaitKind, str]] = ..., strike_pattern: _Optional[_Union[StrikePattern, str]] = ..., x_px: _Optional[float] = ..., y_px: _Optional[float] = ..., person_height_px: _Optional[float] = ..., toe_off_x_px: _Optional[float] = ..., toe_off_y_px: _Optional[float] = ...) -> None: ...

class TrackBox(_message.Message):
    __slots__ = ("offset", "x_px", "y_px", "width_px", "height_px")
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    X_PX_FIELD_NUMBER: _ClassVar[int]
    Y_PX_FIELD_NUMBER: _ClassVar[int]
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    offset: _duration_pb2.Duration
    x_px: float
    y_px: float
    width_px: float
    height_px: float
    def __init__(self, offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., x_px: _Optional[float] = ..., y_px: _Optional[float] = ..., width_px: _Optional[float] = ..., height_px: _Optional[float] = ...) -> None: ...

class Track(_message.Message):
    __slots__ = ("track_id", "boxes", "cadence_spm", "stance_time_s", "step_time_s", "stride_time_s")
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    BOXES_FIELD_NUMBER: _ClassVar[int]
    CADENCE_SPM_FIELD_NUMBER: _ClassVar[int]
    STANCE_TIME_S_FIELD_NUMBER: _ClassVar[int]
    STEP_TIME_S_FIELD_NUMBER: _ClassVar[int]
    STRIDE_TIME_S_FIELD_NUMBER: _ClassVar[int]
    track_id: int
    boxes: _containers.RepeatedCompositeFieldContainer[TrackBox]
    cadence_spm: float
    stance_time_s: float
    step_time_s: float
    stride_time_s: float
    def __init__(self, track_id: _Optional[int] = ..., boxes: _Optional[_Iterable[_Union[TrackBox, _Mapping]]] = ..., cadence_spm: _Optional[float] = ..., stance_time_s: _Optional[float] = ..., step_time_s: _Optional[float] = ..., stride_time_s: _Optional[float] = ...) -> None: ...

class DetectionStatistics(_message.Message):
    __slots__ = ("frame_count", "person_frame_count", "pose_frame_count")
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    PERSON_FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    POSE_FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    frame_count: int
    person_frame_count: int
    pose_frame_count: int
    def __init__(self, frame_count: _Optional[int] = ..., person_frame_count: _Optional[int] = ..., pose_frame_count: _Optional[int] = ...) -> None: ...

class ModelVersion(_message.Message):
    __slots__ = ("name", "sha256")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    name: str
    sha256: str
    def __init__(self, name: _Optional[str] = ..., sha256: _Optional[str] = ...) -> None: ...

class DetectedFootsteps(_message.Message):
    __slots__ = ("video", "footsteps", "tracks", "statistics", "models")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    TRACKS_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.VideoInfo
    footsteps: _containers.RepeatedCompositeFieldContainer[Footstep]
    tracks: _containers.RepeatedCompositeFieldContainer[Track]
    statistics: DetectionStatistics
    models: _containers.RepeatedCompositeFieldContainer[ModelVersion]
    def __init__(self, video: _Optional[_Union[_media_pb2.VideoInfo, _Mapping]] = ..., footsteps: _Optional[_Iterable[_Union[Footstep, _Mapping]]] = ..., tracks: _Optional[_Iterable[_Union[Track, _Mapping]]] = ..., statistics: _Optional[_Union[DetectionStatistics, _Mapping]] = ..., models: _Optional[_Iterable[_Union[ModelVersion, _Mapping]]] = ...) -> None: ...
