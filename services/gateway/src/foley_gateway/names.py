"""Names, page tokens and request ids: how requests spell things, checked in one place for both faces."""

from __future__ import annotations

import base64
import binascii

from foley_common.errors import FieldViolation, InvalidField
from foley_gateway.domain.types import Page, Render

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 20, 100  # foley.gateway.v1.ListClipsRequest, ListRendersRequest
DEFAULT_STEPS_PAGE_SIZE, MAX_STEPS_PAGE_SIZE = 100, 1000  # foley.gateway.v1.ListFootstepsRequest
MAX_OFFSET = 2**63 - 1  # what databases count with
MAX_REQUEST_ID_CHARACTERS = 64  # foley.gateway.v1.CreateRenderRequest


def page_of(size: int, token: str, default: int, most: int) -> Page:
    """The page that a list request asks for.

    Raises:
        InvalidField: the size is out of range, or the token is none of ours.
    """
    if not 0 <= size <= most:
        raise InvalidField([FieldViolation("page_size", f"must be from 0 to {most}, is {size}")])
    try:
        offset = int(base64.urlsafe_b64decode(token.encode()).decode()) if token else 0
    except (binascii.Error, ValueError) as error:
        raise _bad_token() from error
    if not 0 <= offset <= MAX_OFFSET:
        raise _bad_token()
    return Page(size or default, offset)


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


def page_token(offset: int) -> str:
    """The token of the page that starts at an item."""
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _bad_token() -> InvalidField:
    return InvalidField(
        [FieldViolation("page_token", "must be the next_page_token of the page before")]
    )
