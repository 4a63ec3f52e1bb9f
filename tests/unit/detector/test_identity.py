from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.identity import identified
from foley_detector.domain.rows import chosen_rows
from support.crowds import (
    CROSSING,
    OUTFITS,
    OVERTAKING,
    covered,
    crowd,
    dressed,
    renamed_from,
    true_shares,
)
from support.gait import Scene, Walker, scene_poses

SWAPPED = {1: 2, 2: 1}


def meeting_s(scene: Scene) -> float:
    """The middle of the time in which the second or first walker is hidden."""
    poses = scene_poses(scene)
    hidden = poses.time_s[poses.row_frame[covered(poses)]]
    assert hidden.size > 5
    return float(np.median(hidden))


@pytest.mark.parametrize("scene", [CROSSING, OVERTAKING], ids=["crossing", "overtaking"])
@pytest.mark.parametrize("alike", [False, True], ids=["other clothes", "same clothes"])
def test_ids_that_change_hands_where_people_meet_are_put_back(scene: Scene, alike: bool) -> None:
    poses = crowd(scene, alike=alike)
    wrong = renamed_from(poses, meeting_s(scene), SWAPPED)
    found = identified(wrong)
    assert found.track_ids == [1, 2]
    assert min(true_shares(found, poses)) > 0.95


@pytest.mark.parametrize("scene", [CROSSING, OVERTAKING], ids=["crossing", "overtaking"])
def test_somebody_hidden_gets_their_id_back(scene: Scene) -> None:
    poses = crowd(scene)
    found = identified(renamed_from(poses, meeting_s(scene), {1: 7, 2: 9}))
    assert found.track_ids == [1, 2]
    assert min(true_shares(found, poses)) > 0.95


def test_a_camera_that_pans_does_not_matter() -> None:
    scene = replace(CROSSING, pan_px_s=150.0)
    poses = crowd(scene)
    found = identified(renamed_from(poses, meeting_s(scene), SWAPPED))
    assert min(true_shares(found, poses)) > 0.95


def test_what_the_tracker_called_people_does_not_matter() -> None:
    poses = crowd(CROSSING)
    rng = np.random.default_rng(5)
    shuffled = replace(poses, row_track=rng.integers(1, 40, poses.row_track.size))
    np.testing.assert_array_equal(identified(shuffled).row_track, identified(poses).row_track)


@pytest.mark.parametrize("gone_s", [0.6, 1.4])
def test_somebody_behind_a_pillar_is_the_same_person(gone_s: float) -> None:
    poses = dressed(scene_poses(Scene(missing_s=((2.0, 2.0 + gone_s),))))
    found = identified(renamed_from(poses, 2.0, {1: 5}))
    assert found.track_ids == [1]


def test_somebody_else_from_behind_the_pillar_is_somebody_else() -> None:
    poses = dressed(scene_poses(Scene(missing_s=((2.0, 2.6),))))
    late = poses.time_s[poses.row_frame] > 2.3
    other = np.where(late[:, None, None], OUTFITS[2], poses.row_colours)
    back = poses.landmarks_xy_px.copy()
    back[late] = back[late] + np.float32([160, 0])  # and not where the first was going
    moved = poses.box_xyxy_px + np.where(late[:, None], 160, 0).astype(np.float32)
    changed = replace(poses, row_colours=other.astype(np.float32), landmarks_xy_px=back)
    assert identified(replace(changed, box_xyxy_px=moved)).track_ids == [1, 2]


def test_a_cut_ends_everybody() -> None:
    poses = crowd(CROSSING)
    cut = poses.is_cut.copy()
    cut[60] = True
    found = identified(replace(poses, is_cut=cut))
    before = set(found.row_track[found.row_frame < 60].tolist())
    after = set(found.row_track[found.row_frame >= 60].tolist())
    assert len(before) == len(after) == 2
    assert not before & after


