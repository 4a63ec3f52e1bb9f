"""Bodies that click and ring: force pulses, and resonances that they excite."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.excitation import ForceBump, pulse
from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES
from foley_audio.domain.types import FloatArray
from foley_common.surfaces import Surface

MICRO_IMPACTS = 5  # touches of one landing: a sole is not a point
MICRO_SPREAD_S = 0.006

MODES: dict[Surface, tuple[tuple[float, float, int], ...]] = {
    # (lowest Hz, highest Hz, number); decay times in T60_S. Ranges from facts on each material, drawn per floor.
    Surface.WOOD: ((80.0, 1000.0, 14),),
    Surface.METAL: ((200.0, 6000.0, 26),),
    Surface.TILE: ((300.0, 4000.0, 12),),
    Surface.STONE: ((250.0, 3500.0, 10),),
    Surface.ICE: ((400.0, 6000.0, 14),),
}
T60_S = {
    Surface.WOOD: (0.08, 0.2),
    Surface.METAL: (0.3, 1.0),
    Surface.TILE: (0.01, 0.05),
    Surface.STONE: (0.01, 0.05),
    Surface.ICE: (0.02, 0.08),
}


def click_train(bumps: list[ForceBump], length: int, dice: np.random.Generator) -> FloatArray:
    """Force pulses of every bump, each with a few smaller ones while the sole settles, shape ``(length,)``."""
    train = np.zeros(length)
    for bump in bumps:
        at = LEAD_SAMPLES + round(bump.time_s * ENGINE_RATE_HZ)
        _add(train, at, bump.weight * pulse(bump.pulse_s, ENGINE_RATE_HZ))
        for late_s in MICRO_SPREAD_S * dice.exponential(size=MICRO_IMPACTS):
            size = (
                bump.weight * 0.5 * float(dice.pareto(2.0) + 0.1) * float(dice.choice((-1.0, 1.0)))
            )
            width_s = max(1.0 / ENGINE_RATE_HZ, 0.3 * bump.pulse_s)
            _add(
                train,
                at + round(late_s * ENGINE_RATE_HZ),
                min(size, 1.0) * pulse(width_s, ENGINE_RATE_HZ),
            )
    return train


def _add(train: FloatArray, at: int, shape: FloatArray) -> None:
    if 0 <= at < train.size:
        piece = shape[: train.size - at]
        train[at : at + piece.size] += piece


@lru_cache(maxsize=64)
def mode_responses(surface: Surface, floor: int, length: int) -> NDArray[np.complex64] | None:
    """Frequency responses of a body's resonances, shape ``(modes, length // 2 + 1)``; None for a body without.

    The frequencies belong to the floor: every step on it excites the same ones, each time differently.
    """
    if surface not in MODES:
        return None
    dice = np.random.default_rng(floor)
    frequency_hz = np.concatenate(
        [
            np.exp(dice.uniform(np.log(low), np.log(high), count))
            for low, high, count in MODES[surface]
        ]
    )
    shortest, longest = T60_S[surface]
    t60_s = (
        dice.uniform(shortest, longest, frequency_hz.size)
        * (frequency_hz / frequency_hz.min()) ** -0.3
    )
    damping = 6.91 / t60_s  # ln(1000)
    omega = 2 * np.pi * np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ)
    pole = -damping + 2j * np.pi * frequency_hz
    responses = damping[:, None] / (1j * omega[None, :] - pole[:, None])
    return responses.astype(np.complex64)
