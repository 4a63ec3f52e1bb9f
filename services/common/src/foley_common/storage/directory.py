"""One bucket as a directory: the blocking half of `LocalStore`, with the layout and the moment of publication.

The object ``clips/c-19/mix.wav`` is two files, ``clips/c-19/mix.wav@`` (its entry: digest, size, media type and a
token, as JSON) and ``clips/c-19/mix.wav@<token>`` (its bytes). ``@`` is no letter of a key, so an object may have a key
that is the directory of another. Renaming the entry into place is the one moment at which an object appears or is
replaced, bytes and digest together. New files grow in ``.staging`` of the same file system and are synced first.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from foley_common.objects import ObjectRef, key_problem
from foley_common.storage.failures import can_start_a_key, not_found
from foley_common.storage.files import copy_with_digest, digest_of, sync_directory

_TOKEN_BYTES = 8
_MARK = "@"
_LONGEST_FILE_NAME = 255  # of the usual file systems
MAX_SEGMENT_LENGTH = _LONGEST_FILE_NAME - len(_MARK) - 2 * _TOKEN_BYTES
_STAGING = ".staging"
_LOCK = ".lock"
STALE_STAGING_S = 24 * 3600.0  # a staged file this old belongs to a process that died
_READ_ATTEMPTS = 5  # an object may be replaced between reading its entry and opening its bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    sha256: str
    size_bytes: int
    media_type: str
    token: str

    def same_object(self, other: _Entry) -> bool:
        """True when only the tokens differ."""
        return (self.sha256, self.size_bytes, self.media_type) == (
            other.sha256,
            other.size_bytes,
            other.media_type,
        )


class BucketDirectory:
    """Reads and writes objects; every method blocks and raises OSError as the system does.

    Args:
        base: The bucket's directory; created at the first write.
        bucket: Its name, for references.
    """

    def __init__(self, base: Path, bucket: str) -> None:
        self._base = base
        self._bucket = bucket

    def key_problem(self, key: str) -> str | None:
        """What is wrong with a key, or None."""
        if problem := key_problem(key):
            return problem
        if max(len(segment) for segment in key.split("/")) > MAX_SEGMENT_LENGTH:
            return f"has a name longer than {MAX_SEGMENT_LENGTH} characters between '/'"
        return None

    def publish(self, source: BinaryIO, key: str, media_type: str) -> ObjectRef:
        """Store all of a file under a key. A crash at any point leaves the old object or the new one."""
        if (stored := self._stored_already(source, key, media_type)) is not None:
            return stored
        staging = self._base / _STAGING
        staging.mkdir(parents=True, exist_ok=True)
        _sweep(staging)
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
                json.dump(asdict(entry), target)
                target.flush()
                os.fsync(target.fileno())
            return self._commit(key, entry, data, note)
        finally:
            for staged in (data, note):
                staged.unlink(missing_ok=True)

    def _stored_already(self, source: BinaryIO, key: str, media_type: str) -> ObjectRef | None:
        """The object that has these very bytes; found by reading only, so it works on a full or read-only disk too."""
        stored = self.find(key)
        size = source.seek(0, os.SEEK_END)
        source.seek(0)
        if stored is None or (stored.size_bytes, stored.media_type) != (size, media_type):
            return None
        same = digest_of(source) == stored.sha256
        source.seek(0)
        return stored if same else None

    def _commit(self, key: str, entry: _Entry, data: Path, note: Path) -> ObjectRef:
        with self._locked():
            old = self._entry(key)
            if old is not None and old.same_object(entry) and self._is_whole(key, old):
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
                self._data_path(key, old).unlink(missing_ok=True)
            return self._ref(key, entry)

    def find(self, key: str) -> ObjectRef | None:
        """What is stored under a key. An object whose bytes are gone or cut short counts as absent."""
        for _ in range(_READ_ATTEMPTS):
            entry = self._entry(key)
            if entry is None:
                return None
            if self._is_whole(key, entry):
                return self._ref(key, entry)
            if self._entry(key) == entry:  # nobody is replacing it: it is damaged
                return None
        return None

    def open(self, ref: ObjectRef) -> BinaryIO:
        """The bytes that a reference points at.

        Raises:
            ObjectNotFound: there are none.
        """
        for _ in range(_READ_ATTEMPTS):
            entry = self._entry(ref.key)
            if entry is None:
                break
            with contextlib.suppress(FileNotFoundError):
                return self._data_path(ref.key, entry).open("rb")
        raise not_found(ref.key, ref.bucket)

    def delete(self, key: str) -> bool:
        """Remove an object, what a killed writer may have left of it, and the directories that become empty.

        The bytes go first: a crash in between leaves an entry that counts as absent, never bytes that nobody finds.
        """
        path = self._entry_path(key)
        if not path.parent.is_dir():
            return False
        with self._locked():
            if not path.parent.is_dir():  # another writer has removed it while this one waited
                return False
            existed = self._entry(key) is not None
            for data in path.parent.glob(f"{path.name}?*"):
                data.unlink()
            path.unlink(missing_ok=True)
            sync_directory(path.parent)
            for folder in path.relative_to(self._base).parents[:-1]:
                try:
                    (self._base / folder).rmdir()
                except OSError:  # not empty: something else lives here
                    break
            return existed

    def keys(self, prefix: str) -> list[str]:
        """Keys that start with a prefix, in order."""
        if not can_start_a_key(prefix):
            return []
        folder = prefix.rpartition("/")[0]
        found: list[str] = []
        for place, folders, files in os.walk(self._base / folder, onerror=_unless_gone):
            folders[:] = [name for name in folders if not name.startswith(".")]
            inside = Path(place).relative_to(self._base)
            names = [name.removesuffix(_MARK) for name in files if name.endswith(_MARK)]
            found += [(inside / name).as_posix() for name in names]
        return sorted(key for key in found if key.startswith(prefix))

    def _entry(self, key: str) -> _Entry | None:
        try:
            return _Entry(**json.loads(self._entry_path(key).read_text()))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (
            ValueError,
            TypeError,
        ):  # damaged by hand or by a failing disk: publishing again repairs it
            return None

    def _is_whole(self, key: str, entry: _Entry) -> bool:
        try:
            return self._data_path(key, entry).stat().st_size == entry.size_bytes
        except FileNotFoundError:
            return False

    def _entry_path(self, key: str) -> Path:
        return self._base / f"{key}{_MARK}"

    def _data_path(self, key: str, entry: _Entry) -> Path:
        return self._base / f"{key}{_MARK}{entry.token}"

    def _ref(self, key: str, entry: _Entry) -> ObjectRef:
        return ObjectRef(self._bucket, key, entry.sha256, entry.size_bytes, entry.media_type)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """One writer at a time over all processes; held for renames only, never while bytes are copied."""
        with (self._base / _LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _unless_gone(error: OSError) -> None:
    if not isinstance(
        error, FileNotFoundError
    ):  # a directory that vanished while we walked holds no keys
        raise error


def _sweep(staging: Path) -> None:
    oldest = time.time() - STALE_STAGING_S
    for staged in staging.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if staged.stat().st_mtime < oldest:
                staged.unlink()
