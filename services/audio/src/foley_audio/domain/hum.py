"""Mains hum taken out of a recording: lines that stand still, while everything else that is heard comes and goes.

In frames that overlap, all multiples of the mains' frequency are fitted together, each with an amplitude and a phase of
its own, and subtracted. A fit by least squares believes quiet moments: each weighs by the inverse of what else sounds
there, so that steps are not taken for hum, and lose nothing of what they have at its frequencies. The frequency is
sought in every frame anew, for grids stray by some hundredths of a hertz within a minute.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, ndimage, optimize, signal

from foley_audio.domain.types import FloatArray, SampleArray

LineArray = NDArray[np.complex128]

MAINS_HZ = (50.0, 60.0)
STRAYS = (
    0.01  # of its frequency, that a grid keeps to all the time (EN 50160), and the recorder's clock
)
FRAME_S = 2.0  # lines of 50 Hz stand apart, grids stray by a millihertz or two
RATE_HZ = 4000  # lines are sought at this rate
HIGHEST_HZ = 1600.0  # of lines; above it the resampler begins to turn down, and hum has little left
POWER_WINDOW_S = 0.05  # what sounds around a moment: whole periods of 100 and of 120 Hz
PADDING = 8  # of the spectra in which a frequency is sought
PASSES = 3  # of fitting: the first knows steps from quiet badly where hum is as loud
MOST_JUDGED = 8  # frames of a window, evenly spread, that say whether there is hum at all
MOST_OF_IT = 0.5  # of the power that is there at rest; less hum is not what makes a recording noisy
_SILENCE = 1e-12  # of the loudest power: digital silence weighs no more
_RIDGE = 1e-6  # of the weights: where all of it is on a few samples, lines are not told apart


@dataclass(frozen=True, slots=True)
class _Lines:
    """The hum of one frame.

    Attributes:
        hz: Of the first line.
        lines: shape ``(n,)``, complex amplitude of each multiple from the first on, its phase at the frame's middle.
        share: Of the power at rest, 0 to 1.
    """

    hz: float
    lines: LineArray
    share: float


def without_hum(mono: SampleArray, sample_rate_hz: int) -> SampleArray:
    """The same sound without mains hum; itself where hum is not most of what is there at rest.

    Args:
        mono: shape ``(n,)``.
        sample_rate_hz: Of it.
    """
    if mono.size < FRAME_S * sample_rate_hz:
        return mono
    common = math.gcd(sample_rate_hz, RATE_HZ)
    low = np.asarray(
        signal.resample_poly(mono.astype(np.float64), RATE_HZ // common, sample_rate_hz // common)
    )
    hop = round(FRAME_S * RATE_HZ / 2)
    count = -(-low.size // hop) + 1
    frames = [slice(i * hop, (i + 2) * hop) for i in range(count)]
    # The first and the last frame are half outside the sound; there nothing weighs anything.
    low, inside = np.pad(low, (hop, 2 * hop)), np.pad(np.ones(low.size), (hop, 2 * hop))
    weight = inside * _quiet(low)
    judged = frames[1:-1][:: -(-(count - 2) // MOST_JUDGED)]
    shares = {
        hz: np.median([_fitted(low[part], weight[part], hz).share for part in judged])
        for hz in MAINS_HZ
    }
    mains_hz = max(MAINS_HZ, key=shares.__getitem__)
    if shares[mains_hz] < MOST_OF_IT:
        return mono
    lines: list[_Lines] = []
    for _ in range(PASSES):
        lines = [_fitted(low[part], weight[part], mains_hz) for part in frames]
        # What is quiet is better known without the hum that was found.
        rest = low.copy()
        rest[: (count + 1) * hop] -= _sounded(lines, RATE_HZ)
        weight = inside * _quiet(rest)
    full_hop = round(FRAME_S * sample_rate_hz / 2)
    return mono - _sounded(lines, sample_rate_hz)[full_hop:][: mono.size].astype(np.float32)


def _quiet(sound: FloatArray) -> FloatArray:
    """How much every moment is believed: the squared inverse of the power around it."""
    power = ndimage.uniform_filter1d(sound**2, round(POWER_WINDOW_S * RATE_HZ), mode="constant")
    return 1.0 / np.maximum(power, _SILENCE * power.max(initial=_SILENCE)) ** 2


def _fitted(sound: FloatArray, weight: FloatArray, mains_hz: float) -> _Lines:
    """The lines that are most of a frame's weighted power.

    Args:
        sound: shape ``(n,)`` at `RATE_HZ`.
        weight: shape ``(n,)``, of each sample's square.
        mains_hz: About the first line.
    """
    weight = weight * np.hanning(sound.size)
    energy = float(weight @ sound**2)
    if energy <= 0.0:
        return _Lines(mains_hz, np.zeros(1, np.complex128), 0.0)
    size = PADDING * sound.size
    spectrum = np.abs(np.fft.rfft(weight * sound, size)) ** 2
    count = int(HIGHEST_HZ / (mains_hz * (1 + STRAYS)))
    numbers = np.arange(1, count + 1)
    # Fine enough for the highest line to be found: its lobe is 4 bins of the unpadded spectrum wide.
    step_hz = RATE_HZ / sound.size / count / 2
    tried = mains_hz + np.arange(-STRAYS * mains_hz, STRAYS * mains_hz + step_hz, step_hz)
    bins = np.round(np.outer(tried, numbers) * size / RATE_HZ).astype(np.intp)
    coarse_hz = float(tried[np.argmax(spectrum[bins].sum(axis=1))])
    time_s = (np.arange(sound.size) - sound.size / 2) / RATE_HZ
    found = optimize.minimize_scalar(
        lambda hz: -float((np.abs(_at(weight * sound, time_s, hz, 1, count)) ** 2).sum()),
        bounds=(coarse_hz - step_hz, coarse_hz + step_hz),
        method="bounded",
    )
    hz = float(found.x)
    right = _at(weight * sound, time_s, hz, 1, count)
    overlap = _at(weight, time_s, hz, 0, 2 * count + 1)
    overlap[0] *= 1.0 + _RIDGE
    right = np.concatenate([np.conj(right[::-1]), [(weight * sound).sum()], right])
    solved = np.asarray(linalg.solve_toeplitz(overlap, right), np.complex128)
    share = float(np.real(np.vdot(solved, right))) / energy
    return _Lines(hz, 2.0 * solved[count + 1 :], share)


def _at(sound: FloatArray, time_s: FloatArray, hz: float, first: int, count: int) -> LineArray:
    """Fourier sums of a sound at so many multiples of a frequency from the ``first`` on, shape ``(count,)``."""
    turned = np.exp(-2j * np.pi * hz * time_s)
    turn = turned**first * sound
    sums = np.empty(count, np.complex128)
    for i in range(count):
        sums[i] = turn.sum()
        turn *= turned
    return sums


def _sounded(frames: Sequence[_Lines], sample_rate_hz: int) -> FloatArray:
    """The hum of frames that overlap by half, faded from one to the next, shape ``((frames + 1) * hop,)``."""
    hop = round(FRAME_S * sample_rate_hz / 2)
    out = np.zeros((len(frames) + 1) * hop)
    fade = np.hanning(2 * hop + 1)[:-1]
    time_s = (np.arange(2 * hop) - hop) / sample_rate_hz
    for i, frame in enumerate(frames):
        turned = np.exp(2j * np.pi * frame.hz * time_s)
        total = np.zeros(2 * hop, np.complex128)
        for amplitude in frame.lines[::-1]:
            total += amplitude
            total *= turned
        out[i * hop : (i + 2) * hop] += fade * np.real(total)
    return out
