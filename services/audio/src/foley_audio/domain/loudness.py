"""Loudness targets and the gain that reaches them: the decisions, not the meter.

Targets: EBU R 128 (2023), ATSC A/85:2013, AES TD1008 for streaming; −27 LUFS for cinema is what the contract names as
headroom for a stage mix. Gating: BS.1770-5; its weighted power comes from a meter, in hops of 100 ms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foley_audio.domain.types import FloatArray
from foley_common.programme import LoudnessReport
from foley_common.sound import LoudnessPreset

SLOWEST_GROWTH = 0.2  # LU per dB of gain that a try under the limiter is expected to give at least
ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5, Annex 1: absolute gate
RELATIVE_GATE_LU = -10.0  # the same: relative gate
OFFSET_LU = -0.691  # the same: a 997 Hz sine of 0 dBFS in one front channel is −3.01 LKFS
HOP_S = 0.1  # the same: gating blocks of 400 ms that overlap by 75 %
HOPS_PER_BLOCK = 4
HOPS_PER_SHORT_TERM = 30  # EBU Tech 3341: 3 s
RANGE_GATE_LU = -20.0  # EBU Tech 3342: relative gate of the loudness range
RANGE_PERCENT = (10.0, 95.0)  # the same: from the quiet parts to the loud ones
SILENT_PEAK_DBTP = -120.0  # what a report says for digital silence
MAX_LIMITER_REDUCTION_DB = 6.0  # more than that is heard as pumping (product rule)
ROUNDING_DB = (
    1e-4  # gains are single precision: kept free, so that "at most" stays true to the last digit
)
CEILING_MARGIN_DB = 0.5  # room for the difference between our oversampling and a stricter meter's
MAX_GAIN_DB = (
    40.0  # a programme this far below its target is noise; raising it further helps nobody
)
SEARCH_TOLERANCE_LU = 0.05  # stop searching when this near; the product promises 0.5
REPORTED_SHORTFALL_LU = 0.1  # less is not worth a word
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


def integrated_lufs(hop_power: FloatArray) -> float:
    """Gated loudness of a programme; −inf when nothing passed the gate.

    A programme shorter than one gating block is measured as if silence filled the block up.

    Args:
        hop_power: shape ``(hops,)``, mean square after K-weighting, weighted sum of the channels, per 100 ms.

    >>> round(integrated_lufs(np.full(20, 0.01)), 2)
    -20.69
    """
    power = np.pad(hop_power, (0, max(0, HOPS_PER_BLOCK - hop_power.size)))
    blocks = np.lib.stride_tricks.sliding_window_view(power, HOPS_PER_BLOCK).mean(axis=1)
    blocks = blocks[blocks > _power(ABSOLUTE_GATE_LUFS)]
    if not blocks.size:
        return -math.inf
    blocks = blocks[blocks > blocks.mean() * 10 ** (RELATIVE_GATE_LU / 10)]
    return OFFSET_LU + 10 * math.log10(float(blocks.mean()))


def loudest_lufs(hop_power: FloatArray, hop_count: int) -> float:
    """Loudness of the loudest so many hops, not gated; a shorter programme is filled up with silence.

    >>> round(loudest_lufs(np.array([0.01] * 3 + [0.04] * 4), HOPS_PER_BLOCK), 2)
    -14.67
    """
    power = np.pad(hop_power, (0, max(0, hop_count - hop_power.size)))
    loudest = float(np.lib.stride_tricks.sliding_window_view(power, hop_count).mean(axis=1).max())
    return OFFSET_LU + 10 * math.log10(loudest) if loudest > 0 else -math.inf


def loudness_range_lu(hop_power: FloatArray) -> float:
    """Loudness range of a programme (EBU Tech 3342); 0 where no 3 s of it pass the gates."""
    if hop_power.size < HOPS_PER_SHORT_TERM:
        return 0.0
    parts = np.lib.stride_tricks.sliding_window_view(hop_power, HOPS_PER_SHORT_TERM).mean(axis=1)
    parts = parts[parts > _power(ABSOLUTE_GATE_LUFS)]
    if not parts.size:
        return 0.0
    parts = parts[parts > parts.mean() * 10 ** (RANGE_GATE_LU / 10)]
    low, high = np.percentile(10 * np.log10(parts), RANGE_PERCENT)
    return float(high - low)


def _power(lufs: float) -> float:
    return 10.0 ** ((lufs - OFFSET_LU) / 10)


def first_gain_db(integrated_lufs: float, true_peak_dbtp: float, target: LoudnessTarget) -> float:
    """Gain for a programme: to the target, but never so far that the limiter would take more than it may.

    >>> first_gain_db(-30.0, -20.0, TARGETS[LoudnessPreset.EBU_R128])
    7.0
    >>> round(first_gain_db(-40.0, -10.0, TARGETS[LoudnessPreset.EBU_R128]), 3)
    14.5
    """
    if integrated_lufs <= ABSOLUTE_GATE_LUFS:
        return 0.0
    return min(target.integrated_lufs - integrated_lufs, highest_gain_db(true_peak_dbtp, target))


def highest_gain_db(true_peak_dbtp: float, target: LoudnessTarget) -> float:
    """The gain at which the limiter takes all that it may."""
    ceiling_dbtp = target.true_peak_ceiling_dbtp - CEILING_MARGIN_DB
    most_db = MAX_LIMITER_REDUCTION_DB - ROUNDING_DB
    return min(MAX_GAIN_DB, ceiling_dbtp + most_db - true_peak_dbtp)


def next_gain_db(
    known: Sequence[tuple[float, float]], target: LoudnessTarget, highest_db: float
) -> float | None:
    """The next gain to try under the limiter; None when the last one is good, or nothing better is allowed.

    Args:
        known: Gain in dB and the loudness in LUFS that it gave, in the order of the tries, at least two.
        target: What is aimed at.
        highest_db: The gain at which the limiter takes all that it may.
    """
    (gain_a, lufs_a), (gain_b, lufs_b) = known[-2:]
    missing = target.integrated_lufs - lufs_b
    if abs(missing) <= SEARCH_TOLERANCE_LU or (missing > 0 and gain_b >= highest_db):
        return None
    # Louder in never more than the gain, and under the limiter in less: the secant through the last two tries.
    slope = (lufs_b - lufs_a) / (gain_b - gain_a) if gain_b != gain_a else 1.0
    return min(highest_db, gain_b + missing / min(1.0, max(SLOWEST_GROWTH, slope)))


def foley_gain_db(
    step_lufs: float, original_lufs: float | None, perspective_db: float = 0.0
) -> float:
    """Gain of the footsteps before the programme is levelled.

    Args:
        step_lufs: Energy mean of the steps' momentary maxima; −inf without steps.
        original_lufs: Integrated loudness of the original sound as mixed; None when it is dropped or absent.
        perspective_db: What the perspective that was asked for adds.
    """
    if not math.isfinite(step_lufs):
        return 0.0
    if original_lufs is None or original_lufs < QUIET_ORIGINAL_LUFS:
        return STEP_LOUDNESS_LUFS - step_lufs + perspective_db
    return original_lufs + FOLEY_OVER_ORIGINAL_LU - step_lufs + perspective_db


def report(
    hop_power: FloatArray,
    true_peak_dbtp: float,
    target: LoudnessTarget,
    *,
    gain_db: float,
    limiter_reduction_db: float,
) -> LoudnessReport:
    """What the finished programme is, as measured.

    Args:
        hop_power: Of the finished programme, as `integrated_lufs` takes it.
        true_peak_dbtp: The same.
        target: What was aimed at.
        gain_db: What brought it there.
        limiter_reduction_db: Most that the limiter took.
    """
    integrated = integrated_lufs(hop_power)
    silent = integrated <= ABSOLUTE_GATE_LUFS
    return LoudnessReport(
        integrated_lufs=max(ABSOLUTE_GATE_LUFS, integrated),
        true_peak_dbtp=max(SILENT_PEAK_DBTP, true_peak_dbtp),
        target_lufs=target.integrated_lufs,
        true_peak_ceiling_dbtp=target.true_peak_ceiling_dbtp,
        gain_db=gain_db,
        limiter_reduction_db=limiter_reduction_db,
        shortfall_lu=0.0 if silent else _shortfall(target.integrated_lufs - integrated),
        silent=silent,
        max_momentary_lufs=max(ABSOLUTE_GATE_LUFS, loudest_lufs(hop_power, HOPS_PER_BLOCK)),
        max_short_term_lufs=max(ABSOLUTE_GATE_LUFS, loudest_lufs(hop_power, HOPS_PER_SHORT_TERM)),
        loudness_range_lu=loudness_range_lu(hop_power),
    )


def _shortfall(missing_lu: float) -> float:
    return missing_lu if missing_lu > REPORTED_SHORTFALL_LU else 0.0
