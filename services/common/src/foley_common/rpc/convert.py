"""Between the contract's messages and the shared vocabulary; the only place that knows both.

Each pair is ``x_to_proto`` and ``x_from_proto``. Stored messages (``footsteps.binpb``, ``surfaces.binpb``) have
``…_to_bytes`` and ``…_from_bytes``.
"""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from fractions import Fraction
from typing import TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import DecodeError

from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley_common.errors import SchemaMismatch
from foley_common.footsteps import (
    DetectionStatistics,
    Footstep,
    GaitKind,
    ModelVersion,
    Side,
    StrikePattern,
    Track,
    TrackBox,
)
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.surfaces import (
    DEFAULT_SURFACE,
    AnswerSource,
    Footwear,
    FootwearSpan,
    Place,
    RoomSize,
    Surface,
    SurfaceAnswer,
    SurfaceGroup,
    SurfaceReport,
    SurfaceSpan,
    VisionUsage,
)

NANOS = 1_000_000_000
_Word = TypeVar("_Word", bound=enum.StrEnum)


def duration_to_proto(seconds: float) -> Duration:
    """Seconds to a Duration, rounded to the nanosecond."""
    whole, nanos = divmod(round(seconds * NANOS), NANOS)
    if whole < 0 and nanos:  # Duration wants both parts of one sign
        whole, nanos = whole + 1, nanos - NANOS
    return Duration(seconds=whole, nanos=nanos)


def duration_from_proto(duration: Duration) -> float:
    """A Duration to seconds."""
    return duration.seconds + duration.nanos / NANOS


def enum_to_proto(word: enum.StrEnum | None, prefix: str, numbers: type) -> int:
    """A word of ours to the number of ``PREFIX_WORD``; None to 0.

    >>> enum_to_proto(Side.LEFT, "SIDE", footstep_pb2.Side)
    1
    """
    return 0 if word is None else int(numbers.Value(f"{prefix}_{word.name}"))  # type: ignore[attr-defined]


def enum_from_proto(number: int, prefix: str, numbers: type, words: type[_Word]) -> _Word | None:
    """The number of ``PREFIX_WORD`` to a word of ours; 0 and words we do not have (``UNKNOWN``) to None.

    >>> enum_from_proto(1, "SIDE", footstep_pb2.Side, Side)
    <Side.LEFT: 'left'>
    """
    known: dict[int, str] = {value: name for name, value in numbers.items()}  # type: ignore[attr-defined]
    return words.__members__.get(known.get(number, "").removeprefix(f"{prefix}_"))


def object_ref_to_proto(ref: ObjectRef) -> media_pb2.ObjectRef:
    """A reference to its message."""
    return media_pb2.ObjectRef(
        bucket=ref.bucket,
        key=ref.key,
        sha256=ref.sha256,
        size_bytes=ref.size_bytes,
        media_type=ref.media_type,
    )


def object_ref_from_proto(message: media_pb2.ObjectRef) -> ObjectRef:
    """A message to a reference."""
    return ObjectRef(
        message.bucket, message.key, message.sha256, message.size_bytes, message.media_type
    )


def video_info_to_proto(video: VideoInfo) -> media_pb2.VideoInfo:
    """A probe to its message."""
    return media_pb2.VideoInfo(
        width_px=video.width_px,
        height_px=video.height_px,
        frame_rate=media_pb2.Rational(
            numerator=video.frame_rate.numerator, denominator=video.frame_rate.denominator
        ),
        frame_count=video.frame_count,
        duration=duration_to_proto(video.duration_s),
        video_codec=video.video_codec,
        rotation_degrees=video.rotation_degrees,
        variable_frame_rate=video.variable_frame_rate,
        audio_codec=video.audio_codec,
        audio_sample_rate_hz=video.audio_sample_rate_hz,
        audio_channel_count=video.audio_channel_count,
        pixel_format=video.pixel_format,
        start_timecode=video.start_timecode,
        nominal_frame_rate=media_pb2.Rational(
            numerator=video.nominal_frame_rate.numerator,
            denominator=video.nominal_frame_rate.denominator,
        ),
    )


