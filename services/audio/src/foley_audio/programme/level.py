"""The gain that brings a programme to its loudness, limiter included.

The programme is measured once as it is, in hops of 100 ms. At another gain only those hops change in more than that
gain which the limiter touches; these are measured again, so that a further try costs as much as there is to limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain import limiter as limiting
from foley_audio.domain import loudness
from foley_audio.domain.limiter import Limiter
from foley_audio.domain.loudness import LoudnessTarget
from foley_audio.domain.true_peak import TruePeakMeter
from foley_audio.domain.types import FloatArray, SampleArray
from foley_audio.programme.parked import SECONDS, Clock, Programme
from foley_audio.render.meter import HopMeter

MOST_TRIES = 5  # of the gain under the limiter
MEASURED_SAMPLES = 65_536  # of a hot part at a time


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The gain of a programme.

    Attributes:
        gain_db: For all that is parked, before the limiter.
        hop_power: Power of every hop at this gain, before the limiter, shape ``(hops,)``.
    """

    gain_db: float
    hop_power: FloatArray


def settle(programme: Programme, clock: Clock, target: LoudnessTarget) -> Level:
    """The gain that brings the programme to its target; bounded by what the limiter may take."""
    plain = _measure(programme, clock)
    loud = loudness.integrated_lufs(plain.power)
    gain_db = loudness.first_gain_db(loud, plain.true_peak_dbtp, target)
    highest_db = loudness.highest_gain_db(plain.true_peak_dbtp, target)
    ceiling_db = target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB
    # Up to here the limiter does nothing; and where it may take no more, it need not be tried how much it takes.
    free_db = ceiling_db - plain.true_peak_dbtp
    if loud > loudness.ABSOLUTE_GATE_LUFS and free_db < gain_db < highest_db:
        gain_db = _limited_gain_db(
            programme, clock, target, plain, first_db=gain_db, known=(free_db, loud + free_db)
        )
    return Level(gain_db, plain.power * 10 ** (gain_db / 10))


def _limited_gain_db(
    programme: Programme,
    clock: Clock,
    target: LoudnessTarget,
    plain: _Plain,
    *,
    first_db: float,
    known: tuple[float, float],
) -> float:
    """The gain at which the limited programme reaches the target.

    Args:
        programme: What is limited.
        clock: Of the programme.
        target: Its loudness and ceiling.
        plain: The programme at gain 1.
        first_db: The first gain to try.
        known: A gain and the loudness that it gives.
    """
    limiter = Limiter(
        clock.sample_rate_hz, target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB
    )
    highest_db = loudness.highest_gain_db(plain.true_peak_dbtp, target)
    tried, gain_db = [known], first_db
    for _ in range(MOST_TRIES):
        power = _limited_power(programme, clock, limiter, plain, gain_db)
        tried.append((gain_db, loudness.integrated_lufs(power)))
        next_db = loudness.next_gain_db(tried, target, highest_db)
        if next_db is None:
            break
        gain_db = next_db
    return tried[-1][0]


@dataclass(frozen=True, slots=True)
class _Plain:
    """A programme at gain 1: power and loudest sample of every hop, shape ``(hops,)``, and its true peak."""

    power: FloatArray
    loudest: FloatArray
    true_peak_dbtp: float


def _measure(programme: Programme, clock: Clock) -> _Plain:
    hop = round(loudness.HOP_S * clock.sample_rate_hz)
    meter = HopMeter(clock.sample_rate_hz, programme.layout)
    peak = TruePeakMeter(programme.layout.channel_count)
    loudest: list[FloatArray] = []
    for start, end in clock.blocks(multiple_of=hop):
        both, _steps = programme.read(start, end, 1.0)
        meter.add(both)
        peak.add(both)
        whole = both.shape[0] // hop * hop
        loudest.append(np.abs(both[:whole]).reshape(-1, hop * both.shape[1]).max(axis=1))
        if whole < both.shape[0]:
            loudest.append(np.abs(both[whole:]).max(keepdims=True)[0])
        clock.report(clock.step_count, end, SECONDS)
    return _Plain(
        meter.hop_power(), np.concatenate(loudest).astype(np.float64), peak.true_peak_dbtp()
    )


def _limited_power(
    programme: Programme, clock: Clock, limiter: Limiter, plain: _Plain, gain_db: float
) -> FloatArray:
    """Power of every hop of the limited programme at a gain, shape ``(hops,)``."""
    gain = 10 ** (gain_db / 20)
    hop = round(loudness.HOP_S * clock.sample_rate_hz)
    power = plain.power * gain**2
    for first, last in _runs(limiter.may_act(plain.loudest, gain)):
        lead = max(0, first - 1)  # the weighting has settled after a hop
        meter = HopMeter(clock.sample_rate_hz, programme.layout)
        end = min(last * hop, clock.total_samples)
        for block in _limited(programme, limiter, gain, lead * hop, end):
            meter.add(block)
        found = meter.hop_power()[first - lead :]
        power[first : first + found.size] = found[: power.size - first]
        clock.report(clock.step_count, clock.total_samples, SECONDS)
    return power


def _limited(
    programme: Programme, limiter: Limiter, gain: float, start: int, end: int
) -> Iterator[SampleArray]:
    size, halo = MEASURED_SAMPLES, limiter.halo
    for first in range(start, end, size):
        last = min(end, first + size)
        both, _steps = programme.read(first - halo, last + halo, gain)
        found = limiter.reductions(both)
        yield limiting.apply(both[halo : halo + last - first], found)


def _runs(hot: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Hops ``[first, last)`` that the limiter may change: those that are hot, one before, and one after them.

    A peak next to a border is felt beyond it, and the weighting rings into the hop after.
    """
    touched = hot.copy()
    touched[:-1] |= hot[1:]
    touched[1:] |= hot[:-1]
    edges = np.flatnonzero(np.diff(np.concatenate([[False], touched, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
