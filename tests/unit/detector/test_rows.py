from __future__ import annotations

import numpy as np

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.camera import no_motion
from foley_detector.rows import Row, RowCollector

BOX = np.array([0, 0, 10, 20], np.float32)


def collected(
    frames: int, seen: dict[int, list[int]], guessed: dict[int, list[int]] | None = None
) -> PoseTracks:
    """Tracks with detections and guesses in these frames, 10 frames a second."""
    rows = RowCollector()
    rows.set_size(100, 50)
    for frame in range(frames):
        here = [Row(track, BOX, 0.8, is_detected=True) for track, at in seen.items() if frame in at]
        here += [
            Row(track, BOX, 0.0, is_detected=False)
            for track, at in (guessed or {}).items()
            if frame in at
        ]
        rows.add_frame(
            frame, frame / 10, affine=no_motion(), is_cut=False, is_duplicate=False, rows=here
        )
    return rows.pose_tracks()


def test_ids_count_from_one_whatever_the_tracker_called_them() -> None:
    poses = collected(20, {7: list(range(20)), 3: list(range(5, 15))})
    assert poses.track_ids == [1, 2]
    assert poses.rows_of(1).size == 20


def test_guesses_and_short_tracks_are_kept_until_the_whole_clip_is_known() -> None:
    poses = collected(20, {1: [2, 3, 4, 8, 9], 2: [12]}, {1: [5, 6, 7, 10, 11]})
    assert poses.rows_of(1).size == 10
    assert poses.rows_of(2).size == 1
    assert poses.box_is_detected[poses.rows_of(1)].tolist() == (
        [True] * 3 + [False] * 3 + [True] * 2 + [False] * 2
    )


def test_clothes_are_of_unit_length_for_the_people_kept() -> None:
    rows = RowCollector()
    rows.set_size(100, 50)
    for frame in range(5):
        rows.add_frame(
            frame,
            frame / 10,
            affine=no_motion(),
            is_cut=False,
            is_duplicate=False,
            rows=[Row(4, BOX, 0.9, is_detected=True)],
        )
        rows.add_appearance(4, np.array([9.0, 16.0]))
        rows.add_appearance(9, np.array([1.0, 0.0]))
    poses = rows.pose_tracks()
    assert poses.appearance_track.tolist() == [1]
    np.testing.assert_allclose(poses.appearance, [[0.6, 0.8]], atol=1e-6)
