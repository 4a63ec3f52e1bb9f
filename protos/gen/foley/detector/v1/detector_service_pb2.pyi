import datetime

from foley.common.v1 import footstep_pb2 as _footstep_pb2
from foley.common.v1 import media_pb2 as _media_pb2
from foley.common.v1 import progress_pb2 as _progress_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Sensitivity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SENSITIVITY_UNSPECIFIED: _ClassVar[Sensitivity]
    SENSITIVITY_LOW: _ClassVar[Sensitivity]
    SENSITIVITY_MEDIUM: _ClassVar[Sensitivity]
    SENSITIVITY_HIGH: _ClassVar[Sensitivity]
SENSITIVITY_UNSPECIFIED: Sensitivity
SENSITIVITY_LOW: Sensitivity
SENSITIVITY_MEDIUM: Sensitivity
SENSITIVITY_HIGH: Sensitivity

class PoseOptions(_message.Message):
    __slots__ = ("min_person_confidence", "max_people_count")
    MIN_PERSON_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    MAX_PEOPLE_COUNT_FIELD_NUMBER: _ClassVar[int]
    min_person_confidence: float
    max_people_count: int
    def __init__(self, min_person_confidence: _Optional[float] = ..., max_people_count: _Optional[int] = ...) -> None: ...

class EstimatePosesRequest(_message.Message):
    __slots__ = ("video", "range", "options", "output_key")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_KEY_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.ObjectRef
    range: _media_pb2.TimeRange
    options: PoseOptions
    output_key: str
    def __init__(self, video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., range: _Optional[_Union[_media_pb2.TimeRange, _Mapping]] = ..., options: _Optional[_Union[PoseOptions, _Mapping]] = ..., output_key: _Optional[str] = ...) -> None: ...

class EstimatePosesResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    result: PoseEstimate
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., result: _Optional[_Union[PoseEstimate, _Mapping]] = ...) -> None: ...

class PoseEstimate(_message.Message):
    __slots__ = ("poses", "video", "statistics", "models")
    POSES_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    STATISTICS_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    poses: _media_pb2.ObjectRef
    video: _media_pb2.VideoInfo
    statistics: _footstep_pb2.DetectionStatistics
    models: _containers.RepeatedCompositeFieldContainer[_footstep_pb2.ModelVersion]
    def __init__(self, poses: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., video: _Optional[_Union[_media_pb2.VideoInfo, _Mapping]] = ..., statistics: _Optional[_Union[_footstep_pb2.DetectionStatistics, _Mapping]] = ..., models: _Optional[_Iterable[_Union[_footstep_pb2.ModelVersion, _Mapping]]] = ...) -> None: ...

class FindFootstepsRequest(_message.Message):
    __slots__ = ("segments", "video", "sensitivity", "models", "output_prefix")
    SEGMENTS_FIELD_NUMBER: _ClassVar[int]
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    segments: _containers.RepeatedCompositeFieldContainer[_media_pb2.ObjectRef]
    video: _media_pb2.VideoInfo
    sensitivity: Sensitivity
    models: _containers.RepeatedCompositeFieldContainer[_footstep_pb2.ModelVersion]
    output_prefix: str
    def __init__(self, segments: _Optional[_Iterable[_Union[_media_pb2.ObjectRef, _Mapping]]] = ..., video: _Optional[_Union[_media_pb2.VideoInfo, _Mapping]] = ..., sensitivity: _Optional[_Union[Sensitivity, str]] = ..., models: _Optional[_Iterable[_Union[_footstep_pb2.ModelVersion, _Mapping]]] = ..., output_prefix: _Optional[str] = ...) -> None: ...

class FindFootstepsResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    result: DetectionResult
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., result: _Optional[_Union[DetectionResult, _Mapping]] = ...) -> None: ...

