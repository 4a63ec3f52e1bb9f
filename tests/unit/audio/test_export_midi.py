"""``session.mid``, read back by mido."""

from __future__ import annotations

import io
from collections import Counter
from fractions import Fraction

import mido
import pytest

from foley_audio.export.midi import LONGEST_DELTA_TICKS, session_midi
from support.audio import walk
from support.sessions import (
    RATES,
    expected_samples,
    heard,
    positions,
    random_steps,
    read_midi,
    scene,
)


@pytest.mark.parametrize(
    ("offset_s", "nudge_s"), [(0.0, 0.0), (3600.0, 0.0), (-7.25, 0.013), (86_400.0, -0.5)]
)
def test_every_contact_is_within_half_a_tick(offset_s: float, nudge_s: float) -> None:
    steps = random_steps(300)
    markers, notes = read_midi(session_midi(scene(steps, offset_s=offset_s, nudge_s=nudge_s)))
    expected = expected_samples(heard(steps, nudge_s), offset_s + nudge_s)
    found = positions(markers)
    assert found.keys() == expected.keys()
    for name, seconds in found.items():
        assert seconds == pytest.approx(expected[name] / 48_000, abs=0.00027)
    starts = Counter(round(note.at * 1920) for note in notes)
    assert starts == Counter(round(seconds * 1920) for seconds in found.values())


def test_libraries_that_hold_ten_million_ticks_for_a_fault_read_an_hour() -> None:
    file = mido.MidiFile(file=io.BytesIO(session_midi(scene(walk(1), offset_s=3600.0))))
    assert max(sum(message.time for message in track) for track in file.tracks) < 10_000_000


def test_a_note_says_who_which_foot_how_hard_and_until_when() -> None:
    steps = (*walk(3, strength=1.0), *walk(3, first_s=0.7, track_id=2, strength=0.0))
    _, notes = read_midi(session_midi(scene(steps)))
    assert [note.text for note in notes[:3]] == ["person 1 left", "person 1 right", "person 1 left"]
    assert {note.text.rsplit(" ", 1)[0] for note in notes} == {"person 1", "person 2"}
    assert [note.facts["velocity"] for note in notes] == [127] * 3 + [1] * 3
    assert {note.facts["channel"] for note in notes} == {0, 1}
    assert notes[0].end == pytest.approx(0.5 + 0.62, abs=1 / 1920)
    assert notes[0].facts["release"] == 64


def test_an_unseen_toe_off_is_a_short_note_that_says_so() -> None:
    step = next(step for step in random_steps(50) if step.toe_off_time_s is None)
    _, notes = read_midi(session_midi(scene([step])))
    assert notes[0].end is not None
    assert notes[0].end - notes[0].at == pytest.approx(0.1, abs=1 / 1920)
    assert notes[0].facts["release"] == 0


def test_many_people_share_channels_but_not_tracks_nor_the_drums() -> None:
    data = session_midi(scene(random_steps(200, people=40)))
    _, notes = read_midi(data)
    assert len(mido.MidiFile(file=io.BytesIO(data)).tracks) == 41
    assert 9 not in {note.facts["channel"] for note in notes}


def test_doubled_and_overlapping_steps_all_end() -> None:
    step = walk(1)[0]
    _, notes = read_midi(session_midi(scene([step, step, step], media=False)))
    assert [note.at for note in notes] == pytest.approx([0.5] * 3, abs=1e-9)
    assert len({note.end for note in notes}) == 1  # none ends the others after a tick
    _, heard = read_midi(session_midi(scene([step, step, step])))
    assert [(note.at, note.end) for note in heard] == [(notes[0].at, notes[0].end)]


def test_no_footsteps() -> None:
    assert read_midi(session_midi(scene([]))) == ([], [])


def test_a_long_way_is_cut_into_deltas_that_midi_can_write() -> None:
    data = session_midi(scene(walk(1), offset_s=86_400.0))
    file = mido.MidiFile(file=io.BytesIO(data))
    assert max(message.time for track in file.tracks for message in track) <= LONGEST_DELTA_TICKS


@pytest.mark.parametrize(
    ("rate", "start", "expected"),
    [
        ("25", "10:20:30:24", (25, 10, 20, 30, 24, 0)),
        ("29.97", "01:00:00;02", (29.97, 1, 0, 0, 2, 0)),
        ("23.976", "01:02:03:04", (24, 1, 2, 3, 4, 0)),
        ("50", "01:00:00:49", (25, 1, 0, 0, 24, 50)),
        ("59.94", "01:00:00;05", (29.97, 1, 0, 0, 2, 50)),
    ],
)
def test_the_start_time_code_is_in_the_file(
    rate: str, start: str, expected: tuple[float, ...]
) -> None:
    data = session_midi(scene(walk(1), rate=RATES[rate], start_timecode=start))
    first = mido.MidiFile(file=io.BytesIO(data)).tracks[0]
    offset = next(message for message in first if message.type == "smpte_offset")
    names = ("frame_rate", "hours", "minutes", "seconds", "frames", "sub_frames")
    assert tuple(getattr(offset, name) for name in names) == expected


def test_a_rate_that_midi_does_not_know_has_no_time_code_but_all_notes() -> None:
    data = session_midi(scene(walk(4), rate=Fraction(25, 2)))
    first = mido.MidiFile(file=io.BytesIO(data)).tracks[0]
    assert not any(message.type == "smpte_offset" for message in first)
    assert len(read_midi(data)[1]) == 4


def test_names_are_utf_8() -> None:
    data = session_midi(scene([], name="läuft 👟\n.mp4"))
    assert mido.MidiFile(file=io.BytesIO(data), charset="utf-8").tracks[0].name == "läuft 👟 .mp4"
