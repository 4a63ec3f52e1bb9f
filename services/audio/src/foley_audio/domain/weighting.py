"""BS.1770's K-weighting, and the power of what it leaves in every 100 ms.

The two filters of ITU-R BS.1770-5, Annex 1, in blocks, as products of matrices: what leaves the filters within a block
is one matrix times what enters, plus another times the state that they are in, and that state is sums of what entered
before. Single precision is enough where states are chosen so that none is far larger than what it gives. That takes
half the time of transforms, and these six tenths of the time of a recursive filter in double precision, which waits for
itself at every sample. A filter is settled when its answer to what was long ago is below single precision; so much of
the past stands before what is weighted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from foley_audio.domain.types import FloatArray, SampleArray

# The analogue filters behind the standard's coefficients for 48 kHz, which give them back to all printed digits; other
# sampling rates follow from them (De Man 2018, "Evaluation of implementations of the EBU R 128 loudness measurement").
SHELF_HZ, SHELF_DB, SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
SHELF_MIDDLE = 0.4996667741545416  # of its gain, in decibels, at `SHELF_HZ`
HIGH_PASS_HZ, HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
# The high-pass has fallen by 145 dB; with six hops of 100 ms whole stretches at 48 kHz.
SETTLED_S = 3968 / 48_000
HOPS_AT_ONCE = 6
BLOCK_SAMPLES = 32  # longer ones take more multiplications, shorter ones more states
# So many blocks go into one product: a library that shares larger ones out between threads takes longer.
STRETCH_BLOCKS = 64
GROUP = 16  # so many states are summed by one product


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
    count = (signal.shape[0] - settled) // hop
    heard = _weighted(_stretches(signal, weights), sample_rate_hz)
    hops = heard[:, heard.shape[1] - count * hop :].reshape(len(heard), count, hop)
    return np.vecdot(hops, hops).sum(axis=0, dtype=np.float64) / hop


def _stretches(signal: SampleArray, weights: tuple[float, ...]) -> SampleArray:
    """Channels that count, roots of their weights applied, in whole stretches, shape ``(channels, n)``.

    Silence before the signal fills the first stretch up.
    """
    count, stretch = signal.shape[0], STRETCH_BLOCKS * BLOCK_SAMPLES
    heard = [channel for channel, weight in enumerate(weights) if weight]
    missing = -count % stretch
    out = np.zeros((len(heard), missing + count), np.float32)
    for row, channel in enumerate(heard):
        out[row, missing:] = signal[:, channel]
        if weights[channel] != 1.0:
            out[row] *= np.float32(math.sqrt(weights[channel]))
    return out


def _weighted(channels: SampleArray, sample_rate_hz: int) -> SampleArray:
    """Channels after both filters, whole stretches, shape ``(channels, n)`` kept; from rest."""
    filters = _filters(sample_rate_hz)
    entered = channels.reshape(-1, STRETCH_BLOCKS, BLOCK_SAMPLES)
    added = np.matmul(entered, filters.state_of_input).reshape(len(channels), -1, filters.order)
    states = _states(added, sample_rate_hz, BLOCK_SAMPLES)
    left = np.matmul(entered, filters.output_of_input)
    left += np.matmul(states.reshape(-1, STRETCH_BLOCKS, filters.order), filters.output_of_state)
    return left.reshape(channels.shape)


def _states(added: SampleArray, sample_rate_hz: int, span: int) -> SampleArray:
    """The state before each of some blocks of ``span`` samples, from rest.

    Args:
        added: What each block adds to the state after it, shape ``(channels, blocks, order)``.
        sample_rate_hz: Of the signal.
        span: Samples of a block.

    Returns:
        Shape as ``added``.
    """
    channels, blocks, order = added.shape
    if blocks % GROUP or blocks <= GROUP:
        sums = _sums(sample_rate_hz, span, blocks)
        return (added.reshape(channels, -1) @ sums.within).reshape(added.shape)
    sums = _sums(sample_rate_hz, span, GROUP)
    at_once = STRETCH_BLOCKS if blocks % STRETCH_BLOCKS == 0 else blocks
    groups = added.reshape(-1, at_once // GROUP, GROUP * order)
    after = np.matmul(groups, sums.after).reshape(channels, -1, order)
    before = _states(after, sample_rate_hz, GROUP * span)
    states = np.matmul(groups, sums.within)
    states += np.matmul(before.reshape(*groups.shape[:-1], order), sums.carried)
    return states.reshape(added.shape)


@dataclass(frozen=True, slots=True)
class _Filters:
    """Both filters in a row, for blocks of `BLOCK_SAMPLES`; vectors stand in rows and are multiplied from the left.

    Attributes:
        output_of_input: shape ``(block, block)``.
        state_of_input: What a block adds to the state after it, shape ``(block, order)``.
        output_of_state: shape ``(order, block)``.
        order: Numbers of a state.
    """

    output_of_input: SampleArray
    state_of_input: SampleArray
    output_of_state: SampleArray
    order: int


@lru_cache(maxsize=16)
def _filters(sample_rate_hz: int) -> _Filters:
    system = _system(sample_rate_hz)
    powers = _powers(system.step, BLOCK_SAMPLES)
    output_of_state = np.stack([power @ system.output for power in powers], axis=1)
    answer = np.concatenate([[system.through], (system.input @ output_of_state)[:-1]])
    output_of_input = np.zeros((BLOCK_SAMPLES, BLOCK_SAMPLES))
    for sample in range(BLOCK_SAMPLES):
        output_of_input[sample, sample:] = answer[: BLOCK_SAMPLES - sample]
    return _Filters(
        output_of_input.astype(np.float32),
        np.stack([system.input @ power for power in powers[::-1]]).astype(np.float32),
        output_of_state.astype(np.float32),
        system.input.size,
    )


@dataclass(frozen=True, slots=True)
class _Sums:
    """States before and after some blocks in a row, from what each of them adds.

    Attributes:
        within: To the state before each, from rest, shape ``(blocks * order, blocks * order)``.
        after: To the state after all, from rest, shape ``(blocks * order, order)``.
        carried: From the state before all to that before each, shape ``(order, blocks * order)``.
    """

    within: SampleArray
    after: SampleArray
    carried: SampleArray


@lru_cache(maxsize=64)
def _sums(sample_rate_hz: int, span: int, blocks: int) -> _Sums:
    step = np.linalg.matrix_power(_system(sample_rate_hz).step, span)
    order = len(step)
    powers = _powers(step, blocks)
    within = np.zeros((blocks, order, blocks, order))
    for early in range(blocks):
        for late in range(early + 1, blocks):
            within[early, :, late] = powers[late - early - 1]
    size = blocks * order
    return _Sums(
        within.reshape(size, size).astype(np.float32),
        np.concatenate(powers[::-1]).astype(np.float32),
        np.concatenate(powers, axis=1).astype(np.float32),
    )


def _powers(matrix: FloatArray, count: int) -> list[FloatArray]:
    """From the zeroth on."""
    found = [np.eye(len(matrix))]
    while len(found) < count:
        found.append(found[-1] @ matrix)
    return found


@dataclass(frozen=True, slots=True)
class _System:
    """A filter sample by sample: ``output = state @ output + through * x``, then ``state = state @ step + x * input``.

    Attributes:
        step: shape ``(order, order)``.
        input, output: shape ``(order,)``.
        through: What passes at once.
    """

    step: FloatArray
    input: FloatArray
    output: FloatArray
    through: float


@lru_cache(maxsize=16)
def _system(sample_rate_hz: int) -> _System:
    """Both filters in a row."""
    one, other = (_section(*found(sample_rate_hz)) for found in (_shelf, _high_pass))
    nothing = np.zeros((other.input.size, one.input.size))
    return _System(
        np.block([[one.step, np.outer(one.output, other.input)], [nothing, other.step]]),
        np.concatenate([one.input, one.through * other.input]),
        np.concatenate([other.through * one.output, other.output]),
        one.through * other.through,
    )


def _section(top: list[float], bottom: list[float]) -> _System:
    """A filter of second order with a pair of complex poles: its state turns and shrinks, by its poles."""
    pole = complex(-bottom[1] / 2, math.sqrt(bottom[2] - bottom[1] ** 2 / 4))
    through = top[0]
    # What is left when that is taken away, over the same denominator: two numbers.
    first, second = (top[i] - through * bottom[i] for i in (1, 2))
    return _System(
        np.array([[pole.real, -pole.imag], [pole.imag, pole.real]]),
        np.array([0.0, 1.0]),
        np.array([(second + first * pole.real) / pole.imag, first]),
        through,
    )


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
    return _normalized(top, [1 + k / SHELF_Q + k * k, 2 * (k * k - 1), 1 - k / SHELF_Q + k * k])


def _high_pass(sample_rate_hz: int) -> tuple[list[float], list[float]]:
    """Numerator and denominator of the second filter; the standard's numerator is not normalized."""
    k = math.tan(math.pi * HIGH_PASS_HZ / sample_rate_hz)
    whole = 1 + k / HIGH_PASS_Q + k * k
    return [1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / whole, (1 - k / HIGH_PASS_Q + k * k) / whole]


def _normalized(top: list[float], bottom: list[float]) -> tuple[list[float], list[float]]:
    """The same filter, its denominator's first coefficient 1."""
    return [value / bottom[0] for value in top], [value / bottom[0] for value in bottom]
