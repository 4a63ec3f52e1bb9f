"""Left and right legs that the pose network has exchanged are put back."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import numpy as np

from foley_detector.domain.signals import dominant_period_s
from foley_detector.domain.types import BoolArray, FloatArray, LegPoint

_FEET = [LegPoint.ANKLE, LegPoint.HEEL, LegPoint.TOE]
HISTORY = 9  # earlier samples that a sample's labels are compared with; 2**9 states
DEFAULT_SPAN_S = 0.3  # history in ordinary walking: the network confuses crossing legs for 1 to 6 frames at 30 fps
SPAN_SHARE = 0.55  # … and of a step in general: one leg stands still for longer than that while the other passes
MAX_SPAN_S = 1.5
REST_HEIGHT = (
    0.06  # heights: a foot that moved less than this has stayed, one that moved much more has gone
)
BEND_HEIGHT = 0.1  # heights: a foot that is this far from where it was going has turned
BEND_WEIGHT = 0.5  # standing still says more than going on
GRID_S = 1 / 30  # for the rhythm of the steps
MIN_STEP_S, MAX_STEP_S = 0.2, 2.5


def exchanged_frames(
    feet: FloatArray,
    time_s: FloatArray,
    *,
    swap_cost: float,
    swap_prior: float,
    restart_gap_s: float,
) -> BoolArray:
    """Frames in which the legs' labels must be exchanged so that standing feet stay where they stand.

    Args:
        feet: shape ``(n, 2, 5, 2)``, leg points on steady ground in body heights; NaN where missing.
        time_s: shape ``(n,)``.
        swap_cost: Cost of every change between kept and exchanged.
        swap_prior: Cost per frame of being exchanged: the network's own majority decides which leg is which.
        restart_gap_s: Over a longer time motion says nothing.

    Returns:
        Shape ``(n,)``, True where left and right are to be exchanged.

    Notes:
        When legs cross, one foot stands and the other passes. "One stayed, one went far" costs less than "both went
        half as far", because the cost of a move levels off. Viterbi over the labels of the last `HISTORY` samples,
        which bridges the frames in which the network sees both legs in one place.
    """
    n = len(feet)
    if n < 3:
        return np.zeros(n, bool)
    points = feet[:, :, _FEET]
    span_s = _span_s(points, time_s)
    stride = max(1, round(span_s / HISTORY / float(np.median(np.diff(time_s)))))
    longest_s = max(span_s * 1.5, restart_gap_s)
    labels = np.zeros(n, bool)
    for start in range(stride):  # every frame gets a label from its own thinned series; they vote
        chosen = np.arange(start, n, stride)
        labels[chosen] = _viterbi(
            points[chosen], time_s[chosen], swap_cost, swap_prior * stride, longest_s
        )
    return labels


def _span_s(points: FloatArray, time_s: FloatArray) -> float:
    """How far back to look: a share of the step time, which the distance of the feet shows whatever their labels."""
    apart = points[:, 0, -1] - points[:, 1, -1]
    distance = np.linalg.norm(apart, axis=1)
    known = ~np.isnan(distance)
    if known.sum() < 3:
        return DEFAULT_SPAN_S
    grid = np.arange(time_s[0], time_s[-1], GRID_S)
    even = np.interp(grid, time_s[known], distance[known])
    step_s, _ = dominant_period_s(
        even, step_s=GRID_S, min_period_s=MIN_STEP_S, max_period_s=MAX_STEP_S
    )
    return (
        DEFAULT_SPAN_S
        if np.isnan(step_s)
        else float(np.clip(SPAN_SHARE * step_s, DEFAULT_SPAN_S, MAX_SPAN_S))
    )


def _viterbi(
    points: FloatArray, time_s: FloatArray, swap_cost: float, swap_prior: float, longest_s: float
) -> BoolArray:
    """Best labels of a series; a state holds the labels of the last samples, the newest in the lowest bit."""
    n = len(points)
    same, crossed = _move_costs(points, time_s, longest_s)
    bends = _bend_costs(points, time_s, longest_s)
    states = np.arange(2**HISTORY)
    bits = (states[:, None] >> np.arange(HISTORY)) & 1  # (state, lag - 1)
    best = np.where(states == 0, 0.0, np.inf)
    best[states == 2**HISTORY - 1] = swap_prior  # before the first sample all labels are as its own
    back = np.zeros((n, states.size), np.uint16)
    for i in range(n):
        arriving = np.empty((2, states.size))
        for label in range(2):
            differs = bits != label
            arriving[label] = best + differs[:, 0] * swap_cost + label * swap_prior
            arriving[label] += (np.where(differs, crossed[i], same[i])).sum(axis=1)
            arriving[label] += bends[i, 2 * differs[:, 0] + differs[:, 1]]
        # State s with label l becomes (s << 1 | l) without its oldest bit: two states meet in each new one.
        half = states.size // 2
        low, high = arriving[:, :half], arriving[:, half:]
        back[i] = np.where(low <= high, states[:half], states[half:]).T.reshape(-1)
        best = np.minimum(low, high).T.reshape(-1)
    labels = np.zeros(n, bool)
    state = int(best.argmin())
    for i in range(n - 1, -1, -1):
        labels[i] = state & 1
        state = int(back[i, state])
    return labels


def _move_costs(
    points: FloatArray, time_s: FloatArray, longest_s: float
) -> tuple[FloatArray, FloatArray]:
    """Cost of equal and of different labels between every sample and the ones before it.

    Returns:
        Two arrays ``(n, HISTORY)``; 0 where a sample is missing or too long ago.
    """
    n = len(points)
    costs = np.zeros((2, n, HISTORY))
    for lag in range(1, min(HISTORY, n - 1) + 1):
        near = time_s[lag:] - time_s[:-lag] <= longest_s
        for kind, earlier in enumerate((points[:-lag], points[:-lag, ::-1])):
            way = np.linalg.norm(points[lag:] - earlier, axis=-1)
            known = ~np.isnan(way)
            cost = np.where(known, way / (way + REST_HEIGHT), 0.0).sum(axis=(1, 2))
            usable = near & known.any(axis=(1, 2))
            count = np.maximum(known.sum(axis=(1, 2)), 1)
            costs[kind, lag:, lag - 1] = np.where(usable, cost / count, 0.0) / HISTORY
    return costs[0], costs[1]


def _bend_costs(points: FloatArray, time_s: FloatArray, longest_s: float) -> FloatArray:
    """Cost of leaving constant velocity, for the labels of the two samples before: ``(n, 4)``.

    The second axis is 2 * (the one before is labelled otherwise) + (the one before that is).
    """
    n = len(points)
    costs = np.zeros((n, 4))
    if n < 3:
        return costs
    dt = np.diff(time_s)
    ratio = (dt[1:] / dt[:-1])[:, None, None, None]
    noise = np.sqrt((1 + ratio) ** 2 + ratio**2 + 1) / np.sqrt(6.0)  # 1 for even samples
    near = dt[1:] + dt[:-1] <= longest_s
    for kind in range(4):
        before, older = (points[:, ::-1] if differs else points for differs in divmod(kind, 2))
        expected = (1 + ratio) * before[1:-1] - ratio * older[:-2]
        off = np.linalg.norm(points[2:] - expected, axis=-1) / noise[..., 0]
        known = ~np.isnan(off)
        cost = np.where(known, off / (off + BEND_HEIGHT), 0.0).sum(axis=(1, 2))
        usable = near & known.any(axis=(1, 2))
        costs[2:, kind] = np.where(usable, cost / np.maximum(known.sum(axis=(1, 2)), 1), 0.0)
    return BEND_WEIGHT * costs
