"""Answers remembered by content in the object store, inside the border that the caller draws."""

from __future__ import annotations

from foley_common.errors import (
    DigestMismatch,
    ObjectNotFound,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)
from foley_common.objects import ObjectStore
from foley_common.observability import get_logger

MEDIA_TYPE = "application/json"


class StoreReplyCache:
    """Keeps answers under ``<folder>/<key>.json``.

    Args:
        store: Where.
        folder: Key prefix, without a trailing slash; answers are shared inside it and never leave it.
    """

    def __init__(self, store: ObjectStore, folder: str) -> None:
        self._store = store
        self._folder = folder

    async def get(self, key: str) -> bytes | None:
        """What was put under a key, or None; a store that fails costs a question, not the render."""
        try:
            ref = await self._store.find(f"{self._folder}/{key}.json")
            return None if ref is None else await self._store.read_bytes(ref)
        except (StoreUnavailable, ObjectNotFound, DigestMismatch) as error:
            get_logger().warning("vision_cache_unreadable", reason=error.reason)
            return None

    async def put(self, key: str, data: bytes) -> None:
        """Remember an answer; a store that fails is logged."""
        try:
            await self._store.publish_bytes(data, f"{self._folder}/{key}.json", MEDIA_TYPE)
        except (StoreUnavailable, StoreFull, StoreReadOnly) as error:
            get_logger().warning("vision_cache_unwritable", reason=error.reason)