def video_info_from_proto(message: media_pb2.VideoInfo) -> VideoInfo:
    """A message to a probe. A denominator of 0 (nothing set) reads as 0 frames per second."""
    return VideoInfo(
        width_px=message.width_px,
        height_px=message.height_px,
        frame_rate=_fraction(message.frame_rate),
        frame_count=message.frame_count,
        duration_s=duration_from_proto(message.duration),
        video_codec=message.video_codec,
        rotation_degrees=message.rotation_degrees,
        variable_frame_rate=message.variable_frame_rate,
        audio_codec=message.audio_codec,
        audio_sample_rate_hz=message.audio_sample_rate_hz,
        audio_channel_count=message.audio_channel_count,
        pixel_format=message.pixel_format,
        start_timecode=message.start_timecode,
        nominal_frame_rate=_fraction(message.nominal_frame_rate),
    )


def _fraction(rate: media_pb2.Rational) -> Fraction:
    return Fraction(rate.numerator, rate.denominator) if rate.denominator else Fraction(0)


def time_range_to_proto(start_s: float, end_s: float) -> media_pb2.TimeRange:
    """A half-open span to its message."""
    return media_pb2.TimeRange(
        start_offset=duration_to_proto(start_s), end_offset=duration_to_proto(end_s)
    )


def time_range_from_proto(message: media_pb2.TimeRange) -> tuple[float, float]:
    """A message to ``(start_s, end_s)``; an absent end is infinity."""
    end_s = duration_from_proto(message.end_offset) if message.HasField("end_offset") else math.inf
    return duration_from_proto(message.start_offset), end_s


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


@dataclass(frozen=True, slots=True)
class DetectedFootsteps:
    """Everything the detector found in one clip: the editable state of a render."""

    video: VideoInfo
    footsteps: tuple[Footstep, ...] = ()
    tracks: tuple[Track, ...] = ()
    statistics: DetectionStatistics = field(default_factory=DetectionStatistics)
    models: tuple[ModelVersion, ...] = ()


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


def surface_answer_to_proto(answer: SurfaceAnswer) -> surface_pb2.SurfaceAnswer:
    """An answer about the ground to its message."""
    return surface_pb2.SurfaceAnswer(
        surface=(  # type: ignore[arg-type]
            surface_pb2.SURFACE_UNKNOWN
            if answer.surface is None
            else enum_to_proto(answer.surface, "SURFACE", surface_pb2.Surface)
        ),
        group=enum_to_proto(answer.group, "SURFACE_GROUP", surface_pb2.SurfaceGroup),  # type: ignore[arg-type]
        best_guess=enum_to_proto(answer.best_guess, "SURFACE", surface_pb2.Surface),  # type: ignore[arg-type]
        confidence=answer.confidence,
        source=enum_to_proto(answer.source, "ANSWER_SOURCE", surface_pb2.AnswerSource),  # type: ignore[arg-type]
        wet=answer.wet,
        place=enum_to_proto(answer.place, "PLACE", surface_pb2.Place),  # type: ignore[arg-type]
        description=answer.description,
        reasoning=answer.reasoning,
        sound_suggestions=answer.sound_suggestions,
        model=answer.model,
        prompt_version=answer.prompt_version,
        room_size=enum_to_proto(answer.room_size, "ROOM_SIZE", surface_pb2.RoomSize),  # type: ignore[arg-type]
        footwear=enum_to_proto(answer.footwear, "FOOTWEAR", surface_pb2.Footwear),  # type: ignore[arg-type]
        footwear_confidence=answer.footwear_confidence,
        elapsed_ms=answer.elapsed_ms,
    )


