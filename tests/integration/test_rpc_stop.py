"""Stopping a server, in this process and as a real one of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import grpc.aio
import pytest

from foley_common.errors import StageUnavailable
from foley_common.rpc.client import open_channel, wait_until_serving
from foley_common.rpc.work import Reporter
from support.rpc_toys import DETECTOR, Detector, collect, detect, detector, failure_of, until
from support.servers import free_ports

pytestmark = pytest.mark.usefixtures("structured_logs")


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
