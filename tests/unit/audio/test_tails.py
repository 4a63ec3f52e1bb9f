"""How a programme goes on after its picture: as it would have, in files beside the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from foley_audio.domain.mix import PROGRAMME_FADE_S, TAIL_LEAD_S, LayerVoice, Voices
from foley_audio.domain.types import Style
from foley_audio.pipeline import SynthesizedSound, Tools, synthesize
from foley_audio.programme.parking import Original
from foley_audio.render.room_response import room_response
from foley_common.channels import STEREO
from foley_common.footsteps import Footstep
from foley_common.sound import LoudnessPreset, OriginalSound, Room, SampleFormat, StemKind
from support.audio import ground, oversampled_peak_db, read_wav, rustle, thud, video_info, walk

RATE_HZ = 48_000
SECONDS = 4.0
LEAD = round(TAIL_LEAD_S * RATE_HZ)
STUDIO = Style(
    seed=3,
    room=Room.SMALL,
    stems=True,
    original_sound=OriginalSound.DUCK,
    loudness_preset=LoudnessPreset.STREAMING_14,  # so that the limiter works
)
QUIET = Style(room=Room.HALL, sample_format=SampleFormat.FLOAT_32)


def steps_to(last_s: float, strength: float = 0.5) -> list[Footstep]:
    """Six steps, the last one at a time."""
    return list(walk(6, first_s=last_s - 5 * 0.55, step_time_s=0.55, strength=strength))


def noise(seconds: float) -> Original:
    def read(_rate_hz: int, block: int) -> Iterator[np.ndarray]:
        dice = np.random.default_rng(5)
        sound = (0.05 * dice.standard_normal((round(seconds * RATE_HZ), 2))).astype(np.float32)
        for start in range(0, len(sound), block):
            yield sound[start : start + block]

    return Original(STEREO, read)


def made(
    folder: Path,
    style: Style,
    steps: Sequence[Footstep],
    *,
    original: Original | None = None,
    seconds: float = SECONDS,
    block: int = 65_536,
    layers: dict[StemKind, LayerVoice] | None = None,
    with_tails: bool = True,
) -> SynthesizedSound:
    folder.mkdir()
    return synthesize(
        steps,
        ground(),
        video_info(seconds),
        style,
        tools=Tools(
            Voices(partial(thud, decay_samples=3_000), layers or {}, room_response), original
        ),
        out_dir=folder,
        block_samples=block,
        with_tails=with_tails,
    )


def wholes(sound: SynthesizedSound) -> list[Path]:
    return [sound.mix, sound.foley, *(stem.path for stem in sound.stems)]


def going_on(file: Path, tail: Path) -> np.ndarray:
    """A file with its tail in place, shape ``(n, 2)``."""
    before, _ = read_wav(file)
    return np.concatenate([before[: len(before) - LEAD], read_wav(tail)[0]])


@pytest.mark.parametrize("last_s", [SECONDS - 0.1, SECONDS - 0.001])
def test_what_sounds_on_is_what_would_have_sounded_in_a_longer_picture(
    tmp_path: Path, last_s: float
) -> None:
    steps = steps_to(last_s, strength=0.01)
    sound = made(tmp_path / "a", QUIET, steps, original=noise(SECONDS))
    longer = made(tmp_path / "b", QUIET, steps, original=noise(9.0), seconds=9.0, with_tails=False)
    assert sound.loudness.limiter_reduction_db == longer.loudness.limiter_reduction_db == 0.0
    assert not longer.tails
    found = going_on(sound.foley, sound.tails[1]) / 10 ** (sound.foley_gain_db / 20)
    expected = read_wav(longer.foley)[0] / 10 ** (longer.foley_gain_db / 20)
    np.testing.assert_allclose(found[: len(expected)], expected[: len(found)], atol=3e-7)
    assert not expected[len(found) :].any()  # it ends where nothing sounds any more
    end = round(SECONDS * RATE_HZ)
    energy = [float(np.sum(found[end + at : end + at + 9_600] ** 2)) for at in (0, 9_600, 48_000)]
    assert energy[0] > 10 * energy[1] > 100 * energy[2] > 0.0  # the step's tail, then the hall's


def test_the_original_ends_with_the_picture(tmp_path: Path) -> None:
    sound = made(tmp_path / "a", QUIET, steps_to(3.9), original=noise(9.0))
    mix, foley = (read_wav(tail)[0] for tail in sound.tails)
    assert np.abs(mix[:LEAD] - foley[:LEAD]).max() > 0.01
    np.testing.assert_array_equal(mix[LEAD:], foley[LEAD:])


def test_the_files_of_the_picture_stay_as_they_are(tmp_path: Path) -> None:
    with_tails, without = (
        made(tmp_path / name, STUDIO, steps_to(3.9), original=noise(SECONDS), with_tails=wanted)
        for name, wanted in (("a", True), ("b", False))
    )
    assert [file.read_bytes() for file in wholes(with_tails)] == [
        file.read_bytes() for file in wholes(without)
    ]
    assert with_tails.cues.read_bytes() == without.cues.read_bytes()
    assert with_tails.loudness == without.loudness
    assert len(with_tails.tails) == len(wholes(with_tails))
    assert not (tmp_path / "b" / "tails").exists()
    assert not list(tmp_path.rglob("*.f32"))


@pytest.mark.parametrize("kind", SampleFormat)
def test_stems_add_up_after_the_picture_and_nothing_is_too_loud_there(
    tmp_path: Path, kind: SampleFormat
) -> None:
    style = dataclasses.replace(STUDIO, sample_format=kind)
    sound = made(
        tmp_path / "a",
        style,
        steps_to(SECONDS - 0.002, strength=1.0),  # its loudest part is not in the picture
        original=noise(SECONDS),
        layers={StemKind.CLOTH: partial(rustle, sample_count=60_000)},
    )
    assert sound.loudness.limiter_reduction_db > 1.0
    mix, foley, *stems = (going_on(*pair) for pair in zip(wholes(sound), sound.tails, strict=True))
    assert [stem.stem.name for stem in sound.stems] == [
        *("track-1-left", "track-1-right", "track-1-cloth", "room", "original")
    ]
    end = round(SECONDS * RATE_HZ)
    assert all(np.abs(stem[end:]).max() > 1e-4 for stem in stems[1:-1])
    assert np.abs(mix[end:]).max() > 0.5
    assert np.abs(sum(stems) - mix).max() < 10 ** (-120 / 20)
    assert np.abs(sum(stems[:-1]) - foley).max() < 10 ** (-120 / 20)
    assert oversampled_peak_db(mix) <= -1.0


def test_the_border_does_not_click(tmp_path: Path) -> None:
    """Up to the fade at the picture's end, and what the limiter sees of it, both files say the same."""
    sound = made(tmp_path / "a", STUDIO, steps_to(3.9), original=noise(SECONDS))
    same = LEAD - round((PROGRAMME_FADE_S + 0.005) * RATE_HZ)
    assert same > 0
    for file, tail in zip(wholes(sound), sound.tails, strict=True):
        before, after = read_wav(file)[0][-LEAD:], read_wav(tail)[0]
        np.testing.assert_allclose(after[:same], before[:same], atol=2**-23)
    faded, whole = read_wav(sound.foley)[0][-48:], read_wav(sound.tails[1])[0][LEAD - 48 : LEAD]
    assert np.std(whole) > 3 * np.std(faded) > 0.0


