"""From votes of single steps to spans of one ground per person: where the ground changes, and nowhere else.

Steps of a person in order of time are cut into runs, shot by shot. A cut costs; what it may win is (a) that the votes
inside each run agree better, and (b) that the ground inside each run looks more alike. The exact optimum is found by
dynamic programming over the last cut ("optimal partitioning", Jackson et al., 2005). The cost of a cut is the
hysteresis: one deviating step does not make a change, two that agree do.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_surface_agent.domain.types import Ground, StepVotes

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SpanParams:
    """How readily the ground changes.

    Defaults are our own choice; ``make bench-surface`` shows what they do on the few rendered clips that change
    their ground.

    Attributes:
        cut_cost: Nats that a change must win.
        vote_weight: How much of a nat a step's vote is worth; steps share light and camera, so less than 1.
        vote_floor: Least probability that a vote gives any surface: no single step can veto.
        appearance_weight: Nats per unit of squared scatter and dimension.
        appearance_cap: Largest deviation of one step that counts, in scatter units.
        pool_power: Exponent on the pooled votes of a run (0: one vote however many, 1: as if independent).
    """

    cut_cost: float = 3.0
    vote_weight: float = 0.6
    vote_floor: float = 0.02
    appearance_weight: float = 0.5
    appearance_cap: float = 4.0
    pool_power: float = 0.35


def grounds_of(
    votes: StepVotes,
    *,
    clip_end_s: float,
    params: SpanParams | None = None,
    cuts_s: Sequence[float] = (),
) -> list[Ground]:
    """Cut one person's steps into runs of one ground.

    Args:
        votes: The person's steps.
        clip_end_s: End of the clip; the last run ends there, or just after the last step when that is later.
        params: How readily the ground changes.
        cuts_s: Where shots begin, but for the first: no run goes on from one shot into the next, because what is
            seen in one says nothing about the other.

    Returns:
        In order of time, without gaps from 0 s; empty without steps. Neighbours in one shot have different likeliest
        surfaces; grounds of different shots touch at the cut.
    """
    params = params or SpanParams()
    if votes.time_s.size == 0:
        return []
    shots = np.searchsorted(np.asarray(cuts_s, np.float64), votes.time_s, side="right")
    numbers = [int(number) for number in np.unique(shots)]
    starts_s = (float(cuts_s[number - 1]) for number in numbers[1:])
    borders_s = [0.0, *starts_s, _end(votes, clip_end_s)]
    grounds: list[Ground] = []
    for number, range_s in zip(numbers, itertools.pairwise(borders_s), strict=True):
        steps = np.flatnonzero(shots == number)
        grounds += _grounds_in_shot(votes, steps, number, range_s, params)
    return grounds


def _grounds_in_shot(
    votes: StepVotes,
    steps: NDArray[np.int64],
    shot: int,
    range_s: tuple[float, float],
    params: SpanParams,
) -> list[Ground]:
    """The grounds of some neighbouring steps, filling a range of time."""
    seen = steps[votes.seen[steps]]
    if seen.size == 0:
        first, last = int(steps[0]), int(steps[-1])
        return [Ground(votes.track_id, first, last, *range_s, None, 0, shot)]
    cuts = _best_cuts(votes.log_probabilities[seen], votes.appearance[seen], params)
    runs = [seen[a:b] for a, b in zip([0, *cuts], [*cuts, seen.size], strict=True)]
    pooled = [pool_votes(votes.log_probabilities[run], params) for run in runs]
    runs, pooled = _merged(votes, runs, pooled, params)
    return _with_borders(votes, runs, pooled, shot, range_s)


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
    votes = [params.vote_weight * _floored(part, params.vote_floor) for part in log_probabilities]
    looks = _limited(np.concatenate(appearance), params.appearance_cap)
    parts = (looks[: len(appearance[0])], looks[len(appearance[0]) :])
    weight = params.appearance_weight / max(1, looks.shape[1])
    together = float(np.concatenate(votes).sum(axis=0).max())
    apart = sum(float(part.sum(axis=0).max()) for part in votes)
    scatter = _scatter(looks) - sum(_scatter(part) for part in parts)
    return apart - together + weight * scatter


def _scatter(looks: FloatArray) -> float:
    return float(((looks - looks.mean(axis=0)) ** 2).sum())


def pool_votes(log_probabilities: FloatArray, params: SpanParams | None = None) -> FloatArray:
    """Probabilities of one ground seen several times: a tempered geometric mean.

    Args:
        log_probabilities: shape ``(n, 16)``, finite, n at least 1.
        params: Floor and power.

    Returns:
        Shape ``(16,)``, sums to 1. One look comes back as it is.

    >>> one = np.full((1, 16), 0.02); one[0, 3] = 0.7
    >>> bool(np.allclose(pool_votes(np.log(one)), one[0]))
    True
    """
    params = params or SpanParams()
    n = len(log_probabilities)
    if n == 1:
        return _normal(log_probabilities[0])
    floored = _floored(log_probabilities, params.vote_floor)
    return _normal(floored.mean(axis=0) * n**params.pool_power)


def _normal(log_values: FloatArray) -> FloatArray:
    values = np.exp(log_values - log_values.max())
    return values / values.sum()


def _floored(log_probabilities: FloatArray, floor: float) -> FloatArray:
    share = floor * log_probabilities.shape[1]
    return np.log((1 - share) * np.exp(log_probabilities) + floor)


def _best_cuts(
    log_probabilities: FloatArray, appearance: FloatArray, params: SpanParams
) -> list[int]:
    """Positions before which a new run starts, increasing, without 0."""
    n = len(log_probabilities)
    votes = params.vote_weight * _floored(log_probabilities, params.vote_floor)
    vote_sums = np.vstack([np.zeros((1, votes.shape[1])), np.cumsum(votes, axis=0)])
    looks = _like_a_neighbour(_limited(appearance, params.appearance_cap))
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
        scatter = squares[end] - squares[:end] - (total**2).sum(axis=1) / (end - starts)
        cost = best[:end] + params.cut_cost + vote_cost + weight * np.maximum(scatter, 0)
        previous[end] = int(cost.argmin())
        best[end] = cost[previous[end]]
    cuts: list[int] = []
    end = n
    while end > 0:
        end = int(previous[end])
        if end > 0:
            cuts.append(end)
    return cuts[::-1]


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


def _merged(
    votes: StepVotes, runs: list[NDArray[np.int64]], pooled: list[FloatArray], params: SpanParams
) -> tuple[list[NDArray[np.int64]], list[FloatArray]]:
    """Join neighbours with the same likeliest surface: a change of look that is no change of ground."""
    kept: list[NDArray[np.int64]] = []
    kept_pooled: list[FloatArray] = []
    for run, probabilities in zip(runs, pooled, strict=True):
        if kept and int(kept_pooled[-1].argmax()) == int(probabilities.argmax()):
            kept[-1] = np.concatenate([kept[-1], run])
            kept_pooled[-1] = pool_votes(votes.log_probabilities[kept[-1]], params)
        else:
            kept.append(run)
            kept_pooled.append(probabilities)
    if len(kept) < len(runs):  # pooling may have moved a likeliest surface
        return _merged(votes, kept, kept_pooled, params)
    return kept, kept_pooled


def _with_borders(
    votes: StepVotes,
    runs: list[NDArray[np.int64]],
    pooled: list[FloatArray],
    shot: int,
    range_s: tuple[float, float],
) -> list[Ground]:
    """Runs as grounds that fill a range of time; borders stand halfway between steps."""
    starts = [range_s[0]]
    for before, after in itertools.pairwise(runs):
        starts.append(float(votes.time_s[before[-1]] + votes.time_s[after[0]]) / 2)
    ends = [*starts[1:], range_s[1]]
    grounds: list[Ground] = []
    for run, probabilities, start_s, end_s in zip(runs, pooled, starts, ends, strict=True):
        inside = np.flatnonzero((votes.time_s >= start_s) & (votes.time_s < end_s))
        grounds.append(
            Ground(
                votes.track_id,
                int(inside[0]),
                int(inside[-1]),
                start_s,
                end_s,
                probabilities,
                run.size,
                shot,
            )
        )
    return grounds


def _end(votes: StepVotes, clip_end_s: float) -> float:
    # A span is half open: the last contact lies inside.
    return max(clip_end_s, float(votes.time_s[-1]) + 0.001)
