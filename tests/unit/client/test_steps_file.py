"""Tables of steps that a person corrected: ours, a spreadsheet's, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from foley_client.rpc.options import render_options
from foley_client.steps_file import MAX_PROBLEMS, steps_in
from foley_client.steps_words import SaidStep, StepWords
from foley_common.errors import InvalidField
from foley_common.footsteps import GaitKind, Side, StepEdit
from foley_common.surfaces import Footwear, Surface

OURS = (
    "frame,timecode,foot,event,time_seconds,confidence,track_id,x_px,y_px,surface,footwear,strength,gait,footstep_id\r\n"
    "31,00:00:01:06,LEFT,HEEL_STRIKE,1.250417,0.9100,1,40.0,100.0,gravel,boot,0.4310,walk,t1-0000\r\n"
    "45,00:00:01:20,LEFT,TOE_OFF,1.810000,0.8000,1,41.0,100.0,gravel,boot,0.4310,walk,t1-0000\r\n"
    "50,00:00:02:00,RIGHT,HEEL_STRIKE,2.000000,0.9100,2,40.0,100.0,gravel,boot,0.5,,t2-0001\r\n"
)
THEIRS = "\ufefftime_seconds;foot;strength\n1,25;left;0,4\n2,5;;\n;;\n"


def written(folder: Path, text: str, name: str = "footsteps.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def edits_in(path: Path) -> list[StepEdit]:
    return list(steps_in(path).edits)


def problem(path: Path) -> str:
    with pytest.raises(InvalidField) as caught:
        steps_in(path)
    (violation,) = caught.value.violations
    assert violation.field == "--steps"
    return violation.problem


def test_a_table_of_ours_is_its_contacts(tmp_path: Path):
    assert edits_in(written(tmp_path, OURS)) == [
        StepEdit("t1-0000", False, 1.250417, Side.LEFT, 1, 0.431, GaitKind.WALK),
        StepEdit("t2-0001", False, 2.0, Side.RIGHT, 2, 0.5, None),
    ]


def test_grounds_and_shoes_are_read_of_contacts_with_their_places(tmp_path: Path):
    table = steps_in(written(tmp_path, OURS))
    words = StepWords(Surface.GRAVEL, Footwear.BOOT)
    assert table.said == [
        SaidStep("footsteps.csv line 2", 1, 1.250417, words),
        SaidStep("footsteps.csv line 4", 2, 2.0, words),
    ]


def test_words_may_be_typed_as_they_are_said_and_left_out(tmp_path: Path):
    text = (
        "time_seconds;surface;footwear;wet\n"
        "1;Wood;High heel;WAHR\n2;;dress-shoe;TRUE\n3;GRAVEL;;Dry\n4;;;\n"
    )
    assert "line 2: wet 'WAHR' must be one of true, wet, false, dry" in problem(
        written(tmp_path, text)
    )
    assert steps_in(written(tmp_path, text.replace("WAHR", ""))).words == (
        StepWords(Surface.WOOD, Footwear.HIGH_HEEL),
        StepWords(None, Footwear.DRESS_SHOE, True),
        StepWords(Surface.GRAVEL, wet=False),
        StepWords(),
    )
    assert steps_in(written(tmp_path, THEIRS)).words == (StepWords(), StepWords())


def test_a_spreadsheets_table_may_have_semicolons_commas_and_few_columns(tmp_path: Path):
    assert edits_in(written(tmp_path, THEIRS)) == [
        StepEdit(contact_time_s=1.25, side=Side.LEFT, strength=0.4),
        StepEdit(contact_time_s=2.5),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "time_seconds\n1,25\n",  # one column alone: a comma is no separator
        'time_seconds,foot\n"1,25",\n',
        "sep=;\r\ntime_seconds;foot\r\n1,25;\r\n",
        "\n \ntime_seconds,foot\n1.25,\n",
        "time_seconds\tfoot\n1,25\t\n",
        " Time_Seconds , foot\n1.25,\n",
        "event,time_seconds\nHeel strike,1.25\ntoe-off,1.6\n",
    ],
)
def test_tables_of_many_programs_say_the_same(tmp_path: Path, text: str):
    assert edits_in(written(tmp_path, text)) == [StepEdit(contact_time_s=1.25)]


def test_a_table_tool_may_have_made_a_float_of_the_person_and_a_letter_of_the_foot(tmp_path: Path):
    text = "time_seconds,track_id,foot\n1.25,1.0,L\n2.25,2,r\n"
    assert edits_in(written(tmp_path, text)) == [
        StepEdit(contact_time_s=1.25, track_id=1, side=Side.LEFT),
        StepEdit(contact_time_s=2.25, track_id=2, side=Side.RIGHT),
    ]


def test_our_json_is_read_too(tmp_path: Path):
    rows = [
        {"footstep_id": "t1-0000", "track_id": 1, "foot": "left", "initial_contact_s": 1.25,
         "toe_off_s": None, "strength": 0.4, "gait": None,
         "surface": "mud", "wet": True, "footwear": None},
        {"initial_contact_s": 3, "surface": None, "wet": False},
    ]  # fmt: skip
    wanted = [
        StepEdit("t1-0000", False, 1.25, Side.LEFT, 1, 0.4, None),
        StepEdit(contact_time_s=3.0),
    ]
    for told in ({"footsteps": rows, "events": []}, rows):
        path = written(tmp_path, json.dumps(told), "steps.json")
        assert edits_in(path) == wanted
        assert steps_in(path).words == (StepWords(Surface.MUD, wet=True), StepWords(wet=False))


def test_an_empty_table_means_no_step(tmp_path: Path):
    assert edits_in(written(tmp_path, OURS.splitlines()[0])) == []
    message = render_options(step_edits=[], only_these_steps=True)
    assert message.step_edits.only_these
    assert not render_options().HasField("step_edits")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("soon,LEFT,1,0.5,walk,a", "line 2: time_seconds 'soon' is no number"),
        ("-1,LEFT,1,0.5,walk,a", "time_seconds -1 must be 0 or more"),
        ("inf,LEFT,1,0.5,walk,a", "time_seconds inf must be 0 or more"),
        ("nan,LEFT,1,0.5,walk,a", "time_seconds nan must be 0 or more"),
        (",LEFT,1,0.5,walk,a", "has no time of contact"),
        ("1,middle,1,0.5,walk,a", "foot 'middle' must be one of left, right"),
        ("1,LEFT,0,0.5,walk,a", "track_id '0' is no person"),
        ("1,LEFT,1,50,walk,a", "strength 50 must be from 0 to 1"),
        ("1,LEFT,1,0.5,swim,a", "gait 'swim' must be one of walk, run"),
        ("1_5,LEFT,1,0.5,walk,a", "time_seconds '1_5' is no number"),
        ("1,LEFT,1.5,0.5,walk,a", "track_id '1.5' is no person"),
        ("1,LEFT,1,0.5,walk,t1 00", "footstep_id 't1 00' must be at most 64 of letters"),
        ("1,LEFT,1,0,5,walk,a", "line 2 has more cells than the first line"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, row: str, says: str):
    head = "time_seconds,foot,track_id,strength,gait,footstep_id\n"
    assert says in problem(written(tmp_path, head + row + "\n"))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,lava,boot", "line 2: surface 'lava' must be one of concrete, asphalt"),
        ("1,wood,clog", "line 2: footwear 'clog' must be one of barefoot, sneaker"),
        ("1,unknown,", "line 2: surface 'unknown' must be one of"),
    ],
)
def test_words_of_no_list_are_told_with_their_line(tmp_path: Path, row: str, says: str):
    head = "time_seconds,surface,footwear\n"
    assert says in problem(written(tmp_path, head + row + "\n"))


def test_an_event_that_nobody_knows_loses_no_row_without_a_word(tmp_path: Path):
    text = "time_seconds,event\n1,HEEL_STRIKE\n2,stomp\n"
    assert "line 3: event 'stomp' must be HEEL_STRIKE or TOE_OFF" in problem(
        written(tmp_path, text)
    )


def test_a_step_that_the_video_is_too_short_for_is_told_with_its_line(tmp_path: Path):
    table = steps_in(written(tmp_path, OURS))
    table.check_within(2.5)
    with pytest.raises(InvalidField, match=r"line 4: time_seconds 2 is not before .* 1\.900 s"):
        table.check_within(1.9)


def test_a_table_among_the_results_is_not_replaced(tmp_path: Path):
    table = steps_in(written(tmp_path, OURS))
    with pytest.raises(InvalidField, match="copy it, or name another folder with -o"):
        table.check_kept(tmp_path)
    table.check_kept(tmp_path / "other")
    steps_in(written(tmp_path, OURS, "corrected.csv")).check_kept(tmp_path)


def test_a_copied_row_is_told_and_many_problems_are_counted(tmp_path: Path):
    head = "time_seconds,footstep_id\n"
    assert "line 3: footstep_id a stands twice; a new step's is left empty" in problem(
        written(tmp_path, head + "1,a\n2,a\n")
    )
    told = problem(written(tmp_path, head + "x,\n" * (MAX_PROBLEMS + 3)))
    assert told.endswith("; and 3 more")
    assert "line 12" not in told


def test_what_is_no_table_is_told(tmp_path: Path):
    assert "has no column time_seconds" in problem(written(tmp_path, "a,b\n1,2\n"))
    assert "has no column time_seconds" in problem(written(tmp_path, ""))
    assert "is no JSON" in problem(written(tmp_path, "{", "steps.json"))
    assert "is no JSON" in problem(written(tmp_path, "[" * 200_000, "steps.json"))
    assert "has no list footsteps" in problem(written(tmp_path, '{"footsteps": 3}', "steps.json"))
    (tmp_path / "steps.csv").write_bytes("time_seconds\n1\n".encode("utf-16"))
    assert "UTF-8" in problem(tmp_path / "steps.csv")
    assert "cannot be read: No such file" in problem(tmp_path / "none.csv")
    assert "cannot be read: Is a directory" in problem(tmp_path)


def test_changes_get_into_the_message():
    message = render_options(
        step_edits=[
            StepEdit(
                "a", contact_time_s=0.0, side=Side.RIGHT, strength=0.0, gait_kind=GaitKind.RUN
            ),
            StepEdit("b", remove=True),
        ]
    ).step_edits
    first, second = message.edits
    assert first.HasField("initial_contact_offset")
    assert first.HasField("strength")
    assert (first.side, first.gait_kind) == (2, 2)
    assert second.remove
    assert not second.HasField("strength")
    assert not message.only_these
