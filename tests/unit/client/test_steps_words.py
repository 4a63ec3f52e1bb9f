"""Grounds and shoes that a table says of its steps, as spans: each contact stands in its own, whoever types beside."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley_client.overrides import Said
from foley_client.rpc.options import render_options
from foley_client.steps_words import (
    NOTHING,
    SaidSpan,
    SaidStep,
    StepWords,
    overruled,
    spans_beside,
)
from foley_common.errors import InvalidField
from foley_common.field_limits import MAX_OVERRIDES
from foley_common.rpc.convert import time_range_from_proto
from foley_common.surfaces import Footwear, Surface

GRASS, WOOD = StepWords(Surface.GRASS), StepWords(Surface.WOOD)
SNAP_S = 0.0005
"""A contact of a table that is no further from the found one is the found one (`foley_gateway.domain.step_edits`)."""


def steps(*told: tuple[int, float, StepWords]) -> list[SaidStep]:
    return [SaidStep(f"line {n}", *one) for n, one in enumerate(told, 2)]


def spans(*told: tuple[int, float, StepWords]) -> list[SaidSpan]:
    return spans_beside(steps(*told), [], [], wet=None)


def test_steps_that_say_the_same_are_one_span_with_borders_halfway():
    assert spans((1, 1.0, GRASS), (1, 2.0, GRASS), (1, 3.0, WOOD), (1, 4.0, NOTHING)) == [
        SaidSpan(GRASS, 1, None, 2.5),
        SaidSpan(WOOD, 1, 2.5, 3.5),
    ]


def test_people_have_spans_of_their_own_in_any_order_of_rows():
    assert spans((2, 5.0, WOOD), (1, 4.0, WOOD), (2, 1.0, GRASS), (1, 1.5, WOOD)) == [
        SaidSpan(WOOD, 1),
        SaidSpan(GRASS, 2, None, 3.0),
        SaidSpan(WOOD, 2, 3.0, None),
    ]


def test_a_step_of_nobody_known_is_everybodys_for_a_moment_and_ends_the_spans_around_it():
    assert spans((1, 1.0, GRASS), (0, 2.0, WOOD), (1, 3.0, GRASS)) == [
        SaidSpan(WOOD, 0, 1.5, 2.5),
        SaidSpan(GRASS, 1, None, 1.5),
        SaidSpan(GRASS, 1, 2.5, None),
    ]
    (alone,) = spans((0, 0.0, WOOD), (0, 4.0, WOOD))
    assert (alone.track_id, alone.start_s, alone.end_s) == (0, 0.0, pytest.approx(4.001))


def test_shoes_and_wet_count_as_different_words():
    wet = StepWords(Surface.GRASS, wet=True)
    boots = StepWords(Surface.GRASS, Footwear.BOOT)
    assert [span.words for span in spans((1, 1.0, GRASS), (1, 2.0, wet), (1, 3.0, boots))] == [
        GRASS,
        wet,
        boots,
    ]


def test_empty_cells_are_left_to_the_models():
    assert spans((1, 1.0, NOTHING), (2, 2.0, NOTHING), (0, 3.0, NOTHING)) == []
    assert not render_options(said_of_steps=spans()).overrides


def test_two_grounds_at_one_moment_are_told_with_both_lines():
    with pytest.raises(InvalidField, match=r"line 3 and line 2 land at the same moment") as caught:
        spans((1, 1.0, GRASS), (1, 1.0005, WOOD))
    assert caught.value.violations[0].field == "--steps"
    # two people may land together, also beside a step that is nobody's
    assert len(spans((1, 1.0, GRASS), (2, 1.0, WOOD), (0, 3.0, GRASS))) == 3


def test_more_spans_than_can_be_given_are_told_with_what_helps():
    many = [(1, 1.0 + n, (GRASS, WOOD)[n % 2]) for n in range(MAX_OVERRIDES)]
    assert len(spans(*many)) == MAX_OVERRIDES
    with pytest.raises(InvalidField, match=r"make 1001 spans; at most 1000 .* Empty the cells"):
        spans(*many, (1, 9999.0, (GRASS, WOOD)[MAX_OVERRIDES % 2]))
    with pytest.raises(InvalidField, match=r"make 1000 spans, and 2 are typed; at most 1000"):
        spans_beside(steps(*many), [Said(Surface.ICE, 1)], [], wet=True)
    # what is typed for everybody takes the table's place, whose shoes are all alike
    shod = [(who, at, StepWords(w.surface, Footwear.BOOT)) for who, at, w in many]
    assert spans_beside(steps(*shod), [Said(Surface.ICE)], [], wet=None) == [
        SaidSpan(StepWords(footwear=Footwear.BOOT), 1)
    ]


def test_a_typed_word_wins_over_the_table_and_that_is_told():
    listed = steps(
        (1, 1.0, StepWords(Surface.GRASS, Footwear.BOOT, wet=True)),
        (1, 2.0, StepWords(Surface.WOOD, Footwear.BOOT)),
        (2, 3.0, StepWords(Surface.WOOD, Footwear.SOCKS, wet=False)),
        (2, 4.0, NOTHING),
    )
    surfaces, shoes = [Said(Surface.ICE, 1), Said(Surface.WOOD, 2)], [Said(Footwear.BOOT)]
    assert overruled(listed, surfaces, shoes, wet=False) == [
        "--surface 1:ice wins over what the table of --steps says of 2 steps",
        "--footwear boot wins over what the table of --steps says of 1 step",
        "--dry wins over what the table of --steps says of 1 step",
    ]
    assert overruled(listed, [], [], wet=None) == []
    given = render_options(
        surfaces=surfaces,
        shoes=shoes,
        wet=False,
        said_of_steps=spans_beside(listed, surfaces, shoes, wet=False),
    ).overrides
    told = [(one.track_id, one.surface, one.footwear, one.HasField("wet")) for one in given]
    # 9 is grass, 6 wood, 17 ice, boots 6; of the table no shoe and no water is left
    assert told == [
        (1, 9, 0, False),
        (1, 6, 0, False),
        (2, 6, 0, False),
        (1, 17, 0, False),
        (2, 6, 0, False),
        (0, 0, 6, False),
        (0, 0, 0, True),
    ]
    assert [time_range_from_proto(one.range) for one in given[:2]] == [(0.0, 1.5), (1.5, math.inf)]


def test_water_gets_into_the_message():
    (given,) = render_options(said_of_steps=[SaidSpan(StepWords(wet=False), 1)]).overrides
    assert (given.HasField("wet"), given.wet, given.surface) == (True, False, 0)


WORDS = st.builds(
    StepWords,
    st.sampled_from([None, Surface.GRASS, Surface.WOOD]),
    st.sampled_from([None, Footwear.BOOT]),
    st.sampled_from([None, True]),
)
ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 30), WORDS),
    max_size=12,
    unique_by=lambda row: row[1],
)


@given(ROWS, st.lists(st.sampled_from([-SNAP_S, 0.0, SNAP_S]), min_size=12, max_size=12))
def test_every_contact_stands_on_what_its_row_says(rows: list, snaps: list[float]):
    listed = [(who, 0.002 * tick, words) for who, tick, words in rows]
    made = spans(*listed)
    for (track_id, contact_s, words), snap_s in zip(listed, snaps, strict=False):
        at_s = max(0.0, contact_s + snap_s)
        for whose in (track_id,) if track_id else (1, 4):
            over = [
                span.words
                for span in made
                if span.track_id in (0, whose)
                and (span.start_s or 0.0) <= at_s
                and (span.end_s is None or at_s < span.end_s)
            ]
            assert last_of(over) == words, (made, at_s)


def last_of(over: list[StepWords]) -> StepWords:
    """Later words win over earlier ones, each for itself."""
    surface, footwear, wet = (
        next((word for word in reversed(told) if word is not None), None)
        for told in (
            [one.surface for one in over],
            [one.footwear for one in over],
            [one.wet for one in over],
        )
    )
    return StepWords(surface, footwear, wet)


@given(ROWS)
def test_no_span_is_empty(rows: list):
    made = spans(*[(who, 0.002 * tick, words) for who, tick, words in rows])
    for span in made:
        assert span.end_s is None or span.end_s > (span.start_s or 0.0)
    for before, after in itertools.pairwise(made):
        assert before.track_id <= after.track_id
