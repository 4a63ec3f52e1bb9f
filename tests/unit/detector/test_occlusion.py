from __future__ import annotations

from dataclasses import replace

import numpy as np

from foley_detector.domain.occlusion import without_hidden_legs, without_stolen_poses
from foley_detector.domain.types import LEG_LANDMARKS
from support.crowds import CROSSING, covered, dressed
from support.gait import Scene, scene_poses

ANKLES = LEG_LANDMARKS[:, 2]


def test_a_pose_of_the_person_in_front_is_taken_from_the_one_behind() -> None:
    poses = dressed(scene_poses(CROSSING))
    hidden = np.flatnonzero(covered(poses))
    landmarks = poses.landmarks_xy_px.copy()
    for row in hidden:
        frame = poses.row_frame[row]
        front = np.flatnonzero((poses.row_frame == frame) & (poses.row_track == 1))[0]
        landmarks[row] = landmarks[front] + 1.0
    found = without_stolen_poses(replace(poses, landmarks_xy_px=landmarks))
    assert hidden.size > 5
    assert np.isnan(found.landmarks_xy_px[hidden]).all()
    assert (found.visibility[hidden] == 0).all()
    assert (found.pose_confidence[hidden] == 0).all()
    others = np.setdiff1d(np.arange(poses.row_frame.size), hidden)
    np.testing.assert_array_equal(found.landmarks_xy_px[others], landmarks[others])


def test_people_side_by_side_keep_their_poses() -> None:
    poses = scene_poses(CROSSING)
    found = without_stolen_poses(poses)
    np.testing.assert_array_equal(found.landmarks_xy_px, poses.landmarks_xy_px)


def test_poses_as_far_apart_as_two_bodies_are_not_one() -> None:
    poses = dressed(scene_poses(CROSSING))
    landmarks = poses.landmarks_xy_px.copy()
    row = int(np.flatnonzero(covered(poses))[0])
    frame = poses.row_frame[row]
    front = int(np.flatnonzero((poses.row_frame == frame) & (poses.row_track == 1))[0])
    height = np.ptp(poses.box_xyxy_px[[row, front]][:, [1, 3]], axis=1).max()
    for apart, is_stolen in ((0.04, True), (0.06, False)):
        landmarks[row] = landmarks[front] + np.float32([apart * height, 0.0])
        found = without_stolen_poses(replace(poses, landmarks_xy_px=landmarks))
        assert bool(np.isnan(found.landmarks_xy_px[[row, front]]).any()) is is_stolen


def test_legs_behind_a_nearer_persons_legs_are_not_seen() -> None:
    poses = scene_poses(CROSSING)
    found = without_hidden_legs(poses)
    near, far = (found.visibility[poses.row_track == track] for track in (1, 2))
    assert (near > 0).all()
    lost = np.flatnonzero((far[:, ANKLES] == 0).any(axis=1))
    apart = np.abs(
        np.subtract(
            *(poses.landmarks_xy_px[poses.row_track == t][:, [23, 24], 0].mean(1) for t in (1, 2))
        )
    )
    assert lost.size >= 2
    assert apart[lost].max() < 0.5 * np.ptp(poses.box_xyxy_px[0, [1, 3]])


def test_one_person_loses_nothing() -> None:
    poses = scene_poses(Scene())
    np.testing.assert_array_equal(without_hidden_legs(poses).visibility, poses.visibility)
    assert without_stolen_poses(poses) is poses


def test_nobody_is_no_error() -> None:
    poses = scene_poses(Scene(missing_s=((0.0, 99.0),)))
    assert without_hidden_legs(without_stolen_poses(poses)).row_frame.size == 0
