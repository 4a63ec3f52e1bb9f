"""A gateway with a `RenderService` that keeps everything in memory and works at once: for the client's tests."""
# ruff: noqa: N802, ARG002 - names and parameters are the contract's

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf import empty_pb2
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from foley.audio.v1 import audio_service_pb2
from foley.gateway.v1 import (
    clip_pb2,
    render_pb2,
    render_service_pb2,
    render_service_pb2_grpc,
    sample_pack_pb2,
)
from foley_common.errors import (
    ClipNotFound,
    ObjectNotFound,
    RecordingUnusable,
    RenderNotFound,
    UndecodableMedia,
)
from foley_common.rpc.convert import time_range_to_proto
from foley_common.rpc.errors import maps_errors

States = render_pb2.Render.State
SERVICE = "foley.gateway.v1.RenderService"
CHUNK_BYTES = 1000


class FakeGateway(
    render_service_pb2_grpc.RenderServiceServicer, operations_pb2_grpc.OperationsServicer
):
    """What it holds is open to tests.

    Attributes:
        clips, renders: By resource name.
        by_request: Name of the render by clip and request id.
        files: Bytes of result files by name.
        endings: Final states of the renders to come, in order; then all succeed.
        refuses: Bytes of an upload that begin like this are no video.
        damages: Name of a file whose bytes are damaged on the way.
        goes_away: How often a watch breaks with UNAVAILABLE before it is served.
        breaks_off: How often a watch breaks with UNAVAILABLE after its first answer.
        waits: A watch of a running render never ends by itself.
        cancelled: Operations that were cancelled.
        packs: Sample packs with their bytes, by resource name.
        built: The pack that a recording becomes, as bytes; empty refuses every recording.
        builds: Headers of the recordings that came.
        is_old: It does not know `WatchBuildSamplePack`.
        sounds: Files of `RenderSound` with the samples of their contacts, by name.
        wishes: What `RenderSound` was asked.
    """

    def __init__(self) -> None:
        self.clips: dict[str, clip_pb2.Clip] = {}
        self.renders: dict[str, render_pb2.Render] = {}
        self.by_request: dict[tuple[str, str], str] = {}
        self.files: dict[str, bytes] = {}
        self.endings: list[int] = []
        self.refuses = b"no video"
        self.damages = ""
        self.goes_away = 0
        self.breaks_off = 0
        self.waits = False
        self.cancelled: list[str] = []
        self.uploads = 0
        self.packs: dict[str, tuple[sample_pack_pb2.SamplePack, bytes]] = {}
        self.built = b""
        self.builds: list[render_service_pb2.BuildSamplePackHeader] = []
        self.is_old = False
        self.sounds: dict[str, tuple[bytes, list[int]]] = {}
        self.wishes: list[render_service_pb2.RenderSoundRequest] = []

    @maps_errors
    async def UploadClip(self, requests: Any, context: Any) -> clip_pb2.Clip:
        self.uploads += 1
        header, data = "", b""
        async for request in requests:
            header = request.header.display_name or header
            data += request.chunk
        if data.startswith(self.refuses):
            raise UndecodableMedia("not a video: no container found")
        clip = clip_pb2.Clip(name=f"clips/c-{len(self.clips)}", display_name=header)
        clip.source.sha256 = hashlib.sha256(data).hexdigest()
        clip.source.size_bytes = len(data)
        self.clips[clip.name] = clip
        return clip

    async def ListClips(self, request: Any, context: Any) -> render_service_pb2.ListClipsResponse:
        names = list(reversed(self.clips))
        start = int(request.page_token or 0)
        more = (
            str(start + 2) if start + 2 < len(names) else ""
        )  # small pages, so that a test turns them
        return render_service_pb2.ListClipsResponse(
            clips=[self.clips[name] for name in names[start : start + 2]], next_page_token=more
        )

    @maps_errors
    async def CreateRender(self, request: Any, context: Any) -> operations_pb2.Operation:
        if request.parent not in self.clips:
            raise ClipNotFound(f"no clip {request.parent}", name=request.parent)
        key = (request.parent, request.request_id)
        if key not in self.by_request:
            render = render_pb2.Render(
                name=f"{request.parent}/renders/r-{len(self.renders)}",
                options=request.options,
                state=States.STATE_RUNNING,
            )
            self.renders[render.name] = render
            self.by_request[key] = render.name
        render = self.renders[self.by_request[key]]
        if render.state in (States.STATE_FAILED, States.STATE_CANCELLED):
            render.state = States.STATE_RUNNING
        operation = operations_pb2.Operation(name=f"operations/{render.name.replace('/', '.')}")
        operation.metadata.Pack(render)
        return operation

    @maps_errors
    async def WatchRender(self, request: Any, context: Any) -> AsyncIterator[render_pb2.Render]:
        if request.name not in self.renders:
            raise RenderNotFound(f"no render {request.name}", name=request.name)
        if self.goes_away:
            self.goes_away -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "going away")
        render = self.renders[request.name]
        yield render
        if self.breaks_off:
            self.breaks_off -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "going away")
        if self.waits:
            await asyncio.sleep(60)
        if render.state == States.STATE_RUNNING:
            self._finish(render)
            yield render

    def _finish(self, render: render_pb2.Render) -> None:
        render.state = States.ValueType(
            self.endings.pop(0) if self.endings else States.STATE_SUCCEEDED
        )
        for stage in (render_pb2.RENDER_STAGE_POSES, render_pb2.RENDER_STAGE_SOUND):
            render.progress.add(stage=stage, fraction=1.0)
        if render.state == States.STATE_FAILED:
            render.error_reason, render.error_message = "STAGE_UNAVAILABLE", "the detector is away"
            return
        for name, data in self.files.items():
            file = render.files.add(file_name=name)
            file.file.sha256 = hashlib.sha256(data).hexdigest()
            file.file.size_bytes = len(data)

    @maps_errors
    async def DownloadFile(
        self, request: Any, context: Any
    ) -> AsyncIterator[render_service_pb2.DownloadFileResponse]:
        for chunk in self._chunks(request.file_name, self.files[request.file_name]):
            yield render_service_pb2.DownloadFileResponse(chunk=chunk)

    async def UploadSamplePack(self, requests: Any, context: Any) -> sample_pack_pb2.SamplePack:
        header, data = await _received(requests)
        return self._keep_pack(header.display_name, data)

    @maps_errors
    async def WatchBuildSamplePack(
        self, requests: Any, context: Any
    ) -> AsyncIterator[render_service_pb2.WatchBuildSamplePackResponse]:
        if self.is_old:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, "Method not found!")
        result = await self._built(requests)
        for fraction in (0.25, 0.5, 1.0):
            yield render_service_pb2.WatchBuildSamplePackResponse(fraction=fraction)
        yield render_service_pb2.WatchBuildSamplePackResponse(result=result)

    @maps_errors
    async def BuildSamplePack(
        self, requests: Any, context: Any
    ) -> render_service_pb2.BuildSamplePackResponse:
        return await self._built(requests)

    async def _built(self, requests: Any) -> render_service_pb2.BuildSamplePackResponse:
        header, _ = await _received(requests)
        self.builds.append(header)
        if not self.built:
            raise RecordingUnusable("no footsteps were found in the recording", found="nothing")
        return render_service_pb2.BuildSamplePackResponse(
            sample_pack=self._keep_pack(header.display_name or "a pack", self.built),
            rejected=[
                audio_service_pb2.RejectedPart(range=time_range_to_proto(at, at + 1), reason=why)
                for at, why in ((2.0, "noise"), (5.0, "speech"), (9.0, "speech"))
            ],
        )

    async def ListSamplePacks(
        self, request: Any, context: Any
    ) -> render_service_pb2.ListSamplePacksResponse:
        packs = [pack for pack, _ in reversed(self.packs.values())]
        start = int(request.page_token or 0)
        more = str(start + 2) if start + 2 < len(packs) else ""
        return render_service_pb2.ListSamplePacksResponse(
            sample_packs=packs[start : start + 2], next_page_token=more
        )

    @maps_errors
    async def DeleteSamplePack(
        self, request: Any, context: Any
    ) -> render_service_pb2.DeleteSamplePackResponse:
        if self.packs.pop(request.name, None) is None:
            raise ObjectNotFound(f"no sample pack {request.name}", key=request.name)
        return render_service_pb2.DeleteSamplePackResponse(deleted_object_count=1)

    async def DownloadSamplePack(
        self, request: Any, context: Any
    ) -> AsyncIterator[render_service_pb2.DownloadSamplePackResponse]:
        for chunk in self._chunks(request.name, self.packs[request.name][1]):
            yield render_service_pb2.DownloadSamplePackResponse(chunk=chunk)

    async def RenderSound(
        self, request: Any, context: Any
    ) -> AsyncIterator[render_service_pb2.RenderSoundResponse]:
        self.wishes.append(request)
        for name, (data, contacts) in self.sounds.items():
            yield render_service_pb2.RenderSoundResponse(
                file=render_service_pb2.SoundFile(
                    file_name=name,
                    size_bytes=len(data),
                    sha256=hashlib.sha256(data).hexdigest(),
                    contact_samples=contacts,
                    sample_rate_hz=48_000,
                )
            )
            for chunk in self._chunks(name, data):
                yield render_service_pb2.RenderSoundResponse(chunk=chunk)

    def _keep_pack(self, display_name: str, data: bytes) -> sample_pack_pb2.SamplePack:
        digest = hashlib.sha256(data).hexdigest()
        pack = sample_pack_pb2.SamplePack(
            name=f"samplePacks/p-{len(self.packs)}", display_name=display_name, step_count=3
        )
        pack.pack.key, pack.pack.sha256, pack.pack.size_bytes = pack.name, digest, len(data)
        self.packs[pack.name] = (pack, data)
        return pack

    def _chunks(self, name: str, data: bytes) -> list[bytes]:
        """Bytes of a file in pieces, damaged when it is the one that shall be."""
        if name == self.damages:
            data = data[:-1] + b"!"
        return [data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)]

    async def CancelOperation(self, request: Any, context: Any) -> empty_pb2.Empty:
        self.cancelled.append(request.name)
        return empty_pb2.Empty()


async def _received(requests: Any) -> tuple[Any, bytes]:
    """Header and bytes of an upload."""
    header, data = None, b""
    async for request in requests:
        if request.HasField("header"):
            header = request.header
        data += request.chunk
    assert header is not None
    return header, data


@asynccontextmanager
async def served(gateway: FakeGateway) -> AsyncIterator[str]:
    """The gateway on a free port; gives ``host:port``."""
    server = grpc.aio.server()
    render_service_pb2_grpc.add_RenderServiceServicer_to_server(gateway, server)
    operations_pb2_grpc.add_OperationsServicer_to_server(gateway, server)
    healthy = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    await healthy.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)
