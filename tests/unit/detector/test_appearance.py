from __future__ import annotations

import cv2
import numpy as np
import pytest

from foley_common.pose_tracks import BODY_PARTS, LANDMARK_COUNT
from foley_detector.models.appearance import body_colours

COLOURS_BGR = {
    "head": (120, 160, 220),
    "torso": (40, 40, 200),
    "thighs": (200, 80, 40),
    "shins": (60, 180, 60),
    "shoes": (240, 240, 240),
}
BANDS = {
    "head": (20, 60),
    "torso": (60, 150),
    "thighs": (150, 210),
    "shins": (210, 280),
    "shoes": (280, 300),
}
NOBODY = np.zeros((0, 4), np.float32)


@pytest.fixture
def picture() -> np.ndarray:
    drawn = np.full((320, 200, 3), 90, np.uint8)
    for part, (top, bottom) in BANDS.items():
        drawn[top:bottom, 60:140] = COLOURS_BGR[part]
    return drawn


@pytest.fixture
def landmarks() -> np.ndarray:
    points = np.zeros((LANDMARK_COUNT, 2), np.float32)
    points[:11] = [100, 40]
    heights = {11: 65, 23: 145, 25: 211, 27: 281, 29: 290, 31: 292}
    for left, y in heights.items():
        points[left], points[left + 1] = [120, y], [80, y]
    points[13:23] = [100, 100]
    return points


def expected(part: str) -> np.ndarray:
    return cv2.cvtColor(np.uint8([[COLOURS_BGR[part]]]), cv2.COLOR_BGR2LAB)[0, 0]


def test_each_part_has_its_colour(picture: np.ndarray, landmarks: np.ndarray) -> None:
    found = body_colours(picture, landmarks, NOBODY)
    for number, part in enumerate(BODY_PARTS):
        np.testing.assert_allclose(found[number], expected(part), atol=2)


def test_what_somebody_in_front_hides_is_not_seen(
    picture: np.ndarray, landmarks: np.ndarray
) -> None:
    nearer = np.float32([[0, 200, 200, 320]])
    found = body_colours(picture, landmarks, nearer)
    hidden = np.isnan(found).all(axis=1)
    assert dict(zip(BODY_PARTS, hidden.tolist(), strict=True)) == {
        "head": False,
        "torso": False,
        "thighs": False,
        "shins": True,
        "shoes": True,
    }


def test_outside_the_picture_there_is_nothing(picture: np.ndarray, landmarks: np.ndarray) -> None:
    assert np.isnan(body_colours(picture, landmarks + 1000, NOBODY)).all()