def with_false_alarm(poses: PoseTracks, frames: range, box: list[float]) -> PoseTracks:
    """A thing that the detector takes for a person for a while."""
    extra = len(frames)
    grown = {
        "row_frame": np.r_[poses.row_frame, np.array(frames)],
        "row_track": np.r_[poses.row_track, np.full(extra, 30)],
        "box_xyxy_px": np.r_[poses.box_xyxy_px, np.tile(np.float32(box), (extra, 1))],
        "box_confidence": np.r_[poses.box_confidence, np.full(extra, 0.4, np.float32)],
        "box_is_detected": np.r_[poses.box_is_detected, np.ones(extra, bool)],
        "pose_confidence": np.r_[poses.pose_confidence, np.zeros(extra, np.float32)],
    }
    for name in ("landmarks_xy_px", "visibility", "row_colours"):
        old = getattr(poses, name)
        empty = np.full((extra, *old.shape[1:]), 0 if name == "visibility" else np.nan, np.float32)
        grown[name] = np.concatenate([old, empty])
    order = np.argsort(grown["row_frame"], kind="stable")
    return replace(poses, **{name: values[order] for name, values in grown.items()})


def test_false_alarms_are_left_out_and_lasting_people_are_not() -> None:
    poses = dressed(scene_poses(Scene()))
    tree = [900.0, 100.0, 960.0, 300.0]
    assert identified(with_false_alarm(poses, range(50, 58), tree)).track_ids == [1]
    assert identified(with_false_alarm(poses, range(50, 80), tree)).track_ids == [1, 2]


def test_a_guess_bridges_a_gap_and_is_no_end() -> None:
    poses = dressed(scene_poses(Scene()))
    frames = poses.row_frame
    guess = ((frames >= 60) & (frames < 70)) | (frames >= 170)
    confidence = np.where(guess, 0.0, poses.box_confidence).astype(np.float32)
    found = identified(replace(poses, box_confidence=confidence, box_is_detected=~guess))
    assert found.row_frame.tolist() == list(range(170))


def test_a_person_is_seen_by_the_detector_more_than_once() -> None:
    poses = dressed(scene_poses(Scene()))
    detected = np.zeros(poses.row_frame.size, bool)
    detected[:1] = True
    assert identified(replace(poses, box_is_detected=detected)).track_ids == []
    detected[10] = True
    assert identified(replace(poses, box_is_detected=detected)).track_ids == [1]


def test_single_rows_are_put_where_the_way_passes() -> None:
    poses = dressed(scene_poses(Scene()))
    frames = poses.row_frame
    gap = (frames >= 80) & (frames <= 90) & (frames != 85)
    found = identified(chosen_rows(poses, ~gap))
    assert 85 in found.row_frame
    odd = poses.landmarks_xy_px.copy()
    odd[85] += 60
    assert 85 not in identified(chosen_rows(replace(poses, landmarks_xy_px=odd), ~gap)).row_frame


def test_small_people_whose_poses_jump_are_followed_by_their_boxes() -> None:
    poses = scene_poses(Scene(walkers=(Walker(distance_m=40.0, start_m=-4.0),)))
    rng = np.random.default_rng(1)
    trembling = rng.normal(0, 6, (poses.row_frame.size, 1, 2)).astype(np.float32)
    shaky = poses.landmarks_xy_px + trembling
    shaky[rng.random(len(shaky)) < 0.3] = np.nan
    found = identified(replace(poses, landmarks_xy_px=shaky))
    assert found.track_ids == [1]
    assert found.row_frame.size == poses.row_frame.size


@pytest.mark.parametrize("flat", [slice(None), slice(None, None, 3), slice(79, 92)])
def test_boxes_without_height_are_no_error(flat: slice) -> None:
    """What the picture's edge leaves of a box may be a line."""
    poses = dressed(scene_poses(Scene()))
    boxes = poses.box_xyxy_px.copy()
    boxes[flat, 3] = boxes[flat, 1]
    gap = (poses.row_frame >= 80) & (poses.row_frame <= 90) & (poses.row_frame != 85)
    found = identified(chosen_rows(replace(poses, box_xyxy_px=boxes), ~gap))
    assert set(found.row_frame.tolist()) <= set(range(180))
    assert (found.row_frame.size > 0) == (flat != slice(None))


def test_nobody_is_nobody() -> None:
    poses = scene_poses(Scene(missing_s=((0.0, 99.0),)))
    assert identified(poses).track_ids == []
