"""A vision model that is not asked twice about the same picture."""

from __future__ import annotations

import hashlib
from typing import Protocol

from foley_common.errors import VisionModelUnavailable
from foley_common.objects import derived_key_part
from foley_common.observability import get_logger
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.base import ReplyCache, VisionModel
from foley_surface_agent.llm.budget import Budget
from foley_surface_agent.llm.reply import parse_reply, reply_to_text


class IdentifiedModel(VisionModel, Protocol):
    """A vision model that says what its answers depend on."""

    @property
    def identity(self) -> str:
        """Endpoint, model and prompt, in one text."""
        ...


class CachedVision:
    """Asks a model and remembers its checked answers by picture, model and prompt."""

    def __init__(self, model: IdentifiedModel, cache: ReplyCache) -> None:
        self._model = model
        self._cache = cache

    @property
    def name(self) -> str:
        """The model behind."""
        return self._model.name

    async def look(self, jpeg: bytes, budget: Budget) -> VisionReply:
        """See `VisionModel.look`; a remembered answer is checked like a new one, and costs nothing."""
        key = derived_key_part(self._model.identity, hashlib.sha256(jpeg).hexdigest())
        remembered = await self._cache.get(key)
        if remembered is not None:
            try:
                reply = parse_reply(remembered.decode(), model=self._model.name)
            except (UnicodeDecodeError, VisionModelUnavailable):
                get_logger().warning("vision_cache_damaged", key=key)
            else:
                budget.remembered()
                get_logger().info("vision_remembered", model=self._model.name)
                return reply
        reply = await self._model.look(jpeg, budget)
        await self._cache.put(key, reply_to_text(reply).encode())
        return reply
