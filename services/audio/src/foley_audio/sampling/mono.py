"""A recording of any format as one channel at one rate, in blocks: three hours need no more memory than a minute."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soxr

from foley_audio.domain.downmix import choose_mix
from foley_audio.domain.types import FloatArray, SampleArray
from foley_audio.render.recording import decoded_blocks
from foley_common.errors import UndecodableMedia
from foley_common.media.audio_streams import sound_duration_s

RATE_HZ = 48_000  # of packs and of the search for steps
PROBE_S = 20.0  # the channels are chosen by the beginning
BLOCK_S = 1.0
FULL_SCALE = 0.999  # what converters give when they have no more
FLAT_SAMPLES = 3  # at full scale in a row: a flat top
EQUAL_SAMPLES = (
    6  # the same value in a row, at any level: a flat top that was turned down afterwards
)
COARSE_STEPS = 128  # of full scale: values of 8 bits
LEAST_FLAT = 0.1  # of full scale; quieter ones are silence or coarse quantisation


class MonoRecording:
    """Reads one recording once.

    Attributes:
        duration_s: Of the stream that is read, by its container; 0 when it does not say.
    """

    def __init__(
        self,
        path: Path,
        stream: int = 1,
        *,
        until_s: float = math.inf,
        on_read: Callable[[float], None] = lambda _read_s: None,
    ) -> None:
        """Open a recording.

        Args:
            path: Any container with sound.
            stream: Which of its audio streams, from 1.
            until_s: Reading ends there.
            on_read: Called, at every packet of the file, with the seconds that are read; may raise to stop the
                reading.

        Raises:
            UndecodableMedia: no sound can be read.
            InvalidField: there is no such stream.
        """
        self._path = path
        self._stream = stream
        self._until_s = until_s
        self._on_read = on_read
        self._read_s = 0.0
        self._clipped: list[FloatArray] = []
        self._in_coarse_steps = True
        self.duration_s = sound_duration_s(path, stream)

    def clipped_s(self) -> FloatArray:
        """Times of clipped runs of samples in what was read so far, increasing, shape ``(n,)``."""
        return np.concatenate(self._clipped) if self._clipped else np.zeros(0)

    def in_coarse_steps(self) -> bool:
        """True while everything that was read so far has values of 8 bits or fewer."""
        return self._in_coarse_steps

    def blocks(self) -> Iterator[SampleArray]:
        """The recording at `RATE_HZ`, shape ``(n,)`` each.

        Raises:
            UndecodableMedia: it breaks off, or changes its form in the middle.
        """
        weights: FloatArray | None = None
        stream: soxr.ResampleStream | None = None
        waiting: list[SampleArray] = []
        waiting_size = position = native_hz = channels = 0
        for rate, index, block in decoded_blocks(
            self._path, 0.0, self._stream, on_packet=lambda: self._on_read(self._read_s)
        ):
            if index >= self._until_s * rate:
                break
            self._read_s = (index + block.shape[0]) / rate
            native_hz, channels = rate, block.shape[1]
            waiting.append(np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=-1.0))
            waiting_size += block.shape[0]
            if waiting_size < (BLOCK_S if weights is not None else PROBE_S) * rate:
                continue
            sound = np.concatenate(waiting)
            weights = choose_mix(sound, rate) if weights is None else weights
            stream = stream or soxr.ResampleStream(rate, RATE_HZ, 1, dtype="float32")
            yield self._mixed(sound, weights, stream, position, rate, last=False)
            position += waiting_size
            waiting, waiting_size = [], 0
        if not native_hz:
            raise UndecodableMedia("the recording has no sound in it", file=self._path.name)
        sound = np.concatenate(waiting) if waiting else np.zeros((0, channels), np.float32)
        weights = choose_mix(sound, native_hz) if weights is None else weights
        stream = stream or soxr.ResampleStream(native_hz, RATE_HZ, 1, dtype="float32")
        yield self._mixed(sound, weights, stream, position, native_hz, last=True)

    def _mixed(
        self,
        sound: SampleArray,
        weights: FloatArray,
        stream: soxr.ResampleStream,
        position: int,
        rate: int,
        *,
        last: bool,
    ) -> SampleArray:
        heard = sound[:, weights > 0]
        if self._in_coarse_steps:
            scaled = COARSE_STEPS * heard
            self._in_coarse_steps = bool(np.array_equal(scaled, np.round(scaled)))
        self._clipped.append((position + flat_tops(heard)) / rate)
        mono = (sound @ weights.astype(np.float32)).astype(np.float32)
        return np.asarray(stream.resample_chunk(mono, last=last), np.float32)


def flat_tops(sound: SampleArray) -> FloatArray:
    """First samples of runs that have no more to give, in any channel, increasing.

    Args:
        sound: shape ``(n, channels)``.

    >>> sound = np.zeros((100, 1), np.float32)
    >>> sound[20:24] = 1.0
    >>> sound[60:70] = -0.4
    >>> flat_tops(sound).tolist()
    [20.0, 60.0]
    """
    starts: set[int] = set()
    for channel in sound.T:
        starts.update(_long_runs(np.abs(channel) >= FULL_SCALE, FLAT_SAMPLES))
        equal = (channel[1:] == channel[:-1]) & (np.abs(channel[1:]) >= LEAST_FLAT)
        starts.update(_long_runs(equal, EQUAL_SAMPLES - 1))
    return np.asarray(sorted(starts), np.float64)


def _long_runs(true: np.ndarray, shortest: int) -> list[int]:
    """Where runs of True begin that are long enough."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]).astype(np.int8)))
    first, end = edges[::2], edges[1::2]
    return first[end - first >= shortest].tolist()
