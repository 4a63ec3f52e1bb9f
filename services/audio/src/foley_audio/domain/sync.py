# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
"""How well sound stands on footsteps: placement, offset between two copies, onsets found again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import signal

from foley_audio.domain.types import FloatArray, PlacedCue
from foley_common.timebase import nearest_sample

ENVELOPE_HOP_S = 0.001  # resolution of the onset finder
ENVELOPE_WINDOW_S = (
    0.004  # energy is summed over this; shorter follows the wave instead of its level
)
RISE_BEFORE_S = 0.015  # an onset is a rise of the level between the mean of this long before …
RISE_AFTER_S = 0.006  # … and the mean of this long after
MIN_RISE_DB = 9.0  # of level; speech and wind rise more slowly
MIN_ONSET_GAP_S = 0.06  # heel and ball of one step are one onset
ONSET_LEVEL_DB = (
    6.0  # the onset is where the level first stands this far above what was there before
)
FLOOR_DB = -90.0  # below this is silence
ISOLATED_S = 0.15  # a step nearer than this to another cannot be told from it
AUDIBLE_RISE_DB = 12.0  # a step must stand this far out of what surrounds it to be searched for
FOUND_WITHIN_S = 0.05  # the habit of onset evaluation (mir_eval), and of the contract


def placement_error_samples(cues: Sequence[PlacedCue], sample_rate_hz: int) -> int:
    """Largest distance between the sample nearest to a step's time and the sample where it was placed.

    >>> placement_error_samples([PlacedCue("t1-0001", 3.417, 164_016)], 48_000)
    0
    """
    return max(
        (abs(nearest_sample(cue.time_s, sample_rate_hz) - cue.onset_sample) for cue in cues),
        default=0,
    )


def offset_samples(reference: FloatArray, delayed: FloatArray, *, max_lag: int) -> float:
    """How many samples later the second sound is than the first, by cross-correlation, to a fraction of a sample.

    Args:
        reference: shape ``(n,)``.
        delayed: shape ``(n,)``; the shorter one is taken to be silent where it ends.
        max_lag: Largest shift that is looked for, either way.

    Returns:
        The offset; 0 when one of them is silent.
    """
    if not reference.any() or not delayed.any():
        return 0.0
    both = signal.correlate(delayed, reference, mode="full", method="fft")
    zero = reference.size - 1
    low, high = max(0, zero - max_lag), min(both.size, zero + max_lag + 1)
    peak = low + int(np.argmax(both[low:high]))
    shift = float(peak - zero)
    if 0 < peak < both.size - 1:
        before, at, after = both[peak - 1 : peak + 2]
        curve = before - 2 * at + after
        shift += 0.5 * (before - after) / curve if curve < 0 else 0.0
    return float(shift)


def level_db(energy: FloatArray) -> FloatArray:
    """Mean square to decibels of full scale, silence at `FLOOR_DB`."""
    return np.maximum(10 * np.log10(np.maximum(energy, 1e-12)), FLOOR_DB)


def find_onsets(level: FloatArray) -> FloatArray:
    """Times at which the level rises suddenly, in seconds; knows nothing of the footsteps.

    Args:
        level: shape ``(n,)``, level in dB every `ENVELOPE_HOP_S`, windows of `ENVELOPE_WINDOW_S` centred there.

    Returns:
        Shape ``(m,)``, increasing.

    Notes:
        Peaks of the difference between the mean level after and before each moment, then back to the first moment at
        which the level leaves what was there before (a rise's peak comes a little late).
    """
    before, after = round(RISE_BEFORE_S / ENVELOPE_HOP_S), round(RISE_AFTER_S / ENVELOPE_HOP_S)
    if level.size <= before + after:
        return np.zeros(0)
    padded = np.concatenate([np.full(before, level[0]), level, np.full(after, level[-1])])
    total = np.concatenate([[0.0], np.cumsum(padded)])
    centre = np.arange(level.size) + before
    rise = (total[centre + after] - total[centre]) / after - (
        total[centre] - total[centre - before]
    ) / before
    gap = round(MIN_ONSET_GAP_S / ENVELOPE_HOP_S)
    peaks, _ = signal.find_peaks(
        np.concatenate([[0.0], rise, [0.0]]), height=MIN_RISE_DB, distance=gap
    )
    onsets = []
    for peak in peaks - 1:
        start = max(0, peak - before)
        quiet = float(np.median(level[start : max(start + 1, peak - before // 3)]))
        above = np.flatnonzero(level[start : peak + after] >= quiet + ONSET_LEVEL_DB)
        onsets.append(start + int(above[0]) if above.size else int(peak))
    # A window that ends on the first sample of a sound is centred half a window before it.
    return np.asarray(onsets) * ENVELOPE_HOP_S + ENVELOPE_WINDOW_S / 2


def isolated(times_s: FloatArray) -> FloatArray:
    """Those of the steps that are far enough from others to be told from them.

    Args:
        times_s: shape ``(n,)``, steps, increasing.
    """
    gaps = np.diff(times_s, prepend=-np.inf, append=np.inf)
    return times_s[(gaps[:-1] >= ISOLATED_S) & (gaps[1:] >= ISOLATED_S)]


def audible(times_s: FloatArray, level: FloatArray) -> FloatArray:
    """Those of the steps that stand out of what surrounds them.

    Args:
        times_s: shape ``(n,)``, steps, increasing.
        level: As in `find_onsets`.
    """

    def part(start_s: float, end_s: float) -> FloatArray:
        first, last = round(start_s / ENVELOPE_HOP_S), round(end_s / ENVELOPE_HOP_S)
        found = level[max(0, first) : max(0, last)]
        return found if found.size else np.array([FLOOR_DB])

    heard = [
        time_s
        for time_s in times_s
        if float(part(time_s, time_s + FOUND_WITHIN_S).max())
        - float(part(time_s - FOUND_WITHIN_S, time_s - 0.005).mean())
        >= AUDIBLE_RISE_DB
    ]
    return np.asarray(heard, float)


def errors_of_found(times_s: FloatArray, onsets_s: FloatArray) -> FloatArray:
    """(found onset − contact) of every step that has an onset within `FOUND_WITHIN_S`, in seconds.

    Steps are isolated by more than twice that window, so that no onset can serve two of them.

    >>> errors_of_found(np.array([1.0, 2.0]), np.array([1.01, 2.2])).round(3).tolist()
    [0.01]
    """
    if not onsets_s.size:
        return np.zeros(0)
    after = np.clip(np.searchsorted(onsets_s, times_s), 1, max(1, onsets_s.size - 1))
    candidates = np.stack([onsets_s[after - 1], onsets_s[np.minimum(after, onsets_s.size - 1)]])
    errors = candidates - times_s
    nearest = errors[np.argmin(np.abs(errors), axis=0), np.arange(times_s.size)]
    return nearest[np.abs(nearest) <= FOUND_WITHIN_S]
