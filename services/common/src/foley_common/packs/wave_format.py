"""The header of a WAV file, enough to refuse what cannot be played, and its samples where they are listened to."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

PCM, IEEE_FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # mmreg.h
_SUPPORTED_BITS = {PCM: (8, 16, 24, 32), IEEE_FLOAT: (32, 64)}
_BYTE_MIDDLE = 128.0  # what silence is in 8 bit
_MAX_CHUNKS = 64  # before the sound; real files have fewer than ten
_MAX_SKIPPED_BYTES = 1 << 20  # artwork and notes before the sound


@dataclass(frozen=True, slots=True)
class WaveFormat:
    """What a WAV file holds.

    Attributes:
        sample_rate_hz: Samples per second.
        channel_count: Channels.
        bits: Per sample.
        frame_count: Samples per channel, by the header.
        is_float: Samples are floating-point numbers.
    """

    sample_rate_hz: int
    channel_count: int
    bits: int
    frame_count: int
    is_float: bool = False

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frame_count / self.sample_rate_hz


class NotWave(Exception):
    """The bytes are no WAV file that we can play; the message says why."""


def read_wave_format(file: BinaryIO, size_bytes: int) -> WaveFormat:
    """Read the header of a RIFF, RF64 or BW64 file.

    Args:
        file: At its first byte; only forward reads are made.
        size_bytes: Of the whole file: a header that promises more is cut off.

    Raises:
        NotWave: it is none, is coded, is cut off, or holds no sound.
    """
    head = file.read(12)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64", b"BW64") or head[8:] != b"WAVE":
        raise NotWave("it is not a WAV file")
    form: tuple[int, int, int, int] | None = None
    position = 12
    for _ in range(_MAX_CHUNKS):
        header = file.read(8)
        if len(header) < 8:
            break
        name, size = header[:4], int.from_bytes(header[4:], "little")
        position += 8
        if name == b"data":
            if form is None:
                raise NotWave("its sound comes before its format")
            return _format(form, min(size, size_bytes - position))
        padded = size + size % 2
        if padded > _MAX_SKIPPED_BYTES:
            raise NotWave(f"it has {size} bytes of something else before its sound")
        body = file.read(padded)
        position += len(body)
        if name == b"fmt ":
            form = _parsed(body)
    raise NotWave("it is cut off or holds no sound")


def samples_of(data: bytes, form: WaveFormat) -> NDArray[np.float64]:
    """The sound of a file, full scale 1, shape ``(frames, channels)``.

    Args:
        data: From the first sample on; what comes after the last one is left out.
        form: Of the same file.
    """
    width = form.bits // 8
    raw = np.frombuffer(data, np.uint8, count=form.frame_count * form.channel_count * width)
    if form.is_float:
        sound = raw.view(f"<f{width}").astype(np.float64)
    elif width == 1:  # the only unsigned one
        sound = raw / _BYTE_MIDDLE - 1.0
    else:
        whole = np.zeros((raw.size // width, 4), np.uint8)
        whole[:, 4 - width :] = raw.reshape(-1, width)
        sound = whole.view("<i4")[:, 0] / -float(np.iinfo(np.int32).min)
    return sound.reshape(-1, form.channel_count)


def _parsed(body: bytes) -> tuple[int, int, int, int]:
    """Kind, channels, rate and bits."""
    if len(body) < 16:
        raise NotWave("its format chunk is cut off")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
    if kind == EXTENSIBLE and len(body) >= 26:
        kind = int.from_bytes(body[24:26], "little")
    return kind, channels, rate, bits


def _format(form: tuple[int, int, int, int], data_bytes: int) -> WaveFormat:
    kind, channels, rate, bits = form
    if bits not in _SUPPORTED_BITS.get(kind, ()):
        raise NotWave(f"its sound is coded (format {kind}, {bits} bit); take PCM or float")
    if channels < 1 or rate < 1:
        raise NotWave("its format has no channels or no sampling rate")
    frames = data_bytes // (channels * bits // 8)
    if frames < 1:
        raise NotWave("it holds no sound")
    return WaveFormat(rate, channels, bits, frames, kind == IEEE_FLOAT)
