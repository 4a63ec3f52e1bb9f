from foley.common.v1 import media_pb2 as _media_pb2
from foley.common.v1 import progress_pb2 as _progress_pb2
from foley.common.v1 import surface_pb2 as _surface_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SurfaceOverride(_message.Message):
    __slots__ = ("track_id", "range", "surface", "footwear")
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    track_id: int
    range: _media_pb2.TimeRange
    surface: _surface_pb2.Surface
    footwear: _surface_pb2.Footwear
    def __init__(self, track_id: _Optional[int] = ..., range: _Optional[_Union[_media_pb2.TimeRange, _Mapping]] = ..., surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., footwear: _Optional[_Union[_surface_pb2.Footwear, str]] = ...) -> None: ...

class ClassifySurfacesRequest(_message.Message):
    __slots__ = ("video", "footsteps", "overrides", "output_key")
    VIDEO_FIELD_NUMBER: _ClassVar[int]
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_KEY_FIELD_NUMBER: _ClassVar[int]
    video: _media_pb2.ObjectRef
    footsteps: _media_pb2.ObjectRef
    overrides: _containers.RepeatedCompositeFieldContainer[SurfaceOverride]
    output_key: str
    def __init__(self, video: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., footsteps: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., overrides: _Optional[_Iterable[_Union[SurfaceOverride, _Mapping]]] = ..., output_key: _Optional[str] = ...) -> None: ...

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
    __slots__ = ("picture",)
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    picture: _media_pb2.ObjectRef
    def __init__(self, picture: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ...) -> None: ...

class ClassifyPictureResponse(_message.Message):
    __slots__ = ("answer",)
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    answer: _surface_pb2.SurfaceAnswer
    def __init__(self, answer: _Optional[_Union[_surface_pb2.SurfaceAnswer, _Mapping]] = ...) -> None: ...

class FindSoundsRequest(_message.Message):
    __slots__ = ("query", "max_sound_count", "output_prefix")
    QUERY_FIELD_NUMBER: _ClassVar[int]
    MAX_SOUND_COUNT_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_PREFIX_FIELD_NUMBER: _ClassVar[int]
    query: str
    max_sound_count: int
    output_prefix: str
    def __init__(self, query: _Optional[str] = ..., max_sound_count: _Optional[int] = ..., output_prefix: _Optional[str] = ...) -> None: ...

class FoundSound(_message.Message):
    __slots__ = ("sound", "source_url", "title", "uploader", "licence")
    SOUND_FIELD_NUMBER: _ClassVar[int]
    SOURCE_URL_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    UPLOADER_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    sound: _media_pb2.ObjectRef
    source_url: str
    title: str
    uploader: str
    licence: str
    def __init__(self, sound: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., source_url: _Optional[str] = ..., title: _Optional[str] = ..., uploader: _Optional[str] = ..., licence: _Optional[str] = ...) -> None: ...

class FindSoundsResponse(_message.Message):
    __slots__ = ("progress", "sound")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    SOUND_FIELD_NUMBER: _ClassVar[int]
    progress: _progress_pb2.Progress
    sound: FoundSound
    def __init__(self, progress: _Optional[_Union[_progress_pb2.Progress, _Mapping]] = ..., sound: _Optional[_Union[FoundSound, _Mapping]] = ...) -> None: ...
