"""Broadcast wave files, read back by wavinfo and by soundfile."""

from __future__ import annotations

import dataclasses
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
import wavinfo

from foley_audio.domain.mix import tail_start
from foley_audio.export import bwf
from foley_audio.export.bwf import write_bwf
from foley_audio.export.files import planned
from foley_audio.export.media import Sound
from foley_audio.export.scene import Scene
from foley_audio.render.wav_header import HEAD_BYTES, WavFacts, read_header
from foley_common.errors import UndecodableMedia
from foley_common.programme import LoudnessReport
from foley_common.sound import SessionFormat
from support.audio import walk
from support.sessions import (
    RATES,
    expected_samples,
    heard,
    positions,
    random_steps,
    read_bwf,
    scene,
)


def wav(
    path: Path, duration_s: float, subtype: str = "PCM_24", rate_hz: int = 48_000, **more: Any
) -> np.ndarray:
    noise = np.random.default_rng(3).uniform(-1, 1, (round(duration_s * rate_hz), 2))
    soundfile.write(path, noise, rate_hz, subtype, **more)
    return soundfile.read(path, always_2d=True)[0]


def facts_of(path: Path) -> WavFacts:
    with path.open("rb") as file:
        return read_header(file.read(HEAD_BYTES), path.stat().st_size, path.name)


def broadcast(made: Scene, folder: Path, **more: Any) -> Path:
    """The footsteps of a scene as broadcast wave, from a real file."""
    source = folder / "foley.wav"
    foley = dataclasses.replace(made.foley, facts=facts_of(source))  # type: ignore[type-var]
    ready, _ = planned(dataclasses.replace(made, foley=foley), [SessionFormat.BWF])
    assert isinstance(ready.foley, Sound)
    path = folder / ready.foley.file_name
    write_bwf(ready, ready.foley, source, path, **more)
    return path


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
@pytest.mark.parametrize("handles_s", [0.0, 0.5])
@pytest.mark.parametrize("nudge_s", [0.0, 0.013, -0.02])
def test_every_cue_stands_on_its_sample_of_the_file(
    rate_hz: int, handles_s: float, nudge_s: float, tmp_path: Path
) -> None:
    steps = random_steps(100, duration_s=3.0)
    wav(tmp_path / "foley.wav", 3.0, rate_hz=rate_hz)
    made = scene(
        steps, duration_s=3.0, rate_hz=rate_hz, handles_s=handles_s, nudge_s=nudge_s, offset_s=7.0
    )
    _, cues = read_bwf(broadcast(made, tmp_path))
    sounding = heard(steps, nudge_s, duration_s=3.0, rate_hz=rate_hz)
    assert positions(cues) == expected_samples(sounding, nudge_s + handles_s, rate_hz)
    ends = {s.footstep_id: s.toe_off_time_s for s in steps}
    for cue in cues:
        end = ends[cue.footstep_id]
        if end is not None:
            assert cue.end == pytest.approx((end + nudge_s + handles_s) * rate_hz, abs=0.51)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("handles_s", [0.0, 0.25])
def test_samples_are_the_same_bits_with_silence_around(
    subtype: str, handles_s: float, tmp_path: Path
) -> None:
    before = wav(tmp_path / "foley.wav", 0.7, subtype)
    path = broadcast(scene(walk(1), duration_s=0.7, handles_s=handles_s), tmp_path)
    after, rate = soundfile.read(path, always_2d=True)
    handle = round(handles_s * rate)
    np.testing.assert_array_equal(after[handle : after.shape[0] - handle], before)
    assert not after[:handle].any()
    assert not after[after.shape[0] - handle :].any()
    assert soundfile.info(path).subtype == subtype


