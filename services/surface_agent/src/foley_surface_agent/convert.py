"""Between the contract's messages and what the surface agent works with."""

from __future__ import annotations

import math

from foley.common.v1 import media_pb2, progress_pb2, surface_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.objects import ObjectRef
from foley_common.rpc.convert import (
    DetectedFootsteps,
    enum_from_proto,
    object_ref_to_proto,
    surface_answer_to_proto,
    surface_report_from_bytes,
    time_range_from_proto,
)
from foley_common.rpc.work import ProgressUpdate
from foley_common.surfaces import Footwear, Surface, SurfaceAnswer
from foley_surface_agent.domain.types import Override
from foley_surface_agent.pipeline import SurfaceJob


def override_from_proto(message: pb.SurfaceOverride) -> Override:
    """A message to what the caller knows better; no range, or no end, is open."""
    if message.HasField("range"):
        start_s, end_s = time_range_from_proto(message.range)
    else:
        start_s, end_s = 0.0, math.inf
    return Override(
        track_id=message.track_id,
        start_time_s=start_s,
        end_time_s=end_s,
        surface=enum_from_proto(message.surface, "SURFACE", surface_pb2.Surface, Surface),
        footwear=enum_from_proto(message.footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear),
    )


def job_from(request: pb.ClassifySurfacesRequest, detected: DetectedFootsteps) -> SurfaceJob:
    """A request and its footsteps to a job."""
    return SurfaceJob(
        steps=detected.footsteps,
        tracks=detected.tracks,
        picture_height_px=detected.video.height_px,
        clip_end_s=detected.video.duration_s,
        overrides=tuple(override_from_proto(message) for message in request.overrides),
    )


def progress_response(update: ProgressUpdate) -> pb.ClassifySurfacesResponse:
    """Progress to its message."""
    progress = progress_pb2.Progress(
        done_count=update.done_count, total_count=update.total_count, unit=update.unit
    )
    return pb.ClassifySurfacesResponse(progress=progress)


def result_response(ref: ObjectRef, span_count: int) -> pb.ClassifySurfacesResponse:
    """A stored report to the final message."""
    return pb.ClassifySurfacesResponse(
        result=pb.SurfaceResult(surfaces=object_ref_to_proto(ref), span_count=span_count)
    )


def span_count_of(report: bytes) -> int:
    """Number of surface spans in a stored report.

    Raises:
        SchemaMismatch: the bytes are no report.
    """
    return len(surface_report_from_bytes(report).surfaces)


def picture_response(answer: SurfaceAnswer) -> pb.ClassifyPictureResponse:
    """An answer about a picture to its message."""
    return pb.ClassifyPictureResponse(answer=surface_answer_to_proto(answer))


def folder_of(message: media_pb2.ObjectRef) -> str:
    """Key prefix that an object lies under, without a trailing slash; empty at the root."""
    return message.key.rpartition("/")[0]
