"""``session.aaf``, read back by pyaaf2 and by OpenTimelineIO's AAF adapter."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import aaf2
import opentimelineio as otio
import pytest

from foley_audio.export.aaf import write_aaf
from foley_audio.export.files import planned
from foley_common.sound import SessionFormat
from support.audio import walk
from support.sessions import (
    RATES,
    expected_frames,
    expected_samples,
    positions,
    random_steps,
    read_aaf,
    scene,
)


@pytest.mark.parametrize(
    ("rate", "offset_s", "nudge_s"),
    [
        *((rate, 62.02, 0.25) for rate in RATES.values()),
        (Fraction(25), 0.0, 0.0),
        (RATES["29.97"], -7.25, -0.013),
    ],
)
def test_every_marker_stands_on_its_frame_and_names_its_sample(
    rate: Fraction, offset_s: float, nudge_s: float, tmp_path: Path
) -> None:
    steps = random_steps(40)
    path = tmp_path / "session.aaf"
    write_aaf(scene(steps, rate=rate, offset_s=offset_s, nudge_s=nudge_s), path)
    _, markers = read_aaf(path)
    assert positions(markers) == expected_frames(steps, rate, nudge_s=nudge_s, offset_s=offset_s)
    samples = {marker.footstep_id: marker.facts["sample"] for marker in markers}
    assert samples == expected_samples(steps, offset_s + nudge_s)


@pytest.mark.parametrize(
    ("rate", "start", "first", "drop"),
    [
        ("25", "01:00:00:00", 90_000, False),
        ("29.97", "01:00:00;00", 107_892, True),
        ("29.97", "01:00:00:00", 108_000, False),
        ("59.94", "00:01:00;04", 3600, True),
    ],
)
def test_the_time_code_track(rate: str, start: str, first: int, drop: bool, tmp_path: Path) -> None:
    path = tmp_path / "session.aaf"
    write_aaf(scene(walk(2), rate=RATES[rate], start_timecode=start), path)
    track = read_aaf(path)[0]["TC1"]
    assert (track["start"], track["drop"]) == (first, drop)
    assert (track["fps"], track["rate"]) == (round(RATES[rate]), RATES[rate])


@pytest.mark.parametrize("offset_s", [0.0, 1.5, -1.5])
@pytest.mark.parametrize("handles_s", [0.0, 2.0])
def test_clips_stand_at_the_offset_with_handles_inside_their_media(
    offset_s: float, handles_s: float, tmp_path: Path
) -> None:
    path = tmp_path / "session.aaf"
    plain = scene(
        walk(8),
        duration_s=10.0,
        stems=True,
        offset_s=offset_s,
        handles_s=handles_s,
        start_timecode="01:00:00:00",
        source_timecode="05:00:00:00",
    )
    write_aaf(planned(plain, [SessionFormat.AAF])[0], path)
    tracks, _ = read_aaf(path)
    frames = {0.0: 0, 1.5: 38, -1.5: -37}[offset_s]
    assert set(tracks) == {
        "TC1",
        "picture",
        "mix (reference)",
        *(f"track-{i}-{side}" for i in (1, 2) for side in ("left", "right")),
    }
    for name, track in tracks.items():
        if name == "TC1":
            continue
        unit = track["rate"] / 25
        cut = max(0, -frames) * unit
        handle = 0 if name == "picture" else round(handles_s * track["rate"])
        assert track["at"] == max(0, frames) * unit
        assert track["first"] == handle + cut
        assert track["length"] == 250 * unit - cut
        assert track["media_length"] == track["descriptor_length"] == 250 * unit + 2 * handle
        assert "/" not in track["url"]
    assert tracks["picture"]["media_start"] == 5 * 3600 * 25
    start = round((3600 + offset_s - handles_s) * 48_000) if handles_s else 0
    assert tracks["track-1-left"]["media_start"] == start


@pytest.mark.parametrize("rate", ["23.976", "29.97", "25"])
def test_time_code_under_a_sound_counts_frames_as_long_as_the_sound(
    rate: str, tmp_path: Path
) -> None:
    """Else its labels would run at 48 000 a second, and the file's stamp would be read as days."""
    path = tmp_path / "session.aaf"
    session = scene(walk(2), rate=RATES[rate], start_timecode="01:00:00:00", handles_s=2.0)
    write_aaf(planned(session, [SessionFormat.AAF])[0], path)
    with aaf2.open(str(path), "r") as file:
        tapes = [
            mob
            for mob in file.content.sourcemobs()
            if isinstance(mob.descriptor, aaf2.essence.TapeDescriptor)
        ]
        assert len(tapes) == 3
        for tape in tapes:
            medium, labels = tape.slots
            assert Fraction(str(labels.edit_rate)) == RATES[rate]
            assert labels.segment.fps == round(RATES[rate])
            assert labels.segment.start == 0
            length_s = medium.segment.length / Fraction(str(medium.edit_rate))
            assert 0 <= labels.segment.length / RATES[rate] - length_s < 1 / RATES[rate]


def test_the_adapter_of_opentimelineio_finds_clips_and_markers(tmp_path: Path) -> None:
    steps = random_steps(50)
    path = tmp_path / "session.aaf"
    write_aaf(scene(steps, start_timecode="01:00:00:00"), path)
    timeline = otio.adapters.read_from_file(str(path))
    assert timeline.global_start_time.value == 90_000
    picture = next(track for track in timeline.tracks if track.kind == "Video")
    clip = next(iter(picture.find_clips()))
    assert clip.media_reference.target_url == "file://foley.mp4"
    found = {
        marker.name.split(" ")[0]: marker.marked_range.start_time.value
        for marker in (*clip.markers, *picture.markers, *timeline.tracks.markers)
    }
    start = clip.source_range.start_time.value
    assert {name: at - start for name, at in found.items()} == expected_frames(steps, Fraction(25))
    sounds = [track for track in timeline.tracks if track.kind == "Audio"]
    assert [next(iter(track.find_clips())).media_reference.target_url for track in sounds] == [
        "file://foley.wav",
        "file://mix.wav",
    ]


def test_the_same_session_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.aaf", "b.aaf"):
        write_aaf(scene(walk(5)), tmp_path / name)
    assert (tmp_path / "a.aaf").read_bytes() == (tmp_path / "b.aaf").read_bytes()


def test_odd_names(tmp_path: Path) -> None:
    path = tmp_path / "session.aaf"
    write_aaf(scene(walk(2), name='"läuft"\n👟' + "y" * 300), path)
    assert len(read_aaf(path)[1]) == 2


@pytest.mark.parametrize("media", [False, True])
def test_no_footsteps(media: bool, tmp_path: Path) -> None:
    path = tmp_path / "session.aaf"
    write_aaf(scene([], media=media), path)
    tracks, markers = read_aaf(path)
    assert markers == []
    assert ("picture" in tracks) == media


def test_work_that_nobody_waits_for_stops(tmp_path: Path) -> None:
    def gone() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        write_aaf(scene(walk(2)), tmp_path / "session.aaf", gone)
