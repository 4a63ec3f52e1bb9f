from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_detector.domain.event_inputs import INPUT_CHANNELS, event_inputs
from foley_detector.domain.ground import person_motions
from foley_detector.domain.learned import (
    CONTACT,
    CONTACT_LATE_S,
    STANCE,
    TOE_OFF,
    learned_swings,
)
from foley_detector.domain.motion import gait_signals
from foley_detector.domain.params import DEFAULT_PARAMS
from foley_detector.event_network import default_network
from foley_detector.footsteps import person_footsteps
from support.gait import Scene, scene_poses

STEP_S = 0.02


@pytest.fixture(scope="module")
def walk():
    motion = person_motions(scene_poses(Scene()), 1, DEFAULT_PARAMS)[0]
    signals = gait_signals(motion, DEFAULT_PARAMS)
    assert signals is not None
    return motion, signals


def beliefs_of(events, duration_s):
    """Hills as the network makes them, from (foot, row, time, height)."""
    time_s = np.arange(0.0, duration_s, STEP_S)
    beliefs = np.zeros((2, STANCE + 1, time_s.size))
    for foot, row, at_s, height in events:
        hill = height * np.exp(-0.5 * ((time_s - at_s) / 0.024) ** 2)
        beliefs[foot, row] = np.maximum(beliefs[foot, row], hill)
    return time_s, beliefs


def alternating(heights=0.9):
    events = []
    for k in range(6):
        foot = k % 2
        events += [
            (foot, CONTACT, 1.013 + 0.5 * k, heights),
            (1 - foot, TOE_OFF, 1.113 + 0.5 * k, heights),
        ]
    return events


def contacts(events, signals):
    time_s, beliefs = beliefs_of(events, 5.5)
    swings = learned_swings(time_s, beliefs, signals, DEFAULT_PARAMS, slowness=1.0)
    return sorted((s.contact_s, s.foot) for s in swings if s.contact_s is not None)


def test_times_between_samples(walk):
    found = contacts(alternating(), walk[1])
    assert [foot for _, foot in found] == [0, 1, 0, 1, 0, 1]
    assert np.allclose(
        [t for t, _ in found], 1.013 - CONTACT_LATE_S + 0.5 * np.arange(6), atol=0.002
    )


def test_a_foot_called_by_the_other_name_is_put_right_by_its_turn(walk):
    events = alternating()
    foot, row, at_s, height = events[4]
    events[4] = (foot, row, at_s, 0.4 * height)
    events.append((1 - foot, row, at_s, 0.6 * height))
    assert [foot for _, foot in contacts(events, walk[1])] == [0, 1, 0, 1, 0, 1]


def test_low_hills_out_of_turn_are_left_out(walk):
    found = contacts([*alternating(), (0, CONTACT, 1.3, 0.25)], walk[1])
    assert len(found) == 6


def test_a_toe_off_that_was_not_seen_costs_no_contact(walk):
    events = [
        event for event in alternating() if not (event[1] == TOE_OFF and 1.5 < event[2] < 2.2)
    ]
    found = contacts(events, walk[1])
    assert [foot for _, foot in found] == [0, 1, 0, 1, 0, 1]


def test_inputs_know_neither_size_nor_slow_motion(walk):
    motion, _ = walk
    plain = event_inputs(motion, DEFAULT_PARAMS, slowness=1.0)
    large = replace(motion, legs_xy_px=2 * motion.legs_xy_px, height_px=2 * motion.height_px)
    slow = replace(motion, time_s=2 * motion.time_s)
    assert plain is not None
    assert plain[1].shape[:2] == (2, INPUT_CHANNELS)
    for other, slowness in ((large, 1.0), (slow, 2.0)):
        made = event_inputs(other, DEFAULT_PARAMS, slowness=slowness)
        assert made is not None
        least = min(plain[1].shape[2], made[1].shape[2])
        # Gaps and the trembling of the hips are bridged in plain seconds, hence not exactly alike.
        assert np.median(np.abs(made[1][..., :least] - plain[1][..., :least])) < 0.02


def test_a_person_who_grows_in_the_picture_does_so_in_the_unit_the_network_was_trained_in(walk):
    motion, _ = walk
    growth, rate = INPUT_CHANNELS - 2, INPUT_CHANNELS - 1
    growing = replace(motion, height_px=motion.height_px[0] * np.exp(0.3 * motion.time_s))
    made = event_inputs(growing, DEFAULT_PARAMS, slowness=1.0)
    assert made is not None
    assert np.allclose(made[1][:, growth], 1.0, atol=0.01)  # 30 percent a second
    assert np.allclose(made[1][:, rate], np.log(30 * motion.frame_interval_s))


def test_slow_motion_is_told_by_what_looks_like_a_walk():
    scene = Scene()
    poses = scene_poses(scene)
    slow = replace(poses, time_s=4 * poses.time_s)
    usual = person_footsteps(poses, 1, DEFAULT_PARAMS, default_network())
    slowed = person_footsteps(slow, 1, DEFAULT_PARAMS, default_network())
    assert abs(len(usual) - len(slowed)) <= 1
    times = np.array([step.initial_contact_time_s for step in usual])
    late = [np.abs(4 * times - step.initial_contact_time_s).min() / 4 for step in slowed]
    assert np.median(late) < 0.02


def test_the_network_is_packaged_and_repeats_itself(walk):
    network = default_network()
    made = event_inputs(walk[0], DEFAULT_PARAMS, slowness=1.0)
    assert network is not None
    assert made is not None
    first, again, crossed = network(made[1]), network(made[1]), network(made[1][::-1])
    assert first.shape == (2, STANCE + 1, made[0].size)
    assert (first == again).all()
    assert np.allclose(crossed[::-1], first, atol=1e-5)


def test_without_the_network_the_rules_find_the_walk():
    poses = scene_poses(Scene())
    by_rules = person_footsteps(poses, 1, DEFAULT_PARAMS, None)
    learned = person_footsteps(poses, 1, DEFAULT_PARAMS, default_network())
    assert len(by_rules) >= 9
    assert len(learned) >= 9


def test_feet_that_land_together_are_two_contacts(walk):
    events = [
        *alternating()[:4],
        (0, TOE_OFF, 2.4, 0.9),
        (1, TOE_OFF, 2.41, 0.9),
        (0, CONTACT, 2.8, 0.9),
        (1, CONTACT, 2.83, 0.9),
    ]
    found = contacts(events, walk[1])
    assert [foot for _, foot in found][-2:] == [0, 1]
    assert np.allclose(
        [t for t, _ in found][-2:], np.array([2.8, 2.83]) - CONTACT_LATE_S, atol=0.004
    )


def test_one_landing_whose_foot_is_not_known_stays_one(walk):
    events = alternating()
    foot, row, at_s, _ = events[4]
    events[4] = (foot, row, at_s, 0.5)
    events.append((1 - foot, row, at_s, 0.5))
    assert len(contacts(events, walk[1])) == 6
