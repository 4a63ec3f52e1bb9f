"""`SurfaceAgentService` over gRPC: validate, convert, call, convert."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import grpc.aio

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as pb_grpc
from foley_common.errors import DeadlineExceeded, NotServedYet
from foley_common.objects import ObjectStore
from foley_common.observability import get_logger
from foley_common.rpc.convert import (
    detected_footsteps_from_bytes,
    object_ref_from_proto,
    surface_report_to_bytes,
)
from foley_common.rpc.errors import maps_errors
from foley_common.rpc.work import CallContext, Finished, Reporter, WorkQueue
from foley_common.surfaces import SurfaceAnswer
from foley_surface_agent.convert import (
    folder_of,
    job_from,
    picture_response,
    progress_response,
    result_response,
    span_count_of,
)
from foley_surface_agent.domain.decide import VisionFindings
from foley_surface_agent.llm.base import VisionModel
from foley_surface_agent.llm.cache import StoreReplyCache
from foley_surface_agent.llm.cached import CachedVision, IdentifiedModel
from foley_surface_agent.pictures import local_picture_answer, picture_answer, read_picture
from foley_surface_agent.pipeline import (
    GroundClassifier,
    Sighting,
    SurfaceJob,
    ask_about,
    look_at_grounds,
    report_of,
)
from foley_surface_agent.settings import VisionSettings
from foley_surface_agent.sheet import picture_jpeg
from foley_surface_agent.validate import check_classify_picture, check_classify_surfaces

REPORT_MEDIA_TYPE = "application/x-protobuf"
DEADLINE_MARGIN_S = 2.0  # kept of the caller's deadline to store the answer
PROGRESS_UNIT = "looks"


class SurfaceAgentServicer(pb_grpc.SurfaceAgentServiceServicer):
    """Tells the ground and the shoe of every step.

    Args:
        store: Where videos, footsteps and reports are.
        queue: Bounds the work.
        classifier: The local one.
        vision: A vision model, None without.
        limits: What a vision model may cost.
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
        scratch_dir: Path | None = None,
    ) -> None:
        self._store = store
        self._queue = queue
        self._classifier = classifier
        self._vision = vision
        self._limits = limits
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
            self._vision_for(folder_of(request.video))
            if (job.needs_footwear or job.needs_surface) and not request.local_only
            else None
        )
        sightings: list[Sighting] = []
        if job.needs_surface or (job.needs_footwear and vision is not None):
            with tempfile.TemporaryDirectory(
                prefix="foley-surface-", dir=self._scratch_dir
            ) as folder:
                video = Path(folder) / "video"
                await self._store.fetch(object_ref_from_proto(request.video), video)
                work = self._looking(video, job, with_sheets=vision is not None)
                async for item in self._queue.run(work, cast("CallContext", context)):
                    if isinstance(item, Finished):
                        sightings = item.value
                    else:
                        yield progress_response(item)
        if request.local_only:
            findings = VisionFindings(reason="the caller asked for the local classifier only")
        else:
            findings = (
                await self._ask(sightings, vision, context) if job.steps else VisionFindings()
            )
        report = report_of(sightings, findings, job, self._classifier)
        data = surface_report_to_bytes(report)
        ref = await self._store.publish_bytes(data, request.output_key, REPORT_MEDIA_TYPE)
        get_logger().info(
            "surfaces_classified",
            span_count=len(report.surfaces),
            vision_calls=findings.call_count,
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
        vision = None if request.local_only else self._vision_for(folder_of(request.picture))

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
        answer = await picture_answer(
            local, jpeg, vision, min_confidence=self._limits.min_confidence
        )
        return picture_response(answer)

    @maps_errors
    async def FindSounds(  # noqa: N802  # the contract's name
        self,
        request: pb.FindSoundsRequest,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[pb.FindSoundsResponse]:
        """See the contract."""
        del request, context
        raise NotServedYet("FindSounds is not served by this release", method="FindSounds")
        yield pb.FindSoundsResponse()  # pyright: ignore[reportUnreachable]  # makes this an async generator

    def _vision_for(self, folder: str) -> VisionModel | None:
        if self._vision is None:
            return None
        return CachedVision(self._vision, StoreReplyCache(self._store, folder))

    def _looking(
        self, video: Path, job: SurfaceJob, *, with_sheets: bool
    ) -> Callable[[Reporter], list[Sighting]]:
        def look(reporter: Reporter) -> list[Sighting]:
            return look_at_grounds(
                video,
                job,
                self._classifier,
                sheet_px=self._limits.max_picture_px if with_sheets else None,
                on_progress=lambda done, total: reporter.report(done, total, PROGRESS_UNIT),
            )

        return look

    async def _ask(
        self,
        sightings: list[Sighting],
        vision: VisionModel | None,
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> VisionFindings:
        """Ask within what is left of the caller's deadline; when that runs out, the local answers still stand."""
        left_s = context.time_remaining()
        questions = ask_about(
            sightings,
            vision,
            max_calls=self._limits.max_calls_per_clip,
            min_confidence=self._limits.min_confidence,
        )
        if left_s is None or vision is None:
            return await questions
        begun = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, left_s - DEADLINE_MARGIN_S)):
                return await questions
        except TimeoutError as error:
            if time.monotonic() - begun > left_s:
                raise DeadlineExceeded("the call's deadline has passed") from error
            return VisionFindings(
                reason="the vision model did not answer within the call's deadline"
            )
