"""References to stored objects, the store as everybody sees it, and the layout of keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MAX_KEY_LENGTH = 512
_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Points at one immutable object: bytes stay in the store, references travel.

    Attributes:
        bucket: Bucket, or directory, that holds the object.
        key: Key inside the bucket, for example ``clips/c-19/source``.
        sha256: Digest of the whole object, 64 lower-case hex digits.
        size_bytes: Length.
        media_type: IANA media type.
    """

    bucket: str
    key: str
    sha256: str
    size_bytes: int
    media_type: str


class ObjectStore(Protocol):
    """Where media and results live. Every method is safe to call from many tasks at once."""

    async def publish(self, path: Path, key: str, media_type: str) -> ObjectRef:
        """Upload a file once, atomically: readers see all of it or nothing.

        Publishing the same bytes under the same key again is a no-op; other bytes replace the object as a whole.

        Raises:
            InvalidField: the key is not a legal key.
            StoreFull, StoreReadOnly, StoreUnavailable: the store cannot take it; nothing is left behind.
        """
        ...

    async def publish_bytes(self, data: bytes, key: str, media_type: str) -> ObjectRef:
        """Same for a small object that is in memory."""
        ...

    async def fetch(self, ref: ObjectRef, to: Path) -> None:
        """Download to a new file and check the digest; ``to`` exists afterwards only when all is well.

        Of an object that is longer than the reference says no more than that is read: it is a mismatch.

        Raises:
            ObjectNotFound, DigestMismatch, StoreUnavailable.
        """
        ...

    async def read_bytes(self, ref: ObjectRef) -> bytes:
        """Same into memory, for small objects."""
        ...

    async def find(self, key: str) -> ObjectRef | None:
        """The reference of what is stored under a key, or None. Raises StoreUnavailable."""
        ...

    async def delete(self, key: str) -> bool:
        """Delete one object; False when there was none. Raises StoreUnavailable."""
        ...

    def list_keys(self, prefix: str) -> AsyncIterator[str]:
        """Keys that start with a prefix, in order. Raises StoreUnavailable."""
        ...

    def read_range(self, ref: ObjectRef, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes ``[start, end)`` of an object in chunks, for players that seek. The digest is not checked.

        Raises:
            ObjectNotFound, StoreUnavailable.
        """
        ...


def key_problem(key: str) -> str | None:
    """What is wrong with a key, or None. Keys are ``/``-joined names of letters, digits, ``.``, ``_`` and ``-``."""
    if not key or len(key) > MAX_KEY_LENGTH:
        return f"must have 1 to {MAX_KEY_LENGTH} characters, has {len(key)}"
    if not all(_SEGMENT.fullmatch(segment) for segment in key.split("/")):
        return "must be names of [A-Za-z0-9._-] that do not start with '.' or '-', joined by '/'"
    return None


def is_sha256(text: str) -> bool:
    """True for 64 lower-case hex digits."""
    return bool(_SHA256.fullmatch(text))


def sha256_of(path: Path) -> str:
    """Digest of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def unanswered_key(report_key: str) -> str:
    """Where it is noted that a surface report had to do without the vision model because its endpoint failed.

    The surface agent stores it beside the report; whoever keeps reports asks for another one the next time.

    >>> unanswered_key("clips/c/surfaces/a.binpb")
    'clips/c/surfaces/a.binpb.unanswered'
    """
    return f"{report_key}.unanswered"


def derived_key_part(*inputs: str, length: int = 20) -> str:
    """A short name derived from inputs: equal inputs give equal keys, so equal work is found again.

    >>> derived_key_part("a", "b") == derived_key_part("a", "b") != derived_key_part("ab")
    True
    """
    digest = hashlib.sha256()
    for text in inputs:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:length]
