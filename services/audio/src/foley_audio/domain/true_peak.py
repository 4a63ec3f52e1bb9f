"""True peaks: the signal between its samples, by four-fold interpolation (ITU-R BS.1770-5, Annex 2)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.transforms import lowpass_taps
from foley_audio.domain.types import FloatArray, SampleArray

OVERSAMPLING = 4  # BS.1770-5 Annex 2
# The standard's example has 12. With 16 and this window white noise is read 0.26 dB too low at most, and what ends at
# 16 kHz 0.11 dB, against interpolating 16-fold; with 12 it would be 0.68 dB.
TAPS_PER_PHASE = 16
KAISER_BETA = 5.0
CELL_SAMPLES = 256  # pieces in which the quiet ones are told from those that may peak
_TAPS = lowpass_taps(OVERSAMPLING * TAPS_PER_PHASE + 1, 1.0 / OVERSAMPLING, KAISER_BETA)
# Phase 0 gives the samples themselves back.
PHASES = [
    (OVERSAMPLING * _TAPS[phase::OVERSAMPLING]).astype(np.float32)
    for phase in range(1, OVERSAMPLING)
]
REACH_SAMPLES = TAPS_PER_PHASE // 2 + 1  # an interpolated value depends on samples so far away
OVERSHOOT = 1.001 * max(float(np.abs(phase).sum()) for phase in PHASES)
"""No interpolated value is more than this many times the loudest sample near it; a little more for rounding."""


def peaks(piece: SampleArray) -> FloatArray:
    """Highest absolute value at and between the samples near each sample, all channels, shape ``(n,)``.

    Args:
        piece: shape ``(n, channels)``; outside it is silence. A value does not depend on where in the piece it stands.
    """
    signal = np.ascontiguousarray(piece.T, dtype=np.float32)
    highest = np.abs(signal)
    padded = np.pad(signal, ((0, 0), (REACH_SAMPLES, REACH_SAMPLES)))
    n = signal.shape[1]
    for taps in PHASES:
        first = REACH_SAMPLES - taps.size // 2
        value = taps[0] * padded[:, first : first + n]
        for k in range(1, taps.size):
            value += taps[k] * padded[:, first + k : first + k + n]
        np.maximum(highest, np.abs(value), out=highest)
    return highest.max(axis=0).astype(np.float64)


def cell_maxima(block: SampleArray) -> FloatArray:
    """Loudest sample of every cell of a block, all channels, shape ``(cells,)``; the last cell may be shorter."""
    whole = block.shape[0] // CELL_SAMPLES * CELL_SAMPLES
    cells = np.abs(block[:whole]).reshape(-1, CELL_SAMPLES * block.shape[1]).max(axis=1)
    if whole == block.shape[0]:
        return cells.astype(np.float64)
    return np.append(cells, np.abs(block[whole:]).max()).astype(np.float64)


class TruePeakMeter:
    """Highest true peak of a programme, block by block, all channels.

    Only cells that could hold a new highest peak are interpolated: what is quieter than the highest so far by more than
    `OVERSHOOT` cannot.
    """

    def __init__(self, channel_count: int) -> None:
        self._highest = 0.0
        self._tail = np.zeros((2 * REACH_SAMPLES, channel_count), np.float32)

    def add(self, block: SampleArray) -> None:
        """Take the next samples, shape ``(n, channels)``."""
        reach = REACH_SAMPLES
        seam = np.concatenate([self._tail, block[: 2 * reach]])
        if float(np.abs(seam).max(initial=0.0)) * OVERSHOOT > self._highest:
            self._look(seam, np.array([0]), seam.shape[0])
        hot = np.flatnonzero(cell_maxima(block) * OVERSHOOT > self._highest)
        if hot.size:
            self._look(block, hot * CELL_SAMPLES, CELL_SAMPLES)
        self._tail = np.concatenate([self._tail, block[-2 * reach :]])[-2 * reach :]

    def true_peak_dbtp(self) -> float:
        """Highest true peak so far; −inf for silence. The programme is taken to end here."""
        ending = np.concatenate([self._tail, np.zeros_like(self._tail)])
        self._look(ending, np.array([0]), ending.shape[0])
        return 20.0 * math.log10(self._highest) if self._highest > 0 else -math.inf

    def _look(self, known: SampleArray, starts: NDArray[np.int64], width: int) -> None:
        """Peaks near the samples from each start on; those whose neighbourhood is not known wait for the next seam."""
        reach = REACH_SAMPLES
        at = starts[:, None] + np.arange(-2 * reach, width + 2 * reach)
        inside = (at >= 0) & (at < known.shape[0])
        pieces = known[np.clip(at, 0, known.shape[0] - 1)]
        near = peaks(pieces.reshape(-1, known.shape[1])).reshape(at.shape)[:, reach:-reach]
        certain = (at[:, reach:-reach] >= reach) & (at[:, reach:-reach] < known.shape[0] - reach)
        near = near[certain & inside[:, reach:-reach]]
        if near.size:
            self._highest = max(self._highest, float(near.max()))
