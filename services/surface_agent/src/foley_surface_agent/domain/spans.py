"""From votes of single steps to spans of one ground per person: where the ground changes, and nowhere else.

Steps of a person in order of time are cut into runs, shot by shot (`domain.cuts`); runs become grounds, and grounds
that are called the same are joined.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foley_surface_agent.domain.cuts import SpanParams, best_cuts, floored
from foley_surface_agent.domain.types import Ground, StepVotes

FloatArray = NDArray[np.float64]


def grounds_of(
    votes: StepVotes,
    *,
    clip_end_s: float,
    params: SpanParams | None = None,
    cuts_s: Sequence[float] = (),
) -> list[Ground]:
    """Cut one person's steps into runs of one ground: `parted`, and what is called the same joined again.

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
    return joined(parted(votes, clip_end_s=clip_end_s, params=params, cuts_s=cuts_s), params=params)


def parted(
    votes: StepVotes,
    *,
    clip_end_s: float,
    params: SpanParams | None = None,
    cuts_s: Sequence[float] = (),
) -> list[Ground]:
    """Cut one person's steps wherever votes or looks change, whatever is found there to be called.

    Arguments and result are those of `grounds_of`, but that neighbours may be likeliest the same surface: a change of
    light, or two grounds that the local classifier cannot tell apart and a vision model may.
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


def joined(
    grounds: Sequence[Ground], *, apart: Collection[int] = (), params: SpanParams | None = None
) -> list[Ground]:
    """Join neighbours on one person's path and in one shot that are likeliest the same surface.

    Args:
        grounds: In order of person and time.
        apart: Positions of grounds that are left as they are, because something better than votes is known of them.
        params: How votes are pooled.
    """
    params = params or SpanParams()
    kept: list[Ground] = []
    fixed: set[int] = set()
    for position, ground in enumerate(grounds):
        is_free = position not in apart and len(kept) - 1 not in fixed
        if kept and is_free and _is_more_of(kept[-1], ground):
            kept[-1] = _one(kept[-1], ground, params)
            continue
        if position in apart:
            fixed.add(len(kept))
        kept.append(ground)
    if len(kept) < len(grounds):  # pooling may have moved a likeliest surface
        return joined(kept, apart=fixed, params=params)
    return kept


def _is_more_of(before: Ground, after: Ground) -> bool:
    is_next = before.track_id == after.track_id and before.shot == after.shot
    return is_next and before.likeliest is not None and before.likeliest is after.likeliest


def _one(before: Ground, after: Ground, params: SpanParams) -> Ground:
    """Two neighbours as one, as if all their steps had been pooled at once."""
    count = before.seen_count + after.seen_count
    votes = sum(ground.seen_count * _mean_vote(ground, params) for ground in (before, after))
    probabilities = _normal(np.asarray(votes) / count * count**params.pool_power)
    return replace(
        before,
        last=after.last,
        end_time_s=after.end_time_s,
        probabilities=probabilities,
        seen_count=count,
    )


def _mean_vote(ground: Ground, params: SpanParams) -> FloatArray:
    """The mean of the floored votes that `pool_votes` made a ground's probabilities of, but for a constant."""
    assert ground.probabilities is not None  # only seen grounds are joined
    log_p = np.log(ground.probabilities)
    if ground.seen_count == 1:
        return floored(log_p[None], params.vote_floor)[0]
    return np.asarray(log_p / ground.seen_count**params.pool_power)


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
    times_s = [float(time_s) for time_s in votes.time_s[seen]]
    cuts = [
        cut
        for cut in best_cuts(votes.log_probabilities[seen], votes.appearance[seen], params)
        if _border_s(times_s[cut - 1], times_s[cut]) > times_s[cut - 1]
    ]  # feet that land at one moment, after a jump, are no change of ground: spans are of time
    runs = [seen[a:b] for a, b in zip([0, *cuts], [*cuts, seen.size], strict=True)]
    pooled = [pool_votes(votes.log_probabilities[run], params) for run in runs]
    return _with_borders(votes, runs, pooled, shot, range_s)


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
    votes = floored(log_probabilities, params.vote_floor)
    return _normal(votes.mean(axis=0) * n**params.pool_power)


def _normal(log_values: FloatArray) -> FloatArray:
    values = np.exp(log_values - log_values.max())
    return values / values.sum()


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
        starts.append(_border_s(float(votes.time_s[before[-1]]), float(votes.time_s[after[0]])))
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


def _border_s(before_s: float, after_s: float) -> float:
    return (before_s + after_s) / 2


def _end(votes: StepVotes, clip_end_s: float) -> float:
    # A span is half open: the last contact lies inside.
    return max(clip_end_s, float(votes.time_s[-1]) + 0.001)
