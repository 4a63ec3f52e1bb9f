"""Loudness targets and the gain that reaches them: the decisions, not the meter.

Targets: EBU R 128 (2023), ATSC A/85:2013, AES TD1008 for streaming; −27 LUFS for cinema is what the contract names as
headroom for a stage mix. Meter: BS.1770-5, through the `Meter` port.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from foley_audio.domain.types import LoudnessReport, SampleArray
from foley_common.sound import LoudnessPreset

ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5 §3, absolute gate
SILENT_PEAK_DBTP = -120.0  # what a report says for digital silence
MAX_LIMITER_REDUCTION_DB = 6.0  # more than that is heard as pumping (product rule)
CEILING_MARGIN_DB = 0.5  # room for the difference between our oversampling and a stricter meter's
MAX_GAIN_DB = (
    40.0  # a programme this far below its target is noise; raising it further helps nobody
)
TARGET_TOLERANCE_LU = 0.1  # stop searching when this near; the product promises 0.5
STEP_LOUDNESS_LUFS = (
    -23.0
)  # momentary loudness of a medium step where no original sound sets the measure
FOLEY_OVER_ORIGINAL_LU = (
    3.0  # steps' momentary loudness above the original's integrated loudness; hand-set
)
QUIET_ORIGINAL_LUFS = -50.0  # below this the original is room noise and no measure for the steps


@dataclass(frozen=True, slots=True)
class LoudnessTarget:
    """Integrated loudness and true-peak ceiling of a delivery."""

    integrated_lufs: float
    true_peak_ceiling_dbtp: float


TARGETS = {
    LoudnessPreset.EBU_R128: LoudnessTarget(-23.0, -1.0),
    LoudnessPreset.ATSC_A85: LoudnessTarget(-24.0, -2.0),
    LoudnessPreset.STREAMING_16: LoudnessTarget(-16.0, -1.0),
    LoudnessPreset.STREAMING_14: LoudnessTarget(-14.0, -1.0),
    LoudnessPreset.CINEMA: LoudnessTarget(-27.0, -2.0),
}


class Meter(Protocol):
    """A streaming BS.1770 meter for stereo."""

    def add(self, block: SampleArray) -> None:
        """Take the next samples, shape ``(n, 2)``."""
        ...

    def integrated_lufs(self) -> float:
        """Gated loudness so far; −inf when nothing passed the gate."""
        ...

    def true_peak_dbtp(self) -> float:
        """Highest true peak so far; −inf for silence."""
        ...


def first_gain_db(integrated_lufs: float, true_peak_dbtp: float, target: LoudnessTarget) -> float:
    """Gain for a programme: to the target, but never so far that the limiter would take more than it may.

    >>> first_gain_db(-30.0, -20.0, TARGETS[LoudnessPreset.EBU_R128])
    7.0
    >>> first_gain_db(-40.0, -10.0, TARGETS[LoudnessPreset.EBU_R128])
    14.5
    """
    if integrated_lufs <= ABSOLUTE_GATE_LUFS:
        return 0.0
    return min(target.integrated_lufs - integrated_lufs, highest_gain_db(true_peak_dbtp, target))


def highest_gain_db(true_peak_dbtp: float, target: LoudnessTarget) -> float:
    """The gain at which the limiter takes all that it may."""
    limit = target.true_peak_ceiling_dbtp - CEILING_MARGIN_DB + MAX_LIMITER_REDUCTION_DB
    return min(MAX_GAIN_DB, limit - true_peak_dbtp)


def foley_gain_db(step_lufs: float, original_lufs: float | None) -> float:
    """Gain of the footsteps before the programme is levelled.

    Args:
        step_lufs: Energy mean of the steps' momentary maxima; −inf without steps.
        original_lufs: Integrated loudness of the original sound as mixed; None when it is dropped or absent.
    """
    if not math.isfinite(step_lufs):
        return 0.0
    if original_lufs is None or original_lufs < QUIET_ORIGINAL_LUFS:
        return STEP_LOUDNESS_LUFS - step_lufs
    return original_lufs + FOLEY_OVER_ORIGINAL_LU - step_lufs


def report(
    meter: Meter, target: LoudnessTarget, *, gain_db: float, limiter_reduction_db: float
) -> LoudnessReport:
    """What the finished programme is, as measured."""
    integrated, peak = meter.integrated_lufs(), meter.true_peak_dbtp()
    silent = integrated <= ABSOLUTE_GATE_LUFS
    return LoudnessReport(
        integrated_lufs=max(ABSOLUTE_GATE_LUFS, integrated),
        true_peak_dbtp=max(SILENT_PEAK_DBTP, peak),
        target_lufs=target.integrated_lufs,
        true_peak_ceiling_dbtp=target.true_peak_ceiling_dbtp,
        gain_db=gain_db,
        limiter_reduction_db=limiter_reduction_db,
        shortfall_lu=0.0 if silent else _shortfall(target.integrated_lufs - integrated),
        silent=silent,
    )


def _shortfall(missing_lu: float) -> float:
    return missing_lu if missing_lu > TARGET_TOLERANCE_LU else 0.0
