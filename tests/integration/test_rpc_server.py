"""The server and client bootstrap over real gRPC on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import REGISTRY

from foley.detector.v1 import detector_service_pb2 as pb
from foley.detector.v1 import detector_service_pb2_grpc as pb_grpc
from foley.gateway.v1 import clip_pb2, render_service_pb2, render_service_pb2_grpc
from foley_common.errors import (
    ClipNotFound,
    DeadlineExceeded,
    FieldViolation,
    FoleyError,
    InvalidField,
    ModelLoading,
    ModelMissing,
    RenderCancelled,
    ServiceBusy,
    StageUnavailable,
    StoreFull,
)
from foley_common.observability import (
    adopt_request_id,
    configure_logging,
    current_request_id,
    request_id_scope,
    tracing,
)
from foley_common.rpc import client as rpc_client
from foley_common.rpc import server as rpc_server
from foley_common.rpc.client import open_channel, remaining_s, wait_until_serving
from foley_common.rpc.errors import from_rpc_error, maps_errors
from foley_common.rpc.server import RunningServer, running_server
from foley_common.rpc.work import Finished, ProgressUpdate, Reporter, WorkQueue
from foley_common.testing.in_process import in_process, settings_for_tests
from support.servers import free_ports

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


# Health, reflection, metrics, ports


async def test_health_is_not_serving_until_loaded_by_name_and_overall(tmp_path):
    loading, done = asyncio.Event(), asyncio.Event()
    settings = settings_for_tests(
        tmp_path, port=free_ports(1)[0], ready_file=tmp_path / "ready" / "file.json"
    )
    seen: list[RunningServer] = []

    async def run() -> None:
        async with running_server(
            settings,
            service_name=DETECTOR,
            add_servicer=lambda server: pb_grpc.add_DetectorServiceServicer_to_server(
                Detector(lambda _: 0), server
            ),
            load=loading.wait,
            extra_ready=lambda: {"rest_port": 5},
        ) as server:
            seen.append(server)
            await done.wait()

    task = asyncio.create_task(run())
    async with open_channel(f"127.0.0.1:{settings.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        first = await stub.Check(
            health_pb2.HealthCheckRequest(service=DETECTOR), timeout=5, wait_for_ready=True
        )
        assert first.status == NOT_SERVING
        assert await health(channel, "") == NOT_SERVING
        assert not settings.ready_file.exists()
        with pytest.raises(StageUnavailable, match="NOT_SERVING"):
            await wait_until_serving(channel, DETECTOR, 0.3)
        loading.set()
        await wait_until_serving(channel, DETECTOR, 5)
        assert await health(channel, "") == SERVING
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health(channel, "foley.nobody.v1.Nobody")
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND
        await until(lambda: bool(seen))
        assert json.loads(settings.ready_file.read_text()) == {
            "grpc_port": settings.port,
            "metrics_port": None,
            "rest_port": 5,
        }
        assert [path.name for path in settings.ready_file.parent.iterdir()] == ["file.json"]
    done.set()
    await task
    assert not settings.ready_file.exists()


async def test_reflection_lists_what_is_served(tmp_path):
    async with gateway(Clips(lambda _: "x"), tmp_path) as running:
        stub = reflection_pb2_grpc.ServerReflectionStub(running.channel)
        answers = stub.ServerReflectionInfo(
            iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        )
        names = {
            service.name async for a in answers for service in a.list_services_response.service
        }
        request = reflection_pb2.ServerReflectionRequest(file_containing_symbol=GATEWAY)
        (found,) = [answer async for answer in stub.ServerReflectionInfo(iter([request]))]
    assert names == {GATEWAY, "grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection"}
    assert found.file_descriptor_response.file_descriptor_proto


async def test_metrics_have_their_own_port(tmp_path):
    async with gateway(Clips(lambda _: "x"), tmp_path, metrics_port=0) as running:
        await get_clip(running.channel)
        url = f"http://127.0.0.1:{running.server.metrics_port}/metrics"
        page = await asyncio.to_thread(
            lambda: urllib.request.urlopen(url, timeout=5).read().decode()
        )
    method = "/foley.gateway.v1.RenderService/GetClip"
    assert f'foley_gateway_rpc_seconds_count{{code="OK",method="{method}"}}' in page
    with pytest.raises(OSError):  # noqa: PT011  # refused: the port is closed again
        await asyncio.to_thread(urllib.request.urlopen, url, timeout=1)


async def test_a_port_that_is_taken_is_said(tmp_path):
    async with gateway(Clips(lambda _: "x"), tmp_path) as running:
        port = running.server.grpc_port
        for changes in ({"port": port}, {"metrics_port": port}):
            with pytest.raises(StageUnavailable, match=str(port)):
                async with gateway(Clips(lambda _: "x"), tmp_path, **changes):
                    pass
        assert (await get_clip(running.channel)).name == "x"


async def test_a_load_that_fails_fails_the_start(tmp_path):
    async def load() -> None:
        raise ModelMissing("no weights", model="yolov8n.onnx")

    with pytest.raises(ModelMissing):
        async with detector(Detector(lambda _: 0), tmp_path, load=load):
            pass


# Errors over the wire


async def test_rich_status_reaches_the_client(tmp_path):
    planned = ClipNotFound("there is no clip ‹ñ›", name="clips/c-1")
    async with gateway(Clips(raising(planned)), tmp_path) as running:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await get_clip(running.channel)
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND
        assert caught.value.details() == planned.message
        back = from_rpc_error(caught.value)
    assert type(back) is ClipNotFound
    assert back.metadata == {"name": "clips/c-1"}


async def test_many_violations_fit_into_a_default_clients_metadata(tmp_path):
    flood = InvalidField([FieldViolation(f"field_{i}", "ü" * 500) for i in range(300)])
    async with gateway(Clips(raising(flood)), tmp_path) as running:
        back = await failure_of(get_clip(running.channel))
        assert isinstance(back, InvalidField)
        assert back.violations[0].field == "field_0"


@pytest.mark.parametrize("method", ["GetClip", "DeleteClip"])
async def test_unplanned_errors_are_opaque_and_logged_under_the_request_id(
    tmp_path, capsys, method
):
    configure_logging("tests")  # again, now that capsys has taken stderr
    async with gateway(Clips(raising(ValueError(SECRET))), tmp_path) as running:
        call = getattr(render_service_pb2_grpc.RenderServiceStub(running.channel), method)
        back = await failure_of(call(getattr(render_service_pb2, f"{method}Request")(), timeout=5))
    assert back.reason == "INTERNAL"
    assert list(back.metadata) == ["request_id"]
    assert SECRET not in back.message
    logged = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    (unplanned,) = [event for event in logged if event["event"] == "unplanned_error"]
    assert unplanned["request_id"] == back.metadata["request_id"]
    assert unplanned["exception"][0]["exc_value"] == SECRET
    assert "locals" not in unplanned["exception"][0]["frames"][0]


async def too_late(_: object) -> str:
    time.sleep(0.6)  # holds the loop, so that the deadline passes before the status is sent
    raise DeadlineExceeded("the call's deadline has passed")


async def told_to_stop(_: object) -> str:
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        raise RenderCancelled("the caller has cancelled the work") from None
    return "nobody left"


@pytest.mark.parametrize("how", ["cancel", "deadline"])
async def test_a_status_that_nobody_waits_for_any_more_is_no_unplanned_error(tmp_path, capsys, how):
    configure_logging("tests")  # again, now that capsys has taken stderr
    clips = Clips(too_late if how == "deadline" else told_to_stop)
    async with gateway(clips, tmp_path) as running:
        stub = render_service_pb2_grpc.RenderServiceStub(running.channel)
        call = stub.GetClip(
            render_service_pb2.GetClipRequest(), timeout=0.3 if how == "deadline" else 30
        )
        await until(lambda: clips.calls == 1)
        if how == "cancel":
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
        else:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call
            assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        said = ""

        def is_finished() -> bool:
            nonlocal said
            said += capsys.readouterr().err
            return "rpc_finished" in said

        await until(is_finished)
    said += capsys.readouterr().err
    logged = [json.loads(line) for line in said.splitlines()]
    assert not [event for event in logged if event["level"] in ("error", "critical", "warning")]
    (unsent,) = [event for event in logged if event["event"] == "status_unsent"]
    assert unsent["reason"] == ("RENDER_CANCELLED" if how == "cancel" else "DEADLINE_EXCEEDED")


@pytest.mark.parametrize("how", ["CANCELLED", "DEADLINE_EXCEEDED"])
async def test_a_call_that_its_caller_broke_off_does_not_count_as_ok(tmp_path, capsys, how):
    configure_logging("tests")  # again, now that capsys has taken stderr
    clips = Clips(lambda _: asyncio.sleep(30))
    async with gateway(clips, tmp_path) as running:
        stub = render_service_pb2_grpc.RenderServiceStub(running.channel)
        call = stub.GetClip(
            render_service_pb2.GetClipRequest(), timeout=0.5 if how != "CANCELLED" else 30
        )
        await until(lambda: clips.calls == 1)
        if how == "CANCELLED":
            call.cancel()
        with contextlib.suppress(asyncio.CancelledError, grpc.aio.AioRpcError):
            await call
        said = ""

        def is_finished() -> bool:
            nonlocal said
            said += capsys.readouterr().err
            return "rpc_finished" in said

        await until(is_finished)
    logged = [json.loads(line) for line in said.splitlines()]
    (finished,) = [event for event in logged if event["event"] == "rpc_finished"]
    assert finished["code"] == how


async def test_probes_are_answered_while_as_many_calls_run_as_may(tmp_path, monkeypatch):
    """Else whoever holds many watches open has the service killed by its liveness probe."""
    monkeypatch.setattr("foley_common.rpc.server.MAX_RUNNING_CALLS", 3)
    held = asyncio.Event()
    clips = Clips(lambda _: held.wait())
    async with gateway(clips, tmp_path) as running:
        stub = render_service_pb2_grpc.RenderServiceStub(running.channel)
        calls = [stub.GetClip(render_service_pb2.GetClipRequest(), timeout=20) for _ in range(3)]
        await until(lambda: clips.calls == 3)
        async with open_channel(running.server.target, retries=False) as other:
            refused = await failure_of(get_clip(other))
            assert type(refused) is ServiceBusy
            assert refused.metadata == {"service": "gateway"}
            assert await health(other, GATEWAY) == SERVING
            held.set()
            assert [(await call).name for call in calls] == ["True"] * 3
            assert (await get_clip(other)).name == "True"


async def test_the_callers_request_id_travels_and_illegal_ones_are_replaced(tmp_path):
    async with gateway(Clips(lambda _: current_request_id()), tmp_path) as running:
        with request_id_scope("caller-42"):
            assert (await get_clip(running.channel)).name == "caller-42"
        fresh = (await get_clip(running.channel)).name
        assert len(fresh) == 32
        explicit = (("x-request-id", 'bad"id with spaces'),)
        replaced = (await get_clip(running.channel, metadata=explicit)).name
        assert len(replaced) == 32


# Retries, balancing, deadlines


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


async def test_traces_span_client_and_server(tmp_path):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use_provider(provider)
    try:
        async with gateway(Clips(lambda _: "x"), tmp_path) as running:
            await get_clip(running.channel)
    finally:
        tracing.use_provider(None)
    spans = {span.kind.name: span for span in exporter.get_finished_spans()}
    assert set(spans) == {"CLIENT", "SERVER"}
    assert spans["SERVER"].parent.span_id == spans["CLIENT"].context.span_id
    assert spans["SERVER"].context.trace_id == spans["CLIENT"].context.trace_id


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """An OTLP collector that keeps what it gets."""

    def __init__(self) -> None:
        self.resources: list = []

    async def Export(self, request, context):  # noqa: ARG002, N802
        self.resources += request.resource_spans
        return trace_service_pb2.ExportTraceServiceResponse()


async def test_an_endpoint_in_the_settings_sends_traces_there(tmp_path):
    collector, server = Collector(), grpc.aio.server()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with gateway(
        Clips(lambda _: "x"), tmp_path, otlp_endpoint=f"http://127.0.0.1:{port}"
    ) as running:
        await get_clip(running.channel)
    await server.stop(None)
    names = {
        a.value.string_value
        for r in collector.resources
        for a in r.resource.attributes
        if a.key == "service.name"
    }
    assert names == {"foley-gateway"}
    spans = [span for r in collector.resources for scope in r.scope_spans for span in scope.spans]
    assert {span.kind for span in spans} == {
        trace_pb2.Span.SPAN_KIND_CLIENT,
        trace_pb2.Span.SPAN_KIND_SERVER,
    }


async def test_a_collector_that_is_down_does_not_hold_up_the_stop(tmp_path):
    (port,) = free_ports(1)
    async with gateway(
        Clips(lambda _: "x"), tmp_path, otlp_endpoint=f"http://127.0.0.1:{port}"
    ) as running:
        assert (await get_clip(running.channel)).name == "x"
        begun = time.monotonic()
    assert time.monotonic() - begun < 8


async def test_without_an_endpoint_nothing_is_traced(tmp_path):
    async with gateway(Clips(lambda _: "x"), tmp_path):
        assert tracing.client_interceptors() == ()
        assert tracing.server_interceptors() == ()


# Work


async def test_progress_is_throttled_never_falls_and_the_result_comes_last(tmp_path):
    def job(reporter: Reporter) -> int:
        begun = time.monotonic()
        for i in range(2000):
            reporter.report(i if i != 1500 else 3, 2000, "frames")
            if time.monotonic() - begun > 1.0:
                break
            time.sleep(0.001)
        reporter.report(2000, 2000, "frames")
        return 42

    async with detector(Detector(job), tmp_path) as running:
        replies = [reply async for reply in detect(running.channel)]
    counts = [reply.progress.done_count for reply in replies[:-1]]
    assert 4 <= len(counts) <= 16
    assert counts == sorted(counts)
    assert counts[-1] == 2000
    assert replies[-1].result.footstep_count == 42


async def test_a_full_queue_says_busy_and_when_to_come_back(tmp_path):
    release = threading.Event()
    servicer = Detector(lambda _: int(release.wait(10)), max_queued=1)
    async with detector(servicer, tmp_path, retries=False) as running:
        first, second = (asyncio.create_task(collect(detect(running.channel))) for _ in "ab")
        await until(lambda: servicer.queue._admitted == 2)
        back = await failure_of(detect(running.channel))
        assert type(back) is ServiceBusy
        assert back.retry_after_s == ServiceBusy.retry_after_s
        assert back.metadata == {"service": "detector"}
        release.set()
        assert [(await task)[-1].result.footstep_count for task in (first, second)] == [1, 1]
        assert (await collect(detect(running.channel)))[-1].result.footstep_count == 1


async def collect(call) -> list:
    return [reply async for reply in call]


@pytest.mark.parametrize("how", ["cancel", "deadline"])
async def test_a_call_that_ends_early_stops_its_job_and_frees_the_slot(tmp_path, how):
    ended: list[str] = []
    started = threading.Event()

    def job(reporter: Reporter) -> int:
        started.set()
        try:
            while True:
                reporter.report(1, 0, "frames")
                time.sleep(0.01)
        except FoleyError as error:
            ended.append(error.reason)
            raise

    servicer = Detector(job)
    async with detector(servicer, tmp_path, retries=False) as running:
        call = detect(running.channel, timeout=2.0 if how == "deadline" else 30)
        task = asyncio.create_task(collect(call))
        await until(started.is_set)
        if how == "cancel":
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        else:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await task
            assert caught.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
        await until(lambda: servicer.queue._admitted == 0)
    assert ended == ["RENDER_CANCELLED" if how == "cancel" else "DEADLINE_EXCEEDED"]


async def test_a_waiting_job_whose_caller_leaves_never_starts(tmp_path):
    release, started = threading.Event(), []

    def job(_: Reporter) -> int:
        started.append(1)
        release.wait(10)
        return 0

    servicer = Detector(job, max_queued=1)
    async with detector(servicer, tmp_path) as running:
        first = asyncio.create_task(collect(detect(running.channel)))
        await until(lambda: bool(started))
        waiting = detect(running.channel)
        task = asyncio.create_task(collect(waiting))
        await until(lambda: servicer.queue._admitted == 2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: servicer.queue._admitted == 1)
        release.set()
        await first
    assert started == [1]


async def test_an_error_in_a_job_reaches_the_caller_as_what_it_is(tmp_path):
    def job(_: Reporter) -> int:
        adopt_request_id(None)
        raise StoreFull("full", path="out")

    async with detector(Detector(job), tmp_path) as running:
        assert type(await failure_of(detect(running.channel))) is StoreFull


async def test_queue_metrics_exist(tmp_path):
    async with detector(Detector(lambda _: 1), tmp_path) as running:
        await collect(detect(running.channel))
    for name in ("queue_seconds_count", "compute_seconds_count"):
        assert (REGISTRY.get_sample_value(f"foley_detector_{name}") or 0) >= 1
    assert REGISTRY.get_sample_value("foley_detector_running_jobs") == 0
    assert REGISTRY.get_sample_value("foley_detector_queued_jobs") == 0


async def test_a_call_that_says_nothing_for_long_is_kept_alive(tmp_path, monkeypatch):
    """In a hundredth of the time: a server that takes the client's pings for too many ends the call after 4 s."""
    monkeypatch.setattr(rpc_server, "MIN_PING_INTERVAL_MS", 100)
    monkeypatch.setattr(rpc_client, "KEEPALIVE_TIME_MS", 300)
    pings = [("grpc.http2.max_pings_without_data", 0)]

    def job(_: Reporter) -> int:
        time.sleep(6.0)
        return 1

    async with (
        detector(Detector(job), tmp_path) as running,
        open_channel(running.server.target, retries=False, options=pings) as channel,
    ):
        assert (await collect(detect(channel)))[-1].result.footstep_count == 1


