"""How the camera moved between two frames, from points of the background that were found in both.

A similarity (turn, zoom, shift) fits pans, hand-held shake and zooms; it is fitted with RANSAC (Fischler and Bolles
1981), so that points on moving things do not count. In complex numbers a similarity is ``b = s * a + t``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TRIAL_COUNT = 80
"""Pairs tried. With half of the points on the background, 80 trials miss every good pair once in 10^10 runs."""

INLIER_RESIDUAL_PX = 1.5
"""How far a background point may lie from the fit, in pixels of the small picture that was searched (640 wide);
Lucas-Kanade is good to a few tenths, compression and parallax add to it."""

MIN_POINT_COUNT = 8
"""Fewer points than this do not tell the camera's movement from a person's."""

MAX_ZOOM_PER_FRAME = 1.25
"""No lens zooms faster from one frame to the next; beyond it the fit is wrong."""


@dataclass(frozen=True, slots=True)
class CameraMotion:
    """The camera's movement from one frame to the next.

    Attributes:
        affine: shape ``(2, 3)``, maps a background point of the earlier frame to the later one.
        inlier_share: Share of the points that follow it, 0 to 1; 0 when nothing could be fitted.
    """

    affine: NDArray[np.float64]
    inlier_share: float


def no_motion() -> NDArray[np.float64]:
    """The map of a camera that stands: shape ``(2, 3)``."""
    return np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def fit_similarity(
    before_xy: NDArray[np.float64],
    after_xy: NDArray[np.float64],
    *,
    max_residual: float = INLIER_RESIDUAL_PX,
) -> CameraMotion:
    """The similarity that most points follow.

    Args:
        before_xy: shape ``(n, 2)``, points in the earlier frame.
        after_xy: shape ``(n, 2)``, the same points in the later frame.
        max_residual: How far a point may lie from the fit, in the points' unit.

    Returns:
        The motion; a standing camera with share 0 when too few points agree. The same points give the same answer.

    >>> points = np.array([[0, 0], [10, 0], [0, 10], [10, 10], [5, 5], [3, 8], [8, 1], [2, 2.0]])
    >>> np.allclose(fit_similarity(points, points + [3, -1]).affine, [[1, 0, 3], [0, 1, -1]])
    True
    """
    count = len(before_xy)
    if count < MIN_POINT_COUNT:
        return CameraMotion(no_motion(), 0.0)
    a = before_xy[:, 0] + 1j * before_xy[:, 1]
    b = after_xy[:, 0] + 1j * after_xy[:, 1]
    # A fixed seed: equal frames must give equal files.
    first, second = np.random.default_rng(count).integers(0, count, (2, TRIAL_COUNT))
    span = a[second] - a[first]
    usable = np.abs(span) > max_residual
    if not usable.any():
        return CameraMotion(no_motion(), 0.0)
    first, second, span = first[usable], second[usable], span[usable]
    scale = (b[second] - b[first]) / span
    shift = b[first] - scale * a[first]
    near = np.abs(scale[:, None] * a + shift[:, None] - b) <= max_residual
    inlier = near[near.sum(axis=1).argmax()]
    turn_zoom, offset = _least_squares(a[inlier], b[inlier])
    share = float(np.mean(np.abs(turn_zoom * a + offset - b) <= max_residual))
    zoom = abs(turn_zoom)
    if inlier.sum() < MIN_POINT_COUNT or not 1 / MAX_ZOOM_PER_FRAME < zoom < MAX_ZOOM_PER_FRAME:
        return CameraMotion(no_motion(), 0.0)
    affine = np.array(
        [
            [turn_zoom.real, -turn_zoom.imag, offset.real],
            [turn_zoom.imag, turn_zoom.real, offset.imag],
        ]
    )
    return CameraMotion(affine, share)


def _least_squares(a: NDArray[np.complex128], b: NDArray[np.complex128]) -> tuple[complex, complex]:
    """Turn-zoom and shift of ``b = s * a + t`` with the smallest sum of squares."""
    a_mean, b_mean = a.mean(), b.mean()
    spread = np.sum(np.abs(a - a_mean) ** 2)
    scale = complex(np.sum((b - b_mean) * np.conj(a - a_mean)) / spread) if spread else 1 + 0j
    return scale, complex(b_mean - scale * a_mean)


def outside_boxes(
    points_xy: NDArray[np.float64], boxes_xyxy: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Which points lie outside every box: shape ``(n,)``.

    >>> outside_boxes(np.array([[1.0, 1.0], [5.0, 5.0]]), np.float32([[0, 0, 2, 2]])).tolist()
    [False, True]
    """
    outside = np.ones(len(points_xy), dtype=bool)
    for left, top, right, bottom in boxes_xyxy:
        x, y = points_xy[:, 0], points_xy[:, 1]
        outside &= (x < left) | (x > right) | (y < top) | (y > bottom)
    return outside
