"""``session.otio``, read back by OpenTimelineIO."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import opentimelineio as otio
import pytest

from foley_audio.export.files import planned
from foley_audio.export.otio import session_otio
from foley_common.sound import SessionFormat
from support.audio import walk
from support.sessions import RATES, expected_samples, positions, random_steps, read_otio, scene


def clips(timeline: Any) -> dict[str, Any]:
    return {track.name: track for track in timeline.tracks}


@pytest.mark.parametrize("rate_hz", [48_000, 96_000])
@pytest.mark.parametrize(("offset_s", "nudge_s"), [(0.0, 0.0), (3600.02, 0.25), (-7.25, -0.013)])
@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_every_marker_stands_on_its_sample(
    rate: Fraction, offset_s: float, nudge_s: float, rate_hz: int
) -> None:
    steps = random_steps(60)
    data = session_otio(
        scene(steps, rate=rate, offset_s=offset_s, nudge_s=nudge_s, rate_hz=rate_hz)
    )
    timeline, markers = read_otio(data)
    assert positions(markers) == expected_samples(steps, offset_s + nudge_s, rate_hz)
    assert timeline.tracks.markers[0].marked_range.start_time.rate == rate_hz


def test_a_marker_knows_everything_about_its_step() -> None:
    steps = random_steps(20)
    by_id = {step.footstep_id: step for step in steps}
    _, markers = read_otio(session_otio(scene(steps)))
    assert len(markers) == len(steps)
    for marker in markers:
        step = by_id[marker.footstep_id]
        assert marker.facts["track_id"] == step.track_id
        assert marker.facts["foot"] == step.side.value
        assert marker.facts["time_s"] == pytest.approx(step.initial_contact_time_s, abs=1e-9)
        assert marker.facts["strength"] == pytest.approx(step.strength, abs=1e-4)
        assert (marker.facts["surface"], marker.facts["footwear"]) == ("gravel", "boot")
        if step.toe_off_time_s is not None:
            assert marker.end == pytest.approx(step.toe_off_time_s * 48_000, abs=0.51)


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_the_start_is_the_time_code(rate: Fraction) -> None:
    timeline, _ = read_otio(session_otio(scene(walk(1), rate=rate, start_timecode="01:00:00:00")))
    start = timeline.global_start_time
    assert start.value == 3600 * round(rate)
    assert start.rate == pytest.approx(float(rate))


def test_drop_frame_starts_are_read_as_such() -> None:
    timeline, _ = read_otio(
        session_otio(scene(walk(1), rate=RATES["29.97"], start_timecode="10:00:00;00"))
    )
    assert otio.opentime.to_timecode(timeline.global_start_time) == "10:00:00;00"


@pytest.mark.parametrize("offset_s", [0.0, 1.5, -1.5])
@pytest.mark.parametrize("handles_s", [0.0, 2.0])
@pytest.mark.parametrize("stems", [False, True])
def test_clips_stand_at_the_offset_with_handles_inside_their_media(
    offset_s: float, handles_s: float, stems: bool
) -> None:
    plain = scene(
        walk(8),
        duration_s=10.0,
        stems=stems,
        offset_s=offset_s,
        handles_s=handles_s,
        start_timecode="01:00:00:00",
    )
    written, formats = planned(plain, [SessionFormat.OTIO])
    assert (SessionFormat.BWF in formats) == (handles_s > 0)
    timeline, _ = read_otio(session_otio(written))
    tracks = clips(timeline)
    assert set(tracks) == {
        "picture",
        "mix",
        *(
            {"foley"}
            if not stems
            else {f"track-{i}-{side}" for i in (1, 2) for side in ("left", "right")}
        ),
    }
    for name, track in tracks.items():
        clip = next(iter(track.find_clips()))
        media = clip.media_reference
        placed = clip.range_in_parent()
        assert placed.start_time.to_seconds() == pytest.approx(max(0.0, offset_s))
        assert clip.source_range.duration.to_seconds() == pytest.approx(10.0 + min(0.0, offset_s))
        before = clip.source_range.start_time - media.available_range.start_time
        after = media.available_range.end_time_exclusive() - clip.source_range.end_time_exclusive()
        cut_s = max(0.0, -offset_s)
        wanted_s = 0.0 if name == "picture" else handles_s  # a video has no picture beyond its own
        assert before.to_seconds() == pytest.approx(wanted_s + cut_s)
        assert after.to_seconds() == pytest.approx(wanted_s)
        assert "/" not in media.target_url
        if handles_s and name != "picture":
            assert media.target_url.endswith(".bwf.wav")
            start_s = media.available_range.start_time.to_seconds()
            assert start_s == pytest.approx(3600 + offset_s - handles_s)  # its own time reference
        assert track.enabled == (name != "mix")


def test_a_session_that_ends_before_its_zero_has_no_clips() -> None:
    timeline, markers = read_otio(session_otio(scene(walk(4), duration_s=5.0, offset_s=-10.0)))
    assert markers == []
    assert not list(timeline.find_clips())


def test_without_media_there_are_still_markers() -> None:
    timeline, markers = read_otio(session_otio(scene(walk(4), media=False)))
    assert len(markers) == 4
    assert not list(timeline.find_clips())


def test_no_footsteps() -> None:
    assert read_otio(session_otio(scene([])))[1] == []
