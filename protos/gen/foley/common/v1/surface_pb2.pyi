from foley.common.v1 import media_pb2 as _media_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Surface(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SURFACE_UNSPECIFIED: _ClassVar[Surface]
    SURFACE_UNKNOWN: _ClassVar[Surface]
    SURFACE_CONCRETE: _ClassVar[Surface]
    SURFACE_ASPHALT: _ClassVar[Surface]
    SURFACE_TILE: _ClassVar[Surface]
    SURFACE_STONE: _ClassVar[Surface]
    SURFACE_WOOD: _ClassVar[Surface]
    SURFACE_METAL: _ClassVar[Surface]
    SURFACE_CARPET: _ClassVar[Surface]
    SURFACE_GRASS: _ClassVar[Surface]
    SURFACE_DIRT: _ClassVar[Surface]
    SURFACE_GRAVEL: _ClassVar[Surface]
    SURFACE_SAND: _ClassVar[Surface]
    SURFACE_SNOW: _ClassVar[Surface]
    SURFACE_LEAVES: _ClassVar[Surface]
    SURFACE_WATER: _ClassVar[Surface]
    SURFACE_MUD: _ClassVar[Surface]
    SURFACE_ICE: _ClassVar[Surface]

class SurfaceGroup(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SURFACE_GROUP_UNSPECIFIED: _ClassVar[SurfaceGroup]
    SURFACE_GROUP_SOLID: _ClassVar[SurfaceGroup]
    SURFACE_GROUP_AGGREGATE: _ClassVar[SurfaceGroup]
    SURFACE_GROUP_SOFT: _ClassVar[SurfaceGroup]
    SURFACE_GROUP_LIQUID: _ClassVar[SurfaceGroup]

class Footwear(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FOOTWEAR_UNSPECIFIED: _ClassVar[Footwear]
    FOOTWEAR_UNKNOWN: _ClassVar[Footwear]
    FOOTWEAR_BAREFOOT: _ClassVar[Footwear]
    FOOTWEAR_SNEAKER: _ClassVar[Footwear]
    FOOTWEAR_DRESS_SHOE: _ClassVar[Footwear]
    FOOTWEAR_HIGH_HEEL: _ClassVar[Footwear]
    FOOTWEAR_BOOT: _ClassVar[Footwear]
    FOOTWEAR_SANDAL: _ClassVar[Footwear]
    FOOTWEAR_SOCKS: _ClassVar[Footwear]
    FOOTWEAR_FLAT: _ClassVar[Footwear]

class Place(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PLACE_UNSPECIFIED: _ClassVar[Place]
    PLACE_INDOOR: _ClassVar[Place]
    PLACE_OUTDOOR: _ClassVar[Place]

class RoomSize(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROOM_SIZE_UNSPECIFIED: _ClassVar[RoomSize]
    ROOM_SIZE_SMALL: _ClassVar[RoomSize]
    ROOM_SIZE_MEDIUM: _ClassVar[RoomSize]
    ROOM_SIZE_LARGE: _ClassVar[RoomSize]
    ROOM_SIZE_HALL: _ClassVar[RoomSize]

class AnswerSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ANSWER_SOURCE_UNSPECIFIED: _ClassVar[AnswerSource]
    ANSWER_SOURCE_VISION_MODEL: _ClassVar[AnswerSource]
    ANSWER_SOURCE_LOCAL_MODEL: _ClassVar[AnswerSource]
    ANSWER_SOURCE_OVERRIDE: _ClassVar[AnswerSource]
    ANSWER_SOURCE_DEFAULT: _ClassVar[AnswerSource]
SURFACE_UNSPECIFIED: Surface
SURFACE_UNKNOWN: Surface
SURFACE_CONCRETE: Surface
SURFACE_ASPHALT: Surface
SURFACE_TILE: Surface
SURFACE_STONE: Surface
SURFACE_WOOD: Surface
SURFACE_METAL: Surface
SURFACE_CARPET: Surface
SURFACE_GRASS: Surface
SURFACE_DIRT: Surface
SURFACE_GRAVEL: Surface
SURFACE_SAND: Surface
SURFACE_SNOW: Surface
SURFACE_LEAVES: Surface
SURFACE_WATER: Surface
SURFACE_MUD: Surface
SURFACE_ICE: Surface
SURFACE_GROUP_UNSPECIFIED: SurfaceGroup
SURFACE_GROUP_SOLID: SurfaceGroup
SURFACE_GROUP_AGGREGATE: SurfaceGroup
SURFACE_GROUP_SOFT: SurfaceGroup
SURFACE_GROUP_LIQUID: SurfaceGroup
FOOTWEAR_UNSPECIFIED: Footwear
FOOTWEAR_UNKNOWN: Footwear
FOOTWEAR_BAREFOOT: Footwear
FOOTWEAR_SNEAKER: Footwear
FOOTWEAR_DRESS_SHOE: Footwear
FOOTWEAR_HIGH_HEEL: Footwear
FOOTWEAR_BOOT: Footwear
FOOTWEAR_SANDAL: Footwear
FOOTWEAR_SOCKS: Footwear
FOOTWEAR_FLAT: Footwear
PLACE_UNSPECIFIED: Place
PLACE_INDOOR: Place
PLACE_OUTDOOR: Place
ROOM_SIZE_UNSPECIFIED: RoomSize
ROOM_SIZE_SMALL: RoomSize
ROOM_SIZE_MEDIUM: RoomSize
ROOM_SIZE_LARGE: RoomSize
ROOM_SIZE_HALL: RoomSize
ANSWER_SOURCE_UNSPECIFIED: AnswerSource
ANSWER_SOURCE_VISION_MODEL: AnswerSource
ANSWER_SOURCE_LOCAL_MODEL: AnswerSource
ANSWER_SOURCE_OVERRIDE: AnswerSource
ANSWER_SOURCE_DEFAULT: AnswerSource

class SurfaceAnswer(_message.Message):
    __slots__ = ("surface", "group", "best_guess", "confidence", "source", "wet", "place", "description", "reasoning", "sound_suggestions", "model", "prompt_version", "room_size", "footwear", "footwear_confidence", "elapsed_ms")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    BEST_GUESS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    WET_FIELD_NUMBER: _ClassVar[int]
    PLACE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    REASONING_FIELD_NUMBER: _ClassVar[int]
    SOUND_SUGGESTIONS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROOM_SIZE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_MS_FIELD_NUMBER: _ClassVar[int]
    surface: Surface
    group: SurfaceGroup
    best_guess: Surface
    confidence: float
    source: AnswerSource
    wet: bool
    place: Place
    description: str
    reasoning: str
    sound_suggestions: _containers.RepeatedScalarFieldContainer[str]
    model: str
    prompt_version: str
    room_size: RoomSize
    footwear: Footwear
    footwear_confidence: float
    elapsed_ms: float
    def __init__(self, surface: _Optional[_Union[Surface, str]] = ..., group: _Optional[_Union[SurfaceGroup, str]] = ..., best_guess: _Optional[_Union[Surface, str]] = ..., confidence: _Optional[float] = ..., source: _Optional[_Union[AnswerSource, str]] = ..., wet: _Optional[bool] = ..., place: _Optional[_Union[Place, str]] = ..., description: _Optional[str] = ..., reasoning: _Optional[str] = ..., sound_suggestions: _Optional[_Iterable[str]] = ..., model: _Optional[str] = ..., prompt_version: _Optional[str] = ..., room_size: _Optional[_Union[RoomSize, str]] = ..., footwear: _Optional[_Union[Footwear, str]] = ..., footwear_confidence: _Optional[float] = ..., elapsed_ms: _Optional[float] = ...) -> None: ...

class SurfaceSpan(_message.Message):
    __slots__ = ("track_id", "range", "answer")
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    track_id: int
    range: _media_pb2.TimeRange
    answer: SurfaceAnswer
    def __init__(self, track_id: _Optional[int] = ..., range: _Optional[_Union[_media_pb2.TimeRange, _Mapping]] = ..., answer: _Optional[_Union[SurfaceAnswer, _Mapping]] = ...) -> None: ...

class FootwearSpan(_message.Message):
    __slots__ = ("track_id", "range", "footwear", "confidence", "source", "reason")
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    track_id: int
    range: _media_pb2.TimeRange
    footwear: Footwear
    confidence: float
    source: AnswerSource
    reason: str
    def __init__(self, track_id: _Optional[int] = ..., range: _Optional[_Union[_media_pb2.TimeRange, _Mapping]] = ..., footwear: _Optional[_Union[Footwear, str]] = ..., confidence: _Optional[float] = ..., source: _Optional[_Union[AnswerSource, str]] = ..., reason: _Optional[str] = ...) -> None: ...

class VisionUsage(_message.Message):
    __slots__ = ("call_count", "cached_call_count", "prompt_token_count", "completion_token_count", "cost_usd", "failed_call_count", "model")
    CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    CACHED_CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROMPT_TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPLETION_TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    COST_USD_FIELD_NUMBER: _ClassVar[int]
    FAILED_CALL_COUNT_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    call_count: int
    cached_call_count: int
    prompt_token_count: int
    completion_token_count: int
    cost_usd: float
    failed_call_count: int
    model: str
    def __init__(self, call_count: _Optional[int] = ..., cached_call_count: _Optional[int] = ..., prompt_token_count: _Optional[int] = ..., completion_token_count: _Optional[int] = ..., cost_usd: _Optional[float] = ..., failed_call_count: _Optional[int] = ..., model: _Optional[str] = ...) -> None: ...

class SurfaceReport(_message.Message):
    __slots__ = ("surfaces", "footwear", "fallback_reason", "usage")
    SURFACES_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    FALLBACK_REASON_FIELD_NUMBER: _ClassVar[int]
    USAGE_FIELD_NUMBER: _ClassVar[int]
    surfaces: _containers.RepeatedCompositeFieldContainer[SurfaceSpan]
    footwear: _containers.RepeatedCompositeFieldContainer[FootwearSpan]
    fallback_reason: str
    usage: VisionUsage
    def __init__(self, surfaces: _Optional[_Iterable[_Union[SurfaceSpan, _Mapping]]] = ..., footwear: _Optional[_Iterable[_Union[FootwearSpan, _Mapping]]] = ..., fallback_reason: _Optional[str] = ..., usage: _Optional[_Union[VisionUsage, _Mapping]] = ...) -> None: ...
