"""Between the contract's messages and what the surface agent works with."""

from __future__ import annotations

import math
from datetime import UTC

from foley.common.v1 import media_pb2, progress_pb2, surface_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.footsteps import DetectedFootsteps
from foley_common.objects import ObjectRef
from foley_common.rpc.convert import (
    duration_from_proto,
    duration_to_proto,
    enum_from_proto,
    enum_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
    time_range_from_proto,
)
from foley_common.rpc.surfaces import surface_answer_to_proto, surface_report_from_bytes
from foley_common.rpc.work import ProgressUpdate
from foley_common.sound import SoundSource
from foley_common.surfaces import Footwear, Surface, SurfaceAnswer
from foley_surface_agent.domain.sounds import DEFAULT_SOUND_COUNT, Rejected, SoundWish
from foley_surface_agent.domain.types import Override
from foley_surface_agent.job import SurfaceJob
from foley_surface_agent.sounds.search import SearchRequest, StoredSound


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
        wet=message.wet if message.HasField("wet") else None,
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


def picture_response(answer: SurfaceAnswer, *, fallback_reason: str) -> pb.ClassifyPictureResponse:
    """An answer about a picture to its message."""
    return pb.ClassifyPictureResponse(
        answer=surface_answer_to_proto(answer), fallback_reason=fallback_reason
    )


def answers_beside(message: media_pb2.ObjectRef) -> str:
    """Where answers about an object are remembered when the caller names no place: in its own folder."""
    return "".join((*message.key.rpartition("/")[:2], "vision"))


def search_request(request: pb.FindSoundsRequest, *, longest_s: float) -> SearchRequest:
    """A request for sounds; no duration, or a longer one than the service takes, is the service's own limit."""
    wanted_s = duration_from_proto(request.max_duration)
    wish = SoundWish(
        query=request.query.strip(),
        url=request.url.strip(),
        count=request.max_sound_count or DEFAULT_SOUND_COUNT,
        max_duration_s=min(wanted_s, longest_s) if wanted_s > 0 else longest_s,
        rights_confirmed=request.rights_confirmed,
    )
    words = [
        enum_from_proto(number, "SOUND_SOURCE", pb.SoundSource, SoundSource)
        for number in request.sources
    ]
    return SearchRequest(
        wish=wish,
        asked=tuple(dict.fromkeys(word for word in words if word is not None)),
        packs=tuple(object_ref_from_proto(pack) for pack in request.sample_packs),
        output_prefix=request.output_prefix,
    )


def sound_response(
    item: ProgressUpdate | StoredSound | Rejected, *, rights_confirmed: bool
) -> pb.FindSoundsResponse:
    """One event of a search to its message."""
    if isinstance(item, ProgressUpdate):
        progress = progress_pb2.Progress(
            done_count=item.done_count, total_count=item.total_count, unit=item.unit
        )
        return pb.FindSoundsResponse(progress=progress)
    if isinstance(item, Rejected):
        return pb.FindSoundsResponse(
            rejected=pb.RejectedSound(
                source_url=item.source_url, title=item.title, reason=item.reason
            )
        )
    found = item.found
    sound = pb.FoundSound(
        sound=object_ref_to_proto(item.ref),
        source_url=found.source_url,
        title=found.title,
        uploader=found.uploader,
        licence=found.licence,
        source=source_to_proto(found.source),  # type: ignore[arg-type]
        duration=duration_to_proto(found.duration_s),
        rights_confirmed=rights_confirmed,
    )
    if found.fetch_time is not None:
        sound.fetch_time.FromDatetime(found.fetch_time.astimezone(UTC))
    return pb.FindSoundsResponse(sound=sound)


def source_to_proto(source: SoundSource) -> int:
    """Where sounds are looked for, to its number."""
    return enum_to_proto(source, "SOUND_SOURCE", pb.SoundSource)
