"""Copying and reading files with their digest in one pass, without ever sharing bytes that a caller could change."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20
_FICLONE = 0x40049409  # linux/fs.h: share extents copy-on-write (btrfs, xfs); elsewhere it fails and we copy


def copy_with_digest(source: BinaryIO, target: BinaryIO) -> tuple[str, int]:
    """Copy a whole file; as a copy-on-write clone where the file system can, byte by byte elsewhere.

    Returns:
        SHA-256 in hex and the number of bytes.
    """
    cloned = _clone(source, target)
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
        if not cloned:
            target.write(chunk)
    return digest.hexdigest(), size


def digest_of(source: BinaryIO) -> str:
    """SHA-256, in hex, of what is left to read."""
    digest = hashlib.sha256()
    while chunk := source.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _clone(source: BinaryIO, target: BinaryIO) -> bool:
    try:
        fcntl.ioctl(target.fileno(), _FICLONE, source.fileno())
    except (
        OSError,
        AttributeError,
        ValueError,
    ):  # no such call here, other file system, or not a real file
        return False
    return True


@contextmanager
def temporary_beside(path: Path) -> Generator[Path]:
    """A name in the same directory, for a file that is renamed to ``path`` when it is whole; removed otherwise."""
    temporary = path.with_name(f".{path.name[:64]}.{secrets.token_hex(8)}.part")
    try:
        yield temporary
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def sync_directory(path: Path) -> None:
    """Make renames in a directory last through a power loss."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