# Stopping


async def test_a_graceful_stop_finishes_running_work_and_refuses_new(tmp_path):
    release, started = threading.Event(), threading.Event()

    def job(_: Reporter) -> int:
        started.set()
        return int(release.wait(10))

    async with detector(Detector(job), tmp_path, retries=False) as running:
        task = asyncio.create_task(collect(detect(running.channel)))
        await until(started.is_set)
        stopping = asyncio.create_task(running.server.stop(grace_s=10))
        await asyncio.sleep(0.2)
        assert type(await failure_of(detect(running.channel, timeout=2))) is StageUnavailable
        assert not task.done()
        release.set()
        assert (await task)[-1].result.footstep_count == 1
        await stopping


async def test_after_the_grace_running_work_is_cancelled(tmp_path):
    started = threading.Event()

    def job(reporter: Reporter) -> int:
        started.set()
        while True:
            reporter.check()
            time.sleep(0.01)

    servicer = Detector(job)
    async with detector(servicer, tmp_path, retries=False) as running:
        task = asyncio.create_task(collect(detect(running.channel)))
        await until(started.is_set)
        begun = time.monotonic()
        await running.server.stop(grace_s=0.3)
        assert time.monotonic() - begun < 5
        with pytest.raises(grpc.aio.AioRpcError):
            await task
        await until(lambda: servicer.queue._admitted == 0)


