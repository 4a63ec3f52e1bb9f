"""Grounds and shoes that a table says of its steps, as spans for the contract, and beside what is typed.

A step stands on a ground by its contact. Steps of one person that follow each other and say the same are one span, and
borders stand halfway between contacts, as those of the models do: so a contact that a spreadsheet rounded, or that is
taken as it was found, stays on its side.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from foley_client.overrides import Said, merged
from foley_common.errors import FieldViolation, InvalidField
from foley_common.field_limits import MAX_OVERRIDES
from foley_common.surfaces import Footwear, Surface

OPTION = "--steps"
SAME_MOMENT_S = 0.001
"""Tables may have come back in thousandths: what is no further apart has no border between."""
NOBODY_KNOWN = 0
"""Person of a row that says none; as an override, everybody."""


@dataclass(frozen=True, slots=True)
class StepWords:
    """What is said of ground and shoe; None leaves it to the models.

    Attributes:
        surface: The ground.
        footwear: The shoe.
        wet: Whether the ground is wet.
    """

    surface: Surface | None = None
    footwear: Footwear | None = None
    wet: bool | None = None


NOTHING = StepWords()


@dataclass(frozen=True, slots=True)
class SaidStep:
    """A step of a table.

    Attributes:
        place: Where it stands, for people.
        track_id: Its person; 0 where the table says none.
        contact_s: When it lands.
        words: What is said of it.
    """

    place: str
    track_id: int
    contact_s: float
    words: StepWords


@dataclass(frozen=True, slots=True)
class SaidSpan:
    """What is said of the steps of one person that land in ``[start_s, end_s)``.

    Attributes:
        words: The ground and the shoe.
        track_id: The person; 0 for everybody.
        start_s, end_s: When; None from the start, or to the end.
    """

    words: StepWords
    track_id: int = NOBODY_KNOWN
    start_s: float | None = None
    end_s: float | None = None


def spans_beside(
    steps: Sequence[SaidStep],
    surfaces: Sequence[Said[Surface]],
    shoes: Sequence[Said[Footwear]],
    *,
    wet: bool | None,
) -> list[SaidSpan]:
    """What a table says, for a render that is told typed words too; these win.

    Of a table that the product wrote every cell is filled, so that a typed word would never count if cells won. What
    is typed for everybody and the whole clip leaves nothing of its column.

    Args:
        steps: The table.
        surfaces: Grounds that were typed.
        shoes: Shoes that were typed.
        wet: Whether every ground was said to be wet; None without a word.

    Raises:
        InvalidField: steps of one moment are said to be on two grounds, or more is said than can be given.
    """
    left = [
        replace(step, words=_without_typed(step.words, surfaces, shoes, wet=wet)) for step in steps
    ]
    spans = list(_spans(left))
    typed_count = len(merged(surfaces, shoes)) + (wet is not None)
    if len(spans) + typed_count > MAX_OVERRIDES:
        also = f", and {typed_count} are typed" if typed_count else ""
        raise _refused(
            f"grounds and shoes make {len(spans)} spans{also}; at most {MAX_OVERRIDES} can be given. Empty the cells "
            "of the columns surface, footwear and wet that the models may fill, or leave the columns out"
        )
    return spans


def overruled(
    steps: Sequence[SaidStep],
    surfaces: Sequence[Said[Surface]],
    shoes: Sequence[Said[Footwear]],
    *,
    wet: bool | None,
) -> list[str]:
    """A line for each typed word that wins over another one of the table: a person may have meant that one."""
    told = [
        *(
            (f"--surface {one.typed}", sum(_differs(one, s, s.words.surface) for s in steps))
            for one in surfaces
        ),
        *(
            (f"--footwear {one.typed}", sum(_differs(one, s, s.words.footwear) for s in steps))
            for one in shoes
        ),
    ]
    if wet is not None:
        told.append(("--wet" if wet else "--dry", sum(s.words.wet is (not wet) for s in steps)))
    return [
        f"{option} wins over what the table of {OPTION} says of {count} step{'s' if count > 1 else ''}"
        for option, count in told
        if count
    ]


def _differs(
    one: Said[Surface] | Said[Footwear], step: SaidStep, word: Surface | Footwear | None
) -> bool:
    return word is not None and word is not one.word and one.is_about(step.track_id, step.contact_s)


def _without_typed(
    words: StepWords,
    surfaces: Sequence[Said[Surface]],
    shoes: Sequence[Said[Footwear]],
    *,
    wet: bool | None,
) -> StepWords:
    return StepWords(
        surface=None if any(one.precision == 0 for one in surfaces) else words.surface,
        footwear=None if any(one.precision == 0 for one in shoes) else words.footwear,
        wet=words.wet if wet is None else None,
    )


def _spans(steps: Sequence[SaidStep]) -> Iterator[SaidSpan]:
    """Spans in the order of the contract, where later ones win: those of steps of nobody known first."""
    own: dict[int, list[SaidStep]] = defaultdict(list)
    for step in steps:
        own[step.track_id].append(step)
    anybodys = own[NOBODY_KNOWN]
    for track_id in sorted(own):
        # Whose step it is that says no person is known later, so that it ends the spans of everybody.
        among = own[track_id] + anybodys if track_id else steps
        yield from _spans_of(
            track_id, sorted(among, key=lambda step: (step.contact_s, step.track_id))
        )


def _spans_of(track_id: int, among: Sequence[SaidStep]) -> Iterator[SaidSpan]:
    """Spans of one person; those of nobody known hold no more of the clip than their steps."""
    runs = [list(run) for _, run in itertools.groupby(among, key=lambda step: step.words)]
    for before, run, after in zip([None, *runs], runs, [*runs[1:], None], strict=False):
        words, own = run[0].words, [step for step in run if step.track_id == track_id]
        if words == NOTHING or not own:
            continue
        start_s = end_s = None
        if track_id == NOBODY_KNOWN:
            start_s = max(0.0, own[0].contact_s - SAME_MOMENT_S)
            end_s = own[-1].contact_s + SAME_MOMENT_S
        if before and (track_id or own[0] is run[0]):
            start_s = _border(before[-1], run[0])
        if after and (track_id or own[-1] is run[-1]):
            end_s = _border(run[-1], after[0])
        yield SaidSpan(words, track_id, start_s, end_s)


def _border(before: SaidStep, after: SaidStep) -> float:
    if after.contact_s - before.contact_s <= SAME_MOMENT_S:
        raise _refused(
            f"{after.place} and {before.place} land at the same moment and say different things of ground or shoe; "
            "let them say the same, or, where two people land, whose each is (track_id)"
        )
    return (before.contact_s + after.contact_s) / 2


def _refused(problem: str) -> InvalidField:
    return InvalidField([FieldViolation(OPTION, problem)])
