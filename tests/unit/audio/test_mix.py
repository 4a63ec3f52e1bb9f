from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from foley_audio.domain.cues import make_cues
from foley_audio.domain.mix import DUCK_DEPTH_DB, Ducking, as_stereo, foley_blocks
from foley_audio.domain.types import FootstepCue, StepSound, Style
from support.audio import ground, video_info, walk

RATE_HZ = 48_000


def impulse(_cue: FootstepCue) -> StepSound:
    samples = np.zeros(1_000, dtype=np.float32)
    samples[137] = 1.0
    return StepSound(samples, 137)


def noise(cue: FootstepCue) -> StepSound:
    dice = np.random.default_rng(cue.spec.seed)
    return StepSound(dice.standard_normal(30_000).astype(np.float32), 700)


def bus(cues: list[FootstepCue], voice: object, total: int, block: int) -> np.ndarray:
    blocks = foley_blocks(
        cues,
        voice,  # type: ignore[arg-type]
        total_samples=total,
        sample_rate_hz=RATE_HZ,
        block_samples=block,
    )
    return np.concatenate(list(blocks))


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_a_unit_impulse_stands_exactly_on_every_contact(rate_hz: int) -> None:
    times_s = np.sort(np.random.default_rng(1).uniform(0.1, 59.0, 200))
    step = walk(1)[0]
    steps = [
        dataclasses.replace(
            step, footstep_id=f"s{i}", initial_contact_time_s=float(t), toe_off_time_s=None
        )
        for i, t in enumerate(times_s)
    ]
    cues = make_cues(steps, ground(), video_info(60.0), Style(sample_rate_hz=rate_hz))
    blocks = foley_blocks(
        cues, impulse, total_samples=60 * rate_hz, sample_rate_hz=rate_hz, block_samples=10_007
    )
    found = np.flatnonzero(np.concatenate(list(blocks)).sum(axis=1))
    np.testing.assert_array_equal(found, np.unique([int(t * rate_hz + 0.5) for t in times_s]))


@pytest.mark.parametrize("block", [1_000, 4_096, 77_777, 10**7])
def test_the_result_is_the_same_for_every_block_size(block: int) -> None:
    cues = make_cues(walk(20, step_time_s=0.1), ground(), video_info(4.0), Style())
    whole = bus(cues, noise, 4 * RATE_HZ, 65_536)
    np.testing.assert_array_equal(bus(cues, noise, 4 * RATE_HZ, block), whole)


def test_steps_at_the_borders_are_cut_not_moved() -> None:
    first = dataclasses.replace(walk(1)[0], initial_contact_time_s=0.0, toe_off_time_s=None)
    last = dataclasses.replace(first, footstep_id="z", initial_contact_time_s=0.9999)
    cues = make_cues((first, last), ground(), video_info(1.0), Style())
    sound = bus(cues, impulse, RATE_HZ, 4_096)
    assert sound.shape == (RATE_HZ, 2)
    assert sound[0].sum() > 1.0
    assert np.abs(sound[-1]).max() < 0.05  # the end of the programme fades


def test_every_step_is_made_once() -> None:
    cues = make_cues(walk(8), ground(), video_info(), Style())
    made: list[str] = []

    def counting(cue: FootstepCue) -> StepSound:
        made.append(cue.footstep_id)
        return impulse(cue)

    bus(cues, counting, 6 * RATE_HZ, 1_024)
    assert made == [cue.footstep_id for cue in cues]


def test_no_cues_is_silence() -> None:
    assert not bus([], impulse, 1_000, 300).any()


def test_mono_keeps_its_power() -> None:
    mono = np.random.default_rng(0).standard_normal((1_000, 1)).astype(np.float32)
    assert np.sum(as_stereo(mono) ** 2) == pytest.approx(np.sum(mono**2), rel=1e-5)


def test_stereo_is_untouched() -> None:
    stereo = np.random.default_rng(0).standard_normal((100, 2)).astype(np.float32)
    assert as_stereo(stereo) is stereo


def test_five_one_folds_centre_and_surrounds_in_and_leaves_the_lfe_out() -> None:
    half = np.sqrt(0.5)
    for channel, expected in enumerate(
        [(1, 0), (0, 1), (half, half), (0, 0), (half, 0), (0, half)]
    ):
        block = np.zeros((1, 6), dtype=np.float32)
        block[0, channel] = 1.0
        assert as_stereo(block)[0] == pytest.approx(expected, abs=1e-6)


def test_ducking_is_down_at_the_contact_and_up_afterwards() -> None:
    duck = Ducking([RATE_HZ], RATE_HZ)
    gain = duck.gain(0, 3 * RATE_HZ)
    assert gain[RATE_HZ] == pytest.approx(10 ** (DUCK_DEPTH_DB / 20))
    assert gain[: RATE_HZ - 2_000].min() == 1.0
    assert gain[2 * RATE_HZ :].min() == 1.0
    assert np.abs(np.diff(gain)).max() < 1e-3  # no steps in the gain


def test_ducking_does_not_depend_on_blocks() -> None:
    duck = Ducking([5_000, 9_000, 40_000], RATE_HZ)
    pieces = [duck.gain(start, min(60_000, start + 777)) for start in range(0, 60_000, 777)]
    np.testing.assert_array_equal(np.concatenate(pieces), duck.gain(0, 60_000))
