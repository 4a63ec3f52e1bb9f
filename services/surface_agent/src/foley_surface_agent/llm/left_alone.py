"""An endpoint that is down is found out once, and then left alone for a while: nobody else waits for it.

Tries again cost up to a minute and a half (`VISION__TIMEOUT_S`, `VISION__MAX_RETRIES`). Without a memory every picture
and every clip would pay that anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from foley_common.errors import BudgetExceeded, VisionModelUnavailable
from foley_common.observability import get_logger
from foley_surface_agent.domain.types import VisionReply
from foley_surface_agent.llm.base import EndpointDown, PictureRefused
from foley_surface_agent.llm.budget import Budget
from foley_surface_agent.llm.cached import IdentifiedModel

FIRST_REST_S = 60.0
"""Rest after a failure: long beside the tries that it spares, short enough for a restarted server to be found again."""
LONGEST_REST_S = 600.0
"""Rests double while nothing is answered, up to this, which is also the longest that an endpoint may ask for itself."""
MAX_ODD_IN_A_ROW = 3
"""Answers of no use, one after the other, that count as a failure: one may be an accident. Refusals do not count."""


class LeftAlone:
    """Asks a model, but not while its endpoint is known to be down. Cheap to share: one for the life of the process.

    While it rests, questions fail at once, with the reason. After the rest one question is let through: its answer ends
    the rest for everybody, its failure begins a longer one.

    Args:
        model: The model.
        patience_s: Waited for so long without an answer, an endpoint is down, whoever broke off the waiting.
        clock: Seconds that only grow; for tests.
    """

    def __init__(
        self,
        model: IdentifiedModel,
        *,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model = model
        self._patience_s = patience_s
        self._clock = clock
        self._problem = ""
        self._rest_s = 0.0
        self._until = 0.0
        self._is_being_tried = False
        self._odd_count = 0

    @property
    def name(self) -> str:
        """The model behind."""
        return self._model.name

    @property
    def identity(self) -> str:
        """What the answers of the model behind depend on."""
        return self._model.identity

    async def look(self, jpeg: bytes, budget: Budget) -> VisionReply:
        """See `VisionModel.look`.

        Raises:
            VisionModelUnavailable: also when the endpoint is left alone; nothing is sent then.
        """
        if self._problem and (self._is_being_tried or self._clock() < self._until):
            raise VisionModelUnavailable(
                f"the vision model {self.name} {self._problem}, so it is left alone for up to {self._rest_s:.0f} s",
                model=self.name,
                problem=self._problem,
            )
        begun = self._clock()
        is_trial = self._is_being_tried = bool(self._problem)
        try:
            reply = await self._model.look(jpeg, budget)
        except EndpointDown as error:
            self._rest(error.problem, error.asked_s, is_trial=is_trial)
            raise
        except PictureRefused:
            self._is_back()  # somebody's picture must not shut out everybody's
            raise
        except VisionModelUnavailable as error:
            self._odd_count += 1
            if self._odd_count >= MAX_ODD_IN_A_ROW:
                self._rest(error.metadata.get("problem", error.message), is_trial=is_trial)
            raise
        except (BudgetExceeded, asyncio.CancelledError):
            waited_s = self._clock() - begun
            if waited_s >= self._patience_s:
                self._rest(f"gave no answer in {waited_s:.0f} s", is_trial=is_trial)
            raise
        finally:
            if is_trial:
                self._is_being_tried = False
        self._is_back()
        return reply

    def _is_back(self) -> None:
        if self._problem:
            get_logger().info("vision_back", model=self.name)
        self._problem, self._rest_s, self._odd_count = "", 0.0, 0

    def _rest(self, problem: str, asked_s: float | None = None, *, is_trial: bool) -> None:
        """Begin a rest; one that follows a trial is twice as long, others of the same failure are not."""
        again_s = 2 * self._rest_s if is_trial else self._rest_s
        rest_s = max(FIRST_REST_S, again_s, asked_s or 0.0)
        self._problem, self._rest_s = problem, min(LONGEST_REST_S, rest_s)
        self._until = self._clock() + self._rest_s
        self._odd_count = 0
        get_logger().warning(
            "vision_left_alone", model=self.name, problem=problem, seconds=self._rest_s
        )
