"""The client bootstrap over real gRPC on loopback: retries, balancing, deadlines."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack

import grpc
import grpc.aio
import pytest

from foley.gateway.v1 import render_service_pb2, render_service_pb2_grpc
from foley_common.errors import (
    DeadlineExceeded,
    ModelLoading,
    ModelMissing,
    ServiceBusy,
    StageUnavailable,
    StoreFull,
)
from foley_common.rpc.client import open_channel, remaining_s, wait_until_serving
from support.rpc_toys import DETECTOR, GATEWAY, Clips, failure_of, gateway, get_clip, raising
from support.servers import free_ports

pytestmark = pytest.mark.usefixtures("structured_logs")


async def test_unavailable_is_retried_until_it_works(tmp_path):
    def answer(_: object) -> str:
        if clips.calls < 3:
            raise ModelLoading("loading", model="yolov8n.onnx")
        return "at last"

    ModelLoading.retry_after_s, before = 0.05, ModelLoading.retry_after_s
    try:
        clips = Clips(answer)
        async with gateway(clips, tmp_path) as running:
            assert (await get_clip(running.channel)).name == "at last"
    finally:
        ModelLoading.retry_after_s = before
    assert clips.calls == 3


async def test_retries_wait_as_long_as_the_server_says(tmp_path):
    def answer(_: object) -> str:
        if clips.calls == 1:
            raise ServiceBusy("busy", service="detector")
        return "later"

    clips = Clips(answer)
    async with gateway(clips, tmp_path) as running:
        begun = time.monotonic()
        assert (await get_clip(running.channel)).name == "later"
    assert time.monotonic() - begun >= ServiceBusy.retry_after_s
    assert clips.calls == 2


@pytest.mark.parametrize(
    "err", [StoreFull("full", path="out"), ModelMissing("none", model="m"), ValueError("bug")]
)
async def test_what_trying_again_cannot_help_is_tried_once(tmp_path, err):
    clips = Clips(raising(err))
    async with gateway(clips, tmp_path) as running:
        await failure_of(get_clip(running.channel))
    assert clips.calls == 1


async def test_round_robin_over_two_backends_and_on_with_one(tmp_path):
    names = ("one", "two")
    async with AsyncExitStack() as stack:
        running = [
            await stack.enter_async_context(gateway(Clips(lambda _, name=name: name), tmp_path))
            for name in names
        ]
        addresses = ",".join(one.server.target for one in running)
        channel = await stack.enter_async_context(
            open_channel(f"ipv4:{addresses}", service_name=GATEWAY)
        )
        await until_only(channel, set(names))
        answers = [(await get_clip(channel)).name for _ in range(20)]
        assert {name: answers.count(name) for name in names} == {"one": 10, "two": 10}
        await running[0].server.set_serving(serving=False)
        await until_only(channel, {"two"})
        await running[0].server.set_serving(serving=True)
        await until_only(channel, set(names))
        await running[0].server.stop()
        answers = [(await get_clip(channel)).name for _ in range(10)]
        assert set(answers) == {"two"}


async def until_only(channel: grpc.aio.Channel, names: set[str]) -> None:
    end = time.monotonic() + 10
    while {(await get_clip(channel, wait_for_ready=True)).name for _ in range(10)} != names:
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def test_deadlines_are_passed_on_with_a_margin(tmp_path):
    seen: list[float | None] = []

    async def outer(context) -> str:
        seen.append(remaining_s(context, margin_s=1.0))
        stub = render_service_pb2_grpc.RenderServiceStub(inner_channel)
        answer = await stub.GetClip(render_service_pb2.GetClipRequest(), timeout=seen[-1])
        return answer.name

    def inner(context) -> str:
        seen.append(context.time_remaining())
        return "inner"

    async with gateway(Clips(inner), tmp_path) as deep:
        inner_channel = deep.channel
        async with gateway(Clips(outer), tmp_path) as running:
            stub = render_service_pb2_grpc.RenderServiceStub(running.channel)
            answer = await stub.GetClip(render_service_pb2.GetClipRequest(), timeout=4)
            assert answer.name == "inner"
            back = await failure_of(stub.GetClip(render_service_pb2.GetClipRequest(), timeout=0.9))
    assert type(back) is DeadlineExceeded
    assert seen[0] is not None
    assert seen[1] is not None
    assert 2.0 < seen[0] <= 3.05  # gRPC rounds deadlines on the wire
    assert seen[1] == pytest.approx(seen[0], abs=0.2)  # the wire rounds


async def test_no_deadline_passes_none_on(tmp_path):
    async with gateway(Clips(remaining_s), tmp_path) as running:
        stub = render_service_pb2_grpc.RenderServiceStub(running.channel)
        assert (await stub.GetClip(render_service_pb2.GetClipRequest())).name == "None"


async def test_a_service_that_is_not_there_is_unavailable():
    (port,) = free_ports(1)
    async with open_channel(f"127.0.0.1:{port}", retries=False) as channel:
        assert type(await failure_of(get_clip(channel))) is StageUnavailable
        with pytest.raises(StageUnavailable, match=DETECTOR):
            await wait_until_serving(channel, DETECTOR, 0.3)
