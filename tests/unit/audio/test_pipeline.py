from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from foley_audio.domain.materials import load_materials
from foley_audio.domain.mix import Voices
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import Style
from foley_audio.pipeline import SynthesizedSound, Tools, synthesize
from foley_audio.programme.level import MOST_YIELD_DB
from foley_audio.programme.parking import Original
from foley_audio.render.room_response import room_response
from foley_common.channels import usual_layout
from foley_common.errors import RenderCancelled
from foley_common.footsteps import Footstep
from foley_common.sound import LoudnessPreset, OriginalSound
from support.audio import ground, read_wav, video_info, walk
from support.ebu_meter import EbuMeter

RATE_HZ = 48_000


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    return Synthesizer(load_materials())


def hiss(level: float = 0.02, seconds: float = 6.0, channels: int = 2) -> Original:
    def read(rate_hz: int, block: int) -> Iterator[np.ndarray]:
        sound = level * np.random.default_rng(5).standard_normal(
            (round(seconds * rate_hz), channels)
        )
        for start in range(0, len(sound), block):
            yield sound[start : start + block].astype(np.float32)

    return Original(usual_layout(channels), read)


def made(
    folder: Path,
    synthesizer: Synthesizer,
    style: Style,
    *,
    steps: tuple[Footstep, ...] | None = None,
    original: Original | None = None,
    block: int = 65_536,
    duration_s: float = 6.0,
) -> SynthesizedSound:
    folder.mkdir(exist_ok=True)
    return synthesize(
        walk(8) if steps is None else steps,
        ground(),
        video_info(duration_s),
        style,
        tools=Tools(Voices(synthesizer.voice(style.sample_rate_hz), {}, room_response), original),
        out_dir=folder,
        block_samples=block,
    )


def test_programme_is_as_long_as_the_video_and_keeps_its_ceiling(
    tmp_path: Path, synthesizer: Synthesizer
) -> None:
    sound = made(tmp_path, synthesizer, Style())
    mix, rate = read_wav(sound.mix)
    assert (rate, mix.shape) == (RATE_HZ, (6 * RATE_HZ, 2))
    meter = EbuMeter(rate)
    meter.add(mix.astype(np.float32))
    assert meter.true_peak_dbtp() <= -1.0
    assert meter.integrated_lufs() == pytest.approx(sound.loudness.integrated_lufs, abs=0.05)
    assert sound.loudness.limiter_reduction_db <= 6.0


def test_target_is_met_or_the_shortfall_is_said(tmp_path: Path, synthesizer: Synthesizer) -> None:
    for preset in LoudnessPreset:
        loudness = made(
            tmp_path, synthesizer, Style(loudness_preset=preset), original=hiss()
        ).loudness
        missing = loudness.target_lufs - loudness.integrated_lufs
        assert missing == pytest.approx(loudness.shortfall_lu, abs=0.11)
        assert loudness.true_peak_dbtp <= loudness.true_peak_ceiling_dbtp


def test_a_programme_with_body_meets_its_target(tmp_path: Path, synthesizer: Synthesizer) -> None:
    loudness = made(tmp_path, synthesizer, Style(), steps=(), original=hiss(0.1)).loudness
    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.5)
    assert loudness.shortfall_lu == 0.0


@pytest.mark.parametrize("level", [0.02, 0.2])
def test_hard_steps_do_not_keep_an_original_below_the_target(
    tmp_path: Path, synthesizer: Synthesizer, level: float
) -> None:
    """Their peaks did: they stood as far above the original as ever, and the limiter may take no more."""
    sound = made(tmp_path, synthesizer, Style(), original=hiss(level))
    mix, rate = read_wav(sound.mix)
    meter = EbuMeter(rate)
    meter.add(mix.astype(np.float32))
    assert meter.integrated_lufs() == pytest.approx(-23.0, abs=0.2)
    assert meter.true_peak_dbtp() <= -1.0
    assert sound.loudness.limiter_reduction_db <= 6.0
    alone = made(tmp_path / "alone", synthesizer, Style())
    assert sound.foley_gain_db == pytest.approx(alone.foley_gain_db, abs=1.0)  # no softer heard


