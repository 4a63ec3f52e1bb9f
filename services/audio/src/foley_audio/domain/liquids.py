"""Water and mud: bubbles that ring with a rising pitch after the splash (van den Doel 2005)."""

from __future__ import annotations

import numpy as np

from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES
from foley_audio.domain.types import SampleArray

FIRST_S, LAST_S = 0.02, 0.35
LOWEST_HZ, HIGHEST_HZ = 300.0, 5000.0  # Minnaert: 3 m/s over the radius, for radii of 0.6 to 10 mm
RISE = 0.1  # share by which the pitch rises while a bubble nears the surface, per decay
DECAYS = 5.0  # a bubble is followed for so many time constants


def bubbles(count_per_s: float, length: int, dice: np.random.Generator) -> SampleArray:
    """Bubbles of one step, shape ``(length,)``.

    Damping after van den Doel: 0.043 f + 0.0014 f^1.5 per second.
    """
    out = np.zeros(length, np.float32)
    for _ in range(int(dice.poisson(count_per_s * (LAST_S - FIRST_S)))):
        frequency = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** float(dice.random())
        damping = 0.043 * frequency + 0.0014 * frequency**1.5
        at = LEAD_SAMPLES + round(
            (FIRST_S + (LAST_S - FIRST_S) * float(dice.beta(1.2, 2.0))) * ENGINE_RATE_HZ
        )
        n = min(length - at, round(DECAYS / damping * ENGINE_RATE_HZ))
        if n <= 0:
            continue
        # in single precision, four times as fast: the phase stays below 100 turns
        t = np.arange(n, dtype=np.float32) * np.float32(1 / ENGINE_RATE_HZ)
        ring = np.sin((2 * np.pi * frequency) * t * (1 + (0.5 * RISE * damping) * t))
        ring *= np.exp(-damping * t)
        ring *= np.float32(dice.pareto(1.5) + 0.2)
        out[at : at + n] += ring
    return out
