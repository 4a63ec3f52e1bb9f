"""From a vision model's text to a checked answer: nothing but members of the closed lists comes through.

The ground decides what is heard, so an answer without a ground of the list, or without a belief in it, is refused.
What is said beside it is cut to the lists: a place, a room or a shoe outside them counts as not known, keys that we did
not ask for are not read, and sentences are kept as text for people, never handed to a model again.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from foley_common.surfaces import Footwear, Place, RoomSize, Surface
from foley_surface_agent.domain.types import SeenShoe, VisionReply
from foley_surface_agent.llm.base import UnusableReply
from foley_surface_agent.llm.prompt import MAX_LABELLED_PEOPLE, PROMPT_VERSION, UNKNOWN

MAX_REPLY_CHARACTERS = 20_000
MAX_SENTENCE_CHARACTERS = 500
MAX_SUGGESTIONS = 5
MAX_SUGGESTION_CHARACTERS = 80
# Lone halves of surrogate pairs are no text: no message and no file can hold them.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
_PERCENT = 100.0
_LARGEST_SCALE = 10.0
_WORD = re.compile(r"[^\W_]+")
# Words beside the name of a ground that leave it what it is.
_BESIDE_A_GROUND = frozenset([
    "a", "the", "floor", "flooring", "floors", "ground", "surface", "path", "covered", "natural",
    "artificial", "wet", "dry", "damp", "rough", "smooth", "polished", "loose", "packed", "compacted",
    "fresh", "deep", "shallow", "thick", "thin", "short", "tall", "dead", "green", "brown",
    "grey", "gray", "white", "dark", "light",
])  # fmt: skip
# A suggestion becomes a search: no address, and no operator such as a leading minus.
_NOT_A_NAME = re.compile(r"[^\w ,'&-]+|(?<!\w)-+")
_Word = TypeVar("_Word", Surface, Footwear, Place, RoomSize)


def parse_reply(
    text: str,
    *,
    model: str,
    elapsed_ms: float = 0.0,
    without_key: Callable[[str], str] = lambda said: said,
) -> VisionReply:
    """Read and check an answer.

    Args:
        text: What the model wrote; JSON, possibly with prose or a code fence around it.
        model: Name of the model that answered.
        elapsed_ms: How long the answer took.
        without_key: Takes the endpoint's key out of a sentence. Sentences are read first: in JSON every letter can be
            written in two ways.

    Raises:
        UnusableReply: there is no JSON object, the ground is outside the list, or there is no belief in it.
    """
    reply = _object_in(text)
    place = _word(reply.get("place"), Place)
    return VisionReply(
        surface=_surface(reply),
        confidence=_confidence(reply),
        wet=_truth(reply.get("wet")),
        place=place,
        room_size=None if place is Place.OUTDOOR else _word(reply.get("room_size"), RoomSize),
        shoes=_shoes(reply),
        description=_sentence(reply.get("description"), without_key),
        reasoning=_sentence(reply.get("reasoning"), without_key),
        sound_suggestions=_suggestions(reply.get("sound_suggestions"), without_key),
        model=model,
        prompt_version=PROMPT_VERSION,
        elapsed_ms=elapsed_ms,
    )


def reply_to_text(reply: VisionReply) -> str:
    """What `parse_reply` reads back to the same answer, for the cache."""
    return json.dumps(
        {
            "surface": _or_unknown(reply.surface),
            "confidence": reply.confidence,
            "wet": reply.wet,
            "place": _or_unknown(reply.place),
            "room_size": _or_unknown(reply.room_size),
            "footwear": [
                {
                    "person": shoe.label,
                    "footwear": _or_unknown(shoe.footwear),
                    "confidence": shoe.confidence,
                }
                for shoe in reply.shoes
            ],
            "description": reply.description,
            "reasoning": reply.reasoning,
            "sound_suggestions": list(reply.sound_suggestions),
        },
        sort_keys=True,
    )


def _or_unknown(word: Surface | Footwear | Place | RoomSize | None) -> str:
    return UNKNOWN if word is None else word.value


def _object_in(text: str) -> Mapping[str, Any]:
    if len(text) > MAX_REPLY_CHARACTERS:
        raise _refused(f"is longer than {MAX_REPLY_CHARACTERS} characters")
    decoder = json.JSONDecoder()
    whole: Mapping[str, Any] | None = None  # the last one: models that think aloud answer after it
    partial: Mapping[str, Any] | None = None  # thinking aloud: {"surface": "metal"}?
    start = text.find("{")
    while start >= 0:
        after = start + 1
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            found, end = None, after
        if isinstance(found, dict) and "surface" in found:
            after = end
            if "confidence" in found:
                whole = cast("Mapping[str, Any]", found)
            else:
                partial = partial or cast("Mapping[str, Any]", found)
        start = text.find("{", after)
    reply = whole or partial
    if reply is None:
        raise _refused("holds no JSON object with a surface")
    return reply


def _surface(reply: Mapping[str, Any]) -> Surface | None:
    value = reply["surface"]
    if not isinstance(value, str):
        raise _refused("names no surface")
    if _tidy(value) == UNKNOWN:
        return None
    surface = _word(value, Surface) or _ground_in(value)
    if surface is None:
        raise _refused("names a surface outside the list")
    return surface


def _ground_in(value: str) -> Surface | None:
    """The one member of the list in a phrase that says nothing else: "tile floor", "wet grass".

    >>> _ground_in("Tile floor."), _ground_in("grass or dirt"), _ground_in("not grass")
    (<Surface.TILE: 'tile'>, None, None)
    """
    words = set(_WORD.findall(value.lower()))
    named = [surface for surface in Surface if surface.value in words]
    is_plain = len(named) == 1 and words <= {named[0].value} | _BESIDE_A_GROUND
    return named[0] if is_plain else None


def _confidence(reply: Mapping[str, Any]) -> float:
    value = _share(reply.get("confidence"))
    if value is None:
        raise _refused("has no confidence from 0 to 1")
    return value


def _share(value: object) -> float | None:
    """A share from 0 to 1; models without a schema write it as text too, or in percent."""
    is_percent = isinstance(value, str) and value.strip().endswith("%")
    number = number_in(value.strip().removesuffix("%") if isinstance(value, str) else value)
    if number is None:
        return None
    # Above a scale of ten it can only be percent.
    share = number / _PERCENT if is_percent or number > _LARGEST_SCALE else number
    return share if 0 <= share <= 1 else None


def number_in(value: object) -> float | None:
    """A finite number, also one that is written as text; None for anything else.

    >>> number_in("0.93"), number_in(1), number_in(True), number_in("high"), number_in("nan")
    (0.93, 1.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _truth(value: object) -> bool | None:
    """True or false, as JSON has it or as a word; None for anything else."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def _word(value: object, words: type[_Word]) -> _Word | None:
    """The member that a text names, None for anything else."""
    try:
        return words(_tidy(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _tidy(value: str) -> str:
    return value.strip().lower().replace(" ", "_").replace("-", "_")


def _shoes(reply: Mapping[str, Any]) -> tuple[SeenShoe, ...]:
    value = reply.get("footwear")
    if isinstance(value, str):  # models without a schema like to name the one shoe they see
        value = [
            {"person": 1, "footwear": value, "confidence": reply.get("footwear_confidence", 0.0)}
        ]
    if not isinstance(value, list):
        return ()
    found: dict[int, SeenShoe] = {}
    for entry in cast("list[object]", value):
        if not isinstance(entry, dict):
            continue
        shoe = cast("Mapping[str, Any]", entry)
        number, confidence = number_in(shoe.get("person")), _share(shoe.get("confidence"))
        if number is not None and number.is_integer() and 1 <= number <= MAX_LABELLED_PEOPLE:
            label = int(number)
            found.setdefault(
                label, SeenShoe(label, _word(shoe.get("footwear"), Footwear), confidence or 0.0)
            )
    return tuple(found[label] for label in sorted(found))


def one_line(text: str) -> str:
    """Text of a stranger without line breaks, control and direction marks."""
    return _CONTROL.sub(" ", text).strip()


def _sentence(value: object, without_key: Callable[[str], str]) -> str:
    if not isinstance(value, str):
        return ""
    return one_line(without_key(value))[:MAX_SENTENCE_CHARACTERS]


def _suggestions(value: object, without_key: Callable[[str], str]) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    items = [
        " ".join(_NOT_A_NAME.sub(" ", without_key(item)).split())[
            :MAX_SUGGESTION_CHARACTERS
        ].strip()
        for item in cast("list[object]", value)
        if isinstance(item, str)
    ]
    return tuple(dict.fromkeys(item for item in items if item))[:MAX_SUGGESTIONS]


def _refused(problem: str) -> UnusableReply:
    return UnusableReply(f"the vision model's answer {problem}", problem=problem)
