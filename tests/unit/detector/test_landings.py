from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_detector.domain.landings import (
    Landing,
    air_s,
    facing_of,
    flight_s,
    landings_of,
    slide_of,
)
from foley_detector.domain.params import DEFAULT_PARAMS
from foley_detector.domain.types import Swing
from support.landings import HEIGHT_PX, STEP_S, still_signals

PEAK_SPEED = 3.0


def swing(foot: int, toe_off_s: float | None, contact_s: float | None) -> Swing:
    at_s = contact_s if contact_s is not None else toe_off_s
    assert at_s is not None
    peak = round((at_s - 0.1) / STEP_S)
    return Swing(foot, peak, PEAK_SPEED, toe_off_s, contact_s, 0.6, 0.1, 0.1)


def landing(foot: int, contact_s: float, toe_off_s: float | None, own_off_s: float | None = None):
    return Landing(swing(foot, own_off_s, contact_s), contact_s, toe_off_s, None, 1.0)


WALK = [
    swing(0, 0.2, 0.6),
    swing(1, 0.7, 1.1),
    swing(0, 1.2, 1.6),
    swing(1, 1.7, 2.1),
    swing(0, 2.2, 2.6),
]


def test_a_stance_ends_with_the_same_foots_next_swing():
    found = landings_of(WALK, still_signals(), DEFAULT_PARAMS)
    assert [(one.swing.foot, one.contact_s, one.toe_off_s) for one in found] == [
        (0, 0.6, 1.2),
        (1, 1.1, 1.7),
        (0, 1.6, 2.2),
        (1, 2.1, None),
        (0, 2.6, None),
    ]
    assert [one.stride_s for one in found] == [1.0] * 5


def test_a_foot_that_lands_twice_in_no_time_has_landed_once():
    twice = [swing(0, 0.2, 0.6), swing(0, 0.62, 0.7), swing(0, 1.2, 1.6)]
    found = landings_of(twice, still_signals(), DEFAULT_PARAMS)
    assert [one.contact_s for one in found] == [0.6, 1.6]
    both = [swing(0, 0.2, 0.6), swing(1, 0.3, 0.65)]
    assert len(landings_of(both, still_signals(), DEFAULT_PARAMS)) == 2


def test_a_toe_off_that_no_stance_can_have_is_left_out():
    late = [swing(0, 0.2, 0.6), swing(0, 1.55, 2.6)]  # 0.95 of a stride: standing
    assert landings_of(late, still_signals(), DEFAULT_PARAMS)[0].toe_off_s is None
    small = replace(still_signals(), height_px=np.full(500, 0.9 * DEFAULT_PARAMS.small_person_px))
    assert {one.toe_off_s for one in landings_of(WALK, small, DEFAULT_PARAMS)} == {None}
    assert landings_of([swing(0, 0.2, None)], still_signals(), DEFAULT_PARAMS) == []


def test_flight_is_positive_in_running_and_negative_in_walking():
    found = landings_of(WALK, still_signals(), DEFAULT_PARAMS)
    assert flight_s(found[1], found) == pytest.approx(1.1 - 1.2)
    running = [landing(0, 0.5, 0.7), landing(1, 0.8, 1.0), landing(0, 1.1, None)]
    assert flight_s(running[1], running) == pytest.approx(0.1)
    assert flight_s(running[0], [running[0]]) is None
    far = [landing(0, 0.5, 0.7), landing(1, 2.0, None)]  # more than half a stride after
    assert flight_s(far[1], far) is None


def test_both_feet_are_in_the_air_from_the_later_toe_off_on():
    hop = [landing(0, 0.5, 1.0), landing(1, 1.4, None, own_off_s=1.1)]
    assert air_s(hop[1], hop) == pytest.approx(0.3)
    assert np.isnan(air_s(hop[0], hop))  # its own toe-off was not seen
    unseen = [landing(0, 0.5, None), landing(1, 1.4, None, own_off_s=1.1)]
    assert np.isnan(air_s(unseen[1], unseen))


def test_a_foot_that_goes_on_after_its_contact_slides():
    signals, here = still_signals(), landing(0, 1.0, None)
    axis = np.tile([1.0, 0.0], (500, 1))
    speed = np.zeros((500, 2, 2))
    speed[: round(1.2 / STEP_S), 0, 0] = 1.0  # heights a second, until 1.2 s
    sliding = replace(signals, axis=axis, heel_velocity=speed, toe_velocity=2 * speed)
    assert slide_of(here, sliding) == pytest.approx(1.2 - 1.04, abs=0.02)
    rolling = replace(signals, axis=axis, toe_velocity=speed)  # the heel rests
    assert slide_of(here, rolling) == 0.0
    assert slide_of(here, replace(signals, axis=axis)) == 0.0
    unseen = speed.copy()
    unseen[round(1.1 / STEP_S)] = np.nan
    hidden = replace(signals, axis=axis, heel_velocity=unseen, toe_velocity=unseen)
    assert np.isnan(slide_of(here, hidden))
    assert np.isnan(slide_of(landing(0, 6.0, None), sliding))  # after the last sample


def test_a_foot_faces_where_its_toe_is_while_it_stands_flat():
    signals = still_signals()
    toe = signals.toe_xy_px.copy()
    toe[round(1.12 / STEP_S) : round(1.3 / STEP_S), 1, 0] = 0.15 * HEIGHT_PX
    turned = replace(signals, toe_xy_px=toe)
    assert facing_of(landing(1, 1.0, None), turned) == pytest.approx(0.15)
    assert facing_of(landing(0, 1.0, None), turned) == 0.0
    assert np.isnan(facing_of(landing(1, 6.0, None), turned))
