"""Where things stand in a session, and labels against OpenTimelineIO's own count of SMPTE time code."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from foley_audio.export.clock import SessionClock
from foley_common.errors import InvalidField
from foley_common.media.probe import probe
from foley_common.programme import SessionOptions
from foley_common.timebase import Timecode
from support import clips
from support.audio import video_info
from support.sessions import RATES

NTSC = Fraction(30_000, 1001)


def clock(rate: Fraction, start: str = "", *, source: str = "", **options: float) -> SessionClock:
    video = dataclasses.replace(video_info(start_timecode=source), frame_rate=rate)
    nudge_s = options.pop("nudge_s", 0.0)
    return SessionClock(video, SessionOptions(start_timecode=start, **options), nudge_s)


@pytest.mark.parametrize(
    ("name", "drop"),
    [*((name, False) for name in RATES if name != "12.5"), ("29.97", True), ("59.94", True)],
)
def test_labels_are_those_of_opentimelineio(name: str, drop: bool) -> None:
    rate = RATES[name]
    code = Timecode(rate, drop)
    near_minutes = {
        frame
        for minute in (*range(12), 59, 60, 61, 23 * 60, 24 * 60 - 1)
        for frame in range(
            code.index(f"{minute // 60:02d}:{minute % 60:02d}:59{';' if drop else ':'}00"),
            code.index(f"{minute // 60:02d}:{minute % 60:02d}:59{';' if drop else ':'}00")
            + 3 * code.nominal_rate,
        )
        if frame < code.labels_per_day
    }
    for frame in sorted(near_minutes):
        label = code.label(frame)
        assert otio.opentime.from_timecode(label, float(rate)).value == frame
        if frame / rate < 24 * 3600:  # beyond a day of running time its own labels start anew
            time = otio.opentime.RationalTime(frame, float(rate))
            assert label == otio.opentime.to_timecode(time, float(rate), drop)
    assert code.label(code.labels_per_day) == code.label(0)


@pytest.mark.parametrize(
    ("rate", "start", "said"),
    [
        (NTSC, "00:01:00;00", "00:01:00;02"),
        (NTSC, "10:09:00;01", "10:09:00;02"),
        (Fraction(60_000, 1001), "00:01:00;03", "00:01:00;04"),
        (Fraction(25), "01:00:00;00", "write 01:00:00:00"),
        (Fraction(24), "01:00:00:24", "frames to 23"),
        (Fraction(25, 2), "00:00:00:13", "frames to 11"),
    ],
)
def test_a_start_that_no_frame_can_have_is_refused(rate: Fraction, start: str, said: str) -> None:
    with pytest.raises(InvalidField, match=said) as caught:
        clock(rate, start)
    assert caught.value.violations[0].field == "session.start_timecode"


@pytest.mark.parametrize(
    ("source", "start", "expected"),
    [
        ("", "", "00:00:00;00"),
        ("01:00:00:00", "", "01:00:00:00"),
        ("01:00:00;00", "", "01:00:00;00"),
        ("01:00:00;00", "10:00:00:00", "10:00:00:00"),
        ("", "09:59:59;28", "09:59:59;28"),
        ("nonsense", "", "00:00:00;00"),
    ],
)
def test_the_start_is_the_one_asked_for_or_the_sources_own(
    source: str, start: str, expected: str
) -> None:
    assert clock(NTSC, start, source=source).label(0) == expected


def test_a_rate_that_a_container_rounded_counts_like_the_exact_one() -> None:
    assert clock(Fraction(2997, 100), "00:00:59;29").label(1) == "00:01:00;02"


def test_a_clip_of_variable_rate_counts_as_a_timeline_does(tmp_path: Path) -> None:
    """A phone's 30 with frames left out: a second is 30 labels, not the 22 that its average would make it."""
    path, _times_s = clips.variable_rate(
        tmp_path / "phone.mov", metadata={"timecode": "10:00:00:00"}
    )
    info = probe(path)
    assert info.start_timecode == "10:00:00:00"
    clock = SessionClock(info, SessionOptions(offset_s=2.0))
    assert clock.rate == 30
    assert clock.picture_frame(1.0) == 30
    assert clock.picture_label(clock.picture_frame(1.4)) == "10:00:03:12"
    assert clock.picture_start_s == 36_002


def test_labels_go_through_midnight_in_both_directions() -> None:
    assert clock(Fraction(25), "23:59:59:24").label(1) == "00:00:00:00"
    assert clock(Fraction(25), offset_s=-1.0).picture_label(0) == "23:59:59:00"


def test_running_time_of_a_label_is_not_its_reading_at_ntsc_rates() -> None:
    assert float(clock(NTSC, "01:00:00:00").start_s) == pytest.approx(3603.6)
    assert float(clock(NTSC, "01:00:00;00").start_s) == pytest.approx(3599.9964)
    assert float(clock(NTSC, "01:00:00:00").day_s) == pytest.approx(86_486.4)


def test_the_picture_stands_on_whole_frames_and_sounds_stay_on_it() -> None:
    moved = clock(Fraction(25), offset_s=0.05, nudge_s=0.01)
    assert moved.offset_frames == 1
    assert moved.position_frame(0.039) == 1 + 1  # 49 ms: the second frame of the picture
    assert moved.picture_frame(0.039) == 0
