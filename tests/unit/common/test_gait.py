from __future__ import annotations

import pytest

from foley_common.footsteps import Footstep, Side, Track, TrackBox
from foley_common.gait import box_at, step_times_s, stride_times_s, with_gait_figures


def step(time_s: float, side: Side, toe_off_s: float | None = None, track_id: int = 1) -> Footstep:
    return Footstep("", track_id, side, time_s, toe_off_s, 0.9, 0.9, 0.5, None, None, 0.0, 0.0)


def test_steps_and_strides_need_feet_in_turn():
    steps = [
        step(0.0, Side.LEFT),
        step(0.5, Side.RIGHT),
        step(1.1, Side.LEFT),
        step(5.0, Side.RIGHT),
    ]
    assert step_times_s(steps) == pytest.approx([0.5, 0.6])
    assert stride_times_s(steps) == pytest.approx([1.1, 4.5])
    assert step_times_s([step(0.0, Side.LEFT), step(0.6, Side.LEFT)]) == []


def test_figures_are_of_the_persons_own_steps_and_replace_those_of_before():
    others = [step(0.2, Side.LEFT, track_id=2), step(0.3, Side.RIGHT, track_id=2)]
    own = [step(0.0, Side.LEFT, 0.4), step(0.5, Side.RIGHT, 1.0), step(1.1, Side.LEFT)]
    track = with_gait_figures(Track(1, cadence_spm=7.0), [*others, *own])
    assert track.step_time_s == pytest.approx(0.55)
    assert track.cadence_spm == pytest.approx(60 / 0.55)
    assert track.stance_time_s == pytest.approx(0.45)
    assert track.stride_time_s == pytest.approx(1.1)
    assert with_gait_figures(track, others) == Track(1)


def test_a_box_between_two_is_between_them():
    boxes = (TrackBox(0.0, 10, 20, 30, 40), TrackBox(0.5, 20, 20, 30, 60))
    box = box_at(boxes, 0.25)
    assert box == TrackBox(0.25, 15, 20, 30, 50)
    assert box_at(boxes, 0.9) == boxes[1]
    assert box_at(boxes, 5.0) is None
    assert box_at((), 0.0) is None


def test_nobody_is_followed_across_a_long_gap():
    boxes = (TrackBox(0.0, 10, 20, 30, 40), TrackBox(9.0, 500, 20, 30, 60))
    assert box_at(boxes, 4.0) is None
    assert box_at(boxes, 0.3) == boxes[0]
