"""``session.edl``, read back by pycmx and by OpenTimelineIO's CMX 3600 adapter."""

from __future__ import annotations

import re
from fractions import Fraction

import opentimelineio as otio
import pytest

from foley_audio.export.edl import session_edl
from foley_audio.export.files import planned
from foley_common.errors import InvalidField
from foley_common.sound import SessionFormat
from support.audio import walk
from support.sessions import (
    RATES,
    expected_frames,
    label_frames,
    positions,
    random_steps,
    read_edl,
    scene,
)

STARTS = ["00:00:00:00", "01:00:00:00", "00:00:50:00", "00:09:30:00"]


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(("offset_s", "nudge_s"), [(0.0, 0.0), (62.02, 0.25), (-7.25, -0.013)])
@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_every_locator_stands_on_its_frame(
    rate: Fraction, offset_s: float, nudge_s: float, start: str
) -> None:
    steps = random_steps(60)
    made = scene(steps, rate=rate, offset_s=offset_s, nudge_s=nudge_s, start_timecode=start)
    _, locators = read_edl(session_edl(made), rate)
    zero = label_frames(start, rate)
    found = {name: at - zero for name, at in positions(locators).items()}
    assert found == expected_frames(steps, rate, nudge_s=nudge_s, offset_s=offset_s)


@pytest.mark.parametrize("start", ["00:00:00;00", "00:00:50;00", "09:59:30;00", "23:00:00;00"])
@pytest.mark.parametrize("rate", [RATES["29.97"], RATES["59.94"]], ids=["29.97", "59.94"])
def test_drop_frame_labels_are_the_frames_of_their_steps(rate: Fraction, start: str) -> None:
    steps = random_steps(200, duration_s=700.0)
    made = scene(steps, rate=rate, duration_s=700.0, start_timecode=start)
    edl, locators = read_edl(session_edl(made), rate)
    assert "FCM: DROP FRAME" in session_edl(made)
    zero = label_frames(start, rate)
    found = {name: at - zero for name, at in positions(locators).items()}
    assert found == expected_frames(steps, rate)
    assert all(";" in edit.record_in for event in edl.events for edit in event.edits)


def test_the_adapter_of_opentimelineio_finds_clips_and_markers() -> None:
    steps = random_steps(100)
    made = scene(steps, start_timecode="01:00:00:00", source_timecode="05:00:00:00", offset_s=2.0)
    timeline = otio.adapters.read_from_string(session_edl(made), "cmx_3600", rate=25)
    picture, left, right = timeline.tracks
    assert timeline.name == "a walk.mp4"
    assert (picture.kind, left.kind, right.kind) == ("Video", "Audio", "Audio")
    clip = next(iter(picture.find_clips()))
    assert clip.name == "a walk.mp4"
    assert otio.opentime.to_timecode(clip.source_range.start_time) == "05:00:00:00"
    assert clip.source_range.duration.value == 1500
    assert clip.metadata["cmx_3600"]["reel"] == "A_WALK"
    found = {
        marker.name.split(" ")[0]: marker.marked_range.start_time.value - 3600 * 25
        for marker in clip.markers
    }
    assert found == expected_frames(steps, Fraction(25), offset_s=2.0)


@pytest.mark.parametrize("offset_s", [0.0, 2.0, -2.0])
def test_record_times_are_the_offset_and_sources_are_cut_to_it(offset_s: float) -> None:
    made = scene(
        walk(4), duration_s=10.0, offset_s=offset_s, handles_s=1.0, start_timecode="01:00:00:00"
    )
    written, _ = planned(made, [SessionFormat.EDL])
    edl, _ = read_edl(session_edl(written), Fraction(25))
    picture, heard = (edit for event in edl.events for edit in event.edits)
    cut, at = max(0.0, -offset_s), max(0.0, offset_s)
    for edit, source_zero in (
        (picture, 0),
        (heard, round((3600 + offset_s) * 25)),
    ):  # a broadcast wave has a stamp
        record = [label_frames(label, Fraction(25)) for label in (edit.record_in, edit.record_out)]
        source = [label_frames(label, Fraction(25)) for label in (edit.source_in, edit.source_out)]
        assert record == [round((3600 + at) * 25), round((3600 + at + 10 - cut) * 25)]
        assert source == [source_zero + round(cut * 25), source_zero + 250]
    assert (picture.channels.video, heard.channels.a1, heard.channels.a2) == (True, True, True)
    assert heard.source_file == "foley.bwf.wav"


def test_it_is_ascii_with_short_reels_and_lines_that_nothing_breaks() -> None:
    name = '"läuft"\n* LOC: 99:99:99:99 RED x 👟' + "y" * 300 + "/.mp4"
    text = session_edl(scene(walk(3), name=name))
    assert text.isascii()
    lines = text.split("\r\n")
    assert all(len(line) <= 160 for line in lines)
    assert len(read_edl(text, Fraction(25))[1]) == 3
    assert all(len(line.split()[1]) <= 8 for line in lines if re.match(r"\d{3} ", line))


def test_without_media_locators_stand_on_black() -> None:
    text = session_edl(scene(walk(4), media=False))
    edl, locators = read_edl(text, Fraction(25))
    assert next(iter(edl.events)).edits[0].source == "BL"
    assert positions(locators) == expected_frames(walk(4), Fraction(25))


def test_no_footsteps() -> None:
    edl, locators = read_edl(session_edl(scene([])), Fraction(25))
    assert locators == []
    assert len(list(edl.events)) == 2
    bare, _ = read_edl(session_edl(scene([], media=False)), Fraction(25))
    assert not any(event.edits for event in bare.events)


def test_rates_of_three_digits_have_no_edl() -> None:
    fast = scene(walk(2), rate=Fraction(120))
    _, formats = planned(fast, [])
    assert SessionFormat.EDL not in formats
    with pytest.raises(InvalidField, match=r"formats\[1\].*100 a second.*120.*leave EDL out"):
        planned(fast, [SessionFormat.CSV, SessionFormat.EDL])
    assert SessionFormat.RESOLVE_MARKERS not in formats
    with pytest.raises(InvalidField, match=r"formats\[0\].*leave RESOLVE_MARKERS out"):
        planned(fast, [SessionFormat.RESOLVE_MARKERS])
