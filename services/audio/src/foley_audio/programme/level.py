"""The gain that brings a programme to its loudness, limiter included.

The programme is measured once as it is, in hops of 100 ms. At another gain only those hops change in more than that
gain which the limiter touches; these are measured again, so that a further try costs as much as there is to limit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain import limiter as limiting
from foley_audio.domain import loudness
from foley_audio.domain.limiter import Limiter
from foley_audio.domain.loudness import LoudnessTarget
from foley_audio.domain.true_peak import CELL_SAMPLES, FOR_LIMITING, TruePeakMeter, cell_maxima
from foley_audio.domain.types import FloatArray, SampleArray
from foley_audio.programme.parked import SECONDS, Clock, Programme
from foley_audio.render.meter import HopMeter

MOST_TRIES = 5  # of the gain under the limiter
MEASURED_SAMPLES = 65_536  # of a hot part at a time
# Steps give way for the target's sake by at most so much: as much again as the limiter may take of them, and they are
# 3 LU under the original then instead of 3 over it. More, and what the film's sound is made for would not be heard.
MOST_YIELD_DB = 6.0
YIELD_STEP_DB = 0.5  # at least, from one try to the next
FIRST_SLOPE = 2 / 3  # LU won per dB, of 1 at most, before anything was tried
LEAST_SLOPE = 0.05  # less, and the next try is the limit
LEAST_WON_LU = 0.3  # less, and it is the original that stays below the target


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The gain of a programme.

    Attributes:
        gain_db: For all that is parked, before the limiter.
        hop_power: Power of every hop at this gain, before the limiter, shape ``(hops,)``.
        cells: Loudest sample of every cell of the programme at gain 1, shape ``(cells,)``.
        integrated_lufs: Loudness at this gain, behind the limiter; without an original it may be that before it.
    """

    gain_db: float
    hop_power: FloatArray
    cells: SampleArray
    integrated_lufs: float

    def loudest(self, start: int, count: int) -> SampleArray:
        """What no sample of each cell of a piece is louder than at this gain, before the limiter.

        The piece's cells need not be those of the programme: two of these cover one of its own. A gain rounds otherwise
        in every sample; the interpolators' bounds leave a thousand times as much room.

        Args:
            start: First sample of the piece; it may lie before the programme.
            count: Samples of the piece, which may end after the programme.

        Returns:
            Shape ``(cells,)``, the last cell may be shorter.
        """
        first = start // CELL_SAMPLES
        last = first - (-count // CELL_SAMPLES) + 1  # of all cells that are touched, the one after
        found = np.zeros(last - first, np.float32)
        inside = slice(min(max(0, first), self.cells.size), max(0, min(last, self.cells.size)))
        found[max(0, -first) :][: inside.stop - inside.start] = self.cells[inside]
        return np.maximum(found[:-1], found[1:]) * np.float32(10 ** (self.gain_db / 20))


def settle(programme: Programme, clock: Clock, target: LoudnessTarget) -> tuple[Programme, Level]:
    """The gain that brings the programme to its target, bounded by what the limiter may take.

    Where the peaks of the steps keep a programme with an original below its target, the steps give way: as far as it
    needs, at most by `MOST_YIELD_DB`, and only if that makes it louder.

    Returns:
        The programme, with its steps as loud as they are heard; its level.
    """
    level = _settled(programme, clock, target)
    best = programme, level
    if programme.original is None:
        return best
    tried = [(0.0, target.integrated_lufs - level.integrated_lufs)]
    while (
        tried[-1][1] > loudness.REPORTED_SHORTFALL_LU
        and tried[-1][0] < MOST_YIELD_DB
        and len(tried) <= MOST_TRIES
    ):
        softer_db = min(MOST_YIELD_DB, _next_yield_db(tried))
        best = _with_softer_steps(programme, clock, target, softer_db)
        tried.append((softer_db, target.integrated_lufs - best[1].integrated_lufs))
    return best if tried[0][1] - tried[-1][1] >= LEAST_WON_LU else (programme, level)


def _next_yield_db(tried: list[tuple[float, float]]) -> float:
    """By how much steps should give way, from what was tried last.

    Args:
        tried: How much steps gave way in dB, and what the programme then missed of the target in LU. As much as their
            peaks fall the rest may rise, but they are loud themselves: what is missing is the least that they must.
    """
    (softer_db, missing_lu), (before_db, before_lu) = tried[-1], tried[-2:][0]
    won_lu_per_db = (
        (before_lu - missing_lu) / (softer_db - before_db) if len(tried) > 1 else FIRST_SLOPE
    )
    return softer_db + max(YIELD_STEP_DB, missing_lu / max(won_lu_per_db, LEAST_SLOPE))


def _with_softer_steps(
    programme: Programme, clock: Clock, target: LoudnessTarget, softer_db: float
) -> tuple[Programme, Level]:
    softer = replace(programme, foley_gain=programme.foley_gain * 10 ** (-softer_db / 20))
    return softer, _settled(softer, clock, target)


def _settled(programme: Programme, clock: Clock, target: LoudnessTarget) -> Level:
    """The gain that brings the programme as it is to its target; bounded by what the limiter may take."""
    plain = _measure(programme, clock)
    loud = loudness.integrated_lufs(plain.power)
    gain_db = loudness.first_gain_db(loud, plain.true_peak_dbtp, target)
    reached_lufs = loud + gain_db
    highest_db = loudness.highest_gain_db(plain.true_peak_dbtp, target)
    ceiling_db = target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB
    # Up to here the limiter does nothing; and where it may take no more, it need not be tried how much it takes.
    free_db = ceiling_db - plain.true_peak_dbtp
    may_act = loud > loudness.ABSOLUTE_GATE_LUFS and free_db < gain_db
    if may_act and (gain_db < highest_db or programme.original is not None):
        gain_db, reached_lufs = _limited_gain_db(
            programme, clock, target, plain, first_db=gain_db, known=(free_db, loud + free_db)
        )
    return Level(gain_db, plain.power * 10 ** (gain_db / 10), plain.cells, reached_lufs)


def _limited_gain_db(
    programme: Programme,
    clock: Clock,
    target: LoudnessTarget,
    plain: _Plain,
    *,
    first_db: float,
    known: tuple[float, float],
) -> tuple[float, float]:
    """The gain at which the limited programme reaches the target, or the highest, and the loudness that it gives.

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
    return tried[-1]


@dataclass(frozen=True, slots=True)
class _Plain:
    """A programme at gain 1.

    Attributes:
        power: Of every hop, shape ``(hops,)``.
        cells: Loudest sample of every cell, shape ``(cells,)``.
        true_peak_dbtp: Of the whole, as the limiter sees it: what it takes is reckoned from this.
    """

    power: FloatArray
    cells: SampleArray
    true_peak_dbtp: float

    def hops(self, hop: int, count: int) -> SampleArray:
        """What no sample of so many hops of ``hop`` samples is louder than: their cells' loudest, shape ``(hops,)``."""
        firsts = hop * np.arange(count) // CELL_SAMPLES
        inside = np.maximum.reduceat(self.cells, firsts)
        inside[:-1] = np.maximum(inside[:-1], self.cells[firsts[1:]])  # a cell that two hops share
        return inside


def _measure(programme: Programme, clock: Clock) -> _Plain:
    hop = round(loudness.HOP_S * clock.sample_rate_hz)
    meter = HopMeter(clock.sample_rate_hz, programme.layout)
    peak = TruePeakMeter(programme.layout.channel_count, FOR_LIMITING)
    cells: list[SampleArray] = []
    for start, end in clock.blocks(multiple_of=math.lcm(hop, CELL_SAMPLES)):
        both, _steps = programme.read(start, end, 1.0)
        meter.add(both)
        cells.append(cell_maxima(both))
        peak.add(both, cells[-1])
        clock.report(clock.step_count, end, SECONDS)
    return _Plain(meter.hop_power(), np.concatenate(cells), peak.true_peak_dbtp())


def _limited_power(
    programme: Programme, clock: Clock, limiter: Limiter, plain: _Plain, gain_db: float
) -> FloatArray:
    """Power of every hop of the limited programme at a gain, shape ``(hops,)``."""
    gain = 10 ** (gain_db / 20)
    hop = round(loudness.HOP_S * clock.sample_rate_hz)
    power = plain.power * gain**2
    for first, last in _runs(
        limiter.may_act(plain.hops(hop, -(-clock.total_samples // hop)), gain)
    ):
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
