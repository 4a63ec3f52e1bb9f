"""From what an operating system says to what a caller can do about it."""

from __future__ import annotations

import errno

from foley_common.errors import (
    DigestMismatch,
    FieldViolation,
    FoleyError,
    InvalidField,
    ObjectNotFound,
    StoreFull,
    StoreReadOnly,
    StoreUnavailable,
)
from foley_common.objects import ObjectRef, key_problem

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


def from_os_error(error: OSError, *, path: str, key: str = "") -> FoleyError:
    """The typed error for a failed file operation.

    Args:
        error: What the system said.
        path: The store's root or the place that was written to.
        key: The object, when there is one.
    """
    metadata = {"path": path, "store": "local"} | ({"key": key} if key else {})
    said = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return StoreFull(f"no space left in {path} ({said}); free some and try again", **metadata)
    if error.errno in _READ_ONLY:
        return StoreReadOnly(
            f"{path} cannot be written to ({said}); check its mount and permissions", **metadata
        )
    return StoreUnavailable(f"the store in {path} does not work ({said})", **metadata)


def not_found(key: str, bucket: str) -> ObjectNotFound:
    """The error for a key that names nothing."""
    return ObjectNotFound(
        f"there is no object {key!r} in bucket {bucket!r}", key=key, bucket=bucket
    )


def check_digest(ref: ObjectRef, actual: str) -> None:
    """Raises DigestMismatch unless the bytes that were read are those of the reference."""
    if actual != ref.sha256:
        raise DigestMismatch(
            f"object {ref.key!r} does not have the digest of its reference",
            key=ref.key,
            expected=ref.sha256,
            actual=actual,
        )


def check_size(ref: ObjectRef, size_bytes: int) -> None:
    """Raises DigestMismatch when an object is longer than its reference says: limits are counted by references."""
    if size_bytes > ref.size_bytes:
        raise DigestMismatch(
            f"object {ref.key!r} is longer than the {ref.size_bytes} bytes of its reference",
            key=ref.key,
            expected=ref.sha256,
            size_bytes=str(ref.size_bytes),
        )


def check_key(key: str, problem: str | None = None) -> None:
    """Raises InvalidField unless the key is legal; ``problem`` is a store's own objection."""
    if problem := key_problem(key) or problem:
        raise InvalidField([FieldViolation("key", problem)])


def can_start_a_key(prefix: str) -> bool:
    """False for a prefix that no legal key has, which therefore names nothing.

    >>> can_start_a_key("clips/c-1"), can_start_a_key("clips/"), can_start_a_key(""), can_start_a_key("../")
    (True, True, True, False)
    """
    parts = prefix.removesuffix("/") if prefix != "/" else prefix
    return not prefix or key_problem(parts) is None
