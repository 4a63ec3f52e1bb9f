from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.limiter import Limiter
from foley_audio.render.meter import EbuMeter

RATE_HZ = 48_000


def limited(sound: np.ndarray, ceiling_dbtp: float, block: int) -> np.ndarray:
    limiter = Limiter(RATE_HZ, ceiling_dbtp)
    halo = limiter.halo
    padded = np.pad(sound, ((halo, halo), (0, 0)))
    out = []
    for start in range(0, len(sound), block):
        end = min(len(sound), start + block)
        out.append(sound[start:end] * limiter.gain(padded[start : end + 2 * halo])[:, None])
    return np.concatenate(out).astype(np.float32)


def bursts(seed: int = 0) -> np.ndarray:
    dice = np.random.default_rng(seed)
    sound = dice.standard_normal((RATE_HZ, 2)) * 0.02
    for at in dice.integers(1_000, RATE_HZ - 1_000, 12):
        sound[at : at + 300] += (
            dice.standard_normal((300, 2)) * np.exp(-np.arange(300) / 60)[:, None]
        )
    return sound.astype(np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_true_peak_stays_under_the_ceiling(seed: int) -> None:
    sound = bursts(seed)
    assert np.abs(sound).max() > 1.0
    meter = EbuMeter(RATE_HZ)
    meter.add(limited(sound, -1.5, 8_192))
    assert meter.true_peak_dbtp() <= -1.0


@pytest.mark.parametrize("block", [500, 4_096, 33_333])
def test_blocks_do_not_matter(block: int) -> None:
    sound = bursts()
    np.testing.assert_array_equal(limited(sound, -1.5, block), limited(sound, -1.5, RATE_HZ))


def test_what_is_under_the_ceiling_is_not_touched() -> None:
    sound = 0.5 * bursts() / np.abs(bursts()).max()
    np.testing.assert_array_equal(limited(sound, -1.0, 4_096), sound)


def test_the_gain_falls_before_the_peak_and_is_smooth() -> None:
    limiter = Limiter(RATE_HZ, -6.0)
    sound = np.zeros((4_000 + 2 * limiter.halo, 2), dtype=np.float32)
    sound[limiter.halo + 2_000] = 1.0
    gain = limiter.gain(sound)
    assert gain[2_000] <= 0.5012
    assert np.abs(np.diff(gain)).max() < 0.03
    assert gain[0] == gain[-1] == 1.0
