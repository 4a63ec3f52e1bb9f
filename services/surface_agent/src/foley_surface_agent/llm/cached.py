"""A vision model that is not asked twice about the same picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Protocol

from foley_common.errors import VisionModelUnavailable
from foley_common.objects import derived_key_part
from foley_common.observability import get_logger
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.base import ReplyCache, VisionModel
from foley_surface_agent.llm.prompt import UNKNOWN
from foley_surface_agent.llm.reply import parse_reply


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

    async def look(self, jpeg: bytes) -> VisionReply:
        """See `VisionModel.look`; a remembered answer is checked like a new one, and costs nothing."""
        key = derived_key_part(self._model.identity, jpeg.hex())
        remembered = await self._cache.get(key)
        if remembered is not None:
            try:
                reply = parse_reply(remembered.decode(), model=self._model.name)
            except (UnicodeDecodeError, VisionModelUnavailable):
                get_logger().warning("vision_cache_damaged", key=key)
            else:
                get_logger().info("vision_remembered", model=self._model.name)
                return reply
        reply = await self._model.look(jpeg)
        await self._cache.put(key, _to_bytes(reply))
        return reply


def _to_bytes(reply: VisionReply) -> bytes:
    values = {key: UNKNOWN if value is None else value for key, value in asdict(reply).items()}
    return json.dumps(values, sort_keys=True).encode()
