"""Between the contract's answers about ground and shoes and ours, and the stored ``surfaces.binpb``."""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

from dataclasses import asdict, fields

from google.protobuf.message import DecodeError

from foley.common.v1 import surface_pb2
from foley_common.errors import SchemaMismatch
from foley_common.rpc.convert import (
    enum_from_proto,
    enum_to_proto,
    time_range_from_proto,
    time_range_to_proto,
)
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
