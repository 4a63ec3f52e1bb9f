"""The process that fetches: ``python -m foley_surface_agent.sounds.web.child``, started by `sounds.web.apart` alone.

It reads one order from its standard input, writes what it finds to its standard output, line by line, and goes when
either is closed. Its memory and computing time are limited, so what a stranger's page makes yt-dlp or the media library
do ends with it.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import sys
import threading
from pathlib import Path

from foley_common.errors import FetchRefused
from foley_common.observability import adopt_request_id, configure_logging
from foley_surface_agent.sounds.web.source import WebSounds
from foley_surface_agent.sounds.web.wire import Outcome, order_from_line, outcome_to_line

MAX_ADDRESSES_BYTES = 2 << 30
"""Python, yt-dlp and the media library reserve 0.5 GiB of addresses; some more with many cores."""
MAX_DATA_BYTES = 512 << 20
"""Of memory of its own: they take 150 MiB, the largest page and the lists made of it a few times its 16 MiB."""
FILES_PER_RECORDING = 16
"""A file may be so many times as large as what is fetched: FLAC of 48 kHz out of the thinnest speech codec."""
SERVICE = "surface_agent_fetch"


def main() -> None:
    """Do what is ordered, and end."""
    ours = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no outcome
    level, form, request_id = sys.argv[1:]
    configure_logging(SERVICE, level, form)  # type: ignore[arg-type]  # of the service's own settings
    adopt_request_id(request_id)
    order = order_from_line(sys.stdin.readline())
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    limits = order.settings.limits
    _limit(limits.part_bytes)
    _allow_computing(limits.part_s)

    def tell(outcome: Outcome) -> None:
        ours.write(outcome_to_line(outcome) + "\n")
        ours.flush()

    try:
        for outcome in WebSounds(order.settings).find(order.wish, order.folder):
            tell(outcome)
            _allow_computing(limits.part_s)
    except FetchRefused as error:
        tell(error)
    ours.write("\n")  # an empty line: all of it
    ours.flush()


def _leave_with_the_parent() -> None:
    sys.stdin.read()
    os._exit(0)


def _limit(part_bytes: int) -> None:
    with contextlib.suppress(
        OSError
    ):  # not on every system: where memory is short, this goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    wanted = (
        (resource.RLIMIT_AS, MAX_ADDRESSES_BYTES),
        (resource.RLIMIT_DATA, MAX_DATA_BYTES),
        (resource.RLIMIT_FSIZE, FILES_PER_RECORDING * part_bytes),
        (resource.RLIMIT_CORE, 0),
    )
    for kind, most in wanted:
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (_least(most, hard), hard))


def _allow_computing(seconds: float) -> None:
    """From now on; the kernel ends the process after that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime + seconds)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (_least(most, hard), hard))


def _least(most: int, hard: int) -> int:
    return most if hard == resource.RLIM_INFINITY else min(most, hard)


if __name__ == "__main__":
    main()
