"""BS.1770 metering by libebur128 (package `pyebur128`): streaming, flat in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from foley_audio.domain.loudness import HOP_S, OFFSET_LU
from foley_audio.domain.types import FloatArray, SampleArray
from foley_common.channels import STEREO, SURROUND_WEIGHT, ChannelLayout

MOMENTARY_S = 0.4  # window of momentary loudness, EBU Tech 3341


class EbuMeter:
    """Integrated loudness and true peak of a programme, block by block.

    Args:
        sample_rate_hz: Of the programme.
        true_peak: False leaves the true peak out, which takes most of the time.
        layout: Which loudspeaker each channel is for.
    """

    def __init__(
        self, sample_rate_hz: int, true_peak: bool = True, layout: ChannelLayout = STEREO
    ) -> None:
        import pyebur128

        mode = pyebur128.MeasurementMode
        wanted = mode.MODE_I | mode.MODE_TRUE_PEAK if true_peak else mode.MODE_I
        self._library: Any = pyebur128
        self._state = _state(layout, sample_rate_hz, wanted)
        self._channel_count = layout.channel_count
        self._shortest = round(MOMENTARY_S * sample_rate_hz)
        self._taken = 0

    def add(self, block: SampleArray) -> None:
        """Take the next samples, shape ``(n, channels)``."""
        if block.size:
            _add(self._state, block)
            self._taken += block.shape[0]

    def integrated_lufs(self) -> float:
        """Gated loudness so far; −inf when nothing passed the gate.

        A programme shorter than one gating block is measured as if silence filled the block up.
        """
        missing = self._shortest - self._taken
        if missing > 0:
            self.add(np.zeros((missing, self._channel_count), dtype=np.float32))
        return float(self._library.get_loudness_global(self._state))

    def true_peak_dbtp(self) -> float:
        """Highest true peak so far; −inf for silence."""
        peak = max(
            float(self._library.get_true_peak(self._state, channel))
            for channel in range(self._channel_count)
        )
        return 20.0 * math.log10(peak) if peak > 0 else -math.inf


class HopMeter:
    """Power of a programme in every 100 ms, K-weighted and summed over the channels as BS.1770 weighs them.

    What BS.1770 gates; see `foley_audio.domain.loudness.integrated_lufs`.

    Args:
        sample_rate_hz: Of the programme.
        layout: Which loudspeaker each channel is for.
    """

    def __init__(self, sample_rate_hz: int, layout: ChannelLayout) -> None:
        import pyebur128

        self._library: Any = pyebur128
        self._state = _state(layout, sample_rate_hz, pyebur128.MeasurementMode.MODE_M)
        self._channel_count = layout.channel_count
        self._hop = round(HOP_S * sample_rate_hz)
        self._held = np.zeros((self._hop, layout.channel_count), np.float32)
        self._pending = 0  # samples of the current hop
        self._power: list[float] = []

    def add(self, block: SampleArray) -> None:
        """Take the next samples, shape ``(n, channels)``."""
        start = 0
        while start < block.shape[0]:
            count = min(self._hop - self._pending, block.shape[0] - start)
            piece = block[start : start + count]
            start += count
            if (
                count < self._hop
            ):  # the library rounds at the end of what it is given: whole hops always
                self._held[self._pending : self._pending + count] = piece
                self._pending += count
                if self._pending < self._hop:
                    continue
                self._pending, piece = 0, self._held
            _add(self._state, piece)
            lufs = float(self._library.get_loudness_window(self._state, round(1000 * HOP_S)))
            self._power.append(10 ** ((lufs - OFFSET_LU) / 10) if math.isfinite(lufs) else 0.0)

    @property
    def latest_power(self) -> float:
        """Of the last whole hop."""
        return self._power[-1]

    def hop_power(self) -> FloatArray:
        """Shape ``(hops,)``; of a programme shorter than a gating block silence fills the last hop up."""
        if self._pending and len(self._power) < round(MOMENTARY_S / HOP_S):
            missing = self._hop - self._pending
            self.add(np.zeros((missing, self._channel_count), np.float32))
        return np.asarray(self._power, np.float64)


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
        self._layout = layout
        self._power = known_power.copy()
        hop = round(HOP_S * sample_rate_hz)
        # The hop before, which the weighting settles on, and the current one.
        self._hops = np.zeros((2, hop, layout.channel_count), np.float32)
        self._pending = 0  # samples of the current hop
        self._done = 0  # hops
        self._has_changed = [False, False]
        self._meter: HopMeter | None = None  # while every hop is measured

    def add(self, block: SampleArray, changed: Sequence[slice]) -> None:
        """Take the next samples, shape ``(n, channels)``, and which of them have changed but for rounding."""
        start, hop = 0, self._hops.shape[1]
        while start < block.shape[0]:
            end = min(start + hop - self._pending, block.shape[0])
            self._hops[1, self._pending : self._pending + end - start] = block[start:end]
            if any(part.start < end and part.stop > start for part in changed):
                self._has_changed[1] = True
            self._pending += end - start
            start = end
            if self._pending == hop:
                self._take()

    def hop_power(self) -> FloatArray:
        """Shape ``(hops,)``. The programme is taken to end here; silence fills its last hop up."""
        if self._pending:
            self._hops[1, self._pending :] = 0.0
            self._take()
        return self._power

    def _take(self) -> None:
        if not any(self._has_changed):
            self._meter = None
        elif self._done < self._power.size:
            if self._meter is None:
                self._meter = HopMeter(self._rate, self._layout)
                self._meter.add(self._hops[0])
            self._meter.add(self._hops[1])
            self._power[self._done] = self._meter.latest_power
        self._hops = self._hops[::-1]
        self._has_changed = [self._has_changed[1], False]
        self._done += 1
        self._pending = 0


def momentary_maximum_lufs(sound: SampleArray, sample_rate_hz: int) -> float:
    """Momentary loudness of one short sound, shape ``(n, channels)``: the loudest 400 ms, silence around it.

    All channels are front channels. −inf for silence.
    """
    import pyebur128

    channel_count = sound.shape[1]
    state: Any = pyebur128.R128State(
        channel_count, sample_rate_hz, pyebur128.MeasurementMode.MODE_M
    )
    hop = round(MOMENTARY_S * sample_rate_hz / 4)
    padded = np.zeros(((-(-sound.shape[0] // hop) + 4) * hop, channel_count), dtype=np.float32)
    padded[: sound.shape[0]] = sound
    loudest = -math.inf
    for start in range(0, padded.shape[0], hop):
        _add(state, padded[start : start + hop])
        loudest = max(loudest, float(pyebur128.get_loudness_momentary(state)))
    return loudest


def _state(layout: ChannelLayout, sample_rate_hz: int, mode: Any) -> Any:  # noqa: ANN401 - the library has no types
    """A state whose channels have the weights of the layout; the library's names stand for weights 0, 1 and 1.41."""
    import pyebur128

    kinds = pyebur128.ChannelType
    state: Any = pyebur128.R128State(layout.channel_count, sample_rate_hz, mode)
    for channel, weight in enumerate(layout.weights):
        kind = (
            kinds.UNUSED
            if weight == 0
            else kinds.LEFT_SURROUND
            if weight == SURROUND_WEIGHT
            else kinds.LEFT
        )
        state.set_channel(channel, kind)
    return state


def _add(state: Any, block: SampleArray) -> None:  # noqa: ANN401 - the library has no types
    state.add_frames(np.ascontiguousarray(block, dtype=np.float32).reshape(-1), block.shape[0])
