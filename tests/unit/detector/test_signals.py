from __future__ import annotations

import numpy as np
import pytest

from foley_detector.domain.signals import (
    bridge_gaps,
    dominant_period_s,
    local_polynomial,
    nearest_known,
    spikes,
    uniform_grid,
)

RNG = np.random.default_rng(3)


def test_grid_is_anchored_at_zero_and_not_at_the_start():
    late, early = uniform_grid(1.234, 3.0, 120.0), uniform_grid(0.0, 3.0, 120.0)
    assert np.isin(late.round(9), early.round(9)).all()


def test_local_parabola_is_exact_for_parabolas_on_uneven_samples():
    time_s = np.sort(RNG.uniform(0, 1, 40))
    values = np.column_stack([3 * time_s**2 - time_s, 1 + 2 * time_s])
    at_s = np.linspace(0.2, 0.8, 11)
    value, slope = local_polynomial(time_s, values, np.ones(40), at_s, half_window_s=0.15)
    np.testing.assert_allclose(value[:, 0], 3 * at_s**2 - at_s, atol=1e-3)
    np.testing.assert_allclose(slope[:, 1], 2.0, atol=1e-3)


def test_smoothing_has_no_lag():
    time_s = np.arange(0, 4, 1 / 30)
    values = np.sin(2 * np.pi * 2 * time_s)[:, None]
    fine = np.arange(1, 3, 1 / 1000)
    value, _ = local_polynomial(time_s, values, np.ones(time_s.size), fine, half_window_s=0.08)
    peak = fine[:500][value[:500, 0].argmax()]
    assert peak == pytest.approx(1.125, abs=0.002)


def test_few_samples_do_not_fail():
    value, slope = local_polynomial(
        np.array([0.0, 0.5]),
        np.array([[1.0], [2.0]]),
        np.ones(2),
        np.array([0.25]),
        half_window_s=0.05,
    )
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()
    empty, _ = local_polynomial(
        np.zeros(0), np.zeros((0, 1)), np.zeros(0), np.array([0.1]), half_window_s=0.1
    )
    assert np.isnan(empty).all()


def test_long_gaps_are_filled_but_not_trusted():
    time_s = np.arange(30) / 30
    values = np.column_stack([time_s, time_s])
    values[5:7], values[15:25] = np.nan, np.nan
    filled, weights, ok = bridge_gaps(time_s, values, np.ones(30), max_gap_s=0.2)
    np.testing.assert_allclose(filled[:, 0], time_s)
    assert ok[5:7].all()
    assert not ok[15:25].any()
    assert weights[20] < weights[0]
    trusted = nearest_known(time_s, ok, np.array([0.18, 0.65, 2.0]), max_gap_s=0.2)
    assert trusted.tolist() == [True, False, False]


def test_spikes_are_found_and_fast_motion_is_not_one():
    time_s = np.arange(20) / 30
    fast = np.column_stack([np.linspace(0, 3, 20), np.zeros(20)])
    assert not spikes(time_s, fast, limit=0.08).any()
    fast[7, 1] = 0.5
    assert np.flatnonzero(spikes(time_s, fast, limit=0.08)).tolist() == [7]


def test_spikes_on_uneven_frames_follow_the_clock():
    time_s = np.array([0.0, 0.1, 0.115, 0.2])
    steady = np.column_stack([2 * time_s, np.zeros(4)])
    assert not spikes(time_s, steady, limit=0.01).any()


def test_period_of_noise_is_none_and_of_a_rhythm_is_found():
    time_s = np.arange(0, 6, 0.01)
    period, sure = dominant_period_s(
        np.sin(2 * np.pi * time_s / 1.1), step_s=0.01, min_period_s=0.4, max_period_s=4.5
    )
    assert period == pytest.approx(1.1, abs=0.02)
    assert sure > 0.9
    flat, _ = dominant_period_s(np.zeros(600), step_s=0.01, min_period_s=0.4, max_period_s=4.5)
    assert np.isnan(flat)
