"""Temporary folders of this command: gone when it ends, and gone the next day when it was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Purpose = Literal["packs", "pictures", "demo"]
STALE_AFTER_S = 24 * 3600
"""Folders without a process are left alone so long: somebody may still want to look into them."""
_OURS = re.compile(r"foley-(packs|pictures|demo)-[a-z0-9_]{8}")  # tempfile's own names


@contextlib.contextmanager
def scratch_folder(purpose: Purpose) -> Iterator[Path]:
    """A folder in the system's place for temporary files, for the time of the block.

    What a killed command left there is removed first. The folder is locked (the kernel lets go of locks of processes
    that die, however they died), so no other command takes it for left.
    """
    remove_stale(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=f"foley-{purpose}-") as name, _locked(Path(name)):
        yield Path(name)


def remove_stale(place: Path) -> list[Path]:
    """Remove temporary folders of ours that nobody uses any more; gives those that are gone.

    Only real folders with a name of ours, owned by this user, a day old, and locked by no process.
    """
    removed: list[Path] = []
    for path in place.glob("foley-*-*"):
        if _OURS.fullmatch(path.name) and _is_old_and_ours(path):
            with _locked(path) as is_free:
                if is_free:
                    shutil.rmtree(path, ignore_errors=True)
                    removed.append(path)
    return removed


def _is_old_and_ours(path: Path) -> bool:
    try:
        facts = path.lstat()
    except OSError:  # somebody else was faster
        return False
    is_folder = stat.S_ISDIR(facts.st_mode)
    return (
        is_folder and facts.st_uid == os.getuid() and time.time() - facts.st_mtime > STALE_AFTER_S
    )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[bool]:
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
