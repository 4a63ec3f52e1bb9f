"""A running surface agent with a real store, and what tests ask of it over gRPC."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import grpc
from PIL import Image
from pydantic import SecretStr

from foley.common.v1 import media_pb2, surface_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as pb_grpc
from foley_common.footsteps import DetectedFootsteps
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectStore
from foley_common.rpc.client import open_channel
from foley_common.rpc.convert import object_ref_from_proto, object_ref_to_proto
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.footsteps import detected_footsteps_to_bytes
from foley_common.rpc.server import running_server
from foley_common.rpc.surfaces import surface_report_from_bytes
from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_common.surfaces import Surface, SurfaceReport
from foley_surface_agent.server import SERVICE_NAME, SurfaceAgent
from foley_surface_agent.settings import SurfaceAgentSettings, VisionSettings
from support.vision_server import VisionServer
from support.walks import HEIGHT_PX, RATE_HZ, WIDTH_PX, PaintedWalk, lawn

FOLDER = "clips/c-1"
OUTPUT = f"{FOLDER}/renders/r-1/surfaces.binpb"
KEY = "sk-integration"


@dataclass
class Desk:
    """A running agent, its store and a client."""

    stub: Any
    store: ObjectStore
    walk: PaintedWalk

    async def put(
        self, content: bytes | Path, key: str, media_type: str = "video/mp4"
    ) -> media_pb2.ObjectRef:
        data = content if isinstance(content, bytes) else content.read_bytes()
        return object_ref_to_proto(
            await self.store.publish_bytes(data, f"{FOLDER}/{key}", media_type)
        )

    async def request(
        self, *overrides: pb.SurfaceOverride, steps: bool = True
    ) -> pb.ClassifySurfacesRequest:
        detected = DetectedFootsteps(
            video=VideoInfo(
                WIDTH_PX,
                HEIGHT_PX,
                Fraction(RATE_HZ),
                round(self.walk.duration_s * RATE_HZ),
                self.walk.duration_s,
                "h264",
            ),
            footsteps=self.walk.steps if steps else (),
            tracks=(self.walk.track,),
        )
        return pb.ClassifySurfacesRequest(
            video=await self.put(self.walk.path, "source.mp4"),
            footsteps=await self.put(detected_footsteps_to_bytes(detected), "footsteps.binpb"),
            overrides=overrides,
            output_key=OUTPUT,
        )

    async def classify(
        self, request: pb.ClassifySurfacesRequest
    ) -> tuple[SurfaceReport, list[Any]]:
        try:
            events = [event async for event in self.stub.ClassifySurfaces(request, timeout=60)]
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error
        assert [event.WhichOneof("event") for event in events].count("result") == 1
        result = events[-1].result
        report = surface_report_from_bytes(
            await self.store.read_bytes(object_ref_from_proto(result.surfaces))
        )
        assert result.span_count == len(report.surfaces)
        return report, events[:-1]

    async def picture(self, ref: media_pb2.ObjectRef) -> surface_pb2.SurfaceAnswer:
        try:
            request = pb.ClassifyPictureRequest(picture=ref)
            return (await self.stub.ClassifyPicture(request, timeout=60)).answer
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@asynccontextmanager
async def running_agent(settings: SurfaceAgentSettings) -> AsyncIterator[Any]:
    """A surface agent behind a real server, and a stub that calls it."""
    agent = SurfaceAgent(settings)
    try:
        async with (
            running_server(
                settings, service_name=SERVICE_NAME, add_servicer=agent.add_to
            ) as server,
            open_channel(server.target) as channel,
        ):
            yield pb_grpc.SurfaceAgentServiceStub(channel)
    finally:
        await agent.close()


def desks(folder: Path, walk: PaintedWalk) -> OpenDesk:
    """What opens desks with a store in a folder: without a vision model, or with one and its limits."""

    @asynccontextmanager
    async def opened(vision: VisionServer | None = None, **limits: object) -> AsyncIterator[Desk]:
        values: dict[str, object] = {"first_retry_wait_s": 0.01, "timeout_s": 5.0, **limits}
        if vision is not None:
            values = {
                "base_url": vision.url,
                "api_key": SecretStr(KEY),
                "model": "test-vision",
                **values,
            }
        store = StoreSettings(root=folder / "store")
        settings = SurfaceAgentSettings(store=store, vision=VisionSettings.model_validate(values))
        async with running_agent(settings) as stub:
            yield Desk(stub, open_store(store), walk)

    return opened


def sounded_at(report: SurfaceReport, track: int, time_s: float) -> Surface:
    answer = report.surface_at(track, time_s)
    assert answer is not None
    return answer.sounded


def grass_png(kind: str = "PNG", size: tuple[int, int] = (320, 240)) -> bytes:
    import numpy as np

    pixels = np.clip(lawn(np.random.default_rng(1), (size[1], size[0])), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()
