"""Whose swings count: those of the event network, or those of the rules.

The network is the better reader, and nearly silent on what it was not taught: somebody far off, or who walks straight
away from a camera that trembles. There the rules still see feet alternate. They may speak up only for a walk that
nothing but a walk looks like, because they also see steps in what merely trembles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from foley_detector.domain.types import Swing

STEADY_LANDINGS = 6
"""Landings in turn that are beyond chance: of six in no order one in 32 alternates, and of these few are even."""

EVEN_RATIO = 1.6
"""Longest step over shortest in a steady walk, errors of the rules included; true step times vary by a few percent."""

SILENT_SHARE = 0.5
"""Of the landings of a steady walk: a network that sees fewer in the same time has not read it."""


@dataclass(frozen=True, slots=True)
class SteadyWalk:
    """Landings in a row that change feet at even times.

    Attributes:
        landing_count: How many.
        start_s: Time of the first.
        end_s: Time of the last.
    """

    landing_count: int = 0
    start_s: float = 0.0
    end_s: float = 0.0


def chosen_reading(
    learned: Sequence[Swing], by_rules: Sequence[Swing], *, is_small: bool
) -> list[Swing]:
    """The swings that count of one person in one stretch of time.

    Args:
        learned: Read by the network.
        by_rules: Read by the rules.
        is_small: Feet are so few pixels that rules see more.
    """
    if is_small:
        return list(by_rules if len(by_rules) > len(learned) else learned)
    walk = longest_steady_walk(by_rules)
    seen = sum(
        swing.contact_s is not None and walk.start_s <= swing.contact_s <= walk.end_s
        for swing in learned
    )
    is_silent = seen < SILENT_SHARE * walk.landing_count
    return list(by_rules if walk.landing_count >= STEADY_LANDINGS and is_silent else learned)


def longest_steady_walk(swings: Sequence[Swing]) -> SteadyWalk:
    """The most landings in a row that change feet at even times; none for nobody."""
    landings = sorted((one.contact_s, one.foot) for one in swings if one.contact_s is not None)
    best, first = SteadyWalk(), 0
    for last in range(len(landings)):
        if last > first and landings[last][1] == landings[last - 1][1]:
            first = last
        while not _is_even([time_s for time_s, _ in landings[first : last + 1]]):
            first += 1
        if last - first + 1 > best.landing_count:
            best = SteadyWalk(last - first + 1, landings[first][0], landings[last][0])
    return best


def _is_even(times_s: Sequence[float]) -> bool:
    steps = [after - before for before, after in pairwise(times_s)]
    return not steps or max(steps) <= EVEN_RATIO * min(steps)
