"""Many channels become one: all of them, or the one that hears the steps best."""

from __future__ import annotations

import numpy as np

from foley_audio.domain.types import FloatArray, SampleArray

WINDOW_S = 0.05
LOUD, QUIET = 0.98, 0.2  # quantiles of the levels
BETTER_DB = 3.0  # one channel alone must be clearer than the mean by so much …
FAINT_DB = 40.0  # … and not fainter than the loudest channel by so much: what leaks there is thin
LOST_DB = (
    6.0  # or one channel is louder than the mean by so much: the others are silent, or cancel it
)


def choose_mix(sound: SampleArray, sample_rate_hz: int) -> FloatArray:
    """Weights that make one channel of many, shape ``(channels,)``.

    The mean of all channels, unless steps stand out more clearly in one of them: a microphone at the feet beside one
    at the mouth, steps in the centre of a surround mix, or two channels in opposite phase.

    Args:
        sound: shape ``(n, channels)``, the beginning of the recording.
        sample_rate_hz: Of it.
    """
    channels = sound.shape[1]
    mean = np.full(channels, 1.0 / channels)
    if channels == 1 or sound.shape[0] < 2 * WINDOW_S * sample_rate_hz:
        return mean
    loud_db, clear_db = _heard(sound.mean(axis=1), sample_rate_hz)
    single = [_heard(sound[:, channel], sample_rate_hz) for channel in range(channels)]
    best = max(range(channels), key=lambda channel: single[channel][1])
    loudest = max(range(channels), key=lambda channel: single[channel][0])
    if single[best][1] > clear_db + BETTER_DB and single[best][0] > single[loudest][0] - FAINT_DB:
        return np.eye(channels)[best]
    if single[loudest][0] > loud_db + LOST_DB and single[loudest][1] > clear_db - BETTER_DB:
        return np.eye(channels)[loudest]
    return mean


def _heard(mono: SampleArray, sample_rate_hz: int) -> tuple[float, float]:
    """Level of the loud moments in dB, and how far they stand above the quiet ones."""
    window = round(WINDOW_S * sample_rate_hz)
    whole = mono[: mono.size // window * window].astype(np.float64).reshape(-1, window)
    level = 10 * np.log10((whole**2).mean(axis=1) + 1e-10)
    loud, quiet = np.quantile(level, [LOUD, QUIET])
    return float(loud), float(loud - quiet)