@pytest.mark.parametrize("subtype", ["PCM_24", "FLOAT"])
@pytest.mark.parametrize(
    ("duration_s", "after_s", "handles_s"),
    [(0.7, 0.4, 1.0), (0.7, 0.4, 0.1), (0.7, 0.0, 0.1), (0.01, 0.4, 0.1), (0.7, 0.4, 0.0)],
    ids=["tail, then silence", "longer than the handle", "silent", "short", "no handles"],
)
def test_the_handle_after_the_picture_holds_the_tail(
    duration_s: float, after_s: float, handles_s: float, subtype: str, tmp_path: Path
) -> None:
    before = wav(tmp_path / "foley.wav", duration_s, subtype)
    lead = len(before) - tail_start(len(before), 48_000)
    tail = wav(tmp_path / "tail.wav", lead / 48_000 + after_s, subtype)
    foley = dataclasses.replace(
        scene(walk(1), duration_s=duration_s).foley,  # type: ignore[type-var]
        facts=facts_of(tmp_path / "foley.wav"),
        tail=facts_of(tmp_path / "tail.wav"),
    )
    session = scene(walk(1), duration_s=duration_s, handles_s=handles_s)
    ready, _ = planned(dataclasses.replace(session, foley=foley), [SessionFormat.BWF])
    assert ready.foley is not None
    path = tmp_path / "out.wav"
    given = tmp_path / "tail.wav" if handles_s else None
    write_bwf(ready, ready.foley, tmp_path / "foley.wav", path, tail=given)
    handle = round(handles_s * 48_000)
    expected = np.zeros((len(before) + 2 * handle, 2))
    expected[handle : handle + len(before)] = before
    if handles_s:
        there = expected[handle + len(before) - lead :]
        there[: len(tail)] = tail[: len(there)]
    np.testing.assert_array_equal(soundfile.read(path, always_2d=True)[0], expected)


@pytest.mark.parametrize(
    ("rate", "start", "offset_s", "handles_s", "expected"),
    [
        ("25", "00:00:00:00", 0.0, 0.0, 0),
        ("25", "01:00:00:00", 0.0, 0.0, 172_800_000),
        ("29.97", "01:00:00:00", 0.0, 0.0, 172_972_800),  # 108 000 frames of 1001/30000 s
        ("29.97", "01:00:00;00", 0.0, 0.0, 172_799_827),  # 107 892 of them
        ("23.976", "10:00:00:00", 0.0, 0.0, 1_729_728_000),
        ("25", "01:00:00:00", 10.0, 2.0, 172_800_000 + 8 * 48_000),
        ("25", "00:00:00:00", 0.0, 2.0, 86_398 * 48_000),  # a handle before midnight
        ("25", "00:00:01:00", -2.0, 0.0, 86_399 * 48_000),
    ],
)
def test_the_time_reference_is_running_time_since_midnight(  # noqa: PLR0917
    rate: str, start: str, offset_s: float, handles_s: float, expected: int, tmp_path: Path
) -> None:
    wav(tmp_path / "foley.wav", 1.0)
    made = scene(
        walk(1),
        duration_s=1.0,
        rate=RATES[rate],
        start_timecode=start,
        offset_s=offset_s,
        handles_s=handles_s,
    )
    info, _ = read_bwf(broadcast(made, tmp_path))
    assert info.bext.time_reference == expected
    told = ElementTree.fromstring(info.ixml.source)
    stamp = [
        int(told.findtext(f"SPEED/TIMESTAMP_{name}") or -1)
        for name in ("SAMPLES_SINCE_MIDNIGHT_HI", "SAMPLES_SINCE_MIDNIGHT_LO", "SAMPLE_RATE")
    ]
    assert stamp == [*divmod(expected, 2**32), 48_000]


def test_origin_description_loudness_and_time_code_rate(tmp_path: Path) -> None:
    wav(tmp_path / "foley.wav", 1.0)
    made = scene(
        walk(1),
        duration_s=1.0,
        rate=RATES["29.97"],
        start_timecode="01:00:00;00",
        name="läuft <&>.mp4",
    )
    report = LoudnessReport(
        -23.04,
        -1.26,
        -23.0,
        -1.0,
        max_momentary_lufs=-17.5,
        max_short_term_lufs=-20.25,
        loudness_range_lu=6.5,
    )
    info, _ = read_bwf(broadcast(made, tmp_path, reference="ab" * 32, loudness=report))
    assert info.bext.originator == "Foley Studio"
    assert info.bext.originator_ref == "ab" * 16
    assert info.bext.description == "foley of lauft <&>.mp4, made by Foley Studio"
    assert (info.bext.loudness_value, info.bext.max_true_peak) == (-23.04, -1.26)
    assert (info.bext.max_momentary_loudness, info.bext.max_shortterm_loudness) == (-17.5, -20.25)
    assert info.bext.loudness_range == 6.5
    assert info.bext.coding_history == "A=PCM,F=48000,W=24,M=stereo,T=Foley Studio\r\n"
    text = (tmp_path / "foley.bwf.wav").read_bytes()
    assert b"<TIMECODE_RATE>30000/1001</TIMECODE_RATE><TIMECODE_FLAG>DF</TIMECODE_FLAG>" in text
    assert "<PROJECT>läuft &lt;&amp;&gt;.mp4</PROJECT>".encode() in text