class DetectFootstepsRequest(_message.Message):
    __slots__ = ("video", "options", "sensitivity", "output_prefix")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.ObjectRef
    options: PoseOptions
    sensitivity: Sensitivity
    output_prefix: str
    def __init__(self, video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., options: _Optional[_Union[PoseOptions, _Mapping]] = ..., sensitivity: _Optional[_Union[Sensitivity, str]] = ..., output_prefix: _Optional[str] = ...) -> None: ...

class DetectFootstepsResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    result: DetectionResult
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., result: _Optional[_Union[DetectionResult, _Mapping]] = ...) -> None: ...

class DetectionResult(_message.Message):
    __slots__ = ("footsteps", "poses", "footstep_count", "walker_count")
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    POSES_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    WALKER_COUNT_FIELD_NUMBER: _ClassVar[int]
    footsteps: _media_pb2.ObjectRef
    poses: _media_pb2.ObjectRef
    footstep_count: int
    walker_count: int
    def __init__(self, footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., poses: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., footstep_count: _Optional[int] = ..., walker_count: _Optional[int] = ...) -> None: ...

class StreamConfig(_message.Message):
    __slots__ = ("width_px", "height_px", "sensitivity")
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    width_px: int
    height_px: int
    sensitivity: Sensitivity
    def __init__(self, width_px: _Optional[int] = ..., height_px: _Optional[int] = ..., sensitivity: _Optional[_Union[Sensitivity, str]] = ...) -> None: ...

class StreamFrame(_message.Message):
    __slots__ = ("jpeg", "capture_offset")
    JPEG_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_OFFSET_FIELD_NUMBER: _ClassVar[int]
    jpeg: bytes
    capture_offset: _duration_pb2.Duration
    def __init__(self, jpeg: _Optional[bytes] = ..., capture_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class StreamFootstepsRequest(_message.Message):
    __slots__ = ("config", "frame")
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    FRAME_FIELD_NUMBER: _ClassVar[int]
    config: StreamConfig
    frame: StreamFrame
    def __init__(self, config: _Optional[_Union[StreamConfig, _Mapping]] = ..., frame: _Optional[_Union[StreamFrame, _Mapping]] = ...) -> None: ...

class ContactPrediction(_message.Message):
    __slots__ = ("footstep_id", "side", "initial_contact_offset", "confidence")
    FOOTSTEP_ID_FIELD_NUMBER: _ClassVar[int]
    SIDE_FIELD_NUMBER: _ClassVar[int]
    INITIAL_CONTACT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    footstep_id: str
    side: _footstep_pb2.Side
    initial_contact_offset: _duration_pb2.Duration
    confidence: float
    def __init__(self, footstep_id: _Optional[str] = ..., side: _Optional[_Union[_footstep_pb2.Side, str]] = ..., initial_contact_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., confidence: _Optional[float] = ...) -> None: ...

class Retraction(_message.Message):
    __slots__ = ("footstep_id",)
    FOOTSTEP_ID_FIELD_NUMBER: _ClassVar[int]
    footstep_id: str
    def __init__(self, footstep_id: _Optional[str] = ...) -> None: ...

class StreamStatus(_message.Message):
    __slots__ = ("dropped_frame_count",)
    DROPPED_FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    dropped_frame_count: int
    def __init__(self, dropped_frame_count: _Optional[int] = ...) -> None: ...

class StreamFootstepsResponse(_message.Message):
    __slots__ = ("prediction", "footstep", "retraction", "status")
    PREDICTION_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEP_FIELD_NUMBER: _ClassVar[int]
    RETRACTION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    prediction: ContactPrediction
    footstep: _footstep_pb2.Footstep
    retraction: Retraction
    status: StreamStatus
    def __init__(self, prediction: _Optional[_Union[ContactPrediction, _Mapping]] = ..., footstep: _Optional[_Union[_footstep_pb2.Footstep, _Mapping]] = ..., retraction: _Optional[_Union[Retraction, _Mapping]] = ..., status: _Optional[_Union[StreamStatus, _Mapping]] = ...) -> None: ...
