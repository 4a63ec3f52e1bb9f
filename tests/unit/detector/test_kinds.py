from __future__ import annotations

import numpy as np

from foley_detector.domain.kinds import (
    jump_landings,
    scuff_landings,
    stair_landings,
    stop_landings,
    turn_landings,
)


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
    quick, slow = np.full(3, 0.5), np.full(3, 2.0)
    assert stop_landings(contacts, quick, 1.7).tolist() == [False, False, True]
    assert not stop_landings(contacts, slow, 3.3).any()


def test_both_feet_out_of_the_air_are_a_landing():
    contacts, feet = np.array([0.0, 0.6, 1.2, 1.24]), np.array([0, 1, 0, 1])
    air = np.array([np.nan, -0.1, 0.3, 0.34])
    assert jump_landings(contacts, feet, air, np.ones(4)).tolist() == [False, False, True, True]
    assert not jump_landings(contacts, feet, np.full(4, 0.05), np.ones(4)).any()
    assert not jump_landings(contacts, feet, np.full(4, np.nan), np.ones(4)).any()


def test_a_leap_is_longer_than_a_runners_flight():
    contacts, feet = np.array([0.0, 0.35, 0.7]), np.array([0, 1, 0])
    sprint = np.full(3, 0.12)
    assert not jump_landings(contacts, feet, sprint, np.full(3, 0.45)).any()
    assert jump_landings(contacts, feet, np.array([0.1, 0.4, 0.1]), np.full(3, 0.7)).tolist() == [
        False,
        True,
        False,
    ]


def test_feet_that_stay_and_point_elsewhere_have_turned():
    on_the_spot = np.array([[0.0, 0.0], [0.1, 0.0], [0.05, 0.0], [0.12, 0.0]])
    about = np.array([0.14, 0.02, -0.1, -0.14])
    assert turn_landings(on_the_spot, about).tolist() == [False, True, True, False]
    assert not turn_landings(on_the_spot, np.full(4, 0.14)).any()
    walking = np.column_stack([np.arange(4) * 0.4, np.zeros(4)])
    assert not turn_landings(walking, about).any()
    assert not turn_landings(on_the_spot, np.full(4, np.nan)).any()


def test_one_foot_that_slides_on_is_a_scuff_and_a_sliding_camera_is_none():
    assert scuff_landings(np.array([0.01, 0.02, 0.2, np.nan])).tolist() == [
        False,
        False,
        True,
        False,
    ]
    assert not scuff_landings(np.full(5, 0.2)).any()
    assert not scuff_landings(np.array([0.2, np.nan])).any()
