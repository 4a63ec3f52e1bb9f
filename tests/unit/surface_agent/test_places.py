"""Two people on one floor are heard on one floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_surface_agent.domain.places import pooled_by_place
from foley_surface_agent.domain.spans import pool_votes
from foley_surface_agent.domain.types import StepVotes
from tests.unit.surface_agent.test_scenes import GRASS, ROAD, TILE, scenes, seen


def pooled(people: list[StepVotes]):
    grounds, _ = scenes(people)
    return grounds, pooled_by_place(grounds, {votes.track_id: votes for votes in people})


def test_who_saw_less_is_told_by_who_saw_more():
    many, few = seen(1, [ROAD] * 8, [0.0] * 8, sure=0.2), seen(2, [TILE] * 2, [0.1] * 2, sure=0.2)
    before, after = pooled([many, few])
    assert [ground.likeliest for ground in before] == [ROAD, TILE]
    assert [ground.likeliest for ground in after] == [ROAD, ROAD]
    assert [ground.seen_count for ground in after] == [10, 10]
    everything = np.concatenate([many.log_probabilities, few.log_probabilities])
    for ground in after:
        assert ground.probabilities == pytest.approx(pool_votes(everything))


def test_two_places_are_left_apart():
    path, looks = [GRASS] * 5 + [ROAD] * 5, [0.0] * 5 + [4.0] * 5
    _, after = pooled([seen(1, path, looks), seen(2, path[::-1], looks[::-1])])
    assert [ground.likeliest for ground in after] == [GRASS, ROAD, ROAD, GRASS]
    assert [ground.seen_count for ground in after] == [10, 10, 10, 10]


def test_one_floor_has_one_name_however_sure_both_are_of_theirs():
    _, after = pooled(
        [seen(1, [ROAD] * 8, [0.0] * 8, sure=0.8), seen(2, [TILE] * 4, [0.1] * 4, sure=0.8)]
    )
    assert [ground.likeliest for ground in after] == [ROAD, ROAD]


def test_nobody_s_path_is_joined_with_itself():
    path, looks = [GRASS] * 5 + [ROAD] * 5 + [GRASS] * 5, [0.0] * 5 + [4.0] * 5 + [0.1] * 5
    before, after = pooled([seen(1, path, looks)])
    assert len(before) == 3
    assert after == before


def test_shots_are_left_apart():
    people = [seen(1, [ROAD] * 8, [0.0] * 8), seen(2, [TILE] * 4, [0.1] * 4)]
    grounds = [replace(ground, shot=ground.track_id) for ground in scenes(people)[0]]
    assert pooled_by_place(grounds, {votes.track_id: votes for votes in people}) == grounds


def test_who_walks_alone_keeps_what_was_found():
    before, after = pooled([seen(1, [GRASS] * 4, [0.0] * 4)])
    assert after == before


def test_what_nobody_saw_stays_unseen():
    nothing = [float("nan")] * 3
    _, after = pooled([seen(1, [None] * 3, nothing), seen(2, [None] * 3, nothing)])
    assert [ground.probabilities for ground in after] == [None, None]
    assert [ground.seen_count for ground in after] == [0, 0]


def test_nobody_is_nothing():
    assert pooled_by_place([], {}) == []
