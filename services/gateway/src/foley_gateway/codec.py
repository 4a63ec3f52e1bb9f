"""Values of the domain as JSON and back: for the database, and for what workflow steps hand on."""

from __future__ import annotations

import functools
from typing import Any, TypeVar

from pydantic import TypeAdapter

_Value = TypeVar("_Value")


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a type, which Python cannot say
    return TypeAdapter(kind)


def to_json(value: object) -> Any:  # noqa: ANN401 - JSON
    """A dataclass of the domain as plain JSON values."""
    return _adapter(type(value)).dump_python(value, mode="json")


def from_json(kind: type[_Value], data: Any) -> _Value:  # noqa: ANN401 - JSON
    """The dataclass again."""
    return _adapter(kind).validate_python(data)


def to_text(value: object) -> str:
    """A dataclass of the domain as JSON text."""
    return _adapter(type(value)).dump_json(value).decode()


def from_text(kind: type[_Value], text: str) -> _Value:
    """The dataclass again."""
    return _adapter(kind).validate_json(text)
