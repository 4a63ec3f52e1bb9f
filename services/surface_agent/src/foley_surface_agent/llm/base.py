"""What the pipeline knows of a vision model."""

from __future__ import annotations

from typing import Protocol

from foley_common.errors import VisionModelUnavailable
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.budget import Budget


class UnusableReply(VisionModelUnavailable):
    """The model answered, but not what can be used; about the next picture it may."""


class VisionModel(Protocol):
    """Looks at one picture."""

    @property
    def name(self) -> str:
        """The model, for reports and cache keys."""
        ...

    async def look(self, jpeg: bytes, budget: Budget) -> VisionReply:
        """Ask about one picture.

        Raises:
            VisionModelUnavailable: no answer within the limits.
            UnusableReply: an answer outside the contract.
            BudgetExceeded: it may not be asked, or not any longer.
        """
        ...


class ReplyCache(Protocol):
    """Remembers answers by content."""

    async def get(self, key: str) -> bytes | None:
        """What was put under a key, or None."""
        ...

    async def put(self, key: str, data: bytes) -> None:
        """Remember; failing to is no failure of the call."""
        ...
