"""Jobs on a work queue behind real gRPC on loopback: progress, refusal, cancellation, metrics."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from prometheus_client import REGISTRY

from foley_common.errors import FoleyError, ServiceBusy, StoreFull
from foley_common.observability import adopt_request_id
from foley_common.rpc import client as rpc_client
from foley_common.rpc import server as rpc_server
from foley_common.rpc.client import open_channel
from foley_common.rpc.work import Reporter
from support.rpc_toys import Detector, collect, detect, detector, ended_early, failure_of, until

pytestmark = pytest.mark.usefixtures("structured_logs")


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
        await ended_early(call, task, how)
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
