"""RenderService over gRPC."""

# ruff: noqa: ARG002, N802 - names and arguments are those of the generated servicer

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, TypeVar

import grpc.aio
from google.longrunning import operations_pb2

from foley.gateway.v1 import clip_pb2, render_pb2, sample_pack_pb2
from foley.gateway.v1 import render_service_pb2 as pb
from foley.gateway.v1 import render_service_pb2_grpc as pb_grpc
from foley_common.errors import FieldViolation, InvalidField
from foley_common.rpc.convert import object_ref_from_proto
from foley_common.rpc.errors import maps_errors
from foley_common.rpc.footsteps import footstep_to_proto
from foley_common.rpc.validate import Violations
from foley_gateway.application import RenderApplication
from foley_gateway.names import parse_clip_name, parse_pack_name, parse_render_name
from foley_gateway.rpc.convert import (
    clip_to_proto,
    operation_of,
    render_to_proto,
)
from foley_gateway.rpc.options import options_from_proto
from foley_gateway.rpc.packs import (
    built_to_proto,
    pack_spec_from_proto,
    sample_pack_to_proto,
    sound_file_to_proto,
    wish_from_proto,
)
from foley_gateway.watched import Outcome, SoFar

SERVICE_NAME = pb.DESCRIPTOR.services_by_name["RenderService"].full_name
CHUNK_BYTES = 1 << 20  # foley.gateway.v1.DownloadFileResponse

_Context = grpc.aio.ServicerContext[Any, Any]
_Upload = TypeVar(
    "_Upload",
    pb.UploadClipRequest,
    pb.UploadSamplePackRequest,
    pb.BuildSamplePackRequest,
    pb.WatchBuildSamplePackRequest,
)


