"""What one clip may cost at the vision model, and what it has cost so far."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from foley_common.errors import BudgetExceeded
from foley_common.surfaces import VisionUsage


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one clip may cost.

    Attributes:
        calls: Requests sent to the endpoint, tries again among them.
        cost_usd: US dollars; reached, nothing more is asked.
        seconds: From the first question to the last answer, waits among them.
    """

    calls: int
    cost_usd: float
    seconds: float


class Budget:
    """Counts requests, tokens, money and time of one clip, and says when they are spent. For one task at a time.

    Args:
        limits: The most it may cost.
        model: Name of the model, for the report.
        clock: Seconds that only grow; for tests.
    """

    def __init__(
        self, limits: Limits, *, model: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._begun: float | None = None
        self._usage = VisionUsage(model=model)

    @property
    def usage(self) -> VisionUsage | None:
        """What was spent; None when nothing was asked, not even the cache."""
        used = self._usage
        return used if used.call_count or used.cached_call_count else None

    @property
    def left_s(self) -> float:
        """Seconds left; all of them before the first question."""
        if self._begun is None:
            return self._limits.seconds
        return self._limits.seconds - (self._clock() - self._begun)

    def begin_call(self) -> None:
        """Count a request before it is sent.

        Raises:
            BudgetExceeded: it may not be sent.
        """
        if self._begun is None:
            self._begun = self._clock()
        if self._usage.call_count >= self._limits.calls:
            raise _spent(self._limits.calls, "calls", f"{self._limits.calls} calls")
        if self._usage.cost_usd >= self._limits.cost_usd:
            raise _spent(self._limits.cost_usd, "usd", f"{self._limits.cost_usd:g} US dollars")
        if self.left_s <= 0:
            raise self.out_of_time()
        self._usage = replace(self._usage, call_count=self._usage.call_count + 1)

    def out_of_time(self) -> BudgetExceeded:
        """The error when time is up while an answer is awaited."""
        return _spent(self._limits.seconds, "s", f"{self._limits.seconds:g} s")

    def add(self, *, prompt_tokens: int, completion_tokens: int, cost_usd: float) -> None:
        """Add what an answer cost."""
        self._usage = replace(
            self._usage,
            prompt_token_count=self._usage.prompt_token_count + prompt_tokens,
            completion_token_count=self._usage.completion_token_count + completion_tokens,
            cost_usd=self._usage.cost_usd + cost_usd,
        )

    def remembered(self) -> None:
        """Count a question that a stored answer answered."""
        self._usage = replace(self._usage, cached_call_count=self._usage.cached_call_count + 1)

    def failed(self) -> None:
        """Count a question that gave no usable answer."""
        self._usage = replace(self._usage, failed_call_count=self._usage.failed_call_count + 1)


def _spent(limit: float, unit: str, words: str) -> BudgetExceeded:
    return BudgetExceeded(
        f"the budget of {words} for the vision model was spent", limit=f"{limit:g}", unit=unit
    )
