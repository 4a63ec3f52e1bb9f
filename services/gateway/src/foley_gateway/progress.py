"""What the renders at work are doing right now: in memory for watchers, every few seconds in the database.

Stages report many times a second; the database hears of it at most once per `PERSIST_INTERVAL_S`, so after a restart
a watcher sees progress that is a moment old and then goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from foley_common.errors import RenderConflict, RenderNotFound, StoreUnavailable
from foley_common.observability import get_logger
from foley_common.observability.metrics import counter
from foley_gateway.domain.plan import with_stage
from foley_gateway.domain.types import Render, RenderStage, StageProgress
from foley_gateway.store import Catalog

PERSIST_INTERVAL_S = 2.0
"""How old the progress in the database may be: what a crash loses of the display; work itself is never lost."""


@dataclass(slots=True)
class _Live:
    render: Render
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    segments: dict[int, float] = field(default_factory=dict)
    unsaved: bool = False


class ProgressBoard:
    """The renders at work in this process, as of now. Belongs to one event loop."""

    def __init__(self, catalog: Catalog, persist_interval_s: float = PERSIST_INTERVAL_S) -> None:
        self._catalog = catalog
        self._persist_interval_s = persist_interval_s
        self._live: dict[str, _Live] = {}
        self._came = asyncio.Event()
        self._ended = counter(
            "foley_gateway_renders_ended",
            "Renders that ended, by state and, for those that failed, the reason.",
            ("state", "reason"),
        )

    def current(self, name: str) -> Render | None:
        """A render at work in this process, by resource name."""
        live = self._live.get(name)
        return live.render if live else None

    def publish(self, render: Render) -> None:
        """A render as it was just stored; a final one leaves the board after waking its watchers."""
        live = self._live.get(render.name)
        if live is None or live.render.attempt != render.attempt:
            if live is not None:
                live.changed.set()
            live = self._live[render.name] = _Live(render)
            self._came.set()
            self._came = asyncio.Event()
        live.render = render
        self._wake(live)
        if render.state.is_final:
            del self._live[render.name]
            reason = render.failure.reason if render.failure else ""
            self._ended.labels(render.state.value, reason).inc()

    def forget(self, name: str) -> None:
        """A render that was deleted."""
        live = self._live.pop(name, None)
        if live is not None:
            live.changed.set()

    def leave(self, name: str, attempt: int) -> None:
        """Nothing works here any more on an attempt: from now on the database has the last word.

        Another process may have cancelled or deleted it, which nobody here was told.
        """
        live = self._live.get(name)
        if live is not None and live.render.attempt == attempt:
            self.forget(name)

    def report(
        self,
        name: str,
        attempt: int,
        stage: RenderStage,
        fraction: float,
        *,
        reused: bool | None = None,
    ) -> None:
        """A stage got on."""
        live = self._live.get(name)
        if live is None or live.render.attempt != attempt:
            return
        progress = with_stage(live.render.progress, stage, fraction, reused=reused)
        if progress != live.render.progress:
            live.render = replace(live.render, progress=progress)
            live.unsaved = True
            self._wake(live)

    def report_segment(
        self, name: str, attempt: int, index: int, fraction: float, weights: Mapping[int, float]
    ) -> None:
        """One segment's poses got on; the stage is the weighted sum of its segments."""
        live = self._live.get(name)
        if live is None or live.render.attempt != attempt:
            return
        live.segments[index] = max(live.segments.get(index, 0.0), fraction)
        total = sum(done * weights.get(number, 0.0) for number, done in live.segments.items())
        self.report(name, attempt, RenderStage.POSES, total)

    async def changed(self, name: str, timeout_s: float) -> None:
        """Return when a render at work changes, or after the time; for one that is not, when any comes."""
        live = self._live.get(name)
        event = live.changed if live is not None else self._came
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), timeout_s)

    def progress_of(self, name: str) -> tuple[StageProgress, ...]:
        """The rows of a render at work; empty when it is not."""
        live = self._live.get(name)
        return live.render.progress if live else ()

    async def keep_saving(self) -> None:
        """Write what changed to the database, again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._persist_interval_s)
            await self.save()

    async def save(self) -> None:
        """Write what changed to the database."""
        for name, live in list(self._live.items()):
            if not live.unsaved:
                continue
            live.unsaved = False
            render = live.render
            try:
                await self._catalog.change_render(
                    render.clip_id,
                    render.render_id,
                    render.attempt,
                    lambda stored, progress=render.progress: replace(stored, progress=progress),
                )
            except (RenderConflict, RenderNotFound):
                continue  # ended or deleted meanwhile: its last word is stored already
            except StoreUnavailable as error:
                live.unsaved = True
                get_logger().warning("progress_not_saved", render=name, problem=error.message)

    @staticmethod
    def _wake(live: _Live) -> None:
        live.changed.set()
        live.changed = asyncio.Event()
