"""The meter against the standard's own signals (EBU Tech 3341, ITU-R BS.1770-5)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from foley_audio.render.meter import EbuMeter
from support.audio import sine

RATE_HZ = 48_000


def measured(*parts: np.ndarray, rate_hz: int = RATE_HZ, block: int = 4_801) -> EbuMeter:
    meter = EbuMeter(rate_hz)
    sound = np.concatenate(parts)
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter


@pytest.mark.parametrize(("level_dbfs", "expected_lufs"), [(-23.0, -23.0), (-33.0, -33.0)])
def test_stereo_sine_of_1_khz(level_dbfs: float, expected_lufs: float) -> None:
    """EBU Tech 3341, cases 1 and 2."""
    assert measured(sine(1000, level_dbfs, 20)).integrated_lufs() == pytest.approx(
        expected_lufs, abs=0.1
    )


def test_quiet_parts_are_gated_out() -> None:
    """EBU Tech 3341, case 3: 10 s at −36, 60 s at −23, 10 s at −36 dBFS."""
    meter = measured(sine(1000, -36, 10), sine(1000, -23, 60), sine(1000, -36, 10))
    assert meter.integrated_lufs() == pytest.approx(-23.0, abs=0.1)


def test_absolute_gate() -> None:
    """EBU Tech 3341, case 4: as case 3 with 10 s at −72 dBFS around it."""
    quiet = sine(1000, -72, 10)
    meter = measured(quiet, sine(1000, -36, 10), sine(1000, -23, 60), sine(1000, -36, 10), quiet)
    assert meter.integrated_lufs() == pytest.approx(-23.0, abs=0.1)


def test_relative_gate() -> None:
    """EBU Tech 3341, case 5: 20 s at −26, 20.1 s at −20, 20 s at −26 dBFS."""
    meter = measured(sine(1000, -26, 20), sine(1000, -20, 20.1), sine(1000, -26, 20))
    assert meter.integrated_lufs() == pytest.approx(-23.0, abs=0.1)


def test_96_khz_measures_the_same() -> None:
    meter = measured(sine(1000, -23, 20, 96_000), rate_hz=96_000)
    assert meter.integrated_lufs() == pytest.approx(-23.0, abs=0.1)


def test_true_peak_between_samples() -> None:
    """EBU Tech 3341, case 16: a quarter of the sampling rate at 45°, samples 3 dB below the peak."""
    t = np.arange(RATE_HZ)
    one = 0.5 * np.sin(2 * np.pi * t / 4 + math.pi / 4)
    sound = np.stack([one, one], axis=1).astype(np.float32)
    sound[:480] *= np.linspace(0, 1, 480, dtype=np.float32)[:, None]
    assert measured(sound).true_peak_dbtp() == pytest.approx(-6.0, abs=0.4)


def test_silence_is_silence() -> None:
    meter = measured(np.zeros((RATE_HZ, 2), dtype=np.float32))
    assert meter.integrated_lufs() == -math.inf
    assert meter.true_peak_dbtp() == -math.inf


def test_a_programme_shorter_than_a_gating_block_is_measured() -> None:
    assert measured(sine(1000, -23, 0.2)).integrated_lufs() == pytest.approx(-26.0, abs=0.2)
