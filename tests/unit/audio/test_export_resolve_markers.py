"""``markers.edl``, read back by a parser of Resolve's form and by OpenTimelineIO's CMX 3600 adapter."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import opentimelineio as otio
import pytest

from foley_audio.export.resolve_markers import resolve_markers
from support.audio import walk
from support.sessions import (
    RATES,
    expected_frames,
    label_frames,
    positions,
    random_steps,
    read_resolve_markers,
    scene,
)


def test_it_is_what_resolve_writes_itself() -> None:
    """The form of its "Timeline Markers to EDL", without the blanks at the ends of lines."""
    text = resolve_markers(scene(walk(2, first_s=1.0), start_timecode="01:00:00:00"))
    assert text.split("\r\n") == [
        "TITLE: a walk.mp4",
        "FCM: NON-DROP FRAME",
        "",
        "001  001      V     C        01:00:01:00 01:00:01:01 01:00:01:00 01:00:01:01",
        " |C:ResolveColorYellow |M:t1-0001 left gravel boot walk 0.50 |D:1",
        "",
        "002  001      V     C        01:00:01:13 01:00:01:14 01:00:01:13 01:00:01:14",
        " |C:ResolveColorCyan |M:t1-0002 right gravel boot walk 0.50 |D:1",
        "",
        "",
    ]


@pytest.mark.parametrize("start", ["00:00:00:00", "01:00:00:00", "00:09:30:00"])
@pytest.mark.parametrize(("offset_s", "nudge_s"), [(0.0, 0.0), (62.02, 0.25), (-7.25, -0.013)])
@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_every_marker_stands_on_its_frame(
    rate: Fraction, offset_s: float, nudge_s: float, start: str
) -> None:
    steps = random_steps(60)
    made = scene(steps, rate=rate, offset_s=offset_s, nudge_s=nudge_s, start_timecode=start)
    markers = read_resolve_markers(resolve_markers(made), rate)
    zero = label_frames(start, rate)
    found = {name: at - zero for name, at in positions(markers).items()}
    assert found == expected_frames(steps, rate, nudge_s=nudge_s, offset_s=offset_s)


@pytest.mark.parametrize("start", ["00:00:50;00", "09:59:30;00", "23:00:00;00"])
@pytest.mark.parametrize("rate", [RATES["29.97"], RATES["59.94"]], ids=["29.97", "59.94"])
def test_drop_frame_labels_are_the_frames_of_their_steps(rate: Fraction, start: str) -> None:
    steps = random_steps(200, duration_s=700.0)
    text = resolve_markers(scene(steps, rate=rate, duration_s=700.0, start_timecode=start))
    assert "FCM: DROP FRAME\r\n" in text
    zero = label_frames(start, rate)
    markers = read_resolve_markers(text, rate)
    assert {name: at - zero for name, at in positions(markers).items()} == expected_frames(
        steps, rate
    )
    events = [line for line in text.splitlines() if "  001  " in line]
    assert len(events) > 100
    assert all(line.count(";") == 4 for line in events)


def test_steps_of_one_frame_share_a_marker() -> None:
    """Resolve keeps one marker a frame."""
    left, right, other = walk(3, first_s=1.0)
    at_once = [
        dataclasses.replace(right, initial_contact_time_s=1.019, toe_off_time_s=None),
        left,
        dataclasses.replace(other, track_id=2, initial_contact_time_s=1.04, toe_off_time_s=None),
    ]
    text = resolve_markers(scene(at_once))
    first, second = (line for line in text.splitlines() if line.startswith(" |C:"))
    assert first.startswith(" |C:ResolveColorYellow |M:t1-0001 left ")
    assert " + t1-0002 right " in first
    assert "|M:t1-0003 " in second
    found = positions(read_resolve_markers(text, Fraction(25)))
    assert found == {"t1-0001": 25, "t1-0002": 25, "t1-0003": 26}


def test_the_adapter_of_opentimelineio_finds_an_event_a_marker() -> None:
    steps = random_steps(100)
    made = scene(steps, start_timecode="01:00:00:00", offset_s=2.0)
    timeline = otio.adapters.read_from_string(resolve_markers(made), "cmx_3600", rate=25)
    assert timeline.name == "a walk.mp4"
    (track,) = timeline.tracks
    spans = [clip.source_range for clip in track.find_clips()]
    expected = expected_frames(steps, Fraction(25), offset_s=2.0)
    assert {span.duration.value for span in spans} == {1}
    assert [span.start_time.value - 3600 * 25 for span in spans] == sorted(set(expected.values()))


def test_a_thousand_steps_and_names_that_nothing_breaks() -> None:
    steps = [
        dataclasses.replace(step, footstep_id=f"läuft|M:\r\n{step.footstep_id} |D:9")
        for step in walk(1_100)
    ]
    text = resolve_markers(scene(steps, duration_s=700.0, name="a|b\r\nFCM: x"))
    assert text.isascii()
    markers = read_resolve_markers(text, Fraction(25))
    assert len(markers) == 1_100
    assert markers[0].text.startswith("lauft/M: t1-0001 /D:9 left")
    assert "1100  001      V     C" in text


def test_no_footsteps() -> None:
    assert resolve_markers(scene([])) == "TITLE: a walk.mp4\r\nFCM: NON-DROP FRAME\r\n\r\n"


def test_it_counts_through_midnight() -> None:
    text = resolve_markers(scene(walk(1, first_s=0.96), start_timecode="23:59:59:00"))
    assert "23:59:59:24 00:00:00:00 23:59:59:24 00:00:00:00" in text
