"""The walk that `RenderSound` makes out of nothing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface
from foley_gateway.domain.walk import STEP_INTERVAL_S, short_walk


@pytest.mark.parametrize("gait_kind", GaitKind)
def test_every_gait_has_its_cadence_and_ends_before_the_picture(gait_kind: GaitKind) -> None:
    video, steps, _ = short_walk(Surface.SNOW, Footwear.BOOT, gait_kind, 0.5, seed=3)
    times_s = np.array([step.initial_contact_time_s for step in steps])
    assert np.diff(times_s).mean() == pytest.approx(STEP_INTERVAL_S[gait_kind], rel=0.05)
    assert 0.3 < times_s[0] <= times_s[-1] < video.duration_s - 0.5
    assert {step.gait_kind for step in steps} == {gait_kind}
    assert [step.side for step in steps[:3]] == [Side.LEFT, Side.RIGHT, Side.LEFT]


def test_walkers_have_a_foot_on_the_ground_and_runners_fly() -> None:
    for gait_kind, flies in ((GaitKind.WALK, False), (GaitKind.RUN, True)):
        _, steps, _ = short_walk(Surface.SNOW, Footwear.BOOT, gait_kind, 0.5, seed=3)
        for one, following in itertools.pairwise(steps):
            assert one.toe_off_time_s is not None
            assert (one.toe_off_time_s < following.initial_contact_time_s) is flies


def test_steps_vary_around_the_strength_and_a_seed_repeats_them() -> None:
    def made(strength: float, seed: int):
        return short_walk(Surface.SNOW, Footwear.BOOT, GaitKind.RUN, strength, seed)

    assert made(0.5, 1) == made(0.5, 1) != made(0.5, 2)
    strengths = [step.strength for step in made(0.5, 1)[1]]
    assert len(set(strengths)) == len(strengths)
    assert np.mean(strengths) == pytest.approx(0.5, abs=0.05)
    assert max(step.strength for step in made(1.0, 1)[1]) == 1.0


def test_ground_and_shoe_hold_for_everybody_all_the_time() -> None:
    video, steps, report = short_walk(Surface.SNOW, Footwear.BOOT, GaitKind.WALK, 0.5, seed=3)
    for time_s in (0.0, video.duration_s - 0.001):
        answer, shoe = report.surface_at(1, time_s), report.footwear_at(1, time_s)
        assert answer is not None
        assert shoe is not None
        assert (answer.sounded, shoe.footwear) == (Surface.SNOW, Footwear.BOOT)
    assert {step.track_id for step in steps} == {1}
