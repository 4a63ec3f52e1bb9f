from __future__ import annotations

import itertools
import math

from foley_common.surfaces import (
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
from foley_surface_agent.domain.fallback import default_footwear
from foley_surface_agent.domain.overrides import apply_overrides
from foley_surface_agent.domain.types import Override

LAWN = SurfaceAnswer(
    Surface.GRASS,
    Surface.GRASS,
    SurfaceGroup.SOFT,
    0.8,
    AnswerSource.LOCAL_MODEL,
    wet=True,
    place=Place.OUTDOOR,
)


def report(*tracks: int) -> SurfaceReport:
    return SurfaceReport(
        tuple(SurfaceSpan(track, 0.0, 10.0, LAWN) for track in tracks),
        tuple(default_footwear(track, 0.0, 10.0, "nobody looked") for track in tracks),
        "no key",
    )


def say(
    surface: Surface | None = None,
    footwear: Footwear | None = None,
    *,
    track: int = 0,
    start: float = 0.0,
    end: float = math.inf,
    wet: bool | None = None,
) -> Override:
    return Override(track, start, end, surface, footwear, wet)


def test_no_override_changes_nothing():
    assert apply_overrides(report(1, 2), [], clip_end_s=10.0) == report(1, 2)


def test_clip_wide_wins_for_everybody_and_for_steps_added_later():
    made = apply_overrides(report(1, 2), [say(Surface.WOOD)], clip_end_s=10.0)
    for track in (1, 2, 99):
        answer = made.surface_at(track, 5.0)
        assert answer is not None
        assert answer.surface is Surface.WOOD
        assert answer.group is SurfaceGroup.SOLID
        assert answer.source is AnswerSource.OVERRIDE
        assert answer.confidence == 1.0
    assert made.footwear_at(1, 5.0) == report(1).footwear_at(1, 5.0)


def test_a_ranges_borders_are_exact():
    made = apply_overrides(
        report(1), [say(Surface.WOOD, track=1, start=2.0, end=4.0)], clip_end_s=10.0
    )
    sounded = [(span.start_time_s, span.end_time_s, span.answer.sounded) for span in made.surfaces]
    assert sounded == [
        (0.0, 2.0, Surface.GRASS),
        (2.0, 4.0, Surface.WOOD),
        (4.0, 10.0, Surface.GRASS),
    ]


def test_one_person_only():
    made = apply_overrides(
        report(1, 2), [say(footwear=Footwear.HIGH_HEEL, track=2)], clip_end_s=10.0
    )
    one, two = made.footwear_at(1, 3.0), made.footwear_at(2, 3.0)
    assert one is not None
    assert one.source is AnswerSource.DEFAULT
    assert two is not None
    assert (two.footwear, two.source, two.confidence) == (
        Footwear.HIGH_HEEL,
        AnswerSource.OVERRIDE,
        1.0,
    )


def test_later_words_win():
    made = apply_overrides(
        report(1), [say(Surface.WOOD), say(Surface.ICE, track=1, start=5.0)], clip_end_s=10.0
    )
    before, after = made.surface_at(1, 4.9), made.surface_at(1, 5.0)
    assert before is not None
    assert after is not None
    assert (before.surface, after.surface) == (Surface.WOOD, Surface.ICE)
    made = apply_overrides(
        report(1), [say(Surface.ICE, track=1, start=5.0), say(Surface.WOOD)], clip_end_s=10.0
    )
    answer = made.surface_at(1, 7.0)
    assert answer is not None
    assert answer.surface is Surface.WOOD


def test_wet_and_place_stay_what_they_are():
    made = apply_overrides(report(1), [say(Surface.WOOD, track=1)], clip_end_s=10.0)
    answer = made.surface_at(1, 1.0)
    assert answer is not None
    assert answer.wet
    assert answer.place is Place.OUTDOOR


def wet_at(made: SurfaceReport, track: int, time_s: float) -> bool | None:
    answer = made.surface_at(track, time_s)
    assert answer is not None
    return answer.wet


def test_a_word_about_water_leaves_the_ground_to_the_models():
    words = [say(wet=False, track=1, start=2.0, end=4.0)]
    made = apply_overrides(report(1, 2), words, clip_end_s=10.0)
    assert [wet_at(made, 1, at) for at in (1.999, 2.0, 3.999, 4.0)] == [True, False, False, True]
    assert wet_at(made, 2, 3.0)
    dried = made.surface_at(1, 3.0)
    assert dried is not None
    assert (dried.surface, dried.source) == (LAWN.surface, LAWN.source)
    assert "dry" in dried.reasoning


def test_ground_and_water_in_one_word():
    made = apply_overrides(report(1), [say(Surface.WOOD, wet=False)], clip_end_s=10.0)
    for track in (1, 99):
        answer = made.surface_at(track, 5.0)
        assert answer is not None
        assert (answer.surface, answer.wet) == (Surface.WOOD, False)


def test_one_persons_water_where_only_everybodys_ground_is_known():
    words = [say(Surface.STONE), say(track=2, wet=True, start=5.0)]
    made = apply_overrides(SurfaceReport((), (), ""), words, clip_end_s=10.0)
    assert [wet_at(made, track, 6.0) for track in (1, 2)] == [None, True]
    assert not wet_at(made, 2, 4.0)
    answer = made.surface_at(2, 6.0)
    assert answer is not None
    assert answer.surface is Surface.STONE


def test_water_where_no_ground_is_known_makes_none_up():
    assert (
        apply_overrides(SurfaceReport((), (), ""), [say(wet=True)], clip_end_s=9.0).surfaces == ()
    )


def test_an_empty_report_honours_a_clip_wide_word():
    made = apply_overrides(SurfaceReport(), [say(Surface.SNOW, Footwear.BOOT)], clip_end_s=8.0)
    assert [(s.track_id, s.start_time_s, s.end_time_s) for s in made.surfaces] == [(0, 0.0, 8.0)]
    assert made.footwear == (FootwearSpan(0, 0.0, 8.0, Footwear.BOOT, 1.0, AnswerSource.OVERRIDE),)


def test_a_person_without_spans_gets_one():
    made = apply_overrides(report(1), [say(Surface.SNOW, track=5, start=3.0)], clip_end_s=8.0)
    span = next(span for span in made.surfaces if span.track_id == 5)
    assert (span.start_time_s, span.end_time_s) == (3.0, 10.0)


def test_a_range_after_the_clip_says_nothing():
    assert apply_overrides(report(1), [say(Surface.SNOW, start=50.0)], clip_end_s=10.0) == report(1)


def test_spans_of_one_person_never_overlap():
    words = [
        say(Surface.WOOD, start=1.0, end=6.0),
        say(Surface.TILE, track=1, start=2.0, end=3.0),
        say(Surface.ICE, track=2, start=0.5, end=9.0),
        say(Surface.SAND, start=2.5, end=7.0),
    ]
    made = apply_overrides(report(1, 2), words, clip_end_s=10.0)
    for track in (0, 1, 2):
        spans = [span for span in made.surfaces if span.track_id == track]
        assert spans == sorted(spans, key=lambda span: span.start_time_s)
        for before, after in itertools.pairwise(spans):
            assert before.end_time_s <= after.start_time_s
    answer = made.surface_at(2, 5.0)
    assert answer is not None
    assert answer.surface is Surface.SAND
