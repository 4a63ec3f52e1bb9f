"""What an editor gets: channels, stems that add up, formats, levels that bring the original back, the same bytes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from foley_audio.domain.mix import LayerVoice, Voices
from foley_audio.domain.space import PERSPECTIVE_LEVEL_DB
from foley_audio.domain.types import (
    DuckingShape,
    FootstepCue,
    StepSound,
    Style,
)
from foley_audio.pipeline import SynthesizedSound, Tools, synthesize
from foley_audio.programme.parking import Original
from foley_audio.render.room_response import room_response
from foley_common.channels import STEREO, ChannelLayout, layout_of, usual_layout
from foley_common.footsteps import Footstep
from foley_common.sound import (
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    StemKind,
)
from support.audio import ground, oversampled_peak_db, read_wav, rustle, thud, video_info, walk
from support.ebu_meter import EbuMeter

RATE_HZ = 48_000
SIDE_5_1 = layout_of("5.1(side)", ("FL", "FR", "FC", "LFE", "SL", "SR"))


def recording(
    layout: ChannelLayout = STEREO,
    *,
    level: float = 0.02,
    seconds: float = 6.0,
    sound: np.ndarray | None = None,
) -> Original:
    """Another noise in every channel."""
    if sound is None:
        dice = np.random.default_rng(5)
        count = round(seconds * RATE_HZ)
        sound = (level * dice.standard_normal((count, layout.channel_count))).astype(np.float32)

    def read(_rate_hz: int, block: int) -> Iterator[np.ndarray]:
        for start in range(0, len(sound), block):
            yield sound[start : start + block]

    return Original(layout, read)


def source_of(original: Original) -> np.ndarray:
    return np.concatenate(list(original.read(RATE_HZ, 1 << 20)))


def made(
    folder: Path,
    style: Style,
    *,
    original: Original | None = None,
    steps: Sequence[Footstep] | None = None,
    layers: dict[StemKind, LayerVoice] | None = None,
    block: int = 65_536,
    seconds: float = 6.0,
) -> SynthesizedSound:
    folder.mkdir(exist_ok=True, parents=True)
    return synthesize(
        [*walk(8), *walk(5, track_id=2, first_s=0.8)] if steps is None else steps,
        ground(),
        video_info(seconds),
        style,
        tools=Tools(Voices(thud, layers or {}, room_response), original),
        out_dir=folder,
        block_samples=block,
    )


def files_of(sound: SynthesizedSound) -> list[bytes]:
    paths = [sound.mix, sound.foley, sound.cues, *(stem.path for stem in sound.stems)]
    return [path.read_bytes() for path in paths]


def worst_db(difference: np.ndarray) -> float:
    return 20 * np.log10(float(np.abs(difference).max()) + 1e-12)


STUDIO = Style(
    seed=3,
    room=Room.SMALL,
    stems=True,
    original_sound=OriginalSound.DUCK,
    loudness_preset=LoudnessPreset.STREAMING_14,  # so that the limiter works
)


@pytest.mark.parametrize("kind", SampleFormat)
@pytest.mark.parametrize("layout", [STEREO, usual_layout(1), SIDE_5_1, usual_layout(8)])
def test_stems_add_up_to_the_mix(tmp_path: Path, layout: ChannelLayout, kind: SampleFormat) -> None:
    style = dataclasses.replace(STUDIO, sample_format=kind)
    sound = made(tmp_path, style, original=recording(layout), layers={StemKind.CLOTH: rustle})
    assert sound.loudness.limiter_reduction_db > 1.0
    mix, _ = read_wav(sound.mix)
    foley, _ = read_wav(sound.foley)
    stems = {stem.stem.name: read_wav(stem.path)[0] for stem in sound.stems}
    assert list(stems) == [
        *("track-1-left", "track-1-right", "track-2-left", "track-2-right"),
        *("track-1-cloth", "track-2-cloth", "room", "original"),
    ]
    assert all(np.abs(stem).max() > 1e-4 for stem in stems.values())
    assert worst_db(sum(stems.values()) - mix) < -120.0
    original = stems.pop("original")
    assert worst_db(sum(stems.values()) - foley) < -120.0
    assert worst_db(mix - foley - original) < -130.0


def test_stems_of_a_crowd_add_up_in_24_bit(tmp_path: Path) -> None:
    """Rounding adds up: 2⁻²⁴ a stem at most, so that −90 dBFS would hold for 500 of them."""
    steps = [s for track in range(1, 21) for s in walk(4, track_id=track, first_s=0.05 * track)]
    sound = made(tmp_path, STUDIO, steps=steps, original=recording(), seconds=3.0)
    assert len(sound.stems) == 42
    mix, _ = read_wav(sound.mix)
    total = np.sum([read_wav(stem.path)[0] for stem in sound.stems], axis=0)
    assert worst_db(total - mix) < -110.0


def test_asking_for_stems_does_not_change_the_mix(tmp_path: Path) -> None:
    without = dataclasses.replace(STUDIO, stems=False)
    plain = made(tmp_path / "a", without, original=recording())
    split = made(tmp_path / "b", STUDIO, original=recording())
    assert not plain.stems
    assert files_of(plain) == files_of(split)[:3]


def test_stems_say_whose_they_are(tmp_path: Path) -> None:
    sound = made(tmp_path, STUDIO, original=recording())
    kinds = {stem.stem.name: stem.stem for stem in sound.stems}
    assert kinds["track-2-right"].track_id == 2
    assert kinds["track-2-right"].side is not None
    assert kinds["room"].kind is StemKind.ROOM
    assert kinds["room"].gain_db == kinds["track-1-left"].gain_db == sound.foley_gain_db
    assert kinds["original"].gain_db == sound.original_gain_db


@pytest.mark.parametrize("block", [4_096, 50_001, 10**7])
@pytest.mark.parametrize("layout", [STEREO, SIDE_5_1])
def test_bytes_are_the_same_for_every_block_size(
    tmp_path: Path, layout: ChannelLayout, block: int
) -> None:
    """With room, ducking, stems and limiter."""
    whole = made(tmp_path / "a", STUDIO, original=recording(layout))
    again = made(tmp_path / "b", STUDIO, original=recording(layout), block=block)
    assert files_of(whole) == files_of(again)
    assert whole.loudness == again.loudness


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    first = made(tmp_path / "a", STUDIO)
    assert files_of(first) == files_of(made(tmp_path / "b", STUDIO))
    other = made(tmp_path / "c", dataclasses.replace(STUDIO, seed=4))
    assert first.mix.read_bytes() != other.mix.read_bytes()


@pytest.mark.parametrize(
    ("layout", "name", "channels"),
    [
        (usual_layout(1), "stereo", 2),
        (STEREO, "stereo", 2),
        (usual_layout(3), "2.1", 3),
        (usual_layout(4), "quad", 4),
        (SIDE_5_1, "5.1(side)", 6),
        (usual_layout(8), "7.1", 8),
        (ChannelLayout("16 channels", ("NONE",) * 16), "stereo", 2),
    ],
)
def test_the_original_keeps_its_channels(
    tmp_path: Path, layout: ChannelLayout, name: str, channels: int
) -> None:
    sound = made(tmp_path, Style(), original=recording(layout))
    assert sound.channel_layout == name
    mix, _ = read_wav(sound.mix)
    assert mix.shape == (6 * RATE_HZ, channels)
    if channels > 2:
        assert soundfile.info(sound.mix).format == "WAVEX"


def test_without_the_original_the_programme_is_stereo(tmp_path: Path) -> None:
    style = Style(original_sound=OriginalSound.DROP)
    sound = made(tmp_path, style, original=recording(SIDE_5_1))
    assert sound.channel_layout == "stereo"
    assert sound.original_gain_db == 0.0
    assert sound.mix.read_bytes() == sound.foley.read_bytes()


@pytest.mark.parametrize("layout", [usual_layout(1), STEREO, usual_layout(4), usual_layout(8)])
def test_the_printed_gain_brings_the_source_back(tmp_path: Path, layout: ChannelLayout) -> None:
    """Where nothing limits, the original stem divided by its gain is the source, sample by sample."""
    original = recording(layout, level=0.05)
    style = Style(stems=True, sample_format=SampleFormat.FLOAT_32)
    sound = made(tmp_path, style, original=original, steps=walk(3, strength=0.05))
    assert sound.loudness.limiter_reduction_db == 0.0
    stem, _ = read_wav(sound.stems[-1].path)
    back = stem / 10 ** (sound.original_gain_db / 20)
    np.testing.assert_allclose(back, np.broadcast_to(source_of(original), back.shape), atol=3e-7)


def test_footsteps_stand_in_front_and_in_the_centre(tmp_path: Path) -> None:
    quiet = recording(SIDE_5_1, level=0.0)
    middle = [dataclasses.replace(step, x_px=320.0) for step in walk(6)]
    foley, _ = read_wav(made(tmp_path / "a", Style(), original=quiet, steps=middle).foley)
    assert np.abs(foley[:, 2]).max() > 0.05
    assert not foley[:, [0, 1, 3, 4, 5]].any()
    left = [dataclasses.replace(step, x_px=0.0) for step in walk(6)]
    foley, _ = read_wav(made(tmp_path / "b", Style(), original=quiet, steps=left).foley)
    assert np.abs(foley[:, 0]).max() > np.abs(foley[:, 2]).max() > 0
    assert not foley[:, [1, 3, 4, 5]].any()


def test_loudness_counts_surrounds_more_and_the_lfe_not(tmp_path: Path) -> None:
    """Against pyloudnorm, which weighs the fourth and fifth channel of five as surrounds."""
    dice = np.random.default_rng(1)
    sound = (0.03 * dice.standard_normal((6 * RATE_HZ, 6))).astype(np.float32)
    sound[:, 3] *= 3  # the LFE: would add 6 dB
    result = made(tmp_path, Style(), original=recording(SIDE_5_1, sound=sound), steps=())
    mix, _ = read_wav(result.mix)
    reference = pyloudnorm.Meter(RATE_HZ).integrated_loudness(mix[:, [0, 1, 2, 4, 5]])
    assert reference == pytest.approx(-23.0, abs=0.1)
    assert result.loudness.integrated_lufs == pytest.approx(reference, abs=0.1)


@pytest.mark.parametrize("preset", LoudnessPreset)
@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
def test_loudness_and_peak_by_other_meters(
    tmp_path: Path, preset: LoudnessPreset, rate_hz: int
) -> None:
    style = Style(loudness_preset=preset, sample_rate_hz=rate_hz, room=Room.MEDIUM)
    dice = np.random.default_rng(5)
    bed = (0.1 * dice.standard_normal((6 * rate_hz, 2))).astype(np.float32)
    sound = made(tmp_path, style, original=recording(sound=bed))
    mix, rate = read_wav(sound.mix)
    assert rate == rate_hz
    report = sound.loudness
    independent = pyloudnorm.Meter(rate).integrated_loudness(mix)
    assert report.integrated_lufs == pytest.approx(independent, abs=0.1)
    assert report.shortfall_lu == pytest.approx(report.target_lufs - independent, abs=0.5)
    assert oversampled_peak_db(mix) <= report.true_peak_ceiling_dbtp
    meter = EbuMeter(rate)
    meter.add(mix.astype(np.float32))
    assert meter.true_peak_dbtp() <= report.true_peak_ceiling_dbtp
    assert report.true_peak_dbtp == pytest.approx(meter.true_peak_dbtp(), abs=0.25)
    assert report.limiter_reduction_db <= 6.0


def test_a_limited_programme_still_meets_its_target(tmp_path: Path) -> None:
    """The search under the limiter ends within half a loudness unit where six decibels are enough."""
    sound = made(
        tmp_path,
        Style(loudness_preset=LoudnessPreset.STREAMING_16),
        original=recording(level=0.03),
        steps=walk(9, strength=0.3),
    )
    assert 0.5 < sound.loudness.limiter_reduction_db < 6.0
    assert sound.loudness.shortfall_lu == 0.0
    mix, rate = read_wav(sound.mix)
    assert pyloudnorm.Meter(rate).integrated_loudness(mix) == pytest.approx(-16.0, abs=0.2)


def test_perspectives_differ_in_level_and_room(tmp_path: Path) -> None:
    """Against the same original; the balance is by loudness, so that only the offset is left of the level."""
    ratio: dict[Perspective, float] = {}
    level: dict[Perspective, float] = {}
    for perspective in (Perspective.CLOSE, Perspective.MEDIUM, Perspective.FAR):
        style = Style(perspective=perspective, room=Room.MEDIUM, stems=True)
        sound = made(tmp_path / perspective, style, original=recording(level=0.05))
        stems = {stem.stem.name: read_wav(stem.path)[0] for stem in sound.stems}
        dry = sum(stem for name, stem in stems.items() if name.startswith("track"))
        ratio[perspective] = 10 * np.log10(np.sum(stems["room"] ** 2) / np.sum(dry**2))
        level[perspective] = 10 * np.log10(np.sum(dry**2) / np.sum(stems["original"] ** 2))
    assert ratio[Perspective.CLOSE] + 3 < ratio[Perspective.MEDIUM] < ratio[Perspective.FAR] - 3
    for near, far in (
        (Perspective.CLOSE, Perspective.MEDIUM),
        (Perspective.MEDIUM, Perspective.FAR),
    ):
        expected = PERSPECTIVE_LEVEL_DB[near] - PERSPECTIVE_LEVEL_DB[far]
        assert level[near] - level[far] == pytest.approx(expected, abs=1.0)


def test_nudge_moves_the_footsteps_and_not_the_original(tmp_path: Path) -> None:
    style = Style(stems=True, sample_format=SampleFormat.FLOAT_32, nudge_s=0.25)
    plain = made(tmp_path / "a", dataclasses.replace(style, nudge_s=0.0), original=recording())
    moved = made(tmp_path / "b", style, original=recording())

    def stem(sound: SynthesizedSound, index: int) -> np.ndarray:
        found, _ = read_wav(sound.stems[index].path)
        return found / 10 ** (sound.stems[index].stem.gain_db / 20)

    shift = RATE_HZ // 4
    np.testing.assert_allclose(
        stem(moved, 0)[shift:-RATE_HZ], stem(plain, 0)[: -shift - RATE_HZ], atol=1e-6
    )
    np.testing.assert_allclose(stem(moved, -1), stem(plain, -1), atol=1e-6)
    document = json.loads(moved.cues.read_text())
    assert document["nudge_s"] == 0.25
    first = document["cues"][0]
    assert first["onset_sample"] == round((first["time_s"] + 0.25) * RATE_HZ)


def test_ducking_follows_the_style(tmp_path: Path) -> None:
    style = Style(
        original_sound=OriginalSound.DUCK,
        ducking=DuckingShape(depth_db=20.0, attack_s=0.5, hold_s=0.3, release_s=0.1),
        stems=True,
        sample_format=SampleFormat.FLOAT_32,
    )
    original = recording(sound=np.full((6 * RATE_HZ, 2), 0.05, np.float32))
    step = walk(1, first_s=3.0, strength=0.05)
    sound = made(tmp_path, style, original=original, steps=step)
    stem, _ = read_wav(sound.stems[-1].path)
    level_db = 20 * np.log10(stem[:, 0] / 0.05) - sound.original_gain_db
    at = [level_db[round(s * RATE_HZ)] for s in (2.4, 2.75, 3.0, 3.29, 3.35, 3.5)]
    assert at == pytest.approx([0.0, -10.0, -20.0, -20.0, -10.0, 0.0], abs=0.1)


def test_nothing_limits_a_quiet_programme(tmp_path: Path) -> None:
    sound = made(tmp_path, Style(), original=recording(level=0.05), steps=walk(2, strength=0.01))
    assert sound.loudness.limiter_reduction_db == 0.0


def test_no_steps_keep_the_original_at_the_loudness_of_the_delivery(tmp_path: Path) -> None:
    sound = made(tmp_path, Style(stems=True), original=recording(level=0.1), steps=())
    assert [stem.stem.name for stem in sound.stems] == ["original"]
    assert sound.loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert not read_wav(sound.foley)[0].any()


@pytest.mark.parametrize("original", [None, recording(level=0.0)], ids=["none", "digital silence"])
def test_silence_is_reported_as_silence(tmp_path: Path, original: Original | None) -> None:
    sound = made(tmp_path, Style(stems=True), original=original, steps=())
    assert sound.loudness.silent
    assert (sound.loudness.gain_db, sound.loudness.shortfall_lu) == (0.0, 0.0)
    assert not read_wav(sound.mix)[0].any()


def test_a_clipped_original_is_kept_and_brought_under_the_ceiling(tmp_path: Path) -> None:
    time = np.arange(6 * RATE_HZ) / RATE_HZ
    square = np.clip(5 * np.sin(2 * np.pi * 110 * time), -1, 1).astype(np.float32)
    original = recording(sound=np.stack([square, square], axis=1))
    sound = made(tmp_path, Style(), original=original)
    mix, _ = read_wav(sound.mix)
    assert oversampled_peak_db(mix) <= -1.0
    assert sound.loudness.integrated_lufs == pytest.approx(-23.0, abs=0.5)


@pytest.mark.parametrize("seconds", [0.01, 2.0, 9.0])
def test_an_original_of_another_length(tmp_path: Path, seconds: float) -> None:
    sound = made(tmp_path, Style(stems=True), original=recording(seconds=seconds), steps=walk(2))
    stem, _ = read_wav(sound.stems[-1].path)
    assert len(stem) == 6 * RATE_HZ
    heard = np.flatnonzero(stem[:, 0])
    assert heard[-1] == pytest.approx(min(seconds, 6.0) * RATE_HZ, abs=3)


def test_an_original_without_any_sample(tmp_path: Path) -> None:
    sound = made(tmp_path, Style(), original=recording(sound=np.zeros((0, 2), np.float32)))
    assert not sound.loudness.silent


def test_many_steps_at_once(tmp_path: Path) -> None:
    """A hundred thousand steps, most of them on top of others: sounded, in bounded memory, under the ceiling."""

    def click(_cue: FootstepCue) -> StepSound:
        return StepSound(np.full(8, 0.5, np.float32), 0)

    steps = walk(100_000, step_time_s=2e-3)
    sound = synthesize(
        steps,
        ground(),
        video_info(201.0),
        Style(),
        tools=Tools(Voices(click, {}, room_response), None),
        out_dir=tmp_path,
    )
    assert len(sound.placed) == 100_000
    mix, _ = read_wav(sound.mix)
    assert oversampled_peak_db(mix[: 10 * RATE_HZ]) <= -1.0
