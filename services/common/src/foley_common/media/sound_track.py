# pyright: reportUnknownMemberType=false
"""One sound track of a file that is being written, fed from a WAV file as the picture goes on.

Sample 0 of the WAV is presentation time 0. The AAC encoder starts with 1024 samples of priming; their stamps are
negative and the MP4 edit list hides them, so a player hears sample 0 at time 0. FLAC and PCM have no priming and no
loss, and keep the sampling rate of the WAV. Channels keep their loudspeakers; AAC knows 5.0 and 5.1 by one name each,
so that surrounds at the side get the name of surrounds at the back.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from foley_common.channels import MONO
from foley_common.media.sound import read_audio, sound_layout, sound_rate_hz

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

SAMPLE_RATE_HZ = 48_000  # of AAC: what video sound has everywhere
BLOCKS_PER_SECOND = 10  # how closely the sound is interleaved with the picture
BIT_RATE_BPS_PER_CHANNEL = 128_000  # 256 kbit/s in stereo: no audible loss with libavcodec's AAC
MAX_BIT_RATE_BPS = 640_000
AAC_LAYOUTS = {"5.0(side)": "5.0", "5.1(side)": "5.1"}
# What the encoder takes; packed, because PyAV 18.1 reads beyond the end of planar frames of 8 channels.
FRAME_FORMATS = {"aac": "flt", "flac": "s32", "pcm_s24le": "s32", "pcm_f32le": "flt"}


class SoundTrack:
    """A sound stream of an output container.

    Args:
        container: The file being written, before its first packet.
        wav: The sound; None adds no stream, and the calls below do nothing.
        codec: ``aac``, ``flac``, ``pcm_s24le`` or ``pcm_f32le``.
    """

    def __init__(self, container: OutputContainer, wav: Path | None, *, codec: str = "aac") -> None:
        self._container = container
        self._blocks: Iterator[NDArray[np.float32]] = iter(())
        self._stream: AudioStream | None = None
        self._position = 0
        if wav is None:
            return
        self._rate_hz = SAMPLE_RATE_HZ if codec == "aac" else sound_rate_hz(wav)
        self._blocks = read_audio(
            wav,
            sample_rate_hz=self._rate_hz,
            block_samples=self._rate_hz // BLOCKS_PER_SECOND,
        )
        self._next = next(self._blocks, None)
        layout = sound_layout(wav) or MONO
        self._layout = AAC_LAYOUTS.get(layout.name, layout.name) if codec == "aac" else layout.name
        self._format = FRAME_FORMATS[codec]
        stream = cast("AudioStream", container.add_stream(codec, rate=self._rate_hz))
        stream.codec_context.layout = self._layout
        stream.codec_context.format = "fltp" if codec == "aac" else self._format
        if codec == "aac":
            stream.codec_context.bit_rate = min(
                BIT_RATE_BPS_PER_CHANNEL * max(2, layout.channel_count), MAX_BIT_RATE_BPS
            )
        stream.codec_context.time_base = Fraction(1, self._rate_hz)
        self._stream = stream

    def write_until(self, time_s: float) -> None:
        """Write the sound up to a time; ``math.inf`` writes the rest and closes the track."""
        from av.audio.frame import AudioFrame

        if self._stream is None:
            return
        while self._next is not None and self._position < time_s * self._rate_hz:
            frame = AudioFrame.from_ndarray(
                self._as_written(self._next), format=self._format, layout=self._layout
            )
            frame.sample_rate = self._rate_hz
            frame.pts, frame.time_base = self._position, Fraction(1, self._rate_hz)
            self._container.mux(self._stream.encode(frame))
            self._position += len(self._next)
            self._next = next(self._blocks, None)
        if math.isinf(time_s):
            self._container.mux(self._stream.encode(None))
            self._stream = None

    def _as_written(self, block: NDArray[np.float32]) -> NDArray[np.float32] | NDArray[np.int32]:
        """Interleaved: as they are, or in 32 bit, of which FLAC and PCM keep the upper 24."""
        if self._format == "flt":
            return np.ascontiguousarray(block).reshape(1, -1)
        full_scale = 2.0**23
        whole = np.clip(
            np.round(block.astype(np.float64) * full_scale), -full_scale, full_scale - 1
        )
        return (whole.astype(np.int32) << 8).reshape(1, -1)
