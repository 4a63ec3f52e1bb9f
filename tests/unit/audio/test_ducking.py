from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.ducking import Ducking
from foley_audio.domain.types import DuckingShape

RATE_HZ = 48_000


def test_down_at_the_contact_and_up_afterwards() -> None:
    gain = Ducking([RATE_HZ], DuckingShape(), RATE_HZ).gain(0, 3 * RATE_HZ)
    assert gain[RATE_HZ] == pytest.approx(10 ** (-9 / 20))
    assert gain[: RATE_HZ - 2_000].min() == 1.0
    assert gain[2 * RATE_HZ :].min() == 1.0
    assert np.abs(np.diff(gain)).max() < 1e-3  # no steps in the gain


def test_the_shape_is_the_one_that_was_asked_for() -> None:
    shape = DuckingShape(depth_db=20.0, attack_s=0.1, hold_s=0.2, release_s=1.0)
    level_db = 20 * np.log10(Ducking([RATE_HZ], shape, RATE_HZ).gain(0, 4 * RATE_HZ))
    at = {s: level_db[round(s * RATE_HZ)] for s in (0.89, 0.95, 1.0, 1.1, 1.2, 1.7, 2.21)}
    expected = [0.0, -10.0, -20.0, -20.0, -20.0, -10.0, 0.0]
    assert list(at.values()) == pytest.approx(expected, abs=0.05)


def test_steps_close_together_keep_it_down() -> None:
    onsets = [RATE_HZ + i * RATE_HZ // 4 for i in range(4)]
    gain = Ducking(onsets, DuckingShape(hold_s=0.3), RATE_HZ).gain(RATE_HZ, 2 * RATE_HZ)
    assert gain.max() == pytest.approx(10 ** (-9 / 20))


def test_the_gain_is_the_lowest_that_any_step_asks_for() -> None:
    shape, onsets = DuckingShape(), np.sort(np.random.default_rng(2).integers(0, 200_000, 25))
    together = Ducking(onsets.tolist(), shape, RATE_HZ).gain(0, 250_000)
    alone = [Ducking([int(onset)], shape, RATE_HZ).gain(0, 250_000) for onset in onsets]
    np.testing.assert_array_equal(together, np.min(alone, axis=0))


@pytest.mark.parametrize("block", [1, 777, 5_000])
def test_blocks_do_not_matter(block: int) -> None:
    duck = Ducking([300, 5_000, 5_000, 9_000, 40_000], DuckingShape(), RATE_HZ)
    total = 2_000 if block == 1 else 60_000
    pieces = [duck.gain(start, min(total, start + block)) for start in range(0, total, block)]
    np.testing.assert_array_equal(np.concatenate(pieces), duck.gain(0, total))


def test_no_step_no_ducking() -> None:
    assert (Ducking([], DuckingShape(), RATE_HZ).gain(5, 100) == 1.0).all()


def test_a_sudden_move_does_not_click() -> None:
    shape = DuckingShape(depth_db=60.0, attack_s=0.0, hold_s=0.0, release_s=0.0)
    gain = Ducking([1_000], shape, RATE_HZ).gain(0, 2_000)
    assert gain.min() == pytest.approx(1e-3)
    assert np.abs(np.diff(gain)).max() < 0.15
