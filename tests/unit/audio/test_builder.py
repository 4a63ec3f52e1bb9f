"""Recordings of every kind become packs, or say why they do not.

Speech and music are synthesised in the tests (`support.steps`): formants over a gliding pitch, struck chords.
"""

from __future__ import annotations

import dataclasses
import tracemalloc
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mir_eval.util import match_events
from scipy import signal

from foley_audio.domain.segmentation import scan
from foley_audio.sampling import builder
from foley_audio.sampling.builder import BuiltPack, PackSpec, build_pack
from foley_audio.sampling.mono import MonoRecording
from foley_audio.sampling.slices import cut_steps
from foley_common.errors import InvalidField, RecordingUnusable, UndecodableMedia
from foley_common.footsteps import GaitKind
from foley_common.packs import PackArchive, Provenance
from foley_common.surfaces import Footwear, Surface
from support.audio import of_streams, read_wav
from support.steps import (
    RATE_HZ,
    hum_like,
    music_like,
    noise_of,
    speech_like,
    synthetic_steps,
    synthetic_walk,
    walk_of,
)

SPEC = PackSpec(Surface.GRAVEL, Footwear.BOOT, GaitKind.WALK)


def wav(folder: Path, sound: np.ndarray, rate_hz: int = RATE_HZ, **more: str) -> Path:
    path = folder / "recording.wav"
    soundfile.write(path, sound, rate_hz, **{"subtype": "PCM_16", **more})
    return path


def built(folder: Path, sound: np.ndarray, rate_hz: int = RATE_HZ) -> BuiltPack:
    out = folder / "out"
    out.mkdir()
    return build_pack(wav(folder, sound, rate_hz), SPEC, out)


def refusal(folder: Path, sound: np.ndarray, rate_hz: int = RATE_HZ) -> RecordingUnusable:
    with pytest.raises(RecordingUnusable) as caught:
        built(folder, sound, rate_hz)
    return caught.value


def test_the_stream_with_the_steps_is_read_and_named(tmp_path: Path) -> None:
    """A presenter's microphone comes first, the one at the feet third."""
    steps = 4 * synthetic_walk(Surface.GRAVEL, 12)[0]
    speech = speech_like(steps.size / RATE_HZ + 1)[: steps.size]
    file = of_streams(tmp_path / "field.mov", [speech, np.zeros(steps.size), steps])
    for asked in (0, 3):
        out = tmp_path / f"out{asked}"
        out.mkdir()
        spec = dataclasses.replace(SPEC, audio_stream=asked)
        pack = build_pack(file, spec, out)
        with PackArchive(pack.path) as archive:
            assert len(archive.manifest.steps) >= 10
            assert (archive.manifest.audio_stream, archive.manifest.audio_stream_count) == (3, 3)
    slices = tmp_path / "slices"
    slices.mkdir()
    assert len(cut_steps(file, slices, sample_rate_hz=0)) >= 10


def test_a_stream_that_was_asked_for_is_read_though_nothing_is_in_it(tmp_path: Path) -> None:
    steps = 4 * synthetic_walk(Surface.GRAVEL, 6)[0]
    file = of_streams(tmp_path / "field.mov", [steps, np.zeros(steps.size)])
    with pytest.raises(RecordingUnusable, match="audio stream 2 of 2"):
        build_pack(file, dataclasses.replace(SPEC, audio_stream=2), tmp_path)
    with pytest.raises(InvalidField, match="is 3; the recording has 2 audio streams"):
        build_pack(file, dataclasses.replace(SPEC, audio_stream=3), tmp_path)


def test_of_streams_alike_the_main_one_is_read(tmp_path: Path) -> None:
    steps = 4 * synthetic_walk(Surface.GRAVEL, 12)[0]
    file = of_streams(tmp_path / "field.mov", [steps, steps], main=2)
    out = tmp_path / "out"
    out.mkdir()
    assert build_pack(file, SPEC, out).manifest.audio_stream == 2


