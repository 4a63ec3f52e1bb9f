"""What a person knows better about grounds and shoes, as typed: ``gravel``, ``2:grass``, ``1@3.5-8:wood``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from foley_client.words import word_of
from foley_common.errors import FieldViolation, InvalidField
from foley_common.surfaces import Footwear, Surface

FORM = "[PERSON][@FROM-TO]:WORD"
"""How a word for one person or one span is typed; a bare word is for everybody and the whole clip."""
_PLACE = re.compile(
    r"(?P<person>\d+)?(?:@(?P<start>\d+(?:\.\d+)?)?-(?P<end>\d+(?:\.\d+)?)?)?", re.ASCII
)
MAX_PERSON = 2**31 - 1
"""Of the contract's 32-bit number."""
MAX_SECONDS = 24 * 3600.0
"""No clip is longer than a day; the contract's duration would bear more, a typing error hardly."""
_Word = TypeVar("_Word", Surface, Footwear)


@dataclass(frozen=True, slots=True)
class Said(Generic[_Word]):
    """One ground or one shoe, for whom and when.

    Attributes:
        word: The ground or the shoe.
        track_id: Person it is for, from 1; 0 for everybody.
        start_s, end_s: When; None from the start, or to the end.
    """

    word: _Word
    track_id: int = 0
    start_s: float | None = None
    end_s: float | None = None

    @property
    def precision(self) -> int:
        """How much of the clip it is about: the more precise wins over what is said of more."""
        has_range = self.start_s is not None or self.end_s is not None
        return int(self.track_id > 0) + int(has_range)

    @property
    def typed(self) -> str:
        """As a person types it.

        >>> Said(Surface.WOOD, 1, 3.5).typed
        '1@3.5-:wood'
        """
        who = str(self.track_id or "")
        ends = ("" if time_s is None else f"{time_s:g}" for time_s in (self.start_s, self.end_s))
        when = "" if self.start_s is None and self.end_s is None else f"@{'-'.join(ends)}"
        return f"{who}{when}:{self.word}" if who or when else str(self.word)

    def is_about(self, track_id: int, time_s: float) -> bool:
        """True for a step of a person that it is said of."""
        is_then = (self.start_s or 0.0) <= time_s and (self.end_s is None or time_s < self.end_s)
        return is_then and self.track_id in (0, track_id)


def unused(
    option: str,
    words: Iterable[Said[Surface]] | Iterable[Said[Footwear]],
    steps: Sequence[tuple[int, float]],
) -> list[str]:
    """A line for each word that no step is under: a person who is not there, a span without a step.

    Args:
        option: Where the words were typed.
        words: What was typed.
        steps: Person and time of contact, of every step.
    """
    who = ", ".join(str(track_id) for track_id in sorted({track_id for track_id, _ in steps}))
    return [
        f"{option} {one.typed} changes nothing: no footstep is there (steps were found of person {who or 'none'})"
        for one in words
        if not any(one.is_about(track_id, time_s) for track_id, time_s in steps)
    ]


def said(option: str, texts: Iterable[str], words: type[_Word]) -> list[Said[_Word]]:
    """What was typed after an option, the least precise first, so that later entries win over earlier ones.

    >>> said("--surface", ["1@3.5-8:wood", "gravel"], Surface)[1]
    Said(word=<Surface.WOOD: 'wood'>, track_id=1, start_s=3.5, end_s=8.0)

    Raises:
        InvalidField: with everything that is wrong, and how it is typed.
    """
    found: list[Said[_Word]] = []
    wrong: list[FieldViolation] = []
    for text in texts:
        try:
            found.append(_one(text, words))
        except ValueError as error:
            wrong.append(FieldViolation(option, f"{text!r} {error}"))
    if wrong:
        raise InvalidField(wrong)
    return sorted(found, key=lambda one: one.precision)


def _one(text: str, words: type[_Word]) -> Said[_Word]:
    place, colon, name = text.strip().rpartition(":")
    try:
        word = word_of(name, words)
    except ValueError:
        raise ValueError(f"must be one of {', '.join(words)}, or {FORM}") from None
    if not colon:
        return Said(word)
    told = _PLACE.fullmatch(place)
    if told is None or not place:
        raise ValueError(
            f"must be {FORM}, for example 2:{word}, @3.5-8:{word} or 1@3.5-:{word} (seconds)"
        )
    track_id = int(told["person"] or 0)
    if told["person"] is not None and track_id == 0:
        raise ValueError("names person 0; people are numbered from 1, as in footsteps.csv")
    if track_id > MAX_PERSON:
        raise ValueError(f"names a person beyond {MAX_PERSON}; the numbers are in footsteps.csv")
    start_s, end_s = (None if told[key] is None else float(told[key]) for key in ("start", "end"))
    if "@" in place and start_s is None and end_s is None:
        raise ValueError("names a span without a start or an end")
    if max(start_s or 0.0, end_s or 0.0) > MAX_SECONDS:
        raise ValueError(f"names a time beyond {MAX_SECONDS:.0f} s; times are seconds of the clip")
    if end_s is not None and end_s <= (start_s or 0.0):
        raise ValueError("names a span that does not end after it starts")
    return Said(word, track_id, start_s, end_s)


def merged(
    surfaces: Sequence[Said[Surface]], shoes: Sequence[Said[Footwear]]
) -> list[tuple[Said[Surface] | None, Said[Footwear] | None]]:
    """Pairs for the contract: a ground and a shoe for the same people and span are one entry.

    Grounds stay in their order, and so do shoes: later ones win over earlier ones.
    """
    pairs: list[tuple[Said[Surface] | None, Said[Footwear] | None]] = []
    left = list(shoes)
    for surface in surfaces:
        places = [_place_of(shoe) for shoe in left]
        if _place_of(surface) in places:
            before = places.index(_place_of(surface))
            pairs += [(None, shoe) for shoe in left[:before]]
            pairs.append((surface, left[before]))
            left = left[before + 1 :]
        else:
            pairs.append((surface, None))
    return pairs + [(None, shoe) for shoe in left]


def _place_of(one: Said[Surface] | Said[Footwear]) -> tuple[int, float | None, float | None]:
    return one.track_id, one.start_s, one.end_s
