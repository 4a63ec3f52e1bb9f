"""Steady noise is taken out of steps, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.denoise import FRAME, steady_noise, without_noise
from foley_common.surfaces import Surface
from support.steps import RATE_HZ, noise_of, synthetic_steps, walk_of

BEFORE_S, AFTER_S = 0.03, 0.3  # of a contact: a step


def clean_walk(surface: Surface, interval_s: float) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(3)
    intervals_s = interval_s * (1 + 0.04 * dice.standard_normal(14))
    return walk_of(synthetic_steps(surface, 14), intervals_s, dice)


def error_db(noisy: np.ndarray, clean: np.ndarray, times_s: np.ndarray) -> tuple[float, float]:
    """What is not the step in the steps as recorded and as cleaned, over the energy of the steps."""
    window = noisy.astype(np.float32)
    noise = steady_noise(window)
    recorded = cleaned = energy = 0.0
    for time_s in times_s:
        first, end = round((time_s - BEFORE_S) * RATE_HZ), round((time_s + AFTER_S) * RATE_HZ)
        truth = clean[first:end]
        recorded += float(((window[first:end] - truth) ** 2).sum())
        cleaned += float(((without_noise(window, first, end, noise) - truth) ** 2).sum())
        energy += float((truth**2).sum())
    return 10 * np.log10(recorded / energy + 1e-12), 10 * np.log10(cleaned / energy + 1e-12)


@pytest.mark.parametrize("surface", [Surface.CONCRETE, Surface.GRAVEL, Surface.SNOW, Surface.WATER])
def test_steps_recorded_in_silence_stay_what_they_are(surface: Surface) -> None:
    clean, times_s = clean_walk(surface, 0.75)
    assert error_db(clean, clean, times_s)[1] < -40


@pytest.mark.parametrize("surface", [Surface.METAL, Surface.WATER, Surface.LEAVES])
def test_steps_that_ring_into_each_other_are_not_taken_for_noise(surface: Surface) -> None:
    clean, times_s = clean_walk(surface, 0.4)
    assert error_db(clean, clean, times_s)[1] < -20


@pytest.mark.parametrize(("kind", "gained_db"), [("white", 2.5), ("pink", 2.0), ("room", 1.0)])
@pytest.mark.parametrize("surface", [Surface.WOOD, Surface.GRAVEL, Surface.GRASS])
def test_noise_is_turned_down(surface: Surface, kind: str, gained_db: float) -> None:
    clean, times_s = clean_walk(surface, 0.65)
    dice = np.random.default_rng(4)
    level = np.sqrt((clean**2).mean()) * 10 ** (-12 / 20)
    recorded, cleaned = error_db(clean + level * noise_of(kind, clean.size, dice), clean, times_s)
    assert cleaned < recorded - gained_db


def test_noise_alone_becomes_quieter_and_the_edges_of_a_window_are_no_trouble() -> None:
    noise = 0.05 * np.random.default_rng(5).standard_normal(4 * RATE_HZ).astype(np.float32)
    known = steady_noise(noise)
    for first, end in ((0, 9_000), (noise.size - 9_000, noise.size), (50_000, 50_001)):
        cleaned = without_noise(noise, first, end, known)
        assert cleaned.shape == (end - first,)
        assert np.isfinite(cleaned).all()
    middle = without_noise(noise, RATE_HZ, 2 * RATE_HZ, known)
    assert middle.std() < 0.5 * noise.std()


def test_a_window_too_short_to_know_its_noise_stays_as_it_is() -> None:
    sound = np.random.default_rng(6).standard_normal(FRAME - 1).astype(np.float32)
    cleaned = without_noise(sound, 0, sound.size, steady_noise(sound))
    np.testing.assert_allclose(cleaned, sound, atol=1e-5)