def test_beyond_four_gigabytes_it_is_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = wav(tmp_path / "foley.wav", 1.0)
    monkeypatch.setattr(bwf, "LARGEST_RIFF_BYTES", 10_000)
    path = broadcast(scene(walk(1), duration_s=1.0), tmp_path)
    assert path.read_bytes()[:4] == b"RF64"
    info, cues = read_bwf(path)
    assert info.data.frame_count == 48_000
    assert cues[0].at == 24_000
    after, _ = soundfile.read(path, always_2d=True)
    np.testing.assert_array_equal(after, before)
    facts = facts_of(path)
    assert (facts.total_samples, facts.sample_rate_hz) == (48_000, 48_000)


def test_a_file_of_more_than_four_gigabytes_is_read_to_its_end(tmp_path: Path) -> None:
    samples = (4 << 30) // 6 + 48_000
    chunk = struct.pack("<HHIIHH", 1, 2, 48_000, 288_000, 6, 24)
    cue = struct.pack("<III4sIII", 1, 1, samples - 1, b"data", 0, 0, samples - 1)
    path = tmp_path / "long.wav"
    with path.open("wb") as file:  # its samples are a hole: the file system stores nothing of them
        bwf._head(file, [(b"fmt ", chunk)], [(b"cue ", cue)], samples * 6, samples)
        file.truncate(file.tell() + samples * 6)
        file.seek(0, 2)
        file.write(bwf._chunk(b"cue ", cue))
    info = wavinfo.WavInfoReader(str(path))
    assert info.data.frame_count == samples
    assert info.cues.cues[0].sample_offset == samples - 1
    assert soundfile.info(path).frames == samples
    assert facts_of(path).total_samples == samples


def test_a_stem_has_the_marks_of_its_foot(tmp_path: Path) -> None:
    made = scene(walk(6), duration_s=4.0, stems=True)
    ready, _ = planned(made, [SessionFormat.BWF])
    stem = next(sound for sound in ready.stems if sound.title == "track-1-left")
    wav(tmp_path / "stem.wav", 4.0)
    stem = dataclasses.replace(stem, facts=facts_of(tmp_path / "stem.wav"))
    write_bwf(ready, stem, tmp_path / "stem.wav", tmp_path / "out.wav")
    _, cues = read_bwf(tmp_path / "out.wav")
    assert [cue.footstep_id for cue in cues] == ["t1-0001", "t1-0003", "t1-0005"]


def test_no_footsteps(tmp_path: Path) -> None:
    wav(tmp_path / "foley.wav", 0.3)
    info, cues = read_bwf(broadcast(scene([], duration_s=0.3), tmp_path))
    assert cues == []
    assert info.bext.originator == "Foley Studio"


def test_a_file_that_is_cut_off_is_an_error(tmp_path: Path) -> None:
    wav(tmp_path / "foley.wav", 1.0)
    made = scene(walk(1), duration_s=1.0)
    facts = facts_of(tmp_path / "foley.wav")
    data = (tmp_path / "foley.wav").read_bytes()
    (tmp_path / "short.wav").write_bytes(data[:1000])
    ready, _ = planned(made, [SessionFormat.BWF])
    sound = dataclasses.replace(ready.foley, facts=facts)  # type: ignore[type-var]
    with pytest.raises(UndecodableMedia, match="ends before"):
        write_bwf(ready, sound, tmp_path / "short.wav", tmp_path / "out.wav")


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"not a wave file at all", b"RIFF\0\0\0\0WAVEfmt \4\0\0\0abcddata\0\0\0\0"],
)
def test_what_is_no_wav_file_is_said(data: bytes) -> None:
    with pytest.raises(UndecodableMedia, match=r"x\.wav"):
        read_header(data, len(data), "x.wav")
