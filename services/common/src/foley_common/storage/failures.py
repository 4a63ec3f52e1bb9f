"""From what an operating system says to what a caller can do about it."""

from __future__ import annotations

import errno

from foley_common.errors import FoleyError, StoreFull, StoreReadOnly, StoreUnavailable

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
