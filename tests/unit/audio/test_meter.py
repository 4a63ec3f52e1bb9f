"""Power of hops against libebur128's; hops that are measured again, against measuring everything."""

from __future__ import annotations

import math

import numpy as np
import pyebur128
import pytest
from scipy import signal

from foley_audio.domain.loudness import (
    HOPS_PER_BLOCK,
    HOPS_PER_SHORT_TERM,
    TARGETS,
    integrated_lufs,
    loudest_lufs,
    loudness_range_lu,
    report,
)
from foley_audio.domain.weighting import _high_pass, _shelf, settled_samples, weighted_power
from foley_audio.render.meter import ChangedHopMeter, HopMeter, momentary_maximum_lufs
from foley_common.channels import STEREO, usual_layout
from foley_common.sound import LoudnessPreset
from support.ebu_meter import EbuMeter

RATE_HZ = 48_000
HOP = RATE_HZ // 10


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
def test_hops_are_weighted_as_libebur128_weighs_them(rate_hz: int, channels: int) -> None:
    layout = usual_layout(channels)
    sound = tune(4, 2 * 43.0, channels)[: 43 * rate_hz // 10]
    meter, whole = HopMeter(rate_hz, layout), EbuMeter(rate_hz, true_peak=False, layout=layout)
    for start in range(0, len(sound), 7_777):
        meter.add(sound[start : start + 7_777])
    whole.add(sound)
    assert integrated_lufs(meter.hop_power()) == pytest.approx(whole.integrated_lufs(), abs=1e-4)


@pytest.mark.parametrize("block", [300, 20_011])
def test_hops_do_not_depend_on_blocks(block: int) -> None:
    sound = tune(5, 27.6, 2)
    meter = HopMeter(RATE_HZ, STEREO)
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    np.testing.assert_array_equal(meter.hop_power(), power_of(sound))
    assert meter.hop_power().size == 27


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 44_100, 48_000, 88_200, 192_000])
@pytest.mark.parametrize("hops", [1, 5, 6])
def test_weighted_power_is_that_of_a_recursive_filter(rate_hz: int, hops: int) -> None:
    """In double precision, sample by sample; the deep tone is where single precision would show."""
    hop, settled = round(0.1 * rate_hz), settled_samples(rate_hz)
    dice = np.random.default_rng(rate_hz + hops)
    count = settled + hops * hop
    deep = np.sin(2 * np.pi * 12 * np.arange(count) / rate_hz)[:, None]
    sound = (deep + 0.01 * dice.standard_normal((count, 3))).astype(np.float32)
    weights = (1.0, 0.0, 1.41)
    heard = sound.astype(np.float64)
    for filter_ in (_shelf(rate_hz), _high_pass(rate_hz)):
        heard = signal.lfilter(*filter_, heard, axis=0)
    power = (heard[settled:] ** 2).reshape(hops, hop, 3).mean(axis=1) @ weights
    np.testing.assert_allclose(weighted_power(sound, hop, weights, rate_hz), power, rtol=2e-5)


def tone(*parts: tuple[float, float]) -> np.ndarray:
    """A stereo sine of 1 kHz at peak levels in dBFS for so many seconds each, as EBU's test signals are."""
    level = np.concatenate(
        [np.full(round(seconds * RATE_HZ), 10 ** (dbfs / 20)) for dbfs, seconds in parts]
    )
    one = level * np.sin(2 * np.pi * 1000 * np.arange(level.size) / RATE_HZ)
    return np.stack([one, one], axis=1).astype(np.float32)


@pytest.mark.parametrize(
    ("parts", "range_lu"),
    [
        (((-20, 20), (-30, 20)), 10),
        (((-20, 20), (-15, 20)), 5),
        (((-40, 20), (-20, 20)), 20),
        (((-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)), 15),
    ],
)
def test_loudness_range_of_the_signals_of_ebu_tech_3342(
    parts: tuple[tuple[float, float], ...], range_lu: float
) -> None:
    assert loudness_range_lu(power_of(tone(*parts))) == pytest.approx(range_lu, abs=1.0)


def test_loudest_parts_of_the_signals_of_ebu_tech_3341() -> None:
    """Signals 9 and 12: short-term loudness −23 throughout, momentary loudness −23 throughout."""
    short = power_of(tone(*([(-20, 1.34), (-30, 1.66)] * 5)))
    assert loudest_lufs(short, HOPS_PER_SHORT_TERM) == pytest.approx(-23.0, abs=0.15)
    momentary = power_of(tone(*([(-20, 0.18), (-30, 0.22)] * 25)))
    assert loudest_lufs(momentary, HOPS_PER_BLOCK) == pytest.approx(-23.0, abs=0.15)


def test_too_short_and_too_quiet_for_a_range() -> None:
    assert loudness_range_lu(power_of(tone((-20, 2.9)))) == 0.0
    assert loudness_range_lu(np.zeros(100)) == 0.0
    assert loudest_lufs(np.zeros(2), HOPS_PER_SHORT_TERM) == -math.inf


