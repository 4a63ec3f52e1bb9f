"""Starts one service so that it cannot outlive its supervisor: `python -m foley_client.guard PARENT_PID MODULE`.

On Linux the kernel is asked to kill this process when its parent dies, also by ``kill -9``; the wish survives the
``exec`` into the service. Other systems have no such call: there a service ends only when its supervisor stops it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From ``<sys/prctl.h>``."""
ORPHANED_STATUS = 3
"""Exit status when the parent is gone before we could ask."""


def main() -> None:
    """Ask for the kill, then become the service."""
    parent_pid, module = int(sys.argv[1]), sys.argv[2]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        # SIGKILL, not SIGTERM: the next supervisor may start at once, and two gateways must never share a database.
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            os.write(
                2,
                b"foley: prctl(PR_SET_PDEATHSIG) failed; this service may outlive its supervisor\n",
            )
        if os.getppid() != parent_pid:
            sys.exit(ORPHANED_STATUS)
    os.execv(sys.executable, [sys.executable, "-P", "-m", module, *sys.argv[3:]])


if __name__ == "__main__":
    main()
