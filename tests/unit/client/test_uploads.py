"""Uploads that are refused while they are being sent."""

from __future__ import annotations

from pathlib import Path

import grpc
import pytest

from foley.gateway.v1 import render_service_pb2
from foley_client.rpc import calls
from foley_common.errors import FoleyError, NotServedYet

LOST = grpc.aio.AioRpcError(
    grpc.StatusCode.INTERNAL,
    grpc.aio.Metadata(),
    grpc.aio.Metadata(),
    details="Internal error from Core",
)
REFUSED = grpc.aio.AioRpcError(
    grpc.StatusCode.UNIMPLEMENTED, grpc.aio.Metadata(), grpc.aio.Metadata(), details="no such call"
)


class Gateway:
    """Answers calls in turn."""

    def __init__(self, *answers: grpc.aio.AioRpcError | str) -> None:
        self.answers = list(answers)
        self.pauses_s: list[float] = []

    async def send(self, pause_s: float) -> str:
        self.pauses_s.append(pause_s)
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            return answer
        raise answer


async def test_a_reason_that_was_lost_is_asked_for_again():
    gateway = Gateway(LOST, LOST, REFUSED)
    with pytest.raises(NotServedYet):
        await calls.uploaded(gateway.send)
    assert gateway.pauses_s == list(calls.UPLOAD_PAUSES_S)


async def test_a_reason_that_was_heard_is_not_asked_for_again():
    gateway = Gateway(REFUSED, "taken")
    with pytest.raises(NotServedYet):
        await calls.uploaded(gateway.send)
    assert gateway.answers == ["taken"]


async def test_what_was_taken_at_last_is_the_answer():
    assert await calls.uploaded(Gateway(LOST, "taken").send) == "taken"


async def test_nobody_asks_for_ever():
    gateway = Gateway(*[LOST] * 9)
    with pytest.raises(FoleyError, match="Core"):
        await calls.uploaded(gateway.send)
    assert len(gateway.pauses_s) == len(calls.UPLOAD_PAUSES_S)


async def test_a_file_is_sent_after_its_header_and_says_how_far_it_is(tmp_path: Path):
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a" * (calls.CHUNK_BYTES + 1))
    kind = render_service_pb2.UploadClipRequest
    header = render_service_pb2.UploadHeader(display_name="clip.mp4")
    shares: list[float] = []
    sent = [one async for one in calls.upload_requests(kind, header, path, shares.append)]
    assert sent[0].header == header
    assert b"".join(one.chunk for one in sent) == path.read_bytes()
    assert [len(one.chunk) for one in sent] == [0, calls.CHUNK_BYTES, 1]
    assert shares[-1] == 1.0
    assert shares == sorted(shares)
