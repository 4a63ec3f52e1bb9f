from __future__ import annotations

import itertools
import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

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


def test_everybodys_water_holds_for_a_ground_of_ones_own_that_is_said_after_it():
    words = [say(Surface.STONE, wet=True, end=5.0), say(Surface.WOOD, track=4, start=2.0)]
    made = apply_overrides(report(1), words, clip_end_s=10.0)
    told = [
        (span.start_time_s, span.end_time_s, span.answer.surface, span.answer.wet)
        for span in made.surfaces
        if span.track_id == 4
    ]
    assert told == [(2.0, 5.0, Surface.WOOD, True), (5.0, 10.0, Surface.WOOD, None)]


END_S = 10.0
TRACKS = (1, 2, 3, 4)
seconds = st.integers(0, 12).map(float)
words = st.builds(
    lambda surface, shoe, track, start, length, wet: say(
        surface, shoe, track=track, start=start, end=start + length, wet=wet
    ),
    st.sampled_from([None, Surface.STONE, Surface.WOOD]),
    st.sampled_from([None, Footwear.BOOT, Footwear.SOCKS]),
    st.sampled_from([0, 0, *TRACKS]),
    seconds,
    st.sampled_from([1.0, 4.0, math.inf]),
    st.sampled_from([None, True, False]),
)


def grounds(track: int, cut_s: float, wet: bool | None) -> list[SurfaceSpan]:
    """Two grounds of one person, or one where the cut is at an end."""
    answers = (replace(LAWN, wet=wet), replace(LAWN, surface=Surface.MUD, best_guess=Surface.MUD))
    spans = zip((0.0, cut_s), (cut_s, END_S), answers, strict=True)
    return [SurfaceSpan(track, start, end, answer) for start, end, answer in spans if start < end]


@given(
    st.lists(words, max_size=5),
    st.dictionaries(
        st.sampled_from(TRACKS[:3]),
        st.tuples(st.sampled_from([0.0, 3.0, 7.0]), st.sampled_from([None, True, False])),
    ),
)
def test_at_every_moment_the_last_word_about_it_counts(
    said: list[Override], walked: dict[int, tuple[float, bool | None]]
):
    """Against the rule itself, asked moment by moment: later over earlier, each of ground, water and shoe apart."""
    before = SurfaceReport(
        tuple(span for track in walked for span in grounds(track, *walked[track])),
        tuple(default_footwear(track, 0.0, END_S, "") for track in walked),
    )
    made = apply_overrides(before, said, clip_end_s=END_S)
    for track, half in itertools.product(TRACKS, range(20)):
        time_s = half / 2 + 0.25
        answer, shoe = before.surface_at(track, time_s), before.footwear_at(track, time_s)
        surface, wet = (answer.surface, answer.wet) if answer else (None, None)
        footwear = shoe.footwear if shoe else None
        for word in said:
            if word.track_id in (0, track) and word.start_time_s <= time_s < word.end_time_s:
                surface, footwear = word.surface or surface, word.footwear or footwear
                # where no ground is known, there is nothing that could be wet
                wet = wet if word.wet is None or surface is None else word.wet
        got, worn = made.surface_at(track, time_s), made.footwear_at(track, time_s)
        assert (got.surface, got.wet) == (surface, wet) if got else surface is None
        assert (worn.footwear if worn else None) is footwear
    for spans in (made.surfaces, made.footwear):
        for one, other in itertools.pairwise(spans):
            assert one.track_id < other.track_id or one.end_time_s <= other.start_time_s
