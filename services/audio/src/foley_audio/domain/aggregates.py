"""Grounds of many grains: Poisson times, power-law energies, a few shared resonances."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.excitation import signs
from foley_audio.domain.filterbank import ENGINE_RATE_HZ
from foley_audio.domain.transforms import rfft
from foley_audio.domain.types import ComplexArray, FloatArray

RESONANCES = 4  # shared by all grains of a step
LOWEST_HZ, HIGHEST_HZ = 300.0, 12_000.0
QUALITY = 1.2  # of a grain's resonance; grains are small and badly clamped
LARGEST_ENERGY_RATIO = 1e4  # energies are cut here; one grain must not be the step


def grain_spectrum(
    force: FloatArray, rate_per_s: float, power: float, dice: np.random.Generator
) -> ComplexArray:
    """Spectrum of the grains of one step.

    Args:
        force: shape ``(n,)``, load on the ground; the rate of grains follows it.
        rate_per_s: Grains per second at a force of 1.
        power: Exponent of the energies' power law, above 1.
        dice: Of this step.
    """
    n = force.size
    chance: FloatArray = np.minimum(1.0, rate_per_s / ENGINE_RATE_HZ * force)
    expected: FloatArray = np.cumsum(chance)
    count = int(dice.poisson(float(expected[-1])))
    places: FloatArray = float(expected[-1]) * dice.random(count)
    at = np.asarray(np.searchsorted(expected, places), dtype=np.int64)
    energy = np.minimum(
        (1.0 - dice.random(at.size)) ** (-1.0 / max(power - 1.0, 0.05)), LARGEST_ENERGY_RATIO
    )
    size = np.sqrt(energy) * signs(dice, at.size)
    which = dice.integers(0, RESONANCES, at.size)
    trains = np.zeros((RESONANCES, n), dtype=np.float32)
    np.add.at(trains, (which, at), size)
    return np.sum(rfft(trains) * resonance_responses(n), axis=0)


@lru_cache(maxsize=8)
def resonance_responses(length: int) -> NDArray[np.complex64]:
    """Frequency responses of the shared resonances, shape ``(resonances, length // 2 + 1)``; flat between them."""
    frequency_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, RESONANCES)
    omega = 2 * np.pi * np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ)
    centre = 2 * np.pi * frequency_hz[:, None]
    bandwidth = centre / QUALITY
    response = 1j * omega * bandwidth / (centre**2 - omega**2 + 1j * omega * bandwidth)
    return (response + 0.1).astype(np.complex64)
