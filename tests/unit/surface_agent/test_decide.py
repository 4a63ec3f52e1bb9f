from __future__ import annotations

import numpy as np
import pytest

from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    Place,
    RoomSize,
    Surface,
    SurfaceGroup,
    VisionUsage,
)
from foley_surface_agent.domain.decide import UNSURE, VisionFindings, report_of_models, settled
from foley_surface_agent.domain.fallback import (
    DEFAULT_FOOTWEAR_CONFIDENCE,
    AnswerThresholds,
    default_answer,
    local_answer,
)
from foley_surface_agent.domain.types import SURFACES, Ground, SeenShoe, VisionReply

THRESHOLDS = AnswerThresholds(surface=0.6, group=0.7)


def chances(**shares: float) -> np.ndarray:
    p = np.full(16, (1 - sum(shares.values())) / (16 - len(shares)))
    for name, share in shares.items():
        p[SURFACES.index(Surface(name))] = share
    return p


def ground(
    track: int,
    start: float,
    end: float,
    p: np.ndarray | None,
    *,
    first: int = 0,
    last: int = 4,
    shot: int = 0,
) -> Ground:
    return Ground(track, first, last, start, end, p, 0 if p is None else last - first + 1, shot)


def add(
    findings: VisionFindings, seen: Ground, said: VisionReply, positions: tuple[int, ...] = (0,)
) -> None:
    findings.add(positions, [seen.track_id], said, min_confidence=0.5)


def reply(
    surface: Surface | None = Surface.GRASS, confidence: float = 0.9, **changes: object
) -> VisionReply:
    values: dict[str, object] = {
        "surface": surface,
        "confidence": confidence,
        "wet": True,
        "place": Place.OUTDOOR,
        "room_size": None,
        "shoes": (SeenShoe(1, Footwear.BOOT, 0.8),),
        "description": "d",
        "reasoning": "r",
        "sound_suggestions": ("a", "b", "c"),
        "model": "m",
        "prompt_version": "p",
        **changes,
    }
    return VisionReply(**values)  # type: ignore[arg-type]


def report(grounds: list[Ground], findings: VisionFindings):
    tracks = sorted({g.track_id for g in grounds})
    return report_of_models(
        grounds, findings, thresholds=THRESHOLDS, model="local-1", everybody=tracks, clip_end_s=10.0
    )


def local(p: np.ndarray):
    return local_answer(p, thresholds=THRESHOLDS, model="local-1", look_count=3)


def test_a_sure_local_answer_names_the_surface():
    answer = local(chances(gravel=0.7))
    assert (answer.surface, answer.best_guess, answer.group) == (
        Surface.GRAVEL,
        Surface.GRAVEL,
        SurfaceGroup.AGGREGATE,
    )
    assert answer.confidence == pytest.approx(0.7)
    assert answer.source is AnswerSource.LOCAL_MODEL
    assert answer.model == "local-1"


def test_an_unsure_answer_is_unknown_with_the_group_when_sure_of_that():
    answer = local(chances(gravel=0.4, dirt=0.4))
    assert answer.surface is None
    assert answer.group is SurfaceGroup.AGGREGATE
    assert answer.sounded in (Surface.GRAVEL, Surface.DIRT)


def test_what_is_sounded_is_of_the_group_that_is_sure():
    answer = local(chances(grass=0.25, concrete=0.2, asphalt=0.2, tile=0.2, stone=0.13))
    assert answer.surface is None
    assert answer.group is SurfaceGroup.SOLID
    assert answer.best_guess in (Surface.CONCRETE, Surface.ASPHALT, Surface.TILE)
    assert answer.confidence == pytest.approx(0.2)


def test_neither_sure_is_said_with_a_best_guess():
    answer = local(chances(grass=0.3, gravel=0.25))
    assert (answer.surface, answer.group, answer.best_guess) == (None, None, Surface.GRASS)


def test_the_default_says_it_is_one():
    answer = default_answer("hidden")
    assert (answer.surface, answer.source, answer.confidence) == (None, AnswerSource.DEFAULT, 0.0)
    assert answer.reasoning == "hidden"


def test_without_a_model_everything_is_local_and_says_why():
    made = report([ground(1, 0, 10, chances(wood=0.8))], VisionFindings(reason="no key"))
    assert made.fallback_reason == "no key"
    assert made.surfaces[0].answer.source is AnswerSource.LOCAL_MODEL
    shoe = made.footwear[0]
    assert (shoe.footwear, shoe.source, shoe.confidence) == (
        Footwear.SNEAKER,
        AnswerSource.DEFAULT,
        DEFAULT_FOOTWEAR_CONFIDENCE,
    )


