"""From frames to votes: several looks a step, blurred ones left out, people in the way left out, shots kept apart."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from foley_common.footsteps import Track, TrackBox
from foley_common.media.decode import read_frames
from foley_common.media.encode import VideoWriter
from foley_common.surfaces import Surface
from foley_surface_agent.domain.fallback import AnswerThresholds
from foley_surface_agent.domain.spans import joined
from foley_surface_agent.domain.types import SURFACES
from foley_surface_agent.keyframes import frame_near
from foley_surface_agent.pipeline import SurfaceJob, look_at_grounds, step_votes
from foley_surface_agent.shot_watch import ShotWatch
from support.walks import (
    FEET_Y_PX,
    HEIGHT_PX,
    RATE_HZ,
    WIDTH_PX,
    PaintedWalk,
    lawn,
    painted_walk,
    road,
)

GRASS, ROAD = SURFACES.index(Surface.GRASS), SURFACES.index(Surface.ASPHALT)


class GreenIsGrass:
    """A classifier that anybody can follow: green is grass, the rest is road. Counts its looks."""

    name = "green"
    thresholds = AnswerThresholds(0.5, 0.5)

    def __init__(self) -> None:
        self.count = 0

    def log_probabilities(self, patches: NDArray[np.uint8]) -> NDArray[np.float64]:
        self.count += len(patches)
        red, green, blue = patches.reshape(len(patches), -1, 3).mean(axis=1).T
        is_green = green > 1.15 * np.maximum(red, blue)
        chances = np.full((len(patches), len(SURFACES)), 0.02)
        chances[np.arange(len(patches)), np.where(is_green, GRASS, ROAD)] = 0.7
        return np.log(chances)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> PaintedWalk:
    return painted_walk(tmp_path_factory.mktemp("walk") / "walk.mp4", [lawn, road], step_count=12)


def job_of(walk: PaintedWalk, *others: Track) -> SurfaceJob:
    return SurfaceJob(walk.steps, (walk.track, *others), HEIGHT_PX, walk.duration_s)


def rewritten(walk: PaintedWalk, to: Path, change) -> PaintedWalk:
    """The same clip with its pictures changed."""
    with VideoWriter(
        to, width_px=WIDTH_PX, height_px=HEIGHT_PX, frame_rate=Fraction(RATE_HZ)
    ) as writer:
        for frame in read_frames(walk.path):
            writer.write(np.ascontiguousarray(change(frame)), frame.time_s)
    return replace(walk, path=to)


def test_every_step_is_looked_at_several_times(walk: PaintedWalk):
    classifier = GreenIsGrass()
    (walker,) = step_votes(walk.path, job_of(walk), classifier)
    assert walker.votes.seen.all()
    assert 2 * len(walk.steps) <= classifier.count <= 4 * len(walk.steps)


def test_the_ground_changes_where_it_does(walk: PaintedWalk):
    grounds = look_at_grounds(walk.path, job_of(walk), GreenIsGrass()).grounds
    assert [ground.likeliest for ground in joined(grounds)] == [Surface.GRASS, Surface.ASPHALT]
    true_change = next(i for i, step in enumerate(walk.steps) if step.x_px > WIDTH_PX / 2)
    assert abs(grounds[1].first - true_change) <= 1


def test_blurred_looks_are_left_out(walk: PaintedWalk, tmp_path: Path):
    smeared_from, smeared_to = 1.0, 2.2  # a whip pan, out of focus

    def smear(frame):
        if not smeared_from <= frame.time_s < smeared_to:
            return frame.picture
        soft = Image.fromarray(frame.picture).filter(ImageFilter.GaussianBlur(9))
        return np.asarray(soft)

    blurred = rewritten(walk, tmp_path / "blurred.mp4", smear)
    (walker,) = step_votes(blurred.path, job_of(blurred), GreenIsGrass())
    for step, is_seen in zip(walker.steps, walker.votes.seen, strict=True):
        is_smeared = smeared_from <= step.initial_contact_time_s < smeared_to - 0.15
        if is_smeared:
            assert not is_seen
        elif not smeared_from - 0.15 < step.initial_contact_time_s < smeared_to:
            assert is_seen
    grounds = look_at_grounds(blurred.path, job_of(blurred), GreenIsGrass()).grounds
    assert [ground.likeliest for ground in joined(grounds)] == [Surface.GRASS, Surface.ASPHALT]


def test_dark_looks_are_left_out(walk: PaintedWalk, tmp_path: Path):
    dark = rewritten(walk, tmp_path / "dark.mp4", lambda frame: frame.picture // 40)
    (walker,) = step_votes(dark.path, job_of(dark), GreenIsGrass())
    assert not walker.votes.seen.any()


def test_ground_behind_somebody_is_left_out_and_the_rest_is_not(walk: PaintedWalk):
    step = walk.steps[4]
    near = [step.initial_contact_time_s + delay for delay in (-0.1, 0.05, 0.2)]
    crowd = Track(2, tuple(TrackBox(t, step.x_px - 65, FEET_Y_PX - 60, 130, 130) for t in near))
    (walker,) = step_votes(walk.path, job_of(walk, crowd), GreenIsGrass())
    assert [i for i, is_seen in enumerate(walker.votes.seen) if not is_seen] == [4]
    grounds = look_at_grounds(walk.path, job_of(walk, crowd), GreenIsGrass()).grounds
    assert [ground.likeliest for ground in joined(grounds)] == [Surface.GRASS, Surface.ASPHALT]


def test_one_odd_step_changes_no_ground(walk: PaintedWalk, tmp_path: Path):
    step = walk.steps[2]
    moment, x = step.initial_contact_time_s, round(step.x_px)

    def manhole(frame):
        picture = frame.picture.copy()
        if moment - 0.02 <= frame.time_s < moment + 0.2:
            grain = np.random.default_rng(1).integers(60, 110, (70, 160, 1))
            picture[FEET_Y_PX - 10 : FEET_Y_PX + 60, max(0, x - 80) : x + 80] = grain
        return picture

    odd = rewritten(walk, tmp_path / "odd.mp4", manhole)
    (walker,) = step_votes(odd.path, job_of(odd), GreenIsGrass())
    assert int(walker.votes.log_probabilities[2].argmax()) == ROAD
    grounds = look_at_grounds(odd.path, job_of(odd), GreenIsGrass()).grounds
    assert [ground.likeliest for ground in joined(grounds)] == [Surface.GRASS, Surface.ASPHALT]


def test_shots_are_kept_apart(walk: PaintedWalk, tmp_path: Path):
    cut_s = 2.0

    def elsewhere(frame):
        if frame.time_s < cut_s:
            return frame.picture
        return 255 - frame.picture

    filmed = rewritten(walk, tmp_path / "cut.mp4", elsewhere)
    watch = ShotWatch()
    step_votes(filmed.path, job_of(filmed), GreenIsGrass(), shots=watch)
    assert watch.cuts_s == (pytest.approx(cut_s, abs=0.05),)
    grounds = look_at_grounds(filmed.path, job_of(filmed), GreenIsGrass()).grounds
    assert {ground.shot for ground in grounds} == {0, 1}
    assert all(ground.end_time_s <= watch.cuts_s[0] for ground in grounds if ground.shot == 0)
    assert all(ground.start_time_s >= watch.cuts_s[0] for ground in grounds if ground.shot == 1)


@pytest.mark.parametrize("frames_after", [1, 2, 3])
def test_a_step_right_before_a_cut_is_looked_at_in_its_own_shot(
    walk: PaintedWalk, tmp_path: Path, frames_after: int
):
    last = 4  # of the first shot; all of it is on the lawn
    contact_s = walk.steps[last].initial_contact_time_s
    cut_s = (math.floor(contact_s * RATE_HZ) + frames_after) / RATE_HZ

    def elsewhere(frame):
        return frame.picture if frame.time_s < cut_s - 1e-6 else 255 - frame.picture

    filmed = rewritten(walk, tmp_path / "cut.mp4", elsewhere)
    watch, job = ShotWatch(), job_of(filmed)
    (walker,) = step_votes(filmed.path, job, GreenIsGrass(), shots=watch)
    assert watch.cuts_s == (pytest.approx(cut_s),)
    named = walker.votes.log_probabilities.argmax(axis=1)
    assert set(named[: last + 1]) == {GRASS}
    assert named[last + 1] == ROAD  # the lawn with its colours turned round
    shown = frame_near(filmed.path, contact_s, watch.cuts_s)
    assert shown is not None
    assert contact_s - 0.05 < shown.time_s < cut_s
    after = frame_near(filmed.path, cut_s, watch.cuts_s)
    assert after is not None
    assert after.time_s == pytest.approx(cut_s)


def test_steps_of_two_shots_that_end_within_a_moment_are_looked_at_in_their_own(
    walk: PaintedWalk, tmp_path: Path
):
    last = 4  # of the first shot; the one after it is in a shot of two frames
    contact_s = walk.steps[last].initial_contact_time_s
    first_cut_s = (math.floor(contact_s * RATE_HZ) + 1) / RATE_HZ
    second_cut_s = first_cut_s + 2 / RATE_HZ
    between = replace(
        walk.steps[last], footstep_id="between", initial_contact_time_s=first_cut_s + 0.01
    )

    def elsewhere(frame):
        if first_cut_s - 1e-6 <= frame.time_s < second_cut_s - 1e-6:
            return 255 - frame.picture
        return frame.picture

    filmed = rewritten(walk, tmp_path / "cuts.mp4", elsewhere)
    filmed = replace(filmed, steps=(*filmed.steps[: last + 1], between, *filmed.steps[last + 1 :]))
    watch = ShotWatch()
    (walker,) = step_votes(filmed.path, job_of(filmed), GreenIsGrass(), shots=watch)
    assert watch.cuts_s == (pytest.approx(first_cut_s), pytest.approx(second_cut_s))
    named = walker.votes.log_probabilities.argmax(axis=1)
    assert [int(one) for one in named[last : last + 2]] == [GRASS, ROAD]


def test_scenes_are_made_only_when_somebody_is_asked(walk: PaintedWalk):
    assert look_at_grounds(walk.path, job_of(walk), GreenIsGrass()).views == ()
    looks = look_at_grounds(walk.path, job_of(walk), GreenIsGrass(), sheet_px=300, max_views=1)
    assert len(looks.views) == 1
    assert len(joined(looks.grounds)) == 2
