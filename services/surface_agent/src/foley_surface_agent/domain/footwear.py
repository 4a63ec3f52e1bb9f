"""What one person wears, from looks at single feet: bare, or not told. The kind of shoe is never told here."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from foley_common.footsteps import Footstep
from foley_common.surfaces import AnswerSource, Footwear, FootwearSpan
from foley_surface_agent.domain.bare_feet import AGAINST, FootLook, FootState
from foley_surface_agent.domain.fallback import default_footwear

ONE_SIDED_95 = 1.645  # standard deviations
MOST_BELIEF = 0.6
"""Looks at one person are not independent: what passes for skin at one step does so at all. More than four looks
(`lower_bound` of 4 of 4) therefore add no belief."""

NEVER_LOOKED = "Nobody looked at the feet."


def local_footwear(
    steps: Sequence[Footstep],
    looks: Sequence[FootLook | None],
    *,
    clip_end_s: float,
    cuts_s: Sequence[float] = (),
) -> list[FootwearSpan]:
    """One person's footwear, shot by shot: each is judged by its own steps.

    Args:
        steps: The person's steps in order of time, at least one.
        looks: What was seen of the foot at each step; None where no frame could be had.
        clip_end_s: End of the last span.
        cuts_s: Where shots begin, but for the first.

    Returns:
        In order of time, without gaps from 0 s; shots that say the same are one span.
    """
    times = np.array([step.initial_contact_time_s for step in steps])
    shots = np.searchsorted(np.asarray(cuts_s, np.float64), times, side="right")
    numbers = [int(number) for number in np.unique(shots)]
    borders = [0.0, *(float(cuts_s[number - 1]) for number in numbers[1:]), clip_end_s]
    spans: list[FootwearSpan] = []
    for number, (start_s, end_s) in zip(numbers, itertools.pairwise(borders), strict=True):
        inside = [
            (step, look)
            for step, look, shot in zip(steps, looks, shots, strict=True)
            if shot == number
        ]
        span = _footwear_in_shot(inside, start_s, end_s)
        if spans and spans[-1].footwear is span.footwear and spans[-1].source is span.source:
            surer = max(spans[-1], span, key=lambda one: one.confidence)
            span = replace(surer, start_time_s=spans.pop().start_time_s, end_time_s=end_s)
        spans.append(span)
    return spans


def _footwear_in_shot(
    inside: Sequence[tuple[Footstep, FootLook | None]], start_s: float, end_s: float
) -> FootwearSpan:
    """Barefoot when more feet than not are bare, with 95 % certainty, and both of them; else the default."""
    seen = Counter(look.state for _, look in inside if look is not None)
    bare, against = seen[FootState.BARE], sum(seen[state] for state in AGAINST)
    sides = {
        step.side for step, look in inside if look is not None and look.state is FootState.BARE
    }
    belief = lower_bound(bare, bare + against)
    track_id = inside[0][0].track_id
    if belief > 0.5 and len(sides) == 2:
        return FootwearSpan(
            track_id,
            start_s,
            end_s,
            Footwear.BAREFOOT,
            min(MOST_BELIEF, belief),
            AnswerSource.LOCAL_MODEL,
            f"Coarse: bare feet, or open sandals, by skin colour at {bare} of {bare + against} steps; "
            "the kind of shoe is not told locally.",
        )
    return default_footwear(track_id, start_s, end_s, _why_not(seen))


def lower_bound(hits: int, count: int) -> float:
    """What share is certain to 95 % when there were so many hits among so many (Wilson 1927, one-sided).

    >>> [round(lower_bound(n, n), 2) for n in (0, 2, 3, 4)]
    [0.0, 0.42, 0.53, 0.6]
    """
    if count == 0:
        return 0.0
    share, z2 = hits / count, ONE_SIDED_95**2
    middle = share + z2 / (2 * count)
    half = ONE_SIDED_95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, (middle - half) / (1 + z2 / count))


def _why_not(seen: Counter[FootState]) -> str:
    """Why the default stands, in a sentence."""
    if not seen:
        return NEVER_LOOKED
    covered = seen[FootState.COVERED]
    if 2 * covered > seen.total():
        return (
            f"Coarse: by colour the feet are not bare, or not wholly, at {covered} of {seen.total()} steps; "
            "the kind of shoe is not told locally."
        )
    hindered = Counter({state: seen[state] for state in _WHY if seen[state]})
    if not hindered:
        return (
            "Coarse: by colour the feet are bare at too few steps, or at one foot only, to say so."
        )
    state, count = hindered.most_common(1)[0]
    return f"Bare or not could not be told: {_WHY[state]} at {count} of {seen.total()} steps."


_WHY = {
    FootState.PLAIN: "the feet are black, grey or white, or in too little light,",
    FootState.TOO_SMALL: "the feet are too small in the picture",
    FootState.DARK: "it is too dark",
    FootState.GREY: "the picture has no colours",
    FootState.NO_GROUND: "no ground is seen beside the feet",
    FootState.SKIN_GROUND: "the ground has the colour of skin",
    FootState.NOT_APART: "the feet do not stand out from the ground",
    FootState.UNSURE: "other skin of the person, or what lies behind, is too near in colour to compare",
    FootState.NO_OWN_SKIN: "no other skin of the person is seen to compare with",
    FootState.NOT_FOLLOWED: "the person was not followed",
}
