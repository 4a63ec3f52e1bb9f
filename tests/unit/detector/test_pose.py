from __future__ import annotations

import contextlib
import ctypes.util
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from foley_common.errors import ModelCorrupt, ModelMissing
from foley_detector.domain.boxes import Square, square_of_box
from foley_detector.models.base import Pose
from foley_detector.models.direct_pose import DirectPoseEstimator, cut_out, refine
from foley_detector.models.mediapipe_tasks_pose import TasksPoseEstimator
from support.rendered import SIDE_WALK, frames, loaded, true_box, true_feet, weights

FEET = [29, 31, 30, 32]  # left heel, left toe, right heel, right toe, as the renderer's truth
FRAMES = range(40, 140, 10)


def heel_errors(estimator, margin: float = 1.25) -> list[float]:
    """Distance of the heels from the truth, per cent of the body's height."""
    errors: list[float] = []
    for number in FRAMES:
        frame = frames(SIDE_WALK, 1, first=number)[0]
        box = true_box(SIDE_WALK, 0, frame.time_s)
        assert box is not None
        pose = estimator.estimate(
            frame.picture, square_of_box(box.astype(np.float32), margin=margin)
        )
        assert isinstance(pose, Pose)
        away = np.linalg.norm(pose.landmarks_xy_px[FEET] - true_feet(SIDE_WALK, 0, number), axis=1)
        errors += (100 * away[[0, 2]] / (box[3] - box[1])).tolist()
    return errors


def test_heels_are_as_exact_as_mediapipe_finds_them() -> None:
    # MediaPipe's own library has a median of 1.4 % on this clip (facts/rendered-truth.md, section 4).
    assert np.median(heel_errors(loaded().models.poses)) < 2.0


def test_the_lite_network_works_too() -> None:
    estimator = DirectPoseEstimator(weights("pose_landmarker_lite.task"), copies=2)
    assert np.median(heel_errors(estimator)) < 3.0


def test_copies_of_a_network_answer_at_once_and_alike() -> None:
    one = DirectPoseEstimator(weights("pose_landmarker_lite.task"))
    three = DirectPoseEstimator(weights("pose_landmarker_lite.task"), copies=3)
    asked = []
    for frame in frames(SIDE_WALK, 12, first=90):
        box = true_box(SIDE_WALK, 0, frame.time_s)
        assert box is not None
        asked.append((frame.picture, square_of_box(box.astype(np.float32))))
    with ThreadPoolExecutor(6) as workers:  # twice as many as there are copies
        answers = list(workers.map(lambda one_of: three.estimate(*one_of), asked * 3))
    for (picture, square), answer in zip(asked * 3, answers, strict=True):
        alone = one.estimate(picture, square)
        assert alone is not None
        assert answer is not None
        np.testing.assert_array_equal(answer.landmarks_xy_px, alone.landmarks_xy_px)
        np.testing.assert_array_equal(answer.visibility, alone.visibility)


def test_mediapipes_own_library_agrees_or_says_what_it_lacks() -> None:
    """It needs system libraries that a slim machine lacks; either way the user must not be left with a puzzle."""
    if all(ctypes.util.find_library(name) for name in ("EGL", "GLESv2")):
        with contextlib.closing(
            TasksPoseEstimator(weights("pose_landmarker_full.task"))
        ) as estimator:
            assert np.median(heel_errors(estimator)) < 2.0
    else:
        with pytest.raises(ModelMissing, match="libegl1 and libgles2"):
            TasksPoseEstimator(weights("pose_landmarker_full.task"))


def test_visibility_and_confidence_are_shares() -> None:
    frame = frames(SIDE_WALK, 1, first=90)[0]
    box = true_box(SIDE_WALK, 0, frame.time_s)
    assert box is not None
    pose = loaded().models.poses.estimate(frame.picture, square_of_box(box.astype(np.float32)))
    assert pose is not None
    assert pose.visibility.shape == (33,)
    assert 0 <= pose.visibility.min() <= pose.visibility.max() <= 1
    assert pose.visibility[FEET].min() > 0.5
    assert 0.5 < pose.confidence <= 1
    assert pose.next_square is not None
    assert abs(pose.next_square.turn_rad) < 0.3


def test_nobody_in_the_square_is_no_pose() -> None:
    empty = np.full((200, 300, 3), 120, np.uint8)
    assert loaded().models.poses.estimate(empty, Square(100, 100, 150)) is None


def test_a_square_outside_the_picture_is_no_pose() -> None:
    picture = frames(SIDE_WALK, 1, first=90)[0].picture
    assert loaded().models.poses.estimate(picture, Square(-900, -900, 100)) is None


def test_cutting_out_keeps_places_when_turned_and_shrunk() -> None:
    picture = np.zeros((1200, 1200, 3), np.uint8)
    picture[580:620, 780:820] = 255  # 200 px right of the square's centre
    turned = cut_out(picture, Square(600, 600, 1000, np.pi / 2), 256)
    assert turned.shape == (256, 256, 3)
    rows, columns = np.nonzero(turned[..., 0] > 0.5)
    # In a square turned clockwise by a quarter, "right" in the picture is "up" in the square.
    assert rows.mean() == pytest.approx(128 - 200 * 0.256, abs=1)
    assert columns.mean() == pytest.approx(128, abs=1)


def test_red_comes_first() -> None:
    blue = np.zeros((64, 64, 3), np.uint8)
    blue[..., 0] = 255
    assert cut_out(blue, Square(32, 32, 64), 32)[16, 16].tolist() == [0, 0, 1]


def test_a_sure_heat_map_moves_a_landmark_and_an_unsure_one_does_not() -> None:
    heatmap = np.full((64, 64, 2), -20.0, np.float32)
    heatmap[32, 34, 0] = 10
    heatmap[32, 34, 1] = -3
    points = np.array([[0.5, 0.5], [0.5, 0.5]], np.float32)
    np.testing.assert_allclose(refine(points, heatmap), [[34 / 64, 0.5], [0.5, 0.5]], atol=1e-4)


def test_points_outside_the_heat_map_stay() -> None:
    points = np.array([[1.2, -0.1]], np.float32)
    assert np.array_equal(refine(points, np.zeros((64, 64, 1), np.float32)), points)


@pytest.mark.parametrize("content", [b"no zip", None])
def test_a_file_without_the_network_is_corrupt(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "pose.task"
    if content is None:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("other.tflite", b"")
    else:
        file.write_bytes(content)
    with pytest.raises(ModelCorrupt, match=r"pose\.task does not hold"):
        DirectPoseEstimator(file)
