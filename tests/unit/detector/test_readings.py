from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest

from foley_detector.domain.readings import SteadyWalk, chosen_reading, longest_steady_walk
from foley_detector.domain.types import Swing


def swing(contact_s: float | None, foot: int) -> Swing:
    return Swing(foot, 0, 2.0, None, contact_s, 0.5, 0.1, 0.1)


def walk(*contacts_s: float) -> list[Swing]:
    return [swing(at, foot) for at, foot in zip(contacts_s, cycle((0, 1)))]


EVEN = walk(*(0.5 * k for k in range(1, 9)))


def test_a_steady_walk_changes_feet_at_even_times() -> None:
    assert longest_steady_walk([]) == SteadyWalk()
    assert longest_steady_walk(EVEN) == SteadyWalk(8, 0.5, 4.0)
    assert longest_steady_walk([*EVEN[:3], swing(None, 1), *EVEN[3:]]).landing_count == 8
    one_foot = [swing(0.5 * k, 0) for k in range(8)]
    assert longest_steady_walk(one_foot).landing_count == 1
    assert longest_steady_walk(walk(0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 3.5)) == SteadyWalk(4, 2.0, 3.5)


def test_rules_speak_up_where_the_network_is_silent_on_a_steady_walk() -> None:
    assert chosen_reading(EVEN[:3], EVEN, is_small=False) == EVEN
    assert chosen_reading([], EVEN, is_small=False) == EVEN
    shifted = walk(*(0.5 * k + 0.1 for k in range(1, 6)))
    assert chosen_reading(shifted, EVEN, is_small=False) == shifted
    elsewhere = walk(*(0.5 * k + 10 for k in range(8)))
    assert chosen_reading(elsewhere, EVEN, is_small=False) == EVEN


def test_rules_are_not_asked_about_short_or_uneven_walks() -> None:
    assert chosen_reading([], EVEN[:5], is_small=False) == []
    assert chosen_reading([], EVEN[:5], is_small=True) == EVEN[:5]


@pytest.mark.parametrize("seed", range(5))
def test_trembling_is_no_steady_walk(seed: int) -> None:
    dice = np.random.default_rng(seed)
    times = np.sort(dice.uniform(0, 6, 14))
    odd = [swing(float(at), int(dice.integers(2))) for at in times]
    assert chosen_reading([], odd, is_small=False) == []
