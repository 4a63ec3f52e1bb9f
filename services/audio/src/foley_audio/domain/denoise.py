"""Steady noise taken out of a step: what a recording holds between the steps also lies under them.

Every moment of every frequency is turned down by how much of its power is noise (Wiener's rule), never below
`FLOOR_DB`: what is left is the same noise, quieter, not the chirping of a gate. Powers are smoothed before they are
judged, so that a single bin that rises by chance stays down. A step recorded in silence comes out as it went in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft, ndimage, signal

from foley_audio.domain.types import FloatArray, SampleArray

FRAME, HOP = 1024, 256  # 21 and 5 ms at 48 kHz: a contact stays sharp, hum and hiss stand apart
QUIET_SHARE = 0.2  # of the moments of a window, the quietest: nobody steps there
MOST_FRAMES = 400  # that the noise is averaged over: its powers are known to 5 %
OVERLAPPED = 0.375 * FRAME / HOP  # sum of the squared windows over a sample
SMOOTHED = (3, 3)  # frames and bins over which a power is judged
TAKEN = 1.5  # times the noise: its powers spread by chance
FLOOR_DB = -18.0


@dataclass(frozen=True, slots=True)
class SteadyNoise:
    """What a recording holds when nobody steps.

    Attributes:
        power: shape ``(FRAME // 2 + 1,)``, mean power of its short-time spectrum.
    """

    power: FloatArray


def steady_noise(mono: SampleArray) -> SteadyNoise:
    """The noise of a window of a recording, by its quietest moments."""
    if mono.size < FRAME:
        return SteadyNoise(np.zeros(FRAME // 2 + 1))
    total = np.concatenate([[0.0], np.cumsum(mono.astype(np.float64) ** 2)])
    starts = np.arange(0, mono.size - FRAME + 1, HOP)
    energy = total[starts + FRAME] - total[starts]
    quiet = starts[energy <= np.quantile(energy, QUIET_SHARE)]
    quiet = quiet[:: max(1, quiet.size // MOST_FRAMES)]
    frames = np.lib.stride_tricks.sliding_window_view(mono, FRAME)[quiet] * _window()
    return SteadyNoise((np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=0))


def without_noise(mono: SampleArray, first: int, end: int, noise: SteadyNoise) -> SampleArray:
    """The samples ``[first, end)`` of a window, its steady noise turned down; shape ``(end - first,)``."""
    count = -(-(end - first + FRAME) // HOP) + FRAME // HOP
    around = np.zeros((count - 1) * HOP + FRAME, np.float32)
    start = max(0, first - FRAME)
    piece = mono[start : first - FRAME + around.size]
    around[start - first + FRAME :][: piece.size] = piece
    shape = _window().astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(around, FRAME)[::HOP] * shape
    spectrum = fft.rfft(frames, axis=1)
    power = ndimage.uniform_filter(np.abs(spectrum) ** 2, SMOOTHED, mode="nearest")
    share = TAKEN * noise.power.astype(np.float32) / np.maximum(power, 1e-30)
    gain = np.maximum(1.0 - share, 10 ** (FLOOR_DB / 20))
    cleaned = fft.irfft(spectrum * gain, FRAME, axis=1) * (shape / OVERLAPPED)
    out = np.zeros_like(around)
    for i, frame in enumerate(cleaned):
        out[i * HOP : i * HOP + FRAME] += frame
    return out[FRAME : FRAME + end - first]


def _window() -> FloatArray:
    return signal.windows.hann(FRAME, sym=False)
