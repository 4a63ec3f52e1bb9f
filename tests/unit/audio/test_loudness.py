"""The decisions about loudness; that the meters agree with the standard: tests/acceptance/test_loudness_standard.py."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foley_audio.domain.loudness import (
    FOLEY_OVER_ORIGINAL_LU,
    OFFSET_LU,
    QUIET_ORIGINAL_LUFS,
    SEARCH_TOLERANCE_LU,
    STEP_LOUDNESS_LUFS,
    LoudnessTarget,
    first_gain_db,
    foley_gain_db,
    highest_gain_db,
    next_gain_db,
    report,
)

TARGET = LoudnessTarget(-23.0, -1.0)


def steady(lufs: float) -> np.ndarray:
    """Five seconds of one loudness, as powers of 100 ms."""
    return np.full(50, 10 ** ((lufs - OFFSET_LU) / 10))


def test_steps_stand_above_the_original_where_it_can_be_heard() -> None:
    loud = foley_gain_db(-30.0, -20.0)
    assert -30.0 + loud == pytest.approx(-20.0 + FOLEY_OVER_ORIGINAL_LU)
    assert foley_gain_db(-30.0, -20.0, 3.0) == pytest.approx(loud + 3.0)


@pytest.mark.parametrize("original_lufs", [None, QUIET_ORIGINAL_LUFS - 1.0, -math.inf])
def test_steps_have_their_usual_loudness_where_nothing_else_is_heard(
    original_lufs: float | None,
) -> None:
    assert -30.0 + foley_gain_db(-30.0, original_lufs, -6.0) == pytest.approx(
        STEP_LOUDNESS_LUFS - 6.0
    )


def test_without_steps_there_is_nothing_to_raise() -> None:
    assert foley_gain_db(-math.inf, -20.0) == 0.0
    assert first_gain_db(-70.0, -math.inf, TARGET) == 0.0


def test_the_search_ends_at_the_target_or_where_the_limiter_takes_all_it_may() -> None:
    near = -23.0 + 0.9 * SEARCH_TOLERANCE_LU
    assert next_gain_db([(0.0, -26.0), (3.0, near)], TARGET, 12.0) is None
    assert next_gain_db([(0.0, -30.0), (12.0, -24.0)], TARGET, 12.0) is None
    assert next_gain_db([(0.0, -30.0), (12.0, -22.0)], TARGET, 12.0) is not None  # too loud: back


def test_the_next_gain_follows_the_last_two_tries() -> None:
    assert next_gain_db([(0.0, -28.0), (4.0, -25.0)], TARGET, 30.0) == pytest.approx(4.0 + 2 / 0.75)
    # Loudness never rises faster than the gain, and a limiter that gives nothing back is not believed.
    assert next_gain_db([(0.0, -28.0), (1.0, -25.0)], TARGET, 30.0) == pytest.approx(1.0 + 2.0)
    assert next_gain_db([(0.0, -25.0), (4.0, -25.0)], TARGET, 30.0) == pytest.approx(4.0 + 2 / 0.2)
    assert next_gain_db([(0.0, -25.0), (4.0, -25.0)], TARGET, 10.0) == 10.0


def test_the_highest_gain_leaves_the_limiter_six_decibels() -> None:
    assert highest_gain_db(-10.0, TARGET) == pytest.approx(10.0 - 1.0 - 0.5 + 6.0, abs=2e-4)
    assert highest_gain_db(-100.0, TARGET) == 40.0


def test_a_report_says_what_is_missing_and_what_is_silent() -> None:
    said = report(steady(-25.0), -1.2, TARGET, gain_db=3.0, limiter_reduction_db=6.0)
    assert not said.silent
    assert (said.shortfall_lu, said.integrated_lufs) == pytest.approx((2.0, -25.0))
    assert (said.max_momentary_lufs, said.max_short_term_lufs) == pytest.approx((-25.0, -25.0))
    near = report(steady(-23.05), -1.2, TARGET, gain_db=0, limiter_reduction_db=0)
    assert near.shortfall_lu == 0.0
    nothing = report(np.zeros(50), -math.inf, TARGET, gain_db=0.0, limiter_reduction_db=0.0)
    assert (nothing.silent, nothing.shortfall_lu) == (True, 0.0)
    assert (nothing.integrated_lufs, nothing.true_peak_dbtp) == (-70.0, -120.0)
