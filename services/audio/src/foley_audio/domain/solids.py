"""Bodies that click and ring: force pulses, and resonances that they excite."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.excitation import ForceBump, pulse, signs
from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES
from foley_audio.domain.types import ComplexArray, FloatArray

MICRO_IMPACTS = 5  # touches of one landing: a sole is not a point
MICRO_SPREAD_S = 0.006
LN_1000 = 6.9078  # T60 is a fall to a thousandth
SHORTEST_T60_S = 0.01
MODE_SPREAD_DB = 4.0  # of a mode's strength from step to step: feet land elsewhere; hand-set


def click_train(bumps: list[ForceBump], length: int, dice: np.random.Generator) -> FloatArray:
    """Force pulses of every bump, each with a few smaller ones while the sole settles, shape ``(length,)``."""
    train = np.zeros(length)
    for bump in bumps:
        at = LEAD_SAMPLES + round(bump.time_s * ENGINE_RATE_HZ)
        _add(train, at, bump.weight * pulse(bump.pulse_s, ENGINE_RATE_HZ))
        for late_s in MICRO_SPREAD_S * dice.exponential(size=MICRO_IMPACTS):
            size = bump.weight * 0.5 * float(dice.pareto(2.0) + 0.1) * float(signs(dice, 1)[0])
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


class Body:
    """The resonances of one floor, as frequency responses for signals of one length.

    Args:
        modes: shape ``(n, 3)``: frequency in Hz, T60 in s, height in dB over the rest of the spectrum.
        length: Samples of the signals.
    """

    def __init__(self, modes: FloatArray, length: int) -> None:
        modes = modes[modes[:, 0] > 0]
        frequency_hz, t60_s, height_db = modes.T if modes.size else np.zeros((3, 0))
        damping = LN_1000 / np.maximum(t60_s, SHORTEST_T60_S)
        omega = 2 * np.pi * np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ)
        pole = -damping + 2j * np.pi * frequency_hz
        peaks = damping[:, None] / (1j * omega[None, :] - pole[:, None])  # 1 at its frequency
        self._responses: NDArray[np.complex64] = (peaks * 10 ** (height_db[:, None] / 20)).astype(
            np.complex64
        )

    def ring(self, force: ComplexArray, strength: float, dice: np.random.Generator) -> ComplexArray:
        """What a force makes the body ring, as a spectrum: every step hits it elsewhere, so every mode differs."""
        count = int(self._responses.shape[0])
        if count == 0 or strength == 0:
            return np.zeros_like(force)
        spread = 10 ** (MODE_SPREAD_DB * dice.standard_normal(count) / 20)
        gain: FloatArray = strength * spread * signs(dice, count)
        # summed by numpy, not BLAS: the same bytes for any number of threads
        body = np.sum(gain.astype(np.float32)[:, None] * self._responses, axis=0)
        return force * body
