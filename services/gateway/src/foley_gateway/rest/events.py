"""A render's progress as server-sent events."""

from __future__ import annotations

from contextlib import aclosing

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from foley_gateway.application import RenderApplication
from foley_gateway.rest import schemas
from foley_gateway.rest.proto_json import render_json
from foley_gateway.rest.sse import EventResponse, Events


def events_router(application: RenderApplication) -> APIRouter:
    """``/v1/clips/{clip}/renders/{render}/events``."""
    router = APIRouter(
        prefix="/v1/clips/{clip}/renders/{render}", tags=["renders"], responses=schemas.ERRORS
    )

    @router.get("/events", response_class=StreamingResponse)
    async def watch_render(clip: str, render: str) -> StreamingResponse:
        """Events `render` with the render as JSON: its state now, then every change, until it has ended."""
        await application.render(clip, render)  # what is not there is an error, not an empty stream
        return EventResponse(_changes(application, clip, render))

    return router


async def _changes(application: RenderApplication, clip: str, render: str) -> Events:
    async with aclosing(application.watch_render(clip, render)) as changes:
        async for changed in changes:
            yield "render", render_json(changed)