SERVICE = """
import asyncio, time
from foley.detector.v1 import detector_service_pb2 as pb, detector_service_pb2_grpc as pb_grpc
from foley_common.rpc.errors import maps_errors
from foley_common.rpc.server import serve
from foley_common.rpc.work import Finished, WorkQueue
from foley_common.settings import BaseServiceSettings, load_settings

class ToySettings(BaseServiceSettings, env_prefix="FOLEY_TOY_"):
    pass

class Toy(pb_grpc.DetectorServiceServicer):
    queue = WorkQueue("detector", 1, 0)
    @maps_errors
    async def DetectFootsteps(self, request, context):
        def job(reporter):
            reporter.report(0, 1, "frames")
            time.sleep(1.0)
            return 7
        async for item in self.queue.run(job, context):
            if isinstance(item, Finished):
                yield pb.DetectFootstepsResponse(result=pb.DetectionResult(footstep_count=item.value))
            else:
                yield pb.DetectFootstepsResponse(progress={"unit": item.unit})

asyncio.run(serve(
    load_settings(ToySettings),
    service_name="foley.detector.v1.DetectorService",
    add_servicer=lambda server: pb_grpc.add_DetectorServiceServicer_to_server(Toy(), server),
))
"""


def start_toy(tmp_path: Path, **settings: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "FOLEY_TOY_STORE__ROOT": str(tmp_path / "store"),
        "FOLEY_TOY_READY_FILE": str(tmp_path / "ready.json"),
        **{f"FOLEY_TOY_{name}": value for name, value in settings.items()},
    }
    return subprocess.Popen(
        [sys.executable, "-c", SERVICE], env=environment, stderr=subprocess.PIPE, text=True
    )


