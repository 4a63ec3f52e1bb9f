"""What the surface agent says of itself: renders and their results are named after it."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace

from foley_common.errors import FoleyError, StageUnavailable
from foley_common.objects import ObjectStore, unanswered_key
from foley_common.observability import get_logger
from foley_gateway.domain.plan import with_answers
from foley_gateway.domain.types import AgentFacts
from foley_gateway.stages import SurfaceStage
from foley_gateway.steps import Prepared

FRESH_S = 5.0
"""How long an answer is taken without asking again."""
DEADLINE_S = 2.0
"""Longest that a request for a render waits for it."""
RENDER_DEADLINE_S = 30.0
"""Longest that a render at work waits for it."""


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


async def facts_for(prepared: Prepared, stage: SurfaceStage, store: ObjectStore) -> AgentFacts:
    """What the agent's answers depend on; one that does not know the question says nothing, a digest too.

    Where an earlier report had to do without the vision model because its endpoint failed, the digest is another, so
    that the ground is looked at again.

    Raises:
        StageUnavailable: the agent cannot be reached.
    """
    try:
        facts = await stage.describe(deadline_s=RENDER_DEADLINE_S, is_patient=True)
    except StageUnavailable:
        raise
    except FoleyError as error:
        get_logger().warning("surface_agent_not_described", reason=error.reason)
        facts = AgentFacts()
    clip, options, told = prepared.clip, prepared.options, facts.answers_digest
    for number in itertools.count(1):
        plan = with_answers(prepared.plan, clip, options, answers_digest=facts.answers_digest)
        if await store.find(unanswered_key(plan.surfaces_key)) is None:
            break
        facts = replace(facts, answers_digest=f"{told} again {number}")
    return facts
