"""Between the contract's footsteps and ours, one by one and as the stored ``footsteps.binpb``."""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.message import DecodeError

from foley.common.v1 import footstep_pb2
from foley_common.errors import SchemaMismatch
from foley_common.footsteps import (
    DetectedFootsteps,
    DetectionStatistics,
    Footstep,
    GaitKind,
    ModelVersion,
    Side,
    StrikePattern,
    Track,
    TrackBox,
)
from foley_common.rpc.convert import (
    duration_from_proto,
    duration_to_proto,
    enum_from_proto,
    enum_to_proto,
    video_info_from_proto,
    video_info_to_proto,
)


def footstep_to_proto(step: Footstep) -> footstep_pb2.Footstep:
    """A footstep to its message."""
    return footstep_pb2.Footstep(
        footstep_id=step.footstep_id,
        track_id=step.track_id,
        side=enum_to_proto(step.side, "SIDE", footstep_pb2.Side),  # type: ignore[arg-type]
        initial_contact_offset=duration_to_proto(step.initial_contact_time_s),
        toe_off_offset=None
        if step.toe_off_time_s is None
        else duration_to_proto(step.toe_off_time_s),
        confidence=step.confidence,
        toe_off_confidence=step.toe_off_confidence,
        strength=step.strength,
        gait_kind=enum_to_proto(step.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind),  # type: ignore[arg-type]
        strike_pattern=enum_to_proto(  # type: ignore[arg-type]
            step.strike_pattern, "STRIKE_PATTERN", footstep_pb2.StrikePattern
        ),
        x_px=step.x_px,
        y_px=step.y_px,
        person_height_px=step.person_height_px,
        toe_off_x_px=step.toe_off_x_px,
        toe_off_y_px=step.toe_off_y_px,
    )


def footstep_from_proto(message: footstep_pb2.Footstep) -> Footstep:
    """A message to a footstep.

    Raises:
        SchemaMismatch: the message names no side, or a toe-off that is not after its contact.
    """
    side = enum_from_proto(message.side, "SIDE", footstep_pb2.Side, Side)
    if side is None:
        raise SchemaMismatch(f"footstep {message.footstep_id!r} names no side", schema="footsteps")
    try:
        return Footstep(
            footstep_id=message.footstep_id,
            track_id=message.track_id,
            side=side,
            initial_contact_time_s=duration_from_proto(message.initial_contact_offset),
            toe_off_time_s=(
                duration_from_proto(message.toe_off_offset)
                if message.HasField("toe_off_offset")
                else None
            ),
            confidence=message.confidence,
            toe_off_confidence=message.toe_off_confidence,
            strength=message.strength,
            gait_kind=enum_from_proto(
                message.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind, GaitKind
            ),
            strike_pattern=enum_from_proto(
                message.strike_pattern, "STRIKE_PATTERN", footstep_pb2.StrikePattern, StrikePattern
            ),
            x_px=message.x_px,
            y_px=message.y_px,
            person_height_px=message.person_height_px,
            toe_off_x_px=message.toe_off_x_px if message.HasField("toe_off_x_px") else None,
            toe_off_y_px=message.toe_off_y_px if message.HasField("toe_off_y_px") else None,
        )
    except ValueError as error:
        raise SchemaMismatch(str(error), schema="footsteps") from error


def models_to_proto(models: Sequence[ModelVersion]) -> list[footstep_pb2.ModelVersion]:
    """Model versions to their messages."""
    return [footstep_pb2.ModelVersion(name=model.name, sha256=model.sha256) for model in models]


def models_from_proto(messages: Sequence[footstep_pb2.ModelVersion]) -> tuple[ModelVersion, ...]:
    """Messages to model versions."""
    return tuple(ModelVersion(message.name, message.sha256) for message in messages)


def statistics_to_proto(statistics: DetectionStatistics) -> footstep_pb2.DetectionStatistics:
    """Detection statistics to their message."""
    return footstep_pb2.DetectionStatistics(
        frame_count=statistics.frame_count,
        person_frame_count=statistics.person_frame_count,
        pose_frame_count=statistics.pose_frame_count,
    )


def detected_footsteps_to_bytes(detected: DetectedFootsteps) -> bytes:
    """The content of ``footsteps.binpb``; the same value gives the same bytes."""
    return footstep_pb2.DetectedFootsteps(
        video=video_info_to_proto(detected.video),
        footsteps=[footstep_to_proto(step) for step in detected.footsteps],
        tracks=[
            footstep_pb2.Track(
                track_id=track.track_id,
                boxes=[
                    footstep_pb2.TrackBox(
                        offset=duration_to_proto(box.time_s),
                        x_px=box.x_px,
                        y_px=box.y_px,
                        width_px=box.width_px,
                        height_px=box.height_px,
                    )
                    for box in track.boxes
                ],
                cadence_spm=track.cadence_spm,
                stance_time_s=track.stance_time_s,
                step_time_s=track.step_time_s,
                stride_time_s=track.stride_time_s,
            )
            for track in detected.tracks
        ],
        statistics=statistics_to_proto(detected.statistics),
        models=models_to_proto(detected.models),
    ).SerializeToString(deterministic=True)


def detected_footsteps_from_bytes(data: bytes) -> DetectedFootsteps:
    """The content of ``footsteps.binpb``, read.

    Raises:
        SchemaMismatch: the bytes are no such message.
    """
    try:
        message = footstep_pb2.DetectedFootsteps.FromString(data)
    except DecodeError as error:
        raise SchemaMismatch("not a DetectedFootsteps message", schema="footsteps") from error
    return DetectedFootsteps(
        video=video_info_from_proto(message.video),
        footsteps=tuple(footstep_from_proto(step) for step in message.footsteps),
        tracks=tuple(
            Track(
                track_id=track.track_id,
                boxes=tuple(
                    TrackBox(
                        duration_from_proto(box.offset),
                        box.x_px,
                        box.y_px,
                        box.width_px,
                        box.height_px,
                    )
                    for box in track.boxes
                ),
                cadence_spm=track.cadence_spm,
                stance_time_s=track.stance_time_s,
                step_time_s=track.step_time_s,
                stride_time_s=track.stride_time_s,
            )
            for track in message.tracks
        ),
        statistics=DetectionStatistics(
            message.statistics.frame_count,
            message.statistics.person_frame_count,
            message.statistics.pose_frame_count,
        ),
        models=models_from_proto(message.models),
    )
