"""Fetching in a process of its own.

yt-dlp reads pages with regular expressions, and manifests into lists as long as they say: a few hundred bytes can ask
for all memory, or for one expression that never ends, which no limit on the network sees and which holds up every
thread of a Python process. So a search has a process with limits on memory and computing time, without the service's
environment and secrets, and it ends when nobody waits for it or its time is up.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from foley_common.errors import FetchRefused
from foley_common.observability import current_request_id, get_logger
from foley_surface_agent.domain.sounds import Found, Rejected, SoundWish
from foley_surface_agent.sounds.web.wire import (
    Order,
    WebSettings,
    order_to_line,
    outcome_from_line,
)

PROGRAM = "foley_surface_agent.sounds.web.child"
SHORTEST_LOOK_S = 0.1  # how often somebody who has left, and the clock, are looked at
START_S = 30.0  # to start and to load yt-dlp, on a busy machine
CHUNK_BYTES = 1 << 16
MAX_LINE_BYTES = 1 << 20  # an outcome has five texts of 500 characters and an address
OVERRAN = "reading it took more memory or computing time than is allowed"
# All that a Python process needs to start here, and whom to believe; no key, no proxy, no settings.
_PASSED_ON = (
    *("PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "LD_LIBRARY_PATH"),
    *("TMPDIR", "TZ", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)  # fmt: skip
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # each thread reserves memory


class WebSoundsApart:
    """A `WebFinder`: `sounds.web.source.WebSounds` in a process for each search. Safe to use from several threads.

    Args:
        settings: How the web is asked.
        log: Level and format of the service's log, which the process writes to as well.
        start_s: Longest time for the process to start, in seconds.
    """

    def __init__(
        self,
        settings: WebSettings,
        *,
        log: tuple[str, str] = ("info", "json"),
        start_s: float = START_S,
    ) -> None:
        self._settings = settings
        self._log = log
        self._start_s = start_s

    def find(
        self, wish: SoundWish, folder: Path, *, check: Callable[[], None] = lambda: None
    ) -> Iterator[Found | Rejected]:
        """See `sounds.find.WebFinder.find`."""
        if wish.url:
            self._settings.rules.check(wish.url)
        end = time.monotonic() + self._start_s + self._settings.limits.total_s
        with _process(self._log, folder) as process:
            assert process.stdin is not None and process.stdout is not None  # noqa: PT018 - pipes
            order = order_to_line(Order(self._settings, wish, folder))
            with contextlib.suppress(BrokenPipeError):  # it died at once, which is found below
                process.stdin.write(order.encode() + b"\n")
            for line in _lines(process.stdout, end, check):
                if not line:
                    return
                outcome = outcome_from_line(line)
                if isinstance(outcome, FetchRefused):
                    raise outcome
                yield outcome
            get_logger().warning("fetch_overran", status=process.poll())
        yield Rejected(wish.url or f"search: {wish.query}", "", OVERRAN)


@contextlib.contextmanager
def _process(log: tuple[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process that fetches; it is gone afterwards, however that comes."""
    env = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", PROGRAM, *log, current_request_id()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,  # what a process that died did not take must not be sent again when the pipe is closed
        env=env | _ONE_THREAD | {"HOME": str(folder)},
        cwd=folder,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _lines(pipe: IO[bytes], end: float, check: Callable[[], None]) -> Iterator[bytes]:
    """Lines without their ends, until there are no more or the clock says so."""
    rest = b""
    while True:
        check()
        if time.monotonic() > end or len(rest) > MAX_LINE_BYTES:
            return
        if not select.select([pipe], [], [], SHORTEST_LOOK_S)[0]:
            continue
        data = os.read(pipe.fileno(), CHUNK_BYTES)
        if not data:
            return
        *whole, rest = (rest + data).split(b"\n")
        yield from whole
