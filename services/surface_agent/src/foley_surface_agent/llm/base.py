"""What the pipeline knows of a vision model."""

from __future__ import annotations

from typing import Protocol

from foley_common.errors import VisionModelUnavailable
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.budget import Budget


class UnusableReply(VisionModelUnavailable):
    """The model answered, but not what can be used; about the next picture it may."""


class PictureRefused(VisionModelUnavailable):
    """The endpoint does not take this picture, or this question; it is there, and may take another's."""


class Declined(PictureRefused, UnusableReply):
    """The model answered that it will not answer about this picture."""


class EndpointDown(VisionModelUnavailable):
    """The endpoint answers nobody, or not with this key: it would not answer about another picture either.

    Args:
        message: For people.
        problem: What it does, as the rest of a sentence: "cannot be reached".
        asked_s: Seconds after which it wants to be asked again; None when it does not say.
        metadata: Further facts.
    """

    def __init__(
        self, message: str, /, *, problem: str, asked_s: float | None = None, **metadata: str
    ) -> None:
        super().__init__(message, problem=problem, **metadata)
        self.problem = problem
        self.asked_s = asked_s


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
