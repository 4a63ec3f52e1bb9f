from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from foley_audio.domain.space import PAN_WIDTH, equal_power_gains, place_steps
from support.audio import video_info, walk


@pytest.mark.parametrize("pan", [-1.0, -0.3, 0.0, 0.7, 1.0, 5.0])
def test_power_is_the_same_everywhere(pan: float) -> None:
    left, right = equal_power_gains(pan)
    assert left**2 + right**2 == pytest.approx(1.0)


def test_sides() -> None:
    assert equal_power_gains(-1.0) == pytest.approx((1.0, 0.0))
    assert equal_power_gains(1.0) == pytest.approx((0.0, 1.0))


def test_pan_follows_the_walker_smoothly() -> None:
    placed = list(place_steps(walk(20), video_info()).values())
    pans = np.array([p.pan for p in placed])
    assert np.all(np.diff(pans) > 0)
    assert pans[0] < -0.4
    assert pans[-1] > 0.4
    assert np.abs(pans).max() <= PAN_WIDTH


def test_one_wild_box_does_not_throw_the_sound_aside() -> None:
    steps = [dataclasses.replace(step, x_px=320.0) for step in walk(9)]
    steps[4] = dataclasses.replace(steps[4], x_px=0.0)
    pans = [p.pan for p in place_steps(steps, video_info()).values()]
    assert abs(pans[4]) < 0.6 * PAN_WIDTH


def test_smaller_people_are_quieter_and_duller() -> None:
    near, far = (
        place_steps([dataclasses.replace(walk(1)[0], person_height_px=h)], video_info())["t1-0001"]
        for h in (216, 54)
    )
    assert near.gain_db == pytest.approx(0.0)
    assert far.gain_db == pytest.approx(-8.0)
    assert far.tilt_db_per_octave < near.tilt_db_per_octave == 0.0


def test_unknown_places_stand_in_the_middle() -> None:
    step = dataclasses.replace(walk(1)[0], x_px=math.nan, person_height_px=0.0)
    placed = place_steps([step], video_info())["t1-0001"]
    assert (placed.pan, placed.gain_db, placed.tilt_db_per_octave) == (0.0, 0.0, 0.0)
