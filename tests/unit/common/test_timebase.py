"""Exact rates, frame times, samples, and SMPTE time code against an independent count."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley_common.timebase import (
    Timecode,
    can_drop_frames,
    frame_at,
    frame_time_s,
    is_timecode,
    nearest_sample,
    timecode_at,
)

NTSC_30, NTSC_60, FILM = Fraction(30_000, 1001), Fraction(60_000, 1001), Fraction(24_000, 1001)
RATES = [Fraction(n) for n in (15, 24, 25, 30, 48, 50, 60, 120, 240)] + [FILM, NTSC_30, NTSC_60]
DAY_30 = 2_589_408  # frames in 24 h of drop-frame labels at 29.97: 24·6·17982, SMPTE ST 12-1


def labels_by_counting(nominal: int, dropped: int, minutes: int) -> list[str]:
    """Drop-frame labels written down one after another, leaving out the first few of most minutes."""
    found = []
    for minute in range(minutes):
        for second in range(60):
            for frame in range(nominal):
                if minute % 10 and second == 0 and frame < dropped:
                    continue
                found.append(f"{minute // 60:02d}:{minute % 60:02d}:{second:02d};{frame:02d}")
    return found


@pytest.mark.parametrize(("rate", "nominal", "dropped"), [(NTSC_30, 30, 2), (NTSC_60, 60, 4)])
def test_drop_frame_labels_are_those_of_counting(rate, nominal, dropped):
    timecode = Timecode(rate, drop_frame=True)
    expected = labels_by_counting(nominal, dropped, minutes=61)
    assert [timecode.label(i) for i in range(len(expected))] == expected


@pytest.mark.parametrize(
    ("index", "label"),
    [
        (0, "00:00:00;00"),
        (1799, "00:00:59;29"),
        (1800, "00:01:00;02"),
        (17_982, "00:10:00;00"),
        (107_892, "01:00:00;00"),
    ],
)
def test_well_known_drop_frame_labels(index, label):
    timecode = Timecode(NTSC_30, drop_frame=True)
    assert timecode.label(index) == label
    assert timecode.index(label) == index


@given(rate=st.sampled_from(RATES), index=st.integers(0, 24 * 3600 * 15 - 1), drop=st.booleans())
def test_every_frame_has_a_label_of_its_own(rate, index, drop):
    timecode = Timecode(rate, drop_frame=drop and can_drop_frames(rate))
    assert timecode.index(timecode.label(index)) == index


@given(rate=st.sampled_from([NTSC_30, NTSC_60]), index=st.integers(0, DAY_30 - 1))
def test_drop_frame_stays_near_the_clock(rate, index):
    hours, minutes, rest = Timecode(rate, drop_frame=True).label(index).split(":")
    seconds, frames = rest.split(";")
    nominal = round(rate)
    shown_s = int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(frames) / nominal
    assert (
        abs(shown_s - float(index / rate)) <= 4.5 * 2 / nominal
    )  # at most the labels dropped in nine minutes, early


def test_labels_wrap_after_a_day():
    assert Timecode(NTSC_30, drop_frame=True).label(DAY_30) == "00:00:00;00"
    assert Timecode(Fraction(25)).label(25 * 86_400 + 1) == "00:00:00:01"


@pytest.mark.parametrize("label", ["00:01:00;00", "00:01:00;01", "00:59:00;00"])
def test_labels_that_drop_frame_leaves_out_have_no_frame(label):
    with pytest.raises(ValueError, match="leaves out"):
        Timecode(NTSC_30, drop_frame=True).index(label)


@pytest.mark.parametrize(
    "label",
    [
        *("", "1:2:3:4", "24:00:00:00", "00:60:00:00", "00:00:60:00", "00:00:00:25"),
        *("aa:bb:cc:dd", "00:00:00:00\n"),
    ],
)
def test_texts_that_are_no_time_code(label):
    with pytest.raises(ValueError, match=r"out of range: .* frames to 24|HH:MM"):
        Timecode(Fraction(25)).index(label)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("00:00:00:00", True), ("23:59:59;29", True), ("01:00:00:119", True)),
        *(("24:00:00:00", False), ("00:60:00:00", False), ("00:00:60:00", False)),
        *(("", False), ("00:00:00", False), ("00:00:00:00\n", False)),
    ],
)
def test_what_has_the_shape_of_a_time_code(text, expected):
    assert is_timecode(text) is expected


@pytest.mark.parametrize(
    "rounded", [Fraction(2997, 100), Fraction(19_001, 634), Fraction(5994, 100)]
)
def test_a_rate_that_a_container_rounded_drops_frames_like_the_exact_one(rounded):
    exact = NTSC_30 if rounded < 40 else NTSC_60
    assert Timecode.usual_for(rounded).label(12_345) == Timecode.usual_for(exact).label(12_345)
    assert not can_drop_frames(Fraction(2998, 100))


def test_a_label_says_how_it_counts():
    assert timecode_at("01:00:00;00", NTSC_30) == (Timecode(NTSC_30, drop_frame=True), 107_892)
    assert timecode_at("01:00:00:00", NTSC_30) == (Timecode(NTSC_30), 108_000)
    with pytest.raises(ValueError, match=r"29\.97 and 59\.94 .* has 25, write 01:00:00:00"):
        timecode_at("01:00:00;00", Fraction(25))
    with pytest.raises(ValueError, match="the next one is 00:59:00;02"):
        timecode_at("00:59:00;01", NTSC_30)


def test_illegal_rates_and_frames():
    with pytest.raises(ValueError, match="frame_rate"):
        Timecode(Fraction(0))
    with pytest.raises(ValueError, match="drop-frame"):
        Timecode(Fraction(25), drop_frame=True)
    with pytest.raises(ValueError, match="frame_index"):
        Timecode(Fraction(25)).label(-1)


def test_usual_labels():
    assert Timecode.usual_for(NTSC_30).drop_frame
    assert not Timecode.usual_for(Fraction(25)).drop_frame
    assert not Timecode.usual_for(FILM).drop_frame
    assert Timecode(FILM).nominal_rate == 24
    assert Timecode(Fraction(120)).label(119) == "00:00:00:119"


@given(rate=st.sampled_from(RATES), index=st.integers(0, 10_000_000))
def test_a_frames_time_lies_in_the_frame(rate, index):
    assert frame_at(frame_time_s(index, rate), rate) == index
    half = float(Fraction(1, 2) / rate)
    assert frame_at(frame_time_s(index, rate) + half, rate) == index


@given(sample=st.integers(0, 10**10), rate_hz=st.sampled_from([8000, 44_100, 48_000, 96_000]))
def test_a_samples_time_is_that_sample(sample, rate_hz):
    assert nearest_sample(sample / rate_hz, rate_hz) == sample


def test_halves_go_up():
    assert nearest_sample(0.5 / 48_000, 48_000) in (0, 1)
    assert nearest_sample(0.25, 2) == 1
    assert nearest_sample(0.75, 2) == 2
