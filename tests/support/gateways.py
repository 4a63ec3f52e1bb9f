"""A gateway for tests: in this process over real ports, or in a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
import httpx
from google.longrunning import operations_pb2_grpc

from foley.gateway.v1 import render_service_pb2_grpc
from foley_common.media.probe import probe
from foley_common.rpc.client import open_channel
from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_gateway.server import RunningGateway, running_gateway
from foley_gateway.settings import GatewaySettings
from support.clips import clip
from support.patience import PATIENCE_S
from support.stages import FakeStages, serving


@dataclass(slots=True)
class Studio:
    """A gateway with its stand-ins and a client for each face."""

    fakes: FakeStages
    rest: httpx.AsyncClient
    channel: grpc.aio.Channel
    folder: Path
    video: Path
    gateway: RunningGateway | None = None
    process: asyncio.subprocess.Process | None = None

    @property
    def rpc(self) -> Any:
        """Stub of the render service."""
        return render_service_pb2_grpc.RenderServiceStub(self.channel)

    @property
    def operations(self) -> Any:
        """Stub of the operations service."""
        return operations_pb2_grpc.OperationsStub(self.channel)

    async def upload(self, name: str = "walk.mp4", data: bytes | None = None) -> dict[str, Any]:
        """Upload the test clip (or other bytes) over REST."""
        content = self.video.read_bytes() if data is None else data
        answer = await self.rest.post("/v1/clips", files={"file": (name, content, "video/mp4")})
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def render(self, clip_name: str, **body: Any) -> dict[str, Any]:
        """Create a render over REST."""
        answer = await self.rest.post(f"/v1/{clip_name}/renders", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def ended(self, render_name: str, within_s: float = 40.0) -> dict[str, Any]:
        """The render once it has ended."""
        async with asyncio.timeout(within_s):
            while True:
                render = (await self.rest.get(f"/v1/{render_name}")).json()
                if render["state"] in ("STATE_SUCCEEDED", "STATE_FAILED", "STATE_CANCELLED"):
                    return render
                await asyncio.sleep(0.05)


def gateway_settings(folder: Path, fakes: FakeStages, **changes: Any) -> GatewaySettings:
    """Settings with free ports and everything in one folder."""
    values: dict[str, Any] = {
        "store": StoreSettings(root=folder / "objects"),
        "database_url": f"sqlite:///{folder / 'gateway.sqlite'}",
        "grace_s": 2.0,
        "queue_polling_s": 0.05,
        "detector_target": fakes.targets["detector"],
        "surface_agent_target": fakes.targets["surface_agent"],
        "audio_target": fakes.targets["audio"],
        "stage_patience_s": 3.0,
        **changes,
    }
    return GatewaySettings.model_validate(values)


def make_fakes(folder: Path, *, duration_s: float = 2.0) -> tuple[FakeStages, Path]:
    """Stand-ins over a store in the folder, and a clip for them."""
    folder.mkdir(parents=True, exist_ok=True)
    video = clip(folder / "walk.mp4", frame_count=round(duration_s * 30))
    return FakeStages(open_store(StoreSettings(root=folder / "objects")), probe(video)), video


@asynccontextmanager
async def studio(folder: Path, **changes: Any) -> AsyncIterator[Studio]:
    """A gateway in this process with its stand-ins."""
    fakes, video = make_fakes(folder)
    async with serving(fakes), attached(folder, fakes, video, **changes) as running:
        yield running


@asynccontextmanager
async def attached(
    folder: Path, fakes: FakeStages, video: Path, **changes: Any
) -> AsyncIterator[Studio]:
    """A gateway in this process for stand-ins that are there."""
    settings = gateway_settings(folder, fakes, **changes)
    async with (
        running_gateway(settings) as gateway,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{gateway.rest_port}", timeout=30, trust_env=False
        ) as rest,
        open_channel(gateway.grpc.target, retries=False) as channel,
    ):
        yield Studio(fakes, rest, channel, folder, video, gateway=gateway)


@asynccontextmanager
async def subprocess_gateway(
    folder: Path, fakes: FakeStages, video: Path, **changes: str
) -> AsyncIterator[Studio]:
    """A gateway in a process of its own, killed without warning when the block ends."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    variables = {
        "STORE__ROOT": str(folder / "objects"),
        "DATABASE_URL": f"sqlite:///{folder / 'gateway.sqlite'}",
        "READY_FILE": str(ready),
        "QUEUE_POLLING_S": "0.05",
        "DETECTOR_TARGET": fakes.targets["detector"],
        "SURFACE_AGENT_TARGET": fakes.targets["surface_agent"],
        "AUDIO_TARGET": fakes.targets["audio"],
        **changes,
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FOLEY_")}
    environment |= {f"FOLEY_GATEWAY_{name}": value for name, value in variables.items()}
    with (folder / "gateway.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "foley_gateway", env=environment, stderr=log
        )
    try:
        ports = await _ready(ready, process, folder / "gateway.log")
        async with (
            httpx.AsyncClient(
                base_url=f"http://127.0.0.1:{ports['rest_port']}", timeout=30, trust_env=False
            ) as rest,
            open_channel(f"127.0.0.1:{ports['grpc_port']}", retries=False) as channel,
        ):
            yield Studio(fakes, rest, channel, folder, video, process=process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.wait()


async def _ready(path: Path, process: asyncio.subprocess.Process, log: Path) -> dict[str, int]:
    async with asyncio.timeout(PATIENCE_S):
        while not path.exists():
            assert process.returncode is None, log.read_text()
            await asyncio.sleep(0.05)
    return json.loads(path.read_text())
