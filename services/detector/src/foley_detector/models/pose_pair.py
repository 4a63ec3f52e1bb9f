"""Two landmark networks on one person: their errors differ, so the middle of their answers errs less than either.

Measured with `make bench-detection`: on small, dark and blurred people one network exchanges legs or loses a foot where
the other does not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foley_detector.domain.boxes import Square
from foley_detector.models.base import Picture, Pose, PoseEstimator

LEGS = slice(23, 33)
"""Landmarks of hips, knees, ankles, heels and toes, in pairs of left and right."""

FEET = slice(25, 33)
"""Knees and below, by which the legs of two answers are told apart: hips hardly differ."""

CLEARLY_NEARER = 0.8
"""Share of the distance below which exchanged legs fit better: where legs cross, both ways fit, and names stay."""


class PosePair:
    """The mean of two networks' poses, legs named as the first names them.

    Args:
        first: Decides names, and where to look next.
        second: The other network.
    """

    def __init__(self, first: PoseEstimator, second: PoseEstimator) -> None:
        self._first, self._second = first, second

    def close(self) -> None:
        """Close both."""
        self._first.close()
        self._second.close()

    def estimate(self, picture: Picture, square: Square) -> Pose | None:
        """The mean pose; where only one network sees somebody, that one's."""
        first = self._first.estimate(picture, square)
        second = self._second.estimate(picture, square)
        if first is None or second is None:
            return first or second
        landmarks, visibility = with_legs_named_as(
            first.landmarks_xy_px, second.landmarks_xy_px, second.visibility
        )
        return Pose(
            landmarks_xy_px=((first.landmarks_xy_px + landmarks) / 2).astype(np.float32),
            visibility=((first.visibility + visibility) / 2).astype(np.float32),
            confidence=max(first.confidence, second.confidence),
            next_square=first.next_square,
        )


def with_legs_named_as(
    reference_xy_px: NDArray[np.float32],
    landmarks_xy_px: NDArray[np.float32],
    visibility: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Exchange left and right legs where they then lie clearly nearer to another answer's.

    Args:
        reference_xy_px: shape ``(33, 2)``.
        landmarks_xy_px: shape ``(33, 2)``, of the same person in the same picture.
        visibility: shape ``(33,)``, of those.

    Returns:
        Landmarks and visibility, same shapes.
    """
    exchanged, seen = landmarks_xy_px.copy(), visibility.copy()
    exchanged[LEGS] = landmarks_xy_px[LEGS].reshape(-1, 2, 2)[:, ::-1].reshape(-1, 2)
    seen[LEGS] = visibility[LEGS].reshape(-1, 2)[:, ::-1].reshape(-1)
    kept_way, exchanged_way = (
        float(np.linalg.norm(points[FEET] - reference_xy_px[FEET], axis=1).sum())
        for points in (landmarks_xy_px, exchanged)
    )
    if exchanged_way < CLEARLY_NEARER * kept_way:
        return exchanged, seen
    return landmarks_xy_px, visibility
