"""How long the gateway bears with a stage that is away, loading or busy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from foley_common.errors import (
    FoleyError,
    ModelLoading,
    RenderCancelled,
    ServiceBusy,
    StageUnavailable,
    StoreUnavailable,
)
from foley_common.observability import get_logger

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0
PAUSE_GROWTH = 1.6

_T = TypeVar("_T")
# A stage that stops ends its calls with CANCELLED; when it is we who cancel, no error comes but a CancelledError.
_AWAY = (StageUnavailable, StoreUnavailable, RenderCancelled)
_OCCUPIED = (ServiceBusy, ModelLoading)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try again, in seconds.

    Attributes:
        away_s: When the stage (or its store) cannot be reached. Starts anew whenever the stage showed life; that it is
            busy or loading is a sign of life too.
        occupied_s: When it answers that it is busy or still loading. Starts anew whenever its work got on.
    """

    away_s: float = 60.0
    occupied_s: float = 3600.0


async def call_patiently(
    stage: str, target: str, call: Callable[[Callable[[], None]], Awaitable[_T]], patience: Patience
) -> _T:
    """Call a stage until it gives a result or patience ends.

    Args:
        stage: Its name, for messages.
        target: Its address, for messages.
        call: Makes one call; it is handed a function to call at every sign of life.
        patience: How long to go on.

    Raises:
        StageUnavailable: patience ended; the message names the stage and the remedy.
        FoleyError: whatever the stage itself says.
    """
    log = get_logger()
    away_since: float | None = None
    occupied_since: float | None = None
    pause_s = FIRST_PAUSE_S

    def alive() -> None:
        nonlocal away_since, occupied_since, pause_s
        away_since, occupied_since, pause_s = None, None, FIRST_PAUSE_S

    while True:
        try:
            return await call(alive)
        except (*_AWAY, *_OCCUPIED) as error:
            moment = time.monotonic()
            if isinstance(error, _OCCUPIED):
                away_since = None
                occupied_since = moment if occupied_since is None else occupied_since
                waited_s, limit_s = moment - occupied_since, patience.occupied_s
            else:
                away_since = moment if away_since is None else away_since
                waited_s, limit_s = moment - away_since, patience.away_s
            if waited_s + pause_s > limit_s:
                raise _given_up(stage, target, error, waited_s) from error
            log.warning(
                "stage_waits", stage=stage, reason=error.reason, waited_s=round(waited_s, 1)
            )
            await asyncio.sleep(max(pause_s, min(error.retry_after_s or 0.0, LONGEST_PAUSE_S)))
            pause_s = min(pause_s * PAUSE_GROWTH, LONGEST_PAUSE_S)


def _given_up(stage: str, target: str, error: FoleyError, waited_s: float) -> FoleyError:
    if isinstance(error, (*_OCCUPIED, StoreUnavailable)):
        return error
    return StageUnavailable(
        f"the {stage} service at {target} cannot be reached (tried for {waited_s:.0f} s); "
        "start it again and create the render again: finished work is kept",
        stage=stage,
        target=target,
    )
