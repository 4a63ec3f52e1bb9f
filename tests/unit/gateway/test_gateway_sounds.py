"""What is looked for under which ground."""

from __future__ import annotations

import pytest

from foley_common.objects import ObjectRef
from foley_common.sound import SoundEngine
from foley_common.surfaces import AnswerSource, Surface, SurfaceAnswer, SurfaceReport, SurfaceSpan
from foley_gateway.domain.sounds import default_query, style_with, wishes_of
from foley_gateway.domain.types import GroundSound, SoundSearch, Style


def answer(surface: Surface, *suggestions: str, is_sure: bool = True) -> SurfaceAnswer:
    return SurfaceAnswer(
        surface if is_sure else None,
        surface,
        None,
        0.9,
        AnswerSource.VISION_MODEL,
        sound_suggestions=suggestions,
    )


def report(*spans: tuple[int, float, float, SurfaceAnswer]) -> SurfaceReport:
    return SurfaceReport(tuple(SurfaceSpan(*span) for span in spans))


TWO = report(
    (1, 0, 3, answer(Surface.GRASS, "boots on grass", "soft lawn steps")),
    (1, 3, 10, answer(Surface.GRAVEL, "crunchy steps", "boots on gravel")),
    (2, 0, 2, answer(Surface.GRASS)),
)


def said(found: SurfaceReport, search: SoundSearch) -> list[tuple[str, str, str]]:
    return [
        (wish.surface.value, wish.query or wish.url, wish.problem)
        for wish in wishes_of(found, search)
    ]


def test_the_agents_suggestion_that_names_the_ground_is_looked_for_longest_ground_first():
    assert said(TWO, SoundSearch()) == [
        ("gravel", "boots on gravel", ""),
        ("grass", "boots on grass", ""),
    ]


def test_a_picture_cannot_have_something_else_looked_for():
    steered = report((1, 0, 5, answer(Surface.GRASS, "explosion", "http evil example", "wood")))
    assert said(steered, SoundSearch()) == [("grass", "footsteps on grass", "")]


def test_an_unsure_ground_is_looked_for_as_it_sounds():
    unsure = report((1, 0, 5, answer(Surface.WOOD, is_sure=False)))
    assert said(unsure, SoundSearch()) == [("wood", "footsteps on wooden floor", "")]


def test_a_query_counts_for_the_grounds_that_it_names():
    assert said(TWO, SoundSearch(query="heavy boots on gravel")) == [
        ("gravel", "heavy boots on gravel", ""),
        ("grass", "", "the query is about gravel"),
    ]
    wooden = report((1, 0, 5, answer(Surface.WOOD)), (2, 0, 4, answer(Surface.TILE)))
    assert said(wooden, SoundSearch(query="old wooden stairs"))[1][2] == "the query is about wood"


def test_a_query_without_a_ground_counts_for_all():
    assert [wish[1] for wish in said(TWO, SoundSearch(query="sneakers"))] == ["sneakers"] * 2


def test_an_address_is_one_recording_for_the_ground_that_lasts_longest():
    first, second = said(TWO, SoundSearch(url="https://example.com/a"))
    assert first == ("gravel", "https://example.com/a", "")
    assert second[1] == ""
    assert "taken for gravel" in second[2]


def test_nobody_walking_is_nothing_to_look_for():
    assert wishes_of(SurfaceReport(), SoundSearch()) == []


@pytest.mark.parametrize("surface", list(Surface))
def test_every_ground_has_a_query(surface: Surface):
    assert default_query(surface).startswith("footsteps ")


def pack(name: str) -> ObjectRef:
    return ObjectRef("b", f"packs/{name}.zip", "a" * 64, 1, "application/zip")


def test_the_callers_packs_stay_first_and_nothing_found_changes_nothing():
    style = Style(sample_packs=(pack("mine"),))
    assert style_with(style, [GroundSound(Surface.ICE, fallback_reason="none")]) == style
    found = [
        GroundSound(Surface.ICE, sample_pack=pack("mine")),
        GroundSound(Surface.MUD, sample_pack=pack("mud")),
    ]
    made = style_with(style, found)
    assert made.engine is SoundEngine.SAMPLED
    assert made.sample_packs == (pack("mine"), pack("mud"))
    many = [GroundSound(Surface.ICE, sample_pack=pack(str(n))) for n in range(40)]
    assert len(style_with(style, many).sample_packs) == 16
