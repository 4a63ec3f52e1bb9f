"""BS.1770 metering in hops, streaming, flat in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from foley_audio.domain.loudness import HOP_S, OFFSET_LU
from foley_audio.domain.types import FloatArray, SampleArray
from foley_audio.domain.weighting import HOPS_AT_ONCE, settled_samples, weighted_power
from foley_common.channels import ChannelLayout

MOMENTARY_S = 0.4  # window of momentary loudness, EBU Tech 3341


class HopMeter:
    """Power of a programme in every 100 ms, K-weighted and summed over the channels as BS.1770 weighs them.

    What BS.1770 gates; see `foley_audio.domain.loudness.integrated_lufs`. Hops are weighted a few at a time, counted
    from the first sample, so that the result does not depend on the blocks.

    Args:
        sample_rate_hz: Of the programme.
        layout: Which loudspeaker each channel is for.
    """

    def __init__(self, sample_rate_hz: int, layout: ChannelLayout) -> None:
        self._rate = sample_rate_hz
        self._weights = tuple(float(weight) for weight in layout.weights)
        self._hop = round(HOP_S * sample_rate_hz)
        self._settled = settled_samples(sample_rate_hz)
        # What was before, and the hops that are weighted together.
        self._held = np.zeros(
            (self._settled + HOPS_AT_ONCE * self._hop, layout.channel_count), np.float32
        )
        self._filled = self._settled
        self._power: list[FloatArray] = []

    def add(self, block: SampleArray) -> None:
        """Take the next samples, shape ``(n, channels)``."""
        start = 0
        while start < block.shape[0]:
            count = min(len(self._held) - self._filled, block.shape[0] - start)
            self._held[self._filled : self._filled + count] = block[start : start + count]
            self._filled += count
            start += count
            if self._filled == len(self._held):
                self._power.append(self._weighted(len(self._held)))
                self._held[: self._settled] = self._held[-self._settled :]
                self._filled = self._settled

    def hop_power(self) -> FloatArray:
        """Shape ``(hops,)``; of a programme shorter than a gating block silence fills the last hop up."""
        pending = self._filled - self._settled
        hops = pending // self._hop
        if not self._power and hops < round(MOMENTARY_S / HOP_S):
            hops = -(-pending // self._hop)
            self._held[self._filled :] = 0.0
        if hops:
            return np.concatenate([*self._power, self._weighted(self._settled + hops * self._hop)])
        return np.concatenate(self._power) if self._power else np.zeros(0)

    def _weighted(self, end: int) -> FloatArray:
        return weighted_power(self._held[:end], self._hop, self._weights, self._rate)


class ChangedHopMeter:
    """Power of every 100 ms of a programme of which only some are other than in a programme that was measured before.

    Only those hops are weighted that have changed, and those after them, into which the weighting rings. The result
    does not depend on the blocks.

    Args:
        sample_rate_hz: Of the programme.
        layout: Which loudspeaker each channel is for.
        known_power: Of the other programme's hops, shape ``(hops,)``.
    """

    def __init__(self, sample_rate_hz: int, layout: ChannelLayout, known_power: FloatArray) -> None:
        self._rate = sample_rate_hz
        self._weights = tuple(float(weight) for weight in layout.weights)
        self._power = known_power.copy()
        self._settled = settled_samples(sample_rate_hz)
        hop = round(HOP_S * sample_rate_hz)
        self._held = np.zeros((hop, layout.channel_count), np.float32)  # the current hop
        self._before = np.zeros_like(self._held)  # the one before, which the weighting settles on
        self._pending = 0  # samples of the current hop
        self._done = 0  # hops
        self._has_changed, self._had_changed = False, False  # the current hop, and the one before

    def add(self, block: SampleArray, changed: Sequence[slice]) -> None:
        """Take the next samples, shape ``(n, channels)``, and which of them have changed but for rounding."""
        start, hop = 0, len(self._held)
        before = self._before
        while start < block.shape[0]:
            end = min(start + hop - self._pending, block.shape[0])
            piece = block[start:end]
            if any(part.start < end and part.stop > start for part in changed):
                self._has_changed = True
            start = end
            if len(piece) < hop:  # whole hops are looked at where they are
                self._held[self._pending : self._pending + len(piece)] = piece
                self._pending += len(piece)
                if self._pending < hop:
                    break
                piece = self._held.copy()
            self._take(before, piece)
            before = piece
        if before is not self._before:
            self._before = before.copy()

    def hop_power(self) -> FloatArray:
        """Shape ``(hops,)``. The programme is taken to end here; silence fills its last hop up."""
        if self._pending:
            self._held[self._pending :] = 0.0
            self._take(self._before, self._held)
        return self._power

    def _take(self, before: SampleArray, hop: SampleArray) -> None:
        if (self._has_changed or self._had_changed) and self._done < self._power.size:
            settled = np.concatenate([before[-self._settled :], hop])
            found = weighted_power(settled, len(hop), self._weights, self._rate)
            self._power[self._done] = found[0]
        self._has_changed, self._had_changed = False, self._has_changed
        self._done += 1
        self._pending = 0


def momentary_maximum_lufs(sound: SampleArray, sample_rate_hz: int) -> float:
    """Momentary loudness of one short sound in one front channel: the loudest 400 ms, silence around it.

    −inf for silence.

    Args:
        sound: shape ``(n,)``.
        sample_rate_hz: Of the sound.
    """
    hop, settled = round(HOP_S * sample_rate_hz), settled_samples(sample_rate_hz)
    padded = np.zeros((settled + -(-sound.size // hop) * hop, 1), np.float32)
    padded[settled : settled + sound.size, 0] = sound
    power = weighted_power(padded, hop, (1.0,), sample_rate_hz)
    window = round(MOMENTARY_S / HOP_S)
    loudest = float(np.convolve(power, np.full(window, 1 / window)).max(initial=0.0))
    return OFFSET_LU + 10 * math.log10(loudest) if loudest > 0 else -math.inf
