"""The render as a durable workflow: each step is safe to run twice and hands on references, never bytes.

A step that was finished is not run again after a crash: the engine has its output. A step that was cut off is run
again, and the stage finds by the keys of the plan what it had finished. Steps are preemptible: cancelling the
workflow cancels the call that is running.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

from dbos import DBOS

from foley_common.errors import FoleyError, RenderNotFound
from foley_common.objects import ObjectRef, ObjectStore
from foley_common.observability import get_logger
from foley_common.rpc.footsteps import (
    detected_footsteps_from_bytes,
    detected_footsteps_to_bytes,
)
from foley_common.rpc.surfaces import surface_report_to_bytes
from foley_common.surfaces import SurfaceReport
from foley_gateway.agent_facts import facts_for
from foley_gateway.at_work import AtWork
from foley_gateway.codec import from_json, to_json
from foley_gateway.domain.overrides import without_a_step
from foley_gateway.domain.plan import (
    RenderPlan,
    answers_prefix,
    plan_render,
    with_answers,
    with_edited_steps,
    with_style,
)
from foley_gateway.domain.sounds import style_with
from foley_gateway.domain.step_edits import places_digest, with_edits
from foley_gateway.domain.types import (
    AgentFacts,
    DetectionResult,
    GroundSound,
    RenderFailure,
    RenderFile,
    RenderOptions,
    RenderStage,
    RenderState,
    SoundResult,
    StepEdits,
    VideoResult,
)
from foley_gateway.outcome import EditedSteps, Made, export_request, media_files, summary_of
from foley_gateway.progress import ProgressBoard
from foley_gateway.record import RenderRecord
from foley_gateway.segments import SegmentWorkflows
from foley_gateway.settings import GatewaySettings
from foley_gateway.sound_chain import SoundChain
from foley_gateway.stages import Stages
from foley_gateway.steps import (
    MAX_RECOVERY_ATTEMPTS,
    Prepared,
    RenderJob,
    StageFailed,
    guarded,
    outcome_of,
    results_digest,
)
from foley_gateway.store import Catalog

RENDER_QUEUE = "foley-renders"
SEARCH_SHARE = 0.3
"""Of the sound stage's progress that a search for recordings takes."""

_T = TypeVar("_T")
_BINPB = "application/x-protobuf"


