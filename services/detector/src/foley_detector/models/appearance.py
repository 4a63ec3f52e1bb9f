"""What a person wears, as a small colour histogram: it tells people apart when segments of a clip are joined."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
