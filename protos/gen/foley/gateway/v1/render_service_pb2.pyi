from foley.audio.v1 import audio_service_pb2 as _audio_service_pb2
from foley.common.v1 import footstep_pb2 as _footstep_pb2
from foley.common.v1 import media_pb2 as _media_pb2
from foley.common.v1 import surface_pb2 as _surface_pb2
from foley.gateway.v1 import clip_pb2 as _clip_pb2
from foley.gateway.v1 import render_pb2 as _render_pb2
from foley.gateway.v1 import sample_pack_pb2 as _sample_pack_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.longrunning import operations_pb2 as _operations_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class UploadHeader(_message.Message):
    __slots__ = ("display_name",)
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    def __init__(self, display_name: _Optional[str] = ...) -> None: ...

class UploadClipRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: UploadHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[UploadHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class CreateClipRequest(_message.Message):
    __slots__ = ("source", "display_name")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    source: _media_pb2.ObjectRef
    display_name: str
    def __init__(self, source: _Optional[_Union[_media_pb2.ObjectRef, _Mapping]] = ..., display_name: _Optional[str] = ...) -> None: ...

class GetClipRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListClipsRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListClipsResponse(_message.Message):
    __slots__ = ("clips", "next_page_token")
    CLIPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    clips: _containers.RepeatedCompositeFieldContainer[_clip_pb2.Clip]
    next_page_token: str
    def __init__(self, clips: _Optional[_Iterable[_Union[_clip_pb2.Clip, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteClipRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeleteClipResponse(_message.Message):
    __slots__ = ("deleted_object_count",)
    DELETED_OBJECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    deleted_object_count: int
    def __init__(self, deleted_object_count: _Optional[int] = ...) -> None: ...

class CreateRenderRequest(_message.Message):
    __slots__ = ("parent", "options", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    options: _render_pb2.RenderOptions
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., options: _Optional[_Union[_render_pb2.RenderOptions, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetRenderRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListRendersRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRendersResponse(_message.Message):
    __slots__ = ("renders", "next_page_token")
    RENDERS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    renders: _containers.RepeatedCompositeFieldContainer[_render_pb2.Render]
    next_page_token: str
    def __init__(self, renders: _Optional[_Iterable[_Union[_render_pb2.Render, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WatchRenderRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListFootstepsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFootstepsResponse(_message.Message):
    __slots__ = ("footsteps", "next_page_token")
    FOOTSTEPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    footsteps: _containers.RepeatedCompositeFieldContainer[_footstep_pb2.Footstep]
    next_page_token: str
    def __init__(self, footsteps: _Optional[_Iterable[_Union[_footstep_pb2.Footstep, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DownloadFileRequest(_message.Message):
    __slots__ = ("parent", "file_name")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    parent: str
    file_name: str
    def __init__(self, parent: _Optional[str] = ..., file_name: _Optional[str] = ...) -> None: ...

class DownloadFileResponse(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    def __init__(self, chunk: _Optional[bytes] = ...) -> None: ...

class UploadSamplePackRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: UploadHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[UploadHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class BuildSamplePackHeader(_message.Message):
    __slots__ = ("display_name", "surface", "footwear", "gait_kind", "provenance", "audio_stream")
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    GAIT_KIND_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    AUDIO_STREAM_FIELD_NUMBER: _ClassVar[int]
    display_name: str
    surface: _surface_pb2.Surface
    footwear: _surface_pb2.Footwear
    gait_kind: _footstep_pb2.GaitKind
    provenance: _audio_service_pb2.Provenance
    audio_stream: int
    def __init__(self, display_name: _Optional[str] = ..., surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., footwear: _Optional[_Union[_surface_pb2.Footwear, str]] = ..., gait_kind: _Optional[_Union[_footstep_pb2.GaitKind, str]] = ..., provenance: _Optional[_Union[_audio_service_pb2.Provenance, _Mapping]] = ..., audio_stream: _Optional[int] = ...) -> None: ...

class BuildSamplePackRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: BuildSamplePackHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[BuildSamplePackHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class BuildSamplePackResponse(_message.Message):
    __slots__ = ("sample_pack", "rejected")
    SAMPLE_PACK_FIELD_NUMBER: _ClassVar[int]
    REJECTED_FIELD_NUMBER: _ClassVar[int]
    sample_pack: _sample_pack_pb2.SamplePack
    rejected: _containers.RepeatedCompositeFieldContainer[_audio_service_pb2.RejectedPart]
    def __init__(self, sample_pack: _Optional[_Union[_sample_pack_pb2.SamplePack, _Mapping]] = ..., rejected: _Optional[_Iterable[_Union[_audio_service_pb2.RejectedPart, _Mapping]]] = ...) -> None: ...

class WatchBuildSamplePackRequest(_message.Message):
    __slots__ = ("header", "chunk")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    header: BuildSamplePackHeader
    chunk: bytes
    def __init__(self, header: _Optional[_Union[BuildSamplePackHeader, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...

class WatchBuildSamplePackResponse(_message.Message):
    __slots__ = ("fraction", "result")
    FRACTION_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    fraction: float
    result: BuildSamplePackResponse
    def __init__(self, fraction: _Optional[float] = ..., result: _Optional[_Union[BuildSamplePackResponse, _Mapping]] = ...) -> None: ...

class GetSamplePackRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListSamplePacksRequest(_message.Message):
    __slots__ = ("page_size", "page_token")
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    page_size: int
    page_token: str
    def __init__(self, page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSamplePacksResponse(_message.Message):
    __slots__ = ("sample_packs", "next_page_token")
    SAMPLE_PACKS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    sample_packs: _containers.RepeatedCompositeFieldContainer[_sample_pack_pb2.SamplePack]
    next_page_token: str
    def __init__(self, sample_packs: _Optional[_Iterable[_Union[_sample_pack_pb2.SamplePack, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class DeleteSamplePackRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DeleteSamplePackResponse(_message.Message):
    __slots__ = ("deleted_object_count",)
    DELETED_OBJECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    deleted_object_count: int
    def __init__(self, deleted_object_count: _Optional[int] = ...) -> None: ...

class DownloadSamplePackRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DownloadSamplePackResponse(_message.Message):
    __slots__ = ("chunk",)
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    chunk: bytes
    def __init__(self, chunk: _Optional[bytes] = ...) -> None: ...

class RenderSoundRequest(_message.Message):
    __slots__ = ("surface", "footwear", "gait_kind", "strength", "step_count", "style", "wet")
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    FOOTWEAR_FIELD_NUMBER: _ClassVar[int]
    GAIT_KIND_FIELD_NUMBER: _ClassVar[int]
    STRENGTH_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    STYLE_FIELD_NUMBER: _ClassVar[int]
    WET_FIELD_NUMBER: _ClassVar[int]
    surface: _surface_pb2.Surface
    footwear: _surface_pb2.Footwear
    gait_kind: _footstep_pb2.GaitKind
    strength: float
    step_count: int
    style: _audio_service_pb2.Style
    wet: bool
    def __init__(self, surface: _Optional[_Union[_surface_pb2.Surface, str]] = ..., footwear: _Optional[_Union[_surface_pb2.Footwear, str]] = ..., gait_kind: _Optional[_Union[_footstep_pb2.GaitKind, str]] = ..., strength: _Optional[float] = ..., step_count: _Optional[int] = ..., style: _Optional[_Union[_audio_service_pb2.Style, _Mapping]] = ..., wet: _Optional[bool] = ...) -> None: ...

class SoundFile(_message.Message):
    __slots__ = ("file_name", "size_bytes", "sha256", "contact_samples", "sample_rate_hz")
    FILE_NAME_FIELD_NUMBER: _ClassVar[int]
    SIZE_BYTES_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    CONTACT_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    file_name: str
    size_bytes: int
    sha256: str
    contact_samples: _containers.RepeatedScalarFieldContainer[int]
    sample_rate_hz: int
    def __init__(self, file_name: _Optional[str] = ..., size_bytes: _Optional[int] = ..., sha256: _Optional[str] = ..., contact_samples: _Optional[_Iterable[int]] = ..., sample_rate_hz: _Optional[int] = ...) -> None: ...

class RenderSoundResponse(_message.Message):
    __slots__ = ("file", "chunk")
    FILE_FIELD_NUMBER: _ClassVar[int]
    CHUNK_FIELD_NUMBER: _ClassVar[int]
    file: SoundFile
    chunk: bytes
    def __init__(self, file: _Optional[_Union[SoundFile, _Mapping]] = ..., chunk: _Optional[bytes] = ...) -> None: ...
