"""A look-ahead true-peak limiter whose result does not depend on how the signal is cut into blocks.

Peaks are found at four times the sampling rate (BS.1770-5 Annex 2), the needed gain is held over a window around each
peak and smoothed by a window of the same length, so that the gain is at its lowest at the peak and never above what
the peak needs. Everything has finite support: a block is computed from the block and its neighbourhood.
"""

from __future__ import annotations

import numpy as np

from foley_audio.domain.transforms import lowpass_taps, moving_maximum, moving_minimum, moving_sum
from foley_audio.domain.types import FloatArray, SampleArray

OVERSAMPLING = 4  # BS.1770-5 Annex 2
TAPS_PER_PHASE = 12  # as the interpolator in the standard
KAISER_BETA = 6.0  # about 60 dB against images
WINDOW_S = 0.004  # look-ahead and release; short, because footsteps are


class Limiter:
    """Gain that keeps a stereo signal under a ceiling.

    Attributes:
        halo: Samples of neighbourhood that `gain` needs on either side of a block.
    """

    def __init__(self, sample_rate_hz: int, ceiling_dbtp: float) -> None:
        self._ceiling = 10.0 ** (ceiling_dbtp / 20.0)
        self._half = max(1, round(WINDOW_S * sample_rate_hz / 2))
        taps = lowpass_taps(OVERSAMPLING * TAPS_PER_PHASE + 1, 1.0 / OVERSAMPLING, KAISER_BETA)
        self._phases = [OVERSAMPLING * taps[phase::OVERSAMPLING] for phase in range(OVERSAMPLING)]
        window = np.hanning(2 * self._half + 3)[1:-1]
        self._smoothing: FloatArray = window / window.sum()
        self.halo: int = 2 * self._half + TAPS_PER_PHASE

    def gain(self, signal_with_halo: SampleArray) -> FloatArray:
        """Gain for the middle of a piece of signal.

        Args:
            signal_with_halo: shape ``(n + 2 * halo, 2)``; zeros before the programme's start and after its end.

        Returns:
            Shape ``(n,)``, 0 to 1.
        """
        n = int(signal_with_halo.shape[0]) - 2 * self.halo
        if float(np.abs(signal_with_halo).max(initial=0.0)) < 0.5 * self._ceiling:
            return np.ones(n)  # band-limited signals peak below twice their samples
        peak = self._true_peaks(signal_with_halo.astype(np.float64))
        needed: FloatArray = np.minimum(1.0, self._ceiling / np.maximum(peak, 1e-12))
        if float(needed.min()) >= 1.0:
            return np.ones(n)
        held = moving_minimum(needed, 2 * self._half + 1)
        smooth = moving_sum(held, self._smoothing, edge="nearest")
        inner: FloatArray = smooth[self.halo : self.halo + n]
        return np.minimum(1.0, inner)

    def _true_peaks(self, piece: FloatArray) -> FloatArray:
        """Highest absolute value near each sample, both channels, shape ``(n,)``."""
        peak = _louder_side(piece)
        for taps in self._phases:
            np.maximum(peak, _louder_side(moving_sum(piece, taps, edge="constant")), out=peak)
        return moving_maximum(peak, 3)


def _louder_side(piece: FloatArray) -> FloatArray:
    return np.maximum(np.abs(piece[:, 0]), np.abs(piece[:, 1]))
