"""Folders in the store for the time of one call: gone when it ends, and gone later when its process was killed.

A folder's name says until when it may be at work. Several gateways may share a store, and an object has no age that all
stores tell: so each of them can tell what another one left from what another one uses.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TypeVar

from foley_common.errors import StoreReadOnly, StoreUnavailable
from foley_common.objects import ObjectStore
from foley_common.observability import get_logger
from foley_gateway.tidy import to_its_end

_T = TypeVar("_T")

MARGIN_S = 24 * 3600.0
"""How much longer than its call should take a folder is left alone: a stage that shows life is waited for anew, and
clocks differ. As long as temporary folders of other processes are (`foley_common.scratch`)."""
SWEEP_INTERVAL_S = 3600.0
"""How often left folders are looked for; the first time is when the gateway starts."""
_NAME = re.compile(r"(?P<until>[0-9a-f]{8,})-[0-9a-f]{32}/")


class Purpose(StrEnum):
    """What a folder is for: the beginning of its keys, which nothing else shares."""

    PACK_BUILD = "samplePacks/b-"
    SOUND = "sounds/"


@asynccontextmanager
async def passing_folder(
    store: ObjectStore, purpose: Purpose, *, lasting_s: float
) -> AsyncGenerator[str]:
    """A key prefix for the time of the block; whatever lies under it is deleted at its end, or later where that fails.

    Args:
        store: Where.
        purpose: Beginning of the prefix.
        lasting_s: How long the work may take.
    """
    until = round(_now_s() + lasting_s + MARGIN_S)
    prefix = f"{purpose}{until:x}-{uuid.uuid4().hex}"
    try:
        yield prefix
    finally:
        await to_its_end(_tidied(delete_folder(store, prefix)))


async def delete_folder(store: ObjectStore, prefix: str) -> int:
    """Delete every object under a prefix; returns how many went. Raises StoreReadOnly, StoreUnavailable."""
    keys = [key async for key in store.list_keys(f"{prefix}/")]
    return sum([await store.delete(key) for key in keys])


async def delete_left_folders(store: ObjectStore) -> Sequence[str]:
    """Delete what calls of killed processes left; returns the keys that went.

    Raises:
        StoreReadOnly, StoreUnavailable: it cannot be deleted.
    """
    left = [
        key
        for purpose in Purpose
        async for key in store.list_keys(purpose)
        if (named := _NAME.match(key, len(purpose))) and int(named["until"], 16) < _now_s()
    ]
    return [key for key in left if await store.delete(key)]


async def keep_deleting_left_folders(store: ObjectStore) -> None:
    """Look for left folders now and every hour, until cancelled."""
    while True:
        keys = await _tidied(delete_left_folders(store))
        if keys:
            get_logger().info("left_folders_deleted", object_count=len(keys))
        await asyncio.sleep(SWEEP_INTERVAL_S)


async def _tidied(deleting: Awaitable[_T]) -> _T | None:
    """What deleting gives; None, and a word in the log, where the store does not let it: the next sweep tries again."""
    try:
        return await deleting
    except (StoreReadOnly, StoreUnavailable) as error:
        get_logger().warning("left_folders_not_deleted", problem=error.message)
        return None


def _now_s() -> float:
    return time.time()
