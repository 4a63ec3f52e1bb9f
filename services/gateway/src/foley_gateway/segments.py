"""Poses of a clip: one workflow per segment, on a queue of their own that spreads over all detectors."""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakValueDictionary

from dbos import DBOS

from foley_common.objects import ObjectStore
from foley_gateway.at_work import AtWork
from foley_gateway.codec import from_json, to_json
from foley_gateway.domain.types import PoseResult, RenderStage
from foley_gateway.progress import ProgressBoard
from foley_gateway.settings import GatewaySettings
from foley_gateway.stages import DetectorStage
from foley_gateway.steps import (
    MAX_RECOVERY_ATTEMPTS,
    Prepared,
    RenderJob,
    SegmentJob,
    StageFailed,
    guarded,
    outcome_of,
)

SEGMENT_QUEUE = "foley-segments"
RESULT_POLLING_S = 0.2


class SegmentWorkflows:
    """The workflow of a segment, and whoever waits for those of a clip."""

    def __init__(
        self,
        *,
        store: ObjectStore,
        detector: DetectorStage,
        board: ProgressBoard,
        at_work: AtWork,
        settings: GatewaySettings,
    ) -> None:
        self._store = store
        self._detector = detector
        self._board = board
        self._at_work = at_work
        self._settings = settings
        self._keys: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

        @DBOS.workflow(name="foley.segment", max_recovery_attempts=MAX_RECOVERY_ATTEMPTS)
        async def segment(job: dict[str, Any]) -> dict[str, Any]:
            return await self._segment(from_json(SegmentJob, job))

        self._workflow = segment

    async def poses(self, job: RenderJob, prepared: Prepared) -> list[PoseResult]:
        """Poses of all segments, in their order. Raises StageFailed, with the other segments ended."""
        weights = {segment.index: segment.weight for segment in prepared.plan.segments}
        handles = [
            await DBOS.enqueue_workflow_async(
                SEGMENT_QUEUE,
                self._workflow,
                to_json(
                    SegmentJob(
                        job,
                        prepared.clip.source,
                        prepared.clip.video.duration_s,
                        segment,
                        weights,
                        prepared.options.poses,
                    )
                ),
            )
            for segment in prepared.plan.segments
        ]
        results: list[PoseResult] = []
        reused = True
        for handle in handles:
            outcome = await handle.get_result(polling_interval_sec=RESULT_POLLING_S)
            try:
                result, found = outcome_of(PoseResult, outcome)
            except StageFailed:
                await DBOS.cancel_workflows_async([other.get_workflow_id() for other in handles])
                raise
            results.append(result)
            reused = reused and found
        self._board.report(job.name, job.attempt, RenderStage.POSES, 1.0, reused=reused)
        return results

    async def _segment(self, job: SegmentJob) -> dict[str, Any]:
        segment, name, attempt = job.segment, job.render.name, job.render.attempt
        length_s = segment.weight * job.duration_s

        async def work() -> tuple[PoseResult, bool]:
            # Two renders of a clip want the same poses: the second one finds what the first one makes.
            async with self._keys.setdefault(segment.output_key, asyncio.Lock()):
                found = await self._store.find(segment.output_key) is not None
                result = await self._detector.estimate_poses(
                    job.video,
                    segment,
                    job.options,
                    deadline_s=self._settings.deadline_s(length_s),
                    on_progress=lambda done: self._board.report_segment(
                        name, attempt, segment.index, done, job.weights
                    ),
                )
            return result, found

        with self._at_work.on(job.render, segment=segment.index):
            outcome = await DBOS.run_step_async(
                {"name": "estimate_poses", "preemptible": True}, guarded, work
            )
            self._board.report_segment(name, attempt, segment.index, 1.0, job.weights)
            return outcome
