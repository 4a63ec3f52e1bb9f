"""The log files of child processes: bounded, rotated, and their last lines for error messages."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

MAX_LOG_BYTES = 5 << 20
"""One log file grows to 5 MiB before it is put aside."""
KEPT_LOGS = 3
"""Older files kept as ``.1`` to ``.3``."""
TAIL_BYTES = 16 << 10
"""How far back from the end last lines are looked for."""


class RotatingLog:
    """Appends bytes to a file and puts it aside when it is full."""

    def __init__(
        self, path: Path, *, max_bytes: int = MAX_LOG_BYTES, kept: int = KEPT_LOGS
    ) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._kept = kept
        self._file = self._opened()

    def write(self, data: bytes) -> None:
        """Append; a full file is rotated first.

        Raises:
            OSError: the disk is full, for one. The next call tries again.
        """
        if self._file.tell() and self._file.tell() + len(data) > self._max_bytes:
            self._rotate()
        self._file.write(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rotate(self) -> None:
        for number in range(self._kept - 1, 0, -1):
            older = self._numbered(number)
            if older.exists():
                older.replace(self._numbered(number + 1))
        self.path.replace(self._numbered(1))
        full, self._file = self._file, self._opened()
        full.close()

    def _opened(self) -> BinaryIO:
        # Without a buffer: closing has nothing left to write, which could fail.
        return self.path.open("ab", buffering=0)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log, oldest first; empty when there is no such file."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip()][-count:]
