"""What a person wears: a colour histogram of the box for the tracker, colours of the body's parts for the join."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foley_common.pose_tracks import BODY_PARTS, LANDMARK_COUNT
from foley_detector.models.base import Picture

HUE_BINS, SATURATION_BINS, VALUE_BINS = 8, 3, 3
PARTS = ((0.15, 0.5), (0.5, 0.9))
"""Upper and lower body, as shares of the box's height; the feet's ground and the air over the head stay out."""

MIDDLE_SHARE = 0.5
"""Share of the box's width that is looked at: the rest is background."""

SAMPLE_PX = 32
"""Each part is shrunk to this side, so that near and far people count the same."""

APPEARANCE_LENGTH = len(PARTS) * HUE_BINS * SATURATION_BINS * VALUE_BINS


def appearance_of(picture: Picture, box_xyxy_px: NDArray[np.float32]) -> NDArray[np.float64]:
    """Colour counts of one person's clothes: shape ``(APPEARANCE_LENGTH,)``; zeros where the box shows nothing."""
    import cv2

    left, top, right, bottom = (float(value) for value in box_xyxy_px)
    middle, half = (left + right) / 2, (right - left) * MIDDLE_SHARE / 2
    counts: list[NDArray[np.float64]] = []
    for start, end in PARTS:
        rows = slice(
            max(0, int(top + start * (bottom - top))), max(0, int(top + end * (bottom - top)))
        )
        part = picture[rows, max(0, int(middle - half)) : max(0, int(middle + half))]
        if part.size == 0:
            counts.append(np.zeros(APPEARANCE_LENGTH // len(PARTS)))
            continue
        colours = cv2.cvtColor(
            cv2.resize(part, (SAMPLE_PX, SAMPLE_PX), interpolation=cv2.INTER_AREA),
            cv2.COLOR_BGR2HSV,
        )
        histogram = cv2.calcHist(
            [colours],
            [0, 1, 2],
            None,
            [HUE_BINS, SATURATION_BINS, VALUE_BINS],
            [0, 180, 0, 256, 0, 256],
        )
        counts.append(np.asarray(histogram, np.float64).ravel())
    return np.concatenate(counts)


def unit_appearance(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Square roots of counts at unit length, so that the dot product of two people is their likeness, 0 to 1.

    Args:
        counts: shape ``(..., APPEARANCE_LENGTH)``.

    >>> unit_appearance(np.array([9.0, 16.0])).tolist()
    [0.6, 0.8]
    """
    root = np.sqrt(counts)
    return root / np.maximum(np.linalg.norm(root, axis=-1, keepdims=True), 1e-12)


def _sample_points() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Where colours are taken: each point a mixture of landmarks, and the body part it belongs to.

    Returns:
        Shapes ``(s, 33)`` and ``(s,)``, the latter positions in `BODY_PARTS`.
    """
    mixtures: list[dict[int, float]] = []
    parts: list[int] = []

    def add(part: str, *points: dict[int, float]) -> None:
        mixtures.extend(points)
        parts.extend([BODY_PARTS.index(part)] * len(points))

    # Face, and hair: a third of the way from the nose over each ear.
    add("head", *({point: 1.0} for point in (0, 2, 5, 7, 8, 9, 10)))
    add("head", *({ear: 1.33, 0: -0.33} for ear in (7, 8)))
    for down in (0.1, 0.25, 0.4, 0.55, 0.7, 0.85):
        for across in (0.2, 0.5, 0.8):
            left, right = 1 - across, across
            up = 1 - down
            add("torso", {11: up * left, 12: up * right, 23: down * left, 24: down * right})
    for share in (0.25, 0.4, 0.55, 0.7, 0.85):  # the hip end of the thigh may be under a shirt
        add("thighs", *({hip: 1 - share, hip + 2: share} for hip in (23, 24)))
    for share in (0.2, 0.35, 0.5, 0.65, 0.8):
        add("shins", *({knee: 1 - share, knee + 2: share} for knee in (25, 26)))
    for share in (0.2, 0.5, 0.8):
        add("shoes", *({heel: 1 - share, heel + 2: share} for heel in (29, 30)))
    weights = np.zeros((len(mixtures), LANDMARK_COUNT), np.float32)
    for row, mixture in zip(weights, mixtures, strict=True):
        row[list(mixture)] = list(mixture.values())
    return weights, np.array(parts, np.int64)


_POINT_MIXTURES, _POINT_PARTS = _sample_points()

MIN_SEEN_SHARE = 0.3
"""Share of a part's points that must be seen: fewer may all lie on an arm or on the ground."""


def body_colours(
    picture: Picture, landmarks_xy_px: NDArray[np.float32], nearer_xyxy_px: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Median colour of each part of the body, in CIELAB of 8 bit: shape ``(5, 3)``, NaN where a part is not seen.

    Args:
        picture: The whole picture.
        landmarks_xy_px: shape ``(33, 2)``.
        nearer_xyxy_px: shape ``(n, 4)``, boxes of people who stand in front: nothing inside them counts.
    """
    import cv2

    points = _POINT_MIXTURES @ landmarks_xy_px
    x, y = np.round(points).astype(np.int64).T
    seen = (x >= 0) & (y >= 0) & (x < picture.shape[1]) & (y < picture.shape[0])
    for left, top, right, bottom in nearer_xyxy_px:
        seen &= ~((x >= left) & (x <= right) & (y >= top) & (y <= bottom))
    colours = np.full((len(BODY_PARTS), 3), np.nan, np.float32)
    if not seen.any():
        return colours
    values = cv2.cvtColor(picture[y[seen], x[seen]][None], cv2.COLOR_BGR2LAB)[0]
    parts = _POINT_PARTS[seen]
    for part in range(len(BODY_PARTS)):
        own = values[parts == part]
        if len(own) >= MIN_SEEN_SHARE * np.count_nonzero(part == _POINT_PARTS):
            colours[part] = np.sort(own, axis=0)[len(own) // 2]  # a median, ten times as fast
    return colours
