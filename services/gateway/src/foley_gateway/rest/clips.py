"""Clips over REST."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from foley_common.errors import MediaTooLarge, ServiceBusy
from foley_gateway.application import RenderApplication
from foley_gateway.rest import schemas
from foley_gateway.rest.proto_json import clip_json
from foley_gateway.rest.upload import UploadStream

MULTIPART_OVERHEAD_BYTES = 64 << 10
"""Boundaries and headers around the file: a body longer than the limit and this holds too long a file for sure."""

UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "The file."}
                    },
                }
            }
        },
    }
}
PageSize = Annotated[int, Query(description="Most items to return; 0 takes the default.")]
PageToken = Annotated[str, Query(description="`next_page_token` of the page before.")]


def clips_router(application: RenderApplication, max_upload_bytes: int) -> APIRouter:
    """Routes under ``/v1/clips``."""
    router = APIRouter(prefix="/v1/clips", tags=["clips"], responses=schemas.ERRORS)

    @router.post("", status_code=201, response_model=schemas.Clip, openapi_extra=UPLOAD_BODY)
    async def upload_clip(request: Request) -> Response:
        """Store a video. The same video under the same name is the same clip."""
        upload = UploadStream(request)
        try:
            check_length(request, max_upload_bytes)
            clip = await application.upload_clip(await upload.file_name(), upload.chunks())
        except (MediaTooLarge, ServiceBusy):
            await upload.drain()
            raise
        return JSONResponse(
            clip_json(clip), status_code=201, headers={"Location": f"/v1/{clip.name}"}
        )

    @router.get("", response_model=schemas.ListClipsResponse)
    async def list_clips(page_size: PageSize = 0, page_token: PageToken = "") -> Any:  # noqa: ANN401
        """List clips, newest first."""
        page = await application.clips(page_size, page_token)
        return JSONResponse(
            {
                "clips": [clip_json(clip) for clip in page.items],
                "next_page_token": page.next_page_token,
            }
        )

    @router.get("/{clip}", response_model=schemas.Clip)
    async def get_clip(clip: str) -> Any:  # noqa: ANN401
        """Return one clip."""
        return JSONResponse(clip_json(await application.clip(clip)))

    @router.delete("/{clip}", response_model=schemas.DeleteClipResponse)
    async def delete_clip(clip: str) -> Any:  # noqa: ANN401
        """Delete a clip with its renders and all objects made for it."""
        return JSONResponse({"deleted_object_count": await application.delete_clip(clip)})

    return router


def check_length(request: Request, max_upload_bytes: int) -> None:
    """Refuse at once what says that it is too long; what says nothing is counted as it comes."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_upload_bytes + MULTIPART_OVERHEAD_BYTES:
        raise MediaTooLarge(
            f"the file is larger than {max_upload_bytes} bytes",
            limit=str(max_upload_bytes),
            unit="bytes",
            value=length,
        )
