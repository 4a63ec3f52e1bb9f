"""Where votes and looks of steps in order change together, and what telling two groups of steps apart is worth.

A cut costs; what it may win is (a) that the votes inside each run agree better, and (b) that the ground inside each run
looks more alike. The exact optimum is found by dynamic programming over the last cut ("optimal partitioning",
Jackson et al., 2005). The cost of a cut is the hysteresis: one deviating step makes no change, two that agree do.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

FEWEST_FOR_SCATTER = 4  # steps; of fewer than three differences, a change may be the median
MAD_TO_DEVIATION = 1.4826  # from a median absolute to a standard deviation, normal scatter


@dataclass(frozen=True, slots=True)
class SpanParams:
    """How readily the ground changes.

    Defaults were chosen on the rendered clips of the development data, the eight of ``tests/bench/ground_clips.json``
    and the eighteen of ``tests/bench/held_out.py`` (one ground each); ``make bench-surface`` shows what they do.

    Attributes:
        cut_cost: Nats that a change must win.
        vote_weight: How much of a nat a step's vote is worth; steps share light and camera, so less than 1.
        vote_floor: Least probability that a vote gives any surface: no single step can veto.
        appearance_weight: Nats per unit of squared scatter and dimension.
        appearance_cap: Largest deviation of one step that counts, in scatter units.
        least_scatter: Least scatter that a person's steps are taken to have, in the units of `StepVotes.appearance`:
            looks are measured by how much they differ from step to step in this very walk, within this and 1.
        pool_power: Exponent on the pooled votes of a run (0: one vote however many, 1: as if independent).
    """

    cut_cost: float = 3.0
    vote_weight: float = 0.6
    vote_floor: float = 0.02
    appearance_weight: float = 0.3
    appearance_cap: float = 4.0
    least_scatter: float = 0.6
    pool_power: float = 0.35


def best_cuts(
    log_probabilities: FloatArray, appearance: FloatArray, params: SpanParams
) -> list[int]:
    """Positions before which a new run starts, increasing, without 0.

    Args:
        log_probabilities: Votes of steps in order, shape ``(n, 16)``, finite.
        appearance: Their looks, shape ``(n, d)``.
        params: How readily the ground changes.
    """
    n = len(log_probabilities)
    votes = params.vote_weight * floored(log_probabilities, params.vote_floor)
    vote_sums = np.vstack([np.zeros((1, votes.shape[1])), np.cumsum(votes, axis=0)])
    scatter = _scatter_of_neighbours(appearance, params.least_scatter)
    looks = _like_a_neighbour(_limited(appearance / scatter, params.appearance_cap))
    weight = params.appearance_weight / max(1, looks.shape[1])
    sums = np.vstack([np.zeros((1, looks.shape[1])), np.cumsum(looks, axis=0)])
    squares = np.concatenate([[0.0], np.cumsum((looks**2).sum(axis=1))])
    best = np.zeros(n + 1)
    previous = np.zeros(n + 1, np.int64)
    best[0] = -params.cut_cost  # the first run is free
    for end in range(1, n + 1):
        starts = np.arange(end)
        vote_cost = -(vote_sums[end] - vote_sums[:end]).max(axis=1)
        total = sums[end] - sums[:end]
        spread = squares[end] - squares[:end] - (total**2).sum(axis=1) / (end - starts)
        cost = best[:end] + params.cut_cost + vote_cost + weight * np.maximum(spread, 0)
        if 1 < end < n:
            cost[end - 1] = np.inf  # one step between others is no ground of its own
        previous[end] = int(cost.argmin())
        best[end] = cost[previous[end]]
    cuts: list[int] = []
    end = n
    while end > 0:
        end = int(previous[end])
        if end > 0:
            cuts.append(end)
    return cuts[::-1]


def gain_of_parting(
    log_probabilities: tuple[FloatArray, FloatArray],
    appearance: tuple[FloatArray, FloatArray],
    params: SpanParams | None = None,
) -> float:
    """What two groups of steps win, in nats, by being two grounds instead of one; a cut costs `SpanParams.cut_cost`.

    Args:
        log_probabilities: Votes of both, shapes ``(n, 16)`` and ``(m, 16)``, finite, not empty.
        appearance: Looks of both, shapes ``(n, d)`` and ``(m, d)``.
        params: Floor and weights.
    """
    params = params or SpanParams()
    votes = [params.vote_weight * floored(part, params.vote_floor) for part in log_probabilities]
    looks = _limited(np.concatenate(appearance), params.appearance_cap)
    parts = (looks[: len(appearance[0])], looks[len(appearance[0]) :])
    weight = params.appearance_weight / max(1, looks.shape[1])
    together = float(np.concatenate(votes).sum(axis=0).max())
    apart = sum(float(part.sum(axis=0).max()) for part in votes)
    scatter = _scatter(looks) - sum(_scatter(part) for part in parts)
    return apart - together + weight * scatter


def floored(log_probabilities: FloatArray, floor: float) -> FloatArray:
    """Votes of shape ``(n, 16)`` in which no surface has less than ``floor``."""
    share = floor * log_probabilities.shape[1]
    return np.log((1 - share) * np.exp(log_probabilities) + floor)


def _scatter(looks: FloatArray) -> float:
    return float(((looks - looks.mean(axis=0)) ** 2).sum())


def _scatter_of_neighbours(appearance: FloatArray, least: float) -> FloatArray:
    """How much looks differ from one step to the next on one ground, shape ``(d,)``, from ``least`` to 1.

    The median of the differences between neighbours: a few changes of ground among them do not move it. A clean
    picture of an even ground shows changes that would drown in a shaky one.
    """
    if len(appearance) < FEWEST_FOR_SCATTER:
        return np.ones_like(appearance[0])
    steps = np.abs(np.diff(appearance, axis=0))
    median = np.asarray(np.median(steps, axis=0), np.float64)
    return (MAD_TO_DEVIATION / math.sqrt(2) * median).clip(least, 1.0)


def _limited(appearance: FloatArray, cap: float) -> FloatArray:
    """Deviations from the median, limited, so that one odd step does not look like a new ground."""
    if appearance.shape[1] == 0:
        return appearance
    centred = appearance - np.median(appearance, axis=0)
    return np.clip(centred, -cap, cap)


def _like_a_neighbour(looks: FloatArray) -> FloatArray:
    """Looks of steps in order, none of them further than a scatter from both its neighbours.

    A manhole, a shadow, somebody's bag: what is seen at one step only is no new ground. Where the ground changes, every
    step looks like the one before it or the one after it. The first and the last step have one neighbour only and are
    left alone.
    """
    if len(looks) < 3:
        return looks
    before, after = looks[:-2], looks[2:]
    low, high = np.minimum(before, after) - 1, np.maximum(before, after) + 1
    return np.concatenate([looks[:1], np.clip(looks[1:-1], low, high), looks[-1:]])
