"""What is known of a programme before it is limited."""

from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.true_peak import CELL_SAMPLES, cell_maxima
from foley_audio.programme.level import Level


@pytest.mark.parametrize("start", [-700, -256, 0, 100, 256, 5_000, 9_900, 12_000])
@pytest.mark.parametrize("count", [1, 256, 300, 5_000])
def test_no_cell_of_a_piece_is_louder_than_said(start: int, count: int) -> None:
    dice = np.random.default_rng(start + count + 1_000)
    sound = (dice.standard_normal((10_000, 2)) * dice.uniform(0, 1, (10_000, 1)) ** 9).astype(
        np.float32
    )
    level = Level(6.0, np.zeros(2), cell_maxima(sound), -23.0)
    padded = np.pad(sound, ((1_000, 20_000), (0, 0))) * np.float32(10 ** (6.0 / 20))
    real = cell_maxima(padded[start + 1_000 : start + 1_000 + count])
    said = level.loudest(start, count)
    assert said.shape == real.shape == (-(-count // CELL_SAMPLES),)
    assert (real <= 1.0001 * said).all()
    assert (said <= 1.0001 * 10 ** (6.0 / 20) * np.abs(sound).max()).all()
