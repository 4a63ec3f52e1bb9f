"""The caller's word over the models': spans are cut where an override begins and ends, and replaced inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from foley_common.surfaces import (
    GROUP_OF,
    AnswerSource,
    FootwearSpan,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
    SurfaceSpan,
)
from foley_surface_agent.domain.fallback import OVERRIDE_CONFIDENCE
from foley_surface_agent.domain.types import EVERYBODY, Override

_Span = TypeVar("_Span", SurfaceSpan, FootwearSpan)


def apply_overrides(
    report: SurfaceReport, overrides: Sequence[Override], *, clip_end_s: float
) -> SurfaceReport:
    """Let the caller's word win; later overrides win over earlier ones.

    An override for everybody replaces inside every person's spans and also stands as a span of track 0, so that it
    holds for steps that are added later. One for a person without spans stands alone.

    Args:
        report: What the models said.
        overrides: In the order of the request.
        clip_end_s: End of the clip; open ends stop there.
    """
    surfaces, footwear = list(report.surfaces), list(report.footwear)
    for given in overrides:
        end_s = max(
            min(given.end_time_s, _last_end([*surfaces, *footwear], clip_end_s)), given.start_time_s
        )
        if end_s <= given.start_time_s:
            continue
        if given.surface is not None:
            answer = _said(given.surface)
            span = SurfaceSpan(given.track_id, given.start_time_s, end_s, answer)
            surfaces = _overlaid(surfaces, span, _keeping_the_place(answer))
        if given.wet is not None:
            surfaces = _wetted(surfaces, given, end_s)
        if given.footwear is not None:
            shoe = FootwearSpan(
                given.track_id,
                given.start_time_s,
                end_s,
                given.footwear,
                OVERRIDE_CONFIDENCE,
                AnswerSource.OVERRIDE,
            )
            footwear = _overlaid(footwear, shoe, _same_shoe(shoe))
    return replace(report, surfaces=_in_order(surfaces), footwear=_in_order(footwear))


def _said(surface: Surface) -> SurfaceAnswer:
    return SurfaceAnswer(
        surface=surface,
        best_guess=surface,
        group=GROUP_OF[surface],
        confidence=OVERRIDE_CONFIDENCE,
        source=AnswerSource.OVERRIDE,
        reasoning="The caller said so.",
    )


def _keeping_the_place(answer: SurfaceAnswer) -> Callable[[SurfaceSpan], SurfaceSpan]:
    def change(span: SurfaceSpan) -> SurfaceSpan:
        seen = span.answer
        kept = replace(answer, wet=seen.wet, place=seen.place, room_size=seen.room_size)
        return replace(span, answer=kept)

    return change


def _wetted(spans: Iterable[SurfaceSpan], given: Override, end_s: float) -> list[SurfaceSpan]:
    """Spans with the caller's word about water inside an override; where no ground is known none is made up.

    Where a person has no ground but everybody's, that becomes the person's own, and wet or dry.
    """
    said = "The caller said that it is wet." if given.wet else "The caller said that it is dry."
    made: list[SurfaceSpan] = []
    everybodys: list[SurfaceSpan] = []
    gaps = [(given.start_time_s, end_s)]
    for span in spans:
        start_s, stop_s = max(span.start_time_s, given.start_time_s), min(span.end_time_s, end_s)
        inside = replace(
            span,
            start_time_s=start_s,
            end_time_s=stop_s,
            answer=replace(
                span.answer,
                wet=bool(given.wet),
                reasoning=f"{span.answer.reasoning} {said}".lstrip(),
            ),
        )
        if start_s >= stop_s or given.track_id not in (EVERYBODY, span.track_id):
            made.append(span)
            if start_s < stop_s and span.track_id == EVERYBODY:
                everybodys.append(inside)
            continue
        parts = [
            replace(span, end_time_s=start_s),
            inside,
            replace(span, start_time_s=stop_s),
        ]
        made += [part for part in parts if part.start_time_s < part.end_time_s]
        gaps = [part for gap in gaps for part in _without(gap, (start_s, stop_s))]
    owns = [replace(span, track_id=given.track_id) for span in everybodys]
    return made + [part for gap in gaps for own in owns for part in _inside(own, gap)]


def _same_shoe(shoe: FootwearSpan) -> Callable[[FootwearSpan], FootwearSpan]:
    def change(span: FootwearSpan) -> FootwearSpan:
        return replace(
            shoe, track_id=span.track_id, start_time_s=span.start_time_s, end_time_s=span.end_time_s
        )

    return change


def _overlaid(spans: Iterable[_Span], top: _Span, change: Callable[[_Span], _Span]) -> list[_Span]:
    """Replace what lies under ``top``; where its own track has nothing, put ``top`` itself, over everybody's."""
    spans = list(spans)
    made: list[_Span] = []
    gaps = [(top.start_time_s, top.end_time_s)]
    for span in spans:
        if top.track_id not in (EVERYBODY, span.track_id):
            made.append(span)
            continue
        start_s, end_s = (
            max(span.start_time_s, top.start_time_s),
            min(span.end_time_s, top.end_time_s),
        )
        if start_s >= end_s:
            made.append(span)
            continue
        if span.start_time_s < start_s:
            made.append(replace(span, end_time_s=start_s))
        made.append(change(replace(span, start_time_s=start_s, end_time_s=end_s)))
        if end_s < span.end_time_s:
            made.append(replace(span, start_time_s=end_s))
        if span.track_id == top.track_id:
            gaps = [part for gap in gaps for part in _without(gap, (start_s, end_s))]
    if top.track_id != EVERYBODY:
        for span in (span for span in spans if span.track_id == EVERYBODY):
            own = replace(span, track_id=top.track_id)
            made += [change(part) for gap in gaps for part in _inside(own, gap)]
            taken = (span.start_time_s, span.end_time_s)
            gaps = [part for gap in gaps for part in _without(gap, taken)]
    made += [replace(top, start_time_s=start_s, end_time_s=end_s) for start_s, end_s in gaps]
    return made


def _inside(span: _Span, gap: tuple[float, float]) -> list[_Span]:
    """The part of a span that lies in a gap, if any."""
    start_s, end_s = max(span.start_time_s, gap[0]), min(span.end_time_s, gap[1])
    return [replace(span, start_time_s=start_s, end_time_s=end_s)] if start_s < end_s else []


def _without(gap: tuple[float, float], taken: tuple[float, float]) -> list[tuple[float, float]]:
    parts = [(gap[0], min(gap[1], taken[0])), (max(gap[0], taken[1]), gap[1])]
    return [(start_s, end_s) for start_s, end_s in parts if start_s < end_s]


def _last_end(spans: Sequence[SurfaceSpan | FootwearSpan], clip_end_s: float) -> float:
    return max([clip_end_s, *(span.end_time_s for span in spans)])


def _in_order(spans: Sequence[_Span]) -> tuple[_Span, ...]:
    """By track and start; neighbours that say the same are joined."""
    joined: list[_Span] = []
    for span in sorted(spans, key=lambda span: (span.track_id, span.start_time_s)):
        if joined and _continues(joined[-1], span):
            joined[-1] = replace(joined[-1], end_time_s=span.end_time_s)
        else:
            joined.append(span)
    return tuple(joined)


def _continues(before: _Span, after: _Span) -> bool:
    moved = replace(after, start_time_s=before.start_time_s, end_time_s=before.end_time_s)
    return before.end_time_s == after.start_time_s and moved == before