@pytest.mark.parametrize("level", [0.005, 0.1])
def test_steps_give_way_no_further_than_their_limit(
    tmp_path: Path, synthesizer: Synthesizer, level: float
) -> None:
    cinema, loudest = (
        made(tmp_path / preset, synthesizer, Style(loudness_preset=preset), original=hiss(level))
        for preset in (LoudnessPreset.CINEMA, LoudnessPreset.STREAMING_14)
    )
    assert cinema.loudness.shortfall_lu == 0.0
    asked_db = cinema.foley_gain_db - cinema.original_gain_db
    gave_db = asked_db - (loudest.foley_gain_db - loudest.original_gain_db)
    assert loudest.loudness.shortfall_lu > 0.0
    assert gave_db == pytest.approx(MOST_YIELD_DB, abs=1e-6)


def test_steps_do_not_give_way_to_an_original_that_is_itself_too_soft_for_the_target(
    tmp_path: Path, synthesizer: Synthesizer
) -> None:
    """One crack in six seconds: softer steps would leave the programme as far below as it is."""

    def read(rate_hz: int, block: int) -> Iterator[np.ndarray]:
        sound = np.zeros((6 * rate_hz, 2), np.float32)
        sound[round(5.5 * rate_hz)] = 0.2
        for start in range(0, len(sound), block):
            yield sound[start : start + block]

    sound = made(tmp_path, synthesizer, Style(), original=Original(usual_layout(2), read))
    alone = made(tmp_path / "alone", synthesizer, Style())
    assert sound.loudness.shortfall_lu > 2.0
    balance_db = sound.foley_gain_db - sound.original_gain_db
    assert balance_db == pytest.approx(alone.foley_gain_db - alone.loudness.gain_db, abs=0.001)


@pytest.mark.parametrize("block", [4_096, 50_001, 10**7])
def test_bytes_are_the_same_for_every_block_size(
    tmp_path: Path, synthesizer: Synthesizer, block: int
) -> None:
    style = Style(seed=3, original_sound=OriginalSound.DUCK)
    whole = made(tmp_path / "a", synthesizer, style, original=hiss())
    again = made(tmp_path / "b", synthesizer, style, original=hiss(), block=block)
    assert whole.mix.read_bytes() == again.mix.read_bytes()
    assert whole.foley.read_bytes() == again.foley.read_bytes()
    assert whole.cues.read_bytes() == again.cues.read_bytes()


