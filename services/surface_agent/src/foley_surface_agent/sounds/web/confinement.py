"""A second wall around code that fetches: no program is started, and no connection made, but by our own hand.

The first wall is that yt-dlp is given one way to the network, ours, and settings that keep it from calling programs.
It is large and changes every month, so the interpreter is asked to watch too: its audit events (PEP 578) are refused in
the thread that fetches, and only there.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

_PROGRAMS = frozenset(
    (
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.fork",
        "os.forkpty",
        "pty.spawn",
    )
)
_NETWORK = frozenset(
    (
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
        "socket.getnameinfo",
    )
)


class ForbiddenHere(PermissionError):
    """Something that code may not do while it fetches."""


class _State(threading.local):
    confined = False
    connecting = False


_state = _State()
_installing = threading.Lock()
_installed = False


@contextlib.contextmanager
def confined() -> Iterator[None]:
    """Keep this thread from starting programs and from connecting by itself."""
    _install()
    before, _state.confined = _state.confined, True
    try:
        yield
    finally:
        _state.confined = before


@contextlib.contextmanager
def connecting() -> Iterator[None]:
    """Let this thread connect: for the guard alone."""
    before, _state.connecting = _state.connecting, True
    try:
        yield
    finally:
        _state.connecting = before


def _install() -> None:
    """Hooks cannot be taken away again, so there is one, and it does nothing in other threads."""
    global _installed  # noqa: PLW0603 - one per process, like the hook itself
    with _installing:
        if not _installed:
            sys.addaudithook(_watch)
            _installed = True


def _watch(event: str, _args: tuple[object, ...]) -> None:
    if not _state.confined:
        return
    if event in _PROGRAMS:
        raise ForbiddenHere(f"no program may be started while fetching ({event})")
    if event in _NETWORK and not _state.connecting:
        raise ForbiddenHere(f"no connection may be made around the guard ({event})")
