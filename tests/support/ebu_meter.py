"""BS.1770 by somebody else: libebur128, to judge our own meters by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyebur128

from foley_audio.domain.types import SampleArray
from foley_audio.render.meter import MOMENTARY_S
from foley_common.channels import STEREO, SURROUND_WEIGHT, ChannelLayout


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
        mode = pyebur128.MeasurementMode
        wanted = mode.MODE_I | mode.MODE_TRUE_PEAK if true_peak else mode.MODE_I
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
        return float(pyebur128.get_loudness_global(self._state))

    def true_peak_dbtp(self) -> float:
        """Highest true peak so far; −inf for silence."""
        peak = max(
            float(pyebur128.get_true_peak(self._state, channel))
            for channel in range(self._channel_count)
        )
        return 20.0 * math.log10(peak) if peak > 0 else -math.inf


def _state(layout: ChannelLayout, sample_rate_hz: int, mode: Any) -> Any:
    """A state whose channels have the weights of the layout; the library's names stand for weights 0, 1 and 1.41."""
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


def _add(state: Any, block: SampleArray) -> None:
    state.add_frames(np.ascontiguousarray(block, dtype=np.float32).reshape(-1), block.shape[0])
