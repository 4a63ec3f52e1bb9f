"""A vision model behind an OpenAI-compatible endpoint: OpenRouter, Ollama, vLLM and others.

One question holds our instructions and one picture. Endpoints differ in how they let an answer be bound to a form: we
begin with a JSON schema, go on to a tool call, to a plain JSON object and to words alone, and remember what worked.
"""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from foley_common.errors import VisionModelUnavailable
from foley_common.observability import get_logger
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.base import Declined, EndpointDown, PictureRefused, UnusableReply
from foley_surface_agent.llm.budget import Budget
from foley_surface_agent.llm.endpoint_words import (
    ADVICE,
    DOWN_STATUS,
    RETRIED_STATUS,
    count,
    failure_inside,
    lost,
    texts_of,
    words_of,
)
from foley_surface_agent.llm.form import Form
from foley_surface_agent.llm.http_client import AnswerTooLarge, vision_http_client
from foley_surface_agent.llm.prompt import (
    PROMPT_VERSION,
    QUESTION,
    SYSTEM_PROMPT,
)
from foley_surface_agent.llm.reply import number_in, parse_reply
from foley_surface_agent.llm.retry import retry_after_s
from foley_surface_agent.settings import OPENROUTER_URL

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from foley_surface_agent.settings import VisionSettings

TOKENS_PER_MILLION = 1e6
REDACTED_KEY = "(key)"
NO_COMPLETION = "something that is no completion"
A_DAY_S = 86_400.0
"""Longer waits are not spelt out: some endpoints send numbers of hundreds of digits."""


