"""Names and request ids: how requests spell things, checked in one place for both faces."""

from __future__ import annotations

from foley_common.errors import FieldViolation, InvalidField
from foley_gateway.domain.types import Render

MAX_REQUEST_ID_CHARACTERS = 64  # foley.gateway.v1.CreateRenderRequest


def check_request_id(request_id: str) -> None:
    """Raise InvalidField unless it is empty or up to 64 characters of ``[A-Za-z0-9_-]``."""
    legal = all(c.isascii() and (c.isalnum() or c in "_-") for c in request_id)
    if not legal or len(request_id) > MAX_REQUEST_ID_CHARACTERS:
        raise InvalidField(
            [
                FieldViolation(
                    "request_id",
                    f"must be at most {MAX_REQUEST_ID_CHARACTERS} characters of [A-Za-z0-9_-]",
                )
            ]
        )


def render_name(clip_id: str, render_id: str) -> str:
    """``clips/{clip}/renders/{render}``."""
    return f"clips/{clip_id}/renders/{render_id}"


def parse_render_name(name: str, field: str = "name") -> tuple[str, str]:
    """``clips/{clip}/renders/{render}`` taken apart.

    Raises:
        InvalidField: the name has another form.
    """
    parts = name.split("/")
    if (
        len(parts) != 4
        or parts[0] != "clips"
        or parts[2] != "renders"
        or not (parts[1] and parts[3])
    ):
        raise InvalidField(
            [FieldViolation(field, f"must be clips/{{clip}}/renders/{{render}}, is {name!r}")]
        )
    return parts[1], parts[3]


def parse_clip_name(name: str, field: str = "name") -> str:
    """``clips/{clip}`` taken apart.

    Raises:
        InvalidField: the name has another form.
    """
    parts = name.split("/")
    if len(parts) != 2 or parts[0] != "clips" or not parts[1]:
        raise InvalidField([FieldViolation(field, f"must be clips/{{clip}}, is {name!r}")])
    return parts[1]


def parse_pack_name(name: str, field: str = "name") -> str:
    """``samplePacks/{sample_pack}`` taken apart.

    Raises:
        InvalidField: the name has another form.
    """
    parts = name.split("/")
    if len(parts) != 2 or parts[0] != "samplePacks" or not parts[1]:
        raise InvalidField(
            [FieldViolation(field, f"must be samplePacks/{{sample_pack}}, is {name!r}")]
        )
    return parts[1]


def operation_name(render: Render) -> str:
    """Name of the operation that stands for a render."""
    return f"operations/{render.clip_id}.{render.render_id}"


def parse_operation_name(name: str) -> tuple[str, str]:
    """``operations/{clip}.{render}`` taken apart.

    Raises:
        InvalidField: the name has another form.
    """
    clip_id, _, render_id = name.removeprefix("operations/").partition(".")
    if not name.startswith("operations/") or not (clip_id and render_id):
        raise InvalidField(
            [FieldViolation("name", f"must be operations/{{clip}}.{{render}}, is {name!r}")]
        )
    return clip_id, render_id