def test_a_walk_becomes_a_pack(tmp_path: Path) -> None:
    sound, times_s = synthetic_walk(Surface.GRAVEL, 20)
    spec = PackSpec(
        Surface.GRAVEL,
        Footwear.BOOT,
        GaitKind.WALK,
        name="Kies",
        provenance=Provenance(title="a walk", licence="CC0-1.0"),
    )
    out = tmp_path / "out"
    out.mkdir()
    seen: list[tuple[int, int, str]] = []
    pack = build_pack(wav(tmp_path, 4 * sound), spec, out, on_progress=lambda *a: seen.append(a))
    assert seen
    assert seen[-1][0] == pytest.approx(sound.size / RATE_HZ, abs=1)
    with PackArchive(pack.path) as archive:
        manifest = archive.manifest
        assert manifest == pack.manifest
        assert (manifest.name, manifest.provenance) == ("Kies", spec.provenance)
        assert len(manifest.steps) >= 18
        starts_s = np.array([step.source_start_s for step in manifest.steps])
        nearest = np.abs(starts_s[:, None] - times_s).min(axis=1)
        assert nearest.max() < 0.03
        for step in manifest.steps:
            assert (step.surface, step.footwear, step.gait_kind) == (
                Surface.GRAVEL,
                Footwear.BOOT,
                GaitKind.WALK,
            )
            path = tmp_path / "step.wav"
            path.write_bytes(archive.read(step.file))
            samples, rate = read_wav(path)
            assert (rate, samples.shape[1]) == (48_000, 1)
            assert soundfile.info(path).subtype == "PCM_24"
            assert np.abs(samples).max() <= 10 ** (-0.95 / 20)
            assert step.contact_sample is not None
            quiet = np.abs(samples[: max(1, step.contact_sample - 96)]).max()
            assert quiet < 0.3 * np.abs(samples).max()
        strengths = [step.strength for step in manifest.steps]
        levels = [step.level_db for step in manifest.steps]
        assert np.corrcoef(strengths, levels)[0, 1] > 0.95  # type: ignore[arg-type]


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    sound, _ = synthetic_walk(Surface.WOOD, 10)
    packs = []
    for name in "ab":
        folder = tmp_path / name
        folder.mkdir()
        packs.append(built(folder, sound).path.read_bytes())
    assert packs[0] == packs[1]


@pytest.mark.parametrize(
    ("sound", "found"),
    [
        (np.zeros(4 * RATE_HZ), "nothing"),
        (0.1 * noise_of("pink", 8 * RATE_HZ, np.random.default_rng(1)), "noise"),
        (speech_like(12.0), "speech"),
        (music_like(12.0), "music"),
    ],
    ids=["silence", "noise", "speech", "music"],
)
def test_a_recording_without_steps_says_what_it_is(
    tmp_path: Path, sound: np.ndarray, found: str
) -> None:
    error = refusal(tmp_path, sound)
    assert error.metadata["found"] in (found, "nothing" if found == "noise" else found)
    assert ";" in error.message  # the remedy


def test_a_clipped_recording_is_refused_and_says_what_helps(tmp_path: Path) -> None:
    sound, _ = synthetic_walk(Surface.WOOD, 14)
    loud = np.clip(sound * 40 / np.abs(sound).max(), -1, 1)
    error = refusal(tmp_path, loud)
    assert error.metadata["found"] == "clipped"
    assert "lower level" in error.message


def test_clipping_that_was_turned_down_is_seen_too(tmp_path: Path) -> None:
    sound, _ = synthetic_walk(Surface.WOOD, 14)
    loud = 0.5 * np.clip(sound * 40 / np.abs(sound).max(), -1, 1)
    assert refusal(tmp_path, loud).metadata["found"] == "clipped"


def test_speech_between_steps_is_left_out(tmp_path: Path) -> None:
    sound, _ = synthetic_walk(Surface.GRAVEL, 30)
    at = round(6.0 * RATE_HZ)
    speech = speech_like(4.0)
    sound[at : at + speech.size] += 0.05 * speech
    pack = built(tmp_path, 4 * sound)
    starts_s = [step.source_start_s or 0.0 for step in pack.manifest.steps]
    assert not [time_s for time_s in starts_s if 6.3 < time_s < 9.7]
    assert len(starts_s) > 15
    talk = [part for part in pack.manifest.rejected if part.reason == "speech"]
    assert talk
    assert talk[0].start_s == pytest.approx(6.0, abs=0.7)


