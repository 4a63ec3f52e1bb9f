"""Between the contract's messages and the gateway's domain; the only place that knows both."""

from __future__ import annotations

import enum
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import TypeVar

from google.longrunning import operations_pb2
from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from foley.audio.v1 import audio_service_pb2, loudness_pb2
from foley.common.v1 import surface_pb2
from foley.detector.v1 import detector_service_pb2
from foley.gateway.v1 import clip_pb2, render_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2
from foley_common.errors import FieldViolation, FoleyError, InvalidField, RenderCancelled
from foley_common.footsteps import Sensitivity
from foley_common.rpc.convert import (
    duration_from_proto,
    duration_to_proto,
    enum_from_proto,
    enum_to_proto,
    object_ref_to_proto,
    video_info_to_proto,
)
from foley_common.rpc.errors import STATUS_CODE, to_status
from foley_common.surfaces import Footwear, Surface
from foley_gateway.domain.types import (
    Clip,
    LoudnessPreset,
    LoudnessReport,
    OriginalSound,
    PoseOptions,
    Render,
    RenderFailure,
    RenderOptions,
    RenderState,
    Style,
    SurfaceOverride,
    SyncReport,
)
from foley_gateway.names import operation_name

MIN_PERSON_CONFIDENCE = 0.05  # limits of foley.detector.v1.PoseOptions
MAX_PERSON_CONFIDENCE = 0.95
MAX_PEOPLE_COUNT = 32
SAMPLE_RATES_HZ = (0, 48_000, 96_000)  # foley.audio.v1.Style

_Word = TypeVar("_Word", bound=enum.StrEnum)
_Report = TypeVar("_Report", LoudnessReport, SyncReport)


def timestamp_to_proto(moment: datetime) -> Timestamp:
    """A moment to its message."""
    message = Timestamp()
    message.FromDatetime(moment.astimezone(UTC))
    return message


def clip_to_proto(clip: Clip) -> clip_pb2.Clip:
    """A clip to its message."""
    return clip_pb2.Clip(
        name=clip.name,
        display_name=clip.display_name,
        source=object_ref_to_proto(clip.source),
        video=video_info_to_proto(clip.video),
        create_time=timestamp_to_proto(clip.create_time),
    )


def style_to_proto(style: Style) -> audio_service_pb2.Style:
    """A style to its message."""
    return audio_service_pb2.Style(
        seed=style.seed,
        original_sound=enum_to_proto(
            style.original_sound, "ORIGINAL_SOUND", audio_service_pb2.OriginalSound
        ),  # type: ignore[arg-type]
        loudness_preset=enum_to_proto(  # type: ignore[arg-type]
            style.loudness_preset, "LOUDNESS_PRESET", audio_service_pb2.LoudnessPreset
        ),
        sample_rate_hz=style.sample_rate_hz,
    )


def pose_options_to_proto(options: PoseOptions) -> detector_service_pb2.PoseOptions:
    """Settings of person and pose finding to their message."""
    return detector_service_pb2.PoseOptions(
        min_person_confidence=options.min_person_confidence,
        max_people_count=options.max_people_count,
    )


def sensitivity_to_proto(sensitivity: Sensitivity) -> int:
    """A sensitivity to its number."""
    return enum_to_proto(sensitivity, "SENSITIVITY", detector_service_pb2.Sensitivity)


def override_to_proto(override: SurfaceOverride) -> surface_agent_service_pb2.SurfaceOverride:
    """What the caller knows better to its message."""
    message = surface_agent_service_pb2.SurfaceOverride(
        track_id=override.track_id,
        surface=enum_to_proto(override.surface, "SURFACE", surface_pb2.Surface),  # type: ignore[arg-type]
        footwear=enum_to_proto(override.footwear, "FOOTWEAR", surface_pb2.Footwear),  # type: ignore[arg-type]
    )
    if override.start_time_s is not None:
        message.range.start_offset.CopyFrom(duration_to_proto(override.start_time_s))
    if override.end_time_s is not None:
        message.range.end_offset.CopyFrom(duration_to_proto(override.end_time_s))
    return message