class RenderWorkflows:
    """The workflow of a render, with what it needs at hand.

    Attributes:
        render: The workflow itself, for the engine's queue.
        at_work: What of it, and of its segments, runs in this process.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        store: ObjectStore,
        stages: Stages,
        board: ProgressBoard,
        settings: GatewaySettings,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._stages = stages
        self._board = board
        self._record = RenderRecord(catalog, board)
        self._sounds = SoundChain(store, stages)
        self._settings = settings
        self.at_work = AtWork()
        self._segments = SegmentWorkflows(
            store=store,
            detector=stages.detector,
            board=board,
            at_work=self.at_work,
            settings=settings,
        )

        @DBOS.workflow(name="foley.render", max_recovery_attempts=MAX_RECOVERY_ATTEMPTS)
        async def render(job: dict[str, Any]) -> None:
            await self._render(from_json(RenderJob, job))

        self.render = render

    async def _render(self, job: RenderJob) -> None:
        with self.at_work.on(job):
            log = get_logger()
            try:
                render = await self._catalog.render(job.clip_id, job.render_id)
                if render.state.is_final or render.attempt != job.attempt:
                    return
                self._board.publish(
                    render
                )  # here, where it runs: no other process hears of its progress
                prepared, _ = await self._step(
                    job, "prepare", Prepared, functools.partial(self._prepare, job)
                )
                await self._work(job, prepared)
            except RenderNotFound:
                log.info("render_was_deleted")
            except StageFailed as error:
                log.warning(
                    "render_failed", reason=error.failure.reason, problem=error.failure.message
                )
                await DBOS.run_step_async(
                    {"name": "fail"}, self._record.fail, job, to_json(error.failure)
                )
            except Exception as error:
                log.exception("render_broke", error=type(error).__name__)
                failure = RenderFailure(
                    FoleyError.reason,
                    f"something went wrong inside; the log has it under the request id {job.request_id}",
                    {"request_id": job.request_id},
                )
                await DBOS.run_step_async(
                    {"name": "fail"}, self._record.fail, job, to_json(failure)
                )
            finally:
                self._board.leave(job.name, job.attempt)

    async def _work(self, job: RenderJob, prepared: Prepared) -> None:
        clip, options, plan = prepared.clip, prepared.options, prepared.plan
        poses = await self._segments.poses(job, prepared)
        stage = functools.partial(self._stage, job)
        deadline_s = self._deadline_s(clip.video.duration_s)

        detection = await stage(
            RenderStage.FOOTSTEPS,
            DetectionResult,
            f"{plan.footsteps_prefix}/footsteps.binpb",
            lambda on_progress: self._stages.detector.find_footsteps(
                [result.poses for result in poses],
                poses[0].video,
                options.sensitivity,
                poses[0].models,
                plan.footsteps_prefix,
                deadline_s=deadline_s,
                on_progress=on_progress,
            ),
        )
        unused_edits: tuple[int, ...] = ()
        if options.step_edits:
            edited = await self._edited(job, plan, options.step_edits, detection)
            detection, unused_edits = edited.detection, edited.unused
            plan = with_edited_steps(
                plan, steps_digest=edited.steps_digest, places_digest=edited.places_digest
            )
            plan = with_answers(plan, clip, options, answers_digest="")
        style, ground_sounds = options.style, ()
        if options.footsteps_only:
            surfaces, sound, video = await self._no_surfaces(job, plan), None, None
        else:
            describe = functools.partial(self._describe, prepared)
            facts, _ = await self._step(job, "describe_agent", AgentFacts, describe)
            plan = with_answers(plan, clip, options, answers_digest=facts.answers_digest)
            surfaces = await stage(
                RenderStage.SURFACES,
                ObjectRef,
                plan.surfaces_key,
                lambda on_progress: self._stages.surfaces.classify_surfaces(
                    clip.source,
                    detection.footsteps,
                    options.overrides,
                    plan.surfaces_key,
                    answers_prefix=answers_prefix(clip.source.sha256),
                    local_only=options.local_ground_only,
                    deadline_s=deadline_s,
                    on_progress=on_progress,
                ),
            )
            ground_sounds = await self._ground_sounds(job, options, surfaces, plan, deadline_s)
            style = style_with(options.style, ground_sounds)
            plan = with_style(plan, clip, options, style)
            tails = options.session.handles_s > 0
            sound = await stage(
                RenderStage.SOUND,
                SoundResult,
                f"{plan.sound_prefix}/{'tails/' if tails else ''}mix.wav",
                lambda on_progress: self._stages.audio.synthesize_footsteps(
                    clip.source,
                    detection.footsteps,
                    surfaces,
                    style,
                    plan.sound_prefix,
                    tails=tails,
                    deadline_s=deadline_s,
                    on_progress=on_progress,
                ),
            )
            video = await stage(
                RenderStage.VIDEO,
                VideoResult,
                f"{plan.video_prefix}/foley.mp4",
                lambda on_progress: self._stages.audio.render_video(
                    clip.source,
                    sound,
                    detection,
                    surfaces,
                    plan.video_prefix,
                    session=options.session,
                    deadline_s=deadline_s,
                    on_progress=on_progress,
                ),
            )
        settled = replace(prepared, plan=plan, options=replace(options, style=style))
        made = Made(detection, surfaces, sound, video, unused_edits)
        exports = await self._exports(job, settled, made)
        unused = await self._unused_overrides(job, options, detection)
        finished = {
            "detection": to_json(detection),
            "files": [to_json(file) for file in (*media_files(made), *exports)],
            "summary": to_json(summary_of(settled, made, ground_sounds, unused)),
        }
        await DBOS.run_step_async({"name": "finish"}, self._record.finish, job, finished)

    async def _edited(
        self, job: RenderJob, plan: RenderPlan, edits: StepEdits, detection: DetectionResult
    ) -> EditedSteps:
        """The steps as the caller says they are, stored beside those that were found."""

        async def work() -> tuple[EditedSteps, bool]:
            data = await self._store.read_bytes(detection.footsteps)
            found = detected_footsteps_from_bytes(data)
            # of thousands it takes a while
            edited = await asyncio.to_thread(with_edits, found, edits)
            if edited.detected is found:
                return EditedSteps(detection, edited.unused), True
            stored = await self._store.publish_bytes(
                detected_footsteps_to_bytes(edited.detected),
                f"{plan.edited_prefix}/footsteps.binpb",
                _BINPB,
            )
            steps, places = edited.detected.footsteps, places_digest(edited.detected)
            now = replace(
                detection,
                footsteps=stored,
                footstep_count=len(steps),
                walker_count=len({step.track_id for step in steps}),
            )
            is_elsewhere = places != places_digest(found)
            return (
                EditedSteps(now, edited.unused, stored.sha256, places if is_elsewhere else ""),
                False,
            )

        made, _ = await self._step(job, "edit_steps", EditedSteps, work)
        return made

    async def _describe(self, prepared: Prepared) -> tuple[AgentFacts, bool]:
        return await facts_for(prepared, self._stages.surfaces, self._store), False

    async def _ground_sounds(
        self,
        job: RenderJob,
        options: RenderOptions,
        surfaces: ObjectRef,
        plan: RenderPlan,
        deadline_s: float,
    ) -> tuple[GroundSound, ...]:
        """Recordings for the grounds, when they are asked for; part of the sound's progress."""
        if options.sound_search is None:
            return ()
        report = functools.partial(self._board.report, job.name, job.attempt, RenderStage.SOUND)

        async def work() -> tuple[tuple[GroundSound, ...], bool]:
            return await self._sounds.find(
                surfaces,
                options,
                plan.sounds_prefix,
                deadline_s=deadline_s,
                on_progress=lambda share: report(SEARCH_SHARE * share),
            )

        found, _ = await self._step(job, "find_sounds", tuple[GroundSound, ...], work)
        return found

    async def _unused_overrides(
        self, job: RenderJob, options: RenderOptions, detection: DetectionResult
    ) -> tuple[int, ...]:
        """Positions of the caller's words that change nothing."""
        if not options.overrides:
            return ()

        async def work() -> tuple[tuple[int, ...], bool]:
            data = await self._store.read_bytes(detection.footsteps)
            found = detected_footsteps_from_bytes(data)
            return without_a_step(options.overrides, found.footsteps), False

        unused, _ = await self._step(job, "unused_overrides", tuple[int, ...], work)
        return unused

    async def _stage(
        self,
        job: RenderJob,
        stage: RenderStage,
        kind: type[_T],
        key: str,
        call: Callable[[Callable[[float], None]], Awaitable[_T]],
    ) -> _T:
        """One stage as one step, with its progress on the board."""
        report = functools.partial(self._board.report, job.name, job.attempt, stage)

        async def work() -> tuple[_T, bool]:
            found = await self._store.find(key) is not None
            return await call(report), found

        result, reused = await self._step(job, stage.value, kind, work)
        report(1.0, reused=reused)
        return result

    async def _step(
        self,
        job: RenderJob,
        name: str,
        kind: type[_T],
        work: Callable[[], Awaitable[tuple[_T, bool]]],
    ) -> tuple[_T, bool]:
        outcome = await DBOS.run_step_async({"name": name, "preemptible": True}, guarded, work)
        get_logger().info(
            "step_done", step=name, workflow_attempt=job.attempt, failed="failure" in outcome
        )
        return outcome_of(kind, outcome)

    async def _prepare(self, job: RenderJob) -> tuple[Prepared, bool]:
        clip = await self._catalog.clip(job.clip_id)
        render = await self._record.change(
            job, lambda render: replace(render, state=RenderState.RUNNING)
        )
        plan = plan_render(
            clip,
            render.options,
            segment_s=self._settings.segment_s,
            results_digest=results_digest(self._settings),
        )
        return Prepared(clip, render.options, plan), False

    async def _no_surfaces(self, job: RenderJob, plan: RenderPlan) -> ObjectRef:
        """The export wants a surface report; nobody looked, so it is empty."""

        async def work() -> tuple[ObjectRef, bool]:
            data = surface_report_to_bytes(SurfaceReport())
            return await self._store.publish_bytes(
                data, f"{plan.exports_prefix}/no-surfaces.binpb", _BINPB
            ), False

        ref, _ = await self._step(job, "no_surfaces", ObjectRef, work)
        return ref

    async def _exports(
        self, job: RenderJob, prepared: Prepared, made: Made
    ) -> tuple[RenderFile, ...]:
        request = export_request(prepared, made)
        deadline_s = self._deadline_s(prepared.clip.video.duration_s)

        async def work() -> tuple[tuple[RenderFile, ...], bool]:
            """Reused when every file was there before, whichever formats these are."""
            prefix = f"{prepared.plan.exports_prefix}/"
            before = {key async for key in self._store.list_keys(prefix)}
            files = await self._stages.audio.export_session(request, deadline_s=deadline_s)
            return files, bool(files) and all(row.file.key in before for row in files)

        stage = RenderStage.EXPORTS
        files, reused = await self._step(job, stage.value, tuple[RenderFile, ...], work)
        self._board.report(job.name, job.attempt, stage, 1.0, reused=reused)
        return tuple(files)

    def _deadline_s(self, video_s: float) -> float:
        return self._settings.deadline_s(video_s)
