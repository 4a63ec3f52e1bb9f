"""Grounds of many grains: Poisson times, power-law energies, a few shared resonances."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.excitation import signs
from foley_audio.domain.filterbank import ENGINE_RATE_HZ
from foley_audio.domain.transforms import fft, mirrored
from foley_audio.domain.types import ComplexArray, FloatArray

RESONANCES = 4  # shared by all grains of a step; even
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
    # Two trains are the real and the imaginary part of one: half as many transforms.
    trains = np.zeros((RESONANCES // 2, n, 2), dtype=np.float32)
    np.add.at(trains, (which // 2, at, which % 2), size)
    total = np.zeros(n // 2 + 1, dtype=np.complex64)
    for train, (own, mirror) in zip(trains, pair_responses(n), strict=True):
        spectrum = train.view(np.complex64)[:, 0]
        fft(spectrum, out=spectrum)
        total += spectrum[: n // 2 + 1] * own
        total += mirrored(spectrum) * mirror
    return total


@lru_cache(maxsize=8)
def pair_responses(length: int) -> NDArray[np.complex64]:
    """The shared resonances, two by two, shape ``(resonances // 2, 2, length // 2 + 1)``.

    For a spectrum of two trains at once, the one plus i times the other: what its positive half, and what its
    `mirrored` half are multiplied by.
    """
    responses = resonance_responses(length)
    one, other = responses[0::2], responses[1::2]
    return np.stack([(one - 1j * other) / 2, (one + 1j * other) / 2], axis=1).astype(np.complex64)


def resonance_responses(length: int) -> NDArray[np.complex64]:
    """Frequency responses of the shared resonances, shape ``(resonances, length // 2 + 1)``; flat between them."""
    frequency_hz = np.geomspace(LOWEST_HZ, HIGHEST_HZ, RESONANCES)
    omega = 2 * np.pi * np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ)
    centre = 2 * np.pi * frequency_hz[:, None]
    bandwidth = centre / QUALITY
    response = 1j * omega * bandwidth / (centre**2 - omega**2 + 1j * omega * bandwidth)
    return (response + 0.1).astype(np.complex64)
