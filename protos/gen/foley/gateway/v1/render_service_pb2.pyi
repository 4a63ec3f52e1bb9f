from foley.common.v1 import footstep_pb2 as _footstep_pb2
from foley.common.v1 import media_pb2 as _media_pb2
from foley.gateway.v1 import clip_pb2 as _clip_pb2
from foley.gateway.v1 import render_pb2 as _render_pb2
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
