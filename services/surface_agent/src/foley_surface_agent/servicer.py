"""`SurfaceAgentService` over gRPC: validate, convert, call, convert."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any, cast

import grpc.aio

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as pb_grpc
from foley_common.errors import DeadlineExceeded
from foley_common.objects import ObjectStore, derived_key_part, unanswered_key
from foley_common.observability import get_logger
from foley_common.rpc.convert import object_ref_from_proto
from foley_common.rpc.errors import maps_errors
from foley_common.rpc.footsteps import detected_footsteps_from_bytes
from foley_common.rpc.surfaces import surface_report_to_bytes
from foley_common.rpc.work import CallContext, Finished, Reporter, WorkQueue
from foley_common.scratch import scratch_folder
from foley_common.surfaces import SurfaceAnswer
from foley_surface_agent.convert import (
    answers_beside,
    job_from,
    picture_response,
    progress_response,
    result_response,
    search_request,
    sound_response,
    source_to_proto,
    span_count_of,
)
from foley_surface_agent.domain.decide import NOT_IN_TIME, VisionFindings
from foley_surface_agent.job import SurfaceJob
from foley_surface_agent.llm.base import VisionModel
from foley_surface_agent.llm.budget import Budget
from foley_surface_agent.llm.cache import StoreReplyCache
from foley_surface_agent.llm.cached import CachedVision, IdentifiedModel
from foley_surface_agent.pictures import local_picture_answer, picture_answer, read_picture
from foley_surface_agent.pipeline import (
    GroundClassifier,
    Looks,
    ask_about,
    look_at_feet,
    look_at_grounds,
    report_of,
)
from foley_surface_agent.settings import VisionSettings
from foley_surface_agent.sheet import picture_jpeg
from foley_surface_agent.sounds.search import SoundSearch
from foley_surface_agent.validate import (
    check_classify_picture,
    check_classify_surfaces,
    check_find_sounds,
)

REPORT_MEDIA_TYPE = "application/x-protobuf"
DEADLINE_MARGIN_S = 2.0  # kept of the caller's deadline to store the answer
PROGRESS_UNIT = "looks"
LOCAL_ONLY = "the caller asked for the local classifier only"
ANSWERS_VERSION = "5"
"""Goes up when the same looks and replies make other reports."""


class SurfaceAgentServicer(pb_grpc.SurfaceAgentServiceServicer):
    """Tells the ground and the shoe of every step.

    Args:
        store: Where videos, footsteps and reports are.
        queue: Bounds the work.
        classifier: The local one.
        vision: A vision model, None without.
        limits: What a vision model may cost.
        sounds: Finds recordings.
        longest_sound_s: Longest recording that is taken.
        scratch_dir: Where videos are fetched to; None: the system's place.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        queue: WorkQueue,
        classifier: GroundClassifier,
        vision: IdentifiedModel | None,
        limits: VisionSettings,
        sounds: SoundSearch,
        longest_sound_s: float,
        scratch_dir: Path | None = None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._classifier = classifier
        self._vision = vision
        self._limits = limits
        self._sounds = sounds
        self._longest_sound_s = longest_sound_s
        self._scratch_dir = scratch_dir

    @maps_errors
    async def ClassifySurfaces(  # noqa: N802  # the contract's name
        self,
        request: pb.ClassifySurfacesRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[pb.ClassifySurfacesResponse]:
        """See the contract."""
        check_classify_surfaces(request)
        known = await self._store.find(request.output_key)
        if known is not None:
            yield result_response(known, span_count_of(await self._store.read_bytes(known)))
            return
        footsteps = await self._store.read_bytes(object_ref_from_proto(request.footsteps))
        job = job_from(request, detected_footsteps_from_bytes(footsteps))
        vision = (
            self._vision_for(request.answers_prefix or answers_beside(request.video))
            if (job.needs_footwear or job.needs_surface) and not request.local_only
            else None
        )
        looks = Looks()
        if job.needs_surface or job.needs_footwear:
            with scratch_folder("surface", self._scratch_dir) as folder:
                video = folder / "video"
                await self._store.fetch(object_ref_from_proto(request.video), video)
                work = self._looking(video, job, with_sheets=vision is not None)
                async for item in self._queue.run(work, cast("CallContext", context)):
                    if isinstance(item, Finished):
                        looks = item.value
                    else:
                        yield progress_response(item)
        findings = VisionFindings(reason=LOCAL_ONLY if request.local_only else "")
        if job.steps and not request.local_only:
            await self._ask(looks, vision, findings, context)
        report = report_of(looks.grounds, findings, job, self._classifier, looks.feet)
        data = surface_report_to_bytes(report)
        if findings.is_unanswered:  # first, so that no report stands without its mark
            await self._store.publish_bytes(
                findings.reason.encode(), unanswered_key(request.output_key), "text/plain"
            )
        ref = await self._store.publish_bytes(data, request.output_key, REPORT_MEDIA_TYPE)
        get_logger().info(
            "surfaces_classified",
            span_count=len(report.surfaces),
            vision_calls=0 if findings.usage is None else findings.usage.call_count,
            cost_usd=0.0 if findings.usage is None else findings.usage.cost_usd,
            fallback_reason=report.fallback_reason,
        )
        yield result_response(ref, len(report.surfaces))

    @maps_errors
    async def ClassifyPicture(  # noqa: N802  # the contract's name
        self, request: pb.ClassifyPictureRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.ClassifyPictureResponse:
        """See the contract."""
        check_classify_picture(request)
        data = await self._store.read_bytes(object_ref_from_proto(request.picture))
        vision = None if request.local_only else self._vision_for(answers_beside(request.picture))

        begun = time.monotonic()

        def look(_: Reporter) -> tuple[SurfaceAnswer, bytes]:
            picture = read_picture(data)
            jpeg = (
                picture_jpeg(picture, max_px=self._limits.max_picture_px)
                if vision is not None
                else b""
            )
            return local_picture_answer(picture, self._classifier), jpeg

        local, jpeg = None, b""
        async for item in self._queue.run(look, cast("CallContext", context)):
            if isinstance(item, Finished):
                local, jpeg = item.value
        assert local is not None  # the queue's last item is the value
        found = await picture_answer(
            local,
            jpeg,
            vision,
            self._budget(),
            min_confidence=self._limits.min_confidence,
            limit_s=_time_to_ask_s(context),
            is_local_wanted=request.local_only,
        )
        elapsed_ms = 1000 * (time.monotonic() - begun)
        return picture_response(
            replace(found.answer, elapsed_ms=elapsed_ms), fallback_reason=found.fallback_reason
        )

    @maps_errors
    async def DescribeAgent(  # noqa: N802  # the contract's name
        self, request: pb.DescribeAgentRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> pb.DescribeAgentResponse:
        """See the contract."""
        del request, context
        identity = "" if self._vision is None else self._vision.identity
        limits = self._limits
        decides = (limits.max_picture_px, limits.min_confidence, *astuple(limits.limits))
        return pb.DescribeAgentResponse(
            answers_digest=derived_key_part(
                ANSWERS_VERSION,
                self._classifier.name,
                identity,
                str(decides) if identity else "",
            ),
            vision_model="" if self._vision is None else self._vision.name,
            sound_sources=[source_to_proto(name) for name in self._sounds.source_names],  # type: ignore[misc]
        )

    @maps_errors
    async def FindSounds(  # noqa: N802  # the contract's name
        self,
        request: pb.FindSoundsRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[pb.FindSoundsResponse]:
        """See the contract."""
        check_find_sounds(request)
        search = search_request(request, longest_s=self._longest_sound_s)
        async for item in self._sounds.find(search, cast("CallContext", context)):
            yield sound_response(item, rights_confirmed=request.rights_confirmed)

    def _vision_for(self, folder: str) -> VisionModel | None:
        if self._vision is None:
            return None
        return CachedVision(self._vision, StoreReplyCache(self._store, folder))

    def _looking(
        self, video: Path, job: SurfaceJob, *, with_sheets: bool
    ) -> Callable[[Reporter], Looks]:
        def look(reporter: Reporter) -> Looks:
            def progress(done: int, total: int) -> None:
                reporter.report(done, total, PROGRESS_UNIT)

            if not job.needs_surface and not with_sheets:
                return look_at_feet(video, job, on_progress=progress)
            return look_at_grounds(
                video,
                job,
                self._classifier,
                sheet_px=self._limits.max_picture_px if with_sheets else None,
                max_views=self._limits.max_calls_per_clip + 1,  # one more shows that it is spent
                on_progress=progress,
            )

        return look

    def _budget(self) -> Budget:
        model = "" if self._vision is None else self._vision.name
        return Budget(self._limits.limits, model=model)

    async def _ask(
        self,
        looks: Looks,
        vision: VisionModel | None,
        findings: VisionFindings,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> None:
        """Ask within what is left of the caller's deadline; what was not answered by then is answered locally."""
        left_s = context.time_remaining()
        begun = time.monotonic()
        try:
            async with asyncio.timeout(_time_to_ask_s(context)):
                await ask_about(
                    looks.views,
                    vision,
                    self._budget(),
                    findings,
                    min_confidence=self._limits.min_confidence,
                )
        except TimeoutError as error:
            if left_s is not None and time.monotonic() - begun > left_s:
                raise DeadlineExceeded("the call's deadline has passed") from error
            findings.reason = NOT_IN_TIME
            findings.is_unanswered = True


def _time_to_ask_s(context: grpc.aio.ServicerContext[Any, Any]) -> float | None:
    """How long a model may be asked within the caller's deadline; None without one."""
    left_s = context.time_remaining()
    return None if left_s is None else max(0.0, left_s - DEADLINE_MARGIN_S)
