"""From frames to pose tracks: who is where, in which pose, and how the camera moves. Streaming, memory bounded.

The story: frames are compared with the one before (camera, cuts, repetitions) and wait until the next look of the
person detector. Looks stand on a grid of the clip's time, so that they are the same wherever a segment starts. Where
both looks do not show the same people, the frames between are looked at too. Then boxes between looks are interpolated,
and the pose is estimated per person and frame, with the people beside painted over. That takes most of the time and is
done by workers, while the next frames are read and compared; frames are let go in the order of time.
"""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foley_common.media.decode import read_ahead
from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.boxes import (
    all_paired,
    crowded,
    interpolate_boxes,
    overlap,
)
from foley_detector.domain.camera import fit_similarity, no_motion, outside_boxes
from foley_detector.domain.cuts import FrameChange
from foley_detector.domain.looks import LookGrid
from foley_detector.frame_poses import BegunPoses, FramePoses
from foley_detector.models.appearance import APPEARANCE_LENGTH, appearance_of
from foley_detector.models.background import FrameMatcher, Seen
from foley_detector.models.base import (
    People,
    PersonDetector,
    PersonTracker,
    PointPairs,
    PoseEstimator,
    VideoFrame,
)
from foley_detector.rows import Row, RowCollector


@dataclass(frozen=True, slots=True)
class PoseParams:
    """Settings of person and pose finding.

    Attributes:
        min_person_confidence: People with a lower detector score do not start a track.
        max_people_count: Most people followed at once.
        detection_interval_s: Time between two looks of the person detector, rounded up to whole frames. Every 5th
            frame at 30 frames a second costs a median box error of 0.006 heights (facts/detection.md, section 3).
        crowded_overlap: Where two people's boxes overlap more, every frame is looked at: who is who is decided there.
        hiding_overlap: Somebody whom the detector misses, and whose box overlaps another's more, is hidden.
        min_pair_overlap: Boxes of two looks that overlap less are not the same person standing in between.
        unsure_kept_s: Detections too weak to start a person go on with one for so long after the last strong one. It
            is less than the warm-up of a segment, so that nobody depends on what was seen before that.
    """

    min_person_confidence: float = 0.35
    max_people_count: int = 8
    detection_interval_s: float = 1 / 6
    min_pair_overlap: float = 0.35
    unsure_kept_s: float = 1.5
    crowded_overlap: float = 0.05
    hiding_overlap: float = 0.2


@dataclass(frozen=True, slots=True)
class PoseModels:
    """What the pipeline works with.

    Attributes:
        people: Finds people.
        make_tracker: Makes a tracker out of the frame rate and the lowest confidence that starts a person.
        poses: Estimates poses, for as many threads at once as there are workers.
        pose_workers: Poses estimated at once.
    """

    people: PersonDetector
    make_tracker: Callable[[float, float], PersonTracker]
    poses: PoseEstimator
    pose_workers: int = 1


BEGUN_PER_WORKER = 2
"""Poses waited for, per worker: one at work and one to go on with. Each keeps its frame in memory."""


