"""The meter against the standard's own signals (EBU Tech 3341, ITU-R BS.1770-5)."""

from __future__ import annotations

import math

import av
import numpy as np
import pytest

from foley_audio.domain.loudness import integrated_lufs
from foley_audio.domain.true_peak import TruePeakMeter
from foley_audio.render.meter import HopMeter
from foley_common.channels import STEREO, ChannelLayout, layout_of
from support.audio import sine
from support.ebu_meter import EbuMeter

RATE_HZ = 48_000


class Measured:
    """Some sound by the whole meter, and by what a render uses: hops that are gated, and pruned true peaks."""

    def __init__(self, sound: np.ndarray, rate_hz: int, block: int, layout: ChannelLayout) -> None:
        self._whole = EbuMeter(rate_hz, layout=layout)
        self._hops = HopMeter(rate_hz, layout)
        self._peak = TruePeakMeter(layout.channel_count)
        for start in range(0, len(sound), block):
            for meter in (self._whole, self._hops, self._peak):
                meter.add(sound[start : start + block])

    def integrated_lufs(self) -> float:
        """Both agree."""
        lufs = integrated_lufs(self._hops.hop_power())
        whole = self._whole.integrated_lufs()
        assert lufs == whole or lufs == pytest.approx(whole, abs=1e-3)
        return lufs

    def true_peak_dbtp(self) -> float:
        """Both agree as nearly as the standard asks."""
        peak, whole = self._peak.true_peak_dbtp(), self._whole.true_peak_dbtp()
        assert peak == whole or peak == pytest.approx(whole, abs=0.3)
        return peak


def measured(
    *parts: np.ndarray,
    rate_hz: int = RATE_HZ,
    block: int = 4_801,
    layout: ChannelLayout = STEREO,
) -> Measured:
    return Measured(np.concatenate(parts), rate_hz, block, layout)


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


@pytest.mark.parametrize("name", ["5.0", "5.0(side)", "5.1(side)"])
def test_surround(name: str) -> None:
    """EBU Tech 3341, case 6: −28 dBFS in L and R, −24 in C, −30 in Ls and Rs; in 5.1 a loud LFE that does not count."""
    layout = layout_of(name, tuple(c.name for c in av.AudioLayout(name).channels))
    level_dbfs = {"FL": -28.0, "FR": -28.0, "FC": -24.0, "LFE": -10.0}
    one = [sine(1000, level_dbfs.get(s, -30.0), 20)[:, :1] for s in layout.speakers]
    assert measured(np.concatenate(one, axis=1), layout=layout).integrated_lufs() == pytest.approx(
        -23.0, abs=0.1
    )


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
