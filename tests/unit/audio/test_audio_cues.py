from __future__ import annotations

import dataclasses
import itertools

import pytest

from foley_audio.domain.cues import MAX_STANCE_S, USUAL_STANCE_S, make_cues, step_seed
from foley_audio.domain.types import Style
from foley_common.footsteps import GaitKind, Side
from foley_common.sound import Room
from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    Place,
    RoomSize,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
    SurfaceSpan,
)
from support.audio import ground, video_info, walk


def test_onset_is_the_nearest_sample_of_the_contact() -> None:
    steps = (dataclasses.replace(walk(1)[0], initial_contact_time_s=3.417, toe_off_time_s=4.061),)
    (cue,) = make_cues(steps, ground(), video_info(), Style())
    assert cue.onset_sample == 164_016
    (fast,) = make_cues(steps, ground(), video_info(), Style(sample_rate_hz=96_000))
    assert fast.onset_sample == 328_032


def test_cues_are_in_order_and_outside_steps_are_not_sounded() -> None:
    steps = walk(6)
    outside = dataclasses.replace(
        steps[0], footstep_id="late", initial_contact_time_s=99.0, toe_off_time_s=None
    )
    before = dataclasses.replace(
        steps[0], footstep_id="early", initial_contact_time_s=-0.1, toe_off_time_s=None
    )
    cues = make_cues((*steps[::-1], outside, before), ground(), video_info(), Style())
    assert [cue.footstep_id for cue in cues] == [step.footstep_id for step in steps]


def test_no_steps_no_cues() -> None:
    assert make_cues((), ground(), video_info(), Style()) == []


def test_nothing_known_about_the_ground_takes_the_defaults() -> None:
    (cue,) = make_cues(walk(1), SurfaceReport(), video_info(), Style())
    assert (cue.spec.surface, cue.spec.footwear) == (Surface.CONCRETE, Footwear.SNEAKER)


def test_surface_changes_at_the_right_step() -> None:
    def span(start_s: float, end_s: float, surface: Surface) -> SurfaceSpan:
        answer = SurfaceAnswer(surface, surface, None, 0.9, AnswerSource.LOCAL_MODEL)
        return SurfaceSpan(0, start_s, end_s, answer)

    report = SurfaceReport((span(0, 2.0, Surface.GRASS), span(2.0, 9.0, Surface.GRAVEL)))
    cues = make_cues(walk(6, first_s=0.5, step_time_s=0.5), report, video_info(), Style())
    assert [cue.spec.surface for cue in cues] == [Surface.GRASS] * 3 + [Surface.GRAVEL] * 3


def test_an_unseen_toe_off_takes_the_usual_stance_and_a_long_one_is_bounded() -> None:
    step = walk(1)[0]
    unseen = dataclasses.replace(step, toe_off_time_s=None, gait_kind=GaitKind.RUN)
    long = dataclasses.replace(
        step, footstep_id="x", side=Side.RIGHT, toe_off_time_s=step.initial_contact_time_s + 5.0
    )
    by_id = {
        cue.footstep_id: cue for cue in make_cues((unseen, long), ground(), video_info(), Style())
    }
    assert by_id[step.footstep_id].spec.stance_time_s == USUAL_STANCE_S[GaitKind.RUN]
    assert by_id["x"].spec.stance_time_s == MAX_STANCE_S


def test_strength_out_of_range_is_bounded() -> None:
    steps = (dataclasses.replace(walk(1)[0], strength=1.7),)
    assert make_cues(steps, ground(), video_info(), Style())[0].spec.strength == 1.0


def test_seeds_depend_on_seed_and_step_only() -> None:
    assert step_seed(1, "a") == step_seed(1, "a")
    assert len({step_seed(1, "a"), step_seed(2, "a"), step_seed(1, "b")}) == 3
    assert step_seed(-5, "a") >= 0