def options_to_proto(options: RenderOptions) -> render_pb2.RenderOptions:
    """Render options to their message."""
    return render_pb2.RenderOptions(
        poses=pose_options_to_proto(options.poses),
        sensitivity=sensitivity_to_proto(options.sensitivity),  # type: ignore[arg-type]
        overrides=[override_to_proto(override) for override in options.overrides],
        style=style_to_proto(options.style),
        footsteps_only=options.footsteps_only,
    )


def options_from_proto(message: render_pb2.RenderOptions) -> RenderOptions:
    """A message to render options; what is not set takes its default.

    Raises:
        InvalidField: with every violation there is.
    """
    wrong: list[FieldViolation] = []
    confidence, people = message.poses.min_person_confidence, message.poses.max_people_count
    if confidence and not MIN_PERSON_CONFIDENCE <= round(confidence, 6) <= MAX_PERSON_CONFIDENCE:
        wrong.append(
            FieldViolation(
                "options.poses.min_person_confidence",
                f"must be 0 or from {MIN_PERSON_CONFIDENCE} to {MAX_PERSON_CONFIDENCE}, is {confidence:g}",
            )
        )
    if not 0 <= people <= MAX_PEOPLE_COUNT:
        wrong.append(
            FieldViolation(
                "options.poses.max_people_count",
                f"must be from 0 to {MAX_PEOPLE_COUNT}, is {people}",
            )
        )
    if message.style.sample_rate_hz not in SAMPLE_RATES_HZ:
        wrong.append(
            FieldViolation(
                "options.style.sample_rate_hz",
                f"must be 48000 or 96000, is {message.style.sample_rate_hz}",
            )
        )
    sensitivity = _word(
        message.sensitivity,
        "SENSITIVITY",
        detector_service_pb2.Sensitivity,
        Sensitivity,
        "options.sensitivity",
        wrong,
    )
    original = _word(
        message.style.original_sound,
        "ORIGINAL_SOUND",
        audio_service_pb2.OriginalSound,
        OriginalSound,
        "options.style.original_sound",
        wrong,
    )
    preset = _word(
        message.style.loudness_preset,
        "LOUDNESS_PRESET",
        audio_service_pb2.LoudnessPreset,
        LoudnessPreset,
        "options.style.loudness_preset",
        wrong,
    )
    overrides = tuple(
        _override_from_proto(override, f"options.overrides[{index}]", wrong)
        for index, override in enumerate(message.overrides)
    )
    if wrong:
        raise InvalidField(wrong)
    return RenderOptions(
        poses=PoseOptions(confidence, people),
        sensitivity=sensitivity or Sensitivity.MEDIUM,
        overrides=overrides,
        style=Style(
            seed=message.style.seed,
            original_sound=original or OriginalSound.KEEP,
            loudness_preset=preset or LoudnessPreset.EBU_R128,
            sample_rate_hz=message.style.sample_rate_hz,
        ),
        footsteps_only=message.footsteps_only,
    )


def _override_from_proto(
    message: surface_agent_service_pb2.SurfaceOverride, where: str, wrong: list[FieldViolation]
) -> SurfaceOverride:
    start_s = end_s = None
    if message.HasField("range"):
        start_s = duration_from_proto(message.range.start_offset)
        if message.range.HasField("end_offset"):
            end_s = duration_from_proto(message.range.end_offset)
        if start_s < 0 or (end_s is not None and end_s <= start_s):
            wrong.append(
                FieldViolation(f"{where}.range", "must start at 0 or later and end after its start")
            )
    if message.track_id < 0:
        wrong.append(
            FieldViolation(f"{where}.track_id", f"must be 0 or more, is {message.track_id}")
        )
    surface = _word(
        message.surface, "SURFACE", surface_pb2.Surface, Surface, f"{where}.surface", wrong
    )
    footwear = _word(
        message.footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear, f"{where}.footwear", wrong
    )
    return SurfaceOverride(message.track_id, start_s, end_s, surface, footwear)