class RenderServicer(pb_grpc.RenderServiceServicer):
    """Translates; the application does the work."""

    def __init__(self, application: RenderApplication) -> None:
        self._application = application

    @maps_errors
    async def UploadClip(
        self, request_iterator: AsyncIterator[pb.UploadClipRequest], context: _Context
    ) -> clip_pb2.Clip:
        """Store a video."""
        first = await _header(request_iterator)
        return clip_to_proto(
            await self._application.upload_clip(
                first.header.display_name, _chunks(request_iterator)
            )
        )

    @maps_errors
    async def CreateClip(self, request: pb.CreateClipRequest, context: _Context) -> clip_pb2.Clip:
        """Make a clip of a stored video."""
        violations = Violations()
        violations.object_ref(request.source, "source")
        violations.require(bool(request.display_name), "display_name", "is required")
        violations.raise_if_any()
        source = object_ref_from_proto(request.source)
        return clip_to_proto(await self._application.create_clip(source, request.display_name))

    @maps_errors
    async def GetClip(self, request: pb.GetClipRequest, context: _Context) -> clip_pb2.Clip:
        """One clip."""
        return clip_to_proto(await self._application.clip(parse_clip_name(request.name)))

    @maps_errors
    async def ListClips(
        self, request: pb.ListClipsRequest, context: _Context
    ) -> pb.ListClipsResponse:
        """Clips, newest first."""
        page = await self._application.clips(request.page_size, request.page_token)
        return pb.ListClipsResponse(
            clips=[clip_to_proto(clip) for clip in page.items], next_page_token=page.next_page_token
        )

    @maps_errors
    async def DeleteClip(
        self, request: pb.DeleteClipRequest, context: _Context
    ) -> pb.DeleteClipResponse:
        """Delete a clip with everything made for it."""
        deleted = await self._application.delete_clip(parse_clip_name(request.name))
        return pb.DeleteClipResponse(deleted_object_count=deleted)

    @maps_errors
    async def CreateRender(
        self, request: pb.CreateRenderRequest, context: _Context
    ) -> operations_pb2.Operation:
        """Start a render."""
        clip_id = parse_clip_name(request.parent, "parent")
        options = options_from_proto(request.options)
        return operation_of(
            await self._application.create_render(clip_id, options, request.request_id)
        )

    @maps_errors
    async def GetRender(self, request: pb.GetRenderRequest, context: _Context) -> render_pb2.Render:
        """One render."""
        return render_to_proto(await self._application.render(*parse_render_name(request.name)))

    @maps_errors
    async def ListRenders(
        self, request: pb.ListRendersRequest, context: _Context
    ) -> pb.ListRendersResponse:
        """Renders of a clip, newest first."""
        clip_id = parse_clip_name(request.parent, "parent")
        page = await self._application.renders(clip_id, request.page_size, request.page_token)
        return pb.ListRendersResponse(
            renders=[render_to_proto(render) for render in page.items],
            next_page_token=page.next_page_token,
        )

    @maps_errors
    async def WatchRender(
        self, request: pb.WatchRenderRequest, context: _Context
    ) -> AsyncIterator[render_pb2.Render]:
        """The render whenever it changes."""
        async for render in self._application.watch_render(*parse_render_name(request.name)):
            yield render_to_proto(render)

    @maps_errors
    async def ListFootsteps(
        self, request: pb.ListFootstepsRequest, context: _Context
    ) -> pb.ListFootstepsResponse:
        """Footsteps of a finished render."""
        clip_id, render_id = parse_render_name(request.parent, "parent")
        page = await self._application.footsteps(
            clip_id, render_id, request.page_size, request.page_token
        )
        return pb.ListFootstepsResponse(
            footsteps=[footstep_to_proto(step) for step in page.items],
            next_page_token=page.next_page_token,
        )

    @maps_errors
    async def DownloadFile(
        self, request: pb.DownloadFileRequest, context: _Context
    ) -> AsyncIterator[pb.DownloadFileResponse]:
        """Bytes of one file."""
        clip_id, render_id = parse_render_name(request.parent, "parent")
        file = (await self._application.file(clip_id, render_id, request.file_name)).file
        async for chunk in self._cut(self._application.read(file, 0, file.size_bytes)):
            yield pb.DownloadFileResponse(chunk=chunk)

    @maps_errors
    async def UploadSamplePack(
        self, request_iterator: AsyncIterator[pb.UploadSamplePackRequest], context: _Context
    ) -> sample_pack_pb2.SamplePack:
        """Store a sample pack."""
        first = await _header(request_iterator)
        return sample_pack_to_proto(
            await self._application.upload_sample_pack(
                first.header.display_name, _chunks(request_iterator)
            )
        )

    @maps_errors
    async def BuildSamplePack(
        self, request_iterator: AsyncIterator[pb.BuildSamplePackRequest], context: _Context
    ) -> pb.BuildSamplePackResponse:
        """Make a sample pack of a recording."""
        first = await _header(request_iterator)
        spec = pack_spec_from_proto(first.header)
        return built_to_proto(
            *await self._application.build_sample_pack(spec, _chunks(request_iterator))
        )

    @maps_errors
    async def WatchBuildSamplePack(
        self, request_iterator: AsyncIterator[pb.WatchBuildSamplePackRequest], context: _Context
    ) -> AsyncIterator[pb.WatchBuildSamplePackResponse]:
        """Make a sample pack of a recording, and say how far that is."""
        first = await _header(request_iterator)
        spec = pack_spec_from_proto(first.header)
        build = self._application.watch_sample_pack_build(spec, _chunks(request_iterator))
        async with aclosing(build) as items:
            async for item in items:
                match item:
                    case SoFar(fraction):
                        yield pb.WatchBuildSamplePackResponse(fraction=fraction)
                    case Outcome((pack, rejected)):
                        yield pb.WatchBuildSamplePackResponse(result=built_to_proto(pack, rejected))

    @maps_errors
    async def GetSamplePack(
        self, request: pb.GetSamplePackRequest, context: _Context
    ) -> sample_pack_pb2.SamplePack:
        """One sample pack."""
        return sample_pack_to_proto(
            await self._application.sample_pack(parse_pack_name(request.name))
        )

    @maps_errors
    async def ListSamplePacks(
        self, request: pb.ListSamplePacksRequest, context: _Context
    ) -> pb.ListSamplePacksResponse:
        """Sample packs, newest first."""
        page = await self._application.sample_packs(request.page_size, request.page_token)
        return pb.ListSamplePacksResponse(
            sample_packs=[sample_pack_to_proto(pack) for pack in page.items],
            next_page_token=page.next_page_token,
        )

    @maps_errors
    async def DeleteSamplePack(
        self, request: pb.DeleteSamplePackRequest, context: _Context
    ) -> pb.DeleteSamplePackResponse:
        """Delete a sample pack."""
        deleted = await self._application.delete_sample_pack(parse_pack_name(request.name))
        return pb.DeleteSamplePackResponse(deleted_object_count=deleted)

    @maps_errors
    async def DownloadSamplePack(
        self, request: pb.DownloadSamplePackRequest, context: _Context
    ) -> AsyncIterator[pb.DownloadSamplePackResponse]:
        """Bytes of a sample pack."""
        pack = (await self._application.sample_pack(parse_pack_name(request.name))).pack
        async for chunk in self._cut(self._application.read(pack, 0, pack.size_bytes)):
            yield pb.DownloadSamplePackResponse(chunk=chunk)

    @maps_errors
    async def RenderSound(
        self, request: pb.RenderSoundRequest, context: _Context
    ) -> AsyncIterator[pb.RenderSoundResponse]:
        """Footsteps without a video."""
        sounds = self._application.render_sound(wish_from_proto(request))
        async with aclosing(sounds) as files:  # who leaves in the middle has them deleted at once
            async for made in files:
                yield pb.RenderSoundResponse(file=sound_file_to_proto(made))
                data = self._application.read(made.sound, 0, made.sound.size_bytes)
                async for chunk in self._cut(data):
                    yield pb.RenderSoundResponse(chunk=chunk)

    async def _cut(self, stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Bytes in pieces that fit a message."""
        async for data in stream:
            for start in range(0, len(data), CHUNK_BYTES):
                yield data[start : start + CHUNK_BYTES]


async def _header(requests: AsyncIterator[_Upload]) -> _Upload:
    """The first message of an upload.

    Raises:
        InvalidField: there is none, or it carries no header.
    """
    first = await anext(aiter(requests), None)
    if first is None or first.WhichOneof("request") != "header":
        raise InvalidField([FieldViolation("header", "must be the first message")])
    return first


async def _chunks(requests: AsyncIterator[_Upload]) -> AsyncIterator[bytes]:
    """The bytes of an upload after its header."""
    async for message in requests:
        if message.WhichOneof("request") != "chunk":
            raise InvalidField(
                [FieldViolation("chunk", "must be set in every message after the first")]
            )
        yield message.chunk
