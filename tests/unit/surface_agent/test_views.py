"""Which contacts a vision model is shown, and what its sheet looks like."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from foley_common.footsteps import Track, TrackBox
from foley_common.surfaces import Surface
from foley_surface_agent.domain.scenes import scenes_of
from foley_surface_agent.domain.types import SURFACES, Ground, StepVotes
from foley_surface_agent.sheet import MARK_RGB
from foley_surface_agent.views import Walker, clearest_step, feet_are_free, view_of
from support.walks import FEET_Y_PX, HEIGHT_PX, PERSON_PX, PaintedWalk, lawn, painted_walk

SHEET_PX = 600
FEET_TOP_PX = 400  # the feet stand below the frame, two thirds of the sheet's width down


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> PaintedWalk:
    return painted_walk(tmp_path_factory.mktemp("walk") / "walk.mp4", [lawn], step_count=8)


def walker_of(walk: PaintedWalk, sure: list[float], track_id: int = 1) -> Walker:
    steps = [replace(step, track_id=track_id) for step in walk.steps]
    chances = np.full((len(steps), 16), np.nan)
    for row, share in enumerate(sure):
        if share > 0:
            chances[row] = (1 - share) / 15
            chances[row, SURFACES.index(Surface.GRASS)] = share
    times = np.array([step.initial_contact_time_s for step in steps])
    looks = np.where(np.isnan(chances[:, :2]), np.nan, 0.0)
    return Walker(steps, StepVotes(track_id, times, np.log(chances), looks))


def grass(track_id: int = 1, last: int = 7) -> Ground:
    p = np.full(16, 0.02)
    p[SURFACES.index(Surface.GRASS)] = 0.7
    return Ground(track_id, 0, last, 0.0, 5.0, p, last + 1)


def over(walk: PaintedWalk, position: int) -> Track:
    """Somebody who stands in front of the feet at one step only."""
    step = walk.steps[position]
    near = [step.initial_contact_time_s + d for d in (-0.1, 0.1)]
    return Track(2, tuple(TrackBox(t, step.x_px - 40, FEET_Y_PX - 60, 80, 90) for t in near))


def test_the_step_that_agrees_best_is_shown(walk: PaintedWalk):
    walkers = {1: walker_of(walk, [0.3, 0.3, 0.3, 0.3, 0.8, 0.3, 0.3, 0.3])}
    assert clearest_step([grass()], walkers, [walk.track]) is walkers[1].steps[4]


def test_feet_behind_somebody_are_not_shown(walk: PaintedWalk):
    walkers = {1: walker_of(walk, [0.3, 0.6, 0.3, 0.3, 0.8, 0.3, 0.3, 0.3])}
    tracks = [walk.track, over(walk, 4)]
    assert not feet_are_free(walk.steps[4], tracks)
    assert feet_are_free(walk.steps[1], tracks)
    assert clearest_step([grass()], walkers, tracks) is walkers[1].steps[1]


def test_an_unseen_ground_still_has_a_step_to_show(walk: PaintedWalk):
    walkers = {1: walker_of(walk, [0.0] * 8)}
    dark = Ground(1, 0, 7, 0.0, 5.0, None, 0)
    assert clearest_step([dark], walkers, [walk.track]) is walkers[1].steps[0]


def shown(walk: PaintedWalk, people: int, max_people: int = 4):
    walkers = {n: walker_of(walk, [0.6] * 8, n) for n in range(1, people + 1)}
    grounds = [grass(n) for n in walkers]
    (scene,) = scenes_of(grounds, {n: walker.votes for n, walker in walkers.items()})
    return view_of(
        scene,
        grounds,
        walkers,
        video=walk.path,
        tracks=[walk.track],
        picture_height_px=HEIGHT_PX,
        max_people=max_people,
        sheet_px=SHEET_PX,
    )


def labels_on(sheet: Image.Image) -> int:
    """Numbered feet: corners in the colour of the mark along the row of feet."""
    pixels = np.asarray(sheet.convert("RGB"), np.int64)
    low = pixels[FEET_TOP_PX + 1 :]
    marked = (np.abs(low - np.array(MARK_RGB)) < 70).all(axis=2).sum(axis=0) > 3
    return int((np.diff(marked.astype(int), prepend=0) == 1).sum())


@pytest.mark.parametrize(("people", "numbered"), [(1, 1), (2, 2), (4, 4), (6, 4)])
def test_one_sheet_shows_everybodys_feet_up_to_four(walk: PaintedWalk, people: int, numbered: int):
    view = shown(walk, people)
    sheet = Image.open(io.BytesIO(view.sheet))
    assert max(sheet.size) <= SHEET_PX
    assert len(view.track_ids) == numbered
    assert labels_on(sheet) == numbered


def test_several_contacts_of_one_ground_are_shown(walk: PaintedWalk):
    sheet = Image.open(io.BytesIO(shown(walk, 1).sheet)).convert("RGB")
    close = 200
    for place in ((400, 0), (400, close), (200, 2 * close), (400, 2 * close)):
        part = sheet.crop((*place, place[0] + 190, place[1] + 190))
        red, green, blue = np.asarray(part).reshape(-1, 3).mean(axis=0)
        assert green > 1.2 * red
        assert green > 1.2 * blue


def test_a_step_after_the_end_makes_no_sheet(walk: PaintedWalk):
    late = replace(walk, steps=tuple(
        replace(step, initial_contact_time_s=99.0 + n, toe_off_time_s=None)
        for n, step in enumerate(walk.steps)
    ))  # fmt: skip
    view = shown(late, 1)
    assert (view.sheet, view.track_ids) == (b"", ())


def test_the_persons_height_decides_how_much_is_shown(walk: PaintedWalk):
    assert walk.steps[0].person_height_px == PERSON_PX
    small = replace(
        walk, steps=tuple(replace(s, person_height_px=PERSON_PX / 2) for s in walk.steps)
    )
    assert shown(small, 1).sheet != shown(walk, 1).sheet
