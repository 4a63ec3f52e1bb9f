"""Contacts, toe-offs and sides of synthetic people, against the times they were made with."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from foley_common.footsteps import GaitKind, Side, StrikePattern
from foley_detector.domain.ground import person_motions
from foley_detector.domain.params import DEFAULT_PARAMS
from foley_detector.domain.unswap import exchanged_frames
from foley_detector.footsteps import person_footsteps
from support.gait import RUNNER, STANDING, Scene, Walker, scene_poses, truth

BIAS_S = -0.035  # our rule calls the last of the foot's approach contact (set from real clips); scatter is what counts
OBLIQUE = Walker(heading_deg=50.0, distance_m=8.0)
TOWARDS = Walker(heading_deg=0.0, distance_m=10.0, start_m=0.0)
RUN = replace(RUNNER, speed_m_s=2.4, distance_m=12.0, start_m=-6.0)

SCENES = {
    "side": (Scene(), 0.012),
    "side 60 fps": (Scene(fps=60.0), 0.012),
    "side 24 fps": (Scene(fps=24.0), 0.012),
    "to the left": (Scene(walkers=(Walker(heading_deg=-90.0),)), 0.012),
    "run": (Scene(walkers=(RUN,), duration_s=5.0), 0.02),
    "oblique": (Scene(walkers=(OBLIQUE,), duration_s=5.0), 0.02),
    "noise": (Scene(noise_height=0.01), 0.025),
    "moving camera": (Scene(pan_px_s=90.0, duration_s=5.0), 0.015),
    "uneven frames": (Scene(jitter_times=0.9), 0.015),
    "repeated frames": (Scene(fps=60.0, repeat_every=2), 0.015),
    "legs exchanged": (Scene(swapped_frames=(*range(31, 36), *range(70, 73), 101)), 0.015),
}


def seen_truth(walker, scene, poses, kind):
    """Events while the feet are in the picture and the half swing before was, too."""
    feet = poses.landmarks_xy_px[:, 27:33]
    size = (scene.width_px, scene.height_px)
    inside = ((feet >= 0) & (feet < size)).all(axis=(1, 2))
    times = poses.time_s[poses.row_frame[inside]]
    events = getattr(truth(walker, scene), kind)
    margin = walker.stride_s * 0.6
    return [(t, s) for t, s in events if times[0] + margin <= t <= times[-1] - margin]


@pytest.mark.parametrize("name", SCENES)
def test_every_contact_is_found_once_on_the_right_foot(name):
    scene, scatter_s = SCENES[name]
    poses = scene_poses(scene)
    steps = person_footsteps(poses, 1, DEFAULT_PARAMS)
    expected = seen_truth(scene.walkers[0], scene, poses, "contacts")
    assert len(expected) >= 4
    errors = []
    for time_s, side in expected:
        near = [s for s in steps if abs(s.initial_contact_time_s - time_s) < 0.15]
        assert [s.side for s in near] == [side], f"at {time_s:.3f} s"
        errors.append(near[0].initial_contact_time_s - time_s)
    centre = np.median(errors)
    assert abs(centre - BIAS_S) < 0.05
    assert np.abs(errors - centre).max() < max(scatter_s, 0.6 / scene.fps), np.round(errors, 3)


@pytest.mark.parametrize("name", ["side", "side 60 fps", "run", "uneven frames"])
def test_toe_offs_follow_contacts(name):
    scene, _ = SCENES[name]
    poses = scene_poses(scene)
    steps = [s for s in person_footsteps(poses, 1, DEFAULT_PARAMS) if s.toe_off_time_s is not None]
    found = np.array([s.toe_off_time_s for s in steps])
    expected = seen_truth(scene.walkers[0], scene, poses, "toe_offs")[1:-1]
    errors = [found[np.abs(found - t).argmin()] - t for t, _ in expected]
    assert np.abs(errors - np.median(errors)).max() < 0.04, np.round(errors, 3)
    assert abs(np.median(errors)) < 0.05


def test_walking_towards_the_camera_steps_in_turn():
    scene = Scene(walkers=(TOWARDS,), duration_s=5.0)
    poses = scene_poses(scene)
    steps = person_footsteps(poses, 1, DEFAULT_PARAMS)
    expected = seen_truth(TOWARDS, scene, poses, "contacts")
    found = sum(
        any(abs(s.initial_contact_time_s - t) < 0.1 and s.side is side for s in steps)
        for t, side in expected
    )
    assert found >= 0.8 * len(expected)
    assert len(steps) <= len(expected) + 3


@pytest.mark.parametrize("noise", [0.0, 0.01, 0.02])
def test_standing_people_make_no_steps(noise):
    scene = Scene(noise_height=noise, walkers=(STANDING,), duration_s=10.0)
    assert person_footsteps(scene_poses(scene), 1, DEFAULT_PARAMS) == []


def test_no_steps_are_invented_behind_an_occlusion():
    scene = Scene(missing_s=((2.0, 3.2),))
    steps = person_footsteps(scene_poses(scene), 1, DEFAULT_PARAMS)
    assert steps
    assert not [s for s in steps if 2.05 < s.initial_contact_time_s < 3.15]


def test_walk_and_run_and_strike_pattern_are_told_apart():
    walk = person_footsteps(scene_poses(Scene()), 1, DEFAULT_PARAMS)[2:-2]
    run = person_footsteps(scene_poses(Scene(walkers=(RUN,), duration_s=5.0)), 1, DEFAULT_PARAMS)[
        2:-2
    ]
    forefoot = Scene(walkers=(replace(RUN, forefoot=True),), duration_s=5.0)
    front = person_footsteps(scene_poses(forefoot), 1, DEFAULT_PARAMS)[2:-2]
    assert {s.gait_kind for s in walk} == {GaitKind.WALK}
    assert {s.gait_kind for s in run} == {GaitKind.RUN}
    assert {s.strike_pattern for s in walk} == {StrikePattern.HEEL}
    assert StrikePattern.HEEL not in {s.strike_pattern for s in front}
    assert np.median([s.strength for s in run]) > np.median([s.strength for s in walk])


def test_contacts_move_with_the_signal():
    poses = scene_poses(Scene())
    later = replace(poses, time_s=poses.time_s + 0.5)  # a whole number of grid samples
    one, two = (
        person_footsteps(poses, 1, DEFAULT_PARAMS),
        person_footsteps(later, 1, DEFAULT_PARAMS),
    )
    np.testing.assert_allclose(
        [s.initial_contact_time_s for s in two],
        [s.initial_contact_time_s + 0.5 for s in one],
        atol=1e-6,
    )


def test_too_short_and_empty_tracks_give_nothing():
    short = scene_poses(Scene(duration_s=0.15))
    assert person_footsteps(short, 1, DEFAULT_PARAMS) == []
    assert person_footsteps(short, 99, DEFAULT_PARAMS) == []


def test_a_cut_splits_the_walk():
    poses = scene_poses(Scene())
    cut = poses.is_cut.copy()
    cut[90] = True
    pieces = person_motions(replace(poses, is_cut=cut), 1, DEFAULT_PARAMS)
    assert [p.time_s.size for p in pieces] == [90, 90]


def test_exchanged_legs_are_found_frame_by_frame():
    poses = scene_poses(Scene(noise_height=0.004))
    legs = person_motions(poses, 1, DEFAULT_PARAMS)[0].legs_xy_px
    legs = (legs - legs[:1].mean(axis=(0, 1, 2))) / 300.0
    wrong = [20, 21, 22, 60, 95, 96]
    legs[wrong] = legs[wrong][:, ::-1]
    found = exchanged_frames(legs, poses.time_s, swap_cost=0.1, swap_prior=0.004, restart_gap_s=0.4)
    assert np.flatnonzero(found).tolist() == wrong


def test_left_is_left():
    steps = person_footsteps(scene_poses(Scene()), 1, DEFAULT_PARAMS)
    sides = [s.side for s in steps]
    assert all(a is b.other for a, b in itertools.pairwise(sides))
    assert Side.LEFT in sides
