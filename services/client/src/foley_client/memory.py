"""How much memory the run took, from the kernel's own high-water marks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

KIBIBYTE = 1 << 10


def peak_bytes(pid: int) -> int | None:
    """Largest resident memory a process ever had, in bytes; None without ``/proc`` or without that process.

    The mark (``VmHWM``) counts pages shared with other processes too, so sums over processes are upper bounds.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * KIBIBYTE
    return None


def peaks_of_run(service_pids: Mapping[str, int]) -> dict[str, int]:
    """Peak of every service and of this process (``client``), in bytes; those that cannot be read are left out."""
    pids = {**service_pids, "client": os.getpid()}
    return {name: peak for name, pid in pids.items() if (peak := peak_bytes(pid)) is not None}
