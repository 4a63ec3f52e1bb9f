"""An object store in memory, with the behaviour of the real ones, for tests."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from foley_common.errors import FieldViolation, InvalidField, ObjectNotFound
from foley_common.objects import ObjectRef, key_problem
from foley_common.storage.failures import check_digest, check_size


@dataclass(frozen=True, slots=True)
class _Stored:
    data: bytes
    media_type: str


class MemoryStore:
    """An `ObjectStore` in memory."""

    def __init__(self, bucket: str = "foley") -> None:
        self._bucket = bucket
        self._objects: dict[str, _Stored] = {}

    async def publish(self, path: Path, key: str, media_type: str) -> ObjectRef:
        """See `ObjectStore.publish`."""
        return await self.publish_bytes(path.read_bytes(), key, media_type)

    async def publish_bytes(self, data: bytes, key: str, media_type: str) -> ObjectRef:
        """See `ObjectStore.publish_bytes`."""
        if problem := key_problem(key):
            raise InvalidField([FieldViolation("key", problem)])
        self._objects[key] = _Stored(bytes(data), media_type)
        return self._ref(key)

    async def fetch(self, ref: ObjectRef, to: Path) -> None:
        """See `ObjectStore.fetch`."""
        data = await self.read_bytes(ref)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(data)

    async def read_bytes(self, ref: ObjectRef) -> bytes:
        """See `ObjectStore.read_bytes`."""
        data = self._stored(ref).data
        check_size(ref, len(data))
        check_digest(ref, hashlib.sha256(data).hexdigest())
        return data

    async def find(self, key: str) -> ObjectRef | None:
        """See `ObjectStore.find`."""
        return self._ref(key) if key in self._objects else None

    async def delete(self, key: str) -> bool:
        """See `ObjectStore.delete`."""
        return self._objects.pop(key, None) is not None

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """See `ObjectStore.list_keys`."""
        for key in sorted(self._objects):
            if key.startswith(prefix):
                yield key

    async def read_range(self, ref: ObjectRef, start: int, end: int) -> AsyncIterator[bytes]:
        """See `ObjectStore.read_range`."""
        part = self._stored(ref).data[max(0, start) : max(0, end)]
        if part:
            yield part

    def _stored(self, ref: ObjectRef) -> _Stored:
        stored = self._objects.get(ref.key) if ref.bucket == self._bucket else None
        if stored is None:
            raise ObjectNotFound(
                f"there is no object {ref.key!r} in bucket {ref.bucket!r}",
                key=ref.key,
                bucket=ref.bucket,
            )
        return stored

    def _ref(self, key: str) -> ObjectRef:
        stored = self._objects[key]
        digest = hashlib.sha256(stored.data).hexdigest()
        return ObjectRef(self._bucket, key, digest, len(stored.data), stored.media_type)
