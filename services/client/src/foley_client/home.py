"""Where one machine keeps its renders: the folder FOLEY_HOME, who runs services on it, and how others find them."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, TextIO, cast

import platformdirs

from foley_common.errors import StoreFull, StoreReadOnly

HOME_VARIABLE = "FOLEY_HOME"
APP_NAME = "foley-studio"
HOME_WHAT = "the folder for work and logs"
HOME_REMEDY = "give another with --home DIR"
RunMode = Literal["run", "serve"]
"""Who holds a home: one `foley run`, which ends with its render, or a `foley serve`, which stays."""


@dataclass(frozen=True, slots=True)
class RunningStack:
    """The services that are up on a home, as written to `server.json`.

    Attributes:
        pid: Process that supervises them.
        mode: Whether they stay (`serve`) or end with one render (`run`).
        grpc_target: ``host:port`` of the gateway's gRPC face.
        rest_url: Base address of the gateway's REST face and page.
        service_pids: Process of every service by its name.
        settings: Of the services, from the shell they were started in, as of `told_settings.settings_in`;
            None where they are not told.
    """

    pid: int
    mode: RunMode
    grpc_target: str
    rest_url: str
    service_pids: dict[str, int]
    settings: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The layout of FOLEY_HOME."""

    root: Path

    @property
    def objects(self) -> Path:
        """Root of the object store that all services share."""
        return self.root / "objects"

    @property
    def database(self) -> Path:
        """Clips, renders and durable jobs."""
        return self.root / "gateway.sqlite"

    @property
    def logs(self) -> Path:
        """One log per service."""
        return self.root / "logs"

    @property
    def ready(self) -> Path:
        """Where services say which ports they took."""
        return self.root / "ready"

    @property
    def scratch(self) -> Path:
        """Temporary files of the services."""
        return self.root / "scratch"

    @property
    def lock_file(self) -> Path:
        """Held by the one process that supervises services on this home."""
        return self.root / "server.lock"

    @property
    def server_file(self) -> Path:
        """How others find the running services."""
        return self.root / "server.json"

    def log_of(self, service: str) -> Path:
        """Log of one service."""
        return self.logs / f"{service}.log"

    def prepare(self) -> None:
        """Make all folders.

        Raises:
            StoreReadOnly, StoreFull: with the path and the remedy.
        """
        for folder in (self.root, self.objects, self.logs, self.ready, self.scratch):
            ensure_writable(folder, what=HOME_WHAT, remedy=HOME_REMEDY)


def find_home(chosen: Path | None) -> Home:
    """The home to use: the chosen one, else FOLEY_HOME, else the user's data folder of this system."""
    if chosen is not None:
        return Home(chosen.expanduser().absolute())
    if named := os.environ.get(HOME_VARIABLE):
        return Home(Path(named).expanduser().absolute())
    return Home(Path(platformdirs.user_data_dir(APP_NAME, appauthor=False)))


def ensure_writable(folder: Path, *, what: str, remedy: str) -> None:
    """Make a folder and prove that a file can be written into it.

    Raises:
        StoreReadOnly, StoreFull: naming the folder, what it is for and the remedy.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".foley-write-test-") as file:
            file.write(b"x")
    except OSError as err:
        raise write_error(err, folder, what=what, remedy=remedy) from err


def write_error(err: OSError, path: Path, *, what: str, remedy: str) -> StoreFull | StoreReadOnly:
    """What an error while writing means to a person."""
    if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull(
            f"no space left for {what}, {path}: {remedy}, or free some space", path=str(path)
        )
    if err.errno in (errno.EEXIST, errno.ENOTDIR):
        return StoreReadOnly(
            f"{what}, {path}, cannot be made: a file is in the way; {remedy}", path=str(path)
        )
    return StoreReadOnly(
        f"cannot write to {what}, {path} ({err.strerror or err}): {remedy}, or make it writable",
        path=str(path),
    )


@contextlib.contextmanager
def held_lock(home: Home) -> Iterator[bool]:
    """Hold the home for this process; gives False when another process holds it.

    The lock is the kernel's (``flock``), so it is gone with its process, however that died.

    Raises:
        StoreReadOnly, StoreFull: the lock cannot be made, or is somebody else's.
    """
    with _lock_file(home) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            if err.errno not in (errno.EACCES, errno.EAGAIN):
                raise _lock_error(err, home) from err
            yield False
            return
        home.server_file.unlink(missing_ok=True)
        _empty(home.scratch)
        try:
            yield True
        finally:
            home.server_file.unlink(missing_ok=True)


def _lock_file(home: Home) -> TextIO:
    try:
        return home.lock_file.open("a", encoding="utf-8")
    except OSError as err:
        raise _lock_error(err, home) from err


def _lock_error(err: OSError, home: Home) -> StoreFull | StoreReadOnly:
    return write_error(err, home.lock_file, what="the lock", remedy=HOME_REMEDY)


def _empty(scratch: Path) -> None:
    """Remove what services that were killed left behind; whoever holds the lock is alone here."""
    for left in scratch.glob("*"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def write_server_file(home: Home, stack: RunningStack) -> None:
    """Tell others which services are up; atomic."""
    partial = home.server_file.with_suffix(f".{os.getpid()}.tmp")
    partial.write_text(json.dumps(asdict(stack), indent=1), encoding="utf-8")
    partial.replace(home.server_file)


def read_server_file(home: Home) -> RunningStack | None:
    """The services that are up on a home; None when nobody has said so (yet)."""
    try:
        told = json.loads(home.server_file.read_text(encoding="utf-8"))
        mode = cast(RunMode, "serve" if told["mode"] == "serve" else "run")
        return RunningStack(
            int(told["pid"]),
            mode,
            str(told["grpc_target"]),
            str(told["rest_url"]),
            {str(name): int(pid) for name, pid in told["service_pids"].items()},
            _texts_of(told.get("settings")),
        )
    except (FileNotFoundError, KeyError, ValueError, AttributeError, TypeError):
        return None


def _texts_of(told: object) -> dict[str, str] | None:
    if not isinstance(told, dict):
        return None
    return {str(name): str(value) for name, value in cast("dict[object, object]", told).items()}
