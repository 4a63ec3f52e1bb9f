import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ObjectRef(_message.Message):
    __slots__ = ("bucket", "key", "sha256", "size_bytes", "media_type")
    BUCKET_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    MEDIA_TYPE_FIELD_NUMBER: _ClassVar[int]
    bucket: str
    key: str
    sha256: str
    size_bytes: int
    media_type: str
    def __init__(self, bucket: _Optional[str] = ..., key: _Optional[str] = ..., sha256: _Optional[str] = ..., size_bytes: _Optional[int] = ..., media_type: _Optional[str] = ...) -> None: ...

class Rational(_message.Message):
    __slots__ = ("numerator", "denominator")
    NUMERATOR_FIELD_NUMBER: _ClassVar[int]
    DENOMINATOR_FIELD_NUMBER: _ClassVar[int]
    numerator: int
    denominator: int
    def __init__(self, numerator: _Optional[int] = ..., denominator: _Optional[int] = ...) -> None: ...

class TimeRange(_message.Message):
    __slots__ = ("start_offset", "end_offset")
    START_OFFSET_FIELD_NUMBER: _ClassVar[int]
    END_OFFSET_FIELD_NUMBER: _ClassVar[int]
    start_offset: _duration_pb2.Duration
    end_offset: _duration_pb2.Duration
    def __init__(self, start_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., end_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class VideoInfo(_message.Message):
    __slots__ = ("width_px", "height_px", "frame_rate", "frame_count", "duration", "video_codec", "rotation_degrees", "variable_frame_rate", "audio_codec", "audio_sample_rate_hz", "audio_channel_count", "pixel_format", "start_timecode", "nominal_frame_rate")
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    FRAME_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    VIDEO_CODEC_FIELD_NUMBER: _ClassVar[int]
    ROTATION_DEGREES_FIELD_NUMBER: _ClassVar[int]
    VARIABLE_FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    AUDIO_CODEC_FIELD_NUMBER: _ClassVar[int]
    AUDIO_SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    AUDIO_CHANNEL_COUNT_FIELD_NUMBER: _ClassVar[int]
    PIXEL_FORMAT_FIELD_NUMBER: _ClassVar[int]
    START_TIMECODE_FIELD_NUMBER: _ClassVar[int]
    NOMINAL_FRAME_RATE_FIELD_NUMBER: _ClassVar[int]
    width_px: int
    height_px: int
    frame_rate: Rational
    frame_count: int
    duration: _duration_pb2.Duration
    video_codec: str
    rotation_degrees: int
    variable_frame_rate: bool
    audio_codec: str
    audio_sample_rate_hz: int
    audio_channel_count: int
    pixel_format: str
    start_timecode: str
    nominal_frame_rate: Rational
    def __init__(self, width_px: _Optional[int] = ..., height_px: _Optional[int] = ..., frame_rate: _Optional[_Union[Rational, _Mapping]] = ..., frame_count: _Optional[int] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., video_codec: _Optional[str] = ..., rotation_degrees: _Optional[int] = ..., variable_frame_rate: _Optional[bool] = ..., audio_codec: _Optional[str] = ..., audio_sample_rate_hz: _Optional[int] = ..., audio_channel_count: _Optional[int] = ..., pixel_format: _Optional[str] = ..., start_timecode: _Optional[str] = ..., nominal_frame_rate: _Optional[_Union[Rational, _Mapping]] = ...) -> None: ...