def test_a_ground_nobody_could_see_is_a_declared_default():
    made = report([ground(1, 0, 10, None)], VisionFindings(reason="no key"))
    assert made.surfaces[0].answer.source is AnswerSource.DEFAULT
    assert made.surfaces[0].answer.best_guess is Surface.CONCRETE


def test_grounds_that_only_the_vision_model_tells_apart_are_told_apart():
    pair = [
        ground(1, 0, 4, chances(dirt=0.5)),
        ground(1, 4, 10, chances(dirt=0.6), first=5, last=9),
    ]
    told = VisionFindings()
    add(told, pair[0], reply(Surface.ASPHALT), (0,))
    add(told, pair[1], reply(Surface.CONCRETE), (1,))
    spans = report(pair, told).surfaces
    assert [(s.start_time_s, s.end_time_s, s.answer.surface) for s in spans] == [
        (0, 4, Surface.ASPHALT),
        (4, 10, Surface.CONCRETE),
    ]
    same = VisionFindings()
    add(same, pair[0], reply(Surface.GRASS), (0, 1))
    assert [s.answer.surface for s in report(pair, same).surfaces] == [Surface.GRASS]
    half = VisionFindings(reason="the endpoint went away")
    add(half, pair[1], reply(Surface.CONCRETE), (1,))
    spans = report(pair, half).surfaces
    assert [(s.answer.surface, s.answer.source) for s in spans] == [
        (None, AnswerSource.LOCAL_MODEL),
        (Surface.CONCRETE, AnswerSource.VISION_MODEL),
    ]
    (alone,) = report(pair, VisionFindings(reason="no key")).surfaces
    assert (alone.start_time_s, alone.end_time_s) == (0, 10)
    assert alone.answer.best_guess is Surface.DIRT


def test_the_vision_models_word_counts_where_it_looked():
    findings = VisionFindings()
    one = ground(1, 0, 10, chances(carpet=0.5))
    add(findings, one, reply())
    made = report([one], findings)
    answer = made.surfaces[0].answer
    assert made.fallback_reason == ""
    assert (answer.surface, answer.source, answer.wet) == (
        Surface.GRASS,
        AnswerSource.VISION_MODEL,
        True,
    )
    assert answer.sound_suggestions == ("a", "b", "c")
    assert (made.footwear[0].footwear, made.footwear[0].source) == (
        Footwear.BOOT,
        AnswerSource.VISION_MODEL,
    )


def test_grounds_of_one_scene_share_an_answer_and_shoes_do_not():
    findings = VisionFindings()
    one, two = ground(1, 0, 10, chances(carpet=0.5)), ground(2, 0, 10, chances(carpet=0.6))
    add(findings, one, reply(), (0, 1))
    made = report([one, two], findings)
    assert [span.answer.surface for span in made.surfaces] == [Surface.GRASS, Surface.GRASS]
    assert [shoe.source for shoe in made.footwear] == [
        AnswerSource.VISION_MODEL,
        AnswerSource.DEFAULT,
    ]
    assert "feet of person 2 were not shown" in made.fallback_reason


@pytest.mark.parametrize("unsure", [reply(None), reply(confidence=0.2)])
def test_an_unsure_model_gives_way_to_the_local_answer(unsure: VisionReply):
    findings = VisionFindings()
    one = ground(1, 0, 10, chances(wood=0.8))
    add(findings, one, unsure)
    made = report([one], findings)
    assert made.fallback_reason == UNSURE
    assert made.surfaces[0].answer.source is AnswerSource.LOCAL_MODEL
    assert made.surfaces[0].answer.surface is Surface.WOOD


def test_a_border_that_the_vision_model_does_not_see_goes():
    findings = VisionFindings()
    grounds = [
        ground(1, 0, 4, chances(dirt=0.5)),
        ground(1, 4, 10, chances(gravel=0.5), first=5, last=9),
    ]
    add(findings, grounds[0], reply(Surface.GRAVEL, 0.7))
    add(findings, grounds[1], reply(Surface.GRAVEL, 0.9), (1,))
    made = report(grounds, findings)
    assert [(s.start_time_s, s.end_time_s) for s in made.surfaces] == [(0, 10)]
    assert made.surfaces[0].answer.confidence == 0.9


def test_feet_are_told_apart_by_their_numbers():
    findings = VisionFindings()
    seen = [
        SeenShoe(1, Footwear.BOOT, 0.8),
        SeenShoe(2, None, 0.9),
        SeenShoe(3, Footwear.SOCKS, 0.4),
    ]
    said = reply(shoes=tuple(seen))
    findings.add([0], [7, 3, 5], said, min_confidence=0.5)
    assert {track: shoe.footwear for track, shoe in findings.shoes.items()} == {7: Footwear.BOOT}