def test_a_report_says_the_loudest_parts_and_the_range() -> None:
    power = power_of(tone((-30, 20), (-20, 20)))
    said = report(
        power, -20.0, TARGETS[LoudnessPreset.EBU_R128], gain_db=0.0, limiter_reduction_db=0.0
    )
    assert said.max_momentary_lufs == pytest.approx(-20.0, abs=0.1)
    assert said.max_short_term_lufs == pytest.approx(-20.0, abs=0.1)
    assert said.loudness_range_lu == pytest.approx(10.0, abs=1.0)
    silent = report(
        np.zeros(9), -200.0, TARGETS[LoudnessPreset.CINEMA], gain_db=0.0, limiter_reduction_db=0.0
    )
    assert (silent.silent, silent.max_momentary_lufs, silent.max_short_term_lufs) == (
        True,
        -70.0,
        -70.0,
    )


def power_of(sound: np.ndarray) -> np.ndarray:
    meter = HopMeter(RATE_HZ, usual_layout(sound.shape[1]))
    meter.add(sound)
    return meter.hop_power()


def changed_power(
    sound: np.ndarray, known: np.ndarray, parts: list[slice], block: int
) -> np.ndarray:
    meter = ChangedHopMeter(RATE_HZ, usual_layout(sound.shape[1]), known)
    for start in range(0, len(sound), block):
        end = min(len(sound), start + block)
        inside = [
            slice(max(part.start, start) - start, min(part.stop, end) - start)
            for part in parts
            if part.start < end and part.stop > start
        ]
        meter.add(sound[start:end], inside)
    return meter.hop_power()


def tune(seed: int, hops: float, channels: int) -> np.ndarray:
    """Noise that swells, on a deep tone: the weighting rings longest there."""
    dice = np.random.default_rng(seed)
    count = round(hops * HOP)
    deep = 0.3 * np.sin(2 * np.pi * 25 * np.arange(count) / RATE_HZ)[:, None]
    noise = dice.standard_normal((count, channels)) * dice.uniform(0, 0.3, (count, 1)) ** 2
    return (deep + noise).astype(np.float32)


@pytest.mark.parametrize("channels", [2, 6])
@pytest.mark.parametrize("block", [300, HOP, 20_011, 1 << 20])
def test_what_has_changed_is_measured_again(channels: int, block: int) -> None:
    sound = tune(1, 25.3, channels)
    known = power_of(sound)
    parts = [slice(3 * HOP - 5, 3 * HOP + 90), slice(50_000, 50_001), slice(90_000, 101_000)]
    for part in parts:
        sound[part] *= 0.25
    expected = power_of(sound)
    assert not np.allclose(known, expected, rtol=1e-2)
    found = changed_power(sound, known, parts, block)
    np.testing.assert_allclose(found, expected, rtol=2e-4)
    np.testing.assert_array_equal(found, changed_power(sound, known, parts, 7_777))


def test_what_has_not_changed_is_taken_as_known() -> None:
    sound = tune(2, 12.0, 2)
    made_up = np.arange(12.0)
    found = changed_power(sound, made_up, [slice(5 * HOP + 10, 5 * HOP + 20)], 5_000)
    assert np.flatnonzero(found != made_up).tolist() == [5, 6]
    assert made_up.tolist() == list(range(12))


@pytest.mark.parametrize("hops", [0.3, 1.0, 3.4])
def test_a_programme_shorter_than_a_gating_block(hops: float) -> None:
    sound = tune(3, hops, 2)
    known = power_of(sound)
    whole = [slice(0, len(sound))]
    np.testing.assert_allclose(changed_power(0.5 * sound, known, whole, 999), known / 4, rtol=1e-5)


def test_nothing_at_all() -> None:
    meter = ChangedHopMeter(RATE_HZ, STEREO, np.zeros(0))
    assert meter.hop_power().size == 0


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
@pytest.mark.parametrize("length_s", [0.05, 0.31, 0.7, 1.3])
def test_a_short_sound_is_as_loud_as_libebur128_says(rate_hz: int, length_s: float) -> None:
    dice = np.random.default_rng(3)
    count = round(length_s * rate_hz)
    sound = (dice.standard_normal(count) * np.exp(-8 * np.arange(count) / count)).astype(np.float32)
    modes = pyebur128.MeasurementMode
    state = pyebur128.R128State(1, rate_hz, modes.MODE_M)
    hop = rate_hz // 10
    loudest = -math.inf
    silence = np.zeros(5 * hop - count % hop, np.float32)
    for start in range(0, count + silence.size, hop):
        state.add_frames(np.concatenate([sound, silence])[start : start + hop], hop)
        loudest = max(loudest, pyebur128.get_loudness_momentary(state))
    assert momentary_maximum_lufs(sound, rate_hz) == pytest.approx(loudest, abs=0.02)


def test_silence_has_no_loudest_moment() -> None:
    assert momentary_maximum_lufs(np.zeros(1000, np.float32), 48_000) == -math.inf
