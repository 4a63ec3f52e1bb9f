"""The air against the standard's own table, the filter against the air."""

from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain import air
from foley_audio.domain.air import EXAGGERATION, absorption_db_per_m, heard_from

BANDS_HZ = np.array([63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0])
# ISO 9613-2:1996, Table 2: dB per kilometre at the octave bands, from ISO 9613-1.
TABLE = {
    (293.15, 70.0): (0.1, 0.3, 1.1, 2.8, 5.0, 9.0, 22.9, 76.6),
    (283.15, 70.0): (0.1, 0.4, 1.0, 1.9, 3.7, 9.7, 32.8, 117.0),
    (288.15, 50.0): (0.1, 0.5, 1.2, 2.2, 4.2, 10.8, 36.2, 129.0),
    (288.15, 20.0): (0.3, 0.6, 1.2, 2.7, 8.2, 28.2, 88.8, 202.0),
}


@pytest.mark.parametrize("weather", TABLE)
def test_absorption_is_that_of_the_standard(
    weather: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(air, "TEMPERATURE_K", weather[0])
    monkeypatch.setattr(air, "HUMIDITY_PERCENT", weather[1])
    found = 1000 * absorption_db_per_m(BANDS_HZ)
    np.testing.assert_allclose(found, TABLE[weather], rtol=0.02, atol=0.06)


def response_db(distance_m: float, rate_hz: int, microphone_m: float = 4.0) -> np.ndarray:
    impulse = np.zeros(8_192, np.float32)
    impulse[0] = 1.0
    heard = heard_from(impulse, distance_m=distance_m, microphone_m=microphone_m, rate_hz=rate_hz)[
        :8_192
    ]
    return 20 * np.log10(np.abs(np.fft.rfft(heard)) + 1e-9)


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
@pytest.mark.parametrize("distance_m", [1.0, 4.0, 8.0, 16.0])
def test_the_filter_follows_the_air(distance_m: float, rate_hz: int) -> None:
    hz = np.fft.rfftfreq(8_192, 1 / rate_hz)
    wanted = -EXAGGERATION * absorption_db_per_m(hz) * (distance_m - 1.0)
    heard = (hz > 20) & (hz < 16_000)
    assert np.abs(response_db(distance_m, rate_hz) - wanted)[heard].max() < 0.35


def test_nothing_comes_before_the_sound() -> None:
    sound = np.zeros(500, np.float32)
    sound[100:] = np.random.default_rng(0).standard_normal(400).astype(np.float32)
    for microphone_m in (0.4, 5.0):
        heard = heard_from(sound, distance_m=20.0, microphone_m=microphone_m, rate_hz=48_000)
        assert not heard[:100].any()
        assert heard[100] != 0


def test_a_near_microphone_lifts_low_notes_only() -> None:
    hz = np.fft.rfftfreq(8_192, 1 / 48_000)
    near, far = (response_db(1.5, 48_000, microphone_m=m) for m in (0.5, 4.0))
    lift = near - far
    assert 1.0 < lift[np.argmin(np.abs(hz - 100))] < 3.0
    assert lift[np.argmin(np.abs(hz - 50))] > lift[np.argmin(np.abs(hz - 100))]
    assert np.abs(lift[hz > 2_000]).max() < 0.05
