"""`DetectorService` over gRPC: validate, convert, call, convert."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import grpc.aio

from foley.detector.v1 import detector_service_pb2 as pb
from foley.detector.v1 import detector_service_pb2_grpc as pb_grpc
from foley_common.errors import ModelLoading, NotServedYet
from foley_common.footsteps import DetectedFootsteps
from foley_common.media.info import VideoInfo
from foley_common.media.probe import STAGE_LIMITS, probe
from foley_common.objects import ObjectRef, ObjectStore
from foley_common.observability import get_logger
from foley_common.pose_tracks import PoseTracks
from foley_common.rpc.convert import (
    object_ref_from_proto,
    object_ref_to_proto,
    video_info_from_proto,
)
from foley_common.rpc.errors import maps_errors
from foley_common.rpc.footsteps import detected_footsteps_to_bytes, models_from_proto
from foley_common.rpc.work import CallContext, Finished, Reporter, WorkQueue
from foley_common.scratch import scratch_folder
from foley_detector.convert import (
    Span,
    detection_result_from_bytes,
    params_from,
    pose_estimate,
    pose_estimate_from_bytes,
    pose_statistics,
    progress_to_proto,
    segments_from,
    sensitivity_from,
    span_from,
)
from foley_detector.footsteps import find_footsteps
from foley_detector.models.loading import LoadedModels
from foley_detector.pipeline import PoseParams
from foley_detector.segments import segment_poses
from foley_detector.validate import (
    RESULT_SUFFIX,
    check_detect_footsteps,
    check_estimate_poses,
    check_find_footsteps,
    check_span,
)

POSES_MEDIA_TYPE = "application/x-foley-pose-tracks"
MESSAGE_MEDIA_TYPE = "application/x-protobuf"


@dataclass(frozen=True, slots=True)
class _Found:
    """Footsteps and joined poses, the latter in a file."""

    detected: DetectedFootsteps
    poses_file: Path


class DetectorServicer(pb_grpc.DetectorServiceServicer):
    """Finds people, poses and footsteps.

    Args:
        store: Where videos and results are.
        queue: Bounds the work.
        scratch_dir: Where videos are fetched to; None: the system's place.
    """

    def __init__(
        self, *, store: ObjectStore, queue: WorkQueue, scratch_dir: Path | None = None
    ) -> None:
        self._store, self._queue, self._scratch_dir = store, queue, scratch_dir
        self._loaded: LoadedModels | None = None

    def use(self, loaded: LoadedModels) -> None:
        """Work with these models from now on."""
        self._loaded = loaded

    @maps_errors
    async def EstimatePoses(  # noqa: N802
        self, request: pb.EstimatePosesRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[pb.EstimatePosesResponse]:
        """See the contract."""
        check_estimate_poses(request)
        known = await self._store.find(request.output_key + RESULT_SUFFIX)
        if known is not None and await self._store.find(request.output_key) is not None:
            yield pb.EstimatePosesResponse(
                result=pose_estimate_from_bytes(await self._store.read_bytes(known))
            )
            return
        loaded = self._models()
        with scratch_folder("detector", self._scratch_dir) as folder:
            video_file, poses_file = folder / "video", folder / "poses.npz"
            await self._store.fetch(object_ref_from_proto(request.video), video_file)

            def work(reporter: Reporter) -> tuple[VideoInfo, PoseTracks]:
                video, poses = _estimate(
                    video_file, span_from(request), params_from(request.options), loaded, reporter
                )
                poses.save(poses_file)
                return video, poses

            async for item in self._queue.run(work, cast("CallContext", context)):
                if not isinstance(item, Finished):
                    yield pb.EstimatePosesResponse(progress=progress_to_proto(item))
                    continue
                video, poses = item.value
                ref = await self._store.publish(poses_file, request.output_key, POSES_MEDIA_TYPE)
                estimate = pose_estimate(ref, video, pose_statistics(poses), loaded.versions)
                await self._keep(estimate.SerializeToString(deterministic=True), request.output_key)
                get_logger().info(
                    "poses_estimated",
                    frame_count=int(poses.time_s.size),
                    track_count=len(poses.track_ids),
                )
                yield pb.EstimatePosesResponse(result=estimate)

    @maps_errors
    async def FindFootsteps(  # noqa: N802
        self, request: pb.FindFootstepsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[pb.FindFootstepsResponse]:
        """See the contract."""
        check_find_footsteps(request)
        known = await self._known_detection(request.output_prefix)
        if known is not None:
            yield pb.FindFootstepsResponse(result=known)
            return
        with scratch_folder("detector", self._scratch_dir) as folder:
            files: list[Path] = []
            for number, ref in enumerate(segments_from(request)):
                files.append(folder / f"segment-{number:05d}.npz")
                await self._store.fetch(ref, files[-1])
            video = video_info_from_proto(request.video)
            models = models_from_proto(request.models)

            def work(reporter: Reporter) -> _Found:
                segments = [PoseTracks.load(file) for file in files]
                detected, poses = find_footsteps(
                    segments,
                    video,
                    sensitivity_from(request.sensitivity),
                    models=models,
                    on_progress=_reporting(reporter, "people"),
                )
                return _saved(detected, poses, folder)

            async for item in self._queue.run(work, cast("CallContext", context)):
                if isinstance(item, Finished):
                    yield pb.FindFootstepsResponse(
                        result=await self._publish(item.value, request.output_prefix)
                    )
                else:
                    yield pb.FindFootstepsResponse(progress=progress_to_proto(item))

    @maps_errors
    async def DetectFootsteps(  # noqa: N802
        self, request: pb.DetectFootstepsRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[pb.DetectFootstepsResponse]:
        """See the contract."""
        check_detect_footsteps(request)
        known = await self._known_detection(request.output_prefix)
        if known is not None:
            yield pb.DetectFootstepsResponse(result=known)
            return
        loaded = self._models()
        with scratch_folder("detector", self._scratch_dir) as folder:
            video_file = folder / "video"
            await self._store.fetch(object_ref_from_proto(request.video), video_file)

            def work(reporter: Reporter) -> _Found:
                video, poses = _estimate(
                    video_file, Span(), params_from(request.options), loaded, reporter
                )
                detected, joined = find_footsteps(
                    [poses],
                    video,
                    sensitivity_from(request.sensitivity),
                    models=loaded.versions,
                    on_progress=lambda _done, _total: reporter.check(),
                )
                return _saved(detected, joined, folder)

            async for item in self._queue.run(work, cast("CallContext", context)):
                if isinstance(item, Finished):
                    yield pb.DetectFootstepsResponse(
                        result=await self._publish(item.value, request.output_prefix)
                    )
                else:
                    yield pb.DetectFootstepsResponse(progress=progress_to_proto(item))

    @maps_errors
    async def StreamFootsteps(  # noqa: N802
        self,
        request_iterator: AsyncIterator[pb.StreamFootstepsRequest],
        context: grpc.aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[pb.StreamFootstepsResponse]:
        """See the contract."""
        del context
        # A call that ends before its first request is read may reach the client as a broken stream instead.
        await anext(aiter(request_iterator), None)
        raise NotServedYet(
            "StreamFootsteps is not served by this release", method="StreamFootsteps"
        )
        yield pb.StreamFootstepsResponse()  # pyright: ignore[reportUnreachable]  # makes this an async generator

    def _models(self) -> LoadedModels:
        if self._loaded is None:
            raise ModelLoading("the detector's models are still loading")
        return self._loaded

    async def _known_detection(self, prefix: str) -> pb.DetectionResult | None:
        """The stored outcome, when all of it is there."""
        for name in ("footsteps.binpb", "poses.npz"):
            if await self._store.find(f"{prefix}/{name}") is None:
                return None
        known = await self._store.find(f"{prefix}/footsteps{RESULT_SUFFIX}")
        return (
            None
            if known is None
            else detection_result_from_bytes(await self._store.read_bytes(known))
        )

    async def _publish(self, found: _Found, prefix: str) -> pb.DetectionResult:
        """Store the outcome; what says that it is complete comes last."""
        poses = await self._store.publish(found.poses_file, f"{prefix}/poses.npz", POSES_MEDIA_TYPE)
        footsteps = await self._store.publish_bytes(
            detected_footsteps_to_bytes(found.detected),
            f"{prefix}/footsteps.binpb",
            MESSAGE_MEDIA_TYPE,
        )
        steps = found.detected.footsteps
        result = pb.DetectionResult(
            footsteps=object_ref_to_proto(footsteps),
            poses=object_ref_to_proto(poses),
            footstep_count=len(steps),
            walker_count=len({step.track_id for step in steps}),
        )
        await self._keep(result.SerializeToString(deterministic=True), f"{prefix}/footsteps")
        get_logger().info(
            "footsteps_found",
            footstep_count=result.footstep_count,
            walker_count=result.walker_count,
        )
        return result

    async def _keep(self, data: bytes, key: str) -> ObjectRef:
        return await self._store.publish_bytes(data, key + RESULT_SUFFIX, MESSAGE_MEDIA_TYPE)


def _estimate(
    file: Path, span: Span, params: PoseParams, loaded: LoadedModels, reporter: Reporter
) -> tuple[VideoInfo, PoseTracks]:
    """Probe a video and estimate the poses in a part of it, frame by frame."""
    video = probe(file, STAGE_LIMITS)
    check_span(span, video.duration_s)
    rate = float(video.frame_rate)
    part_s = min(span.end_s, video.duration_s) - span.start_s
    total = min(video.frame_count, max(1, round(part_s * rate)))
    poses = segment_poses(
        file,
        models=loaded.models,
        params=params,
        frame_rate=rate,
        start_s=span.start_s,
        end_s=span.end_s,
        on_frame=lambda done: reporter.report(min(done, total), total, "frames"),
        check=reporter.check,
    )
    return video, poses


def _saved(detected: DetectedFootsteps, poses: PoseTracks, folder: Path) -> _Found:
    poses.save(folder / "joined.npz")
    return _Found(detected, folder / "joined.npz")


def _reporting(reporter: Reporter, unit: str) -> Callable[[int, int], None]:
    return lambda done, total: reporter.report(done, total, unit)