def _word(  # noqa: PLR0917 - a row of one table
    number: int,
    prefix: str,
    numbers: type,
    words: type[_Word],
    where: str,
    wrong: list[FieldViolation],
) -> _Word | None:
    word = enum_from_proto(number, prefix, numbers, words)
    if number and word is None:
        descriptor: EnumDescriptor = numbers.DESCRIPTOR  # type: ignore[attr-defined]
        known = ", ".join(value.name for value in descriptor.values if value.number)
        name = (
            descriptor.values_by_number[number].name
            if number in descriptor.values_by_number
            else number
        )
        wrong.append(
            FieldViolation(where, f"{name} cannot be asked for; it must be one of {known}")
        )
    return word


def report_to_proto(
    report: LoudnessReport | SyncReport | None,
) -> loudness_pb2.LoudnessReport | loudness_pb2.SyncReport | None:
    """A measured report to its message; the fields have equal names."""
    if report is None:
        return None
    kind = (
        loudness_pb2.LoudnessReport
        if isinstance(report, LoudnessReport)
        else loudness_pb2.SyncReport
    )
    return kind(**asdict(report))


def report_from_proto(
    kind: type[_Report], message: loudness_pb2.LoudnessReport | loudness_pb2.SyncReport
) -> _Report:
    """A message to the measured report."""
    return kind(**{field.name: getattr(message, field.name) for field in fields(kind)})


def render_to_proto(render: Render) -> render_pb2.Render:
    """A render to its message."""
    message = render_pb2.Render(
        name=render.name,
        options=options_to_proto(render.options),
        state=enum_to_proto(render.state, "STATE", render_pb2.Render.State),  # type: ignore[arg-type]
        progress=[
            render_pb2.StageProgress(
                stage=enum_to_proto(row.stage, "RENDER_STAGE", render_pb2.RenderStage),  # type: ignore[arg-type]
                fraction=row.fraction,
                reused=row.reused,
            )
            for row in render.progress
        ],
        create_time=timestamp_to_proto(render.create_time),
        update_time=timestamp_to_proto(render.update_time),
    )
    if render.state is RenderState.SUCCEEDED:
        message.files.extend(
            render_pb2.RenderFile(file_name=file.file_name, file=object_ref_to_proto(file.file))
            for file in render.files
        )
        if render.summary is not None:
            message.summary.CopyFrom(
                render_pb2.RenderSummary(
                    footstep_count=render.summary.footstep_count,
                    walker_count=render.summary.walker_count,
                    loudness=report_to_proto(render.summary.loudness),  # type: ignore[arg-type]
                    sync=report_to_proto(render.summary.sync),  # type: ignore[arg-type]
                )
            )
    if render.state is RenderState.FAILED and render.failure is not None:
        message.error_reason = render.failure.reason
        message.error_message = render.failure.message
    return message


def failure_to_error(failure: RenderFailure) -> FoleyError:
    """The error that a failed render ended with."""
    error = FoleyError(failure.message, **failure.metadata)
    error.reason = failure.reason if failure.reason in STATUS_CODE else FoleyError.reason
    return error


def operation_of(render: Render) -> operations_pb2.Operation:
    """A render as a long-running operation: metadata always, response or error at the end."""
    message = render_to_proto(render)
    operation = operations_pb2.Operation(name=operation_name(render), done=render.state.is_final)
    operation.metadata.Pack(message)
    if render.state is RenderState.SUCCEEDED:
        operation.response.Pack(message)
    elif render.state is RenderState.CANCELLED:
        operation.error.CopyFrom(
            to_status(RenderCancelled(f"{render.name} was cancelled", name=render.name))
        )
    elif render.state is RenderState.FAILED and render.failure is not None:
        operation.error.CopyFrom(to_status(failure_to_error(render.failure)))
    return operation
