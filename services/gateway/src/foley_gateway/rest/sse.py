"""Server-sent events: long work told while it is done, with signs of life for proxies and errors in our form."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from typing import Any

from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from foley_common.errors import FoleyError
from foley_gateway.rest.errors import error_json
from foley_gateway.tidy import to_its_end

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 15.0
"""A comment is sent after this silence: proxies cut connections that say nothing for a minute."""
RECONNECT_MS = 1000

Events = AsyncGenerator[tuple[str, dict[str, Any]]]


class EventResponse(StreamingResponse):
    """An answer that sends events, each a name and what is said as JSON, and ends with `problem` where they fail.

    Events are closed, and what they tell of is ended, however the answer ends: also where the caller has left before
    the first event. A caller who leaves is one cancellation; the framework's own answer is cancelled again on every
    turn of the loop until it has cleaned up, which takes all the time that the cleaning up needs.

    Args:
        events: What is sent.
        begun: What the events are made of, where that has begun before the first of them is asked for.
    """

    def __init__(self, events: Events, *begun: AsyncGenerator[Any]) -> None:
        lines = _sent(events)
        super().__init__(
            lines,
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._sources = (lines, events, *begun)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send until the events end or the caller leaves."""
        sending = asyncio.create_task(self.stream_response(send))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await to_its_end(self._close(sending, leaving))
        if not sending.cancelled():
            sending.result()

    async def _close(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for source in self._sources:
            await source.aclose()


async def _sent(events: Events) -> AsyncGenerator[str]:
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
