from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from foley_audio.domain import pool as pool_module
from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.materials import load_materials
from foley_audio.domain.pool import FORBIDDEN, PooledVoice
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import FootstepCue, Placement, StepSpec
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface

RATE_HZ = 48_000


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    return Synthesizer(load_materials())


def cue(number: int, **changes: object) -> FootstepCue:
    plain = StepSpec(
        surface=Surface.WOOD,
        footwear=Footwear.SNEAKER,
        gait_kind=GaitKind.WALK,
        strike_pattern=None,
        strength=0.5,
        stance_time_s=USUAL_STANCE_S[GaitKind.WALK],
        side=Side.RIGHT if number % 2 else Side.LEFT,
        wet=False,
        seed=step_seed(3, f"t1-{number:05d}"),
    )
    spec = dataclasses.replace(plain, **changes)
    return FootstepCue(f"t1-{number:05d}", 1, 0.5 * number, 24_000 * number, spec, Placement())


def chosen(voice: PooledVoice, number: int) -> int:
    return voice._chosen[f"t1-{number:05d}"][0]


def test_none_of_the_last_four_is_played_again(synthesizer: Synthesizer) -> None:
    voice = PooledVoice(synthesizer, RATE_HZ, size=8)
    for i in range(200):
        voice(cue(i))
    order = [chosen(voice, i) for i in range(200)]
    assert set(order) == set(range(8))
    for i, one in enumerate(order):
        assert one not in order[max(0, i - FORBIDDEN) : i]


def test_no_two_are_paired_again_before_all_others_were(synthesizer: Synthesizer) -> None:
    size = FORBIDDEN + 2
    voice = PooledVoice(synthesizer, RATE_HZ, size=size)
    under: dict[int, list[int]] = {}
    for i in range(90):
        voice(cue(i))
        main, other = voice._chosen[f"t1-{i:05d}"]
        assert other != main
        under.setdefault(main, []).append(other)
    for others in under.values():
        assert len(others) > size
        for first in range(0, len(others), size - 1):
            turn = others[first : first + size - 1]
            assert len(set(turn)) == len(turn)


def test_the_same_cues_give_the_same_bytes_even_after_forgetting(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def played() -> list[bytes]:
        voice = PooledVoice(synthesizer, RATE_HZ, size=6)
        surfaces = itertools.cycle([Surface.WOOD, Surface.GRAVEL, Surface.TILE])
        return [voice(cue(i, surface=next(surfaces))).samples.tobytes() for i in range(40)]

    kept = played()
    monkeypatch.setattr(pool_module, "MOST_SAMPLES", 30_000)
    assert played() == kept


def test_a_cue_keeps_its_sound(synthesizer: Synthesizer) -> None:
    voice = PooledVoice(synthesizer, RATE_HZ, size=8)
    first = voice(cue(1)).samples.tobytes()
    voice(cue(2))
    assert voice(cue(1)).samples.tobytes() == first


def test_playings_of_one_pooled_step_differ(synthesizer: Synthesizer) -> None:
    voice = PooledVoice(synthesizer, RATE_HZ, size=FORBIDDEN + 2)
    sounds = [voice(cue(i)).samples for i in range(60)]
    same = [
        (a, b)
        for a, b in itertools.combinations(range(60), 2)
        if chosen(voice, a) == chosen(voice, b)
    ]
    highest = 0.0
    for a, b in same:
        fa, fb = (np.fft.rfft(sounds[k] / np.linalg.norm(sounds[k]), 1 << 16) for k in (a, b))
        highest = max(highest, float(np.abs(np.fft.irfft(fa * np.conj(fb))).max()))
    assert len(same) > 100
    assert highest < 0.97


@pytest.mark.parametrize("surface", Surface)
@pytest.mark.parametrize("gait_kind", [GaitKind.WALK, GaitKind.RUN, GaitKind.LANDING])
def test_playings_are_clean(
    synthesizer: Synthesizer, surface: Surface, gait_kind: GaitKind
) -> None:
    voice = PooledVoice(synthesizer, RATE_HZ)
    stance = USUAL_STANCE_S[gait_kind]
    for i, (strength, stretch) in enumerate(((0.0, 0.6), (1.0, 1.8))):
        sound = voice(
            cue(
                i,
                surface=surface,
                gait_kind=gait_kind,
                strength=strength,
                stance_time_s=stretch * stance,
            )
        )
        peak = np.abs(sound.samples).max()
        assert sound.samples.dtype == np.float32
        assert np.isfinite(sound.samples).all()
        assert 1e-4 < peak < 1.0
        assert abs(sound.samples.mean()) < 1e-4
        assert max(abs(sound.samples[0]), abs(sound.samples[-1])) < 1e-3 * peak


def test_strength_is_heard(synthesizer: Synthesizer) -> None:
    def energy(strength: float) -> float:
        voice = PooledVoice(synthesizer, RATE_HZ, size=8)
        sounds = [voice(cue(i, strength=strength)).samples for i in range(12)]
        return float(np.mean([s @ s for s in sounds]))

    levels = [energy(s) for s in (0.05, 0.3, 0.45, 0.6, 0.95)]
    assert all(a < b for a, b in itertools.pairwise(levels))


def test_a_longer_stance_rolls_longer(synthesizer: Synthesizer) -> None:
    voice = PooledVoice(synthesizer, RATE_HZ, size=8)
    short, long = (
        np.mean([voice(cue(100 * k + i, stance_time_s=s)).samples.size for i in range(12)])
        for k, s in enumerate((0.45, 0.9))
    )
    assert long > 1.15 * short


def test_a_pool_smaller_than_what_is_forbidden_is_refused(synthesizer: Synthesizer) -> None:
    with pytest.raises(ValueError, match="more than 5"):
        PooledVoice(synthesizer, RATE_HZ, size=FORBIDDEN + 1)
