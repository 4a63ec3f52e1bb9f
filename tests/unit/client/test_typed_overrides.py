from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley_client.overrides import Said, merged, said, unused
from foley_client.rpc.options import render_options
from foley_common.errors import InvalidField
from foley_common.rpc.convert import time_range_from_proto
from foley_common.surfaces import Footwear, Surface

GRASS, WOOD = Surface.GRASS, Surface.WOOD


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("grass", Said(GRASS)),
        (" Grass ", Said(GRASS)),
        ("2:grass", Said(GRASS, 2)),
        ("@3.5-8:grass", Said(GRASS, 0, 3.5, 8.0)),
        ("@-8:grass", Said(GRASS, 0, None, 8.0)),
        ("12@3-:grass", Said(GRASS, 12, 3.0, None)),
        ("1@0-0.5:GRASS", Said(GRASS, 1, 0.0, 0.5)),
    ],
)
def test_words_people_and_spans_are_read(text: str, meant: Said[Surface]):
    assert said("--surface", [text], Surface) == [meant]


def test_shoes_may_be_typed_with_a_hyphen():
    assert said("--footwear", ["3:high-heel"], Footwear) == [Said(Footwear.HIGH_HEEL, 3)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("lava", "must be one of"),
        ("", "must be one of"),
        ("2:", "must be one of"),
        (":grass", r"\[PERSON\]"),
        ("x:grass", r"\[PERSON\]"),
        ("-1:grass", r"\[PERSON\]"),
        ("1@5:grass", r"\[PERSON\]"),
        ("1@a-b:grass", r"\[PERSON\]"),
        ("1@5-4:grass", "does not end after it starts"),
        ("1@5-5:grass", "does not end after it starts"),
        ("1@-0:grass", "does not end after it starts"),
        ("@-:grass", "without a start or an end"),
        ("0:grass", "numbered from 1"),
        ("99999999999:grass", "beyond 2147483647"),
        ("@99999999999999999999-:grass", "seconds of the clip"),
        (f"@0-{'9' * 400}:grass", "seconds of the clip"),
        ("1:2:grass", r"\[PERSON\]"),
        ("²:grass", r"\[PERSON\]"),
    ],
)
def test_what_cannot_be_meant_is_told_with_the_form(text: str, problem: str):
    with pytest.raises(InvalidField, match=problem):
        said("--surface", [text], Surface)


def test_everything_wrong_is_told_at_once():
    with pytest.raises(InvalidField) as caught:
        said("--surface", ["lava", "grass", "1@9-1:wood"], Surface)
    assert len(caught.value.violations) == 2


def test_the_more_precise_wins_then_the_later():
    texts = ["1@2-3:wood", "2:grass", "gravel", "@1-2:snow", "sand"]
    order = [one.word.value for one in said("--surface", texts, Surface)]
    assert order == ["gravel", "sand", "grass", "snow", "wood"]


def test_a_ground_and_a_shoe_for_the_same_are_one_entry():
    options = render_options(
        surfaces=[Said(GRASS), Said(WOOD, 2, 1.5, None)],
        shoes=[Said(Footwear.BOOT), Said(Footwear.SOCKS, 3)],
    )
    assert len(options.overrides) == 3
    first, second, third = options.overrides
    assert (first.track_id, first.surface, first.footwear) == (0, 9, 6)
    assert not first.HasField("range")
    assert second.track_id == 2
    assert time_range_from_proto(second.range)[0] == 1.5
    assert not second.range.HasField("end_offset")
    assert (third.track_id, third.surface, third.footwear) == (3, 0, 8)


def test_the_old_way_of_saying_it_for_everybody_still_does():
    assert render_options(surface=WOOD, footwear=Footwear.BOOT) == render_options(
        surfaces=[Said(WOOD)], shoes=[Said(Footwear.BOOT)]
    )


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str):
    try:
        (one,) = said("--surface", [text], Surface)
    except InvalidField:
        return
    assert one.word in Surface


def test_nothing_said_is_nothing_merged():
    assert merged([], []) == []


STEPS = [(1, 0.25), (1, 3.0), (2, 5.5)]


@pytest.mark.parametrize("text", ["grass", "1:grass", "@3-4:grass", "2@5.5-:grass", "@-0.5:grass"])
def test_a_word_with_a_step_under_it_is_used(text: str):
    assert unused("--surface", said("--surface", [text], Surface), STEPS) == []


@pytest.mark.parametrize("text", ["3:grass", "@6-9:grass", "2@-5.5:grass", "1@3.5-:grass"])
def test_a_word_without_a_step_under_it_is_told_as_it_was_typed(text: str):
    (line,) = unused("--surface", said("--surface", [text], Surface), STEPS)
    assert line.startswith(f"--surface {text} changes nothing")
    assert "person 1, 2" in line


def test_a_shoe_for_everybody_does_not_come_after_one_for_a_person():
    shoes = said("--footwear", ["sneaker", "1:high_heel"], Footwear)
    assert merged([Said(Surface.WOOD, 1)], shoes) == [
        (None, Said(Footwear.SNEAKER)),
        (Said(Surface.WOOD, 1), Said(Footwear.HIGH_HEEL, 1)),
    ]


PLACES = st.tuples(st.integers(0, 2), st.sampled_from([None, 1.0]))


@given(st.lists(PLACES, max_size=5), st.lists(PLACES, max_size=5))
def test_grounds_and_shoes_stay_in_their_order(grounds: list, shoes: list):
    surfaces = [Said(Surface.WOOD, who, start_s) for who, start_s in grounds]
    worn = [Said(Footwear.BOOT, who, start_s) for who, start_s in shoes]
    pairs = merged(surfaces, worn)
    assert [surface for surface, _ in pairs if surface] == surfaces
    assert [shoe for _, shoe in pairs if shoe] == worn
    for surface, shoe in pairs:
        if surface and shoe:
            assert (surface.track_id, surface.start_s) == (shoe.track_id, shoe.start_s)