def surface_answer_from_proto(message: surface_pb2.SurfaceAnswer) -> SurfaceAnswer:
    """A message to an answer about the ground."""
    surface = enum_from_proto(message.surface, "SURFACE", surface_pb2.Surface, Surface)
    guess = enum_from_proto(message.best_guess, "SURFACE", surface_pb2.Surface, Surface)
    source = enum_from_proto(
        message.source, "ANSWER_SOURCE", surface_pb2.AnswerSource, AnswerSource
    )
    return SurfaceAnswer(
        surface=surface,
        best_guess=guess or surface or DEFAULT_SURFACE,
        group=enum_from_proto(
            message.group, "SURFACE_GROUP", surface_pb2.SurfaceGroup, SurfaceGroup
        ),
        confidence=message.confidence,
        source=source or AnswerSource.DEFAULT,
        wet=message.wet if message.HasField("wet") else None,
        place=enum_from_proto(message.place, "PLACE", surface_pb2.Place, Place),
        description=message.description,
        reasoning=message.reasoning,
        sound_suggestions=tuple(message.sound_suggestions),
        model=message.model,
        prompt_version=message.prompt_version,
        room_size=enum_from_proto(message.room_size, "ROOM_SIZE", surface_pb2.RoomSize, RoomSize),
        footwear=enum_from_proto(message.footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear),
        footwear_confidence=message.footwear_confidence,
        elapsed_ms=message.elapsed_ms,
    )


def surface_report_to_bytes(report: SurfaceReport) -> bytes:
    """The content of ``surfaces.binpb``; the same value gives the same bytes."""
    return surface_pb2.SurfaceReport(
        surfaces=[
            surface_pb2.SurfaceSpan(
                track_id=span.track_id,
                range=time_range_to_proto(span.start_time_s, span.end_time_s),
                answer=surface_answer_to_proto(span.answer),
            )
            for span in report.surfaces
        ],
        footwear=[
            surface_pb2.FootwearSpan(
                track_id=span.track_id,
                range=time_range_to_proto(span.start_time_s, span.end_time_s),
                footwear=(  # type: ignore[arg-type]
                    surface_pb2.FOOTWEAR_UNKNOWN
                    if span.footwear is None
                    else enum_to_proto(span.footwear, "FOOTWEAR", surface_pb2.Footwear)
                ),
                confidence=span.confidence,
                source=enum_to_proto(  # type: ignore[arg-type]
                    span.source, "ANSWER_SOURCE", surface_pb2.AnswerSource
                ),
                reason=span.reason,
            )
            for span in report.footwear
        ],
        fallback_reason=report.fallback_reason,
        usage=None if report.usage is None else surface_pb2.VisionUsage(**asdict(report.usage)),
    ).SerializeToString(deterministic=True)


def surface_report_from_bytes(data: bytes) -> SurfaceReport:
    """The content of ``surfaces.binpb``, read.

    Raises:
        SchemaMismatch: the bytes are no such message.
    """
    try:
        message = surface_pb2.SurfaceReport.FromString(data)
    except DecodeError as error:
        raise SchemaMismatch("not a SurfaceReport message", schema="surfaces") from error
    return SurfaceReport(
        surfaces=tuple(
            SurfaceSpan(
                span.track_id,
                *time_range_from_proto(span.range),
                surface_answer_from_proto(span.answer),
            )
            for span in message.surfaces
        ),
        footwear=tuple(
            FootwearSpan(
                span.track_id,
                *time_range_from_proto(span.range),
                enum_from_proto(span.footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear),
                span.confidence,
                enum_from_proto(
                    span.source, "ANSWER_SOURCE", surface_pb2.AnswerSource, AnswerSource
                )
                or AnswerSource.DEFAULT,
                span.reason,
            )
            for span in message.footwear
        ),
        fallback_reason=message.fallback_reason,
        usage=(
            VisionUsage(
                **{entry.name: getattr(message.usage, entry.name) for entry in fields(VisionUsage)}
            )
            if message.HasField("usage")
            else None
        ),
    )
