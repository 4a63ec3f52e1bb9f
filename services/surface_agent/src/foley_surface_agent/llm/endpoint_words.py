"""What OpenAI-compatible endpoints say beside an answer: refusals, failures inside a 200, texts in parts, counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from foley_surface_agent.llm.reply import number_in, one_line

if TYPE_CHECKING:
    from openai import APIStatusError
    from openai.types.chat import ChatCompletion

REFUSED_FORMAT_STATUS = (400, 404, 422)  # what endpoints answer to a form that they do not know
RETRIED_STATUS = (408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529)
# What a person can do about a refusal, for the reason in the report.
ADVICE = {
    401: "the key is not accepted (see VISION__API_KEY)",
    402: "there is no credit for this key",
    403: "this key may not use the model",
    404: "there is no such model or address (see VISION__MODEL, VISION__BASE_URL)",
    413: "the picture is too large for it (see VISION__MAX_PICTURE_PX)",
    429: "it is asked too often",
}
SPOKEN_STATUS = (400, 422)  # others explain themselves; refusals of a key may quote it in part
MAX_WORDS = 200  # characters of an endpoint's own that are told on
_FORMAT_WORDS = (
    "format",
    "schema",
    "json_object",
    "structured",
    "grammar",
    "json mode",
    "requested parameters",
    "tool",
    "function",
)


def words_of(error: APIStatusError, without_key: Callable[[str], str]) -> str:
    """What an endpoint says about a question that it refuses, without the key, should that be in it."""
    if error.status_code not in SPOKEN_STATUS or not isinstance(error.body, dict):
        return ""
    said = cast("dict[str, object]", error.body).get("message")
    text = one_line(without_key(said))[:MAX_WORDS] if isinstance(said, str) else ""
    return f"“{text}”" if text else ""


def is_about_form(error: APIStatusError) -> bool:
    """True when a refusal talks about the form of answer, or does not say what it is about; other 400s are final."""
    if error.status_code not in REFUSED_FORMAT_STATUS:
        return False
    said = f"{error.message} {error.body}".lower()
    says_nothing = error.status_code != 404 and not isinstance(error.body, dict)
    return says_nothing or any(word in said for word in _FORMAT_WORDS)


def failure_inside(completion: ChatCompletion) -> int | None:
    """The status of an error that came as a 200, as OpenRouter sends them when a provider fails; None without one."""
    choices = getattr(completion, "choices", None)
    places = [completion, *(choices[:1] if isinstance(choices, list) else ())]
    for place in places:
        told = getattr(place, "error", None)
        code = cast("dict[str, object]", told).get("code") if isinstance(told, dict) else None
        if isinstance(code, int) and 400 <= code < 600:
            return code
    return None


def joined(content: object) -> object:
    """The text of an answer that comes in parts; any other content as it is."""
    if not isinstance(content, list):
        return content
    parts = cast("list[object]", content)
    texts = [
        cast("dict[str, object]", part).get("text") for part in parts if isinstance(part, dict)
    ]
    return "".join(text for text in texts if isinstance(text, str))


def count(value: object) -> int:
    """A number of tokens; 0 for what is none."""
    number = number_in(value)
    return max(0, round(number)) if number is not None else 0
