from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_common.footsteps import Sensitivity
from foley_detector.domain.join import join_segments
from foley_detector.footsteps import find_footsteps
from support.gait import Scene, Walker, scene_poses, segments_of, video_info

TWO = Scene(
    noise_height=0.005,
    walkers=(
        Walker(distance_m=6.5),
        Walker(heading_deg=-90.0, distance_m=9.0, start_m=-4.5, cadence_hz=1.7),
    ),
)


def events(segments, scene):
    found, _ = find_footsteps(segments, video_info(scene), Sensitivity.HIGH)
    return [
        (s.track_id, s.side, s.initial_contact_time_s, s.toe_off_time_s) for s in found.footsteps
    ]


@pytest.mark.parametrize("overlap", [0, 12])
@pytest.mark.parametrize("count", [3, 10])
def test_a_clip_cut_into_segments_gives_the_same_footsteps(count, overlap):
    poses = scene_poses(TWO)
    whole = events([poses], TWO)
    cut = events(segments_of(poses, count, overlap_frames=overlap), TWO)
    assert len(whole) > 12
    assert [(t, s) for t, s, *_ in cut] == [(t, s) for t, s, *_ in whole]
    for a, b in zip(whole, cut, strict=True):
        assert a[2] == pytest.approx(b[2], abs=1e-3)
        assert (a[3] is None) == (b[3] is None)


def test_segments_may_come_in_any_order():
    pieces = segments_of(scene_poses(TWO), 3)
    assert events(pieces[::-1], TWO) == events(pieces, TWO)


def test_a_track_broken_by_a_short_occlusion_is_one_person():
    poses = scene_poses(Scene(missing_s=((2.0, 2.6),)))
    second = poses.time_s[poses.row_frame] > 2.3
    broken = replace(
        poses,
        row_track=np.where(second, 7, 1),
        appearance_track=np.array([1, 7]),
        appearance=np.repeat(poses.appearance, 2, axis=0),
    )
    assert join_segments([broken]).track_ids == [1]


def test_another_person_or_another_shot_is_not_linked():
    poses = scene_poses(Scene(missing_s=((2.0, 2.6),)))
    second = poses.time_s[poses.row_frame] > 2.3
    other = replace(
        poses,
        row_track=np.where(second, 7, 1),
        appearance_track=np.array([1, 7]),
        appearance=np.eye(2, dtype=np.float32),
    )
    assert join_segments([other]).track_ids == [1, 2]
    cut = poses.is_cut.copy()
    cut[75] = True
    assert join_segments(
        [replace(other, appearance=np.ones((2, 2), np.float32), is_cut=cut)]
    ).track_ids == [1, 2]


def test_ids_count_from_one_in_order_of_appearance():
    poses = scene_poses(TWO)
    strange = replace(
        poses, row_track=poses.row_track + 40, appearance_track=poses.appearance_track + 40
    )
    assert join_segments([strange]).track_ids == [1, 2]


def test_empty_and_wrong_input():
    with pytest.raises(ValueError, match="no segments"):
        join_segments([])
    poses = scene_poses(Scene())
    with pytest.raises(ValueError, match="one size"):
        join_segments([poses, replace(poses, width_px=640)])
