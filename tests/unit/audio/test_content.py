from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.content import Content, find_content
from foley_common.surfaces import Surface
from support.steps import RATE_HZ, music_like, noise_of, speech_like, synthetic_walk


def share(sound: np.ndarray, content: Content | None = None) -> float:
    """Part of a sound that is speech or music."""
    spans = find_content(sound.astype(np.float32), RATE_HZ)
    wanted = [span for span in spans if content in (None, span.content)]
    return sum(span.end_s - span.start_s for span in wanted) / (sound.size / RATE_HZ)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_speech_is_speech(seed: int) -> None:
    assert share(speech_like(8.0, seed), Content.SPEECH) > 0.7


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_music_is_music(seed: int) -> None:
    assert share(music_like(8.0, seed), Content.MUSIC) > 0.7


@pytest.mark.parametrize(
    "surface", [Surface.METAL, Surface.WOOD, Surface.TILE, Surface.WATER, Surface.LEAVES]
)
def test_footsteps_are_neither(surface: Surface) -> None:
    assert share(synthetic_walk(surface, 12)[0]) == 0.0


def test_noise_silence_and_mains_hum_are_neither() -> None:
    dice = np.random.default_rng(1)
    assert share(0.1 * noise_of("pink", 5 * RATE_HZ, dice)) == 0.0
    assert share(np.zeros(5 * RATE_HZ)) == 0.0
    assert share(np.zeros(100)) == 0.0
    time_s = np.arange(5 * RATE_HZ) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * 50 * k * time_s) / k for k in range(1, 9))
    assert share(0.05 * hum + 1e-3 * noise_of("pink", time_s.size, dice)) == 0.0


@pytest.mark.parametrize("mains_hz", [50, 60])
@pytest.mark.parametrize("surface", [Surface.GRAVEL, Surface.CONCRETE, Surface.CARPET])
@pytest.mark.parametrize("level_db", [-50.0, -30.0])
def test_mains_hum_between_steps_is_no_music(
    mains_hz: int, surface: Surface, level_db: float
) -> None:
    """Steps break it off twice a second."""
    sound, _ = synthetic_walk(surface, 20)
    time_s = np.arange(sound.size) / RATE_HZ
    hum = sum(np.sin(2 * np.pi * mains_hz * k * time_s) / k for k in range(1, 8, 2))
    assert share(sound + np.abs(sound).max() * 10 ** (level_db / 20) * hum) == 0.0


def test_speech_beside_steps_is_where_it_is() -> None:
    sound, _ = synthetic_walk(Surface.GRAVEL, 20)
    speech = speech_like(3.0)
    sound[5 * RATE_HZ : 8 * RATE_HZ] += speech * 0.1 / speech.std() * sound.std() * 10
    spans = find_content(sound.astype(np.float32), RATE_HZ)
    assert spans
    assert spans[0].start_s == pytest.approx(5.0, abs=0.6)
    assert spans[-1].end_s == pytest.approx(8.0, abs=0.6)


@pytest.mark.parametrize("surface", [Surface.GRAVEL, Surface.CONCRETE, Surface.SNOW])
@pytest.mark.parametrize("under_db", [15, 20, 23])
def test_no_step_is_without_the_speech_that_it_drowns(surface: Surface, under_db: int) -> None:
    steps, times_s = synthetic_walk(surface, 20)
    speech = speech_like(steps.size / RATE_HZ + 0.1, seed=2)[: steps.size]
    speech *= steps.std() / speech.std() * 10 ** (-under_db / 20)
    spans = find_content((steps + speech).astype(np.float32), RATE_HZ)
    assert all(any(span.start_s <= time_s < span.end_s for span in spans) for time_s in times_s)
