"""The closed lists, and which ground and shoe is under a person at a time."""

from __future__ import annotations

import pytest

from foley.common.v1 import surface_pb2
from foley_common.surfaces import (
    GROUP_OF,
    AnswerSource,
    Footwear,
    FootwearSpan,
    Place,
    Surface,
    SurfaceAnswer,
    SurfaceGroup,
    SurfaceReport,
    SurfaceSpan,
)


def answer(surface: Surface | None, best_guess: Surface = Surface.WOOD) -> SurfaceAnswer:
    return SurfaceAnswer(surface, best_guess, None, 0.5, AnswerSource.LOCAL_MODEL)


@pytest.mark.parametrize(
    ("words", "numbers", "prefix", "without_word"),
    [
        (Surface, surface_pb2.Surface, "SURFACE_", {"UNSPECIFIED", "UNKNOWN"}),
        (SurfaceGroup, surface_pb2.SurfaceGroup, "SURFACE_GROUP_", {"UNSPECIFIED"}),
        (Footwear, surface_pb2.Footwear, "FOOTWEAR_", {"UNSPECIFIED", "UNKNOWN"}),
        (Place, surface_pb2.Place, "PLACE_", {"UNSPECIFIED"}),
        (AnswerSource, surface_pb2.AnswerSource, "ANSWER_SOURCE_", {"UNSPECIFIED"}),
    ],
)
def test_words_and_contract_are_the_same_list(words, numbers, prefix, without_word):
    in_contract = {name.removeprefix(prefix) for name, _ in numbers.items()}
    assert {word.name for word in words} == in_contract - without_word
    assert without_word <= in_contract


def test_every_ground_has_a_group():
    assert set(GROUP_OF) == set(Surface)


def test_the_sounded_surface_is_the_guess_when_unknown():
    assert answer(Surface.SNOW).sounded is Surface.SNOW
    assert answer(None).sounded is Surface.WOOD


def test_spans_are_half_open_and_a_persons_own_wins():
    everybody, own = answer(Surface.GRASS), answer(Surface.GRAVEL)
    report = SurfaceReport(
        surfaces=(SurfaceSpan(0, 0.0, 10.0, everybody), SurfaceSpan(2, 3.0, 5.0, own))
    )
    assert report.surface_at(1, 4.0) is everybody
    assert report.surface_at(2, 2.999) is everybody
    assert report.surface_at(2, 3.0) is own
    assert report.surface_at(2, 5.0) is everybody
    assert report.surface_at(2, 10.0) is None
    assert SurfaceReport().surface_at(1, 0.0) is None


def test_shoes_too():
    boots = FootwearSpan(1, 0.0, 2.0, Footwear.BOOT, 0.9, AnswerSource.OVERRIDE)
    unknown = FootwearSpan(0, 0.0, 4.0, None, 0.0, AnswerSource.DEFAULT)
    report = SurfaceReport(footwear=(unknown, boots))
    assert report.footwear_at(1, 1.0) is boots
    assert report.footwear_at(1, 3.0) is unknown
    assert report.footwear_at(7, 1.0) is unknown
    assert report.footwear_at(1, 4.0) is None
