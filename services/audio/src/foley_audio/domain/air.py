"""What the way through the air, and the nearness of a microphone, do to the colour of a step.

Air: ISO 9613-1:1993, equations 3 to 5, at 20 °C, 50 % humidity and sea level; exaggerated, because a picture's depth is
told by colour more than a real stage of a few metres would. Nearness: the proximity effect of a cardioid.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from foley_audio.domain.transforms import (
    block_filter,
    block_matrix,
    causal_filter,
    one_pole,
)
from foley_audio.domain.types import FloatArray, SampleArray

TEMPERATURE_K = 293.15  # 20 °C
HUMIDITY_PERCENT = 50.0
REFERENCE_K = 293.15  # of ISO 9613-1
TRIPLE_POINT_K = 273.16
EXAGGERATION = (
    4.0  # times the decibels of ISO 9613-1; hand-set: −7 dB at 8 kHz from 16 m away instead of −1.7
)
RECORDED_FROM_M = 1.0  # the recordings that the grounds are fitted to were made about so near
MOST_DB = 40.0  # no band is taken down further
CLASSES_PER_DOUBLING = (
    4  # distances this near to each other share a filter; 0.3 dB at 8 kHz and 4 m
)
# At 48 kHz; 0.2 dB off the curve below 16 kHz up to 16 m at 48 kHz.
FILTER_TAPS = 11
DESIGN_BINS = 1024
SPEED_OF_SOUND_MPS = 343.0
NEAREST_M = 0.3  # of a microphone; nearer, the sound is wind
PROXIMITY_BELOW_M = 1.0  # beyond it a cardioid adds less than 0.3 dB at 100 Hz
LOWEST_HZ = (
    30.0  # below it the proximity effect does not rise further: microphones have a high-pass there
)


def absorption_db_per_m(hz: FloatArray) -> FloatArray:
    """Attenuation by the air in dB per metre, shape as ``hz``.

    >>> (1000 * absorption_db_per_m(np.array([1000.0, 8000.0]))).round(1).tolist()
    [4.7, 105.3]
    """
    warm = TEMPERATURE_K / REFERENCE_K
    saturation = 10 ** (-6.8346 * (TRIPLE_POINT_K / TEMPERATURE_K) ** 1.261 + 4.6151)
    vapour = (
        HUMIDITY_PERCENT * saturation
    )  # percent of molecules; pressure is the reference pressure
    oxygen_hz = 24 + 4.04e4 * vapour * (0.02 + vapour) / (0.391 + vapour)
    nitrogen_hz = warm**-0.5 * (9 + 280 * vapour * math.exp(-4.170 * (warm ** (-1 / 3) - 1)))
    relaxed = warm**-2.5 * (
        0.01275 * math.exp(-2239.1 / TEMPERATURE_K) / (oxygen_hz + hz**2 / oxygen_hz)
        + 0.1068 * math.exp(-3352.0 / TEMPERATURE_K) / (nitrogen_hz + hz**2 / nitrogen_hz)
    )
    return 8.686 * hz**2 * (1.84e-11 * warm**0.5 + relaxed)


def heard_from(
    sound: SampleArray, *, distance_m: float, microphone_m: float, rate_hz: int
) -> SampleArray:
    """A dry sound as it is coloured by its distance, without its level.

    Args:
        sound: shape ``(n,)``.
        distance_m: From the camera, greater than 0.
        microphone_m: From the microphone, greater than 0.
        rate_hz: Sampling rate.

    Returns:
        Longer by the filter's length; nothing precedes what preceded it before.
    """
    doublings = round(CLASSES_PER_DOUBLING * math.log2(distance_m)) / CLASSES_PER_DOUBLING
    coloured = block_filter(sound, _air(2.0**doublings, rate_hz))
    if microphone_m >= PROXIMITY_BELOW_M:
        return coloured
    return causal_filter(coloured, *_proximity(max(NEAREST_M, microphone_m), rate_hz))


@lru_cache(maxsize=256)
def _air(distance_m: float, rate_hz: int) -> SampleArray:
    """For `block_filter`: minimum phase (nothing before the contact), gain 1 at 0 Hz."""
    hz = np.linspace(0.0, rate_hz / 2, DESIGN_BINS + 1)
    way_m = max(0.0, distance_m - RECORDED_FROM_M)
    wanted_db = np.maximum(-EXAGGERATION * absorption_db_per_m(hz) * way_m, -MOST_DB)
    # Minimum phase from the real cepstrum (Oppenheim and Schafer, Discrete-Time Signal Processing, 13.5).
    cepstrum = np.fft.irfft(wanted_db * math.log(10) / 20)
    fold = np.zeros(2 * DESIGN_BINS)
    fold[0] = fold[DESIGN_BINS] = 1.0
    fold[1:DESIGN_BINS] = 2.0
    count = FILTER_TAPS * max(1, round(rate_hz / 48_000))
    taps = np.fft.irfft(np.exp(np.fft.rfft(cepstrum * fold)))[:count]
    return block_matrix(taps / taps.sum())


def _proximity(microphone_m: float, rate_hz: int) -> tuple[FloatArray, FloatArray]:
    """A cardioid's rise of low notes near the source: half of it is a pressure gradient, 1 + c / (2 π r · j f)."""
    turn_hz = 0.5 * SPEED_OF_SOUND_MPS / (2 * math.pi * microphone_m)
    return one_pole(zero_hz=LOWEST_HZ + turn_hz, pole_hz=LOWEST_HZ, rate_hz=rate_hz)
