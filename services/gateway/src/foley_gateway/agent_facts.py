"""What the surface agent says of itself, asked for now and then, so that renders are named after it."""

from __future__ import annotations

import time

from foley_common.errors import FoleyError
from foley_common.observability import get_logger
from foley_gateway.stages import SurfaceStage

FRESH_S = 5.0
"""How long an answer is taken without asking again."""
DEADLINE_S = 2.0
"""Longest that a request for a render waits for it."""


class AnswersDigest:
    """The digest of what answers about the ground depend on, as last told.

    A render that is asked for while the surface agent is away is named after what was known; its results are keyed by
    what the agent says when its stage is reached.
    """

    def __init__(self, stage: SurfaceStage) -> None:
        self._stage = stage
        self._last = ""
        self._asked_s = -FRESH_S

    async def current(self) -> str:
        """The digest; empty when the agent was never reached."""
        now = time.monotonic()
        if now - self._asked_s < FRESH_S:
            return self._last
        try:
            facts = await self._stage.describe(deadline_s=DEADLINE_S, is_patient=False)
        except FoleyError as error:
            get_logger().info("surface_agent_not_asked", reason=error.reason)
            return self._last
        self._last, self._asked_s = facts.answers_digest, now
        return self._last
