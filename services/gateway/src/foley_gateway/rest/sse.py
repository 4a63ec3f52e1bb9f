"""Server-sent events: long work told while it is done, with signs of life for proxies and errors in our form."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

from foley_common.errors import FoleyError
from foley_gateway.rest.errors import error_json

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 15.0
"""A comment is sent after this silence: proxies cut connections that say nothing for a minute."""
RECONNECT_MS = 1000

Events = AsyncGenerator[tuple[str, dict[str, Any]]]


def event_response(events: Events) -> StreamingResponse:
    """An answer that sends events, each a name and what is said as JSON, and ends with `problem` where they fail."""
    return StreamingResponse(
        _sent(events),
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _sent(events: Events) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_MS}\n\n"
    upcoming = asyncio.ensure_future(anext(events, None))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=HEARTBEAT_S)
            if not done:
                yield ": still here\n\n"
                continue
            try:
                event = upcoming.result()
            except FoleyError as error:
                yield _lines("problem", error_json(error))
                return
            if event is None:
                return
            yield _lines(*event)
            upcoming = asyncio.ensure_future(anext(events, None))
    finally:
        upcoming.cancel()
        with contextlib.suppress(asyncio.CancelledError, FoleyError):
            await upcoming
        await events.aclose()


def _lines(name: str, said: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(said, ensure_ascii=False)}\n\n"