async def test_sigterm_lets_a_real_process_finish_its_work(tmp_path):
    process = start_toy(tmp_path, METRICS_PORT="0")
    ready = tmp_path / "ready.json"
    try:
        await until(ready.exists, 30)
        ports = json.loads(ready.read_text())
        assert ports["metrics_port"]
        async with open_channel(f"127.0.0.1:{ports['grpc_port']}") as channel:
            await wait_until_serving(channel, DETECTOR, 10)
            call = detect(channel)
            replies = [await call.read()]
            process.send_signal(signal.SIGTERM)
            async for reply in call:
                replies.append(reply)
        assert replies[-1].result.footstep_count == 7
        _, said = await asyncio.to_thread(process.communicate, None, 10)
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
    assert process.returncode == 0, said
    assert not ready.exists()
    events = [json.loads(line) for line in said.splitlines()]
    assert {event["service"] for event in events} == {"detector"}
    names = [event["event"] for event in events]
    assert [name for name in names if name.startswith("service_")] == [
        "service_ready",
        "service_stopping",
        "service_stopped",
    ]
    (finished,) = [event for event in events if event["event"] == "rpc_finished"]
    assert finished["code"] == "OK"
    assert len(finished["request_id"]) == 32


async def test_a_process_that_cannot_start_says_why_and_exits_with_1(tmp_path):
    (port,) = free_ports(1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = start_toy(tmp_path, PORT=str(port))
        _, said = await asyncio.to_thread(process.communicate, None, 30)
    assert process.returncode == 1
    assert f"detector cannot run: detector cannot listen on 127.0.0.1:{port}" in said
    assert "Traceback" not in said


@pytest.fixture(autouse=True)
def structured_logs():
    """Each test logs as a service does; pytest's own handlers come back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging("tests")
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