class _TryAgain(Exception):
    """A failure that may pass."""

    def __init__(self, problem: str, asked_s: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.asked_s = asked_s


class _OtherForm(Exception):
    """The endpoint does not know what was asked for; there is another way to ask."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form


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
        self._form = Form()
        self._client = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=settings.bearer(),
            http_client=vision_http_client(settings),
            max_retries=0,  # ours are bounded, jittered, and know when to stop
        )
        # The library takes these from the environment; they are of an account elsewhere.
        self._client.organization = self._client.project = None

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

    async def look(self, jpeg: bytes, budget: Budget) -> VisionReply:
        """Ask about one picture.

        Raises:
            VisionModelUnavailable: no answer within the limits.
            UnusableReply: an answer outside the contract.
            BudgetExceeded: it may not be asked, or not any longer.
        """
        attempt, form = 0, self._form
        while True:
            budget.begin_call()
            try:
                completion, seconds = await self._try(jpeg, budget, form)
            except _OtherForm as other:
                form = other.form
                get_logger().info(
                    "vision_format_refused",
                    next_format=form.format,
                    left_out=sorted(form.unknown),
                )
                continue
            except _TryAgain as again:
                wait_s = self._wait_s(attempt, again.asked_s)
                attempt += 1
                if attempt > self._settings.max_retries:
                    raise self._down(again.problem) from again.__cause__
                if wait_s >= budget.left_s:
                    raise budget.out_of_time() from again.__cause__
                get_logger().warning(
                    "vision_retry", problem=again.problem, attempt=attempt, wait_s=round(wait_s, 2)
                )
            else:
                self._form = self._form.along(form)  # what an answer came in is asked first
                return self._read(completion, budget, seconds=seconds, attempt=attempt + 1)
            await self._sleep(wait_s)

    async def _try(self, jpeg: bytes, budget: Budget, form: Form) -> tuple[ChatCompletion, float]:
        """One request: what came back, and after how many seconds.

        Raises _TryAgain and _OtherForm where another one makes sense.
        """
        import openai

        begun = time.monotonic()
        limit_s = self._settings.timeout_s
        try:
            async with asyncio.timeout(min(limit_s, budget.left_s)):
                completion = await self._ask(jpeg, form)  # the library's own limit is per read
        except openai.APIStatusError as error:
            other = form.after(error)
            if other is not None:
                raise _OtherForm(other) from error
            asked_s = retry_after_s(error.response.headers.get("retry-after"))
            raise self._answered(
                error.status_code, asked_s, words_of(error, self._without_key)
            ) from error
        except (openai.APIConnectionError, TimeoutError) as error:
            if budget.left_s <= 0:
                raise budget.out_of_time() from error
            is_late = isinstance(error, TimeoutError | openai.APITimeoutError)
            problem = f"gave no answer in {limit_s:g} s" if is_late else lost(error)
            raise _TryAgain(problem) from error
        except AnswerTooLarge as error:
            raise self._gave_up(f"answered {error}, which is no answer") from error
        except openai.OpenAIError as error:  # a body that is no completion
            raise self._gave_up(f"answered {NO_COMPLETION}") from error
        except (ValueError, RecursionError) as error:
            # the library hands JSON errors of a 200 answer through
            raise self._gave_up("answered something that is not JSON") from error
        if (failure := failure_inside(completion, self._without_key)) is not None:
            code, words = failure
            raise (
                self._gave_up(f"answered with an error: {words}")
                if code is None
                else self._answered(code, None, words)
            )
        return completion, time.monotonic() - begun

    def _answered(
        self, code: int, asked_s: float | None, words: str = ""
    ) -> _TryAgain | VisionModelUnavailable:
        """The failure that a status stands for, with what can be done about it or the endpoint's own words."""
        more = ADVICE.get(code, words)
        problem = f"answered {code}" + (f": {more}" if more else "")
        if code in RETRIED_STATUS:
            return _TryAgain(problem, asked_s)
        return (
            self._down(problem) if code in DOWN_STATUS else self._gave_up(problem, PictureRefused)
        )

    def _without_key(self, text: str) -> str:
        """An endpoint that knows the key may say it back; it shall not get into reports, logs and caches."""
        settings = self._settings
        return text.replace(settings.bearer(), REDACTED_KEY) if settings.has_key else text

    async def _ask(self, jpeg: bytes, form: Form) -> ChatCompletion:
        url = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
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
            **form.parameters(self._settings.max_answer_tokens),
            **self._extra(),
        )

    def _extra(self) -> dict[str, Any]:
        """Asks OpenRouter to tell the cost."""
        is_router = self._settings.base_url.rstrip("/") == OPENROUTER_URL
        return {"extra_body": {"usage": {"include": True}}} if is_router else {}

    def _read(
        self, completion: ChatCompletion, budget: Budget, *, seconds: float, attempt: int
    ) -> VisionReply:
        usage = getattr(completion, "usage", None)
        prompt, answer = (
            count(getattr(usage, f"{kind}_tokens", None)) for kind in ("prompt", "completion")
        )
        cost_usd = self._cost_usd(getattr(usage, "cost", None), prompt, answer)
        budget.add(prompt_tokens=prompt, completion_tokens=answer, cost_usd=cost_usd)
        get_logger().info(
            "vision_answered",
            model=self._settings.model,
            seconds=round(seconds, 3),
            attempt=attempt,
            prompt_tokens=prompt,
            completion_tokens=answer,
            cost_usd=cost_usd,
        )
        choice, texts = self._texts_of(completion)
        problem = UnusableReply("")
        for text in texts:
            try:
                return parse_reply(
                    text,
                    model=self._settings.model,
                    elapsed_ms=1000 * seconds,
                    without_key=self._without_key,
                )
            except UnusableReply as error:
                problem = error
        if getattr(choice, "finish_reason", None) == "length":
            limit = self._settings.max_answer_tokens
            raise self._gave_up(
                f"did not come to an answer within {limit} tokens (see VISION__MAX_ANSWER_TOKENS; models that think "
                "first need more)",
                UnusableReply,
            )
        raise problem if texts else self._gave_up("gave an empty answer", UnusableReply)

    def _texts_of(self, completion: ChatCompletion) -> tuple[object, list[str]]:
        """The first choice, and every text in it that may be the answer."""
        choices = getattr(completion, "choices", None)
        if not isinstance(choices, list):  # a page, a stream of events, a list
            is_stream = isinstance(completion, str) and completion.lstrip().startswith("data:")
            what = "in a stream, though not asked to" if is_stream else NO_COMPLETION
            raise self._gave_up(f"answered {what}")
        choice = choices[0] if choices else None
        message = getattr(choice, "message", None)
        if getattr(message, "refusal", None) or (
            getattr(choice, "finish_reason", None) == "content_filter"
        ):
            raise self._gave_up("refused to answer", Declined)
        return choice, texts_of(message)

    def _cost_usd(self, told: object, prompt_tokens: int, answer_tokens: int) -> float:
        """What the endpoint says an answer cost (OpenRouter's own field), else what it comes to by the set prices."""
        cost_usd = number_in(told)
        if cost_usd is not None and cost_usd >= 0:
            return cost_usd
        limits = self._settings
        return (
            prompt_tokens * limits.prompt_usd_per_million_tokens
            + answer_tokens * limits.answer_usd_per_million_tokens
        ) / TOKENS_PER_MILLION

    def _wait_s(self, attempt: int, asked_s: float | None) -> float:
        limits = self._settings
        if asked_s is not None:
            if asked_s > limits.max_retry_wait_s:
                when = f"in {asked_s:.0f} s" if asked_s <= A_DAY_S else "after more than a day"
                raise self._down(f"asks to come back {when}, more than the allowed wait", asked_s)
            return asked_s + 0.1 * limits.first_retry_wait_s * self._jitter()
        longest = min(limits.max_retry_wait_s, limits.first_retry_wait_s * 2**attempt)
        return longest * (0.5 + 0.5 * self._jitter())

    def _down(self, problem: str, asked_s: float | None = None) -> EndpointDown:
        return EndpointDown(
            f"the vision model {self._settings.model} {problem}",
            problem=problem,
            asked_s=asked_s,
            endpoint=self._settings.base_url,
            model=self._settings.model,
        )

    def _gave_up(
        self, problem: str, kind: type[VisionModelUnavailable] = VisionModelUnavailable
    ) -> VisionModelUnavailable:
        return kind(
            f"the vision model {self._settings.model} {problem}",
            endpoint=self._settings.base_url,
            model=self._settings.model,
            problem=problem,
        )
