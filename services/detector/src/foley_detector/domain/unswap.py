"""Left and right legs that the pose network has exchanged are put back."""

from __future__ import annotations

import numpy as np

from foley_detector.domain.types import BoolArray, FloatArray, LegPoint

_POINTS = [LegPoint.KNEE, LegPoint.ANKLE, LegPoint.HEEL, LegPoint.TOE]
COST_CAP = 0.3  # heights: one wild landmark must not decide by itself


def exchanged_frames(
    legs: FloatArray,
    time_s: FloatArray,
    *,
    swap_cost: float,
    swap_prior: float,
    restart_gap_s: float,
) -> BoolArray:
    """Frames in which the legs' labels must be exchanged so that every leg moves steadily.

    Args:
        legs: shape ``(n, 2, 5, 2)``, leg points relative to the hips in body heights; NaN where missing.
        time_s: shape ``(n,)``.
        swap_cost: Cost of every change between kept and exchanged.
        swap_prior: Cost per frame of being exchanged.
        restart_gap_s: After a longer gap the motion says nothing.

    Returns:
        Shape ``(n,)``, True where left and right are to be exchanged.

    Notes:
        Viterbi over pairs of (kept, exchanged) in successive frames: constant velocity needs two frames of memory.
        The prior lets the network's own majority decide which leg is which.
    """
    n = len(legs)
    if n < 3:
        return np.zeros(n, bool)
    jerks = _jerks(legs[:, :, _POINTS], time_s, restart_gap_s)
    # State of the pair (frame i-1, frame i) is 2 * previous + current; a row of `step` is the older frame's state.
    previous, current = np.divmod(np.arange(4), 2)
    step = swap_prior * current + swap_cost * (previous != current)
    best = np.array([0.0, swap_cost + swap_prior, swap_cost + swap_prior, 2 * swap_prior])
    back = np.zeros((n, 4), np.int64)
    for i in range(2, n):
        candidates = best.reshape(2, 2)[:, previous] + step + jerks[i]
        back[i] = candidates.argmin(axis=0)
        best = candidates.min(axis=0)
    pair = int(best.argmin())
    states = np.zeros(n, bool)
    for i in range(n - 1, 1, -1):
        states[i - 1], states[i] = pair // 2, pair % 2
        pair = 2 * int(back[i, pair]) + pair // 2
    states[0] = pair // 2
    return states


def _jerks(points: FloatArray, time_s: FloatArray, restart_gap_s: float) -> FloatArray:
    """How far legs are from where constant velocity would put them, for all ways to label three frames.

    Returns:
        Shape ``(n, 2, 4)``: older state, then 2 * previous + current; mean over known points, capped; 0 where a
        gap breaks the motion.
    """
    n = len(points)
    dt = np.diff(time_s)
    both = np.stack([points, points[:, ::-1]])  # (state, n, foot, point, xy)
    ratio = (dt[1:] / dt[:-1])[:, None, None, None]
    steady = (dt[1:] + dt[:-1]) < restart_gap_s
    jerks = np.zeros((n, 2, 4))
    for older in range(2):
        for pair in range(4):
            previous, current = divmod(pair, 2)
            expected = both[previous, 1:-1] + ratio * (both[previous, 1:-1] - both[older, :-2])
            off = np.minimum(
                np.linalg.norm(both[current, 2:] - expected, axis=-1), COST_CAP
            ).reshape(n - 2, -1)
            known = ~np.isnan(off)
            mean = np.where(known, off, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
            jerks[2:, older, pair] = np.where(steady, mean, 0.0)
    return jerks
