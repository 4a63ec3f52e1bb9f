"""An object store in a directory: for one machine, where every service sees the same files.

Layout: the object ``clips/c-19/mix.wav`` is two files, ``clips/c-19/mix.wav@`` (digest, size, media type and a
token, as JSON) and ``clips/c-19/mix.wav@<token>`` (the bytes). ``@`` is no letter of a key, so an object may have a key
that is the directory of another. Renaming the first file into place is the one moment at which an object appears or is
replaced, bytes and digest together. New files grow in ``.staging`` of the same file system and are synced first.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import io
import json
import os
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from foley_common.errors import (
    DigestMismatch,
    FieldViolation,
    FoleyError,
    InvalidField,
    ObjectNotFound,
)
from foley_common.objects import ObjectRef, key_problem
from foley_common.storage.failures import from_os_error
from foley_common.storage.files import (
    CHUNK_BYTES,
    copy_with_digest,
    sync_directory,
    temporary_beside,
)

_TOKEN_BYTES = 8
_MARK = "@"
MAX_SEGMENT_LENGTH = (
    255 - len(_MARK) - 2 * _TOKEN_BYTES
)  # 255: longest file name of the usual file systems
_STAGING = ".staging"
_LOCK = ".lock"
STALE_STAGING_S = 24 * 3600.0  # a staged file this old belongs to a process that died
_READ_ATTEMPTS = 5  # an object may be replaced between reading its entry and opening its bytes

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Entry:
    sha256: str
    size_bytes: int
    media_type: str
    token: str


class LocalStore:
    """An `ObjectStore` in a directory.

    Args:
        root: Directory of all buckets; created at the first write.
        bucket: Directory under the root.
    """

    def __init__(self, root: Path, bucket: str) -> None:
        self._root = root.absolute()
        self._bucket = bucket
        self._base = self._root / bucket

    async def publish(self, path: Path, key: str, media_type: str) -> ObjectRef:
        """See `ObjectStore.publish`."""

        def work() -> ObjectRef:
            with path.open(
                "rb"
            ) as source:  # a missing source is the caller's mistake, not the store's
                return self._mapped(lambda: self._publish(source, key, media_type), key)

        self._check_key(key)
        return await asyncio.to_thread(work)

    async def publish_bytes(self, data: bytes, key: str, media_type: str) -> ObjectRef:
        """See `ObjectStore.publish_bytes`."""
        self._check_key(key)
        return await asyncio.to_thread(
            self._mapped, lambda: self._publish(io.BytesIO(data), key, media_type), key
        )

    async def fetch(self, ref: ObjectRef, to: Path) -> None:
        """See `ObjectStore.fetch`. Always a copy (copy-on-write where possible), never a link to the stored file."""

        def work() -> None:
            with self._open(ref) as source:
                try:
                    to.parent.mkdir(parents=True, exist_ok=True)
                    with temporary_beside(to) as temporary:
                        with temporary.open("wb") as target:
                            digest, _ = copy_with_digest(source, target)
                        _check_digest(ref, digest)
                        temporary.replace(to)
                except OSError as error:
                    raise from_os_error(error, path=str(to.parent), key=ref.key) from error

        await asyncio.to_thread(work)

    async def read_bytes(self, ref: ObjectRef) -> bytes:
        """See `ObjectStore.read_bytes`."""

        def work() -> bytes:
            with self._open(ref) as source:
                data = source.read()
            _check_digest(ref, hashlib.sha256(data).hexdigest())
            return data

        return await asyncio.to_thread(self._mapped, work, ref.key)

    async def find(self, key: str) -> ObjectRef | None:
        """See `ObjectStore.find`. An object whose bytes are gone or cut short counts as absent."""
        if self._key_problem(key):
            return None

        def work() -> ObjectRef | None:
            entry = self._entry(key)
            try:
                whole = (
                    entry is not None
                    and self._data_path(key, entry).stat().st_size == entry.size_bytes
                )
            except FileNotFoundError:
                whole = False
            return self._ref(key, entry) if entry is not None and whole else None

        return await asyncio.to_thread(self._mapped, work, key)

    async def delete(self, key: str) -> bool:
        """See `ObjectStore.delete`. Directories that become empty go too."""
        if self._key_problem(key):
            return False
        return await asyncio.to_thread(self._mapped, lambda: self._delete(key), key)

    async def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """See `ObjectStore.list_keys`."""
        for key in await asyncio.to_thread(self._mapped, lambda: self._list(prefix), prefix):
            yield key

    async def read_range(self, ref: ObjectRef, start: int, end: int) -> AsyncIterator[bytes]:
        """See `ObjectStore.read_range`."""
        source = await asyncio.to_thread(self._open, ref)
        try:
            left = max(0, end - start)
            await asyncio.to_thread(source.seek, max(0, start))
            while left > 0:
                size = min(CHUNK_BYTES, left)
                chunk = await asyncio.to_thread(
                    self._mapped, lambda size=size: source.read(size), ref.key
                )
                if not chunk:
                    return
                left -= len(chunk)
                yield chunk
        finally:
            source.close()

    # Blocking parts, each run in a thread.

    def _publish(self, source: BinaryIO, key: str, media_type: str) -> ObjectRef:
        staging = self._base / _STAGING
        if not staging.is_dir():
            staging.mkdir(parents=True, exist_ok=True)
        self._sweep(staging)
        token = secrets.token_hex(_TOKEN_BYTES)
        data, note = staging / token, staging / f"{token}.json"
        try:
            with data.open("xb") as target:
                digest, size = copy_with_digest(source, target)
                target.flush()
                os.fsync(target.fileno())
                os.fchmod(target.fileno(), 0o444)
            entry = _Entry(digest, size, media_type, token)
            with note.open("x") as target:
                json.dump(
                    {
                        "sha256": digest,
                        "size_bytes": size,
                        "media_type": media_type,
                        "token": token,
                    },
                    target,
                )
                target.flush()
                os.fsync(target.fileno())
            return self._commit(key, entry, data, note)
        finally:
            for staged in (data, note):
                with contextlib.suppress(FileNotFoundError):
                    staged.unlink()

    def _commit(self, key: str, entry: _Entry, data: Path, note: Path) -> ObjectRef:
        with self._locked():
            old = self._entry(key)
            if old is not None and (old.sha256, old.size_bytes, old.media_type) == (
                entry.sha256,
                entry.size_bytes,
                entry.media_type,
            ):
                with contextlib.suppress(FileNotFoundError):
                    if self._data_path(key, old).stat().st_size == old.size_bytes:
                        return self._ref(key, old)
            place = self._data_path(key, entry)
            place.parent.mkdir(parents=True, exist_ok=True)
            data.replace(place)
            try:
                note.replace(self._entry_path(key))
            except OSError:
                place.unlink()
                raise
            sync_directory(place.parent)
            if old is not None:
                with contextlib.suppress(FileNotFoundError):
                    self._data_path(key, old).unlink()
            return self._ref(key, entry)

    def _delete(self, key: str) -> bool:
        if not self._base.is_dir():
            return False
        with self._locked():
            entry = self._entry(key)
            if entry is None:
                return False
            path = self._entry_path(key)
            path.unlink()
            with contextlib.suppress(FileNotFoundError):
                self._data_path(key, entry).unlink()
            sync_directory(path.parent)
            for folder in path.relative_to(self._base).parents[:-1]:
                try:
                    (self._base / folder).rmdir()
                except OSError:  # not empty: something else lives here
                    break
            return True

    def _list(self, prefix: str) -> list[str]:
        folder = prefix.rpartition("/")[0]
        if folder and key_problem(folder):
            return []
        found: list[str] = []
        for place, folders, files in os.walk(self._base / folder):
            folders[:] = [name for name in folders if not name.startswith(".")]
            inside = Path(place).relative_to(self._base)
            names = [name.removesuffix(_MARK) for name in files if name.endswith(_MARK)]
            found += [(inside / name).as_posix() for name in names]
        return sorted(key for key in found if key.startswith(prefix))

    def _open(self, ref: ObjectRef) -> BinaryIO:
        if ref.bucket == self._bucket and self._key_problem(ref.key) is None:
            for _ in range(_READ_ATTEMPTS):
                entry = self._mapped(lambda: self._entry(ref.key), ref.key)
                if entry is None:
                    break
                with contextlib.suppress(FileNotFoundError):
                    path = self._data_path(ref.key, entry)
                    return self._mapped(lambda path=path: path.open("rb"), ref.key)
        raise ObjectNotFound(
            f"there is no object {ref.key!r} in bucket {ref.bucket!r}",
            key=ref.key,
            bucket=ref.bucket,
        )

    def _entry(self, key: str) -> _Entry | None:
        try:
            values = json.loads(self._entry_path(key).read_text())
            return _Entry(**values)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (
            ValueError,
            TypeError,
        ):  # damaged by hand or by a failing disk: publishing again repairs it
            return None

    def _entry_path(self, key: str) -> Path:
        return self._base / f"{key}{_MARK}"

    def _data_path(self, key: str, entry: _Entry) -> Path:
        return self._base / f"{key}{_MARK}{entry.token}"

    def _ref(self, key: str, entry: _Entry) -> ObjectRef:
        return ObjectRef(self._bucket, key, entry.sha256, entry.size_bytes, entry.media_type)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time over all processes; held for renames only, never while bytes are copied."""
        with (self._base / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _sweep(self, staging: Path) -> None:
        oldest = time.time() - STALE_STAGING_S
        for staged in staging.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if staged.stat().st_mtime < oldest:
                    staged.unlink()

    def _mapped(self, work: Callable[[], _T], key: str = "") -> _T:
        try:
            return work()
        except FoleyError:
            raise
        except FileNotFoundError:
            raise
        except OSError as error:
            raise from_os_error(error, path=str(self._root), key=key) from error

    def _key_problem(self, key: str) -> str | None:
        if problem := key_problem(key):
            return problem
        if max(len(segment) for segment in key.split("/")) > MAX_SEGMENT_LENGTH:
            return f"has a name longer than {MAX_SEGMENT_LENGTH} characters"
        return None

    def _check_key(self, key: str) -> None:
        if problem := self._key_problem(key):
            raise InvalidField([FieldViolation("key", problem)])


def _check_digest(ref: ObjectRef, actual: str) -> None:
    if actual != ref.sha256:
        raise DigestMismatch(
            f"object {ref.key!r} does not have the digest of its reference",
            key=ref.key,
            expected=ref.sha256,
            actual=actual,
        )
