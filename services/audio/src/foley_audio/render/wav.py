"""WAV files of 24 bit, and scratch files of floating-point samples, written and read in blocks."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from foley_audio.domain.types import SampleArray
from foley_common.errors import FoleyError, StoreFull, StoreUnavailable
from foley_common.storage.failures import from_os_error

LARGEST_RIFF_BYTES = (1 << 32) - (
    1 << 16
)  # beyond it RIFF's 32-bit sizes overflow, and RF64 (EBU Tech 3306) takes over
BYTES_PER_SAMPLE = 3


class WavWriter:
    """Writes 24-bit PCM. Files that would not fit RIFF become RF64.

    The same samples always give the same bytes: no dither, no date, no peak chunk.
    """

    def __init__(
        self, path: Path, *, sample_rate_hz: int, channels: int, total_samples: int
    ) -> None:
        import soundfile

        large = total_samples * channels * BYTES_PER_SAMPLE > LARGEST_RIFF_BYTES
        self._path = path
        try:
            self._file: Any = soundfile.SoundFile(
                str(path),
                "w",
                sample_rate_hz,
                channels,
                "PCM_24",
                format="RF64" if large else "WAV",
            )
        except (OSError, soundfile.LibsndfileError) as error:
            raise _storage_error(error, path) from error

    def write(self, block: SampleArray) -> None:
        """Append samples, shape ``(n, channels)``, 1.0 is full scale."""
        import soundfile

        try:
            self._file.write(block)
        except (OSError, soundfile.LibsndfileError) as error:
            raise _storage_error(error, self._path) from error

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


class ScratchTrack:
    """Stereo samples parked on disk between two passes: 8 bytes per sample and pair, no header."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.total_samples = 0

    def append(self, block: SampleArray) -> None:
        """Append samples, shape ``(n, 2)``."""
        try:
            with self._path.open("ab") as file:
                file.write(np.ascontiguousarray(block, dtype="<f4").data)
        except OSError as error:
            raise _storage_error(error, self._path) from error
        self.total_samples += block.shape[0]

    def read(self, start: int, end: int) -> SampleArray:
        """Samples ``[start, end)``, shape ``(end − start, 2)``; zeros outside the track."""
        out = np.zeros((end - start, 2), dtype=np.float32)
        first, last = max(0, start), min(self.total_samples, end)
        if first < last:
            piece = np.fromfile(self._path, dtype="<f4", count=(last - first) * 2, offset=first * 8)
            out[first - start : last - start] = piece.reshape(-1, 2)
        return out

    def delete(self) -> None:
        """Give the space back."""
        self._path.unlink(missing_ok=True)


def write_mono(path: Path, samples: SampleArray, sample_rate_hz: int) -> None:
    """Write one mono sound, shape ``(n,)``."""
    with WavWriter(
        path, sample_rate_hz=sample_rate_hz, channels=1, total_samples=samples.size
    ) as out:
        out.write(samples[:, None])


def _storage_error(error: Exception, path: Path) -> FoleyError:
    """The typed error; libsndfile tells of a full disk in words only."""
    if isinstance(error, OSError):
        return from_os_error(error, path=path.name)
    if "no space" in str(error).lower() or "write" in str(error).lower():
        return StoreFull(f"no space left for {path.name}: {error}", path=path.name)
    return StoreUnavailable(f"cannot write {path.name}: {error}", path=path.name)
