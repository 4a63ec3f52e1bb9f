from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class Progress(_message.Message):
    __slots__ = ("done_count", "total_count", "unit")
    DONE_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOTAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    done_count: int
    total_count: int
    unit: str
    def __init__(self, done_count: _Optional[int] = ..., total_count: _Optional[int] = ..., unit: _Optional[str] = ...) -> None: ...
