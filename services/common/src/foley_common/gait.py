"""What a person's steps and boxes tell: the times between steps, and where the person was at a moment."""

from __future__ import annotations

import bisect
import itertools
import statistics
from collections.abc import Sequence
from dataclasses import replace

from foley_common.footsteps import Footstep, Track, TrackBox

MAX_STEP_S = 2.5  # a longer time between two contacts is a pause, not a step
BOX_MAX_AGE_S = 0.6  # boxes are at most half a second apart where a person is followed


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


def with_gait_figures(track: Track, footsteps: Sequence[Footstep]) -> Track:
    """A person with the medians of their step, stride and stance times; 0 where there is none.

    Args:
        track: Whoever it is; earlier figures are replaced.
        footsteps: Of anybody, in any order.
    """
    own = [step for step in footsteps if step.track_id == track.track_id]
    step_s = _median(step_times_s(own))
    return replace(
        track,
        cadence_spm=60.0 / step_s if step_s > 0 else 0.0,
        stance_time_s=_median(
            [step.stance_time_s for step in own if step.stance_time_s is not None]
        ),
        step_time_s=step_s,
        stride_time_s=_median(stride_times_s(own)),
    )


def box_at(boxes: Sequence[TrackBox], time_s: float) -> TrackBox | None:
    """A person's box at a moment, between the boxes around it; None when the person was not followed then.

    Args:
        boxes: In order of time.
        time_s: The moment.
    """
    place = bisect.bisect_right(boxes, time_s, key=lambda box: box.time_s)
    before = boxes[place - 1] if place else None
    after = boxes[place] if place < len(boxes) else None
    if before is not None and after is not None and after.time_s > before.time_s:
        share = (time_s - before.time_s) / (after.time_s - before.time_s)
        if after.time_s - before.time_s <= 2 * BOX_MAX_AGE_S:
            mixed = [
                (1 - share) * one + share * other
                for one, other in (
                    (before.x_px, after.x_px),
                    (before.y_px, after.y_px),
                    (before.width_px, after.width_px),
                    (before.height_px, after.height_px),
                )
            ]
            return TrackBox(time_s, mixed[0], mixed[1], mixed[2], mixed[3])
    near = [
        box
        for box in (before, after)
        if box is not None and abs(box.time_s - time_s) <= BOX_MAX_AGE_S
    ]
    return min(near, key=lambda box: abs(box.time_s - time_s), default=None)


def _median(values: Sequence[float]) -> float:
    return float(statistics.median(values)) if values else 0.0
