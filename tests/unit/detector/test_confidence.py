from __future__ import annotations

from itertools import cycle

import pytest

from foley_common.footsteps import Sensitivity
from foley_detector.domain.confidence import confidence_of, rest_cue
from foley_detector.domain.landings import Landing
from foley_detector.domain.params import DEFAULT_PARAMS, MIN_CONFIDENCE
from foley_detector.domain.types import Swing
from support.landings import still_signals


def confidences(contacts_s: list[float], belief: float = 0.8) -> list[float]:
    """Of landings of both feet in turn."""
    landings = [
        Landing(Swing(foot, 0, 3.0, None, at, 0.6, 0.1, 0.1, belief), at, None, None, 1.0)
        for foot, at in zip(cycle((0, 1)), contacts_s)
    ]
    here = still_signals()
    return [
        confidence_of(
            k,
            landing,
            landings,
            at=round(100 * landing.contact_s),
            is_jump=False,
            signals=here,
            params=DEFAULT_PARAMS,
        )
        for k, landing in enumerate(landings)
    ]


def test_an_even_walk_is_believed_to_its_ends():
    found = confidences([0.5, 1.0, 1.5, 2.0, 2.5])
    assert min(found) > 0.7
    assert max(found) - min(found) < 0.1


def test_a_landing_that_comes_too_soon_after_the_last_step_is_not_believed():
    for contacts in ([0.5, 1.0, 1.5, 2.0, 2.25], [0.75, 1.0, 1.5, 2.0, 2.5]):
        odd = 0 if contacts[0] == 0.75 else -1
        found = confidences(contacts)
        even = confidences([0.5, 1.0, 1.5, 2.0, 2.5])[odd]
        assert found[odd] < 0.65 * even
        assert min(found[1:-1]) > MIN_CONFIDENCE[Sensitivity.MEDIUM]


def test_short_steps_inside_a_walk_and_a_walk_that_slows_down_are_kept():
    assert min(confidences([0.5, 1.0, 1.25, 1.75, 2.25])) > 0.65
    assert min(confidences([0.5, 0.9, 1.35, 1.85, 2.4])) > 0.65


def test_after_a_pause_a_walk_begins_anew():
    found = confidences([0.5, 1.0, 1.5, 3.5, 3.75])
    assert found[-1] > 0.5


def test_a_foot_is_believed_less_the_less_it_rests():
    level = DEFAULT_PARAMS.contact_level
    cues = [rest_cue(share * level, DEFAULT_PARAMS) for share in (0.0, 0.5, 1.0, 3.0)]
    assert cues == pytest.approx([1.0, 0.65, 0.3, 0.3])
