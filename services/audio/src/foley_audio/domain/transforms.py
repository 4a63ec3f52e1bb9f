"""SciPy's transforms and filters with the types that we use; SciPy ships none."""

# pyright: basic

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft as _fft
from scipy import ndimage as _ndimage
from scipy import signal as _signal

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex64]


def rfft(signals: NDArray[np.float32]) -> ComplexArray:
    """Spectra of real signals along the last axis, in single precision."""
    spectra: Any = _fft.rfft(signals, axis=-1)
    return np.asarray(spectra, dtype=np.complex64)


def irfft(spectrum: ComplexArray, length: int) -> FloatArray:
    """The real signal of a spectrum; a longer length than the spectrum's reads it off at a higher rate."""
    signal: Any = _fft.irfft(spectrum, length)
    return np.asarray(signal, dtype=np.float64)


def fft(signal: ComplexArray) -> ComplexArray:
    """Spectrum of a complex signal."""
    spectrum: Any = _fft.fft(signal)
    return np.asarray(spectrum, dtype=np.complex64)


def ifft(spectrum: ComplexArray) -> ComplexArray:
    """The complex signal of a spectrum."""
    signal: Any = _fft.ifft(spectrum)
    return np.asarray(signal, dtype=np.complex64)


def quick_length(least: int) -> int:
    """The next length that transforms quickly."""
    length: Any = _fft.next_fast_len(least)
    return int(length)


def high_shelf(corner: float, gain: float) -> FloatArray:
    """A gentle shelf, 6 dB per octave: ``gain`` far above the corner, 1 far below; one section, shape ``(6,)``."""
    pole = float(np.exp(-2.0 * np.pi * corner))
    above = 0.5 * (1.0 + pole) * (gain - 1.0)
    return np.array([1.0 + above, -pole - above, 0.0, 1.0, -pole, 0.0])


def allpass(centres: FloatArray, quality: float) -> FloatArray:
    """Turns the phase around some frequencies and leaves all levels; sections, shape ``(n, 6)``.

    Args:
        centres: shape ``(n,)``, as shares of the sampling rate.
        quality: Of every turn.
    """
    angle = 2.0 * np.pi * centres
    width = np.sin(angle) / (2.0 * quality)
    a0, a1, a2 = 1.0 + width, -2.0 * np.cos(angle), 1.0 - width
    return np.stack([a2, a1, a0, a0, a1, a2], axis=1) / a0[:, None]


def filtered(values: NDArray[np.float32], sections: FloatArray) -> NDArray[np.float32]:
    """Through second-order sections, shape ``(n, 6)``, in single precision."""
    out: Any = _signal.sosfilt(sections.astype(np.float32), values)
    return np.asarray(out, dtype=np.float32)


def lowpass_taps(count: int, cutoff: float, kaiser_beta: float) -> FloatArray:
    """A linear-phase low-pass, ``cutoff`` as a share of half the sampling rate."""
    taps: Any = _signal.firwin(count, cutoff, window=("kaiser", kaiser_beta))  # pyright: ignore[reportArgumentType]
    return np.asarray(taps, dtype=np.float64)


def one_pole(*, zero_hz: float, pole_hz: float, rate_hz: int) -> tuple[FloatArray, FloatArray]:
    """A first-order shelf, gain 1 at high frequencies and ``zero_hz / pole_hz`` at 0 Hz: numerator and denominator."""
    top: Any
    bottom: Any
    top, bottom = _signal.bilinear([1.0, 2 * np.pi * zero_hz], [1.0, 2 * np.pi * pole_hz], rate_hz)
    return np.asarray(top, dtype=np.float64), np.asarray(bottom, dtype=np.float64)


def causal_filter(
    values: NDArray[np.float32], numerator: FloatArray, denominator: FloatArray
) -> NDArray[np.float32]:
    """A recursive filter from rest, shape ``(n,)`` kept."""
    out: Any = _signal.lfilter(numerator, denominator, values)
    return np.asarray(out, dtype=np.float32)


def spectra(signals: NDArray[np.float32], length: int) -> ComplexArray:
    """Spectra of real signals along the last axis, filled up with silence to ``length``, in single precision."""
    out: Any = _fft.rfft(signals, length, axis=-1)
    return np.asarray(out, dtype=np.complex64)


def signals_of(spectrum: ComplexArray, length: int) -> NDArray[np.float32]:
    """Real signals of spectra along the last axis, in single precision."""
    out: Any = _fft.irfft(spectrum, length, axis=-1)
    return np.asarray(out, dtype=np.float32)


def moving_sum(
    values: FloatArray, taps: FloatArray, *, edge: Literal["nearest", "constant"]
) -> FloatArray:
    """Correlation along the first axis, same length; ``edge`` is ``nearest`` or ``constant`` (zeros).

    Every result is summed in the same order wherever it stands, which a transform would not promise.
    """
    out: Any = _ndimage.correlate1d(values, taps, axis=0, mode=edge)
    return np.asarray(out, dtype=np.float64)


def moving_minimum(values: FloatArray, width: int) -> FloatArray:
    """Lowest value in a centred window."""
    out: Any = _ndimage.minimum_filter1d(values, width, mode="nearest")
    return np.asarray(out, dtype=np.float64)


def moving_maximum(values: FloatArray, width: int) -> FloatArray:
    """Highest value in a centred window."""
    out: Any = _ndimage.maximum_filter1d(values, width, mode="nearest")
    return np.asarray(out, dtype=np.float64)
