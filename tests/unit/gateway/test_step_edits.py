"""The caller's changes of steps: what becomes of time, place, foot and figures, and what changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from google.protobuf import json_format

from foley.common.v1 import footstep_pb2
from foley.gateway.v1 import render_pb2
from foley_common.errors import InvalidField
from foley_common.field_limits import (
    MAX_EDITED_PEOPLE,
    MAX_FOOTSTEP_ID_LENGTH,
    MAX_STEP_EDITS,
)
from foley_common.footsteps import (
    DetectedFootsteps,
    Footstep,
    GaitKind,
    Side,
    StepEdit,
    StrikePattern,
    Track,
    TrackBox,
)
from foley_common.media.info import VideoInfo
from foley_common.rpc.convert import duration_to_proto
from foley_gateway.domain.step_edits import (
    CALLERS_WORD,
    check_step_edits,
    places_digest,
    with_edits,
)
from foley_gateway.domain.types import StepEdits
from foley_gateway.rpc.options import options_from_proto

CLIP_S, SPEED_PX_S, STANCE_S = 6.0, 50.0, 0.3
VIDEO = VideoInfo(640, 360, Fraction(25), 150, CLIP_S, "h264")
BOXES = tuple(TrackBox(t / 5, 100 + SPEED_PX_S * t / 5, 60.0, 40.0, 200.0) for t in range(31))


def step(number: int, track_id: int = 1, **changes: object) -> Footstep:
    """A step every half second, left first, of somebody who walks to the right."""
    time_s = 0.5 + 0.5 * number
    plain = Footstep(
        footstep_id=f"t{track_id}-{number:04d}",
        track_id=track_id,
        side=Side.LEFT if number % 2 == 0 else Side.RIGHT,
        initial_contact_time_s=time_s,
        toe_off_time_s=time_s + STANCE_S,
        confidence=0.8,
        toe_off_confidence=0.7,
        strength=0.4,
        gait_kind=GaitKind.WALK,
        strike_pattern=StrikePattern.HEEL,
        x_px=125 + SPEED_PX_S * time_s,
        y_px=258.0,
        person_height_px=200.0,
        toe_off_x_px=130 + SPEED_PX_S * time_s,
        toe_off_y_px=255.0,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


FOUND = DetectedFootsteps(VIDEO, tuple(step(n) for n in range(4)), (Track(1, BOXES),))


def edited(*edits: StepEdit, only_these: bool = False, found: DetectedFootsteps = FOUND):
    return with_edits(found, StepEdits(edits, only_these))


def by_id(detected: DetectedFootsteps) -> dict[str, Footstep]:
    return {one.footstep_id: one for one in detected.footsteps}


def test_a_moved_step_takes_its_toe_off_and_its_place_along():
    was = step(1)
    now = by_id(edited(StepEdit("t1-0001", contact_time_s=1.2)).detected)["t1-0001"]
    assert now.initial_contact_time_s == 1.2
    assert now.stance_time_s == pytest.approx(STANCE_S)
    assert now.x_px == pytest.approx(was.x_px + 0.2 * SPEED_PX_S)
    assert now.y_px == was.y_px
    assert was.toe_off_x_px is not None
    assert now.toe_off_x_px == pytest.approx(was.toe_off_x_px + 0.2 * SPEED_PX_S)
    assert (now.confidence, now.toe_off_confidence) == (CALLERS_WORD, was.toe_off_confidence)
    assert (now.side, now.strength, now.gait_kind) == (was.side, was.strength, was.gait_kind)


def test_steps_stay_in_order_of_time_and_figures_are_of_the_steps_as_they_are():
    detected = edited(
        StepEdit("t1-0000", contact_time_s=2.5), StepEdit("t1-0003", remove=True)
    ).detected
    assert [one.footstep_id for one in detected.footsteps] == ["t1-0001", "t1-0002", "t1-0000"]
    (person,) = detected.tracks
    assert person.boxes == BOXES
    assert person.step_time_s == pytest.approx(0.5)
    assert person.cadence_spm == pytest.approx(120)


def test_a_step_that_is_moved_to_the_end_loses_the_toe_off_that_the_clip_does_not_show():
    now = by_id(edited(StepEdit("t1-0003", contact_time_s=5.9)).detected)["t1-0003"]
    assert now.toe_off_time_s is None
    assert now.toe_off_confidence == 0.0
    assert now.toe_off_x_px is None


def test_what_is_not_said_stays_to_the_last_digit():
    now = by_id(edited(StepEdit("t1-0002", strength=0.9, side=Side.RIGHT)).detected)["t1-0002"]
    assert now == replace(step(2), strength=0.9, side=Side.RIGHT)


def test_a_single_edit_is_exact_and_a_table_may_have_been_rounded():
    edit = StepEdit("t1-0002", contact_time_s=1.5004, strength=0.4004)
    now = by_id(edited(edit).detected)["t1-0002"]
    assert (now.initial_contact_time_s, now.strength) == (1.5004, 0.4004)
    kept = edited(edit, only_these=True).detected.footsteps
    assert kept == (step(2),)


def test_where_no_step_is_different_what_was_found_is_given_back():
    whole = [
        StepEdit(one.footstep_id, contact_time_s=one.initial_contact_time_s)
        for one in FOUND.footsteps
    ]
    assert edited(*whole, only_these=True).detected is FOUND
    assert (
        edited(StepEdit("t1-0001", side=step(1).side), StepEdit("x", remove=True)).detected is FOUND
    )
    assert edited(*whole[1:], only_these=True).detected is not FOUND


def test_edits_that_name_nothing_are_told_and_the_rest_is_done():
    outcome = edited(
        StepEdit("t9-0001", remove=True),
        StepEdit("t1-0001", remove=True),
        StepEdit("x", strength=1),
    )
    assert outcome.unused == (0, 2)
    assert set(by_id(outcome.detected)) == {"t1-0000", "t1-0002", "t1-0003"}


def test_an_added_step_stands_under_the_person_and_feet_take_turns():
    detected = edited(StepEdit(contact_time_s=2.6), StepEdit(contact_time_s=2.4)).detected
    first, second = [one for one in detected.footsteps if one.initial_contact_time_s > 2.2]
    assert (first.side, second.side) == (
        Side.LEFT,
        Side.RIGHT,
    )  # the last one that was found is right
    assert first.x_px == pytest.approx(120 + 2.4 * SPEED_PX_S)
    assert (first.y_px, first.person_height_px) == (260.0, 200.0)
    assert (first.strength, first.gait_kind, first.confidence) == (0.4, GaitKind.WALK, CALLERS_WORD)
    assert first.toe_off_time_s is None
    assert first.footstep_id != second.footstep_id


def test_the_id_of_an_added_step_does_not_depend_on_other_edits():
    alone = edited(StepEdit(contact_time_s=2.4)).detected
    among = edited(StepEdit("t1-0000", remove=True), StepEdit(contact_time_s=2.4)).detected
    assert set(by_id(among)) - set(by_id(FOUND)) == set(by_id(alone)) - set(by_id(FOUND))
    named = edited(StepEdit("mine-1", contact_time_s=2.4)).detected
    assert "mine-1" in by_id(named)


def test_an_added_step_is_of_whoever_steps_nearest():
    two = replace(
        FOUND,
        footsteps=(*FOUND.footsteps, step(9, 2)),
        tracks=(*FOUND.tracks, Track(2, BOXES)),
    )
    near_two = edited(StepEdit("new", contact_time_s=5.5), found=two).detected
    assert by_id(near_two)["new"].track_id == 2
    said = edited(StepEdit("new", contact_time_s=5.5, track_id=1), found=two).detected
    assert by_id(said)["new"].track_id == 1


def test_where_nobody_was_found_steps_can_be_added_all_the_same():
    nobody = DetectedFootsteps(VIDEO)
    detected = edited(
        StepEdit(contact_time_s=1.0, strength=0.7), StepEdit(contact_time_s=1.5), found=nobody
    ).detected
    one, other = detected.footsteps
    assert (one.side, other.side) == (Side.LEFT, Side.RIGHT)
    assert (one.x_px, one.person_height_px, one.strength) == (320.0, 0.0, 0.7)
    assert one.gait_kind is None
    (person,) = detected.tracks
    assert (person.track_id, person.boxes) == (1, ())
    assert person.step_time_s == pytest.approx(0.5)


def test_a_whole_list_takes_the_place_of_what_was_found():
    detected = edited(
        StepEdit("t1-0001"), StepEdit(contact_time_s=3.0, side=Side.LEFT), only_these=True
    ).detected
    kept, new = detected.footsteps
    assert kept == step(1)
    assert (new.initial_contact_time_s, new.side) == (3.0, Side.LEFT)
    assert edited(only_these=True).detected.footsteps == ()


def test_a_table_without_ids_is_of_the_people_who_were_found():
    runner = [step(n, 2, initial_contact_time_s=3.5 + 0.5 * n, toe_off_time_s=None, strength=0.8,
                   gait_kind=GaitKind.RUN) for n in range(3)]  # fmt: skip
    two = replace(FOUND, footsteps=(*FOUND.footsteps, *runner), tracks=(*FOUND.tracks, Track(2)))
    table = [StepEdit(contact_time_s=time_s) for time_s in (1.02, 1.52, 3.52, 4.02)]
    now = edited(*table, only_these=True, found=two).detected.footsteps
    assert [one.track_id for one in now] == [1, 1, 2, 2]
    assert [one.strength for one in now] == [0.4, 0.4, 0.8, 0.8]
    assert [one.gait_kind for one in now] == [GaitKind.WALK] * 2 + [GaitKind.RUN] * 2
    assert [one.side for one in now] == [
        Side.RIGHT,
        Side.LEFT,
        Side.LEFT,
        Side.RIGHT,
    ]  # as found there, then in turn


def test_no_step_takes_the_id_of_another():
    at_once = [StepEdit(contact_time_s=time_s, side=Side.LEFT) for time_s in (3.0001, 3.0004, 3.0)]
    assert len(edited(*at_once).detected.footsteps) == len(FOUND.footsteps) + 3
    (first,) = set(by_id(edited(StepEdit(contact_time_s=2.4)).detected)) - set(by_id(FOUND))
    again = edited(
        StepEdit(first, contact_time_s=2.6), StepEdit(contact_time_s=2.4, side=Side.LEFT)
    )
    assert len(again.detected.footsteps) == len(FOUND.footsteps) + 2
    assert by_id(again.detected)[first].initial_contact_time_s == 2.6


def test_somebody_who_left_the_picture_steps_on_where_they_were_seen_last():
    left = replace(FOUND, tracks=(Track(1, BOXES[:12]),))  # seen until 2.2 s
    now = by_id(edited(StepEdit("n", contact_time_s=5.0, track_id=1), found=left).detected)["n"]
    assert (now.x_px, now.y_px) == (pytest.approx(120 + 2.2 * SPEED_PX_S), 260.0)
    assert now.person_height_px == 200.0
    unboxed = replace(FOUND, tracks=())
    now = by_id(edited(StepEdit("n", contact_time_s=5.0, track_id=1), found=unboxed).detected)["n"]
    assert (now.x_px, now.person_height_px) == (step(3).x_px, 200.0)


def test_everybody_who_steps_is_among_the_people():
    detected = edited(StepEdit("t1-0001", track_id=7)).detected
    assert [track.track_id for track in detected.tracks] == [1, 7]
    assert detected.tracks[0].boxes == BOXES


def test_the_ground_is_looked_at_anew_only_where_feet_stand_elsewhere():
    harder = edited(StepEdit("t1-0001", strength=0.9, gait_kind=GaitKind.RUN)).detected
    assert places_digest(harder) == places_digest(FOUND)
    for edit in (
        StepEdit("t1-0001", contact_time_s=1.1),
        StepEdit("t1-0001", remove=True),
        StepEdit("t1-0001", track_id=2),
        StepEdit("t1-0001", side=Side.LEFT),
    ):
        assert places_digest(edited(edit).detected) != places_digest(FOUND), edit


def test_a_step_that_goes_to_another_person_moves_with_that_person():
    standing = tuple(TrackBox(t / 5, 400.0, 60.0, 40.0, 200.0) for t in range(31))
    two = replace(FOUND, tracks=(*FOUND.tracks, Track(2, standing)))
    now = by_id(edited(StepEdit("t1-0001", track_id=2, contact_time_s=1.2), found=two).detected)
    assert now["t1-0001"].track_id == 2
    assert now["t1-0001"].x_px == step(1).x_px


def test_no_step_after_the_end_of_the_clip():
    check_step_edits(StepEdits((StepEdit("a", contact_time_s=CLIP_S - 0.01),)), VIDEO)
    with pytest.raises(InvalidField) as caught:
        check_step_edits(StepEdits((StepEdit("a"), StepEdit("b", contact_time_s=CLIP_S))), VIDEO)
    (violation,) = caught.value.violations
    assert violation.field == "options.step_edits.edits[1].initial_contact_offset"
    assert violation.problem == "must be before the end of the clip at 6 s, is 6 s"
    with pytest.raises(InvalidField, match=r"at 6 s, is 6\.00004 s"):
        check_step_edits(StepEdits((StepEdit(contact_time_s=CLIP_S + 4e-5),)), VIDEO)


# The contract


def test_no_changes_are_none():
    assert options_from_proto(render_pb2.RenderOptions(step_edits={})).step_edits is None


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({}, ""),
        ({"footstep_id": "t1-0001"}, ""),
        ({"footstep_id": "t1 0001", "remove": True}, ".footstep_id"),
        ({"footstep_id": "a" * 65, "remove": True}, ".footstep_id"),
        ({"footstep_id": "a", "remove": True, "side": footstep_pb2.SIDE_LEFT}, ".remove"),
        ({"initial_contact_offset": duration_to_proto(-0.5)}, ".initial_contact_offset"),
        ({"footstep_id": "a", "strength": 1.5}, ".strength"),
        ({"footstep_id": "a", "strength": float("nan")}, ".strength"),
        ({"footstep_id": "a", "track_id": -1}, ".track_id"),
        ({"footstep_id": "a", "side": 9}, ".side"),
        ({"footstep_id": "a", "gait_kind": 99}, ".gait_kind"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(edit: dict[str, object], field: str):
    message = render_pb2.RenderOptions()
    message.step_edits.edits.add(footstep_id="fine", remove=True)
    message.step_edits.edits.add(**edit)
    with pytest.raises(InvalidField) as caught:
        options_from_proto(message)
    assert caught.value.violations[0].field == f"options.step_edits.edits[1]{field}"


def test_a_step_is_edited_once_and_edits_are_bounded():
    message = render_pb2.RenderOptions()
    for _ in range(2):
        message.step_edits.edits.add(footstep_id="t1-0001", strength=0.5)
    with pytest.raises(InvalidField, match="one edit only"):
        options_from_proto(message)
    del message.step_edits.edits[:]
    for number in range(MAX_STEP_EDITS):
        message.step_edits.edits.add(footstep_id=f"t1-{number:05d}", remove=True)
    options_from_proto(message)
    message.step_edits.edits.add(footstep_id="one-more", remove=True)
    with pytest.raises(InvalidField, match=str(MAX_STEP_EDITS)):
        options_from_proto(message)


def test_the_most_and_longest_edits_get_through_every_face():
    """4 MB is what gRPC takes in a message; an operation holds its render twice. REST takes 4 MiB of JSON."""
    message = render_pb2.RenderOptions()
    for number in range(MAX_STEP_EDITS):
        message.step_edits.edits.add(
            footstep_id=f"{number:0{MAX_FOOTSTEP_ID_LENGTH}d}",
            initial_contact_offset=duration_to_proto(3600 + number / 7),
            side=footstep_pb2.SIDE_RIGHT,
            track_id=MAX_EDITED_PEOPLE,
            strength=0.123456,
            gait_kind=footstep_pb2.GAIT_KIND_LANDING,
        )
    options_from_proto(message)
    assert message.ByteSize() < 1.5e6
    told = json_format.MessageToDict(message, preserving_proto_field_name=True)
    assert len(json.dumps(told, indent=2)) < 4 * 1024 * 1024


def test_edits_name_so_many_people_and_no_more():
    message = render_pb2.RenderOptions()
    for person in range(1, MAX_EDITED_PEOPLE + 1):
        message.step_edits.edits.add(initial_contact_offset={"seconds": person}, track_id=person)
    options_from_proto(message)
    message.step_edits.edits.add(initial_contact_offset={"seconds": 1}, track_id=10_000)
    with pytest.raises(InvalidField, match=f"at most {MAX_EDITED_PEOPLE} people"):
        options_from_proto(message)
