"""Mains hum is taken off where it is most of what is there; everything else stays as it is."""

from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.hum import without_hum
from foley_audio.domain.segmentation import scan
from foley_common.surfaces import Surface
from support.steps import RATE_HZ, hum_like, music_like, noise_of, speech_like, synthetic_walk


def level_db(sound: np.ndarray) -> float:
    return 10 * float(np.log10((sound.astype(np.float64) ** 2).mean()))


@pytest.mark.parametrize("mains_hz", [49.93, 60.04])
@pytest.mark.parametrize("hum_db", [-50.0, -30.0])
def test_hum_goes_and_steps_stay(mains_hz: float, hum_db: float) -> None:
    steps = 4 * synthetic_walk(Surface.GRAVEL, 14, noise_db=-80.0)[0]
    hum = hum_like(steps.size, mains_hz, hum_db)
    left = without_hum((steps + hum).astype(np.float32), RATE_HZ) - steps
    assert level_db(left) < min(hum_db - 35.0, -80.0)


@pytest.mark.parametrize(
    "sound",
    [
        synthetic_walk(Surface.WOOD, 8)[0],
        synthetic_walk(Surface.METAL, 8, noise_db=-50.0)[0],
        0.1 * noise_of("pink", 6 * RATE_HZ, np.random.default_rng(1)),
        speech_like(6.0),
        music_like(6.0),
        np.zeros(6 * RATE_HZ),
        np.eye(1, 6 * RATE_HZ, 3 * RATE_HZ)[0],
        hum_like(RATE_HZ, 50.0, -30.0),  # too short to tell a line from a thump
        hum_like(6 * RATE_HZ, 55.0, -30.0),  # no mains
    ],
    ids=["walk", "metal", "pink", "speech", "music", "silence", "click", "short", "55 Hz"],
)
def test_what_is_no_hum_stays_sample_by_sample(sound: np.ndarray) -> None:
    given = sound.astype(np.float32)
    assert without_hum(given, RATE_HZ) is given


def test_steps_in_hum_are_found_and_measured_as_without() -> None:
    steps = 4 * synthetic_walk(Surface.CONCRETE, 14)[0]
    loud = steps + hum_like(steps.size, 50.02, -30.0)
    (clean,), (hummed,) = ([*scan([sound.astype(np.float32)], RATE_HZ)] for sound in (steps, loud))
    assert len(hummed.steps) == len(clean.steps) >= 12
    for one, other in zip(clean.steps, hummed.steps, strict=True):
        assert other.span.contact == pytest.approx(one.span.contact, abs=0.002 * RATE_HZ)
        assert other.level_db == pytest.approx(one.level_db, abs=0.2)
        assert other.noise_db == pytest.approx(one.noise_db, abs=1.0)
