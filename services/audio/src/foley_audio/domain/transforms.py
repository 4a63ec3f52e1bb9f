"""Transforms of ducc0 and filters of SciPy with the types that we use; neither ships any.

ducc0 is what SciPy's transforms are made of, some years on: in single precision more than twice as fast, and without
SciPy's 5 µs around every short one. One thread always: the same bytes on every machine of a kind.
"""

# pyright: basic

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import ducc0
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as _ndimage
from scipy import signal as _signal

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex64]
Polynomial = list[float]  # coefficients of a filter, from the newest sample back
FILTER_BLOCK = 32  # samples; of the sizes measured the quickest
BLOCKS_AT_ONCE = 64  # a library that shares larger products out between threads takes longer
BY_LENGTH = 2  # ducc0's name for an inverse transform's division by the length
_transforms: Any = ducc0.fft


def rfft(signals: NDArray[np.float32], out: ComplexArray | None = None) -> ComplexArray:
    """Spectra of real signals along the last axis, in single precision."""
    values = np.ascontiguousarray(signals, dtype=np.float32)
    return _transforms.r2c(values, axes=(values.ndim - 1,), out=out, nthreads=1)


def irfft(
    spectrum: ComplexArray, length: int, out: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """The real signals of spectra along the last axis, in single precision.

    A longer length than the spectrum's reads it off at a higher rate.
    """
    bins, last = length // 2 + 1, spectrum.ndim - 1
    if spectrum.shape[last] != bins:
        padded = np.zeros((*spectrum.shape[:last], bins), np.complex64)
        count = min(bins, spectrum.shape[last])
        padded[..., :count] = spectrum[..., :count]
        spectrum = padded
    return _transforms.c2r(
        spectrum, axes=(last,), lastsize=length, forward=False, inorm=BY_LENGTH, out=out, nthreads=1
    )


def fft(signals: ComplexArray, out: ComplexArray | None = None) -> ComplexArray:
    """Spectra of complex signals along the last axis; ``out`` may be the signals themselves."""
    return _transforms.c2c(signals, axes=(signals.ndim - 1,), out=out, nthreads=1)


def ifft(spectra: ComplexArray, out: ComplexArray | None = None) -> ComplexArray:
    """The complex signals of spectra along the last axis; ``out`` may be the spectra themselves."""
    return _transforms.c2c(
        spectra, axes=(spectra.ndim - 1,), forward=False, inorm=BY_LENGTH, out=out, nthreads=1
    )


def rfft_pair(
    one: NDArray[np.floating[Any]], other: NDArray[np.floating[Any]]
) -> tuple[ComplexArray, ComplexArray]:
    """Spectra of two real signals, shape ``(n,)``, n even, by one complex transform, in half the time of `rfft`."""
    length = one.size
    both = np.empty(length, np.complex64)
    both.real, both.imag = one, other
    fft(both, out=both)
    other_half = mirrored(both)
    half = both[: length // 2 + 1]
    total, difference = half + other_half, half - other_half
    total *= np.float32(0.5)
    difference *= np.complex64(-0.5j)
    return total, difference


def mirrored(spectrum: ComplexArray) -> ComplexArray:
    """Conjugates of the bins at negative frequencies, shape ``(n,)`` to ``(n // 2 + 1,)``, n even.

    Of two real signals, the real and the imaginary part of one, a spectrum's positive half is one plus i times the
    other, this is one minus i times the other.
    """
    half = spectrum.size // 2
    out = np.empty(half + 1, np.complex64)
    np.conjugate(spectrum[0], out=out[:1])
    np.conjugate(spectrum[: half - 1 : -1], out=out[1:])
    return out


def quick_length(least: int) -> int:
    """The next length that transforms quickly."""
    return int(_transforms.good_size(least, False))


def high_shelf(corner: float, gain: float) -> tuple[Polynomial, Polynomial]:
    """A gentle shelf, 6 dB per octave: ``gain`` far above the corner, 1 far below; numerator and denominator."""
    pole = math.exp(-2.0 * math.pi * corner)
    above = 0.5 * (1.0 + pole) * (gain - 1.0)
    return [1.0 + above, -pole - above], [1.0, -pole]


def allpass(centres: Sequence[float], quality: float) -> tuple[Polynomial, Polynomial]:
    """Turns the phase around some frequencies and leaves all levels; numerator and denominator.

    Args:
        centres: As shares of the sampling rate.
        quality: Of every turn.
    """
    bottom: Polynomial = [1.0]
    for centre in centres:
        angle = 2.0 * math.pi * centre
        width = math.sin(angle) / (2.0 * quality)
        whole = 1.0 + width
        bottom = product(bottom, [1.0, -2.0 * math.cos(angle) / whole, (1.0 - width) / whole])
    return bottom[::-1], bottom


def product(one: Polynomial, other: Polynomial) -> Polynomial:
    """Of two polynomials: filters in a row are one filter. In plain numbers: these are short, and made for every step.

    >>> product([1.0, 2.0], [1.0, 3.0])
    [1.0, 5.0, 6.0]
    """
    out = [0.0] * (len(one) + len(other) - 1)
    for i, left in enumerate(one):
        for k, right in enumerate(other, i):
            out[k] += left * right
    return out


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
    values: NDArray[np.float32],
    numerator: Polynomial | FloatArray,
    denominator: Polynomial | FloatArray,
) -> NDArray[np.float32]:
    """A recursive filter from rest, shape ``(n,)`` kept; computed in double precision.

    Several in a row are quickest as one: the product of their numerators and of their denominators.
    """
    out: Any = _signal.lfilter(numerator, denominator, values)
    return np.asarray(out, dtype=np.float32)


def block_matrix(taps: FloatArray) -> NDArray[np.float32]:
    """A short filter without feedback, for `block_filter`: shape ``(n − 1 + block, block)``.

    Args:
        taps: shape ``(n,)``.
    """
    block = max(FILTER_BLOCK, taps.size)
    out = np.zeros((taps.size - 1 + block, block), np.float32)
    for sample in range(block):
        out[sample : sample + taps.size, sample] = taps[::-1]
    return out


def block_filter(values: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """A filter without feedback from rest, shape ``(m,)`` to ``(m + n − 1,)``, in single precision.

    In blocks, each one product of matrices: in half the time of `numpy.convolve`.

    Args:
        values: What is filtered.
        matrix: The filter, of `block_matrix`.
    """
    block = matrix.shape[1]
    before = len(matrix) - block
    count = values.size + before
    blocks = -(-count // (block * BLOCKS_AT_ONCE)) * BLOCKS_AT_ONCE
    padded = np.zeros((blocks + 1) * block, np.float32)
    padded[block : block + values.size] = values
    shape = (-1, BLOCKS_AT_ONCE, block)
    out = np.matmul(padded[block:].reshape(shape), matrix[before:])
    out += np.matmul(padded[:-block].reshape(shape)[..., block - before :], matrix[:before])
    return out.reshape(-1)[:count]


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
