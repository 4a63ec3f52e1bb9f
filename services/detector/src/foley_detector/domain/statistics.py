"""Gait statistics per person, and how much the detector could see."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from foley_common.footsteps import DetectionStatistics, Footstep, Track, TrackBox
from foley_common.pose_tracks import PoseTracks

MAX_STEP_S = 2.5  # a longer time between two contacts is a pause, not a step


def step_times_s(steps: Sequence[Footstep]) -> list[float]:
    """Times from a contact to the next contact of the other foot."""
    ordered = sorted(steps, key=lambda step: step.initial_contact_time_s)
    pairs = itertools.pairwise(ordered)
    times = [
        b.initial_contact_time_s - a.initial_contact_time_s
        for a, b in pairs
        if a.side is not b.side
    ]
    return [time for time in times if time <= MAX_STEP_S]


def stride_times_s(steps: Sequence[Footstep]) -> list[float]:
    """Times from a contact to the next contact of the same foot, with the other foot's contact between."""
    ordered = sorted(steps, key=lambda step: step.initial_contact_time_s)
    triples = zip(ordered[:-2], ordered[1:-1], ordered[2:], strict=True)
    times = [
        c.initial_contact_time_s - a.initial_contact_time_s
        for a, b, c in triples
        if a.side is c.side and b.side is not a.side
    ]
    return [time for time in times if time <= 2 * MAX_STEP_S]


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else 0.0


def track_of(tracks: PoseTracks, track_id: int, footsteps: Sequence[Footstep]) -> Track:
    """One person with boxes and the medians of their step, stride and stance times."""
    own = [step for step in footsteps if step.track_id == track_id]
    step_s = _median(step_times_s(own))
    stances = [step.stance_time_s for step in own if step.stance_time_s is not None]
    boxes = []
    for row in tracks.rows_of(track_id):
        left, top, right, bottom = (float(value) for value in tracks.box_xyxy_px[row])
        time_s = float(tracks.time_s[tracks.row_frame[row]])
        boxes.append(TrackBox(time_s, left, top, right - left, bottom - top))
    return Track(
        track_id=track_id,
        boxes=tuple(boxes),
        cadence_spm=60.0 / step_s if step_s > 0 else 0.0,
        stance_time_s=_median(stances),
        step_time_s=step_s,
        stride_time_s=_median(stride_times_s(own)),
    )


def detection_statistics(tracks: PoseTracks) -> DetectionStatistics:
    """Frames, frames with a person, frames with a pose."""
    posed = tracks.pose_confidence > 0
    return DetectionStatistics(
        frame_count=int(tracks.time_s.size),
        person_frame_count=int(np.unique(tracks.row_frame).size),
        pose_frame_count=int(np.unique(tracks.row_frame[posed]).size),
    )
