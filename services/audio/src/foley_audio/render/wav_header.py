"""What the head of a WAV file says: RIFF, and RF64 (EBU Tech 3306) beyond 4 GB. No sample is read."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from foley_common.errors import UndecodableMedia

HEAD_BYTES = 1 << 16  # our own files have their data within the first hundreds of bytes
UNKNOWN_32 = 0xFFFF_FFFF  # of a size that stands in the ds64 chunk
FORMAT_FLOAT, FORMAT_EXTENSIBLE = 0x0003, 0xFFFE


@dataclass(frozen=True, slots=True)
class WavFacts:
    """Shape of one WAV file.

    Attributes:
        sample_rate_hz: Samples per second.
        channels: Of them.
        bits_per_sample: Of one channel.
        is_float: True for IEEE floating point.
        total_samples: Per channel.
        data_start: Byte at which the samples begin.
        format_chunk: Content of ``fmt ``, as it stands in the file.
    """

    sample_rate_hz: int
    channels: int
    bits_per_sample: int
    is_float: bool
    total_samples: int
    data_start: int
    format_chunk: bytes

    @property
    def bytes_per_frame(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.bits_per_sample // 8

    @property
    def data_bytes(self) -> int:
        """Bytes of all samples."""
        return self.total_samples * self.bytes_per_frame


def read_header(head: bytes, size_bytes: int, name: str) -> WavFacts:
    """Read the head of a WAV file.

    Args:
        head: Its first `HEAD_BYTES` bytes, or all of it.
        size_bytes: Of the whole file: samples that a header promises beyond its end are not there.
        name: For messages.

    Raises:
        UndecodableMedia: it is no WAV file, or its data begin beyond the head.
    """
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        raise UndecodableMedia(f"{name} is not a WAV file", name=name)
    position, long_data_bytes, format_chunk = 12, 0, b""
    while position + 8 <= len(head):
        identity, length = struct.unpack_from("<4sI", head, position)
        start = position + 8
        if identity == b"data":
            promised = long_data_bytes if length == UNKNOWN_32 else length
            return _facts(format_chunk, start, min(promised, size_bytes - start), name)
        if identity == b"ds64" and start + 24 <= len(head):
            long_data_bytes = struct.unpack_from("<Q", head, start + 8)[0]
        elif identity == b"fmt ":
            format_chunk = head[start : start + length]
        position = start + length + length % 2
    raise UndecodableMedia(f"{name} has no samples within its first {len(head)} bytes", name=name)


def _facts(format_chunk: bytes, data_start: int, data_bytes: int, name: str) -> WavFacts:
    if len(format_chunk) < 16:
        raise UndecodableMedia(f"{name} does not say how its samples are written", name=name)
    tag, channels, rate_hz, _, frame_bytes, bits = struct.unpack_from("<HHIIHH", format_chunk)
    if tag == FORMAT_EXTENSIBLE and len(format_chunk) >= 26:
        tag = struct.unpack_from("<H", format_chunk, 24)[0]
    if not (channels and rate_hz and frame_bytes and bits):
        raise UndecodableMedia(f"{name} does not say how its samples are written", name=name)
    return WavFacts(
        sample_rate_hz=rate_hz,
        channels=channels,
        bits_per_sample=8 * frame_bytes // channels,
        is_float=tag == FORMAT_FLOAT,
        total_samples=max(0, data_bytes) // frame_bytes,
        data_start=data_start,
        format_chunk=format_chunk,
    )
