"""BS.1770 metering by libebur128 (package `pyebur128`): streaming, flat in memory."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from foley_audio.domain.types import SampleArray

CHANNELS = 2
MOMENTARY_S = 0.4  # window of momentary loudness, EBU Tech 3341


class EbuMeter:
    """Integrated loudness and true peak of a stereo programme, block by block.

    Args:
        sample_rate_hz: Of the programme.
        true_peak: False leaves the true peak out, which takes most of the time.
    """

    def __init__(self, sample_rate_hz: int, true_peak: bool = True) -> None:
        import pyebur128

        mode = pyebur128.MeasurementMode
        wanted = mode.MODE_I | mode.MODE_TRUE_PEAK if true_peak else mode.MODE_I
        self._library: Any = pyebur128
        self._state: Any = pyebur128.R128State(CHANNELS, sample_rate_hz, wanted)
        self._shortest = round(MOMENTARY_S * sample_rate_hz)
        self._taken = 0

    def add(self, block: SampleArray) -> None:
        """Take the next samples, shape ``(n, 2)``."""
        if block.size:
            self._state.add_frames(
                np.ascontiguousarray(block, dtype=np.float32).reshape(-1), block.shape[0]
            )
            self._taken += block.shape[0]

    def integrated_lufs(self) -> float:
        """Gated loudness so far; −inf when nothing passed the gate.

        A programme shorter than one gating block is measured as if silence filled the block up.
        """
        missing = self._shortest - self._taken
        if missing > 0:
            self.add(np.zeros((missing, CHANNELS), dtype=np.float32))
        return float(self._library.get_loudness_global(self._state))

    def true_peak_dbtp(self) -> float:
        """Highest true peak so far; −inf for silence."""
        peak = max(
            float(self._library.get_true_peak(self._state, channel)) for channel in range(CHANNELS)
        )
        return 20.0 * math.log10(peak) if peak > 0 else -math.inf


def momentary_maximum_lufs(sound: SampleArray, sample_rate_hz: int) -> float:
    """Momentary loudness of one short stereo sound, shape ``(n, 2)``: the loudest 400 ms, silence around it.

    −inf for silence.
    """
    import pyebur128

    state: Any = pyebur128.R128State(CHANNELS, sample_rate_hz, pyebur128.MeasurementMode.MODE_M)
    hop = round(MOMENTARY_S * sample_rate_hz / 4)
    padded = np.zeros(((-(-sound.shape[0] // hop) + 4) * hop, CHANNELS), dtype=np.float32)
    padded[: sound.shape[0]] = sound
    loudest = -math.inf
    for start in range(0, padded.shape[0], hop):
        state.add_frames(np.ascontiguousarray(padded[start : start + hop]).reshape(-1), hop)
        loudest = max(loudest, float(pyebur128.get_loudness_momentary(state)))
    return loudest
