from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from foley_common.surfaces import Surface
from foley_surface_agent.domain.cuts import SpanParams
from foley_surface_agent.domain.spans import grounds_of, joined, parted, pool_votes
from foley_surface_agent.domain.types import SURFACES, StepVotes


def votes_for(
    surfaces: list[Surface | None],
    *,
    sure: float = 0.6,
    looks: list[float] | None = None,
    start_s: float = 0.5,
) -> StepVotes:
    n = len(surfaces)
    log_p = np.full((n, 16), np.nan)
    for row, surface in enumerate(surfaces):
        if surface is not None:
            p = np.full(16, (1 - sure) / 15)
            p[SURFACES.index(surface)] = sure
            log_p[row] = np.log(p)
    seen = np.zeros((n, 2)) if looks is None else np.repeat(np.array(looks)[:, None], 2, axis=1)
    seen[np.isnan(log_p).any(axis=1)] = np.nan
    return StepVotes(1, start_s + 0.5 * np.arange(n), log_p, seen)


GRASS, ROAD, STONE = Surface.GRASS, Surface.ASPHALT, Surface.STONE


def test_no_steps_no_grounds():
    assert grounds_of(votes_for([]), clip_end_s=5.0) == []


def test_one_step_is_one_ground_over_the_whole_clip():
    (ground,) = grounds_of(votes_for([GRASS]), clip_end_s=5.0)
    assert (ground.start_time_s, ground.end_time_s) == (0.0, 5.0)
    assert ground.likeliest is GRASS
    assert ground.probabilities is not None
    assert ground.probabilities[SURFACES.index(GRASS)] == pytest.approx(0.6)


@pytest.mark.parametrize("change", [2, 3, 5, 8])
def test_a_change_is_found_at_the_right_step(change: int):
    votes = votes_for(
        [GRASS] * change + [ROAD] * (10 - change), looks=[0.0] * change + [3.0] * (10 - change)
    )
    grounds = grounds_of(votes, clip_end_s=6.0)
    assert [ground.likeliest for ground in grounds] == [GRASS, ROAD]
    assert grounds[0].last == change - 1
    assert grounds[1].first == change
    border = grounds[0].end_time_s
    assert votes.time_s[change - 1] < border < votes.time_s[change]
    assert grounds[1].start_time_s == border


def test_one_deviating_step_is_no_change():
    votes = votes_for([GRASS] * 4 + [ROAD] + [GRASS] * 5)
    assert [ground.likeliest for ground in grounds_of(votes, clip_end_s=6.0)] == [GRASS]


def test_one_step_however_odd_is_no_change_and_two_are():
    def found(odd: int) -> list[Surface | None]:
        votes = votes_for(
            [GRASS] * 5 + [ROAD] * odd + [GRASS] * 5,
            sure=0.98,
            looks=[0.0] * 5 + [50.0] * odd + [0.0] * 5,
        )
        return [ground.likeliest for ground in grounds_of(votes, clip_end_s=9.0)]

    assert found(1) == [GRASS]
    assert found(2) == [GRASS, ROAD, GRASS]


def test_the_last_step_may_be_on_another_ground():
    votes = votes_for([GRASS] * 6 + [ROAD], sure=0.98, looks=[0.0] * 6 + [50.0])
    assert [ground.likeliest for ground in grounds_of(votes, clip_end_s=9.0)] == [GRASS, ROAD]


def test_wavering_votes_on_ground_that_looks_the_same_are_one_ground():
    votes = votes_for([ROAD, STONE, ROAD, ROAD, STONE, ROAD, STONE, ROAD, ROAD, ROAD], sure=0.4)
    assert [ground.likeliest for ground in grounds_of(votes, clip_end_s=6.0)] == [ROAD]


def test_a_shadow_on_the_same_ground_is_no_change():
    votes = votes_for([GRASS] * 10, looks=[0.0] * 5 + [4.0] * 5)
    (ground,) = grounds_of(votes, clip_end_s=6.0)
    assert ground.seen_count == 10


