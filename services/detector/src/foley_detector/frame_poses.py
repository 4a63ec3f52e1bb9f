"""Poses of the people in one frame after the other: each in their own square, the people beside painted over."""

from __future__ import annotations

import numpy as np

from foley_detector.domain.boxes import BoxArray, Square, square_of_box, touches
from foley_detector.models.alone import moved_pose, moved_square, picture_alone
from foley_detector.models.appearance import body_colours
from foley_detector.models.base import Picture, Pose, PoseEstimator
from foley_detector.rows import Row


class FramePoses:
    """Gives rows their poses and colours, frame by frame; knows everybody's pose of the frame before.

    Args:
        estimator: The pose network.
    """

    def __init__(self, estimator: PoseEstimator) -> None:
        self._estimator = estimator
        self._last: dict[int, Pose] = {}

    def forget(self) -> None:
        """Another shot begins: nobody is known."""
        self._last = {}

    def fill_in(self, picture: Picture, rows: list[Row], *, is_duplicate: bool) -> None:
        """Set the pose and the colours of every row of a frame; a repeated frame keeps the poses it had."""
        for row in sorted(rows, key=lambda row: row.track_id):
            before = self._last.get(row.track_id)
            row.pose = (
                before
                if is_duplicate and before is not None
                else self._pose(picture, row, rows, before)
            )
            if row.pose is None:
                self._last.pop(row.track_id, None)
            else:
                self._last[row.track_id] = row.pose
                row.colours = body_colours(picture, row.pose.landmarks_xy_px, _nearer(row, rows))

    def _pose(
        self, picture: Picture, row: Row, rows: list[Row], before: Pose | None
    ) -> Pose | None:
        """The pose in the square around the box, else in the square the last pose asks for."""
        others = np.array(
            [other.box_xyxy_px for other in rows if other is not row and other.confidence > 0],
            np.float32,
        ).reshape(-1, 4)
        pose = self._pose_in(picture, square_of_box(row.box_xyxy_px), row, others)
        asked = before.next_square if before is not None else None
        if pose is None and asked is not None and touches(asked, row.box_xyxy_px):
            pose = self._pose_in(picture, asked, row, others)
        return pose

    def _pose_in(self, picture: Picture, square: Square, row: Row, others: BoxArray) -> Pose | None:
        """The pose in a square, the people beside this one painted over."""
        alone = picture_alone(picture, square, row.box_xyxy_px, others)
        if alone is None:
            return self._estimator.estimate(picture, square)
        part, (left, top) = alone
        pose = self._estimator.estimate(part, moved_square(square, (-left, -top)))
        return None if pose is None else moved_pose(pose, (left, top))


def _nearer(row: Row, rows: list[Row]) -> BoxArray:
    """Boxes of the people in front of one: on level ground the nearer feet are lower in the picture."""
    bottom = row.box_xyxy_px[3]
    return np.array(
        [other.box_xyxy_px for other in rows if other.box_xyxy_px[3] > bottom], np.float32
    ).reshape(-1, 4)
