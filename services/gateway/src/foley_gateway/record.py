"""What a workflow says about its render: stored, and told to those who watch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from foley_common.errors import RenderConflict, RenderNotFound
from foley_common.observability import get_logger
from foley_gateway.codec import from_json
from foley_gateway.domain.types import (
    DetectionResult,
    Render,
    RenderFailure,
    RenderFile,
    RenderState,
    RenderSummary,
)
from foley_gateway.progress import ProgressBoard
from foley_gateway.steps import RenderJob
from foley_gateway.store import Catalog


class RenderRecord:
    """The rows of renders at work, for the workflow alone. A late word from an old attempt changes nothing."""

    def __init__(self, catalog: Catalog, board: ProgressBoard) -> None:
        self._catalog = catalog
        self._board = board

    async def finish(self, job: RenderJob, finished: dict[str, Any]) -> None:
        """The render has succeeded."""
        await self._end(
            job,
            lambda render: replace(
                render,
                state=RenderState.SUCCEEDED,
                files=tuple(from_json(RenderFile, file) for file in finished["files"]),
                summary=from_json(RenderSummary, finished["summary"]),
                footsteps=from_json(DetectionResult, finished["detection"]).footsteps,
                progress=self._board.progress_of(render.name) or render.progress,
            ),
        )

    async def fail(self, job: RenderJob, failure: dict[str, Any]) -> None:
        """The render has failed."""
        await self._end(
            job,
            lambda render: replace(
                render,
                state=RenderState.FAILED,
                failure=from_json(RenderFailure, failure),
                progress=self._board.progress_of(render.name) or render.progress,
            ),
        )

    async def _end(self, job: RenderJob, change: Callable[[Render], Render]) -> None:
        try:
            render = await self.change(job, change)
        except (RenderConflict, RenderNotFound) as error:
            get_logger().info(
                "render_had_ended", problem=error.message
            )  # cancelled or deleted, or said twice
        else:
            get_logger().info("render_ended", state=render.state.value)

    async def change(self, job: RenderJob, change: Callable[[Render], Render]) -> Render:
        """Store a change and tell the watchers. Raises RenderConflict, RenderNotFound."""
        render = await self._catalog.change_render(job.clip_id, job.render_id, job.attempt, change)
        self._board.publish(render)
        return render
