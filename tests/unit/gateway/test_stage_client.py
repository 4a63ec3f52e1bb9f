"""What every stage client does alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from foley.detector.v1 import detector_service_pb2 as pb
from foley_gateway.patience import Patience
from foley_gateway.rpc.stage_client import StageClient


class _Answer:
    """A call of gRPC's that has one reply."""

    def __init__(self, reply: object) -> None:
        self._reply = reply

    def __await__(self) -> Any:
        yield from ()
        return self._reply

    async def __aiter__(self) -> AsyncIterator[object]:
        yield self._reply

    def cancel(self) -> None:
        """It is over."""


async def test_every_call_has_its_deadline() -> None:
    """Without one a stage that hangs would hold its render, and the render its place in the queue, for ever."""
    timeouts_s: list[float | None] = []
    reply = pb.FindFootstepsResponse(result=pb.DetectionResult(footstep_count=3))

    def method(_request: object, timeout: float | None = None) -> _Answer:
        timeouts_s.append(timeout)
        return _Answer(reply)

    client = StageClient("127.0.0.1:1", Patience())
    try:
        result = await client._stream(method, None, deadline_s=7.5, on_progress=lambda _: None)
        await client._unary(method, None, deadline_s=2.5)
    finally:
        await client.close()
    assert result.footstep_count == 3
    assert timeouts_s == [7.5, 2.5]