@pytest.mark.parametrize("hum_db", [-40.0, -25.0])
def test_a_recording_with_mains_hum_becomes_a_pack(tmp_path: Path, hum_db: float) -> None:
    sound = 4 * synthetic_walk(Surface.GRAVEL, 16)[0]
    pack = built(tmp_path, sound + hum_like(sound.size, 50.01, hum_db))
    assert len(pack.manifest.steps) >= 14
    assert not pack.manifest.rejected


def test_hum_leaves_noise_what_it_is(tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    sound = 4 * synthetic_walk(Surface.GRAVEL, 16)[0]
    noise = 10 ** (-28 / 20) * noise_of("pink", sound.size, dice)
    error = refusal(tmp_path, sound + noise + hum_like(sound.size, 50.01, -22.0))
    assert error.metadata["found"] == "noise"


def test_a_loop_gives_each_sample_once(tmp_path: Path) -> None:
    steps = synthetic_steps(Surface.TILE, 3)
    dice = np.random.default_rng(1)
    sound, _ = walk_of(steps * 5, np.full(15, 0.6), dice)
    pack = built(tmp_path, 3 * sound + 1e-4 * noise_of("pink", sound.size, dice))
    assert len(pack.manifest.steps) == 3
    assert {part.reason for part in pack.manifest.rejected} == {"loop"}


@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_a_recording_of_whole_seconds_is_read_to_its_end(tmp_path: Path, rate_hz: int) -> None:
    """From 20 s on the last block of such a recording is empty."""
    sound, times_s = synthetic_walk(Surface.GRAVEL, 34)
    whole = np.interp(np.arange(20 * rate_hz) / rate_hz, np.arange(sound.size) / RATE_HZ, sound)
    assert times_s[-1] < 20.5
    pack = built(tmp_path, 4 * whole, rate_hz)
    assert max(step.source_start_s or 0.0 for step in pack.manifest.steps) > 18.5


def test_8_khz_and_eight_channels_are_taken(tmp_path: Path) -> None:
    from scipy import signal

    sound, _ = synthetic_walk(Surface.GRAVEL, 14)
    narrow = signal.resample_poly(sound, 1, 6)
    narrow_folder, wide_folder = tmp_path / "narrow", tmp_path / "wide"
    narrow_folder.mkdir()
    wide_folder.mkdir()
    assert len(built(narrow_folder, 4 * narrow, 8_000).manifest.steps) >= 12
    dice = np.random.default_rng(2)
    surround = 1e-4 * dice.standard_normal((sound.size, 8))
    surround[:, 2] += 4 * sound  # the centre of 7.1
    assert len(built(wide_folder, surround).manifest.steps) >= 12


@pytest.mark.parametrize("peak", [0.8, 0.2])
def test_contacts_in_8_bits_are_where_they_are_in_more(tmp_path: Path, peak: float) -> None:
    """Noise of a third of a value: silence in which single values are heard half the way up to a step."""
    sound, times_s = synthetic_walk(Surface.CONCRETE, 20, noise_db=-120.0)
    dice = np.random.default_rng(1)
    sound *= peak / np.abs(sound).max()
    sound += 10 ** (-55 / 20) * noise_of("pink", sound.size, dice)
    values = np.round(128 * signal.resample_poly(sound, 1, 6))
    path = tmp_path / "recording.wav"
    with wave.open(str(path), "wb") as file:  # libsndfile does not round to the nearest value
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes((128 + values).astype(np.uint8).tobytes())
    recording = MonoRecording(path)
    found_s = [
        step.span.contact / RATE_HZ
        for window in scan(recording.blocks(), RATE_HZ, in_coarse_steps=recording.in_coarse_steps)
        for step in window.steps
    ]
    pairs = match_events(times_s, found_s, 0.06)
    assert len(pairs) == times_s.size
    early = [i for i, j in pairs if found_s[j] - times_s[i] < -0.005]
    assert len(early) <= 1
    assert recording.in_coarse_steps()


def test_values_of_16_bits_are_no_coarse_steps(tmp_path: Path) -> None:
    recording = MonoRecording(wav(tmp_path, synthetic_walk(Surface.WOOD, 4)[0]))
    list(recording.blocks())
    assert not recording.in_coarse_steps()


@pytest.mark.parametrize("kind", ["AIFF", "CAF", "W64", "AU", "RF64", "FLAC"])
def test_recordings_of_many_kinds_are_read(tmp_path: Path, kind: str) -> None:
    sound = 0.1 * np.random.default_rng(1).standard_normal(RATE_HZ // 10)
    path = tmp_path / "recording"
    soundfile.write(path, sound, RATE_HZ, format=kind)
    read = np.concatenate(list(MonoRecording(path).blocks()))
    assert read.size == sound.size


@pytest.mark.parametrize(
    "content", [b"", b"not sound", b"RIFF\x04\x00\x00\x00WAVE", b"\xff\xd8\xff\xe0 a picture"]
)
def test_what_is_no_sound_is_undecodable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recording.wav"
    path.write_bytes(content)
    with pytest.raises(UndecodableMedia) as caught:
        build_pack(path, SPEC, tmp_path)
    assert "video" not in caught.value.message


def test_not_a_number_is_silence(tmp_path: Path) -> None:
    sound, _ = synthetic_walk(Surface.GRAVEL, 12)
    sound[1000:1100] = np.nan
    path = tmp_path / "recording.wav"
    soundfile.write(path, 4 * sound, RATE_HZ, subtype="FLOAT")
    assert len(build_pack(path, SPEC, tmp_path).manifest.steps) >= 10


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    """Two minutes and five; three hours go the same way, for longer."""
    sound, _ = synthetic_walk(Surface.GRAVEL, 60, kinds=20)
    half_minute = (4 * sound[: 30 * RATE_HZ]).astype(np.float32)
    peaks = []
    for minutes in (2, 5):
        path = tmp_path / f"{minutes}.wav"
        with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16") as file:
            for _ in range(2 * minutes):
                file.write(half_minute)
        tracemalloc.start()
        read_s = 0.0
        for window in scan(MonoRecording(path).blocks(), RATE_HZ):
            read_s = (window.first + window.mono.size) / RATE_HZ
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert read_s == pytest.approx(60 * minutes, abs=0.1)
    assert peaks[1] < 1.1 * peaks[0]


def test_reading_stops_when_there_are_steps_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "MAX_CANDIDATES", 50)
    monkeypatch.setattr(builder, "MAX_PACK_STEPS", 40)
    sound, _ = synthetic_walk(Surface.GRAVEL, 100)
    path = tmp_path / "long.wav"
    with soundfile.SoundFile(path, "w", RATE_HZ, 1, "PCM_16") as file:
        for _ in range(8):
            file.write(4 * sound)
    seen: list[int] = []
    pack = build_pack(
        path, SPEC, tmp_path, on_progress=lambda done, _total, _unit: seen.append(done)
    )
    assert len(pack.manifest.steps) == 40
    assert max(seen) < 130
    assert "surplus" in {part.reason for part in pack.manifest.rejected}


def test_single_steps_keep_channels_and_rate(tmp_path: Path) -> None:
    sound, _ = synthetic_walk(Surface.GRAVEL, 12)
    stereo = np.stack([4 * sound, 2 * sound], axis=1)
    path = tmp_path / "recording.wav"
    soundfile.write(path, stereo, RATE_HZ, subtype="PCM_24")
    files = cut_steps(path, tmp_path, sample_rate_hz=0)
    assert [file.name for file in files] == [f"slice-{i:03d}.wav" for i in range(12)]
    samples, rate = read_wav(files[3])
    assert (rate, samples.shape[1]) == (RATE_HZ, 2)
    assert 0.05 < samples.shape[0] / rate < 0.7
    np.testing.assert_allclose(samples[:, 0], 2 * samples[:, 1], atol=1e-5)
    files = cut_steps(path, tmp_path, sample_rate_hz=22_050)
    assert read_wav(files[0])[1] == 22_050
    with pytest.raises(RecordingUnusable) as caught:
        cut_steps(wav(tmp_path, speech_like(8.0)), tmp_path, sample_rate_hz=0)
    assert caught.value.metadata["found"] == "speech or music"
