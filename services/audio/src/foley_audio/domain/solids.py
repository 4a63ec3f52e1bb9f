"""Bodies that click and ring: force pulses, and resonances that they excite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.excitation import pulse, signs
from foley_audio.domain.filterbank import ATTACK_END_S, BAND_HZ, ENGINE_RATE_HZ, LEAD_SAMPLES
from foley_audio.domain.types import ComplexArray, FloatArray

MICRO_SPREAD_S = 0.006
STRIKE_FROM_HZ = 400.0  # lower bands rise too slowly to tell when
ATTACK_SEARCH_S = 0.012  # the loudest moment of an attack lies within this after the first touch
STRIKE_RISE_DB = 4.0  # a later cell that rises by more within `STRIKE_REACH` cells is a strike: ball, toe, a slap
STRIKE_REACH = 3
LN_1000 = 6.9078  # T60 is a fall to a thousandth
SHORTEST_T60_S = 0.01
MODE_SPREAD_DB = 4.0  # of a mode's strength from step to step: feet land elsewhere; hand-set


@dataclass(frozen=True, slots=True)
class Strike:
    """One moment at which something hard touches.

    Attributes:
        time_s: From the contact.
        weight: Relative size.
    """

    time_s: float
    weight: float


def strikes_of(
    target_db: FloatArray, edges_s: FloatArray, dice: np.random.Generator
) -> list[Strike]:
    """Where the powers of a step say that something struck: its attack, and later cells that rise over those before.

    A click that does not stand where the powers are high would be turned down, and hiss turned up in its place.

    Args:
        target_db: shape ``(bands, cells)``.
        edges_s: shape ``(cells + 1,)``.
        dice: Of this step; a strike lies anywhere in its cell.
    """
    power = np.sum(10 ** (target_db[BAND_HZ > STRIKE_FROM_HZ] / 10), axis=0)
    level_db = 10 * np.log10(power + 1e-20)
    first, last = np.searchsorted(edges_s, [0.0, ATTACK_SEARCH_S])
    attack = int(first + np.argmax(level_db[first:last]))
    found = [attack]
    for cell in range(int(np.searchsorted(edges_s, ATTACK_END_S)), level_db.size - 1):
        before = level_db[cell - STRIKE_REACH : cell].min()
        highest = level_db[cell] >= level_db[cell - 1 : cell + 2].max()
        if highest and level_db[cell] - before > STRIKE_RISE_DB:
            found.append(cell)
    return [
        Strike(
            float(edges_s[cell] + dice.random() * (edges_s[cell + 1] - edges_s[cell])),
            float(10 ** ((level_db[cell] - level_db[attack]) / 20)),
        )
        for cell in found
    ]


def click_train(
    strikes: list[Strike],
    pulse_s: float,
    touches: float,
    length: int,
    dice: np.random.Generator,
) -> FloatArray:
    """A force pulse at every strike, each with a few smaller ones while the sole settles, shape ``(length,)``.

    Args:
        strikes: When and how hard.
        pulse_s: Length of the force pulse.
        touches: Mean number of smaller pulses per strike: a sole is not a point.
        length: Samples.
        dice: Of this step.
    """
    train = np.zeros(length)
    narrow_s = max(1.0 / ENGINE_RATE_HZ, 0.3 * pulse_s)
    for strike in strikes:
        at = LEAD_SAMPLES + round(strike.time_s * ENGINE_RATE_HZ)
        _add(train, at, strike.weight * pulse(pulse_s, ENGINE_RATE_HZ))
        for late_s in MICRO_SPREAD_S * dice.exponential(size=int(dice.poisson(touches))):
            size = 0.5 * float(dice.pareto(2.0) + 0.1) * float(signs(dice, 1)[0])
            late = at + round(late_s * ENGINE_RATE_HZ)
            _add(train, late, strike.weight * min(size, 1.0) * pulse(narrow_s, ENGINE_RATE_HZ))
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