def test_neighbours_drift_together_and_far_steps_do_not() -> None:
    cues = make_cues(walk(400, step_time_s=0.01), ground(), video_info(60.0), Style(seed=3))
    first = [cue.spec.drift[0] for cue in cues]
    near = sum(a * b for a, b in itertools.pairwise(first)) / (len(first) - 1)
    far = sum(a * b for a, b in zip(first, first[40:], strict=False)) / (len(first) - 40)
    assert near == pytest.approx(0.6, abs=0.2)
    assert abs(far) < 0.3


def test_the_drift_is_the_seeds() -> None:
    def drifts(seed: int) -> list[tuple[float, ...]]:
        cues = make_cues(walk(5), ground(), video_info(), Style(seed=seed))
        return [tuple(cue.spec.drift) for cue in cues]

    assert drifts(3) == drifts(3)
    assert not set(drifts(3)) & set(drifts(4))


def test_doubled_steps_sound_once() -> None:
    steps = walk(3)
    twin = dataclasses.replace(steps[1], footstep_id="twin")
    other_foot = dataclasses.replace(steps[1], footstep_id="both", side=steps[1].side.other)
    cues = make_cues((*steps, steps[1], twin, other_foot), ground(), video_info(), Style())
    assert sorted(cue.footstep_id for cue in cues) == ["both", "t1-0001", "t1-0002", "t1-0003"]


@pytest.mark.parametrize("time_s", [float("nan"), float("inf"), -1e-9, 6.0, 1e300])
def test_times_outside_the_clip_are_not_sounded(time_s: float) -> None:
    step = dataclasses.replace(walk(1)[0], initial_contact_time_s=time_s, toe_off_time_s=None)
    assert make_cues((step,), ground(), video_info(), Style()) == []


@pytest.mark.parametrize("nudge_s", [-0.6, 0.0, 1.0])
def test_nudge_moves_samples_and_not_times(nudge_s: float) -> None:
    steps = walk(8)
    cues = make_cues(steps, ground(), video_info(5.0), Style(nudge_s=nudge_s))
    heard = [s for s in steps if 0 <= s.initial_contact_time_s + nudge_s < 5.0]
    assert [cue.footstep_id for cue in cues] == [step.footstep_id for step in heard]
    assert (steps[0] in heard) == (nudge_s >= 0)  # moved before the first frame, it is not heard
    for cue, step in zip(cues, heard, strict=True):
        assert cue.time_s == step.initial_contact_time_s
        assert cue.onset_sample == int((step.initial_contact_time_s + nudge_s) * 48_000 + 0.5)


@pytest.mark.parametrize(
    ("place", "size", "room"),
    [
        (Place.INDOOR, RoomSize.SMALL, Room.SMALL),
        (Place.INDOOR, RoomSize.HALL, Room.HALL),
        (Place.INDOOR, None, Room.MEDIUM),
        (Place.OUTDOOR, None, Room.OUTDOOR),
        (None, RoomSize.LARGE, Room.OUTDOOR),
    ],
)
def test_the_room_follows_the_look_at_the_place(
    place: Place | None, size: RoomSize | None, room: Room
) -> None:
    answer = SurfaceAnswer(
        Surface.WOOD,
        Surface.WOOD,
        None,
        0.9,
        AnswerSource.VISION_MODEL,
        place=place,
        room_size=size,
    )
    report = SurfaceReport((SurfaceSpan(0, 0.0, 9.0, answer),))
    (cue,) = make_cues(walk(1), report, video_info(), Style())
    assert cue.room is room
    (asked,) = make_cues(walk(1), report, video_info(), Style(room=Room.LARGE))
    assert asked.room is Room.LARGE


def test_no_answer_is_no_room() -> None:
    assert make_cues(walk(1), SurfaceReport(), video_info(), Style())[0].room is Room.OUTDOOR


def test_a_hundred_thousand_steps() -> None:
    steps = walk(100_000, step_time_s=0.03)
    cues = make_cues(steps, ground(), video_info(4_000.0), Style())
    assert len(cues) == 100_000
    assert [cue.onset_sample for cue in cues] == sorted(cue.onset_sample for cue in cues)
