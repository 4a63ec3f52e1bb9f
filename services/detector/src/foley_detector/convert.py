"""Between the detector's messages and its own values."""

from __future__ import annotations

import math
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from foley.common.v1 import progress_pb2
from foley.detector.v1 import detector_service_pb2 as pb
from foley_common.errors import SchemaMismatch
from foley_common.footsteps import DetectionStatistics, ModelVersion, Sensitivity
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.pose_tracks import PoseTracks
from foley_common.rpc.convert import (
    enum_from_proto,
    object_ref_from_proto,
    object_ref_to_proto,
    time_range_from_proto,
    video_info_to_proto,
)
from foley_common.rpc.footsteps import models_to_proto, statistics_to_proto
from foley_common.rpc.work import ProgressUpdate
from foley_detector.pipeline import PoseParams


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open part of a video in seconds."""

    start_s: float = 0.0
    end_s: float = math.inf


def span_from(request: pb.EstimatePosesRequest) -> Span:
    """The part to answer for; the whole video when none is named."""
    return Span(*time_range_from_proto(request.range)) if request.HasField("range") else Span()


def params_from(options: pb.PoseOptions) -> PoseParams:
    """Settings of person and pose finding; 0 takes the default."""
    default = PoseParams()
    return PoseParams(
        min_person_confidence=options.min_person_confidence or default.min_person_confidence,
        max_people_count=options.max_people_count or default.max_people_count,
    )


def sensitivity_from(number: pb.Sensitivity) -> Sensitivity:
    """The sensitivity asked for; medium when none is."""
    return enum_from_proto(number, "SENSITIVITY", pb.Sensitivity, Sensitivity) or Sensitivity.MEDIUM


def segments_from(request: pb.FindFootstepsRequest) -> list[ObjectRef]:
    """The pose-tracks files to join."""
    return [object_ref_from_proto(segment) for segment in request.segments]


def pose_statistics(poses: PoseTracks) -> DetectionStatistics:
    """How much could be seen: frames, frames with a person, frames with a pose."""
    with_pose = poses.row_frame[poses.pose_confidence > 0]
    return DetectionStatistics(
        frame_count=int(poses.time_s.size),
        person_frame_count=len(set(poses.row_frame.tolist())),
        pose_frame_count=len(set(with_pose.tolist())),
    )


def pose_estimate(
    ref: ObjectRef,
    video: VideoInfo,
    statistics: DetectionStatistics,
    models: tuple[ModelVersion, ...],
) -> pb.PoseEstimate:
    """The outcome of `EstimatePoses`."""
    return pb.PoseEstimate(
        poses=object_ref_to_proto(ref),
        video=video_info_to_proto(video),
        statistics=statistics_to_proto(statistics),
        models=models_to_proto(models),
    )


def pose_estimate_from_bytes(data: bytes) -> pb.PoseEstimate:
    """A stored outcome of `EstimatePoses`."""
    try:
        return pb.PoseEstimate.FromString(data)
    except DecodeError as error:
        raise SchemaMismatch("not a PoseEstimate message", schema="pose-estimate") from error


def detection_result_from_bytes(data: bytes) -> pb.DetectionResult:
    """A stored outcome of `FindFootsteps`."""
    try:
        return pb.DetectionResult.FromString(data)
    except DecodeError as error:
        raise SchemaMismatch("not a DetectionResult message", schema="detection-result") from error


def progress_to_proto(update: ProgressUpdate) -> progress_pb2.Progress:
    """Progress to its message."""
    return progress_pb2.Progress(
        done_count=update.done_count, total_count=update.total_count, unit=update.unit
    )
