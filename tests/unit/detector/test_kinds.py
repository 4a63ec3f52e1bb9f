from __future__ import annotations

import numpy as np

from foley_detector.domain.kinds import stair_landings, stop_landings


def places(run, rise, count=6):
    return np.column_stack([np.arange(count) * run, np.arange(count) * -rise])


def test_stairs_rise_steeply_while_the_person_keeps_their_size():
    size, side = np.full(6, 200.0), np.ones(6)
    assert stair_landings(places(0.17, 0.1), size, side).tolist() == [False, *[True] * 5]
    assert stair_landings(places(0.17, -0.1), size, side).any()
    assert not stair_landings(places(0.4, 0.02), size, side).any()


def test_a_walk_into_depth_is_no_stair():
    shrinking = 200.0 * np.exp(-0.06 * np.arange(6))
    assert not stair_landings(places(0.17, 0.1), shrinking, np.ones(6)).any()
    assert not stair_landings(places(0.17, 0.1), np.full(6, 200.0), np.zeros(6)).any()
    assert not stair_landings(places(0.17, 0.1, 3), np.full(3, 200.0), np.ones(3)).any()


def test_the_last_landing_before_standing_ends_the_walk():
    contacts = np.array([0.0, 0.5, 1.0])
    assert stop_landings(contacts, np.ones(3), 4.0).tolist() == [False, False, True]
    assert not stop_landings(contacts, np.ones(3), 1.4).any()
