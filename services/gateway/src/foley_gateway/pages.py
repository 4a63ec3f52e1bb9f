"""Lists by pages: which items a request asks for, and how it gets the next ones."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from foley_common.errors import FieldViolation, InvalidField
from foley_gateway.domain.types import Page

DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE = 20, 100  # foley.gateway.v1.ListClipsRequest, ListRendersRequest
DEFAULT_STEPS_PAGE_SIZE, MAX_STEPS_PAGE_SIZE = 100, 1000  # foley.gateway.v1.ListFootstepsRequest
MAX_OFFSET = 2**63 - 1  # what databases count with

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Listing(Generic[_T]):
    """One page of a list; the token is empty on the last one."""

    items: Sequence[_T]
    next_page_token: str = ""


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


def listing_of(items: Sequence[_T], page: Page) -> Listing[_T]:
    """The page, of its items and one more when there is a next page."""
    more = len(items) > page.size
    return Listing(items[: page.size], page_token(page.offset + page.size) if more else "")


def page_token(offset: int) -> str:
    """The token of the page that starts at an item."""
    return base64.urlsafe_b64encode(str(offset).encode()).decode()


def _bad_token() -> InvalidField:
    return InvalidField(
        [FieldViolation("page_token", "must be the next_page_token of the page before")]
    )
