from __future__ import annotations

import numpy as np

from foley_detector.domain.boxes import Square
from foley_detector.models.base import Pose
from foley_detector.models.pose_pair import PosePair, with_legs_named_as

PICTURE = np.zeros((10, 10, 3), np.uint8)
SQUARE = Square(5.0, 5.0, 10.0)
LEFT, RIGHT = [25, 27, 29, 31], [26, 28, 30, 32]


def points(left_x: float, right_x: float) -> np.ndarray:
    out = np.zeros((33, 2), np.float32)
    out[LEFT, 0], out[RIGHT, 0] = left_x, right_x
    return out


class Fixed:
    def __init__(self, pose: Pose | None) -> None:
        self.pose, self.closed = pose, False

    def estimate(self, _picture: np.ndarray, _square: Square) -> Pose | None:
        return self.pose

    def close(self) -> None:
        self.closed = True


def pose(left_x: float, right_x: float, confidence: float = 0.9, seen: float = 1.0) -> Pose:
    return Pose(points(left_x, right_x), np.full(33, seen, np.float32), confidence, SQUARE)


def test_the_pair_answers_with_the_mean_of_both():
    both = PosePair(Fixed(pose(10, 50, 0.9, 1.0)), Fixed(pose(14, 54, 0.7, 0.5)))
    found = both.estimate(PICTURE, SQUARE)
    assert found is not None
    assert np.allclose(found.landmarks_xy_px[LEFT, 0], 12)
    assert np.allclose(found.landmarks_xy_px[RIGHT, 0], 52)
    assert np.allclose(found.visibility, 0.75)
    assert found.confidence == 0.9
    assert found.landmarks_xy_px.dtype == np.float32


def test_legs_that_the_second_network_exchanges_are_put_back_before_the_mean():
    found = PosePair(Fixed(pose(10, 50)), Fixed(pose(52, 12))).estimate(PICTURE, SQUARE)
    assert found is not None
    assert np.allclose(found.landmarks_xy_px[LEFT, 0], 11)
    assert np.allclose(found.landmarks_xy_px[RIGHT, 0], 51)


def test_crossing_legs_keep_their_names():
    second, seen = points(30.55, 30.45), np.ones(33, np.float32)
    kept, _ = with_legs_named_as(points(30, 31), second, seen)
    assert np.array_equal(kept, second)


def test_visibility_goes_with_the_exchanged_legs():
    seen = np.ones(33, np.float32)
    seen[RIGHT] = 0.25
    _, moved = with_legs_named_as(points(10, 50), points(50, 10), seen)
    assert np.allclose(moved[LEFT], 0.25)
    assert np.allclose(moved[RIGHT], 1.0)


def test_one_network_that_sees_somebody_is_enough_and_none_is_nobody():
    one = pose(1, 2)
    assert PosePair(Fixed(None), Fixed(one)).estimate(PICTURE, SQUARE) is one
    assert PosePair(Fixed(one), Fixed(None)).estimate(PICTURE, SQUARE) is one
    assert PosePair(Fixed(None), Fixed(None)).estimate(PICTURE, SQUARE) is None


def test_closing_closes_both():
    first, second = Fixed(None), Fixed(None)
    PosePair(first, second).close()
    assert first.closed
    assert second.closed
