from __future__ import annotations

import numpy as np

from foley_detector.domain.boxes import Square
from foley_detector.models.alone import moved_pose, picture_alone
from foley_detector.models.base import Pose

OWN = np.array([40, 20, 60, 80], np.float32)
OTHER = np.array([[55, 10, 75, 90]], np.float32)
SQUARE = Square(50.0, 50.0, 80.0)


def scene() -> np.ndarray:
    picture = np.full((100, 120, 3), 50, np.uint8)
    picture[10:90, 55:75] = (0, 0, 255)
    picture[20:80, 40:60] = (0, 255, 0)
    return picture


def test_the_neighbour_is_painted_over_and_the_own_box_is_not() -> None:
    picture = scene()
    before = picture.copy()
    made = picture_alone(picture, SQUARE, OWN, OTHER)
    assert made is not None
    part, (left, top) = made
    assert (left, top) == (10, 10)
    assert part.shape == (80, 80, 3)
    assert (part[15:65, 35:48] == (0, 255, 0)).all()  # the own body
    assert (part[2:78, 56:64] == 50).all()  # the neighbour beside it takes the ground's colour
    np.testing.assert_array_equal(picture, before)


def test_alone_in_the_square_nothing_is_made() -> None:
    assert picture_alone(scene(), SQUARE, OWN, np.zeros((0, 4), np.float32)) is None
    assert picture_alone(scene(), Square(20.0, 50.0, 30.0), OWN, OTHER) is None


def test_a_square_outside_the_picture_is_no_error() -> None:
    assert picture_alone(scene(), Square(-90.0, 50.0, 30.0), OWN, OTHER) is None


def test_a_pose_comes_back_to_the_whole_picture() -> None:
    pose = Pose(np.zeros((33, 2), np.float32), np.ones(33, np.float32), 0.9, Square(1.0, 2.0, 3.0))
    back = moved_pose(pose, (10, -5))
    assert back.landmarks_xy_px[0].tolist() == [10.0, -5.0]
    assert back.next_square == Square(11.0, -3.0, 3.0)
