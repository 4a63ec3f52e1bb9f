"""The part of the picture that shows one person, with the people beside them painted over.

The pose network is made for one person in its square. With two it takes a leg of one and a leg of the other, or the
whole neighbour. On the rendered crossing d10 the foot landmarks of a tenth of the squares with two people in them are
off by more than 0.09 body heights; with the neighbours painted over by more than 0.037.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foley_detector.domain.boxes import BoxArray, Square, bounds_of_square
from foley_detector.models.base import Picture, Pose

OWN_MARGIN = 0.03
"""Rim around a person's own box that is never painted over, in heights of the box: detectors cut off toes and hands."""

SAMPLE_STEP_PX = 8
"""Every 8th pixel of the square says what colour the ground has: enough for a median."""


def picture_alone(
    picture: Picture, square: Square, own_xyxy_px: BoxArray, others_xyxy_px: BoxArray
) -> tuple[Picture, tuple[int, int]] | None:
    """What lies in a square, with other people's boxes filled with the colour around where they are not the own box.

    Args:
        picture: The whole picture; not changed.
        square: Where the person is looked for.
        own_xyxy_px: shape ``(4,)``, box of the person.
        others_xyxy_px: shape ``(n, 4)``, boxes of the others.

    Returns:
        A picture and the place of its upper left corner in the whole one; None when nobody else is in the square.
    """
    left, top, right, bottom = bounds_of_square(square, picture.shape[1], picture.shape[0])
    if right <= left or bottom <= top:
        return None
    corner = np.array([left, top, left, top])
    size = np.array([right - left, bottom - top] * 2)
    boxes = np.clip(np.round(others_xyxy_px - corner), 0, size).astype(int)
    boxes = boxes[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])]
    if not len(boxes):
        return None
    part = picture[top:bottom, left:right].copy()
    painted = np.zeros(part.shape[:2], bool)
    for x0, y0, x1, y1 in boxes:
        painted[y0:y1, x0:x1] = True
    rim = OWN_MARGIN * float(own_xyxy_px[3] - own_xyxy_px[1]) * np.array([-1, -1, 1, 1])
    x0, y0, x1, y1 = np.clip(np.round(own_xyxy_px + rim - corner), 0, size).astype(int)
    background = ~painted
    painted[y0:y1, x0:x1] = background[y0:y1, x0:x1] = False
    part[painted] = _colour(part, background)
    return part, (left, top)


def _colour(part: Picture, background: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Median colour of the background; of everything where nothing of it is seen."""
    step = slice(None, None, SAMPLE_STEP_PX)
    pixels = part[step, step][background[step, step]]
    if not len(pixels):
        pixels = part[step, step].reshape(-1, 3)
    return np.median(pixels, axis=0).astype(np.uint8)


def moved_square(square: Square, by_px: tuple[int, int]) -> Square:
    """The same square in another picture's coordinates.

    >>> moved_square(Square(10.0, 20.0, 4.0), (3, -2))
    Square(x_px=13.0, y_px=18.0, side_px=4.0, turn_rad=0.0)
    """
    return replace(square, x_px=square.x_px + by_px[0], y_px=square.y_px + by_px[1])


def moved_pose(pose: Pose, by_px: tuple[int, int]) -> Pose:
    """The same pose in another picture's coordinates."""
    asked = pose.next_square
    return replace(
        pose,
        landmarks_xy_px=pose.landmarks_xy_px + np.array(by_px, np.float32),
        next_square=None if asked is None else moved_square(asked, by_px),
    )
