"""The work queue without a network: outcomes, slots, context, threads."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from foley_common.errors import DeadlineExceeded, RenderCancelled, ServiceBusy
from foley_common.observability import current_request_id, request_id_scope
from foley_common.rpc.work import Finished, ProgressUpdate, Reporter, WorkQueue


class Call:
    """A caller with so much time."""

    def __init__(self, left_s: float | None = None) -> None:
        self.left_s = left_s
        self.callbacks = []

    def time_remaining(self) -> float | None:
        return self.left_s

    def add_done_callback(self, callback) -> None:
        self.callbacks.append(callback)


@pytest.fixture
def queue():
    made = WorkQueue("worktest", 1, 1)
    yield made
    made.close()


async def collect(stream) -> list:
    return [item async for item in stream]


async def test_the_last_progress_comes_before_the_outcome(queue):
    def job(reporter: Reporter) -> str:
        for i in range(100):
            reporter.report(i + 1, 100, "frames")
        return "done"

    items = await collect(queue.run(job))
    assert items[-2:] == [ProgressUpdate(100, 100, "frames"), Finished("done")]
    assert len(items) <= 4  # ten a second, and this took less than a tenth


def test_progress_never_falls() -> None:
    reporter = Reporter(None, lambda: None)
    for done in (1, 5, 3):
        reporter.report(done, 9, "frames")
    assert reporter.latest() == ProgressUpdate(5, 9, "frames")


async def test_the_loop_stays_free_and_the_job_knows_its_request(queue):
    def job(_: Reporter) -> tuple[str, bool]:
        time.sleep(0.2)
        return current_request_id(), threading.current_thread() is threading.main_thread()

    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    with request_id_scope("r-7"):
        (item,) = await collect(queue.run(job))
    ticking.cancel()
    assert item == Finished(("r-7", False))
    assert ticks >= 5


async def test_an_error_frees_the_slot(queue):
    def job(_: Reporter) -> None:
        raise KeyError("bug")

    for _ in range(5):
        with pytest.raises(KeyError):
            await collect(queue.run(job))


async def test_so_many_run_so_many_wait_the_rest_is_refused(queue):
    release = threading.Event()
    running = 0
    most = 0

    def job(_: Reporter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        release.wait(5)
        running -= 1

    first, second = (asyncio.create_task(collect(queue.run(job))) for _ in "ab")
    await asyncio.sleep(0.05)
    for _ in range(3):
        with pytest.raises(ServiceBusy) as caught:
            await collect(queue.run(job))
        assert caught.value.metadata == {"service": "worktest"}
    release.set()
    await asyncio.gather(first, second)
    assert most == 1
    assert await collect(queue.run(lambda _: 1)) == [Finished(1)]


async def test_a_deadline_that_passed_while_waiting_spares_the_work(queue):
    release = threading.Event()
    first = asyncio.create_task(collect(queue.run(lambda _: release.wait(5))))
    await asyncio.sleep(0.05)
    started = []
    second = asyncio.create_task(collect(queue.run(started.append, Call(left_s=0.1))))
    await asyncio.sleep(0.2)
    release.set()
    await first
    with pytest.raises(DeadlineExceeded):
        await second
    assert started == []


@pytest.mark.parametrize(
    ("left_s", "expected"), [(0.05, DeadlineExceeded), (30.0, RenderCancelled)]
)
def test_who_leaves_at_the_deadline_by_its_own_clock_has_not_cancelled(left_s, expected):
    """A caller's clock starts before the call arrives: its end came as a cancellation now and then."""
    reporter = Reporter(time.monotonic() + left_s, lambda: None)
    reporter.check()
    reporter.cancel()
    with pytest.raises(expected):
        reporter.check()


async def test_the_end_of_the_call_stops_the_job(queue):
    call = Call()
    started = threading.Event()

    def job(reporter: Reporter) -> None:
        started.set()
        while True:
            reporter.check()
            time.sleep(0.005)

    task = asyncio.create_task(collect(queue.run(job, call)))
    await asyncio.to_thread(started.wait, 5)
    call.callbacks[0](None)
    with pytest.raises(RenderCancelled):
        await task


async def test_leaving_the_stream_stops_the_job(queue):
    stopped = threading.Event()

    def job(reporter: Reporter) -> None:
        try:
            while True:
                reporter.report(1, 2, "frames")
                time.sleep(0.005)
        except RenderCancelled:
            stopped.set()
            raise

    stream = queue.run(job)
    assert await anext(stream) == ProgressUpdate(1, 2, "frames")
    await stream.aclose()
    assert await asyncio.to_thread(stopped.wait, 5)
