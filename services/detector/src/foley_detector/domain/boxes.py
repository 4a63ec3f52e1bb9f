"""Boxes around people: overlap, pairing, interpolation between detections, and the square the pose network sees."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoxArray = NDArray[np.float32]

POSE_NETWORK_MARGIN = 1.25
"""Side of the pose network's square as a multiple of the circle that holds the body: MediaPipe's `pose_landmark_cpu`
graph scales its region by 1.25, and the network was trained on such squares."""

BOX_SQUARE_MARGIN = 1.25
"""Side of the square around a detector's box as a multiple of the box's longer side. A square of 1.3 forgives a box
that is wrong by 0.1 heights (facts/detection.md §3); 1.25 is what the network was trained on."""

MIN_SQUARE_PX = 16.0
"""Smallest side of a square in pixels: below this there is no picture to look at."""


@dataclass(frozen=True, slots=True)
class Square:
    """A square of the displayed picture, turned so that the body in it stands upright.

    Attributes:
        x_px, y_px: Centre.
        side_px: Length of a side.
        turn_rad: Angle by which the square is turned, clockwise in the picture; 0 for an upright person.
    """

    x_px: float
    y_px: float
    side_px: float
    turn_rad: float = 0.0


def overlap(a_xyxy: BoxArray, b_xyxy: BoxArray) -> NDArray[np.float64]:
    """Intersection over union of every pair of boxes.

    Args:
        a_xyxy: shape ``(n, 4)``.
        b_xyxy: shape ``(m, 4)``.

    Returns:
        Shape ``(n, m)``, 0 to 1.

    >>> overlap(np.float32([[0, 0, 2, 2]]), np.float32([[0, 0, 2, 2], [1, 0, 3, 2]])).round(2).tolist()
    [[1.0, 0.33]]
    """
    a = np.asarray(a_xyxy, np.float64).reshape(-1, 1, 4)
    b = np.asarray(b_xyxy, np.float64).reshape(1, -1, 4)
    size = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None)
    shared = size[..., 0] * size[..., 1]
    areas = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1)
    return shared / np.maximum(areas - shared, 1e-9)


def all_paired(a_xyxy: BoxArray, b_xyxy: BoxArray, *, min_overlap: float) -> bool:
    """True when every box has a partner of its own on the other side.

    >>> all_paired(np.float32([[0, 0, 2, 2]]), np.float32([[0, 0, 2, 2.2]]), min_overlap=0.5)
    True
    >>> all_paired(np.float32([[0, 0, 2, 2]]), np.float32([[9, 9, 11, 11]]), min_overlap=0.5)
    False
    """
    if len(a_xyxy) != len(b_xyxy):
        return False
    if len(a_xyxy) == 0:
        return True
    pairs = overlap(a_xyxy, b_xyxy)
    best = pairs.argmax(axis=1)
    return len(set(best.tolist())) == len(best) and bool(np.all(pairs.max(axis=1) >= min_overlap))


def crowded(boxes_xyxy: BoxArray, *, max_overlap: float) -> bool:
    """True when two boxes of one picture overlap by more than this.

    >>> crowded(np.float32([[0, 0, 2, 2], [1, 0, 3, 2]]), max_overlap=0.1)
    True
    """
    pairs = overlap(boxes_xyxy, boxes_xyxy)
    np.fill_diagonal(pairs, 0)
    return bool(np.any(pairs > max_overlap))


def interpolate_boxes(
    start_xyxy: BoxArray,
    end_xyxy: BoxArray,
    *,
    start_s: float,
    end_s: float,
    at_s: NDArray[np.float64],
) -> BoxArray:
    """Boxes between two detections of one person, moving evenly in time.

    Args:
        start_xyxy: shape ``(4,)``, the earlier detection.
        end_xyxy: shape ``(4,)``, the later one.
        start_s: When the earlier one was seen.
        end_s: When the later one was seen; greater than ``start_s``.
        at_s: shape ``(n,)``, times between.

    Returns:
        Shape ``(n, 4)``.

    >>> interpolate_boxes(
    ...     np.float32([0, 0, 1, 1]), np.float32([4, 0, 5, 1]), start_s=1.0, end_s=2.0, at_s=np.array([1.25])
    ... ).tolist()
    [[1.0, 0.0, 2.0, 1.0]]
    """
    if not end_s > start_s:
        raise ValueError(f"end_s must be later than start_s, got {start_s} and {end_s}")
    share = ((np.asarray(at_s) - start_s) / (end_s - start_s)).reshape(-1, 1)
    return (start_xyxy * (1 - share) + end_xyxy * share).astype(np.float32)


def square_of_box(box_xyxy: BoxArray, *, margin: float = BOX_SQUARE_MARGIN) -> Square:
    """The upright square around a detector's box.

    >>> square_of_box(np.float32([10, 0, 30, 100]), margin=1.2)
    Square(x_px=20.0, y_px=50.0, side_px=120.0, turn_rad=0.0)
    """
    left, top, right, bottom = (float(value) for value in box_xyxy)
    side = round(margin * max(right - left, bottom - top), 4)
    return Square((left + right) / 2, (top + bottom) / 2, max(side, MIN_SQUARE_PX))


def square_of_body(
    centre_xy_px: NDArray[np.float32],
    rim_xy_px: NDArray[np.float32],
    *,
    margin: float = POSE_NETWORK_MARGIN,
) -> Square:
    """The square that the pose network's own two extra points ask for.

    Point 33 is the middle of the hips, point 34 lies on the circle around the whole body, above the head of a
    person who stands upright (MediaPipe, `pose_landmarks_to_roi`).

    >>> square_of_body(np.float32([50, 50]), np.float32([50, 10]), margin=1.0)
    Square(x_px=50.0, y_px=50.0, side_px=80.0, turn_rad=0.0)
    """
    x, y = (float(value) for value in centre_xy_px)
    dx, dy = float(rim_xy_px[0]) - x, float(rim_xy_px[1]) - y
    side = 2 * math.hypot(dx, dy) * margin
    return Square(x, y, max(side, MIN_SQUARE_PX), math.atan2(dx, -dy) if side else 0.0)


def turned_points(points: NDArray[np.float32], square: Square) -> NDArray[np.float32]:
    """Points in the unit square to pixels of the displayed picture.

    Args:
        points: shape ``(n, 2)``, 0 to 1 from the square's upper left corner.
        square: Where the square lies.

    Returns:
        Shape ``(n, 2)``.

    >>> turned_points(np.float32([[0.5, 0.5], [0.5, 0.0]]), Square(10, 10, 4)).tolist()
    [[10.0, 10.0], [10.0, 8.0]]
    """
    cos, sin = math.cos(square.turn_rad), math.sin(square.turn_rad)
    offset = (np.asarray(points, np.float64) - 0.5) * square.side_px
    x = square.x_px + cos * offset[:, 0] - sin * offset[:, 1]
    y = square.y_px + sin * offset[:, 0] + cos * offset[:, 1]
    return np.stack([x, y], axis=1).astype(np.float32)


def bounds_of_square(square: Square, width_px: int, height_px: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the upright rectangle around a square, cut off at the picture's edges.

    >>> bounds_of_square(Square(10.0, 10.0, 8.0), 100, 12)
    (6, 6, 14, 12)
    >>> bounds_of_square(Square(10.0, 10.0, 8.0, turn_rad=math.pi / 4), 100, 100)
    (4, 4, 16, 16)
    """
    reach = square.side_px / 2 * (abs(math.cos(square.turn_rad)) + abs(math.sin(square.turn_rad)))
    return (
        max(0, math.floor(square.x_px - reach)),
        max(0, math.floor(square.y_px - reach)),
        min(width_px, math.ceil(square.x_px + reach)),
        min(height_px, math.ceil(square.y_px + reach)),
    )


def touches(a: Square, box_xyxy: BoxArray) -> bool:
    """True when a square's centre lies inside a box: the pose in it is still this person's."""
    left, top, right, bottom = (float(value) for value in box_xyxy)
    return left <= a.x_px <= right and top <= a.y_px <= bottom
