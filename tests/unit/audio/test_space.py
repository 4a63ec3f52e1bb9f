from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from foley_audio.domain.space import (
    FARTHEST_M,
    PAN_WIDTH,
    PERSPECTIVE_DISTANCE_M,
    REFERENCE_DISTANCE_M,
    front_channels,
    pan_gains,
    place_steps,
)
from foley_common.channels import STEREO, ChannelLayout, usual_layout
from foley_common.sound import Perspective
from support.audio import video_info, walk

PANS = [-1.0, -0.3, 0.0, 0.2, 0.7, 1.0, 5.0]


@pytest.mark.parametrize("channels", [2, 3])
@pytest.mark.parametrize("pan", PANS)
def test_power_is_the_same_everywhere(pan: float, channels: int) -> None:
    gains = pan_gains(pan, channels)
    assert len(gains) == channels
    assert sum(gain**2 for gain in gains) == pytest.approx(1.0)


def test_sides() -> None:
    assert pan_gains(-1.0, 2) == pytest.approx((1.0, 0.0))
    assert pan_gains(1.0, 2) == pytest.approx((0.0, 1.0))
    assert pan_gains(-1.0, 3) == pytest.approx((1.0, 0.0, 0.0), abs=1e-12)
    assert pan_gains(0.0, 3) == pytest.approx((0.0, 1.0, 0.0))
    assert pan_gains(1.0, 3) == pytest.approx((0.0, 0.0, 1.0), abs=1e-12)


def test_the_centre_loudspeaker_is_used_where_there_is_one() -> None:
    assert front_channels(STEREO) == (0, 1)
    assert front_channels(usual_layout(6)) == (0, 2, 1)
    assert front_channels(usual_layout(4)) == (0, 1)
    assert front_channels(ChannelLayout("3.0", ("FL", "FR", "FC"))) == (0, 2, 1)


def test_pan_follows_the_walker_smoothly() -> None:
    pans = np.array([p.pan for p in place_steps(walk(20), video_info())])
    assert np.all(np.diff(pans) > 0)
    assert pans[0] < -0.4
    assert pans[-1] > 0.4
    assert np.abs(pans).max() <= PAN_WIDTH


@pytest.mark.parametrize("count", [2, 6, 20])
def test_who_crosses_the_picture_is_heard_from_edge_to_edge(count: int) -> None:
    steps = walk(count)
    pans = [p.pan for p in place_steps(steps, video_info())]
    seen = [PAN_WIDTH * (2 * step.x_px / 640 - 1) for step in steps]
    assert pans == pytest.approx(seen, abs=1e-6)


@pytest.mark.parametrize("at", [0, 4, 8])
def test_a_step_of_unknown_size_or_place_stands_with_those_around_it(at: int) -> None:
    steps = [dataclasses.replace(step, person_height_px=27.0, x_px=600.0) for step in walk(9)]
    steps[at] = dataclasses.replace(steps[at], person_height_px=0.0, x_px=math.nan)
    placed = place_steps(steps, video_info())
    assert [p.distance_m for p in placed] == pytest.approx([8 * REFERENCE_DISTANCE_M] * 9)
    assert [p.pan for p in placed] == pytest.approx([PAN_WIDTH * 0.875] * 9)


def test_no_step_is_put_beyond_what_was_seen() -> None:
    steps = [
        dataclasses.replace(step, x_px=0.0 if i < 4 else 640.0) for i, step in enumerate(walk(9))
    ]
    pans = np.array([p.pan for p in place_steps(steps, video_info())])
    assert np.abs(pans).max() <= PAN_WIDTH
    assert np.all(np.diff(pans) >= 0)


def test_one_wild_box_does_not_throw_the_sound_aside() -> None:
    steps = [dataclasses.replace(step, x_px=320.0) for step in walk(9)]
    steps[4] = dataclasses.replace(steps[4], x_px=0.0)
    pans = [p.pan for p in place_steps(steps, video_info())]
    assert abs(pans[4]) < 0.6 * PAN_WIDTH


def test_placements_come_in_the_order_of_the_steps() -> None:
    left, right = (
        [dataclasses.replace(step, x_px=x, track_id=track, footstep_id="same") for step in walk(3)]
        for track, x in ((1, 0.0), (2, 640.0))
    )
    mixed = [step for pair in zip(right, left, strict=True) for step in pair]
    assert [p.pan > 0 for p in place_steps(mixed, video_info())] == [True, False] * 3


def test_smaller_people_are_quieter_and_farther() -> None:
    near, far = (
        place_steps([dataclasses.replace(walk(1)[0], person_height_px=h)], video_info())[0]
        for h in (216, 54)
    )
    assert near.gain_db == pytest.approx(0.0)
    assert near.distance_m == pytest.approx(REFERENCE_DISTANCE_M)
    assert far.gain_db == pytest.approx(-8.0)
    assert far.distance_m == pytest.approx(4 * REFERENCE_DISTANCE_M)


def test_a_speck_is_no_farther_than_sound_carries() -> None:
    step = dataclasses.replace(walk(1)[0], person_height_px=0.5)
    assert place_steps([step], video_info())[0].distance_m == FARTHEST_M


@pytest.mark.parametrize("perspective", [Perspective.CLOSE, Perspective.MEDIUM, Perspective.FAR])
def test_a_perspective_puts_everybody_at_one_distance_and_leaves_the_pan(
    perspective: Perspective,
) -> None:
    steps = [
        dataclasses.replace(step, person_height_px=50.0 + 40 * i) for i, step in enumerate(walk(5))
    ]
    asked = place_steps(steps, video_info(), perspective)
    assert {p.distance_m for p in asked} == {PERSPECTIVE_DISTANCE_M[perspective]}
    assert [p.pan for p in asked] == [p.pan for p in place_steps(steps, video_info())]


def test_unknown_places_stand_in_the_middle() -> None:
    step = dataclasses.replace(walk(1)[0], x_px=math.nan, person_height_px=0.0)
    (placed,) = place_steps([step], video_info())
    assert (placed.pan, placed.gain_db, placed.distance_m) == (0.0, 0.0, REFERENCE_DISTANCE_M)