def test_the_surest_look_at_a_shoe_stands():
    findings = VisionFindings()
    one, two = ground(1, 0, 4, chances(dirt=0.5)), ground(1, 4, 9, chances(wood=0.5), first=5)
    add(findings, one, reply(shoes=(SeenShoe(1, Footwear.BOOT, 0.9),)))
    add(findings, two, reply(shoes=(SeenShoe(1, Footwear.FLAT, 0.6),)))
    assert report([one, two], findings).footwear[0].footwear is Footwear.BOOT


def test_shots_are_kept_apart():
    inside = ground(1, 0, 4, chances(wood=0.8))
    unsure = ground(1, 4, 10, chances(grass=0.1, dirt=0.08), first=5, last=8, shot=1)
    outside = ground(2, 4, 10, chances(wood=0.8), shot=1)
    findings = VisionFindings()
    add(findings, inside, reply(Surface.WOOD, place=Place.INDOOR, room_size=RoomSize.SMALL))
    made = report([inside, unsure, outside], findings)
    first, second, third = (span.answer for span in made.surfaces)
    assert (first.source, first.room_size) == (AnswerSource.VISION_MODEL, RoomSize.SMALL)
    assert "sounded as wood, the surest ground of the shot" in second.reasoning
    assert (third.source, third.surface) == (AnswerSource.LOCAL_MODEL, Surface.WOOD)


def test_one_ground_over_a_cut_stays_two_spans():
    before, after = ground(1, 0, 4, chances(wood=0.8)), ground(1, 4, 9, chances(wood=0.8), shot=1)
    assert len(report([before, after], VisionFindings()).surfaces) == 2


def test_the_usage_is_part_of_the_report():
    usage = VisionUsage(call_count=2, cost_usd=0.01, model="m")
    made = report([ground(1, 0, 4, None)], VisionFindings(reason="x", usage=usage))
    assert made.usage == usage


def test_an_unsure_ground_sounds_like_its_sure_neighbour() -> None:
    sure = ground(1, 0, 4, chances(grass=0.8))
    unsure = ground(1, 4, 10, chances(gravel=0.18, grass=0.12), first=5, last=8)
    (span,) = report([sure, unsure], VisionFindings()).surfaces
    assert (span.start_time_s, span.end_time_s) == (0, 10)
    assert span.answer.surface is Surface.GRASS


def test_of_two_sure_neighbours_the_nearer_one_is_heard() -> None:
    grass, wood = chances(grass=0.8), chances(wood=0.8)
    for middle, heard in (((3.0, 5.0), Surface.GRASS), ((5.0, 7.0), Surface.WOOD)):
        path = [ground(1, 0, 3, grass), ground(1, *middle, None), ground(1, 7, 10, wood)]
        answers = [local(grass), default_answer("unseen"), local(wood)]
        assert settled(path, answers)[1].sounded is heard


def test_an_unsure_ground_keeps_what_its_looks_speak_for() -> None:
    sure = ground(1, 0, 4, chances(grass=0.8))
    unsure = ground(1, 4, 10, chances(gravel=0.4, grass=0.05), first=5, last=8)
    first, second = report([sure, unsure], VisionFindings()).surfaces
    assert first.answer.surface is Surface.GRASS
    assert (second.answer.surface, second.answer.best_guess) == (None, Surface.GRAVEL)


def test_who_is_unsure_alone_takes_the_surest_ground_of_the_shot() -> None:
    sure = ground(1, 0, 10, chances(grass=0.8))
    unsure = ground(2, 0, 10, chances(gravel=0.18, grass=0.12))
    _, second = report([sure, unsure], VisionFindings()).surfaces
    assert (second.answer.surface, second.answer.best_guess) == (None, Surface.GRASS)
    assert second.answer.confidence == pytest.approx(0.12)
    assert "sounded as grass" in second.answer.reasoning


def test_nobody_sure_is_one_ground_from_all_looks_together() -> None:
    one = ground(1, 0, 4, chances(concrete=0.16, metal=0.13))
    other = ground(1, 4, 10, chances(carpet=0.15, concrete=0.14), first=5, last=8)
    (span,) = report([one, other], VisionFindings()).surfaces
    assert (span.answer.surface, span.answer.best_guess) == (None, Surface.CONCRETE)


def test_one_odd_look_is_no_change_of_ground() -> None:
    sure = ground(1, 0, 4, chances(grass=0.8))
    odd = ground(1, 4, 10, chances(gravel=0.4, grass=0.05), first=5, last=5)
    (span,) = report([sure, odd], VisionFindings()).surfaces
    assert span.answer.surface is Surface.GRASS
