"""Poses of the people in one frame after the other: each in their own square, the people beside painted over."""

from __future__ import annotations

import itertools
from concurrent.futures import Executor, Future
from dataclasses import dataclass

import numpy as np

from foley_detector.domain.boxes import BoxArray, Square, square_of_box, touches
from foley_detector.models.alone import moved_pose, moved_square, picture_alone
from foley_detector.models.appearance import body_colours
from foley_detector.models.base import Picture, Pose, PoseEstimator
from foley_detector.rows import Row


@dataclass(slots=True)
class BegunPoses:
    """A frame whose poses are being estimated.

    Attributes:
        picture: The whole picture.
        rows: People in it; their poses are filled in at the end.
        is_duplicate: It repeats the frame before.
        poses: The pose in the square around each row's box, in the order of ``rows``; of a repeated frame none.
    """

    picture: Picture
    rows: list[Row]
    is_duplicate: bool
    poses: list[Future[Pose | None]]


class FramePoses:
    """Gives rows their poses and colours, frame by frame; knows everybody's pose of the frame before.

    Where a body is looked for follows from the boxes, so the poses of several frames are estimated side by side; only
    what the frame before decides (a body that is not found, a repeated frame) waits for it.

    Args:
        estimator: The pose network.
        workers: Threads that estimate.
    """

    def __init__(self, estimator: PoseEstimator, workers: Executor) -> None:
        self._estimator = estimator
        self._workers = workers
        self._last: dict[int, Pose] = {}

    def forget(self) -> None:
        """Another shot begins: nobody is known."""
        self._last = {}

    def begin(self, picture: Picture, rows: list[Row], *, is_duplicate: bool) -> BegunPoses:
        """Have the poses of a frame estimated."""
        poses = (
            []
            if is_duplicate
            else [self._workers.submit(self._in_box, picture, row, rows) for row in rows]
        )
        return BegunPoses(picture, rows, is_duplicate, poses)

    def finish(self, frame: BegunPoses) -> None:
        """Set the pose and the colours of every row, frame after frame; a repeated frame keeps the poses it had."""
        for row, begun in itertools.zip_longest(frame.rows, frame.poses):
            before = self._last.get(row.track_id)
            if frame.is_duplicate and before is not None:
                row.pose = before
            else:
                found = begun.result() if begun else self._in_box(frame.picture, row, frame.rows)
                row.pose = found or self._where_asked(frame, row, before)
            if row.pose is None:
                self._last.pop(row.track_id, None)
            else:
                self._last[row.track_id] = row.pose
                nearer = _nearer(row, frame.rows)
                row.colours = body_colours(frame.picture, row.pose.landmarks_xy_px, nearer)

    def _in_box(self, picture: Picture, row: Row, rows: list[Row]) -> Pose | None:
        """The pose in the square around the box."""
        return self._pose_in(picture, square_of_box(row.box_xyxy_px), row, _others(row, rows))

    def _where_asked(self, frame: BegunPoses, row: Row, before: Pose | None) -> Pose | None:
        """The pose in the square that the last pose asks for."""
        asked = before.next_square if before is not None else None
        if asked is None or not touches(asked, row.box_xyxy_px):
            return None
        return self._pose_in(frame.picture, asked, row, _others(row, frame.rows))

    def _pose_in(self, picture: Picture, square: Square, row: Row, others: BoxArray) -> Pose | None:
        """The pose in a square, the people beside this one painted over."""
        alone = picture_alone(picture, square, row.box_xyxy_px, others)
        if alone is None:
            return self._estimator.estimate(picture, square)
        part, (left, top) = alone
        pose = self._estimator.estimate(part, moved_square(square, (-left, -top)))
        return None if pose is None else moved_pose(pose, (left, top))


def _others(row: Row, rows: list[Row]) -> BoxArray:
    """Boxes of everybody else whom the detector saw."""
    return np.array(
        [other.box_xyxy_px for other in rows if other is not row and other.confidence > 0],
        np.float32,
    ).reshape(-1, 4)


def _nearer(row: Row, rows: list[Row]) -> BoxArray:
    """Boxes of the people in front of one: on level ground the nearer feet are lower in the picture."""
    bottom = row.box_xyxy_px[3]
    return np.array(
        [other.box_xyxy_px for other in rows if other.box_xyxy_px[3] > bottom], np.float32
    ).reshape(-1, 4)
