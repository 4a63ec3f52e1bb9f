# pyright: reportUnknownMemberType=false
"""One sound track of a file that is being written, fed from a WAV file as the picture goes on.

Sample 0 of the WAV is presentation time 0. The AAC encoder starts with 1024 samples of priming; their stamps are
negative and the MP4 edit list hides them, so a player hears sample 0 at time 0. In Matroska the sound is FLAC: no
priming, no loss.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from foley_common.media.sound import read_audio

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

SAMPLE_RATE_HZ = 48_000  # what video sound has everywhere
BLOCK_SAMPLES = 4_800  # a tenth of a second: how closely the sound is interleaved with the picture
BIT_RATE_BPS_PER_CHANNEL = 128_000  # 256 kbit/s in stereo: no audible loss with libavcodec's AAC
MAX_BIT_RATE_BPS = 640_000
LAYOUTS = {
    1: "mono",
    2: "stereo",
    3: "2.1",
    4: "quad",
    5: "5.0",
    6: "5.1",
    7: "6.1",
    8: "7.1",
}  # channels: name


class SoundTrack:
    """A sound stream of an output container.

    Args:
        container: The file being written, before its first packet.
        wav: The sound; None adds no stream, and the calls below do nothing.
        codec: ``aac`` or ``flac``.
    """

    def __init__(self, container: OutputContainer, wav: Path | None, *, codec: str = "aac") -> None:
        self._container = container
        self._blocks: Iterator[NDArray[np.float32]] = iter(())
        self._stream: AudioStream | None = None
        self._position = 0
        if wav is None:
            return
        self._blocks = read_audio(wav, sample_rate_hz=SAMPLE_RATE_HZ, block_samples=BLOCK_SAMPLES)
        self._next = next(self._blocks, None)
        channels = 1 if self._next is None else self._next.shape[1]
        stream = cast("AudioStream", container.add_stream(codec, rate=SAMPLE_RATE_HZ))
        stream.codec_context.layout = self._layout = LAYOUTS[channels]
        stream.codec_context.format = self._format = "fltp" if codec == "aac" else "s32"
        if codec == "aac":
            stream.codec_context.bit_rate = min(
                BIT_RATE_BPS_PER_CHANNEL * max(2, channels), MAX_BIT_RATE_BPS
            )
        stream.codec_context.time_base = Fraction(1, SAMPLE_RATE_HZ)
        self._stream = stream

    def write_until(self, time_s: float) -> None:
        """Write the sound up to a time; ``math.inf`` writes the rest and closes the track."""
        from av.audio.frame import AudioFrame

        if self._stream is None:
            return
        while self._next is not None and self._position < time_s * SAMPLE_RATE_HZ:
            frame = AudioFrame.from_ndarray(
                self._as_written(self._next), format=self._format, layout=self._layout
            )
            frame.sample_rate = SAMPLE_RATE_HZ
            frame.pts, frame.time_base = self._position, Fraction(1, SAMPLE_RATE_HZ)
            self._container.mux(self._stream.encode(frame))
            self._position += len(self._next)
            self._next = next(self._blocks, None)
        if math.isinf(time_s):
            self._container.mux(self._stream.encode(None))
            self._stream = None

    def _as_written(self, block: NDArray[np.float32]) -> NDArray[np.float32] | NDArray[np.int32]:
        """Planar float for AAC; interleaved 32 bit, of which FLAC keeps the upper 24, for FLAC."""
        if self._format == "fltp":
            return np.ascontiguousarray(block.T)
        full_scale = 2.0**23
        whole = np.clip(
            np.round(block.astype(np.float64) * full_scale), -full_scale, full_scale - 1
        )
        return (whole.astype(np.int32) << 8).reshape(1, -1)
