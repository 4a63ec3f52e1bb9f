"""A vision model behind an OpenAI-compatible endpoint: OpenRouter, Ollama, vLLM and others.

One question holds our instructions and one picture. Endpoints differ in what they accept as ``response_format``: we
begin with a JSON schema, go on to a plain JSON object and then to none, and remember what worked.
"""

from __future__ import annotations

import asyncio
import base64
import email.utils
import random
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from foley_common.errors import VisionModelUnavailable
from foley_common.observability import get_logger
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.prompt import PROMPT_VERSION, QUESTION, SYSTEM_PROMPT, reply_schema
from foley_surface_agent.llm.reply import parse_reply

if TYPE_CHECKING:
    from openai import APIStatusError
    from openai.types.chat import ChatCompletion

    from foley_surface_agent.settings import VisionSettings

FORMATS = ("json_schema", "json_object", "none")
REFUSED_FORMAT_STATUS = (
    400,
    404,
    422,
)  # what endpoints answer to a response_format that they do not know
RETRIED_STATUS = (408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529)
TOTAL_TIME_FACTOR = (
    2.0  # all tries and waits of one question take at most so many single time-outs and waits
)


class OpenAiVision:
    """Asks one model at one endpoint. Build it once; it holds a connection pool.

    Args:
        settings: Endpoint, model, key and limits.
        sleep, jitter: For tests: how to wait, and a draw from 0 to 1.
    """

    def __init__(
        self,
        settings: VisionSettings,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        import openai

        self._settings = settings
        self._sleep = sleep
        self._jitter = jitter
        self._format = 0
        self._client = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=settings.bearer(),
            timeout=settings.timeout_s,
            max_retries=0,  # ours are bounded, jittered, and know when to stop
        )

    @property
    def name(self) -> str:
        """The model, as the endpoint calls it."""
        return self._settings.model

    @property
    def identity(self) -> str:
        """What an answer depends on besides the picture, for cache keys."""
        return f"{self._settings.base_url} {self._settings.model} {PROMPT_VERSION}"

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def look(self, jpeg: bytes) -> VisionReply:
        """Ask about one picture.

        Raises:
            VisionModelUnavailable: no answer within the limits, or one outside the contract.
        """
        limits = self._settings
        tries = limits.max_retries + 1
        total_s = TOTAL_TIME_FACTOR * (limits.timeout_s + limits.max_retry_wait_s) * tries
        try:
            async with asyncio.timeout(total_s):
                return await self._look(jpeg, tries)
        except TimeoutError as error:
            raise self._gave_up(f"gave no answer in {total_s:g} s") from error

    async def _look(self, jpeg: bytes, tries: int) -> VisionReply:
        import openai

        attempt = 0
        while True:
            begun = time.monotonic()
            try:
                async with asyncio.timeout(
                    self._settings.timeout_s
                ):  # the library's own limit is per read
                    completion = await self._ask(jpeg)
                return self._read(completion, seconds=time.monotonic() - begun, attempt=attempt + 1)
            except openai.APIStatusError as error:
                if error.status_code in REFUSED_FORMAT_STATUS and self._format + 1 < len(FORMATS):
                    if _is_about_format(error):
                        self._format += 1
                        get_logger().info(
                            "vision_format_refused", next_format=FORMATS[self._format]
                        )
                        continue
                    raise self._gave_up(f"answered {error.status_code}") from error
                if error.status_code not in RETRIED_STATUS or attempt + 1 >= tries:
                    raise self._gave_up(f"answered {error.status_code}") from error
                wait_s = self._wait_s(
                    attempt, retry_after_s(error.response.headers.get("retry-after"))
                )
                problem = f"status {error.status_code}"
            except (openai.APIConnectionError, TimeoutError) as error:
                is_late = isinstance(error, TimeoutError | openai.APITimeoutError)
                problem = (
                    f"gave no answer in {self._settings.timeout_s:g} s"
                    if is_late
                    else "cannot be reached"
                )
                if attempt + 1 >= tries:
                    raise self._gave_up(problem) from error
                wait_s = self._wait_s(attempt, None)
            except openai.OpenAIError as error:  # a body that is no completion
                raise self._gave_up("answered something that is no completion") from error
            except ValueError as error:  # the library hands JSON errors of a 200 answer through
                raise self._gave_up("answered something that is not JSON") from error
            attempt += 1
            get_logger().warning(
                "vision_retry", problem=problem, attempt=attempt, wait_s=round(wait_s, 2)
            )
            await self._sleep(wait_s)

    async def _ask(self, jpeg: bytes) -> ChatCompletion:
        url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
        extra: dict[str, Any] = {}
        if FORMATS[self._format] == "json_schema":
            schema = {"name": "ground", "strict": True, "schema": reply_schema()}
            extra["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif FORMATS[self._format] == "json_object":
            extra["response_format"] = {"type": "json_object"}
        return await self._client.chat.completions.create(
            model=self._settings.model,
            messages=[
                {"role": "system", "content": SYSTEM_PROMPT},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": QUESTION},
                        {"type": "image_url", "image_url": {"url": url}},
                    ],
                },
            ],
            temperature=0,
            max_tokens=self._settings.max_answer_tokens,
            **extra,
        )

    def _read(self, completion: ChatCompletion, *, seconds: float, attempt: int) -> VisionReply:
        choices = getattr(completion, "choices", None)
        message = getattr(choices[0], "message", None) if choices else None
        text = getattr(message, "content", None)
        usage = getattr(completion, "usage", None)
        get_logger().info(
            "vision_answered",
            model=self._settings.model,
            seconds=round(seconds, 3),
            attempt=attempt,
            prompt_tokens=getattr(usage, "prompt_tokens", None),
            completion_tokens=getattr(usage, "completion_tokens", None),
            cost_usd=getattr(usage, "cost", None),  # OpenRouter's own field
        )
        if not isinstance(text, str) or not text.strip():
            raise self._gave_up("gave an empty answer")
        return parse_reply(text, model=self._settings.model)

    def _wait_s(self, attempt: int, asked_s: float | None) -> float:
        limits = self._settings
        if asked_s is not None:
            if asked_s > limits.max_retry_wait_s:
                raise self._gave_up(
                    f"asks to come back in {asked_s:.0f} s, more than the allowed wait"
                )
            return asked_s + 0.1 * limits.first_retry_wait_s * self._jitter()
        longest = min(limits.max_retry_wait_s, limits.first_retry_wait_s * 2**attempt)
        return longest * (0.5 + 0.5 * self._jitter())

    def _gave_up(self, problem: str) -> VisionModelUnavailable:
        return VisionModelUnavailable(
            f"the vision model {self._settings.model} {problem}",
            endpoint=self._settings.base_url,
            model=self._settings.model,
            problem=problem,
        )


def retry_after_s(header: str | None) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3: seconds or a date); None when it says nothing.

    >>> retry_after_s("3"), retry_after_s("soon"), retry_after_s(None)
    (3.0, None, None)
    """
    if not header:
        return None
    text = header.strip()
    if text.replace(".", "", 1).isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


def _is_about_format(error: APIStatusError) -> bool:
    """True when a refusal talks about how we want the answer; other 400s (no such model) are final."""
    said = f"{error.message} {error.body}".lower()
    return any(
        word in said
        for word in (
            "response_format",
            "json_schema",
            "json_object",
            "structured",
            "json mode",
            "requested parameters",
        )
    )
