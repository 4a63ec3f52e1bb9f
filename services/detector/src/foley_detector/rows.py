"""Collects rows of a pose-tracks file while frames stream by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_common.pose_tracks import BODY_PARTS, LANDMARK_COUNT, PoseTracks
from foley_detector.models.appearance import unit_appearance
from foley_detector.models.base import Pose


@dataclass(slots=True)
class Row:
    """One person in one frame.

    Attributes:
        track_id: Person, from 1.
        box_xyxy_px: shape ``(4,)``.
        confidence: Of the detector, 0 to 1.
        is_detected: False where the box is interpolated.
        pose: None when no pose was found.
        colours: shape ``(5, 3)``, of the body's parts (`models.appearance.body_colours`); None without a pose.
    """

    track_id: int
    box_xyxy_px: NDArray[np.float32]
    confidence: float
    is_detected: bool
    pose: Pose | None = None
    colours: NDArray[np.float32] | None = None


class RowCollector:
    """Grows by a few hundred bytes per person and frame.

    False alarms are kept: who is a person is decided when the whole clip is known (`domain.identity`), because a
    segment may begin or end in the middle of one.
    """

    def __init__(self) -> None:
        self._size = (0, 0)
        self._frames: list[tuple[int, float, NDArray[np.float64], bool, bool]] = []
        self._rows: list[tuple[int, Row]] = []
        self._appearance: dict[int, NDArray[np.float64]] = {}

    @property
    def frame_count(self) -> int:
        """Frames kept so far."""
        return len(self._frames)

    def set_size(self, width_px: int, height_px: int) -> None:
        """Size of the displayed picture; the first frame's counts."""
        if self._size == (0, 0):
            self._size = (width_px, height_px)

    def add_appearance(self, track_id: int, counts: NDArray[np.float64]) -> None:
        """Add one look at a person's clothes."""
        self._appearance[track_id] = self._appearance.get(track_id, 0.0) + counts

    def add_frame(
        self,
        index: int,
        time_s: float,
        *,
        affine: NDArray[np.float64],
        is_cut: bool,
        is_duplicate: bool,
        rows: list[Row],
    ) -> None:
        """Keep a frame and its people."""
        position = len(self._frames)
        self._frames.append((index, time_s, affine, is_cut, is_duplicate))
        self._rows.extend((position, row) for row in sorted(rows, key=lambda row: row.track_id))

    def pose_tracks(self) -> PoseTracks:
        """The file. Ids count from 1 in order of first appearance."""
        kept = self._rows
        new_id: dict[int, int] = {}
        for _, row in kept:
            new_id.setdefault(row.track_id, len(new_id) + 1)
        people = [(new_id[old], self._appearance[old]) for old in new_id if old in self._appearance]
        count = len(kept)
        landmarks = np.full((count, LANDMARK_COUNT, 2), np.nan, np.float32)
        visibility = np.zeros((count, LANDMARK_COUNT), np.float32)
        pose_confidence = np.zeros(count, np.float32)
        colours = np.full((count, len(BODY_PARTS), 3), np.nan, np.float32)
        for number, (_, row) in enumerate(kept):
            if row.pose is not None:
                landmarks[number] = row.pose.landmarks_xy_px
                visibility[number] = row.pose.visibility
                pose_confidence[number] = row.pose.confidence
            if row.colours is not None:
                colours[number] = row.colours
        return PoseTracks(
            width_px=self._size[0],
            height_px=self._size[1],
            time_s=np.array([frame[1] for frame in self._frames], np.float64),
            frame_index=np.array([frame[0] for frame in self._frames], np.int64),
            camera_from_previous=np.array([frame[2] for frame in self._frames], np.float64).reshape(
                -1, 2, 3
            ),
            is_cut=np.array([frame[3] for frame in self._frames], np.bool_),
            is_duplicate=np.array([frame[4] for frame in self._frames], np.bool_),
            row_frame=np.array([position for position, _ in kept], np.int64),
            row_track=np.array([new_id[row.track_id] for _, row in kept], np.int64),
            box_xyxy_px=np.array([row.box_xyxy_px for _, row in kept], np.float32).reshape(-1, 4),
            box_confidence=np.array([row.confidence for _, row in kept], np.float32),
            box_is_detected=np.array([row.is_detected for _, row in kept], np.bool_),
            landmarks_xy_px=landmarks,
            visibility=visibility,
            pose_confidence=pose_confidence,
            appearance_track=np.array([track for track, _ in people], np.int64),
            appearance=np.array(
                [unit_appearance(counts) for _, counts in people], np.float32
            ).reshape(len(people), -1)
            if people
            else np.zeros((0, 1), np.float32),
            row_colours=colours,
        )
