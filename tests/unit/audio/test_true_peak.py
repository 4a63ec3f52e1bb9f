"""The pruned meter against interpolating everything, and against an independent meter."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foley_audio.domain.true_peak import (
    CELL_SAMPLES,
    FOR_LIMITING,
    FOR_METERING,
    Interpolator,
    TruePeakMeter,
    cell_maxima,
)
from support.audio import oversampled_peak_db


def metered(sound: np.ndarray, block: int) -> float:
    meter = TruePeakMeter(sound.shape[1])
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter.true_peak_dbtp()


@pytest.mark.parametrize("seed", range(30))
def test_nothing_is_missed_however_it_is_cut(seed: int) -> None:
    dice = np.random.default_rng(seed)
    count, channels = int(dice.integers(1, 3_000)), int(dice.integers(1, 9))
    sound = dice.standard_normal((count, channels)) * dice.uniform(0, 1, (count, 1)) ** 8
    sound = sound.astype(np.float32)
    everything = 20 * math.log10(float(FOR_METERING.peaks(np.pad(sound, ((40, 40), (0, 0)))).max()))
    assert metered(sound, int(dice.integers(1, 900))) == pytest.approx(everything, abs=1e-5)


def test_between_samples() -> None:
    """EBU Tech 3341, case 16: a quarter of the sampling rate at 45°, samples 3 dB below the peak."""
    time = np.arange(48_000)
    one = (0.5 * np.sin(2 * np.pi * time / 4 + math.pi / 4)).astype(np.float32)
    one[:2_000] *= np.linspace(0, 1, 2_000, dtype=np.float32)
    one[-2_000:] *= np.linspace(1, 0, 2_000, dtype=np.float32)
    assert metered(one[:, None], 4_096) == pytest.approx(-6.02, abs=0.2)


def test_as_an_independent_meter_says() -> None:
    dice = np.random.default_rng(9)
    for _ in range(5):
        sound = np.convolve(dice.standard_normal(20_000), np.hanning(8), "same")[:, None]
        sound = sound.astype(np.float32)
        assert metered(sound, 999) == pytest.approx(oversampled_peak_db(sound), abs=0.4)


def test_silence_and_nothing() -> None:
    assert metered(np.zeros((1_000, 2), np.float32), 100) == -math.inf
    assert TruePeakMeter(2).true_peak_dbtp() == -math.inf


def test_interpolation_never_rises_further_than_said() -> None:
    dice = np.random.default_rng(4)
    signs = np.sign(dice.standard_normal((50_000, 1))).astype(np.float32)
    assert 1.3 < float(FOR_METERING.peaks(signs).max()) <= FOR_METERING.overshoot


@pytest.mark.parametrize("interpolator", [FOR_LIMITING, FOR_METERING])
def test_no_peak_is_higher_than_samples_and_bends_allow(interpolator: Interpolator) -> None:
    """Noise of all colours, and the signs that drive every phase of the interpolation furthest over its samples."""
    dice = np.random.default_rng(11)
    sounds = [np.convolve(dice.standard_normal(900), np.ones(k), "same") for k in range(1, 40)]
    sounds += [np.sin(0.1 * k * np.arange(900) ** 1.1) for k in range(1, 40)]
    sounds += [np.pad(np.sign(taps[::-1]), 438)[:900] for taps in interpolator._phases]
    for sound in sounds:
        one = np.pad(sound, 40).astype(np.float32)[:, None]
        highest = float(interpolator.peaks(one).max())
        assert highest <= interpolator.highest_possible(one[None])[0]


def test_what_hardly_bends_hardly_rises_over_its_samples() -> None:
    slow = np.sin(2 * np.pi * 500 / 48_000 * np.arange(2_000)).astype(np.float32)[:, None]
    assert FOR_LIMITING.highest_possible(slow[None])[0] < 1.01


def test_cells_that_cannot_be_over_are_left_out_and_no_others() -> None:
    dice = np.random.default_rng(12)
    sound = np.zeros((20 * CELL_SAMPLES, 2), np.float32)
    for cell in range(20):
        middle = slice(cell * CELL_SAMPLES + 60, cell * CELL_SAMPLES + 196)
        sound[middle] = 0.05 * cell * np.hanning(136)[:, None] * dice.choice([-1, 1], 2)
    at, near = FOR_LIMITING.peaks_near(sound, np.arange(20), 0.51)
    assert near.shape == at.shape
    assert len(near) == 9
    assert at[0, 0] == 11 * CELL_SAMPLES - FOR_LIMITING.reach
    everything = FOR_LIMITING.peaks(sound)
    assert near.max() == pytest.approx(everything.max())
    none_at, none_near = FOR_LIMITING.peaks_near(sound, np.arange(20), 2.0)
    assert none_at.shape == none_near.shape == (0, CELL_SAMPLES + 2 * FOR_LIMITING.reach)


def test_cells() -> None:
    block = np.zeros((600, 2), np.float32)
    block[255, 0], block[256, 1], block[599, 0] = 0.5, -0.7, 0.2
    assert cell_maxima(block).tolist() == pytest.approx([0.5, 0.7, 0.2])
