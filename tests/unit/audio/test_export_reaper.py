"""``session.rpp``, read back by rpp."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import pytest

from foley_audio.export.files import planned
from foley_audio.export.reaper import session_rpp
from foley_common.sound import SessionFormat
from support.audio import walk
from support.sessions import (
    RATES,
    expected_samples,
    heard,
    positions,
    random_steps,
    read_rpp,
    scene,
)


def field(element: Any, name: str) -> list[str]:
    return element.find(name)[1:]


@pytest.mark.parametrize(("offset_s", "nudge_s"), [(0.0, 0.0), (86_400.0, 0.25), (-7.25, -0.013)])
def test_every_marker_stands_on_its_sample(offset_s: float, nudge_s: float) -> None:
    steps = random_steps(150)
    _, markers = read_rpp(session_rpp(scene(steps, offset_s=offset_s, nudge_s=nudge_s)))
    found = {name: round(at * 48_000) for name, at in positions(markers).items()}
    assert found == expected_samples(heard(steps, nudge_s), offset_s + nudge_s)


@pytest.mark.parametrize(
    ("rate", "start", "seconds", "shown"),
    [
        ("25", "01:00:00:00", 3600.0, ["25", "0"]),
        ("29.97", "01:00:00;00", 3599.9964, ["30", "1"]),
        ("29.97", "01:00:00:00", 3603.6, ["30", "2"]),
        ("23.976", "01:00:00:00", 3603.6, ["24", "2"]),
        ("30", "01:00:00:00", 3600.0, ["30", "0"]),
        ("60", "00:00:01:00", 1.0, ["60", "0"]),
        ("59.94", "01:00:00;00", 3599.9964, ["30", "1"]),
        ("59.94", "10:00:00:00", 36_036.0, ["30", "2"]),
        ("47.952", "10:00:00:00", 36_036.0, ["24", "2"]),
    ],
)
def test_the_ruler_counts_from_the_start_at_the_projects_rate(
    rate: str, start: str, seconds: float, shown: list[str]
) -> None:
    project, _ = read_rpp(session_rpp(scene(walk(1), rate=RATES[rate], start_timecode=start)))
    assert float(field(project, "PROJOFFS")[0]) == pytest.approx(seconds, abs=1e-9)
    assert field(project, "TIMEMODE")[3:5] == shown
    assert field(project, "TIMELOCKMODE") == ["0"]  # no tempo moves anything
    assert field(project, "SAMPLERATE")[0] == "48000"


@pytest.mark.parametrize("offset_s", [0.0, 1.5, -1.5])
@pytest.mark.parametrize("handles_s", [0.0, 2.0])
def test_items_stand_at_the_offset_and_begin_after_their_handle(
    offset_s: float, handles_s: float
) -> None:
    plain = scene(walk(8), duration_s=10.0, stems=True, offset_s=offset_s, handles_s=handles_s)
    written, _ = planned(plain, [SessionFormat.REAPER])
    project, _ = read_rpp(session_rpp(written))
    tracks = {field(track, "NAME")[0]: track for track in project.findall("TRACK")}
    assert list(tracks) == [
        "picture",
        *(f"track-{i}-{side}" for i in (1, 2) for side in ("left", "right")),
        "mix",
    ]
    for name, track in tracks.items():
        item = track.find("ITEM")
        cut, handle = max(0.0, -offset_s), 0.0 if name == "picture" else handles_s
        assert float(field(item, "POSITION")[0]) == max(0.0, offset_s)
        assert float(field(item, "SOFFS")[0]) == handle + cut
        assert float(field(item, "LENGTH")[0]) == 10.0 - cut
        assert "/" not in field(item.find("SOURCE"), "FILE")[0]
        assert (field(track, "MUTESOLO")[0] == "1") == (name == "mix")
        assert (field(track, "VOLPAN")[0] == "0") == (name == "picture")


@pytest.mark.parametrize(
    "name",
    [
        'say "ah"',
        "it's",
        "back`tick",
        "all \"three' `kinds`",
        "<ITEM",
        ">",
        "|",
        "",
        "new\nline",
        "👟" * 300,
    ],
)
def test_names_are_quoted_so_that_nothing_breaks_out(name: str) -> None:
    step = dataclasses.replace(walk(1)[0], footstep_id=name)
    project, markers = read_rpp(session_rpp(scene([step], stems=True)))
    assert len(markers) == 1
    shown = " ".join(name.split()).replace("`", "'")[:20] or "?"
    text = markers[0].text.replace("`", "'")
    assert text.startswith(shown[:20])
    assert len(project.findall("TRACK")) == 6


def test_no_footsteps_and_no_media() -> None:
    project, markers = read_rpp(session_rpp(scene([], media=False, rate=Fraction(25, 2))))
    assert markers == []
    assert project.findall("TRACK") == []
