from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from foley_audio.domain.excitation import (
    BALL_FRACTION,
    TOE_FRACTION,
    ForceBump,
    force_bumps,
    force_curve,
    pulse,
)
from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES
from foley_audio.domain.types import StepSpec
from foley_common.footsteps import GaitKind, Side, StrikePattern
from foley_common.surfaces import Footwear, Surface

STANCE_S = 0.6
SPEC = StepSpec(
    surface=Surface.CONCRETE,
    footwear=Footwear.SNEAKER,
    gait_kind=GaitKind.WALK,
    strike_pattern=None,
    strength=0.5,
    stance_time_s=STANCE_S,
    side=Side.LEFT,
    wet=False,
    seed=1,
    floor=0,
)


def bumps_of(**changes: object) -> list[ForceBump]:
    return force_bumps(dataclasses.replace(SPEC, **changes), np.random.default_rng(1))


def test_a_walker_rolls_from_heel_to_ball_to_toe() -> None:
    heel, ball, toe = bumps_of()
    assert (heel.time_s, heel.weight) == (0.0, 1.0)
    assert ball.time_s == pytest.approx(BALL_FRACTION * STANCE_S, rel=0.5)
    assert toe.time_s == pytest.approx(TOE_FRACTION * STANCE_S)
    assert heel.weight > ball.weight > toe.weight


@pytest.mark.parametrize(
    "changes",
    [
        {"strike_pattern": StrikePattern.FOREFOOT},
        {"strike_pattern": StrikePattern.MIDFOOT},
        {"gait_kind": GaitKind.RUN},
        {"gait_kind": GaitKind.STAIRS},
    ],
)
def test_who_does_not_land_on_the_heel_lands_flat(changes: dict[str, object]) -> None:
    first, second, _toe = bumps_of(**changes)
    assert second.time_s < 0.5 * BALL_FRACTION * STANCE_S
    assert second.weight < bumps_of()[1].weight < first.weight


def test_a_runner_who_is_seen_to_land_on_the_heel_rolls() -> None:
    assert bumps_of(gait_kind=GaitKind.RUN, strike_pattern=StrikePattern.HEEL) == bumps_of()


def test_a_last_step_does_not_push_off_and_a_scuff_has_no_hard_contact() -> None:
    assert [bump.time_s < 0.5 * STANCE_S for bump in bumps_of(gait_kind=GaitKind.STOP)] == [
        True
    ] * 2
    scuff = bumps_of(gait_kind=GaitKind.SCUFF)
    assert scuff[0].weight < bumps_of()[0].weight
    assert scuff[0].load_s > bumps_of()[0].load_s


def test_soft_soles_and_soft_steps_have_longer_pulses() -> None:
    usual = bumps_of()[0].pulse_s
    assert bumps_of(footwear=Footwear.HIGH_HEEL)[0].pulse_s < usual
    assert bumps_of(strength=0.1)[0].pulse_s > usual > bumps_of(strength=0.9)[0].pulse_s


def test_a_pulse_has_the_length_and_the_sum_that_are_asked_for() -> None:
    made = pulse(0.004, 48_000)
    assert made.size == 192
    assert made.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(made, made[::-1])


def test_the_load_begins_at_the_contact_and_ends_when_the_foot_leaves() -> None:
    bumps = bumps_of()
    curve = force_curve(bumps, 2 * ENGINE_RATE_HZ)
    assert not curve[:LEAD_SAMPLES].any()
    assert curve[LEAD_SAMPLES] == curve.max()
    leaves = LEAD_SAMPLES + round((bumps[-1].time_s + bumps[-1].load_s) * ENGINE_RATE_HZ)
    assert (curve[LEAD_SAMPLES:leaves] > 0).all()
    assert curve[leaves + round(0.5 * ENGINE_RATE_HZ) :].max() < 1e-3
