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
from foley_audio.domain.true_peak import (
    CELL_SAMPLES,
    OVERSHOOT,
    REACH_SAMPLES,
    cell_maxima,
    peaks,
)
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
        self.halo: int = 2 * self._half + 2 * REACH_SAMPLES

    def reductions(self, signal_with_halo: SampleArray) -> list[Reduction]:
        """Where the middle of a piece of signal has to be turned down, and how far.

        Args:
            signal_with_halo: shape ``(n + 2 * halo, channels)``; zeros before the programme's start and after its end.
        """
        n = int(signal_with_halo.shape[0]) - 2 * self.halo
        found: list[Reduction] = []
        for start, end in self._loud(signal_with_halo, n):
            gain = self._gain(signal_with_halo[start : end + 2 * self.halo])
            if gain is not None:
                found.append(Reduction(start, gain))
        return found

    def may_act(self, loudest_sample: FloatArray, gain: float) -> NDArray[np.bool_]:
        """Whether pieces whose loudest sample is known could be limited at a gain, shape as given."""
        return loudest_sample * gain * OVERSHOOT > self._ceiling

    def _loud(self, signal_with_halo: SampleArray, n: int) -> list[tuple[int, int]]:
        """Parts ``[start, end)`` of the block outside which nothing is limited."""
        hot = np.flatnonzero(cell_maxima(signal_with_halo) * OVERSHOOT > self._ceiling)
        parts: list[tuple[int, int]] = []
        for cell in hot:
            # In samples of the block; a peak is felt up to a halo away.
            start = max(0, int(cell) * CELL_SAMPLES - 2 * self.halo)
            end = min(n, (int(cell) + 1) * CELL_SAMPLES)
            if start >= end:
                continue
            if parts and start <= parts[-1][1]:
                parts[-1] = (parts[-1][0], end)
            else:
                parts.append((start, end))
        return parts

    def _gain(self, piece_with_halo: SampleArray) -> SampleArray | None:
        """Gain of the middle of a piece, 0 to 1; None where nothing has to be done."""
        peak = moving_maximum(peaks(piece_with_halo), 3)
        needed: FloatArray = np.minimum(1.0, self._ceiling / np.maximum(peak, 1e-12))
        if float(needed.min()) >= 1.0:
            return None
        held = moving_minimum(needed, 2 * self._half + 1)
        smooth = moving_sum(held, self._smoothing, edge="nearest")
        inner = smooth[self.halo : smooth.size - self.halo]
        return np.minimum(1.0, inner).astype(np.float32)


def apply(block: SampleArray, reductions: list[Reduction]) -> SampleArray:
    """A block, shape ``(n, channels)``, turned down in place."""
    for reduction in reductions:
        block[reduction.part] *= reduction.gain[:, None]
    return block
