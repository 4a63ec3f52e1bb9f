"""A third-octave filter bank with perfect reconstruction, and energies on a grid of bands and time cells.

Non-stationary Gabor frame of the painless kind (Balazs et al. 2011; Holighaus et al. 2013): every band is a window on
the spectrum; the squares of the windows sum to one, and each band is sampled just as densely as its width asks for.
High bands resolve a fraction of a millisecond, low ones what the uncertainty relation allows, and the whole costs two
long and some short transforms. That all of them strike in one instant, as a hard heel does, no single low band can
tell: the middle ones are also taken as one wide band (`WIDE_HZ`), and how its power compares with the sum of theirs
says it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.transforms import fft, ifft, quick_length
from foley_audio.domain.types import ComplexArray, FloatArray

ENGINE_RATE_HZ = 48_000  # steps are made at this rate; other rates are read off the same spectrum
LOWEST_BAND_HZ = 62.5
BANDS_PER_OCTAVE = 3
BAND_COUNT = 26  # 62.5 Hz to 20.2 kHz
BAND_HZ: FloatArray = LOWEST_BAND_HZ * 2.0 ** (np.arange(BAND_COUNT) / BANDS_PER_OCTAVE)
LOW_BAND_HZ = 500.0  # below, bands are sampled more densely: power has twice a band's width, and cells are short
LOW_BAND_OVERSAMPLING = 4
LEAD_SAMPLES = 720  # 15 ms before the contact: room for the approach and for what low bands smear
ATTACK_END_S = 0.030
REFERENCE_END_S = 0.400
_CELL_EDGES = (  # for a step that lasts `REFERENCE_END_S`; see `cell_times_s`
    [-0.010, -0.004, -0.001],
    [0.0, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004],  # the click of solids
    np.arange(0.006, ATTACK_END_S, 0.002),
    np.arange(ATTACK_END_S, 0.060, 0.005),
    np.arange(0.060, 0.160, 0.010),
    np.linspace(0.160, REFERENCE_END_S, 17),
    [1.1 * REFERENCE_END_S],
)
CELL_EDGES_S: FloatArray = np.concatenate(_CELL_EDGES)
CELL_COUNT = CELL_EDGES_S.size - 1
ROW_COUNT = BAND_COUNT + 1
"""Of a fitted table: the bands, and what `together_db` says (zeros behind the attack and on loose grounds)."""
FLOOR_DB = -120.0
# The wide band: from where a period is as long as the longest cell of the attack's first 4 ms, to where a third of an
# octave resolves the shortest by itself.
WIDE_HZ = (250.0, 5000.0)
IN_WIDE: NDArray[np.bool_] = (0.99 * WIDE_HZ[0] < BAND_HZ) & (1.01 * WIDE_HZ[1] > BAND_HZ)
WIDE_OVERSAMPLING = 2
ATTACK_CELLS = int(np.searchsorted(CELL_EDGES_S, ATTACK_END_S + 1e-9)) - 1
"""Time cells of which `together_db` says something: those that end with the attack or before."""
MOST_TOGETHER_DB = 20.0  # bands are not further from their sum than this; beyond are empty cells
THUMP_HZ = 160.0  # what a body that lands adds lies below
IMPOSE_ROUNDS = 2  # each is one split and one join; a third gains little
SHARPENING = 0.12  # makes up for contrast that two rounds leave lost; found on half A by recordings made anew
MOST_GAIN_DB = 50.0  # a band that holds nothing is not raised further


def thump_db(level_db: float) -> FloatArray:
    """What a thump adds to each band in dB, shape ``(bands,)``: all far below `THUMP_HZ`, half of it there."""
    return level_db / (1.0 + (BAND_HZ / THUMP_HZ) ** 4)


def cell_times_s(reference_s: FloatArray, duration_s: float) -> FloatArray:
    """Times of the reference step in a step that lasts longer or shorter: its attack stays, the rest is stretched.

    >>> cell_times_s(np.array([0.0, 0.03, 0.4]), 0.77).round(3).tolist()
    [0.0, 0.03, 0.77]
    """
    factor = (duration_s - ATTACK_END_S) / (REFERENCE_END_S - ATTACK_END_S)
    late = np.maximum(0.0, reference_s - ATTACK_END_S)
    return np.minimum(reference_s, ATTACK_END_S) + factor * late


def _smooth(distance: FloatArray) -> FloatArray:
    """From 0 to 1 without corners (Meyer's auxiliary function): a band's response dies away faster in time."""
    return distance * distance * (3.0 - 2.0 * distance)


@dataclass(frozen=True, slots=True, eq=False)
class _Band:
    first_bin: int
    window: NDArray[np.float32]
    first_sample: int
    sample_count: int


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """Weights of neighbouring bins, and how densely what lies under them is sampled."""

    first_bin: int
    weights: NDArray[np.float32]
    dense: int


class FilterBank:
    """Splits spectra of one length into bands and joins them again (`bank_of`, `wide_of`).

    The signals of all bands lie behind each other in one array, so that what is done to all is done once.

    Attributes:
        length: Samples of the signal, at `ENGINE_RATE_HZ`.
        time_s: shape ``(samples,)``, times of all bands' samples, seconds from the contact.
        band_of: shape ``(samples,)``, the band of every sample.
    """

    def __init__(self, length: int, windows: list[_Window]) -> None:
        self.length = length
        self._bands: list[_Band] = []
        first = 0
        for window in windows:
            count = quick_length(window.dense * window.weights.size)
            self._bands.append(_Band(window.first_bin, window.weights, first, count))
            first += count
        self._counts = np.array([band.sample_count for band in self._bands])
        self._firsts = np.array([band.first_sample for band in self._bands])
        self._spacing_s: FloatArray = length / self._counts / ENGINE_RATE_HZ
        self.band_of = np.repeat(np.arange(len(windows)), self._counts)
        within = np.arange(first) - self._firsts[self.band_of]
        self.time_s: FloatArray = (
            within * self._spacing_s[self.band_of] - LEAD_SAMPLES / ENGINE_RATE_HZ
        )

    def split(self, spectrum: ComplexArray) -> ComplexArray:
        """Band signals of a spectrum, shape ``(length // 2 + 1,)``; each complex, at its own rate."""
        parts = np.zeros(self.time_s.size, dtype=np.complex64)
        for band in self._bands:
            part = parts[band.first_sample : band.first_sample + band.sample_count]
            size = band.window.size
            part[:size] = spectrum[band.first_bin : band.first_bin + size]
            part[:size] *= band.window
            ifft(part, out=part)
        return parts

    def join(self, parts: ComplexArray) -> ComplexArray:
        """The spectrum of band signals; they are used up."""
        spectrum = np.zeros(self.length // 2 + 1, dtype=np.complex64)
        for band in self._bands:
            part = parts[band.first_sample : band.first_sample + band.sample_count]
            size = band.window.size
            fft(part, out=part)
            part[:size] *= band.window
            spectrum[band.first_bin : band.first_bin + size] += part[:size]
        return spectrum

    def powers_db(self, parts: ComplexArray, edges_s: FloatArray = CELL_EDGES_S) -> FloatArray:
        """Mean power of every band in every time cell, shape ``(bands, cells)``, in dB; `FLOOR_DB` for nothing."""
        power = np.zeros(parts.size + 1, np.float32)
        np.add(parts.real**2, parts.imag**2, out=power[:-1])
        place = (edges_s + LEAD_SAMPLES / ENGINE_RATE_HZ) / self._spacing_s[:, None] + 0.5
        place = self._firsts[:, None] + np.clip(place, 0, self._counts[:, None])
        sample = place.astype(np.int64)
        # Whole samples between two edges, less what lies before the one, and what lies before the other.
        whole = np.add.reduceat(power, sample.ravel()).reshape(sample.shape)[:, :-1]
        whole[sample[:, 1:] == sample[:, :-1]] = 0.0  # of nothing `reduceat` gives the next sample
        energy = whole + np.diff((place - sample) * power[sample], axis=1)
        # ifft divides by the count: this makes powers of bands of different rates comparable
        scale = (self._counts / self.length) ** 2 * self._spacing_s
        out = energy * scale[:, None] / np.diff(edges_s)
        return 10.0 * np.log10(np.maximum(out, 10.0 ** (FLOOR_DB / 10)))


@lru_cache(maxsize=8)
def bank_of(length: int) -> FilterBank:
    """The bank of thirds of an octave for a length; made once."""
    return FilterBank(length, _thirds(length))


@lru_cache(maxsize=8)
def wide_of(length: int) -> FilterBank:
    """The wide band alone, as a bank: its power is the sum of what its thirds hold; made once."""
    powers = np.zeros(length // 2 + 1, dtype=np.float64)
    for window in itertools.compress(_thirds(length), IN_WIDE.tolist()):
        powers[window.first_bin :][: window.weights.size] += window.weights.astype(np.float64) ** 2
    inside = np.flatnonzero(powers)
    weights = np.sqrt(powers[inside]).astype(np.float32)
    return FilterBank(length, [_Window(int(inside[0]), weights, WIDE_OVERSAMPLING)])


def _thirds(length: int) -> list[_Window]:
    bin_hz = np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ)
    octave = BANDS_PER_OCTAVE * np.log2(np.maximum(bin_hz, 1e-3) / LOWEST_BAND_HZ)
    windows: list[_Window] = []
    for band in range(BAND_COUNT):
        distance = octave - band
        if band == 0:
            distance = np.maximum(distance, 0)
        if band == BAND_COUNT - 1:
            distance = np.minimum(distance, 0)
        inside = np.flatnonzero(np.abs(distance) < 1)
        weights = np.cos(np.pi / 2 * _smooth(np.abs(distance[inside]))).astype(np.float32)
        dense = LOW_BAND_OVERSAMPLING if BAND_HZ[band] < LOW_BAND_HZ else 1
        windows.append(_Window(int(inside[0]), weights, dense))
    return windows


def together_db(spectrum: ComplexArray, powers_db: FloatArray, edges_s: FloatArray) -> FloatArray:
    """Power of the wide band against the sum of its thirds' in the cells of the attack, dB, shape ``(ATTACK_CELLS,)``.

    Args:
        spectrum: Of a sound, shape ``(length // 2 + 1,)``; `wide_of` its length is taken.
        powers_db: The thirds' powers, shape ``(bands, cells)``.
        edges_s: Of the time cells, shape ``(cells + 1,)``.
    """
    wide = wide_of(2 * (spectrum.size - 1))
    found = wide.powers_db(wide.split(spectrum), edges_s[: ATTACK_CELLS + 1])[0]
    apart = found - _summed_db(powers_db[:, :ATTACK_CELLS])
    return np.clip(apart, -MOST_TOGETHER_DB, MOST_TOGETHER_DB)


def _summed_db(powers_db: FloatArray) -> FloatArray:
    return 10 * np.log10(np.sum(10 ** (powers_db[IN_WIDE] / 10), axis=0))


def impose(
    bank: FilterBank,
    spectrum: ComplexArray,
    target_db: FloatArray,
    *,
    coincidence_db: FloatArray | None,
    duration_s: float,
) -> ComplexArray:
    """Give a sound the powers of a table; what happens inside a cell stays its own.

    Neighbouring bands and cells overlap, so the contrast between them is lost twice, when the table is measured and
    when it is imposed: the target is sharpened a little, and the powers are measured and corrected again on the joined
    sound. Behind each round the wide band is given its power in the attack, so that thirds strike at once where they
    are to.

    Args:
        bank: For the sound's length.
        spectrum: Of the sound, shape ``(length // 2 + 1,)``.
        target_db: shape ``(bands, cells)``.
        coincidence_db: What `together_db` is to be, shape ``(ATTACK_CELLS,)``; None leaves it as it comes.
        duration_s: How long the step lasts; stretches the cells.
    """
    edges_s = cell_times_s(CELL_EDGES_S, duration_s)
    centres_s = (edges_s[1:] + edges_s[:-1]) / 2
    summed_db = _summed_db(target_db[:, :ATTACK_CELLS])
    target_db = _sharpened(_sharpened(target_db).T).T
    cell = np.interp(bank.time_s, centres_s, np.arange(CELL_COUNT))
    before = np.minimum(cell.astype(np.int64), CELL_COUNT - 2)
    share = (cell - before).astype(np.float32)
    before += CELL_COUNT * bank.band_of
    for _ in range(IMPOSE_ROUNDS):
        parts = bank.split(spectrum)
        gain_db = np.minimum(target_db - bank.powers_db(parts, edges_s), MOST_GAIN_DB)
        gain = (gain_db * (np.log(10) / 20)).astype(np.float32).ravel()
        # all are inside; looking twice ("raise") takes longer
        change = np.diff(gain, append=gain[-1:]).take(before, mode="clip")
        change *= share
        change += gain.take(before, mode="clip")
        parts *= np.exp(change, out=change)
        spectrum = bank.join(parts)
        if coincidence_db is not None:
            _strike_together(spectrum, summed_db + coincidence_db, edges_s[: ATTACK_CELLS + 1])
    return spectrum


def _strike_together(spectrum: ComplexArray, wide_db: FloatArray, edges_s: FloatArray) -> None:
    """Give the wide band of a sound its powers in the attack, in place; outside the attack it stays as it is."""
    wide = wide_of(2 * (spectrum.size - 1))
    parts = wide.split(spectrum)
    gain_db = wide_db - wide.powers_db(parts, edges_s)[0]
    gain_db = np.clip(gain_db, -MOST_TOGETHER_DB, MOST_TOGETHER_DB)
    centres_s = (edges_s[1:] + edges_s[:-1]) / 2
    beyond_s = 2 * edges_s[[0, -1]] - centres_s[[0, -1]]
    times_s = np.concatenate([beyond_s[:1], centres_s, beyond_s[1:]])
    gain = 10 ** (np.interp(wide.time_s, times_s, np.pad(gain_db, 1)) / 20)
    parts *= (gain - 1.0).astype(np.float32)
    spectrum += wide.join(parts)


def _sharpened(table_db: FloatArray) -> FloatArray:
    """A table whose rows stand out from their neighbours a little more."""
    padded = np.pad(table_db, ((1, 1), (0, 0)), mode="edge")
    return table_db + SHARPENING * (table_db - (padded[:-2] + table_db + padded[2:]) / 3)
