"""Clean-up that takes place although its caller has left."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


async def to_its_end(work: Coroutine[Any, Any, _T]) -> _T:
    """Do work to its end, however often the caller is cancelled meanwhile; the cancellation comes after it.

    gRPC cancels a call more than once (a message that is too long, a caller that leaves), and the second time falls
    into the clean-up that the first one began.

    Raises:
        asyncio.CancelledError: the caller was cancelled; the work is done.
    """
    task = asyncio.create_task(work)
    interrupted: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            interrupted = error
    if interrupted is not None:
        raise interrupted
    return task.result()
