"""Work that calls back with its progress, as a stream that a caller can watch."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from foley_gateway.stages import OnProgress
from foley_gateway.tidy import to_its_end

_T = TypeVar("_T")

CANCEL_AGAIN_S = 1.0
"""How long work that was cancelled may clean up before it is cancelled again; clean-up goes on (`to_its_end`)."""


@dataclass(frozen=True, slots=True)
class SoFar:
    """Share of the work that is done, from 0 to 1; never falls."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Outcome(Generic[_T]):
    """What came of it; the last item."""

    value: _T


async def watched(
    work: Callable[[OnProgress], Awaitable[_T]],
) -> AsyncGenerator[SoFar | Outcome[_T]]:
    """Do work, and tell how far it is whenever that changes, 0 too; a caller who is slow hears the newest only.

    A caller who leaves ends the work, and waits until it has cleaned up.
    """
    news = asyncio.Event()
    latest, told = -1.0, -1.0

    def on_progress(fraction: float) -> None:
        nonlocal latest
        latest = max(latest, min(1.0, fraction))  # a stage that is asked again begins anew
        news.set()

    async def whole() -> _T:
        try:
            return await work(on_progress)
        finally:
            news.set()

    task = asyncio.create_task(whole())
    try:
        while not task.done():
            await news.wait()
            news.clear()
            if latest > told:
                told = latest
                yield SoFar(told)
        yield Outcome(task.result())
    finally:
        if not task.done():
            await to_its_end(_ended(task))


async def _ended(task: asyncio.Task[object]) -> None:
    """Cancel work until it ends: one cancellation can be lost in a library, and nobody else would end it then."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_AGAIN_S)
