from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_detector.domain.measured import carried, tracklet_of
from support.gait import Scene, scene_poses

SHIFT_PX = np.array([5.0, -2.0])


def test_who_stands_while_the_camera_pans_has_no_speed() -> None:
    poses = scene_poses(Scene())
    panned = np.arange(poses.time_s.size)[:, None] * SHIFT_PX
    box = np.array([300.0, 100.0, 360.0, 300.0]) + np.tile(panned, 2)[poses.row_frame]
    standing = poses.landmarks_xy_px[:1] + panned[poses.row_frame][:, None]
    camera = np.tile(np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), (poses.time_s.size, 1, 1))
    camera[:, :, 2] = SHIFT_PX
    tracks = replace(
        poses,
        box_xyxy_px=box.astype(np.float32),
        landmarks_xy_px=standing.astype(np.float32),
        camera_from_previous=camera,
    )
    found = tracklet_of(tracks, tracks.rows_of(1))
    for end, row in ((found.start, 0), (found.end, -1)):
        assert end.box_px == pytest.approx(box[row].reshape(2, 2).mean(axis=0), abs=0.01)
        assert end.box_speed == pytest.approx(0, abs=0.05)
        assert end.torso_speed == pytest.approx(0, abs=0.05)
    assert carried(tracks, np.zeros(2), 3, 7) == pytest.approx(4 * SHIFT_PX)
    assert carried(tracks, np.zeros(2), 7, 3) == pytest.approx(-4 * SHIFT_PX)
