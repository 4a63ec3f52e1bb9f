"""Two small servicers behind a real server on loopback, and what tests of servers and clients ask of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from foley.detector.v1 import detector_service_pb2 as pb
from foley.detector.v1 import detector_service_pb2_grpc as pb_grpc
from foley.gateway.v1 import clip_pb2, render_service_pb2, render_service_pb2_grpc
from foley_common.errors import FoleyError
from foley_common.rpc.errors import from_rpc_error, maps_errors
from foley_common.rpc.work import Finished, ProgressUpdate, Reporter, WorkQueue
from foley_common.testing.in_process import in_process, settings_for_tests

DETECTOR = "foley.detector.v1.DetectorService"
GATEWAY = "foley.gateway.v1.RenderService"
SECRET = "a secret of the inside"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class Clips(render_service_pb2_grpc.RenderServiceServicer):
    """Answers GetClip by calling a function; counts the calls."""

    def __init__(self, answer: Callable[[grpc.aio.ServicerContext], object]) -> None:
        self.answer = answer
        self.calls = 0

    @maps_errors
    async def GetClip(self, request, context):  # noqa: ARG002, N802
        self.calls += 1
        said = self.answer(context)
        if asyncio.iscoroutine(said):
            said = await said
        return clip_pb2.Clip(name=str(said))

    async def DeleteClip(self, request, context):  # noqa: ARG002, N802  # a servicer that forgot maps_errors
        raise RuntimeError(SECRET)


class Detector(pb_grpc.DetectorServiceServicer):
    """Runs a job on a work queue."""

    def __init__(
        self, job: Callable[[Reporter], int], *, max_running: int = 1, max_queued: int = 0
    ) -> None:
        self.job = job
        self.queue = WorkQueue("detector", max_running, max_queued)

    @maps_errors
    async def DetectFootsteps(self, request, context):  # noqa: ARG002, N802
        async for item in self.queue.run(self.job, context):
            match item:
                case ProgressUpdate(done, total, unit):
                    progress = {"done_count": done, "total_count": total, "unit": unit}
                    yield pb.DetectFootstepsResponse(progress=progress)
                case Finished(value):
                    yield pb.DetectFootstepsResponse(
                        result=pb.DetectionResult(footstep_count=value)
                    )


def gateway(servicer: Clips, tmp_path: Path, **changes: object):
    return in_process(
        settings_for_tests(tmp_path, **changes),
        service_name=GATEWAY,
        add_servicer=lambda server: render_service_pb2_grpc.add_RenderServiceServicer_to_server(
            servicer, server
        ),
    )


def detector(servicer: Detector, tmp_path: Path, **options: object):
    return in_process(
        settings_for_tests(tmp_path),
        service_name=DETECTOR,
        add_servicer=lambda server: pb_grpc.add_DetectorServiceServicer_to_server(servicer, server),
        **options,
    )


def get_clip(channel: grpc.aio.Channel, **options: object):
    stub = render_service_pb2_grpc.RenderServiceStub(channel)
    return stub.GetClip(render_service_pb2.GetClipRequest(name="clips/c-1"), timeout=10, **options)


def detect(channel: grpc.aio.Channel, timeout: float = 10):
    return pb_grpc.DetectorServiceStub(channel).DetectFootsteps(
        pb.DetectFootstepsRequest(), timeout=timeout
    )


async def failure_of(call) -> FoleyError:
    try:
        await (collect(call) if hasattr(call, "__aiter__") else call)
    except grpc.aio.AioRpcError as error:
        return from_rpc_error(error)
    raise AssertionError("the call succeeded")


async def ended_early(call: grpc.aio.Call, waiting: Awaitable, how: str) -> None:
    """The call ends as ``how`` says before it is answered: ``cancel``, now, or ``deadline``, when its own passes."""
    if how == "cancel":
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await waiting
    assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


async def health(channel: grpc.aio.Channel, name: str) -> int:
    answer = await health_pb2_grpc.HealthStub(channel).Check(
        health_pb2.HealthCheckRequest(service=name), timeout=5
    )
    return answer.status


def raising(err: Exception) -> Callable[[object], object]:
    def answer(_: object) -> object:
        raise err

    return answer


async def until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)


async def collect(call) -> list:
    return [reply async for reply in call]
