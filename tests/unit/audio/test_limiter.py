from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.limiter import Limiter, apply, turned_down
from foley_common.channels import usual_layout
from support.audio import oversampled_peak_db
from support.ebu_meter import EbuMeter

RATE_HZ = 48_000


def limited(
    sound: np.ndarray, ceiling_dbtp: float, block: int, *, rate_hz: int = RATE_HZ
) -> np.ndarray:
    limiter = Limiter(rate_hz, ceiling_dbtp)
    halo = limiter.halo
    padded = np.pad(sound, ((halo, halo), (0, 0)))
    out = []
    for start in range(0, len(sound), block):
        end = min(len(sound), start + block)
        reductions = limiter.reductions(padded[start : end + 2 * halo])
        out.append(apply(sound[start:end].copy(), reductions))
    return np.concatenate(out)


def bursts(seed: int = 0, channels: int = 2) -> np.ndarray:
    dice = np.random.default_rng(seed)
    sound = dice.standard_normal((RATE_HZ, channels)) * 0.02
    for at in dice.integers(1_000, RATE_HZ - 1_000, 12):
        sound[at : at + 300] += (
            dice.standard_normal((300, channels)) * np.exp(-np.arange(300) / 60)[:, None]
        )
    return sound.astype(np.float32)


@pytest.mark.parametrize("channels", [2, 6])
@pytest.mark.parametrize("seed", range(5))
def test_true_peak_stays_under_the_ceiling(seed: int, channels: int) -> None:
    """By libebur128, and by 16-fold interpolation in double precision, which finds more."""
    sound = bursts(seed, channels)
    assert np.abs(sound).max() > 1.0
    held = limited(sound, -1.5, 8_192)
    meter = EbuMeter(RATE_HZ, layout=usual_layout(channels))
    meter.add(held)
    assert meter.true_peak_dbtp() <= -1.0
    assert -2.0 <= oversampled_peak_db(held) <= -1.0  # no further down than it must be


@pytest.mark.parametrize("block", [500, 4_096, RATE_HZ])
def test_what_is_turned_down_does_not_depend_on_blocks(block: int) -> None:
    sound, limiter = bursts(), Limiter(RATE_HZ, -1.5)
    padded = np.pad(sound, ((limiter.halo, limiter.halo), (0, 0)))
    told = np.zeros(len(sound), bool)
    for start in range(0, len(sound), block):
        end = min(len(sound), start + block)
        reductions = limiter.reductions(padded[start : end + 2 * limiter.halo])
        for part in turned_down(reductions):
            told[start + part.start : start + part.stop] = True
    changed = (limited(sound, -1.5, RATE_HZ) != sound).any(axis=1)
    assert changed.any()
    assert told[changed].all()
    far = np.convolve(changed, np.ones(2 * limiter.halo + 1), "same") == 0
    assert not told[far].any()


@pytest.mark.parametrize("block", [500, 4_096, 33_333])
def test_blocks_do_not_matter(block: int) -> None:
    sound = bursts()
    np.testing.assert_array_equal(limited(sound, -1.5, block), limited(sound, -1.5, RATE_HZ))


def test_loud_everywhere_does_not_depend_on_blocks_either() -> None:
    sound = np.random.default_rng(3).standard_normal((30_000, 2)).astype(np.float32)
    whole = limited(sound, -1.5, 30_000)
    np.testing.assert_array_equal(limited(sound, -1.5, 1_001), whole)
    assert oversampled_peak_db(whole) <= -1.0


def test_what_is_under_the_ceiling_is_not_touched() -> None:
    sound = 0.5 * bursts() / np.abs(bursts()).max()
    np.testing.assert_array_equal(limited(sound, -1.0, 4_096), sound)


@pytest.mark.parametrize("at", [0, 1, 999, 1_998, 3_999])
def test_the_gain_falls_before_the_peak_and_is_smooth(at: int) -> None:
    limiter = Limiter(RATE_HZ, -6.0)
    sound = np.zeros((4_000 + 2 * limiter.halo, 2), dtype=np.float32)
    sound[limiter.halo + at] = 1.0
    gain = apply(np.ones((4_000, 2), np.float32), limiter.reductions(sound))[:, 0]
    assert 0.99 * 0.5012 <= gain[at] <= 0.5012
    assert np.abs(np.diff(gain)).max() < 0.03
    far = np.abs(np.arange(4_000) - at) > 400
    assert (gain[far] == 1.0).all()


def test_channels_are_turned_down_together() -> None:
    sound = np.zeros((8_000, 6), np.float32)
    sound[4_000, 3] = 2.0
    sound[:, 0] = 0.1
    held = limited(sound, -1.0, 8_000)
    assert held[4_000, 0] == pytest.approx(0.1 * held[4_000, 3] / 2.0, rel=1e-5)


def test_96_khz() -> None:
    sound = np.repeat(bursts(), 2, axis=0)
    assert oversampled_peak_db(limited(sound, -1.5, 4_096, rate_hz=96_000)) <= -1.0
