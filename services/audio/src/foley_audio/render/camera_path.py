"""Where a point on the ground is after the camera has moved."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foley_common.pose_tracks import PoseTracks


class CameraPath:
    """Carries points from one moment to another through the camera's motion.

    Args:
        poses: Tracks with the affine map from each frame to the next; None for a camera that is taken to stand still.
    """

    def __init__(self, poses: PoseTracks | None) -> None:
        self._time_s = np.zeros(0) if poses is None else poses.time_s
        self._shot = np.zeros(0, int) if poses is None else np.cumsum(poses.is_cut)
        self._map: NDArray[np.float64] = np.zeros((0, 3, 3))
        if poses is not None:
            self._map = _from_first(poses.camera_from_previous, poses.is_cut)

    def carry(
        self, x_px: float, y_px: float, from_s: float, to_s: float
    ) -> tuple[float, float] | None:
        """A point of the background seen at one time, as it is seen at another; None when a cut lies between."""
        if self._time_s.size == 0:
            return x_px, y_px
        start, end = self._index(from_s), self._index(to_s)
        if self._shot[start] != self._shot[end]:
            return None
        moved = self._map[end] @ np.linalg.solve(self._map[start], np.array([x_px, y_px, 1.0]))
        return float(moved[0]), float(moved[1])

    def _index(self, time_s: float) -> int:
        return int(
            np.clip(
                np.searchsorted(self._time_s, time_s, side="right") - 1, 0, self._time_s.size - 1
            )
        )


def _from_first(steps: NDArray[np.float64], is_cut: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Maps ``(n, 3, 3)`` from the first frame of its shot to each frame; a step that is no map counts as no motion."""
    maps = np.zeros((len(steps), 3, 3))
    current = np.eye(3)
    for index, step in enumerate(steps):
        usable = np.all(np.isfinite(step)) and abs(np.linalg.det(step[:, :2])) > 1e-3
        if is_cut[index]:
            current = np.eye(3)
        elif index and usable:
            current = np.vstack([step, [0.0, 0.0, 1.0]]) @ current
        maps[index] = current
    return maps
