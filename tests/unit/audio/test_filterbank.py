from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.filterbank import (
    ATTACK_CELLS,
    BAND_COUNT,
    BAND_HZ,
    CELL_COUNT,
    CELL_EDGES_S,
    ENGINE_RATE_HZ,
    IN_WIDE,
    LEAD_SAMPLES,
    bank_of,
    cell_times_s,
    impose,
    together_db,
    wide_of,
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
    shaped = impose(
        bank, rfft(noise(rng)), target, coincidence_db=np.zeros(ATTACK_CELLS), duration_s=0.3
    )
    found = bank.powers_db(bank.split(shaped), cell_times_s(CELL_EDGES_S, 0.3))
    wide = np.diff(CELL_EDGES_S) > 0.004  # narrower cells are below the low bands' resolution
    assert np.median(np.abs(found - target)[8:, wide]) < 2.0


def test_the_wide_band_holds_what_its_thirds_hold(rng: np.random.Generator) -> None:
    spectrum, edges_s = rfft(noise(rng)), np.array([0.0, 0.2, 0.4])
    thirds = bank_of(LENGTH).powers_db(bank_of(LENGTH).split(spectrum), edges_s)
    wide = wide_of(LENGTH).powers_db(wide_of(LENGTH).split(spectrum), edges_s)[0]
    np.testing.assert_allclose(
        wide, 10 * np.log10(np.sum(10 ** (thirds[IN_WIDE] / 10), axis=0)), atol=0.5
    )


def test_thirds_know_less_of_the_moment_of_a_click_than_the_wide_band(
    rng: np.random.Generator,
) -> None:
    """Around a click they hear what they smear; around one that is turned in phase the wide band hears as much."""
    around = [4, 5, 6, 8, 9]  # cells between 0.5 and 6 ms, less that of the click
    click, turned = (
        together_db(
            spectrum, bank_of(LENGTH).powers_db(bank_of(LENGTH).split(spectrum)), CELL_EDGES_S
        )
        for spectrum in (a_click(), smeared(a_click(), rng))
    )
    assert click[CLICK_CELL] > 0
    assert click[around].mean() < -10 < -5 < turned[around].mean()


def test_a_smeared_click_is_drawn_together(rng: np.random.Generator) -> None:
    bank, edges_s = bank_of(LENGTH), cell_times_s(CELL_EDGES_S, 0.3)
    powers = bank.powers_db(bank.split(a_click()), edges_s)
    wanted = together_db(a_click(), powers, edges_s)
    elsewhere = []
    for coincidence_db in (np.zeros(ATTACK_CELLS), wanted):
        shaped = impose(
            bank, smeared(a_click(), rng), powers, coincidence_db=coincidence_db, duration_s=0.3
        )
        energy = irfft(shaped, LENGTH) ** 2
        elsewhere.append(1 - energy[CLICK_AT - 24 : CLICK_AT + 24].sum() / energy.sum())
    assert elsewhere[1] < 0.5 * elsewhere[0]


CLICK_AT, CLICK_CELL = LEAD_SAMPLES + 120, 7  # 2.5 ms behind the contact


def a_click() -> np.ndarray:
    click = np.zeros(LENGTH, np.float32)
    click[CLICK_AT] = 1.0
    return rfft(click)


def smeared(spectrum: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The same with the phase of every third turned."""
    turns = rng.uniform(0, 2 * np.pi, BAND_COUNT)[third_of_every_bin()]
    return (spectrum * np.exp(1j * turns)).astype(np.complex64)


def third_of_every_bin() -> np.ndarray:
    hz = np.maximum(np.fft.rfftfreq(LENGTH, 1 / ENGINE_RATE_HZ), 1.0)
    return np.clip(np.round(3 * np.log2(hz / BAND_HZ[0])), 0, BAND_COUNT - 1).astype(int)


def test_attack_stays_and_the_rest_stretches() -> None:
    np.testing.assert_allclose(cell_times_s(np.array([-0.01, 0.02, 0.4]), 0.8), [-0.01, 0.02, 0.8])


@pytest.mark.parametrize("length", [24_576, 36_864, 49_152])
def test_silence_is_silence(length: int) -> None:
    bank = bank_of(length)
    powers = bank.powers_db(bank.split(np.zeros(length // 2 + 1, dtype=np.complex64)), CELL_EDGES_S)
    assert powers.max() <= -119
