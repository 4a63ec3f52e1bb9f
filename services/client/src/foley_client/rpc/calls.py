"""What calls of the client have in common: how long they may take, how large a message is, and lists by pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc

from foley_common.rpc.errors import from_rpc_error

CHUNK_BYTES = 512 << 10
"""Bytes of a file per message; the contract allows 1 MiB."""
CALL_TIMEOUT_S = 30.0
"""For calls that move no media."""
TRANSFER_TIMEOUT_S = 3600.0
"""For uploads, downloads and sound that is made."""


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
