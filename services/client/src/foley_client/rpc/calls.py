"""What calls of the client have in common: how long they may take, how large a message is, uploads, lists by pages."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import grpc

from foley_common.rpc.errors import from_rpc_error

CHUNK_BYTES = 512 << 10
"""Bytes of a file per message; the contract allows 1 MiB."""
CALL_TIMEOUT_S = 30.0
"""For calls that move no media."""
TRANSFER_TIMEOUT_S = 3600.0
"""For uploads, downloads and sound that is made."""


UPLOAD_PAUSES_S = (0.0, 0.25, 1.0)
"""Tries of an upload that was ended for a reason that nobody heard: how long each listens after its header."""
_CORE_ERROR = "Internal error from Core"  # grpc's own words, in a status that it makes itself
OnFraction = Callable[[float], None]
"""Called with a share that is done, from 0 to 1."""
_T = TypeVar("_T")


def unwatched(_fraction: float) -> None:
    """Nobody wants to know."""


async def uploaded(send: Callable[[float], Awaitable[_T]]) -> _T:
    """What an upload is answered with; it is sent again where the reason of a refusal was lost.

    Who refuses an upload ends the call while it is still being sent. grpc may fail to send the next piece before it has
    read why, and makes up a status of its own then (`grpc.aio`, `_consume_request_iterator`). The file had
    not all been sent by then; the next call waits a little after its header, to which most refusals answer.

    Args:
        send: Begins the call, from the file's first byte; given the seconds to wait after its header.

    Raises:
        FoleyError: what the other side said.
    """
    pauses_s = iter(UPLOAD_PAUSES_S)
    pause_s: float | None = next(pauses_s)
    while True:
        try:
            return await send(pause_s)
        except grpc.aio.AioRpcError as err:
            pause_s = next(pauses_s, None) if _is_reason_lost(err) else None
            if pause_s is None:
                raise from_rpc_error(err) from err


async def upload_requests(
    kind: Any,  # noqa: ANN401 - messages of one shape
    header: Any,  # noqa: ANN401
    path: Path,
    on_upload: OnFraction = unwatched,
    *,
    pause_s: float = 0.0,
) -> AsyncIterator[Any]:
    """A file as the requests of an upload: the header, then its bytes.

    Args:
        kind: The request's class, with fields ``header`` and ``chunk``.
        header: Of the upload.
        path: The file.
        on_upload: Called with the share that is sent, from 0 to 1.
        pause_s: Waited after the header.
    """
    yield kind(header=header)
    await asyncio.sleep(pause_s)
    with path.open("rb") as file:
        size_bytes, sent_bytes = os.fstat(file.fileno()).st_size, 0
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield kind(chunk=chunk)
            sent_bytes += len(chunk)
            on_upload(min(1.0, sent_bytes / max(1, size_bytes)))


def _is_reason_lost(err: grpc.aio.AioRpcError) -> bool:
    """Whether a call was ended by the other side for a reason that grpc did not read."""
    return err.code() is grpc.StatusCode.INTERNAL and err.details() == _CORE_ERROR


async def all_pages(
    method: Callable[..., Any],
    request: Any,  # noqa: ANN401 - any list request
    items: str,
) -> AsyncIterator[Any]:
    """Every item of a list, asked for page by page.

    Args:
        method: The list call.
        request: Its request; the page token is set here.
        items: Field of the answers that holds them.
    """
    while True:
        try:
            page = await method(request, timeout=CALL_TIMEOUT_S)
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err
        for item in getattr(page, items):
            yield item
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
