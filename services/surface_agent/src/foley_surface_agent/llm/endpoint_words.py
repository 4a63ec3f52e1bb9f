"""What OpenAI-compatible endpoints say beside an answer: refusals, failures inside a 200, texts in parts, counts."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from foley_surface_agent.llm.reply import number_in, one_line

if TYPE_CHECKING:
    from openai import APIStatusError
    from openai.types.chat import ChatCompletion

MAX_TOKEN_COUNT = 2**31 - 1
"""More tokens than any answer has: an endpoint that says more does not count, and must not break a report."""
REFUSED_FORMAT_STATUS = (400, 404, 422)  # what endpoints answer to a form that they do not know
RETRIED_STATUS = (408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529)
# What a person can do about a refusal, for the reason in the report.
ADVICE = {
    401: "the key is not accepted (see VISION__API_KEY)",
    402: "there is no credit for this key",
    403: "this key may not use the model",
    404: "there is no such model or address (see VISION__MODEL, VISION__BASE_URL, which mostly ends in /v1)",
    405: "that address is no endpoint (see VISION__BASE_URL, which mostly ends in /v1)",
    413: "the picture is too large for it (see VISION__MAX_PICTURE_PX)",
    429: "it is asked too often",
    **dict.fromkeys(
        (301, 302, 303, 307, 308),
        "it sends elsewhere, and redirects are not followed (see VISION__BASE_URL)",
    ),
}
DOWN_STATUS = frozenset(ADVICE) - {413}
"""Of those with advice, what would be answered about any picture: all but that this one is too large."""
REFUSED_KEY_STATUS = (401, 403)  # these words may quote the key in part
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
MAX_TOKENS, TEMPERATURE = "max_tokens", "temperature"
_UNKNOWN_WORDS = ("unsupported", "not support", "unknown", "unrecognized", "not permitted")
MAX_CAUSES = 20
"""Of one failure: a chain of causes may be a ring."""
_LOST: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "cannot be reached, as its certificate is not trusted"),
    (ssl.SSLError, "cannot be reached by TLS (see VISION__BASE_URL: http or https)"),
    (socket.gaierror, "cannot be reached, as nobody knows its host name (see VISION__BASE_URL)"),
    (ConnectionRefusedError, "cannot be reached, as nothing listens there (see VISION__BASE_URL)"),
)
_BROKEN_OFF = ("RemoteProtocolError", "ReadError", "WriteError")
"""What the HTTP client calls a connection that was there."""
_TEXT_PARTS = ("text", "output_text")


def words_of(error: APIStatusError, without_key: Callable[[str], str]) -> str:
    """What an endpoint says about a question that it does not answer, without the key, should that be in it."""
    if error.status_code in REFUSED_KEY_STATUS:
        return ""
    return quoted(_message_in(error), without_key)


def quoted(said: object, without_key: Callable[[str], str]) -> str:
    """Words of an endpoint, in quotation marks; empty for what are none."""
    text = one_line(without_key(said))[:MAX_WORDS] if isinstance(said, str) else ""
    return f"“{text}”" if text else ""


def _message_in(error: APIStatusError) -> object:
    """What a refusal says; None for a page, or a word of a proxy, which says nothing about the question."""
    is_json = "json" in error.response.headers.get("content-type", "")
    return _message_of(error.body) if is_json else None


def _message_of(told: object) -> object:
    """An error's message: endpoints send it as a text (LM Studio, TGI) or in an object, under one of two names."""
    if not isinstance(told, dict):
        return told
    found = cast("dict[str, object]", told)
    return found.get("message") or found.get("detail")


def is_about_form(error: APIStatusError) -> bool:
    """True when a refusal talks about the form of answer, or does not say what it is about; other 400s are final."""
    if error.status_code not in REFUSED_FORMAT_STATUS:
        return False
    said = f"{error.message} {error.body}".lower()
    says_nothing = error.status_code != 404 and not _message_in(error)
    return says_nothing or any(word in said for word in _FORMAT_WORDS)


def refused_parameter(error: APIStatusError) -> str | None:
    """The parameter of ours that a model does not know: reasoning models take neither of these two."""
    if error.status_code not in REFUSED_FORMAT_STATUS:
        return None
    said = f"{error.message} {error.body}".lower()
    if "max_completion_tokens" in said:  # what OpenAI's own say to use instead
        return MAX_TOKENS
    if TEMPERATURE in said and any(word in said for word in _UNKNOWN_WORDS):
        return TEMPERATURE
    return None


def failure_inside(
    completion: ChatCompletion, without_key: Callable[[str], str]
) -> tuple[int | None, str] | None:
    """The status and the words of an error that came as a 200, as OpenRouter sends them when a provider fails.

    None without one. The status is None where none is told.
    """
    choices = getattr(completion, "choices", None)
    has_choice = isinstance(choices, list)
    places = [completion, *(choices[:1] if isinstance(choices, list) else ())]
    for place in places:
        told = getattr(place, "error", None)
        code = cast("dict[str, object]", told).get("code") if isinstance(told, dict) else None
        number = number_in(code)
        words = quoted(_message_of(told), without_key)
        if number is not None and 400 <= number < 600:
            return int(number), "" if int(number) in REFUSED_KEY_STATUS else words
        if words and not has_choice:
            return None, words
    return None


def texts_of(message: object) -> list[str]:
    """Everything in a message that may be the answer, likeliest first: arguments of tool calls, then the content."""
    calls = getattr(message, "tool_calls", None)
    found: list[object] = [
        getattr(getattr(call, "function", None), "arguments", None)
        for call in (cast("list[object]", calls) if isinstance(calls, list) else ())
    ]
    found.append(_joined(getattr(message, "content", None)))
    texts = [json.dumps(one) if isinstance(one, dict) else one for one in found]
    return [text for text in texts if isinstance(text, str) and text.strip()]


def _joined(content: object) -> object:
    """The text of an answer that comes in parts, without what is marked as thinking; other content as it is."""
    if not isinstance(content, list):
        return content
    texts: list[object] = []
    for part in cast("list[object]", content):
        if isinstance(part, dict):
            told = cast("dict[str, object]", part)
            texts.append(told.get("text") if told.get("type", "text") in _TEXT_PARTS else None)
        else:
            texts.append(part)
    return "".join(text for text in texts if isinstance(text, str))


def lost(error: BaseException) -> str:
    """What became of a connection, as the rest of a sentence, with what can be done where something can."""
    causes: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and len(causes) < MAX_CAUSES:
        causes.append(at)
        at = at.__cause__ or at.__context__
    for kind, words in _LOST:
        found = next((cause for cause in causes if isinstance(cause, kind)), None)
        if found is not None:
            more = getattr(found, "verify_message", "")
            return f"{words}: {one_line(more)[:MAX_WORDS]}" if more else words
    is_begun = any(type(cause).__name__ in _BROKEN_OFF for cause in causes)
    return "broke off the connection" if is_begun else "cannot be reached"


def count(value: object) -> int:
    """A number of tokens; 0 for what is none, also for more than there can be."""
    number = number_in(value)
    return round(number) if number is not None and 0 <= number <= MAX_TOKEN_COUNT else 0
