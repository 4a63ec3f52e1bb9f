from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from foley_audio.domain.cleaning import Flaw, flaw_of, loops, outliers, strengths
from foley_audio.domain.content import Content, ContentSpan
from foley_audio.domain.downmix import choose_mix
from foley_audio.domain.segmentation import FoundStep, scan
from foley_common.surfaces import Surface
from support.steps import (
    RATE_HZ,
    noise_of,
    recorded,
    synthetic_steps,
    synthetic_walk,
    walk_of,
)

NONE = np.zeros(0)


def in_blocks(sound: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for first in range(0, sound.size, size):
        yield sound[first : first + size].astype(np.float32)


def steps_of(sound: np.ndarray, block: int = RATE_HZ) -> list[FoundStep]:
    return [step for window in scan(in_blocks(sound, block), RATE_HZ) for step in window.steps]


def test_windows_neither_lose_nor_double_a_step() -> None:
    steps = synthetic_steps(Surface.GRAVEL, 12)
    dice = np.random.default_rng(1)
    sound, times_s = walk_of(steps, 0.6 + 0.03 * dice.standard_normal(230), dice)
    sound += 3e-4 * noise_of("pink", sound.size, dice)
    assert sound.size > 2 * 60 * RATE_HZ
    found = steps_of(sound)
    contacts_s = np.array([step.span.contact for step in found]) / RATE_HZ
    assert contacts_s.size == times_s.size
    np.testing.assert_allclose(contacts_s, times_s, atol=0.03)


def test_steps_are_the_same_for_every_block_size() -> None:
    sound, _ = synthetic_walk(Surface.WOOD, 16)
    first = steps_of(sound, 4_801)
    second = steps_of(sound, 200_000)
    assert [step.span for step in first] == [step.span for step in second]
    assert all(np.allclose(a.sound, b.sound, atol=1e-6) for a, b in zip(first, second, strict=True))


def test_a_step_is_measured() -> None:
    sound, _ = synthetic_walk(Surface.TILE, 10)
    louder = steps_of(sound)
    softer = steps_of(0.1 * sound)
    for a, b in zip(louder, softer, strict=True):
        assert a.level_db - b.level_db == pytest.approx(20.0, abs=0.2)
        assert a.sound[0] == a.sound[-1] == 0.0
        assert a.level_db - a.noise_db > 25.0
        assert 500 < a.centroid_hz < 12_000
        assert 0.04 < a.duration_s < 1.2


def test_an_empty_block_is_no_end_and_no_fault() -> None:
    sound, _ = synthetic_walk(Surface.WOOD, 6)
    blocks = list(in_blocks(sound, RATE_HZ))
    with_empty = [np.zeros(0, np.float32), *blocks[:3], np.zeros(0, np.float32), *blocks[3:]]
    found = [
        step
        for window in scan(iter([*with_empty, blocks[0][:0]]), RATE_HZ)
        for step in window.steps
    ]
    assert [step.span for step in found] == [step.span for step in steps_of(sound)]


def test_nothing_gives_nothing() -> None:
    assert steps_of(np.zeros(0)) == []
    assert steps_of(np.zeros(3 * RATE_HZ)) == []


@pytest.mark.parametrize("end_ms", range(1, 8))
def test_a_click_in_the_last_milliseconds_is_no_fault(end_ms: int) -> None:
    sound, times_s = synthetic_walk(Surface.WOOD, 6)
    sound = np.append(sound, np.zeros(RATE_HZ // 2))
    sound[sound.size - 48 * end_ms :] += np.linspace(0.0, 0.5, 48 * end_ms)
    found = [step for step in steps_of(sound) if step.span.contact < sound.size - RATE_HZ // 4]
    assert len(found) == len(times_s)


def test_flaws_have_their_reasons() -> None:
    sound, _ = synthetic_walk(Surface.GRAVEL, 10)
    step = steps_of(sound)[4]
    at_s = step.span.contact / RATE_HZ
    assert flaw_of(step, [], NONE, RATE_HZ) is None
    talk = ContentSpan(at_s + 0.05, at_s + 2.0, Content.SPEECH)
    assert flaw_of(step, [talk], NONE, RATE_HZ) is Flaw.SPEECH
    song = ContentSpan(0.0, at_s + 0.01, Content.MUSIC)
    assert flaw_of(step, [song], NONE, RATE_HZ) is Flaw.MUSIC
    assert flaw_of(step, [], np.array([at_s + 0.01]), RATE_HZ) is None
    assert flaw_of(step, [], np.array([at_s + 0.01, at_s + 0.02]), RATE_HZ) is Flaw.CLIPPED


def test_a_noisy_recording_says_so() -> None:
    sound, _ = synthetic_walk(Surface.GRAVEL, 12, noise_db=-49.0)
    flaws = [flaw_of(step, [], NONE, RATE_HZ) for step in steps_of(sound)]
    assert flaws.count(Flaw.NOISE) > len(flaws) / 2


def test_a_recording_that_begins_and_ends_in_a_step() -> None:
    sound, times_s = synthetic_walk(Surface.GRAVEL, 10)
    first = round((times_s[0] + 0.02) * RATE_HZ)
    last = round((times_s[-1] + 0.06) * RATE_HZ)
    found = steps_of(sound[first:last])
    assert found[-1].cut_off
    assert not any(step.cut_off for step in found[1:-1])


def test_the_same_sample_is_a_loop_at_any_level() -> None:
    dice = np.random.default_rng(1)
    steps = synthetic_steps(Surface.GRAVEL, 4)
    levels = [1.0, 0.5, 0.8]
    repeated = [recorded(level * step.sound) for level in levels for step in steps]
    sound, times_s = walk_of(repeated, np.full(12, 0.7), dice)
    sound += 1e-5 * noise_of("pink", sound.size, dice)
    found = steps_of(sound)
    assert len(found) == times_s.size
    assert len(found) - len(loops(found, RATE_HZ)) == 4


@pytest.mark.parametrize("surface", [Surface.TILE, Surface.WOOD, Surface.METAL, Surface.SNOW])
def test_takes_of_one_walk_are_no_loops_and_no_outliers(surface: Surface) -> None:
    found = steps_of(synthetic_walk(surface, 24)[0])
    assert loops(found, RATE_HZ) == set()
    assert len(outliers(found)) <= 1


def test_a_slammed_door_is_an_outlier() -> None:
    sound, times_s = synthetic_walk(Surface.GRAVEL, 20)
    dice = np.random.default_rng(5)
    door = np.exp(-np.arange(RATE_HZ) / 9000) * noise_of("room", RATE_HZ, dice)
    at = round((times_s[9] + 0.29) * RATE_HZ)
    sound[at : at + RATE_HZ] += 0.8 * door
    found = steps_of(sound)
    far = {found[i].span.contact / RATE_HZ for i in outliers(found)}
    assert any(abs(time_s - at / RATE_HZ) < 0.1 for time_s in far)


def test_strength_follows_the_level() -> None:
    assert strengths(np.array([-40.0, -26.0, -26.0, -19.0]), 14.0).tolist() == [0.0, 0.5, 0.5, 1.0]
    assert strengths(NONE, 14.0).size == 0


def test_channels_are_mixed_unless_one_hears_better() -> None:
    dice = np.random.default_rng(1)
    steps = synthetic_walk(Surface.WOOD, 8)[0]
    noise = 0.1 * noise_of("pink", steps.size, dice)
    quiet = 1e-4 * noise_of("pink", steps.size, dice)

    def weights(*channels: np.ndarray) -> list[float]:
        return choose_mix(np.stack(channels, axis=1).astype(np.float32), RATE_HZ).tolist()

    assert weights(steps) == [1.0]
    assert weights(steps, steps) == [0.5, 0.5]
    assert weights(noise, steps) == [0.0, 1.0]
    assert weights(steps, -steps) in ([1.0, 0.0], [0.0, 1.0])
    assert weights(*[quiet] * 2, steps, *[quiet] * 5) == [0.0, 0.0, 1.0, *[0.0] * 5]
