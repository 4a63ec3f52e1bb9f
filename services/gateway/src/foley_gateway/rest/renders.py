"""Renders over REST: create, look, cancel, and fetch what came out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import JSONResponse

from foley_common.rpc.footsteps import footstep_to_proto
from foley_gateway.application import RenderApplication
from foley_gateway.rest import schemas
from foley_gateway.rest.clips import PageSize, PageToken
from foley_gateway.rest.files import file_response
from foley_gateway.rest.proto_json import create_render_request, message_json, render_json


def renders_router(application: RenderApplication) -> APIRouter:
    """Routes under ``/v1/clips/{clip}/renders``."""
    router = APIRouter(
        prefix="/v1/clips/{clip}/renders", tags=["renders"], responses=schemas.ERRORS
    )

    @router.post(
        "",
        status_code=201,
        response_model=schemas.Render,
        openapi_extra={
            "requestBody": {
                "content": {
                    "application/json": {"schema": schemas.CreateRenderRequest.model_json_schema()}
                }
            }
        },
    )
    async def create_render(
        clip: str, body: Annotated[dict[str, Any] | None, Body()] = None
    ) -> Response:
        """Start a render, or return the one that is there. A failed or cancelled one is started again."""
        options, request_id = create_render_request(body or {})
        render = await application.create_render(clip, options, request_id)
        return JSONResponse(
            render_json(render), status_code=201, headers={"Location": f"/v1/{render.name}"}
        )

    @router.get("", response_model=schemas.ListRendersResponse)
    async def list_renders(
        clip: str, page_size: PageSize = 0, page_token: PageToken = ""
    ) -> Response:
        """List the renders of a clip, newest first."""
        page = await application.renders(clip, page_size, page_token)
        return JSONResponse(
            {
                "renders": [render_json(render) for render in page.items],
                "next_page_token": page.next_page_token,
            }
        )

    @router.get("/{render}", response_model=schemas.Render)
    async def get_render(clip: str, render: str) -> Response:
        """Return one render."""
        return JSONResponse(render_json(await application.render(clip, render)))

    @router.post("/{render}:cancel", response_model=schemas.Render)
    async def cancel_render(clip: str, render: str) -> Response:
        """End a render."""
        return JSONResponse(render_json(await application.cancel_render(clip, render)))

    @router.get("/{render}/footsteps", response_model=schemas.ListFootstepsResponse)
    async def list_footsteps(
        clip: str, render: str, page_size: PageSize = 0, page_token: PageToken = ""
    ) -> Response:
        """List the footsteps of a finished render in order of initial contact."""
        page = await application.footsteps(clip, render, page_size, page_token)
        return JSONResponse(
            {
                "footsteps": [message_json(footstep_to_proto(step)) for step in page.items],
                "next_page_token": page.next_page_token,
            }
        )

    @router.head("/{render}/files/{name}", include_in_schema=False)
    @router.get("/{render}/files/{name}", response_class=Response)
    async def get_file(
        request: Request,
        clip: str,
        render: str,
        name: str,
        download: Annotated[
            bool, Query(description="Offer it for saving instead of showing it.")
        ] = False,
    ) -> Response:
        """One file of a finished render; ranges are served, so players can seek."""
        file = await application.file(clip, render, name)
        display_name = (await application.clip(clip)).display_name
        return file_response(request, application, file, display_name, download=download)

    return router
