from __future__ import annotations

import numpy as np

from foley_common.surfaces import Surface
from foley_surface_agent.domain.scenes import scenes_of
from foley_surface_agent.domain.spans import grounds_of, parted
from foley_surface_agent.domain.types import SURFACES, StepVotes

GRASS, ROAD, TILE = Surface.GRASS, Surface.ASPHALT, Surface.TILE


def seen(
    track: int, surfaces: list[Surface | None], looks: list[float], sure: float = 0.5
) -> StepVotes:
    n = len(surfaces)
    log_p = np.full((n, 16), np.nan)
    for row, surface in enumerate(surfaces):
        if surface is not None:
            log_p[row] = np.log((1 - sure) / 15)
            log_p[row, SURFACES.index(surface)] = np.log(sure)
    look = np.repeat(np.array(looks)[:, None], 2, axis=1)
    look[np.isnan(log_p).any(axis=1)] = np.nan
    return StepVotes(track, 0.5 + 0.5 * np.arange(n), log_p, look)


def scenes(people: list[StepVotes], cuts_s: tuple[float, ...] = ()):
    grounds = [
        ground for votes in people for ground in grounds_of(votes, clip_end_s=20.0, cuts_s=cuts_s)
    ]
    found = scenes_of(grounds, {votes.track_id: votes for votes in people})
    return grounds, found


def test_people_on_one_ground_are_one_scene():
    _, found = scenes([seen(1, [GRASS] * 4, [0.0] * 4), seen(2, [GRASS] * 6, [0.3] * 6)])
    (scene,) = found
    assert (scene.grounds, scene.track_ids) == ((1, 0), (2, 1))


def test_a_change_of_ground_is_a_second_scene_and_both_people_are_in_both():
    path = [GRASS] * 5 + [ROAD] * 5
    looks = [0.0] * 5 + [4.0] * 5
    grounds, found = scenes([seen(1, path, looks), seen(2, path[::-1], looks[::-1])])
    assert len(grounds) == 4
    assert [sorted(scene.track_ids) for scene in found] == [[1, 2], [1, 2]]
    assert {grounds[n].likeliest for n in found[0].grounds} in ({GRASS}, {ROAD})


def test_one_place_with_two_names_is_asked_about_once():
    wavering = [
        seen(1, [ROAD] * 5, [0.0] * 5, sure=0.15),
        seen(2, [TILE] * 5, [0.2] * 5, sure=0.15),
    ]
    grounds, found = scenes(wavering)
    assert [ground.likeliest for ground in grounds] == [ROAD, TILE]
    assert len(found) == 1


def test_two_grounds_that_the_classifier_is_sure_of_are_two_scenes():
    _, found = scenes([seen(1, [ROAD] * 5, [0.0] * 5, 0.9), seen(2, [TILE] * 5, [0.2] * 5, 0.9)])
    assert len(found) == 2


def test_two_grounds_that_look_unlike_are_two_scenes_whatever_they_are_called():
    _, found = scenes([seen(1, [ROAD] * 6, [0.0] * 6, 0.2), seen(2, [ROAD] * 6, [7.0] * 6, 0.2)])
    assert len(found) == 2


def test_shots_are_scenes_of_their_own():
    _, found = scenes([seen(1, [GRASS] * 8, [0.0] * 8)], cuts_s=(2.3,))
    assert len(found) == 2


def test_what_nobody_could_see_is_a_scene_of_its_own():
    _, found = scenes(
        [
            seen(1, [GRASS] * 5, [0.0] * 5),
            seen(2, [None] * 3, [0.0] * 3),
            seen(3, [None] * 2, [0.0] * 2),
        ]
    )
    assert [scene.track_ids for scene in found] == [(1,), (2, 3)] or [
        scene.track_ids for scene in found
    ] == [(2, 3), (1,)]


def test_the_scene_with_most_steps_comes_first():
    votes = seen(1, [GRASS] * 3 + [ROAD] * 7, [0.0] * 3 + [4.0] * 7)
    grounds, found = scenes([votes])
    assert grounds[found[0].grounds[0]].likeliest is ROAD


def test_nobody_is_no_scene():
    assert scenes_of([], {}) == []


def test_where_a_path_was_cut_are_two_scenes_even_when_both_are_called_the_same():
    faint = seen(1, [ROAD] * 12, [0.0] * 6 + [1.6] * 6, sure=0.15)
    grounds = parted(faint, clip_end_s=20.0)
    assert len(grounds) == 2
    assert [scene.grounds for scene in scenes_of(grounds, {1: faint})] == [(0,), (1,)]


def test_back_on_the_first_ground_is_the_first_scene_again():
    there = seen(1, [ROAD] * 15, [0.0] * 5 + [4.0] * 5 + [0.0] * 5, sure=0.15)
    grounds = parted(there, clip_end_s=20.0)
    assert len(grounds) == 3
    assert [scene.grounds for scene in scenes_of(grounds, {1: there})] == [(0, 2), (1,)]
