"""Blocking work off the event loop: a bounded queue, progress, cancellation, deadlines.

One job holds one slot from its admission until its thread has really ended, also when its caller is long gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from foley_common.errors import DeadlineExceeded, RenderCancelled, ServiceBusy
from foley_common.observability.metrics import gauge, seconds_histogram

PROGRESS_INTERVAL_S = 0.1  # at most ten updates a second reach the wire
# Who leaves so shortly before the deadline has seen it pass: a caller's clock starts before the call has arrived here.
DEADLINE_LEEWAY_S = 0.1
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProgressUpdate:
    """Work so far. ``done_count`` never falls; ``total_count`` is 0 when not known yet; ``unit`` is plural."""

    done_count: int
    total_count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """The outcome, sent once, last."""

    value: T


class CallContext(Protocol):
    """What a servicer's context knows about its call."""

    def time_remaining(self) -> float | None:
        """Seconds until the deadline, None without one."""
        ...

    def add_done_callback(self, callback: Callable[[Any], None]) -> None:
        """Call back when the call has ended, however it ended."""
        ...


class Reporter:
    """The job's line to its caller. Every method is safe from any thread."""

    def __init__(self, deadline: float | None, wake: Callable[[], None]) -> None:
        self._deadline = deadline
        self._wake = wake
        self._lock = threading.Lock()
        self._latest: ProgressUpdate | None = None
        self._next_wake = 0.0
        self._gone = threading.Event()

    def report(self, done: int, total: int, unit: str) -> None:
        """Say how far the work is, as often as you like; the caller hears about ten times a second.

        Raises:
            RenderCancelled, DeadlineExceeded: as `check`.
        """
        self.check()
        with self._lock:
            done = max(done, self._latest.done_count) if self._latest is not None else done
            self._latest = ProgressUpdate(done, total, unit)
            now = time.monotonic()
            if now < self._next_wake:
                return
            self._next_wake = now + PROGRESS_INTERVAL_S
        self._wake()

    def check(self) -> None:
        """Raise when nobody waits for the work any more; call it between frames.

        Raises:
            DeadlineExceeded: the caller's time is over.
            RenderCancelled: the caller has cancelled or is gone.
        """
        is_gone = self._gone.is_set()
        early_s = DEADLINE_LEEWAY_S if is_gone else 0.0
        if self._deadline is not None and time.monotonic() >= self._deadline - early_s:
            raise DeadlineExceeded("the call's deadline has passed")
        if is_gone:
            raise RenderCancelled("the caller has cancelled the work")

    def cancel(self) -> None:
        """Tell the job to stop at its next check."""
        self._gone.set()

    def latest(self) -> ProgressUpdate | None:
        """What was reported last."""
        with self._lock:
            return self._latest


class WorkQueue:
    """Runs jobs in worker threads, so many at once, so many waiting, the rest refused.

    Args:
        service: Short name, for metrics and messages: ``detector``.
        max_running: Jobs computed at once.
        max_queued: Jobs that may wait.
    """

    def __init__(self, service: str, max_running: int, max_queued: int) -> None:
        self._service = service
        self._max_running = max_running
        self._max_admitted = max_running + max_queued
        self._admitted = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(max_running, thread_name_prefix=f"foley-{service}-work")
        prefix = f"foley_{service}"
        self._queue_seconds = seconds_histogram(
            f"{prefix}_queue_seconds", "Time jobs waited for a worker."
        )
        self._compute_seconds = seconds_histogram(
            f"{prefix}_compute_seconds", "Time jobs took in a worker."
        )
        self._running = gauge(f"{prefix}_running_jobs", "Jobs in a worker now.")
        self._queued = gauge(f"{prefix}_queued_jobs", "Jobs waiting for a worker now.")

    async def run(
        self, job: Callable[[Reporter], T], context: CallContext | None = None
    ) -> AsyncGenerator[ProgressUpdate | Finished[T], None]:
        """Run a job; yields progress many times, then `Finished` once.

        When the call is cancelled or its deadline passes, a waiting job is dropped and a running one told to stop.

        Args:
            job: Blocking; runs in a worker thread with this task's context variables.
            context: The call's context; None for work without a caller.

        Raises:
            ServiceBusy: as many jobs as allowed run and wait.
            FoleyError: whatever the job raised.
        """
        self._admit()
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        left_s = context.time_remaining() if context is not None else None
        reporter = Reporter(
            None if left_s is None else time.monotonic() + left_s, lambda: _wake(loop, woken)
        )
        if context is not None:
            context.add_done_callback(lambda _: reporter.cancel())
        entered = time.monotonic()
        variables = contextvars.copy_context()
        self._queued.inc()
        started = threading.Event()

        def work() -> T:
            started.set()
            begun = time.monotonic()
            self._queued.dec()
            self._running.inc()
            self._queue_seconds.observe(begun - entered)
            try:
                reporter.check()  # the caller may have gone while the job waited
                return variables.run(job, reporter)
            finally:
                self._running.dec()
                self._compute_seconds.observe(time.monotonic() - begun)

        def release(_: object) -> None:
            if not started.is_set():  # cancelled while waiting
                self._queued.dec()
            with self._lock:
                self._admitted -= 1
            _wake(loop, woken)

        future = self._threads.submit(work)
        future.add_done_callback(release)
        sent: ProgressUpdate | None = None
        try:
            while not future.done():
                await woken.wait()
                woken.clear()
                update = reporter.latest()
                if update is not None and update != sent and not future.done():
                    sent = update
                    yield update
            update = reporter.latest()
            value = future.result()
            if update is not None and update != sent:
                yield update
            yield Finished(value)
        finally:
            reporter.cancel()
            future.cancel()

    def _admit(self) -> None:
        with self._lock:
            if self._admitted >= self._max_admitted:
                raise ServiceBusy(
                    f"{self._service} runs {self._max_running} jobs and "
                    f"{self._max_admitted - self._max_running} wait; try again later",
                    service=self._service,
                )
            self._admitted += 1

    def close(self) -> None:
        """Take no more jobs, drop those that wait, and let running ones end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _wake(loop: asyncio.AbstractEventLoop, woken: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is left to wake
        loop.call_soon_threadsafe(woken.set)
