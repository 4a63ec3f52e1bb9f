"""Temporary folders: gone when their work ends, and gone later when its process was killed.

A folder is locked as long as its process lives (the kernel lets go of locks of processes that die, however they
died), so nobody takes the folder of another service for left, whoever else uses the place.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from foley_common.storage.failures import from_os_error

Purpose = Literal["audio", "detector", "gateway", "surface", "sounds", "packs", "pictures", "demo"]
STALE_AFTER_S = 24 * 3600.0
"""In the system's place, folders without a process are left alone so long: somebody may still want to look into them,
and an earlier version of ours, which locks nothing, may be at work."""
STALE_IN_OWN_PLACE_S = 600.0
"""In a place that a setting names, which is small in a cluster and outlives a container that was killed."""
_OURS = re.compile(rf"foley-({'|'.join(get_args(Purpose))})-[a-z0-9_]{{8}}")  # tempfile's own names


@dataclass(frozen=True, slots=True)
class HeldFolder:
    """A folder that is locked for as long as this process lives."""

    path: Path
    _descriptor: int

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._descriptor)


@contextlib.contextmanager
def scratch_folder(purpose: Purpose, place: Path | None = None) -> Generator[Path]:
    """A folder for the time of the block; what killed processes left in the place is removed first.

    Args:
        purpose: Part of its name.
        place: Where; made when missing. None: the system's place for temporary files.

    Raises:
        StoreFull, StoreReadOnly, StoreUnavailable: it cannot be made.
    """
    remove_stale(place)
    held = hold_folder(purpose, place)
    try:
        yield held.path
    finally:
        held.remove()


def hold_folder(purpose: Purpose, place: Path | None = None) -> HeldFolder:
    """Make a folder and lock it.

    Raises:
        StoreFull, StoreReadOnly, StoreUnavailable: it cannot be made.
    """
    try:
        if place is not None:
            place.mkdir(parents=True, exist_ok=True)
        path = Path(tempfile.mkdtemp(prefix=f"foley-{purpose}-", dir=place))
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise from_os_error(error, path=str(place or "the folder for temporary files")) from error
    with contextlib.suppress(OSError):  # a file system without locks: then age alone decides
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return HeldFolder(path, descriptor)


def remove_stale(place: Path | None = None) -> list[Path]:
    """Remove temporary folders of ours that nobody uses any more; gives those that are gone.

    Only real folders with a name of ours, owned by this user, old enough, and locked by no process.
    """
    stale_after_s = STALE_AFTER_S if place is None else STALE_IN_OWN_PLACE_S
    removed: list[Path] = []
    for path in (place or Path(tempfile.gettempdir())).glob("foley-*-*"):
        if _OURS.fullmatch(path.name) and _is_ours_and_older(path, stale_after_s):
            with _locked(path) as is_free:
                if is_free:
                    shutil.rmtree(path, ignore_errors=True)
                    removed.append(path)
    return removed


def _is_ours_and_older(path: Path, age_s: float) -> bool:
    try:
        facts = path.lstat()
    except OSError:  # somebody else was faster
        return False
    is_folder = stat.S_ISDIR(facts.st_mode)
    return is_folder and facts.st_uid == os.getuid() and time.time() - facts.st_mtime > age_s


@contextlib.contextmanager
def _locked(folder: Path) -> Generator[bool]:
    """Hold a folder; gives False when another process holds it, or it cannot be held."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
