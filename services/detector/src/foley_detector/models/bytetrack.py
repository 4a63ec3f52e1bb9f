"""ByteTrack (Zhang et al. 2022) as ultralytics carries it, fed with detections of every k-th frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foley_detector.models.base import People
from foley_detector.models.ultralytics_import import import_ultralytics

LOST_KEPT_S = 1.0
"""A person who is hidden for longer gets a new id; ByteTrack's default is 30 frames at 30 frames a second."""


class ByteTracker:
    """Ids for detections.

    Args:
        frame_rate: Frames per second, for how long a lost person is remembered.
        min_confidence: Detections from here on may start a person.
        config_dir: Where ultralytics keeps its settings file.
    """

    def __init__(
        self, *, frame_rate: float, min_confidence: float, config_dir: Path | None = None
    ) -> None:
        import_ultralytics(config_dir)
        from ultralytics.engine.results import Boxes
        from ultralytics.trackers.byte_tracker import BYTETracker
        from ultralytics.utils import IterableSimpleNamespace

        self._boxes = Boxes
        self._make = BYTETracker
        self._options = IterableSimpleNamespace(
            track_high_thresh=min(0.25, min_confidence),
            track_low_thresh=0.1,
            new_track_thresh=min_confidence,
            track_buffer=max(1, round(LOST_KEPT_S * frame_rate)),
            match_thresh=0.8,
            fuse_score=True,
        )
        self._offset = 0
        self._highest = 0
        self._tracker: Any = BYTETracker(self._options)

    def update(self, people: People, *, frame_step: int) -> Sequence[int]:
        """Id of each detection, 0 where it belongs to nobody yet.

        The filter behind ByteTrack counts frames, so frames that were not looked at are predicted over.
        """
        tracker = self._tracker
        for _ in range(frame_step - 1):
            tracker.multi_predict([*tracker.tracked_stracks, *tracker.lost_stracks])
            tracker.frame_id += 1
        rows = np.concatenate(
            [
                people.box_xyxy_px,
                people.confidence[:, None],
                np.zeros((len(people.confidence), 1), np.float32),
            ],
            axis=1,
        )
        # The shape only scales normalised boxes, which nobody asks for.
        tracker.update(self._boxes(rows.astype(np.float32), (1, 1)))
        ids = [0] * len(people.confidence)
        for track in (
            tracker.tracked_stracks
        ):  # also those seen once: they become people when they are seen again
            if track.frame_id == tracker.frame_id:
                ids[int(track.idx)] = self._offset + int(track.track_id)
                self._highest = max(self._highest, ids[int(track.idx)])
        return ids

    def reset(self) -> None:
        """Forget everybody; later ids follow on those given so far."""
        self._offset = self._highest
        self._tracker = self._make(self._options)
