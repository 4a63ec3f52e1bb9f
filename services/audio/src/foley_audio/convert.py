"""Between the audio contract's messages and the domain."""

from __future__ import annotations

import json
from typing import Any

from foley.audio.v1 import audio_service_pb2 as pb
from foley.audio.v1 import loudness_pb2
from foley.common.v1 import footstep_pb2, surface_pb2
from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.types import (
    DEFAULT_SAMPLE_RATE_HZ,
    LoudnessPreset,
    LoudnessReport,
    OriginalSound,
    PlacedCue,
    Session,
    StepSpec,
    Style,
    SyncReport,
)
from foley_common.errors import SchemaMismatch
from foley_common.footsteps import GaitKind, Side
from foley_common.rpc.convert import DetectedFootsteps, enum_from_proto
from foley_common.surfaces import (
    DEFAULT_FOOTWEAR,
    DEFAULT_SURFACE,
    Footwear,
    Surface,
    SurfaceReport,
)

CUES_SCHEMA = 1
DEFAULT_BANK_STEPS = 8
DEFAULT_STRENGTH = 0.5


def style_from_proto(message: pb.Style) -> Style:
    """A style; everything that is not set takes its default."""
    return Style(
        seed=message.seed,
        original_sound=enum_from_proto(
            message.original_sound, "ORIGINAL_SOUND", pb.OriginalSound, OriginalSound
        )
        or OriginalSound.KEEP,
        loudness_preset=enum_from_proto(
            message.loudness_preset, "LOUDNESS_PRESET", pb.LoudnessPreset, LoudnessPreset
        )
        or LoudnessPreset.EBU_R128,
        sample_rate_hz=message.sample_rate_hz or DEFAULT_SAMPLE_RATE_HZ,
    )


def loudness_to_proto(report: LoudnessReport) -> loudness_pb2.LoudnessReport:
    """A loudness report to its message."""
    return loudness_pb2.LoudnessReport(
        integrated_lufs=report.integrated_lufs,
        true_peak_dbtp=report.true_peak_dbtp,
        target_lufs=report.target_lufs,
        true_peak_ceiling_dbtp=report.true_peak_ceiling_dbtp,
        gain_db=report.gain_db,
        limiter_reduction_db=report.limiter_reduction_db,
        shortfall_lu=report.shortfall_lu,
        silent=report.silent,
    )


def loudness_from_proto(message: loudness_pb2.LoudnessReport) -> LoudnessReport:
    """A message to a loudness report."""
    return LoudnessReport(
        integrated_lufs=message.integrated_lufs,
        true_peak_dbtp=message.true_peak_dbtp,
        target_lufs=message.target_lufs,
        true_peak_ceiling_dbtp=message.true_peak_ceiling_dbtp,
        gain_db=message.gain_db,
        limiter_reduction_db=message.limiter_reduction_db,
        shortfall_lu=message.shortfall_lu,
        silent=message.silent,
    )


def sync_to_proto(report: SyncReport) -> loudness_pb2.SyncReport:
    """A sync report to its message."""
    return loudness_pb2.SyncReport(
        placed_count=report.placed_count,
        max_placement_error_samples=report.max_placement_error_samples,
        delivered_offset_ms=report.delivered_offset_ms,
        delivered_drift_ms=report.delivered_drift_ms,
        onsets_found_count=report.onsets_found_count,
        onsets_searched_count=report.onsets_searched_count,
        onset_median_error_ms=report.onset_median_error_ms,
    )


def sync_from_proto(message: loudness_pb2.SyncReport) -> SyncReport:
    """A message to a sync report."""
    return SyncReport(
        placed_count=message.placed_count,
        max_placement_error_samples=message.max_placement_error_samples,
        delivered_offset_ms=message.delivered_offset_ms,
        delivered_drift_ms=message.delivered_drift_ms,
        onsets_found_count=message.onsets_found_count,
        onsets_searched_count=message.onsets_searched_count,
        onset_median_error_ms=message.onset_median_error_ms,
    )


def session_from_proto(
    request: pb.ExportSessionRequest, detected: DetectedFootsteps, surfaces: SurfaceReport
) -> Session:
    """An export request with its stored parts to what the exports tell."""
    return Session(
        video_name=request.video_name,
        video=detected.video,
        footsteps=tuple(
            sorted(
                detected.footsteps, key=lambda step: (step.initial_contact_time_s, step.footstep_id)
            )
        ),
        tracks=detected.tracks,
        statistics=detected.statistics,
        models=detected.models,
        surfaces=surfaces,
        style=style_from_proto(request.style) if request.HasField("style") else None,
        loudness=loudness_from_proto(request.loudness) if request.HasField("loudness") else None,
        sync=sync_from_proto(request.sync) if request.HasField("sync") else None,
    )


def bank_specs(request: pb.RenderStepBankRequest) -> list[StepSpec]:
    """The steps of a bank: left and right in turn, dice and floor of their own each."""
    gait_kind = (
        enum_from_proto(request.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind, GaitKind)
        or GaitKind.WALK
    )
    return [
        StepSpec(
            surface=enum_from_proto(request.surface, "SURFACE", surface_pb2.Surface, Surface)
            or DEFAULT_SURFACE,
            footwear=enum_from_proto(request.footwear, "FOOTWEAR", surface_pb2.Footwear, Footwear)
            or DEFAULT_FOOTWEAR,
            gait_kind=gait_kind,
            strike_pattern=None,
            strength=request.strength or DEFAULT_STRENGTH,
            stance_time_s=USUAL_STANCE_S[gait_kind],
            side=Side.RIGHT if i % 2 else Side.LEFT,
            wet=False,
            seed=step_seed(request.seed, f"bank:{i}"),
            floor=step_seed(request.seed, f"bank-floor:{i}"),
        )
        for i in range(request.step_count or DEFAULT_BANK_STEPS)
    ]


def placed_cues_from_json(data: bytes) -> list[PlacedCue]:
    """The content of ``cues.json``, as far as a sync report needs it.

    Raises:
        SchemaMismatch: the bytes are no such document.
    """
    try:
        document: dict[str, Any] = json.loads(data)
        if document["schema"] != CUES_SCHEMA:
            raise SchemaMismatch(
                f"cues.json has schema {document['schema']}, known is {CUES_SCHEMA}",
                schema="cues",
                found=str(document["schema"]),
                known=str(CUES_SCHEMA),
            )
        return [
            PlacedCue(str(cue["footstep_id"]), float(cue["time_s"]), int(cue["onset_sample"]))
            for cue in document["cues"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise SchemaMismatch("not a cues.json", schema="cues") from error
