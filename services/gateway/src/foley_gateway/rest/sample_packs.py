"""Sample packs over REST."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from foley_common.errors import MediaTooLarge, SamplePackInvalid, ServiceBusy
from foley_common.packs import PackLimits, Rejection
from foley_gateway.application import RenderApplication
from foley_gateway.domain.sample_packs import PackSpec, SamplePack
from foley_gateway.rest import schemas
from foley_gateway.rest.clips import UPLOAD_BODY, PageSize, PageToken, check_length
from foley_gateway.rest.proto_json import built_json, pack_spec, sample_pack_json
from foley_gateway.rest.sse import MEDIA_TYPE, EventResponse, Events
from foley_gateway.rest.upload import UploadStream
from foley_gateway.watched import Outcome, SoFar

Surface = Annotated[str, Query(description="The ground in the recording: SURFACE_GRAVEL …")]
Footwear = Annotated[str, Query(description="The shoe, when known: FOOTWEAR_BOOT …")]
GaitKind = Annotated[str, Query(description="The gait, when known: GAIT_KIND_WALK …")]
AudioStream = Annotated[
    int,
    Query(description="Which of its audio streams, from 1; 0 takes the one with most steps."),
]
Text = Annotated[str, Query()]
_Item: TypeAlias = SoFar | Outcome[tuple[SamplePack, tuple[Rejection, ...]]]


def sample_packs_router(application: RenderApplication, max_upload_bytes: int) -> APIRouter:
    """Routes under ``/v1/samplePacks``."""
    router = APIRouter(prefix="/v1/samplePacks", tags=["sample packs"], responses=schemas.ERRORS)

    @router.post("", status_code=201, response_model=schemas.SamplePack, openapi_extra=UPLOAD_BODY)
    async def upload_sample_pack(request: Request) -> Response:
        """Store a sample pack: a zip of single steps, with a manifest or with names that say ground, shoe and gait."""
        upload = UploadStream(request)
        try:
            check_length(request, PackLimits().max_zip_bytes)
            pack = await application.upload_sample_pack(await upload.file_name(), upload.chunks())
        except (MediaTooLarge, SamplePackInvalid, ServiceBusy):
            await upload.drain()
            raise
        return JSONResponse(
            sample_pack_json(pack), status_code=201, headers={"Location": f"/v1/{pack.name}"}
        )

    @router.post(
        ":build",
        status_code=201,
        response_model=schemas.BuildSamplePackResponse,
        responses={200: {"description": "Progress and result.", "content": {MEDIA_TYPE: {}}}},
        openapi_extra=UPLOAD_BODY,
    )
    async def build_sample_pack(  # noqa: PLR0917 - FastAPI reads the signature
        request: Request,
        surface: Surface,
        footwear: Footwear = "FOOTWEAR_UNSPECIFIED",
        gait_kind: GaitKind = "GAIT_KIND_UNSPECIFIED",
        display_name: Text = "",
        source_url: Text = "",
        title: Text = "",
        uploader: Text = "",
        licence: Text = "",
        rights_confirmed: Annotated[bool, Query()] = False,
        audio_stream: AudioStream = 0,
    ) -> Response:
        """Make a sample pack of the footsteps in a recording.

        With `Accept: text/event-stream` the answer, once the recording has arrived, is events `progress` with
        `{"fraction": 0.25}`, then one `result` with the answer as JSON, or one `problem` with an error.
        """
        provenance = {
            "source_url": source_url,
            "title": title,
            "uploader": uploader,
            "licence": licence,
            "rights_confirmed": rights_confirmed,
        }
        fields: dict[str, Any] = {
            "surface": surface,
            "footwear": footwear,
            "gait_kind": gait_kind,
            "display_name": display_name,
            "audio_stream": audio_stream,
        }
        if any(provenance.values()):
            fields["provenance"] = provenance
        spec = pack_spec(fields)
        upload = UploadStream(request)
        try:
            check_length(request, max_upload_bytes)
            await upload.file_name()
            return await _build(application, spec, upload, request)
        except (MediaTooLarge, ServiceBusy):
            await upload.drain()
            raise

    @router.get("", response_model=schemas.ListSamplePacksResponse)
    async def list_sample_packs(page_size: PageSize = 0, page_token: PageToken = "") -> Any:  # noqa: ANN401
        """List sample packs, newest first."""
        page = await application.sample_packs(page_size, page_token)
        return JSONResponse(
            {
                "sample_packs": [sample_pack_json(pack) for pack in page.items],
                "next_page_token": page.next_page_token,
            }
        )

    @router.get("/{sample_pack}", response_model=schemas.SamplePack)
    async def get_sample_pack(sample_pack: str) -> Any:  # noqa: ANN401
        """Return one sample pack."""
        return JSONResponse(sample_pack_json(await application.sample_pack(sample_pack)))

    @router.get("/{sample_pack}/pack.zip", response_class=Response)
    async def download_sample_pack(sample_pack: str) -> Response:
        """The zip itself."""
        pack = (await application.sample_pack(sample_pack)).pack
        return StreamingResponse(
            application.read(pack, 0, pack.size_bytes),
            media_type=pack.media_type,
            headers={"Content-Length": str(pack.size_bytes)},
        )

    @router.delete("/{sample_pack}", response_model=schemas.DeleteSamplePackResponse)
    async def delete_sample_pack(sample_pack: str) -> Any:  # noqa: ANN401
        """Delete a sample pack. Renders that were made with it stay."""
        deleted = await application.delete_sample_pack(sample_pack)
        return JSONResponse({"deleted_object_count": deleted})

    return router


async def _build(
    application: RenderApplication, spec: PackSpec, upload: UploadStream, request: Request
) -> Response:
    """A pack, or what becomes of it as events: what is wrong with the upload is an answer of its own in both cases."""
    if MEDIA_TYPE in request.headers.get("accept", ""):
        build = application.watch_sample_pack_build(spec, upload.chunks())
        return EventResponse(_progress(await anext(build), build), build)
    pack, rejected = await application.build_sample_pack(spec, upload.chunks())
    return JSONResponse(
        built_json(pack, rejected), status_code=201, headers={"Location": f"/v1/{pack.name}"}
    )


async def _progress(first: _Item, build: AsyncGenerator[_Item]) -> Events:
    async with aclosing(build):
        yield _event(first)
        async for item in build:
            yield _event(item)


def _event(item: _Item) -> tuple[str, dict[str, Any]]:
    match item:
        case SoFar(fraction):
            return "progress", {"fraction": round(fraction, 4)}
        case Outcome((pack, rejected)):
            return "result", built_json(pack, rejected)
