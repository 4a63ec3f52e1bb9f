"""The server bootstrap over real gRPC on loopback: health, reflection, metrics, ports, and errors over the wire."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import urllib.request

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from foley.detector.v1 import detector_service_pb2_grpc as pb_grpc
from foley.gateway.v1 import render_service_pb2, render_service_pb2_grpc
from foley_common.errors import (
    ClipNotFound,
    DeadlineExceeded,
    FieldViolation,
    InvalidField,
    ModelMissing,
    RenderCancelled,
    ServiceBusy,
    StageUnavailable,
)
from foley_common.observability import current_request_id, request_id_scope
from foley_common.rpc.client import open_channel, wait_until_serving
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.server import RunningServer, running_server
from foley_common.testing.in_process import settings_for_tests
from support.rpc_toys import (
    DETECTOR,
    GATEWAY,
    NOT_SERVING,
    SECRET,
    SERVING,
    Clips,
    Detector,
    detector,
    ended_early,
    failure_of,
    gateway,
    get_clip,
    health,
    raising,
    until,
)
from support.servers import free_ports

pytestmark = pytest.mark.usefixtures("structured_logs")

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
    clips = Clips(too_late if how == "deadline" else told_to_stop)
    async with gateway(clips, tmp_path) as running:
        stub = render_service_pb2_grpc.RenderServiceStub(running.channel)
        call = stub.GetClip(
            render_service_pb2.GetClipRequest(), timeout=0.3 if how == "deadline" else 30
        )
        await until(lambda: clips.calls == 1)
        await ended_early(call, call, how)
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