def test_there_and_back_again_is_three_grounds():
    votes = votes_for(
        [GRASS] * 4 + [ROAD] * 4 + [GRASS] * 4, looks=[0.0] * 4 + [3.0] * 4 + [0.0] * 4
    )
    assert [ground.likeliest for ground in grounds_of(votes, clip_end_s=7.0)] == [
        GRASS,
        ROAD,
        GRASS,
    ]


def test_a_cut_of_the_film_ends_every_ground():
    votes = votes_for([GRASS] * 3 + [GRASS] * 3 + [None, None])
    grounds = grounds_of(votes, clip_end_s=9.0, cuts_s=(0.2, 1.8, 3.4, 7.0))
    assert [(g.shot, g.first, g.last, g.likeliest) for g in grounds] == [
        (1, 0, 2, GRASS),
        (2, 3, 5, GRASS),
        (3, 6, 7, None),
    ]
    assert [(g.start_time_s, g.end_time_s) for g in grounds] == [(0.0, 1.8), (1.8, 3.4), (3.4, 9.0)]


def test_one_odd_step_beside_a_cut_does_not_leak_over_it():
    votes = votes_for([GRASS] * 3 + [ROAD])
    grounds = grounds_of(votes, clip_end_s=9.0, cuts_s=(1.8,))
    assert [ground.likeliest for ground in grounds] == [GRASS, ROAD]


def test_steps_that_saw_nothing_belong_to_a_ground_all_the_same():
    votes = votes_for([None, GRASS, GRASS, None, GRASS, None])
    (ground,) = grounds_of(votes, clip_end_s=6.0)
    assert (ground.first, ground.last, ground.seen_count) == (0, 5, 3)


def test_nothing_seen_at_all_is_said():
    (ground,) = grounds_of(votes_for([None, None]), clip_end_s=6.0)
    assert ground.probabilities is None
    assert ground.likeliest is None


def test_the_last_contact_lies_inside_even_after_the_clips_end():
    votes = votes_for([GRASS] * 3)
    (ground,) = grounds_of(votes, clip_end_s=1.0)
    assert ground.end_time_s > votes.time_s[-1]


def test_spans_follow_a_shift_in_time():
    early = votes_for([GRASS] * 4 + [ROAD] * 4, looks=[0.0] * 4 + [3.0] * 4)
    late = votes_for([GRASS] * 4 + [ROAD] * 4, looks=[0.0] * 4 + [3.0] * 4, start_s=2.5)
    a, b = grounds_of(early, clip_end_s=9.0), grounds_of(late, clip_end_s=9.0)
    assert b[0].end_time_s == pytest.approx(a[0].end_time_s + 2.0)


def test_borders_tile_the_clip(rng: np.random.Generator):
    for _ in range(20):
        words = [SURFACES[int(i)] for i in rng.integers(0, 16, 12)]
        words = [word for word in words for _ in range(int(rng.integers(1, 4)))]
        votes = votes_for(words, sure=0.7, looks=list(rng.normal(0, 2, len(words))))
        grounds = grounds_of(votes, clip_end_s=30.0)
        assert grounds[0].start_time_s == 0.0
        assert grounds[-1].end_time_s == 30.0
        for before, after in itertools.pairwise(grounds):
            assert before.end_time_s == after.start_time_s
            assert before.likeliest is not after.likeliest
            assert before.last + 1 == after.first


@pytest.mark.parametrize("apart_s", [0.0, math.ulp(1.0)])
def test_feet_that_land_at_one_moment_are_on_one_ground(apart_s: float):
    votes = votes_for([GRASS, ROAD], sure=0.999, looks=[0.0, 9.0])
    grounds = grounds_of(votes, clip_end_s=6.0, params=SpanParams(cut_cost=0.1))
    assert len(grounds) == 2
    together = replace(votes, time_s=np.array([1.0, 1.0 + apart_s]))
    (ground,) = grounds_of(together, clip_end_s=6.0, params=SpanParams(cut_cost=0.1))
    assert (ground.first, ground.last, ground.start_time_s, ground.end_time_s) == (0, 1, 0.0, 6.0)


def test_a_long_walk_is_quick():
    votes = votes_for([GRASS] * 1500 + [ROAD] * 1500, looks=[0.0] * 1500 + [3.0] * 1500)
    assert len(grounds_of(votes, clip_end_s=2000.0)) == 2


