"""The detector over gRPC: poses of a segment, footsteps of a clip."""

from __future__ import annotations

from collections.abc import Sequence

from foley.detector.v1 import detector_service_pb2 as detector_pb
from foley.detector.v1 import detector_service_pb2_grpc as detector_grpc
from foley_common.footsteps import ModelVersion, Sensitivity
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.rpc.convert import (
    duration_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
    video_info_from_proto,
    video_info_to_proto,
)
from foley_common.rpc.footsteps import models_from_proto, models_to_proto
from foley_gateway.domain.plan import Segment
from foley_gateway.domain.types import (
    DetectionResult,
    PoseOptions,
    PoseResult,
)
from foley_gateway.patience import Patience
from foley_gateway.rpc.options import (
    pose_options_to_proto,
    sensitivity_to_proto,
)
from foley_gateway.rpc.stage_client import StageClient
from foley_gateway.stages import OnProgress


class GrpcDetector(StageClient):
    """The detector over gRPC."""

    stage = "detector"

    def __init__(self, target: str, patience: Patience) -> None:
        super().__init__(target, patience)
        self._stub = detector_grpc.DetectorServiceStub(self._channel)

    async def estimate_poses(
        self,
        video: ObjectRef,
        segment: Segment,
        options: PoseOptions,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> PoseResult:
        """Poses of one segment."""
        request = detector_pb.EstimatePosesRequest(
            video=object_ref_to_proto(video),
            options=pose_options_to_proto(options),
            output_key=segment.output_key,
        )
        if segment.start_time_s > 0 or segment.end_time_s is not None:
            request.range.start_offset.CopyFrom(duration_to_proto(segment.start_time_s))
            if segment.end_time_s is not None:
                request.range.end_offset.CopyFrom(duration_to_proto(segment.end_time_s))
        result = await self._stream(
            self._stub.EstimatePoses, request, deadline_s=deadline_s, on_progress=on_progress
        )
        return PoseResult(
            poses=object_ref_from_proto(result.poses),
            video=video_info_from_proto(result.video),
            models=models_from_proto(result.models),
        )

    async def find_footsteps(
        self,
        segments: Sequence[ObjectRef],
        video: VideoInfo,
        sensitivity: Sensitivity,
        models: Sequence[ModelVersion],
        output_prefix: str,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> DetectionResult:
        """Footsteps of the whole clip."""
        request = detector_pb.FindFootstepsRequest(
            segments=[object_ref_to_proto(segment) for segment in segments],
            video=video_info_to_proto(video),
            sensitivity=sensitivity_to_proto(sensitivity),  # type: ignore[arg-type]
            models=models_to_proto(models),
            output_prefix=output_prefix,
        )
        result = await self._stream(
            self._stub.FindFootsteps, request, deadline_s=deadline_s, on_progress=on_progress
        )
        return DetectionResult(
            footsteps=object_ref_from_proto(result.footsteps),
            poses=object_ref_from_proto(result.poses),
            footstep_count=result.footstep_count,
            walker_count=result.walker_count,
        )
