"""A render's progress as server-sent events."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from foley_common.errors import FoleyError
from foley_gateway.application import RenderApplication
from foley_gateway.domain.types import Render
from foley_gateway.rest import schemas
from foley_gateway.rest.errors import error_json
from foley_gateway.rest.proto_json import render_json

HEARTBEAT_S = 15.0
"""A comment is sent after this silence: proxies cut connections that say nothing for a minute."""
RECONNECT_MS = 1000


def events_router(application: RenderApplication) -> APIRouter:
    """``/v1/clips/{clip}/renders/{render}/events``."""
    router = APIRouter(
        prefix="/v1/clips/{clip}/renders/{render}", tags=["renders"], responses=schemas.ERRORS
    )

    @router.get("/events", response_class=StreamingResponse)
    async def watch_render(clip: str, render: str) -> StreamingResponse:
        """Events `render` with the render as JSON: its state now, then every change, until it has ended."""
        await application.render(clip, render)  # what is not there is an error, not an empty stream
        renders = application.watch_render(clip, render)
        return StreamingResponse(
            _events(renders),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router


async def _events(renders: AsyncIterator[Render]) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_MS}\n\n"
    upcoming = asyncio.ensure_future(anext(renders, None))
    try:
        while True:
            done, _ = await asyncio.wait({upcoming}, timeout=HEARTBEAT_S)
            if not done:
                yield ": still here\n\n"
                continue
            try:
                render = upcoming.result()
            except FoleyError as error:
                yield f"event: problem\ndata: {json.dumps(error_json(error))}\n\n"
                return
            if render is None:
                return
            yield f"event: render\ndata: {json.dumps(render_json(render), ensure_ascii=False)}\n\n"
            upcoming = asyncio.ensure_future(anext(renders, None))
    finally:
        upcoming.cancel()
        with contextlib.suppress(asyncio.CancelledError, FoleyError):
            await upcoming
        await renders.aclose()  # type: ignore[attr-defined]
