"""A shot is indoors or outdoors, and its grounds are told together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from foley_common.surfaces import Surface
from foley_surface_agent.domain.surroundings import told_together
from foley_surface_agent.domain.types import SURFACES, Ground


def ground(
    chances: dict[Surface, float] | None, *, track_id: int = 1, shot: int = 0, first: int = 0
) -> Ground:
    """Steps on a ground; what is left of the chances is shared by all others."""
    probabilities: NDArray[np.float64] | None = None
    if chances is not None:
        left = (1 - sum(chances.values())) / (len(SURFACES) - len(chances))
        probabilities = np.array([chances.get(surface, left) for surface in SURFACES])
    return Ground(track_id, first, first + 3, float(first), first + 4.0, probabilities, 4, shot)


LAWN = {Surface.GRASS: 0.9, Surface.CARPET: 0.05}
DOUBTFUL = {Surface.CARPET: 0.45, Surface.DIRT: 0.4}


def test_a_doubtful_ground_beside_a_lawn_is_earth_and_no_carpet():
    lawn, path = told_together([ground(LAWN), ground(DOUBTFUL, first=4)])
    assert (lawn.likeliest, path.likeliest) == (Surface.GRASS, Surface.DIRT)
    assert path.probabilities is not None
    assert path.probabilities.sum() == pytest.approx(1)


def test_the_same_doubt_beside_a_parquet_is_a_carpet_and_no_surer_than_it_was():
    before = ground(DOUBTFUL, first=4)
    _, rug = told_together([ground({Surface.WOOD: 0.9}), before])
    assert rug == before
    _, rug = told_together(
        [ground({Surface.WOOD: 0.9}), ground({Surface.DIRT: 0.45, Surface.CARPET: 0.4}, first=4)]
    )
    assert rug.likeliest is Surface.CARPET


def test_a_name_that_the_others_speak_against_is_less_sure():
    before = ground({Surface.CARPET: 0.9, Surface.GRASS: 0.05}, first=4)
    _, found = told_together([ground({Surface.GRASS: 0.98}), before])
    assert found.likeliest is Surface.CARPET
    assert found.probabilities is not None
    assert found.probabilities.max() < 0.85


def test_a_single_place_keeps_what_was_found_however_many_walk_there():
    alone = ground(DOUBTFUL)
    same = ground(DOUBTFUL, track_id=2)
    for found in told_together([alone, same]):
        assert alone.probabilities is not None
        assert found.probabilities == pytest.approx(alone.probabilities)


def test_what_is_sure_stays_through_a_door():
    parquet, lawn = told_together(
        [ground({Surface.WOOD: 0.98}), ground({Surface.GRASS: 0.98}, first=4)]
    )
    assert (parquet.likeliest, lawn.likeliest) == (Surface.WOOD, Surface.GRASS)


def test_shots_are_told_apart_and_what_was_not_seen_stays_unseen():
    first, unseen, other = (
        ground(LAWN),
        ground(None, first=4),
        ground(DOUBTFUL, shot=1, first=8),
    )
    found = told_together([first, unseen, other])
    assert [one.likeliest for one in found] == [Surface.GRASS, None, Surface.CARPET]
    assert [one.first for one in found] == [0, 4, 8]


def test_a_ground_found_anywhere_is_not_moved():
    metal = {Surface.METAL: 0.6, Surface.ICE: 0.0}
    before = ground(metal, first=4)
    for beside in (LAWN, {Surface.WOOD: 0.9}):
        _, found = told_together([ground(beside), before])
        assert found.likeliest is Surface.METAL


def test_nobody():
    assert told_together([]) == []
