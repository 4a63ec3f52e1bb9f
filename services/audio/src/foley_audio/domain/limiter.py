"""A look-ahead true-peak limiter whose result does not depend on how the signal is cut into blocks.

Peaks are found at four times the sampling rate (BS.1770-5 Annex 2), the needed gain is held over a window around each
peak and smoothed by a window of the same length, so that the gain is at its lowest at the peak and never above what
the peak needs. Everything has finite support: a block is computed from the block and its neighbourhood, and only where
it is loud.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.transforms import moving_maximum, moving_minimum, moving_sum
from foley_audio.domain.true_peak import FOR_LIMITING, cell_maxima
from foley_audio.domain.types import FloatArray, SampleArray

WINDOW_S = 0.004  # look-ahead and release; short, because footsteps are


@dataclass(frozen=True, slots=True)
class Reduction:
    """Where a block is limited: ``gain``, shape ``(n,)``, from sample ``start`` of the block on."""

    start: int
    gain: SampleArray

    @property
    def part(self) -> slice:
        """The samples of the block."""
        return slice(self.start, self.start + self.gain.size)


class Limiter:
    """Gain that keeps a signal under a ceiling, the same for all channels.

    Attributes:
        halo: Samples of neighbourhood that `reductions` needs on either side of a block.
    """

    def __init__(self, sample_rate_hz: int, ceiling_dbtp: float) -> None:
        self._ceiling = 10.0 ** (ceiling_dbtp / 20.0)
        self._half = max(1, round(WINDOW_S * sample_rate_hz / 2))
        window = np.hanning(2 * self._half + 3)[1:-1]
        self._smoothing: FloatArray = window / window.sum()
        self.halo: int = 2 * self._half + 2 * FOR_LIMITING.reach

    def reductions(
        self, signal_with_halo: SampleArray, loudest: SampleArray | None = None
    ) -> list[Reduction]:
        """Where the middle of a piece of signal has to be turned down, and how far.

        Args:
            signal_with_halo: shape ``(n + 2 * halo, channels)``; zeros before the programme's start and after its end.
            loudest: What no sample of each of its cells is louder than, shape ``(cells,)``, where that is known.
        """
        peak = self._loud_peaks(
            signal_with_halo, cell_maxima(signal_with_halo) if loudest is None else loudest
        )
        if peak is None:
            return []
        needed: FloatArray = np.minimum(1.0, self._ceiling / np.maximum(peak, 1e-12))
        found: list[Reduction] = []
        for start, end in self._parts(needed):
            held = moving_minimum(needed[start : end + 2 * self.halo], 2 * self._half + 1)
            smooth = moving_sum(held, self._smoothing, edge="nearest")
            inner = smooth[self.halo : smooth.size - self.halo]
            found.append(Reduction(start, np.minimum(1.0, inner).astype(np.float32)))
        return found

    def may_act(self, loudest_sample: SampleArray, gain: float) -> NDArray[np.bool_]:
        """Whether pieces whose loudest sample is known could be limited at a gain, shape as given."""
        return loudest_sample * gain * FOR_LIMITING.overshoot > self._ceiling

    def _loud_peaks(self, signal: SampleArray, loudest: SampleArray) -> FloatArray | None:
        """True peaks near each sample where they could be over the ceiling, 0 elsewhere; None when nowhere."""
        hot = np.flatnonzero(loudest * FOR_LIMITING.overshoot > self._ceiling)
        if not hot.size:
            return None
        at, near = FOR_LIMITING.peaks_near(signal, hot, self._ceiling)
        if not (near > self._ceiling).any():
            return None
        inside = (at >= 0) & (at < signal.shape[0])
        peak = np.zeros(signal.shape[0])
        peak[at[inside]] = near[inside]
        return moving_maximum(peak, 3)

    def _parts(self, needed: FloatArray) -> list[tuple[int, int]]:
        """Parts ``[start, end)`` of the block that peaks are felt in."""
        n, wide = needed.size - 2 * self.halo, 2 * self.halo
        # In samples of the block: the gain moves from a halo before a peak to a halo after it.
        rows = _rows(np.flatnonzero(needed < 1.0), gap=wide + 1)
        cut = [(max(0, first - wide), min(n, last + 1)) for first, last in rows]
        return [(start, end) for start, end in cut if start < end]


def _rows(places: NDArray[np.int64], *, gap: int) -> list[tuple[int, int]]:
    """First and last of every row of increasing places that has no greater gap."""
    if not places.size:
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    firsts = np.concatenate([places[:1], places[breaks + 1]])
    lasts = np.concatenate([places[breaks], places[-1:]])
    return [(int(a), int(b)) for a, b in zip(firsts, lasts, strict=True)]


def turned_down(reductions: list[Reduction]) -> list[slice]:
    """From the first to the last sample of a block that each reduction turns down; some turn down none."""
    found: list[slice] = []
    for reduction in reductions:
        at = np.flatnonzero(reduction.gain < 1.0)
        if at.size:
            found.append(slice(reduction.start + int(at[0]), reduction.start + int(at[-1]) + 1))
    return found


def apply(block: SampleArray, reductions: list[Reduction]) -> SampleArray:
    """A block, shape ``(n, channels)``, turned down in place."""
    for reduction in reductions:
        block[reduction.part] *= reduction.gain[:, None]
    return block
