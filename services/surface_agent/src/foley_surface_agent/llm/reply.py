"""From a vision model's text to a checked answer. Whatever is not in the closed lists is refused, not repaired."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from foley_common.errors import VisionModelUnavailable
from foley_common.surfaces import Footwear, Place, Surface
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.prompt import PROMPT_VERSION, UNKNOWN

MAX_REPLY_CHARACTERS = 20_000
MAX_SENTENCE_CHARACTERS = 500
MAX_SUGGESTIONS = 5
MAX_SUGGESTION_CHARACTERS = 80
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_Word = TypeVar("_Word", Surface, Footwear, Place)


def parse_reply(text: str, *, model: str) -> VisionReply:
    """Read and check an answer.

    Args:
        text: What the model wrote; JSON, possibly with prose or a code fence around it.
        model: Name of the model that answered.

    Raises:
        VisionModelUnavailable: there is no JSON object, a key is missing or a value is outside its list or range.
    """
    reply = _object_in(text)
    return VisionReply(
        surface=_word(reply, "surface", Surface),
        confidence=_share(reply, "confidence"),
        wet=_flag(reply, "wet"),
        place=_word(reply, "place", Place),
        footwear=_word(reply, "footwear", Footwear),
        footwear_confidence=_share(reply, "footwear_confidence"),
        description=_sentence(reply, "description"),
        reasoning=_sentence(reply, "reasoning"),
        sound_suggestions=_suggestions(reply),
        model=model,
        prompt_version=PROMPT_VERSION,
    )


def _object_in(text: str) -> Mapping[str, Any]:
    if len(text) > MAX_REPLY_CHARACTERS:
        raise _refused(f"is longer than {MAX_REPLY_CHARACTERS} characters")
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            found, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
            continue
        if isinstance(found, dict) and "surface" in found:
            return cast("Mapping[str, Any]", found)
        start = text.find("{", start + 1)
    raise _refused("holds no JSON object with a surface")


def _word(reply: Mapping[str, Any], key: str, words: type[_Word]) -> _Word | None:
    value = reply.get(key)
    if not isinstance(value, str):
        raise _refused(f"names no {key}")
    value = value.strip().lower().replace(" ", "_")
    if value == UNKNOWN:
        return None
    try:
        return words(value)
    except ValueError as error:
        raise _refused(f"names a {key} outside the list") from error


def _share(reply: Mapping[str, Any], key: str) -> float:
    value = reply.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refused(f"has no number {key}")
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise _refused(f"has a {key} outside 0 to 1")
    return float(value)


def _flag(reply: Mapping[str, Any], key: str) -> bool:
    value = reply.get(key)
    if not isinstance(value, bool):
        raise _refused(f"has no true or false for {key}")
    return value


def _sentence(reply: Mapping[str, Any], key: str) -> str:
    value = reply.get(key)
    if not isinstance(value, str):
        raise _refused(f"has no text {key}")
    return _CONTROL.sub(" ", value).strip()[:MAX_SENTENCE_CHARACTERS]


def _suggestions(reply: Mapping[str, Any]) -> tuple[str, ...]:
    value = reply.get("sound_suggestions")
    if not isinstance(value, list):
        raise _refused("has no list sound_suggestions")
    items = [
        _CONTROL.sub(" ", item).strip()[:MAX_SUGGESTION_CHARACTERS]
        for item in cast("list[object]", value)
        if isinstance(item, str)
    ]
    return tuple(item for item in items if item)[:MAX_SUGGESTIONS]


def _refused(problem: str) -> VisionModelUnavailable:
    return VisionModelUnavailable(f"the vision model's answer {problem}", problem=problem)
