"""An object store in a directory: for one machine, where every service sees the same files."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from foley_common.objects import ObjectRef
from foley_common.storage.directory import BucketDirectory
from foley_common.storage.failures import (
    check_digest,
    check_key,
    check_size,
    from_os_error,
    not_found,
)
from foley_common.storage.files import CHUNK_BYTES, copy_with_digest, temporary_beside


class LocalStore:
    """An `ObjectStore` in a directory; its layout stands in `foley_common.storage.directory`.

    Args:
        root: Directory of all buckets; created at the first write.
        bucket: Directory under the root. References to other buckets find nothing.
    """

    def __init__(self, root: Path, bucket: str) -> None:
        self._root = root.absolute()
        self._bucket = bucket
        self._files = BucketDirectory(self._root / bucket, bucket)

    async def publish(self, path: Path, key: str, media_type: str) -> ObjectRef:
        """See `ObjectStore.publish`. Always a copy (copy-on-write where possible): the caller keeps its file."""

        def work() -> ObjectRef:
            with path.open("rb") as source, self._mapped(key):
                return self._files.publish(source, key, media_type)

        self._check_key(key)
        return await asyncio.to_thread(work)

    async def publish_bytes(self, data: bytes, key: str, media_type: str) -> ObjectRef:
        """See `ObjectStore.publish_bytes`."""

        def work() -> ObjectRef:
            with self._mapped(key):
                return self._files.publish(io.BytesIO(data), key, media_type)

        self._check_key(key)
        return await asyncio.to_thread(work)

    async def fetch(self, ref: ObjectRef, to: Path) -> None:
        """See `ObjectStore.fetch`. Always a copy (copy-on-write where possible), never a link to the stored file."""

        def work() -> None:
            with self._open(ref) as source:
                check_size(ref, os.fstat(source.fileno()).st_size)
                try:
                    to.parent.mkdir(parents=True, exist_ok=True)
                    with temporary_beside(to) as temporary:
                        with temporary.open("xb") as target:
                            digest, _ = copy_with_digest(source, target)
                        check_digest(ref, digest)
                        temporary.replace(to)
                except OSError as error:
                    raise from_os_error(error, path=str(to.parent), key=ref.key) from error

        await asyncio.to_thread(work)

    async def read_bytes(self, ref: ObjectRef) -> bytes:
        """See `ObjectStore.read_bytes`."""

        def work() -> bytes:
            with self._mapped(ref.key), self._open(ref) as source:
                check_size(ref, os.fstat(source.fileno()).st_size)
                data = source.read()
            check_digest(ref, hashlib.sha256(data).hexdigest())
            return data

        return await asyncio.to_thread(work)

    async def find(self, key: str) -> ObjectRef | None:
        """See `ObjectStore.find`. An object whose bytes are gone or cut short counts as absent."""

        def work() -> ObjectRef | None:
            with self._mapped(key):
                return self._files.find(key)

        return None if self._files.key_problem(key) else await asyncio.to_thread(work)

    async def delete(self, key: str) -> bool:
        """See `ObjectStore.delete`. Directories that become empty go too."""

        def work() -> bool:
            with self._mapped(key):
                return self._files.delete(key)

        return False if self._files.key_problem(key) else await asyncio.to_thread(work)

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """See `ObjectStore.list_keys`."""

        def work() -> list[str]:
            with self._mapped(prefix):
                return self._files.keys(prefix)

        for key in await asyncio.to_thread(work):
            yield key

    async def read_range(self, ref: ObjectRef, start: int, end: int) -> AsyncIterator[bytes]:
        """See `ObjectStore.read_range`."""

        def read(size: int) -> bytes:
            with self._mapped(ref.key):
                return source.read(size)

        source = await asyncio.to_thread(self._open, ref)
        try:
            start = max(0, start)
            source.seek(start)
            left = max(0, end - start)
            while left > 0 and (chunk := await asyncio.to_thread(read, min(CHUNK_BYTES, left))):
                left -= len(chunk)
                yield chunk
        finally:
            source.close()

    def _open(self, ref: ObjectRef) -> BinaryIO:
        if ref.bucket != self._bucket or self._files.key_problem(ref.key) is not None:
            raise not_found(ref.key, ref.bucket)
        with self._mapped(ref.key):
            return self._files.open(ref)

    @contextmanager
    def _mapped(self, key: str) -> Generator[None]:
        """Turn what the system raises into our errors."""
        try:
            yield
        except OSError as error:
            raise from_os_error(error, path=str(self._root), key=key) from error

    def _check_key(self, key: str) -> None:
        check_key(key, self._files.key_problem(key))
