"""What every stage client does alike."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from foley.detector.v1 import detector_service_pb2 as pb
from foley_gateway.patience import Patience
from foley_gateway.rpc.stage_client import StageClient, replies_of


class _Answer:
    """A call of gRPC's that has one reply."""

    def __init__(self, reply: object) -> None:
        self._reply = reply
        self.is_cancelled = False

    def __await__(self) -> Any:
        yield from ()
        return self._reply

    async def __aiter__(self) -> AsyncIterator[object]:
        yield self._reply

    def cancel(self) -> None:
        self.is_cancelled = True


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


async def test_who_takes_no_more_replies_ends_the_call() -> None:
    call = _Answer(pb.FindFootstepsResponse())
    async with aclosing(replies_of(lambda *_args, **_more: call, None, deadline_s=1.0)) as replies:
        await anext(replies)
        assert not call.is_cancelled
    assert call.is_cancelled