@pytest.mark.parametrize("block", [4_096, 50_001, 10**7])
def test_bytes_are_the_same_for_every_block_size(tmp_path: Path, block: int) -> None:
    whole, again = (
        made(
            tmp_path / name,
            STUDIO,
            steps_to(3.9, strength=1.0),
            original=noise(SECONDS),
            block=size,
        )
        for name, size in (("a", 65_536), ("b", block))
    )
    assert [tail.read_bytes() for tail in whole.tails] == [
        tail.read_bytes() for tail in again.tails
    ]


@pytest.mark.parametrize("seconds", [0.015, 0.5])
@pytest.mark.parametrize("sample_rate_hz", [48_000, 96_000])
def test_a_picture_hardly_longer_than_a_step(
    tmp_path: Path, seconds: float, sample_rate_hz: int
) -> None:
    """Shorter than the part that a tail begins before the end: then it begins at the start."""
    style = dataclasses.replace(STUDIO, sample_rate_hz=sample_rate_hz)
    sound = made(tmp_path / "a", style, walk(1, first_s=0.0), seconds=seconds)
    lead = min(round(seconds * sample_rate_hz), round(TAIL_LEAD_S * sample_rate_hz))
    mix, _ = read_wav(sound.tails[0])
    stems = [read_wav(tail)[0] for tail in sound.tails[2:]]
    assert len(mix) > lead + 0.4 * RATE_HZ
    assert np.abs(sum(stems) - mix).max() < 10 ** (-120 / 20)


def test_where_nothing_sounds_on_a_tail_is_the_end_of_the_picture(tmp_path: Path) -> None:
    style = dataclasses.replace(STUDIO, room=Room.NONE)
    sound = made(tmp_path / "a", style, steps_to(3.0), original=noise(SECONDS))
    for file, tail in zip(wholes(sound), sound.tails, strict=True):
        np.testing.assert_array_equal(read_wav(tail)[0], read_wav(file)[0][-LEAD:])


def test_a_grid_block_that_ends_with_the_picture(tmp_path: Path) -> None:
    """Rooms work on blocks of 131,072 samples from the start: the tail reaches into the one before."""
    seconds = (1 << 18) / RATE_HZ
    steps = steps_to(seconds - 0.1, strength=0.01)
    sound = made(tmp_path / "a", QUIET, steps, original=noise(seconds), seconds=seconds)
    longer = made(tmp_path / "b", QUIET, steps, original=noise(9.0), seconds=9.0)
    found = going_on(sound.foley, sound.tails[1]) / 10 ** (sound.foley_gain_db / 20)
    expected = read_wav(longer.foley)[0] / 10 ** (longer.foley_gain_db / 20)
    np.testing.assert_allclose(found, expected[: len(found)], atol=3e-7)
