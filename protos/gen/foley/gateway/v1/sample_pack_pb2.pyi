import datetime

from foley.audio.v1 import audio_service_pb2 as _audio_service_pb2
from foley.common.v1 import footstep_pb2 as _footstep_pb2
from foley.common.v1 import media_pb2 as _media_pb2
from foley.common.v1 import surface_pb2 as _surface_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SampleGroup(_message.Message):
    __slots__ = ("surface", "footwear", "gait_kind", "step_count")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    GAIT_KIND_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    surface: _surface_pb2.Surface
    footwear: _surface_pb2.Footwear
    gait_kind: _footstep_pb2.GaitKind
    step_count: int
    def __init__(self, surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., footwear: _Optional[_Union[_surface_pb2.Footwear, str]] = ..., gait_kind: _Optional[_Union[_footstep_pb2.GaitKind, str]] = ..., step_count: _Optional[int] = ...) -> None: ...

class SamplePack(_message.Message):
    __slots__ = ("name", "display_name", "pack", "step_count", "groups", "provenance", "create_time", "audio_stream", "audio_stream_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    PACK_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    AUDIO_STREAM_FIELD_NUMBER: _ClassVar[int]
    AUDIO_STREAM_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    display_name: str
    pack: _media_pb2.ObjectRef
    step_count: int
    groups: _containers.RepeatedCompositeFieldContainer[SampleGroup]
    provenance: _audio_service_pb2.Provenance
    create_time: _timestamp_pb2.Timestamp
    audio_stream: int
    audio_stream_count: int
    def __init__(self, name: _Optional[str] = ..., display_name: _Optional[str] = ..., pack: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., step_count: _Optional[int] = ..., groups: _Optional[_Iterable[_Union[SampleGroup, _Mapping]]] = ..., provenance: _Optional[_Union[_audio_service_pb2.Provenance, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., audio_stream: _Optional[int] = ..., audio_stream_count: _Optional[int] = ...) -> None: ...
