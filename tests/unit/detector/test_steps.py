from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_common.footsteps import Footstep
from foley_detector.domain.params import DEFAULT_PARAMS, MIN_CONFIDENCE
from foley_detector.domain.statistics import detection_statistics, track_of
from foley_detector.footsteps import person_footsteps
from support.gait import Scene, scene_poses


def step(time_s, side, toe_off_s=None):
    return Footstep("", 1, side, time_s, toe_off_s, 0.9, 0.9, 0.5, None, None, 0.0, 0.0)


def test_statistics_of_a_walk_are_those_it_was_made_with():
    scene = Scene()
    poses = scene_poses(scene)
    walker = scene.walkers[0]
    track = track_of(poses, 1, person_footsteps(poses, 1, DEFAULT_PARAMS))
    assert track.cadence_spm == pytest.approx(60 * walker.cadence_hz, rel=0.02)
    assert track.stride_time_s == pytest.approx(walker.stride_s, rel=0.02)
    assert track.stance_time_s == pytest.approx(walker.duty * walker.stride_s, abs=0.08)
    assert len(track.boxes) == poses.rows_of(1).size


def test_statistics_of_nobody_are_zero():
    poses = scene_poses(Scene(missing_s=((0.0, 99.0),)))
    counted = detection_statistics(poses)
    assert (counted.frame_count, counted.person_frame_count, counted.pose_frame_count) == (
        180,
        0,
        0,
    )
    assert track_of(poses, 1, []).cadence_spm == 0.0


def test_frames_count_apart_with_a_person_and_with_a_pose():
    poses = scene_poses(Scene(missing_s=((1.0, 2.0),)))
    confidence = poses.pose_confidence.copy()
    confidence[:40] = 0.0
    counted = detection_statistics(replace(poses, pose_confidence=confidence))
    assert counted.frame_count == 180
    assert counted.person_frame_count == poses.row_frame.size == 150
    assert counted.pose_frame_count == 110


def test_legal_order_and_ranges():
    steps = person_footsteps(scene_poses(Scene(noise_height=0.008)), 1, DEFAULT_PARAMS)
    times = [s.initial_contact_time_s for s in steps]
    assert times == sorted(times)
    for s in steps:
        assert 0.0 <= s.confidence <= 1.0
        assert 0.0 <= s.strength <= 1.0
        assert s.person_height_px > 0
        assert np.isfinite([s.x_px, s.y_px]).all()
    for a, b in zip(steps[:-2], steps[2:], strict=True):
        if a.side is b.side and a.toe_off_time_s is not None:
            assert a.toe_off_time_s < b.initial_contact_time_s
    assert [s.footstep_id for s in steps][:2] == ["t1-0001", "t1-0002"]


def test_a_toe_off_stands_where_the_toe_leaves_also_under_a_moving_camera():
    scene = Scene(pan_px_s=120.0)
    poses = scene_poses(scene)
    steps = person_footsteps(poses, 1, DEFAULT_PARAMS)
    off_px = []
    for step in steps:
        if step.toe_off_time_s is None:
            continue
        frame = int(np.abs(poses.time_s - step.toe_off_time_s).argmin())
        toe = poses.landmarks_xy_px[frame, 31 if step.side == "left" else 32]
        off_px.append(np.hypot(*(np.array(step.toe_off_xy_px) - toe)))
        contact_px = np.hypot(*(np.array([step.x_px, step.y_px]) - toe))
        assert contact_px > 2 * off_px[-1]
    assert len(off_px) >= 8
    assert np.median(off_px) < 0.05 * steps[0].person_height_px


def test_without_a_place_of_its_own_a_toe_off_stands_at_the_contact():
    step = person_footsteps(scene_poses(Scene()), 1, DEFAULT_PARAMS)[0]
    bare = replace(step, toe_off_x_px=None, toe_off_y_px=None)
    assert bare.toe_off_xy_px == (step.x_px, step.y_px)


def test_presets_move_one_threshold():
    low, medium, high = (MIN_CONFIDENCE[key] for key in ("low", "medium", "high"))
    assert low > medium > high
