"""A running surface agent that finds sounds, its store, its scratch folder and a client."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import grpc

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.errors import FoleyError
from foley_common.objects import ObjectStore
from foley_common.rpc.convert import object_ref_from_proto
from foley_common.rpc.errors import from_rpc_error

PREFIX = "clips/c-1/sounds/gravel"


QUICK: dict[str, Any] = {
    "max_bytes": 2 << 20,
    "max_duration_s": 10.0,
    "max_seconds_per_sound": 2.0,
    "max_seconds": 20.0,
    "timeout_s": 1.0,
}


@dataclass
class Answer:
    """What a search gave."""

    sounds: list[Any] = field(default_factory=list)
    rejected: list[Any] = field(default_factory=list)
    progress: list[Any] = field(default_factory=list)
    error: FoleyError | None = None

    @property
    def reasons(self) -> str:
        return "; ".join(item.reason for item in self.rejected)


@dataclass
class Desk:
    """A running agent, its store, its scratch folder and a client."""

    stub: Any
    store: ObjectStore
    scratch: Path

    async def find(self, timeout_s: float = 60.0, **request: Any) -> Answer:
        message = pb.FindSoundsRequest(**{"output_prefix": PREFIX, **request})
        answer = Answer()
        try:
            async for event in self.stub.FindSounds(message, timeout=timeout_s):
                kind = event.WhichOneof("event")
                {"sound": answer.sounds, "rejected": answer.rejected, "progress": answer.progress}[
                    kind
                ].append(getattr(event, kind))
        except grpc.aio.AioRpcError as error:
            answer.error = from_rpc_error(error)
        return answer

    async def fetch(self, url: str, **request: Any) -> Answer:
        return await self.find(url=url, rights_confirmed=True, **request)

    def leftovers(self) -> list[str]:
        return [path.name for path in self.scratch.rglob("*")]


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


async def sound_of(desk: Desk, sound: Any) -> tuple[float, list[str]]:
    """Seconds and kinds of streams of what was stored."""
    data = await desk.store.read_bytes(object_ref_from_proto(sound.sound))
    with av.open(io.BytesIO(data)) as container:
        kinds = [stream.type for stream in container.streams]
        samples = sum(frame.samples for frame in container.decode(audio=0))
        return samples / container.streams.audio[0].rate, kinds