@dataclass(slots=True)
class _Waiting:
    """A frame between two looks of the detector."""

    frame: VideoFrame
    position: int
    change: FrameChange | None
    pairs: PointPairs | None
    people: People | None = None
    appearance: NDArray[np.float64] | None = None
    ids: list[int] = field(default_factory=list)
    missed: dict[int, NDArray[np.float32]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A frame whose poses the workers estimate."""

    frame: VideoFrame
    poses: BegunPoses
    affine: NDArray[np.float64]
    is_cut: bool


def estimate_poses(
    frames: Iterable[VideoFrame],
    *,
    models: PoseModels,
    params: PoseParams,
    frame_rate: float,
    start_s: float = 0.0,
    end_s: float = math.inf,
    on_frame: Callable[[int], None] = lambda _done: None,
    check: Callable[[], None] = lambda: None,
) -> PoseTracks:
    """Find and follow every person and estimate their poses.

    Args:
        frames: Frames in order of time; those before ``start_s`` warm the tracking up and are thrown away, those after
            ``end_s`` are asked for until the next look, which the last boxes of the span need.
        models: The models.
        params: Settings.
        frame_rate: Average frames per second, for the grid of looks and the tracker's memory.
        start_s: Start of the span to answer for.
        end_s: End of that span; this moment is not in it.
        on_frame: Called after each frame of the span with their number so far; what it raises ends the work.
        check: Called before each frame, also those before the span; what it raises ends the work.

    Returns:
        The pose tracks of the span; without frames in the span, an empty file of 0 by 0 pixels.
    """
    with (
        read_ahead(frames) as coming,
        ThreadPoolExecutor(models.pose_workers, thread_name_prefix="pose") as workers,
    ):
        run = _Run(
            models,
            params,
            workers,
            frame_rate=frame_rate,
            span_s=(start_s, end_s),
            on_frame=on_frame,
        )
        try:
            for frame in coming:
                if frame.time_s >= end_s and not run.is_waiting:
                    break
                check()
                run.take(frame)
            return run.finish()
        finally:
            workers.shutdown(cancel_futures=True)


class _Run:
    """One pass over one segment."""

    def __init__(
        self,
        models: PoseModels,
        params: PoseParams,
        workers: Executor,
        *,
        frame_rate: float,
        span_s: tuple[float, float],
        on_frame: Callable[[int], None],
    ) -> None:
        self._models, self._params = models, params
        self._tracker = models.make_tracker(frame_rate, params.min_person_confidence)
        self._grid = LookGrid(params.detection_interval_s, frame_rate)
        (self._start_s, self._end_s), self._on_frame = span_s, on_frame
        self._matcher = FrameMatcher()
        self._last_seen: Seen | None = None
        self._anchor: _Waiting | None = None
        self._waiting: list[_Waiting] = []
        self._poses = FramePoses(models.poses, workers)
        self._begun: deque[_Begun] = deque()
        self._sure_s: dict[int, float] = {}
        self._rows = RowCollector()
        self._count = 0

    @property
    def is_waiting(self) -> bool:
        """True while frames wait for the next look."""
        return bool(self._waiting)

    def take(self, frame: VideoFrame) -> None:
        """Take the next frame; may finish earlier ones."""
        self._rows.set_size(frame.picture.shape[1], frame.picture.shape[0])
        seen = self._matcher.look(frame.picture)
        change: FrameChange | None = None
        pairs: PointPairs | None = None
        if self._last_seen is not None and self._last_seen.grey.shape == seen.grey.shape:
            change, pairs = self._matcher.compare(self._last_seen, seen)
        self._last_seen = seen
        waiting = _Waiting(frame, self._count, change, pairs)
        self._count += 1
        if change is not None and change.is_cut:
            self._close()
            self._end_begun()
            self._tracker.reset()
            self._poses.forget()
            self._anchor = None
        self._waiting.append(waiting)
        if self._grid.is_look(frame.time_s) or self._anchor is None:
            self._close()

    def finish(self) -> PoseTracks:
        """What was found."""
        self._close()
        self._end_begun()
        return self._rows.pose_tracks()

    def _close(self) -> None:
        """Look at the last waiting frame, fill in those before it, and let all of them go."""
        if not self._waiting:
            return
        self._look(self._waiting[-1])
        chain = [*([self._anchor] if self._anchor else []), *self._waiting]
        self._look_between(chain)
        looked = [one for one in chain if one.people is not None]
        last = self._anchor
        for one in looked[1:] if self._anchor else looked:
            assert one.people is not None  # the list above keeps only these
            assert one.appearance is not None
            step = one.position - last.position if last else 1
            one.ids = list(self._tracker.update(one.people, one.appearance, frame_step=step))
            sure = self._sure(one)
            one.ids = [track_id if track_id in sure else 0 for track_id in one.ids]
            for track_id, counts in zip(one.ids, one.appearance, strict=True):
                self._rows.add_appearance(track_id, counts)
            missed = {k: box for k, box in self._tracker.missed().items() if k in sure}
            one.missed = self._visible(missed, one.people)
            last = one
        boxes = self._boxes_of(chain, looked)
        for one in self._waiting:
            if one.frame.time_s < self._end_s:
                self._begin_poses(one, boxes[one.position])
        # Only the boxes of the anchor are needed again, its picture is not; it is one frame, so it may stay.
        self._anchor = self._waiting[-1]
        self._waiting = []

    def _look(self, one: _Waiting) -> None:
        if one.people is None:
            picture = one.frame.picture
            one.people = self._models.people.detect(picture).surest(self._params.max_people_count)
            looks = [appearance_of(picture, box) for box in one.people.box_xyxy_px]
            one.appearance = np.array(looks).reshape(len(looks), APPEARANCE_LENGTH)

    def _sure(self, one: _Waiting) -> set[int]:
        """People whom the detector was sure of not long ago."""
        assert one.people is not None  # called for frames that were looked at
        now_s = one.frame.time_s
        for track_id, confidence in zip(one.ids, one.people.confidence, strict=True):
            if confidence >= self._params.min_person_confidence:
                self._sure_s[track_id] = now_s
        kept_s = self._params.unsure_kept_s
        self._sure_s = {k: time_s for k, time_s in self._sure_s.items() if now_s - time_s <= kept_s}
        return set(self._sure_s) - {0}

    def _visible(
        self, missed: Mapping[int, NDArray[np.float32]], people: People
    ) -> dict[int, NDArray[np.float32]]:
        """Of the people whom the detector missed, those whom nobody hides: behind another there is no pose to find."""
        limit = self._params.hiding_overlap
        return {
            track_id: box
            for track_id, box in missed.items()
            if not np.any(overlap(box[None], people.box_xyxy_px) > limit)
        }

    def _look_between(self, chain: list[_Waiting]) -> None:
        """Halve the gap between two looks until both show the same people, or no frame is left between."""
        if len(chain) <= 2:
            return
        first, last = chain[0], chain[-1]
        if first.people is not None and last.people is not None:
            start = self._params.min_person_confidence
            a, b = first.people.at_least(start), last.people.at_least(start)
            same = all_paired(
                a.box_xyxy_px, b.box_xyxy_px, min_overlap=self._params.min_pair_overlap
            )
            if same and not crowded(b.box_xyxy_px, max_overlap=self._params.crowded_overlap):
                return
        middle = len(chain) // 2
        self._look(chain[middle])
        self._look_between(chain[: middle + 1])
        self._look_between(chain[middle:])

    def _boxes_of(self, chain: list[_Waiting], looked: list[_Waiting]) -> dict[int, list[Row]]:
        """Boxes of every frame in the chain: detected ones, and interpolated ones between two looks."""
        boxes: dict[int, list[Row]] = {one.position: _detected(one) for one in chain}
        for first, last in itertools.pairwise(looked):
            between = [one for one in chain if first.position < one.position < last.position]
            if not between:
                continue
            times = np.array([one.frame.time_s for one in between])
            ends = {row.track_id: row for row in boxes[last.position]}
            for row in boxes[first.position]:
                end = ends.get(row.track_id)
                if end is None:
                    continue
                path = interpolate_boxes(
                    row.box_xyxy_px,
                    end.box_xyxy_px,
                    start_s=first.frame.time_s,
                    end_s=last.frame.time_s,
                    at_s=times,
                )
                confidence = min(row.confidence, end.confidence)
                for one, box in zip(between, path, strict=True):
                    boxes[one.position].append(
                        Row(row.track_id, box, confidence, is_detected=False)
                    )
        return boxes

    def _begin_poses(self, one: _Waiting, rows: list[Row]) -> None:
        """Have the poses of one frame estimated; ends earlier frames when enough are waited for."""
        change = one.change
        is_cut = change is not None and change.is_cut
        is_duplicate = change is not None and change.is_duplicate
        affine = no_motion()
        if one.pairs is not None and not is_cut:
            affine = self._camera(one.pairs, rows)
        poses = self._poses.begin(one.frame.picture, rows, is_duplicate=is_duplicate)
        self._begun.append(_Begun(one.frame, poses, affine, is_cut))
        self._end_begun(but=BEGUN_PER_WORKER * self._models.pose_workers)

    def _end_begun(self, *, but: int = 0) -> None:
        """Wait for the oldest frames' poses and keep their rows: all, or but for so many poses, or but for one."""
        while self._begun and (but == 0 or len(self._begun) > 1):
            # A frame without people counts too: a long stretch of them must not pile up behind one pose.
            if sum(max(1, len(one.poses.poses)) for one in self._begun) <= but:
                break
            self._end(self._begun.popleft())

    def _end(self, one: _Begun) -> None:
        self._poses.finish(one.poses)
        if one.frame.time_s < self._start_s:
            return
        self._rows.add_frame(
            one.frame.index,
            one.frame.time_s,
            affine=one.affine,
            is_cut=one.is_cut,
            is_duplicate=one.poses.is_duplicate,
            rows=one.poses.rows,
        )
        self._on_frame(self._rows.frame_count)

    def _camera(self, pairs: PointPairs, rows: list[Row]) -> np.ndarray:
        boxes = np.array([row.box_xyxy_px for row in rows], np.float32).reshape(-1, 4)
        free = outside_boxes(pairs.after_xy_px, boxes)
        scale = self._last_seen.scale if self._last_seen is not None else 1.0
        motion = fit_similarity(pairs.before_xy_px[free] * scale, pairs.after_xy_px[free] * scale)
        affine = motion.affine.copy()
        affine[:, 2] /= scale
        return affine


def _detected(one: _Waiting) -> list[Row]:
    if one.people is None:
        return []
    rows = [
        Row(track_id, box, float(confidence), is_detected=True)
        for track_id, box, confidence in zip(
            one.ids, one.people.box_xyxy_px, one.people.confidence, strict=True
        )
        if track_id
    ]
    # Rows after a person's last detection are dropped when people are told apart, so these only bridge gaps.
    return rows + [
        Row(track_id, box, 0.0, is_detected=False) for track_id, box in one.missed.items()
    ]
