import datetime

from foley.common.v1 import media_pb2 as _media_pb2
from foley.common.v1 import progress_pb2 as _progress_pb2
from foley.common.v1 import surface_pb2 as _surface_pb2
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

class SoundSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SOUND_SOURCE_UNSPECIFIED: _ClassVar[SoundSource]
    SOUND_SOURCE_SAMPLE_PACK: _ClassVar[SoundSource]
    SOUND_SOURCE_LIBRARY: _ClassVar[SoundSource]
    SOUND_SOURCE_WEB: _ClassVar[SoundSource]
SOUND_SOURCE_UNSPECIFIED: SoundSource
SOUND_SOURCE_SAMPLE_PACK: SoundSource
SOUND_SOURCE_LIBRARY: SoundSource
SOUND_SOURCE_WEB: SoundSource

class SurfaceOverride(_message.Message):
    __slots__ = ("track_id", "range", "surface", "footwear", "wet")
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    WET_FIELD_NUMBER: _ClassVar[int]
    track_id: int
    range: _media_pb2.TimeRange
    surface: _surface_pb2.Surface
    footwear: _surface_pb2.Footwear
    wet: bool
    def __init__(self, track_id: _Optional[int] = ..., range: _Optional[_Union[_media_pb2.TimeRange, _Mapping]] = ..., surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., footwear: _Optional[_Union[_surface_pb2.Footwear, str]] = ..., wet: _Optional[bool] = ...) -> None: ...

class ClassifySurfacesRequest(_message.Message):
    __slots__ = ("video", "footsteps", "overrides", "output_key", "local_only", "answers_prefix")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_KEY_FIELD_NUMBER: _ClassVar[int]
    LOCAL_ONLY_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_PREFIX_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.ObjectRef
    footsteps: _media_pb2.ObjectRef
    overrides: _containers.RepeatedCompositeFieldContainer[SurfaceOverride]
    output_key: str
    local_only: bool
    answers_prefix: str
    def __init__(self, video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., overrides: _Optional[_Iterable[_Union[SurfaceOverride, _Mapping]]] = ..., output_key: _Optional[str] = ..., local_only: _Optional[bool] = ..., answers_prefix: _Optional[str] = ...) -> None: ...

class ClassifySurfacesResponse(_message.Message):
    __slots__ = ("progress", "result")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    result: SurfaceResult
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., result: _Optional[_Union[SurfaceResult, _Mapping]] = ...) -> None: ...

class SurfaceResult(_message.Message):
    __slots__ = ("surfaces", "span_count")
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    SPAN_COUNT_FIELD_NUMBER: _ClassVar[int]
    surfaces: _media_pb2.ObjectRef
    span_count: int
    def __init__(self, surfaces: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., span_count: _Optional[int] = ...) -> None: ...

class ClassifyPictureRequest(_message.Message):
    __slots__ = ("picture", "local_only")
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    LOCAL_ONLY_FIELD_NUMBER: _ClassVar[int]
    picture: _media_pb2.ObjectRef
    local_only: bool
    def __init__(self, picture: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., local_only: _Optional[bool] = ...) -> None: ...

class ClassifyPictureResponse(_message.Message):
    __slots__ = ("answer", "fallback_reason")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_REASON_FIELD_NUMBER: _ClassVar[int]
    answer: _surface_pb2.SurfaceAnswer
    fallback_reason: str
    def __init__(self, answer: _Optional[_Union[_surface_pb2.SurfaceAnswer, _Mapping]] = ..., fallback_reason: _Optional[str] = ...) -> None: ...

class FindSoundsRequest(_message.Message):
    __slots__ = ("query", "max_sound_count", "output_prefix", "sources", "url", "rights_confirmed", "sample_packs", "max_duration")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    MAX_SOUND_COUNT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    RIGHTS_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_PACKS_FIELD_NUMBER: _ClassVar[int]
    MAX_DURATION_FIELD_NUMBER: _ClassVar[int]
    query: str
    max_sound_count: int
    output_prefix: str
    sources: _containers.RepeatedScalarFieldContainer[SoundSource]
    url: str
    rights_confirmed: bool
    sample_packs: _containers.RepeatedCompositeFieldContainer[_media_pb2.ObjectRef]
    max_duration: _duration_pb2.Duration
    def __init__(self, query: _Optional[str] = ..., max_sound_count: _Optional[int] = ..., output_prefix: _Optional[str] = ..., sources: _Optional[_Iterable[_Union[SoundSource, str]]] = ..., url: _Optional[str] = ..., rights_confirmed: _Optional[bool] = ..., sample_packs: _Optional[_Iterable[_Union[_media_pb2.ObjectRef, _Mapping]]] = ..., max_duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class FoundSound(_message.Message):
    __slots__ = ("sound", "source_url", "title", "uploader", "licence", "source", "duration", "rights_confirmed", "fetch_time")
    SOUND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_URL_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    UPLOADER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    RIGHTS_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    FETCH_TIME_FIELD_NUMBER: _ClassVar[int]
    sound: _media_pb2.ObjectRef
    source_url: str
    title: str
    uploader: str
    licence: str
    source: SoundSource
    duration: _duration_pb2.Duration
    rights_confirmed: bool
    fetch_time: _timestamp_pb2.Timestamp
    def __init__(self, sound: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., source_url: _Optional[str] = ..., title: _Optional[str] = ..., uploader: _Optional[str] = ..., licence: _Optional[str] = ..., source: _Optional[_Union[SoundSource, str]] = ..., duration: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., rights_confirmed: _Optional[bool] = ..., fetch_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RejectedSound(_message.Message):
    __slots__ = ("source_url", "title", "reason")
    SOURCE_URL_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    source_url: str
    title: str
    reason: str
    def __init__(self, source_url: _Optional[str] = ..., title: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class FindSoundsResponse(_message.Message):
    __slots__ = ("progress", "sound", "rejected")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SOUND_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    sound: FoundSound
    rejected: RejectedSound
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., sound: _Optional[_Union[FoundSound, _Mapping]] = ..., rejected: _Optional[_Union[RejectedSound, _Mapping]] = ...) -> None: ...

class DescribeAgentRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class DescribeAgentResponse(_message.Message):
    __slots__ = ("answers_digest", "vision_model", "sound_sources")
    ANSWERS_DIGEST_FIELD_NUMBER: _ClassVar[int]
    VISION_MODEL_FIELD_NUMBER: _ClassVar[int]
    SOUND_SOURCES_FIELD_NUMBER: _ClassVar[int]
    answers_digest: str
    vision_model: str
    sound_sources: _containers.RepeatedScalarFieldContainer[SoundSource]
    def __init__(self, answers_digest: _Optional[str] = ..., vision_model: _Optional[str] = ..., sound_sources: _Optional[_Iterable[_Union[SoundSource, str]]] = ...) -> None: ...
