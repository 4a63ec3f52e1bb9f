"""ByteTrack (Zhang et al. 2022) as ultralytics carries it, fed with detections of every k-th frame, and with clothes.

ByteTrack goes by places alone and hands an id to the other person where two cross. Here the colours of the clothes
(`models.appearance`) have a say: a detection that looks unlike a track costs more to pair with it. On the rendered
crossing of `facts/detection.md` people are 0.95 like themselves and 0.4 to 0.85 like others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_detector.models.appearance import unit_appearance
from foley_detector.models.base import People
from foley_detector.models.ultralytics_import import import_ultralytics

LOST_KEPT_S = 1.0
"""A person who is hidden for longer gets a new id; ByteTrack's default is 30 frames at 30 frames a second."""

BRIDGED_S = 0.6
"""A person the detector misses for no longer than this is still looked for where they should be."""

LIKE_FROM = 0.85
"""Likeness (0 to 1) from which clothes speak for nobody and against nobody."""

UNLIKE_COST = 1.2
"""Cost per unit of missing likeness, beside ByteTrack's cost of 1 for boxes that do not meet. At most 0.8 may be paid,
so that clothes decide between two candidates and rarely end a track whose boxes fit well (a change of light)."""

DOUBLE_DISTANCE = 0.15
"""Tracks whose boxes differ by less (1 - overlap) are one person to ByteTrack (its `remove_duplicate_stracks`)."""

LIKENESS_MEMORY = 0.85
"""Share of a track's remembered clothes that one look leaves in place."""


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
        from ultralytics.utils import IterableSimpleNamespace

        self._boxes = Boxes
        self._make = _tracker_class()
        self._options = IterableSimpleNamespace(
            track_high_thresh=min(0.25, min_confidence),
            track_low_thresh=0.1,
            new_track_thresh=min_confidence,
            track_buffer=max(1, round(LOST_KEPT_S * frame_rate)),
            match_thresh=0.8,
            fuse_score=False,  # a small person is seen weakly now and then, and is still in the same place
        )
        self._bridged_frames = round(BRIDGED_S * frame_rate)
        self._offset = 0
        self._highest = 0
        self._tracker: Any = self._make(self._options)

    def update(
        self, people: People, appearance: NDArray[np.float64], *, frame_step: int
    ) -> Sequence[int]:
        """Id of each detection, 0 where it belongs to nobody yet.

        The filter behind ByteTrack counts frames, so frames that were not looked at are predicted over.
        """
        tracker = self._tracker
        for _ in range(frame_step - 1):
            tracker.multi_predict([*tracker.tracked_stracks, *tracker.lost_stracks])
            tracker.frame_id += 1
        count = len(people.confidence)
        rows = np.concatenate(
            [people.box_xyxy_px, people.confidence[:, None], np.zeros((count, 1), np.float32)],
            axis=1,
        )
        # The shape only scales normalised boxes, which nobody asks for.
        tracker.update(
            self._boxes(rows.astype(np.float32), (1, 1)), feats=unit_appearance(appearance)
        )
        ids = [0] * count
        for track in (
            tracker.tracked_stracks
        ):  # also those seen once: they become people when they are seen again
            if track.frame_id == tracker.frame_id:
                ids[int(track.idx)] = self._offset + int(track.track_id)
                self._highest = max(self._highest, ids[int(track.idx)])
        return ids

    def missed(self) -> Mapping[int, NDArray[np.float32]]:
        """People whom the last update did not see, with where they should be by their movement so far.

        Whoever has shrunk so fast that nothing would be left of them by now is nowhere.
        """
        places = {
            self._offset + int(track.track_id): np.asarray(track.xyxy, np.float32)
            for track in self._tracker.lost_stracks
            if self._tracker.frame_id - track.end_frame <= self._bridged_frames
        }
        return {k: box for k, box in places.items() if bool(np.all(box[2:] > box[:2]))}

    def reset(self) -> None:
        """Forget everybody; later ids follow on those given so far."""
        self._offset = self._highest
        self._tracker = self._make(self._options)


def _remember(tracks: list[Any]) -> None:
    """ByteTrack's word for tracks that a miss does not end."""
    for track in tracks:
        track.is_activated = True


def _tracker_class() -> Any:  # noqa: ANN401 - ultralytics has no types, and is imported inside
    """ByteTrack with a say for the clothes."""
    from ultralytics.trackers.basetrack import TrackState
    from ultralytics.trackers.byte_tracker import BYTETracker
    from ultralytics.trackers.utils import matching

    class ClothesTracker(BYTETracker):
        def update(self, results: Any, img: Any = None, feats: Any = None, **more: Any) -> Any:  # noqa: ANN401
            """One look, with two changes.

            ByteTrack ends one of two tracks that lie on each other; people who pass keep both. And it forgets who is
            missed at the second look; a small person is seen now and then for the first second, and is remembered like
            anybody else: who is only a false alarm is sorted out when people are told apart (`domain.identity`).
            """
            known = [*self.tracked_stracks, *self.lost_stracks]
            output = super().update(results, img, feats, **more)
            _remember(self.tracked_stracks)
            kept = [*self.tracked_stracks, *self.lost_stracks]
            for track in known:
                if (
                    track in kept
                    or track.state == TrackState.Removed
                    or self._is_double(track, kept)
                ):
                    continue
                (
                    self.tracked_stracks if track.state == TrackState.Tracked else self.lost_stracks
                ).append(track)
            return output

        def _is_double(self, track: Any, others: list[Any]) -> bool:  # noqa: ANN401
            """True when a track in the same place wears the same."""
            places = matching.iou_distance([track], others)[0]
            return any(
                place < DOUBLE_DISTANCE and float(track.clothes @ other.clothes) >= LIKE_FROM
                for place, other in zip(places, others, strict=True)
            )

        def init_track(self, results: Any, img: Any = None) -> Any:  # noqa: ANN401
            """Detections of one frame; ``img`` carries their clothes, one row each."""
            tracks: list[Any] = super().init_track(results, None)
            for track, clothes in zip(tracks, img if img is not None else [], strict=False):
                track.clothes = clothes
            return tracks

        def get_dists(self, tracks: Any, detections: Any) -> Any:  # noqa: ANN401
            """ByteTrack's cost of each pair, and what their clothes add."""
            cost = super().get_dists(tracks, detections)
            if not cost.size:
                return cost
            likeness = (
                np.stack([t.clothes for t in tracks]) @ np.stack([d.clothes for d in detections]).T
            )
            return cost + UNLIKE_COST * np.clip(LIKE_FROM - likeness, 0, None)

        def _apply_match(self, track: Any, det: Any, activated: Any, refind: Any) -> None:  # noqa: ANN401
            super()._apply_match(track, det, activated, refind)
            mixed = LIKENESS_MEMORY * track.clothes + (1 - LIKENESS_MEMORY) * det.clothes
            track.clothes = mixed / max(float(np.linalg.norm(mixed)), 1e-12)

    return ClothesTracker
