"""What this process works on: named for logs, calls and traces, and cut off when the process stops."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import structlog

from foley_common.observability import request_id_scope
from foley_common.observability.tracing import traced
from foley_gateway.steps import RenderJob


class AtWork:
    """The workflows that run in this process."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[Any], str] = {}

    @contextlib.contextmanager
    def on(self, job: RenderJob, **more: int) -> Iterator[None]:
        """Registers the running task, and puts the render's names on its log lines and calls."""
        task = asyncio.current_task()
        assert task is not None
        self._running[task] = job.name
        names = {"clip": job.clip_id, "render": job.render_id, "attempt": job.attempt, **more}
        about = {"foley.request_id": job.request_id} | {f"foley.{k}": v for k, v in names.items()}
        part = "segment" if more else "render"
        try:
            with (
                request_id_scope(job.request_id),
                structlog.contextvars.bound_contextvars(**names),
                traced(part, f"{job.name} {job.attempt}", **about),
            ):
                yield
        finally:
            del self._running[task]

    async def stop(self) -> None:
        """Cut all workflows off in this process; the engine still has them as begun, and takes them up later."""
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def ended(self, render_name: str, timeout_s: float) -> None:
        """Return when nothing works on a render in this process any more, or after the time."""
        tasks = [task for task, name in self._running.items() if name == render_name]
        if tasks:
            await asyncio.wait(tasks, timeout=timeout_s)
