"""One id per request, from the first caller to the last log line."""

from __future__ import annotations

import contextvars
import re
import uuid
from collections.abc import Generator
from contextlib import contextmanager

METADATA_KEY = "x-request-id"
_LEGAL = re.compile(
    r"[A-Za-z0-9._:-]{1,128}"
)  # what may stand in a log line and a header without escaping
_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("foley_request_id", default="")


def new_request_id() -> str:
    """A fresh id, 32 hex digits."""
    return uuid.uuid4().hex


def current_request_id() -> str:
    """The id of the request that is being served here; empty outside any."""
    return _request_id.get()


def adopt_request_id(offered: str | None) -> str:
    """Make the caller's id the current one, or a fresh one when it offers none or one that is not legal."""
    chosen = offered if offered and _LEGAL.fullmatch(offered) else new_request_id()
    _request_id.set(chosen)
    return chosen


@contextmanager
def request_id_scope(offered: str | None = None) -> Generator[str]:
    """The same for a block of code; the id before it comes back afterwards."""
    chosen = offered if offered and _LEGAL.fullmatch(offered) else new_request_id()
    token = _request_id.set(chosen)
    try:
        yield chosen
    finally:
        _request_id.reset(token)
