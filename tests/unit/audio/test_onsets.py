from __future__ import annotations

import itertools

import numpy as np
import pytest
from mir_eval import onset

from foley_audio.domain.contacts import ball_ms, contact_ms, levels_db, span_of
from foley_audio.domain.onsets import find_steps, rhythm
from foley_common.surfaces import Surface
from support.steps import RATE_HZ, noise_of, recorded, synthetic_steps, synthetic_walk, walk_of


def found_in(sound: np.ndarray) -> np.ndarray:
    mono = sound.astype(np.float32)
    level = levels_db(mono, RATE_HZ)
    return np.unique([contact_ms(level, time_s) for time_s in find_steps(mono, RATE_HZ)]) / 1000


@pytest.mark.parametrize(
    ("surface", "interval_s"),
    [
        (Surface.CONCRETE, 0.35),
        (Surface.CONCRETE, 0.9),
        (Surface.GRAVEL, 0.35),
        (Surface.GRAVEL, 0.58),
        (Surface.SNOW, 0.58),
        (Surface.SNOW, 0.9),
        (Surface.WATER, 0.58),  # nobody runs in water: splashes outlast two steps
    ],
)
def test_every_step_of_a_walk_is_found_once(surface: Surface, interval_s: float) -> None:
    sound, times_s = synthetic_walk(surface, 14, interval_s=interval_s)
    f, _, _ = onset.f_measure(times_s, found_in(sound), window=0.05)
    assert f >= 0.92


def test_steps_without_a_rhythm_are_found_too() -> None:
    dice = np.random.default_rng(4)
    intervals_s = np.array([0.5, 3.2, 0.7, 1.9, 0.45, 5.0, 0.6, 0.8])
    sound, times_s = walk_of(synthetic_steps(Surface.WOOD, 8), intervals_s, dice)
    sound += 3e-4 * noise_of("pink", sound.size, dice)
    found_s = found_in(sound)
    assert found_s.size == times_s.size
    np.testing.assert_allclose(found_s, times_s, atol=0.03)


def test_contacts_move_with_the_sound() -> None:
    dice = np.random.default_rng(3)
    clean, _ = synthetic_walk(Surface.TILE, 8, noise_db=-200.0)
    noise = 3e-4 * noise_of("pink", clean.size + 12_345, dice)
    before = found_in(clean + noise[12_345:])
    after = found_in(np.concatenate([np.zeros(12_345), clean]) + noise)
    np.testing.assert_allclose(after, before + 12_345 / RATE_HZ, atol=0.002)


@pytest.mark.parametrize(
    "sound", [np.zeros(0), np.zeros(10), np.zeros(RATE_HZ), np.full(RATE_HZ, 0.5)]
)
def test_where_nothing_happens_nothing_is_found(sound: np.ndarray) -> None:
    assert found_in(sound).size == 0


def test_one_step_alone_is_found() -> None:
    sound, times_s = walk_of(
        synthetic_steps(Surface.DIRT, 1), np.array([1.0]), np.random.default_rng(1)
    )
    np.testing.assert_allclose(found_in(sound), times_s, atol=0.02)


def test_a_recording_of_8_khz_has_its_steps_as_well() -> None:
    from scipy import signal

    sound, times_s = synthetic_walk(Surface.GRAVEL, 12)
    narrow = signal.resample_poly(signal.resample_poly(sound, 1, 6), 6, 1)[: sound.size]
    f, _, _ = onset.f_measure(times_s, found_in(narrow), window=0.05)
    assert f >= 0.92


def test_rhythm_is_the_commonest_interval() -> None:
    rise = np.zeros(2000)
    rise[100::124] = 5.0  # 0.62 s
    period_s, clarity = rhythm(rise)
    assert period_s == pytest.approx(0.62, abs=0.01)
    assert clarity > 0.8
    assert rhythm(np.zeros(500))[1] == 0.0


@pytest.mark.parametrize("delay_ms", [60, 90, 130, 200])
def test_heel_and_ball_are_one_step_with_two_onsets(delay_ms: int) -> None:
    dice = np.random.default_rng(delay_ms)
    decay = np.exp(-np.arange(4800) / 700)
    sound = 1e-4 * dice.standard_normal(RATE_HZ)
    at = 19_200
    sound[at : at + 4800] += 0.3 * decay * dice.standard_normal(4800)
    ball = at + 48 * delay_ms
    sound[ball : ball + 4800] += 0.15 * decay * dice.standard_normal(4800)
    mono = sound.astype(np.float32)
    level = levels_db(mono, RATE_HZ)
    contacts = [contact_ms(level, time_s) for time_s in find_steps(mono, RATE_HZ)]
    assert len(contacts) == 1
    assert contacts[0] == pytest.approx(400, abs=3)
    assert ball_ms(level, contacts[0], level.size) == pytest.approx(400 + delay_ms, abs=5)


def test_a_single_burst_has_no_ball() -> None:
    dice = np.random.default_rng(2)
    sound = 1e-4 * dice.standard_normal(RATE_HZ)
    sound[19_200 : 19_200 + 9600] += (
        0.3 * np.exp(-np.arange(9600) / 1200) * dice.standard_normal(9600)
    )
    level = levels_db(sound.astype(np.float32), RATE_HZ)
    assert ball_ms(level, 400, level.size) is None


def test_a_step_is_cut_before_the_next_one_and_where_it_has_ended() -> None:
    sound, times_s = synthetic_walk(Surface.CONCRETE, 6, interval_s=0.9)
    mono = sound.astype(np.float32)
    level = levels_db(mono, RATE_HZ)
    for here_s, next_s in itertools.pairwise(times_s):
        span = span_of(mono, level, round(1000 * here_s), round(1000 * next_s), RATE_HZ)
        assert span.first < span.contact < span.end < next_s * RATE_HZ
        whole = (mono[span.contact : round((next_s - 0.005) * RATE_HZ)].astype(float) ** 2).sum()
        kept = (mono[span.contact : span.end].astype(float) ** 2).sum()
        assert kept > 0.99 * whole


def test_recorded_steps_know_their_contact() -> None:
    sound = np.zeros(9600)
    sound[2400:] = np.exp(-np.arange(7200) / 900) * np.random.default_rng(1).standard_normal(7200)
    assert recorded(sound).contact == pytest.approx(2400, abs=60)
