"""BS.1770's K-weighting, and the power of what it leaves in every 100 ms.

The two filters of ITU-R BS.1770-5, Annex 1, as one frequency response, applied to two channels at once: they are the
real and the imaginary part of one signal. That takes six tenths of the time of a recursive filter in double precision,
which waits for itself at every sample. A filter is settled when its answer to what was long ago is below single
precision; so much of the past stands before what is weighted.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from foley_audio.domain.transforms import fft, ifft, quick_length
from foley_audio.domain.types import ComplexArray, FloatArray, SampleArray

# The analogue filters behind the standard's coefficients for 48 kHz, which give them back to all printed digits; other
# sampling rates follow from them (De Man 2018, "Evaluation of implementations of the EBU R 128 loudness measurement").
SHELF_HZ, SHELF_DB, SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
SHELF_MIDDLE = 0.4996667741545416  # of its gain, in decibels, at `SHELF_HZ`
HIGH_PASS_HZ, HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
# The high-pass has fallen by 145 dB; with six hops of 100 ms a power of two at 48 kHz.
SETTLED_S = 3968 / 48_000
HOPS_AT_ONCE = 6


def settled_samples(sample_rate_hz: int) -> int:
    """So many samples before the first weighted one are needed."""
    return round(SETTLED_S * sample_rate_hz)


def weighted_power(
    signal: SampleArray, hop: int, weights: tuple[float, ...], sample_rate_hz: int
) -> FloatArray:
    """Power of hops after K-weighting, weighted sum of the channels, shape ``(hops,)``.

    Args:
        signal: shape ``(settled + hops * hop, channels)``: what was before, and the hops.
        hop: Samples of each.
        weights: Of the channels.
        sample_rate_hz: Of the signal.
    """
    settled = settled_samples(sample_rate_hz)
    count = signal.shape[0]
    size = quick_length(count)
    response = _response(size, sample_rate_hz)
    power = np.zeros((count - settled) // hop)
    for pair in _pairs(signal, weights):
        spectrum = np.zeros(size, np.complex64)
        spectrum[:count] = pair
        fft(spectrum, out=spectrum)
        spectrum *= response
        heard = ifft(spectrum, out=spectrum)[settled:count].view(np.float32)
        np.multiply(heard, heard, out=heard)
        power += heard.reshape(power.size, 2 * hop).sum(axis=1)
    return power / hop


def _pairs(signal: SampleArray, weights: tuple[float, ...]) -> list[ComplexArray]:
    """The channels that count, two by two, the roots of their weights applied, shape ``(n,)`` each."""
    if weights == (1.0, 1.0):
        return [np.ascontiguousarray(signal).view(np.complex64)[:, 0]]
    heard = [
        signal[:, channel] * np.float32(math.sqrt(weight))
        for channel, weight in enumerate(weights)
        if weight
    ]
    if len(heard) % 2:
        heard.append(np.zeros_like(heard[0]))
    pairs: list[ComplexArray] = []
    for left, right in zip(heard[::2], heard[1::2], strict=True):
        pair = np.empty(left.size, np.complex64)
        pair.real, pair.imag = left, right
        pairs.append(pair)
    return pairs


@lru_cache(maxsize=32)
def _response(size: int, sample_rate_hz: int) -> ComplexArray:
    """Of both filters at every bin of a complex transform, shape ``(size,)``."""
    late = np.exp(-2j * np.pi * np.fft.fftfreq(size))  # one sample later
    out = np.ones(size, np.complex128)
    for top, bottom in (_shelf(sample_rate_hz), _high_pass(sample_rate_hz)):
        out *= (top[0] + top[1] * late + top[2] * late**2) / (
            bottom[0] + bottom[1] * late + bottom[2] * late**2
        )
    return out.astype(np.complex64)


def _shelf(sample_rate_hz: int) -> tuple[list[float], list[float]]:
    """Numerator and denominator of the first filter: the head."""
    k = math.tan(math.pi * SHELF_HZ / sample_rate_hz)
    high = 10 ** (SHELF_DB / 20)
    middle = high**SHELF_MIDDLE
    top = [
        high + middle * k / SHELF_Q + k * k,
        2 * (k * k - high),
        high - middle * k / SHELF_Q + k * k,
    ]
    return top, [1 + k / SHELF_Q + k * k, 2 * (k * k - 1), 1 - k / SHELF_Q + k * k]


def _high_pass(sample_rate_hz: int) -> tuple[list[float], list[float]]:
    """Numerator and denominator of the second filter; the standard's numerator is not normalized."""
    k = math.tan(math.pi * HIGH_PASS_HZ / sample_rate_hz)
    whole = 1 + k / HIGH_PASS_Q + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / whole, (1 - k / HIGH_PASS_Q + k * k) / whole]
