"""Overrides that no footstep is under."""

from __future__ import annotations

from foley_common.footsteps import Footstep, Side
from foley_common.surfaces import Surface
from foley_gateway.domain.overrides import without_a_step
from foley_gateway.domain.types import SurfaceOverride


def override(
    track_id: int = 0, start_s: float | None = None, end_s: float | None = None
) -> SurfaceOverride:
    return SurfaceOverride(track_id, start_s, end_s, Surface.WOOD)


def step(track_id: int, time_s: float) -> Footstep:
    return Footstep(
        footstep_id=f"t{track_id}-{time_s}",
        track_id=track_id,
        side=Side.LEFT,
        initial_contact_time_s=time_s,
        toe_off_time_s=None,
        confidence=0.9,
        toe_off_confidence=0.0,
        strength=0.5,
        gait_kind=None,
        strike_pattern=None,
        x_px=0.0,
        y_px=0.0,
        person_height_px=100.0,
    )


STEPS = (step(1, 0.5), step(1, 1.0), step(2, 3.0))


def test_words_for_nobody_and_for_spans_without_a_step_are_told():
    overrides = [
        override(),
        override(7),
        override(0, 60.0, 70.0),
        override(2, 0.0, 2.0),
        override(2),
        override(1, 1.0),
    ]
    assert without_a_step(overrides, STEPS) == (1, 2, 3)


def test_a_span_holds_its_start_and_not_its_end():
    assert without_a_step([override(1, 1.0, 1.1), override(1, 0.6, 1.0)], STEPS) == (1,)


def test_a_word_that_a_later_one_hides_is_about_steps_all_the_same():
    assert without_a_step([override(1), override()], STEPS) == ()


def test_where_nobody_walks_every_word_changes_nothing():
    assert without_a_step([override(), override(1)], ()) == (0, 1)
    assert without_a_step([], STEPS) == ()
