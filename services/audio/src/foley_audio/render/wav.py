"""WAV files of 24-bit integers or 32-bit floats, written in blocks; beyond 4 GiB as RF64.

Written here and not by libsndfile, because its Python package cannot say which channel is which loudspeaker, and takes
three times as long to make 24-bit samples. Readable by all that read WAV.

No dither: at 24 bit the rounding lies at −144 dBFS, below the noise of every converter, and without dither digital
silence stays silent, gaps can be found by their zeros, and the same samples always give the same bytes.
"""

from __future__ import annotations

import struct
from io import FileIO
from pathlib import Path
from types import TracebackType

import numpy as np

from foley_audio.domain.types import SampleArray
from foley_common.channels import MONO, STEREO, ChannelLayout, usual_layout
from foley_common.sound import SampleFormat
from foley_common.storage.failures import from_os_error

LARGEST_RIFF_BYTES = (1 << 32) - (
    1 << 16
)  # beyond it RIFF's 32-bit sizes overflow, and RF64 (EBU Tech 3306) takes over
FULL_SCALE_24 = 1 << 23
UNKNOWN_SIZE = 0xFFFF_FFFF  # in RF64: see the ds64 chunk
PCM, IEEE_FLOAT, EXTENSIBLE = 1, 3, 0xFFFE  # wFormatTag, mmreg.h
# KSDATAFORMAT_SUBTYPE_PCM and …_IEEE_FLOAT differ in their first two bytes, the format tag.
SUBTYPE_TAIL = bytes.fromhex("000000001000800000aa00389b71")
BYTES_PER_SAMPLE = {SampleFormat.PCM_24: 3, SampleFormat.FLOAT_32: 4}


class WavWriter:
    """Writes one WAV file whose length is known before.

    Mono and stereo files have the plain header that every program reads, others WAVE_FORMAT_EXTENSIBLE with the mask of
    their loudspeakers. The same samples always give the same bytes: no dither, no date, no peak chunk.

    Args:
        path: The file, overwritten.
        sample_rate_hz: Of the sound.
        channels: Number of channels, or which loudspeakers they are.
        total_samples: Samples per channel that will be written.
        sample_format: How a sample is written.
    """

    def __init__(
        self,
        path: Path,
        *,
        sample_rate_hz: int,
        channels: int | ChannelLayout,
        total_samples: int,
        sample_format: SampleFormat = SampleFormat.PCM_24,
    ) -> None:
        layout = usual_layout(channels) if isinstance(channels, int) else channels
        self._path = path
        self._format = sample_format
        self._bytes_left = total_samples * layout.channel_count * BYTES_PER_SAMPLE[sample_format]
        self._is_odd = self._bytes_left % 2 == 1
        header = _header(layout, sample_rate_hz, total_samples, sample_format)
        self._put(header, "w")

    def write(self, block: SampleArray) -> None:
        """Append samples, shape ``(n, channels)``, 1.0 is full scale; integers are clipped there."""
        self.write_encoded(encoded(block, self._format))

    def write_encoded(self, data: bytes | memoryview) -> None:
        """Append samples that `encoded` made for this file's format."""
        self._put(data, "a")
        self._bytes_left -= len(data)

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            return
        if self._bytes_left:
            raise ValueError(
                f"{self._path.name}: {self._bytes_left} bytes of sound fewer were written than said"
            )
        if self._is_odd:
            self._put(b"\0", "a")  # chunks end on even bytes

    def _put(self, data: bytes | memoryview, mode: str) -> None:
        """Opened for every block: a crowd has more stems than a process may hold files open. No buffer."""
        try:
            with FileIO(self._path, mode) as file:
                left = memoryview(data)
                while left:
                    left = left[file.write(left) :]
        except OSError as error:
            raise from_os_error(error, path=self._path.name) from error


def encoded(block: SampleArray, sample_format: SampleFormat) -> memoryview:
    """Samples, shape ``(n, channels)``, as a WAV file holds them; 24-bit ones rounded to the nearest and clipped.

    >>> bytes(encoded(np.array([[0.5, -1.0]], np.float32), SampleFormat.PCM_24)).hex()
    '000040000080'
    """
    if sample_format is SampleFormat.FLOAT_32:
        return np.ascontiguousarray(block, dtype="<f4").reshape(-1).view(np.uint8).data
    scaled = np.multiply(block, np.float32(FULL_SCALE_24), dtype=np.float32).reshape(-1)
    np.rint(scaled, out=scaled)
    if scaled.size and (scaled.max() >= FULL_SCALE_24 or scaled.min() < -FULL_SCALE_24):
        np.clip(scaled, -FULL_SCALE_24, FULL_SCALE_24 - 1, out=scaled)  # slower than to look
    # Every sample is written with four bytes three bytes after the one before, whose fourth it covers: numpy copies in
    # order. Three times as fast as byte by byte.
    packed = np.empty(3 * scaled.size + 1, np.uint8)
    overlapping = np.ndarray(scaled.size, "<i4", packed.data, strides=(3,))
    overlapping[:] = scaled
    return packed[:-1].data


def write_mono(path: Path, samples: SampleArray, sample_rate_hz: int) -> None:
    """Write one mono sound, shape ``(n,)``."""
    with WavWriter(
        path, sample_rate_hz=sample_rate_hz, channels=1, total_samples=samples.size
    ) as out:
        out.write(samples[:, None])


def _header(
    layout: ChannelLayout, sample_rate_hz: int, total_samples: int, sample_format: SampleFormat
) -> bytes:
    """Everything before the first sample."""
    width = BYTES_PER_SAMPLE[sample_format]
    frame_bytes = width * layout.channel_count
    data_bytes = total_samples * frame_bytes
    tag = IEEE_FLOAT if sample_format is SampleFormat.FLOAT_32 else PCM
    shape = (
        layout.channel_count,
        sample_rate_hz,
        sample_rate_hz * frame_bytes,
        frame_bytes,
        8 * width,
    )
    if layout in (MONO, STEREO):
        form = struct.pack("<HHIIHH", tag, *shape)
        if tag == IEEE_FLOAT:
            form += struct.pack("<H", 0)  # no extension, as formats other than PCM must say
    else:
        form = struct.pack("<HHIIHH", EXTENSIBLE, *shape)
        form += struct.pack("<HHIH", 22, 8 * width, layout.wave_mask, tag) + SUBTYPE_TAIL
    chunks = _chunk(b"fmt ", form)
    if tag == IEEE_FLOAT:
        chunks += _chunk(b"fact", struct.pack("<I", min(total_samples, UNKNOWN_SIZE)))
    if data_bytes <= LARGEST_RIFF_BYTES:
        riff_bytes = 4 + len(chunks) + 8 + data_bytes + data_bytes % 2
        return (
            b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVE" + chunks
            + b"data" + struct.pack("<I", data_bytes)
        )  # fmt: skip
    ds64_bytes = 28  # EBU Tech 3306: three sizes of 64 bits, and an empty table
    riff_bytes = 4 + 8 + ds64_bytes + len(chunks) + 8 + data_bytes + data_bytes % 2
    sizes = struct.pack("<QQQI", riff_bytes, data_bytes, total_samples, 0)
    return (
        b"RF64" + struct.pack("<I", UNKNOWN_SIZE) + b"WAVE" + _chunk(b"ds64", sizes) + chunks
        + b"data" + struct.pack("<I", UNKNOWN_SIZE)
    )  # fmt: skip


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content