def test_the_mix_is_the_footsteps_plus_the_original(
    tmp_path: Path, synthesizer: Synthesizer
) -> None:
    """What the mix holds beyond the footsteps is the original, scaled by the programme's gain where nothing limits."""
    sound = made(tmp_path, synthesizer, Style(), original=hiss())
    mix, _ = read_wav(sound.mix)
    foley, _ = read_wav(sound.foley)
    original = np.concatenate(list(hiss().read(RATE_HZ, 65_536)))
    start = slice(0, RATE_HZ // 4)  # before the first step
    expected = original[start] * 10 ** (sound.loudness.gain_db / 20)
    np.testing.assert_allclose((mix - foley)[start], expected, atol=1e-5)


def test_drop_leaves_the_original_out(tmp_path: Path, synthesizer: Synthesizer) -> None:
    sound = made(tmp_path, synthesizer, Style(original_sound=OriginalSound.DROP), original=hiss())
    assert sound.mix.read_bytes() == sound.foley.read_bytes()


def test_duck_lowers_the_original_under_steps_only(
    tmp_path: Path, synthesizer: Synthesizer
) -> None:
    steps = (walk(1, first_s=3.0)[0],)
    parts = {}
    for way in (OriginalSound.KEEP, OriginalSound.DUCK):
        sound = made(
            tmp_path / way.value,
            synthesizer,
            Style(original_sound=way),
            steps=steps,
            original=hiss(),
        )
        rest = read_wav(sound.mix)[0] - read_wav(sound.foley)[0]
        parts[way] = rest / 10 ** (sound.loudness.gain_db / 20)
    under, before = slice(int(3.05 * RATE_HZ), int(3.1 * RATE_HZ)), slice(RATE_HZ, 2 * RATE_HZ)
    keep, duck = parts[OriginalSound.KEEP], parts[OriginalSound.DUCK]
    assert np.std(duck[before]) == pytest.approx(np.std(keep[before]), rel=0.01)
    assert np.std(duck[under]) == pytest.approx(np.std(keep[under]) * 10 ** (-9 / 20), rel=0.05)


def test_a_short_original_is_followed_by_silence(tmp_path: Path, synthesizer: Synthesizer) -> None:
    sound = made(tmp_path, synthesizer, Style(), steps=(), original=hiss(seconds=2.0))
    mix, _ = read_wav(sound.mix)
    assert mix.shape[0] == 6 * RATE_HZ
    assert not mix[int(2.1 * RATE_HZ) :].any()


def test_nothing_at_all_is_silence(tmp_path: Path, synthesizer: Synthesizer) -> None:
    sound = made(tmp_path, synthesizer, Style(), steps=())
    mix, _ = read_wav(sound.mix)
    assert not mix.any()
    assert sound.loudness.silent
    assert sound.loudness.shortfall_lu == 0.0


def test_a_video_of_one_frame(tmp_path: Path, synthesizer: Synthesizer) -> None:
    steps = (walk(1, first_s=0.0)[0],)
    sound = made(tmp_path, synthesizer, Style(), steps=steps, duration_s=1 / 30)
    assert read_wav(sound.mix)[0].shape == (1_600, 2)


def test_cues_say_what_was_placed_where(tmp_path: Path, synthesizer: Synthesizer) -> None:
    sound = made(tmp_path, synthesizer, Style(seed=4))
    document = json.loads(sound.cues.read_text())
    assert document["channel_layout"] == "stereo"
    assert document["original_gain_db"] == sound.original_gain_db
    assert document["foley_gain_db"] == sound.foley_gain_db != 0.0
    assert document["sample_rate_hz"] == RATE_HZ
    assert document["total_samples"] == 6 * RATE_HZ
    cue = document["cues"][0]
    assert {
        "footstep_id",
        "onset_sample",
        "intensity",
        "pan",
        "surface",
        "footwear",
        "seed",
    } <= set(cue)
    assert cue["onset_sample"] == 24_000


def test_96_khz(tmp_path: Path, synthesizer: Synthesizer) -> None:
    sound = made(tmp_path, synthesizer, Style(sample_rate_hz=96_000))
    mix, rate = read_wav(sound.mix)
    assert (rate, mix.shape[0]) == (96_000, 6 * 96_000)
    assert sound.placed[0].onset_sample == 48_000


def test_progress_counts_on_and_can_stop_the_work(tmp_path: Path, synthesizer: Synthesizer) -> None:
    seen: list[tuple[int, int, str]] = []

    def note(done: int, total: int, unit: str) -> None:
        seen.append((done, total, unit))
        if unit == "seconds of sound" and stop:
            raise RenderCancelled("enough")

    stop = False
    tools = Tools(Voices(synthesizer.voice(RATE_HZ), {}, room_response), None)
    synthesize(
        walk(8), ground(), video_info(), Style(), tools=tools, out_dir=tmp_path, on_progress=note
    )
    done = [item[0] for item in seen]
    assert done == sorted(done)
    assert seen[-1][0] == seen[-1][1]
    assert {item[2] for item in seen} == {"steps", "seconds of sound"}
    stop = True
    with pytest.raises(RenderCancelled):
        synthesize(
            walk(8),
            ground(),
            video_info(),
            Style(),
            tools=tools,
            out_dir=tmp_path,
            on_progress=note,
        )
