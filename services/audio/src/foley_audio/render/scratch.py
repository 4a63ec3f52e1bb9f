"""Samples parked on disk between two passes, without a header; silence takes no space where the disk allows."""

from __future__ import annotations

from io import FileIO
from pathlib import Path

import numpy as np

from foley_audio.domain.types import SampleArray
from foley_common.storage.failures import from_os_error

BYTES_PER_SAMPLE = 4
PROBED_ROWS = 1024  # every so many-th row of a block is looked at first: most blocks sound


class ScratchTrack:
    """A track of 32-bit floating-point samples: 4 bytes per sample and channel, holes where a whole block is silent.

    The file is opened for every block: a crowd has more stems than a process may hold files open. Without a buffer of
    Python's: blocks are long.

    Args:
        path: The file, overwritten.
        channel_count: Channels of every block.
        first_sample: Place of the first sample that is appended; what lies before it is silence and takes no space.

    Attributes:
        total_samples: Samples per channel so far, from place 0.
    """

    def __init__(self, path: Path, channel_count: int = 2, *, first_sample: int = 0) -> None:
        self._path = path
        self._width = channel_count * BYTES_PER_SAMPLE
        self.channel_count = channel_count
        self._first = first_sample
        self.total_samples = first_sample
        try:
            path.write_bytes(b"")
        except OSError as error:
            raise from_os_error(error, path=path.name) from error

    def append(self, block: SampleArray) -> None:
        """Append samples, shape ``(n, channel_count)``."""
        if _sounds(block):
            samples = np.ascontiguousarray(block, dtype="<f4").reshape(-1).view(np.uint8)
            try:
                with FileIO(self._path, "r+") as file:
                    file.seek((self.total_samples - self._first) * self._width)
                    while samples.size:
                        samples = samples[file.write(samples.data) :]
            except OSError as error:
                raise from_os_error(error, path=self._path.name) from error
        self.total_samples += block.shape[0]

    def append_silence(self, count: int) -> None:
        """Append so many silent samples."""
        self.total_samples += count

    def read(self, start: int, end: int) -> SampleArray:
        """Samples ``[start, end)``, shape ``(end − start, channel_count)``; zeros outside the track."""
        out = np.empty((end - start, self.channel_count), dtype="<f4")
        first = min(max(self._first, start), end)
        last = max(first, min(self.total_samples, end))
        wanted = out[first - start : last - start].reshape(-1).view(np.uint8)
        found = 0
        try:
            with FileIO(self._path) as file:
                file.seek(max(0, first - self._first) * self._width)
                while found < wanted.size and (count := file.readinto(wanted[found:].data)):
                    found += count
        except OSError as error:
            raise from_os_error(error, path=self._path.name) from error
        wanted[found:] = 0  # the track ends in silence
        out[: first - start] = 0
        out[last - start :] = 0
        return out

    def delete(self) -> None:
        """Give the space back."""
        self._path.unlink(missing_ok=True)


def _sounds(block: SampleArray) -> bool:
    """Whether any sample is not 0."""
    if not block.size:
        return False
    return bool(block[::PROBED_ROWS].any() or block.max() or block.min())  # `any` is slow on many
