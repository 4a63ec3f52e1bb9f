from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.filterbank import (
    BAND_COUNT,
    BAND_HZ,
    CELL_COUNT,
    CELL_EDGES_S,
    ENGINE_RATE_HZ,
    LEAD_SAMPLES,
    bank_of,
    cell_times_s,
    impose,
)
from foley_audio.domain.transforms import irfft, rfft

LENGTH = 24_576


def noise(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal(LENGTH).astype(np.float32)


def test_bands_join_to_what_was_split(rng: np.random.Generator) -> None:
    sound, bank = noise(rng), bank_of(LENGTH)
    back = irfft(bank.join(bank.split(rfft(sound))), LENGTH)
    np.testing.assert_allclose(back, sound, atol=1e-4)


def test_a_tone_lies_in_its_band_and_its_time() -> None:
    t = np.arange(LENGTH) / ENGINE_RATE_HZ - LEAD_SAMPLES / ENGINE_RATE_HZ
    sound = np.where((t > 0.2) & (t < 0.3), np.sin(2 * np.pi * 2000 * t), 0).astype(np.float32)
    bank = bank_of(LENGTH)
    powers = bank.powers_db(bank.split(rfft(sound)), np.array([0.0, 0.15, 0.22, 0.28, 0.4]))
    band = int(np.argmin(np.abs(BAND_HZ - 2000)))
    assert np.argmax(powers[:, 2]) == band
    assert powers[band, 2] > powers[band, 0] + 40


def test_powers_are_comparable_between_lengths(rng: np.random.Generator) -> None:
    edges_s = np.array([0.0, 0.4])
    short, long = (
        bank_of(n).powers_db(
            bank_of(n).split(rfft(rng.standard_normal(n).astype(np.float32))), edges_s
        )
        for n in (24_576, 49_152)
    )
    np.testing.assert_allclose(short[6:], long[6:], atol=3.0)


def test_imposed_powers_are_the_table(rng: np.random.Generator) -> None:
    bank = bank_of(LENGTH)
    target = (
        -40
        + 10 * rng.standard_normal((BAND_COUNT, 1))
        - 20 * np.linspace(0, 1, CELL_COUNT)[None, :]
    )
    shaped = impose(bank, rfft(noise(rng)), target, duration_s=0.3)
    found = bank.powers_db(bank.split(shaped), cell_times_s(CELL_EDGES_S, 0.3))
    wide = np.diff(CELL_EDGES_S) > 0.004  # narrower cells are below the low bands' resolution
    assert np.median(np.abs(found - target)[8:, wide]) < 2.0


def test_attack_stays_and_the_rest_stretches() -> None:
    np.testing.assert_allclose(cell_times_s(np.array([-0.01, 0.02, 0.4]), 0.8), [-0.01, 0.02, 0.8])


@pytest.mark.parametrize("length", [24_576, 36_864, 49_152])
def test_silence_is_silence(length: int) -> None:
    bank = bank_of(length)
    powers = bank.powers_db(bank.split(np.zeros(length // 2 + 1, dtype=np.complex64)), CELL_EDGES_S)
    assert powers.max() <= -119
