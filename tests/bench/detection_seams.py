"""Seams: a clip in 1, 3 and 10 segments must give the same footsteps, one to one, within a millisecond.

Segments are made as the service makes them (`foley_detector.segments`: 2 s of warm-up, no shared frames), each with its
own tracker, then joined by `find_footsteps`.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from foley_common.footsteps import Footstep, Sensitivity
from foley_common.media.info import VideoInfo
from foley_common.pose_tracks import PoseTracks
from foley_detector.footsteps import find_footsteps

COUNTS = (3, 10)
WINDOW_S = 0.1
"""Events further apart are not the same event."""

MAX_SHIFT_MS = 1.0
"""Goal of the design: how far an event may move."""

Maker = Callable[[float, float], PoseTracks]
"""Poses of a part of a clip, from its start and end in seconds."""


@dataclass(frozen=True)
class Seams:
    """How the events of a clip in segments differ from those of the whole.

    Attributes:
        matched: Events (contacts and toe-offs) that both have.
        lost: Events that only the whole has.
        doubled: Events that only the segments have.
        other_id: Matched events whose person has another id.
        largest_shift_ms: Largest change of time among the matched.
    """

    matched: int
    lost: int
    doubled: int
    other_id: int
    largest_shift_ms: float


def events_of(steps: Sequence[Footstep]) -> list[tuple[str, float, int]]:
    """Kind (with the foot), time and person of every event."""
    events = []
    for step in steps:
        events.append((f"strike {step.side}", step.initial_contact_time_s, step.track_id))
        if step.toe_off_time_s is not None:
            events.append((f"toe-off {step.side}", step.toe_off_time_s, step.track_id))
    return events


def compared(whole: Sequence[Footstep], cut: Sequence[Footstep]) -> Seams:
    """Match events one to one: of one kind, at most `WINDOW_S` apart, the same id before another."""
    a, b = events_of(whole), events_of(cut)
    cost = np.full((len(a), len(b)), 10.0)
    for i, (kind, time_s, person) in enumerate(a):
        for j, (other, other_s, who) in enumerate(b):
            if kind == other and abs(time_s - other_s) <= WINDOW_S:
                cost[i, j] = abs(time_s - other_s) + (person != who)
    pairs = [(i, j) for i, j in zip(*linear_sum_assignment(cost), strict=True) if cost[i, j] < 10.0]
    shifts = [abs(a[i][1] - b[j][1]) for i, j in pairs]
    return Seams(
        matched=len(pairs),
        lost=len(a) - len(pairs),
        doubled=len(b) - len(pairs),
        other_id=sum(a[i][2] != b[j][2] for i, j in pairs),
        largest_shift_ms=1000 * max(shifts, default=0.0),
    )


def print_seams(name: str, video: VideoInfo, poses_of: Maker, sensitivity: Sensitivity) -> bool:
    """Lines of the table for one clip; True where all is as it should be."""
    whole, _ = find_footsteps([poses_of(0.0, float("inf"))], video, sensitivity)
    good = True
    for count in COUNTS:
        edges = np.linspace(0.0, video.duration_s, count + 1)
        edges[-1] = np.inf
        pieces = [poses_of(float(start), float(end)) for start, end in itertools.pairwise(edges)]
        cut, _ = find_footsteps(pieces, video, sensitivity)
        seams = compared(whole.footsteps, cut.footsteps)
        fine = not (seams.lost or seams.doubled or seams.other_id)
        fine = fine and seams.largest_shift_ms <= MAX_SHIFT_MS
        good = good and fine
        print(
            f"{name[:32]:32s} {count:8d} {seams.matched:7d} {seams.lost:4d} {seams.doubled:7d} {seams.other_id:8d} "
            f"{seams.largest_shift_ms:8.3f}  {'same' if fine else 'NOT the same'}",
            flush=True,
        )
    return good


HEADER = (
    f"SEAMS: events of a clip in segments against those of the whole\n{'clip':32s} {'segments':>8s} {'matched':>7s} "
    f"{'lost':>4s} {'doubled':>7s} {'other id':>8s} {'max |dt|':>8s} ms"
)


def cached(path: Path, make: Callable[[], PoseTracks], label: str) -> PoseTracks:
    """Poses from a file, made and kept there when missing."""
    if path.exists():
        return PoseTracks.load(path)
    started = time.monotonic()
    poses = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    poses.save(part)
    part.replace(path)
    print(f"  poses of {label}: {time.monotonic() - started:.1f} s", file=sys.stderr, flush=True)
    return poses