def test_pooled_votes_are_probabilities_and_agreeing_ones_grow_surer():
    votes = votes_for([GRASS] * 6, sure=0.5).log_probabilities
    one, six = pool_votes(votes[:1]), pool_votes(votes)
    assert six.sum() == pytest.approx(1.0)
    assert six.max() > one.max() == pytest.approx(0.5)


def test_a_single_sure_vote_cannot_veto():
    log_p = votes_for([GRASS] * 4 + [ROAD], sure=0.6).log_probabilities
    log_p[4] = np.log(np.where(np.arange(16) == SURFACES.index(ROAD), 1 - 15e-9, 1e-9))
    assert SURFACES[int(pool_votes(log_p).argmax())] is GRASS


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="log_probabilities"):
        StepVotes(1, np.zeros(2), np.zeros((2, 3)), np.zeros((2, 1)))
    with pytest.raises(ValueError, match="appearance"):
        StepVotes(1, np.zeros(2), np.zeros((2, 16)), np.zeros(2))


def test_no_price_on_a_cut_would_follow_every_vote_that_two_steps_share():
    votes = votes_for([GRASS] * 4 + [ROAD] * 2 + [GRASS] * 4, sure=0.3)
    free = SpanParams(cut_cost=0.0)
    assert len(grounds_of(votes, clip_end_s=6.0, params=free)) == 3
    assert math.isclose(grounds_of(votes, clip_end_s=6.0)[0].end_time_s, 6.0)


def test_a_step_on_the_border_is_no_ground_of_its_own():
    votes = votes_for([GRASS] * 5 + [ROAD] * 6, looks=[0.0] * 5 + [30.0] + [60.0] * 5)
    apart = parted(votes, clip_end_s=6.0)
    assert [(ground.first, ground.last) for ground in apart] in (
        [(0, 4), (5, 10)],
        [(0, 5), (6, 10)],
    )


def test_a_faint_change_is_seen_where_steps_differ_little_and_drowns_where_they_differ_much(
    rng: np.random.Generator,
):
    faint, noise = [0.0] * 6 + [1.6] * 6, rng.normal(0, 1, 12)

    def parts(scatter: float) -> int:
        looks = list(np.array(faint) + scatter * noise)
        return len(parted(votes_for([GRASS] * 12, looks=looks), clip_end_s=9.0))

    assert parts(0.1) == 2
    assert parts(1.0) == 1


def test_a_change_of_look_parts_what_is_called_the_same_and_joining_pools_all_of_it():
    votes = votes_for([ROAD] * 10, looks=[0.0] * 5 + [4.0] * 5)
    apart = parted(votes, clip_end_s=6.0)
    assert [(ground.first, ground.last, ground.likeliest) for ground in apart] == [
        (0, 4, ROAD),
        (5, 9, ROAD),
    ]
    (one,) = joined(apart)
    assert (one.first, one.last, one.seen_count, one.end_time_s) == (0, 9, 10, 6.0)
    np.testing.assert_allclose(one.probabilities, pool_votes(votes.log_probabilities))


def test_joining_one_step_with_many_is_as_pooling_all(rng: np.random.Generator):
    votes = votes_for([ROAD] * 7, sure=0.7, looks=[0.0] * 6 + [50.0])
    log_p = votes.log_probabilities + rng.normal(0, 0.2, (7, 16))
    log_p -= np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    uneven = StepVotes(1, votes.time_s, log_p, votes.appearance)
    assert len(parted(uneven, clip_end_s=6.0)) == 2
    (one,) = grounds_of(uneven, clip_end_s=6.0)
    np.testing.assert_allclose(one.probabilities, pool_votes(log_p))


def test_what_something_better_is_known_of_is_not_joined():
    votes = votes_for([ROAD] * 12, looks=[0.0] * 4 + [4.0] * 4 + [-4.0] * 4)
    apart = parted(votes, clip_end_s=6.0)
    assert len(apart) == 3
    assert len(joined(apart, apart={1})) == 3
    assert len(joined(apart, apart={0})) == 2
    assert len(joined(apart)) == 1
