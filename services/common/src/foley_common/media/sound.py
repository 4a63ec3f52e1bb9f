"""The sound of a file on the clock of its picture."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from foley_common.channels import ChannelLayout, layout_of
from foley_common.errors import UndecodableMedia
from foley_common.media.container import open_media
from foley_common.media.sound_streams import layout_of_streams, sound_streams
from foley_common.media.stream import first_frame_time

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.layout import AudioLayout
    from av.container import InputContainer

_log = logging.getLogger(__name__)

JUMP_S = Fraction(
    1, 50
)  # a stamp this far from where the sound stands is a gap or an overlap; Matroska rounds to 1 ms
MAX_GAP_S = 4 * 3600  # a stamp further ahead than the longest video we take is damage, not silence
PACKED = "flt"  # interleaved samples: PyAV 18.1 reads beyond the end of planar frames of 8 channels
LOUDEST = 64.0  # +36 dBFS; a floating-point sample beyond it is damage


def read_audio(
    path: Path, *, sample_rate_hz: int, block_samples: int = 48_000
) -> Iterator[NDArray[np.float32]]:
    """Give the sound in blocks of shape ``(block_samples, channels)``, the last one shorter; none without sound.

    Sample 0 is the presentation time of the first video frame: sound before it is cut off, a late start and gaps are
    silence. In a file without picture, sample 0 is the start of the sound. Nothing is added after the sound's end.
    Where a file keeps its channels in streams of their own (`sound_streams`), they are given together.
    Samples that are no numbers are silence, and none is beyond `LOUDEST`.

    Raises:
        UndecodableMedia: not a media file, or there is a picture of which no frame can be decoded.
    """
    origin = _origin(path)
    with open_media(path) as container:
        count = len(sound_streams(container))
    tracks = [
        _blocks(_resampled(path, origin, sample_rate_hz, number), block_samples)
        for number in range(count)
    ]
    if count == 1:
        yield from tracks[0]
        return
    for row in zip_longest(*tracks):
        joined = np.zeros((max(len(part) for part in row if part is not None), count), np.float32)
        for channel, part in enumerate(row):
            if part is not None:
                joined[: len(part), channel] = part[:, 0]
        yield joined


def _blocks(
    source: Iterator[NDArray[np.float32]], block_samples: int
) -> Iterator[NDArray[np.float32]]:
    """Pieces of any length as blocks of one, the last one shorter."""
    pieces: list[NDArray[np.float32]] = []
    held = 0
    for piece in source:
        pieces.append(piece)
        held += len(piece)
        if held >= block_samples:
            joined = np.concatenate(pieces)
            whole = held - held % block_samples
            for start in range(0, whole, block_samples):
                yield joined[start : start + block_samples]
            pieces, held = [joined[whole:]], held - whole
    if held:
        yield np.concatenate(pieces)


def sound_layout(path: Path) -> ChannelLayout | None:
    """The layout of the channels that `read_audio` gives; None without sound.

    Raises:
        UndecodableMedia: not a media file.
    """
    with open_media(path) as container:
        together = layout_of_streams(sound_streams(container))
        frame = next(_frames(container, path.name), None)
        if frame is None:
            return None
        return together or layout_of(
            frame.layout.name, tuple(c.name for c in frame.layout.channels)
        )


def sound_rate_hz(path: Path) -> int:
    """The sampling rate of a file's sound; 0 without sound.

    Raises:
        UndecodableMedia: not a media file.
    """
    with open_media(path) as container:
        frame = next(_frames(container, path.name), None)
        return 0 if frame is None else frame.sample_rate


def _origin(path: Path) -> Fraction | None:
    """Time of the first frame; None for a file with sound only."""
    try:
        return first_frame_time(path)
    except UndecodableMedia as error:
        if error.metadata.get("detail") == "no video stream":
            return None
        raise


def _resampled(
    path: Path, origin: Fraction | None, sample_rate_hz: int, number: int
) -> Iterator[NDArray[np.float32]]:
    """Pieces ``(n, channels)`` of one of the sound's streams at the wanted rate."""
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler

    resampler: AudioResampler | None = None
    for piece, rate, layout in _aligned(path, origin, number):
        if rate == sample_rate_hz:
            yield piece
            continue
        resampler = resampler or AudioResampler(format=PACKED, layout=layout, rate=sample_rate_hz)
        frame = AudioFrame.from_ndarray(
            np.ascontiguousarray(piece).reshape(1, -1), format=PACKED, layout=layout
        )
        frame.sample_rate = rate
        yield from map(_samples, resampler.resample(frame))
    if resampler is not None:
        yield from map(_samples, resampler.resample(None))


def _aligned(
    path: Path, origin: Fraction | None, number: int
) -> Iterator[tuple[NDArray[np.float32], int, AudioLayout]]:
    """Pieces ``(n, channels)`` at the file's own rate and layout that follow each other without a gap."""
    position = 0  # samples given so far
    for piece, time, rate, layout in _as_float(path, number):
        samples = piece
        origin = time if origin is None else origin
        behind = round((time - origin) * rate) - position
        # Before the origin, and where stamps jump, the stamp decides; else samples simply follow each other.
        if (position == 0 or abs(behind) > JUMP_S * rate) and abs(behind) <= MAX_GAP_S * rate:
            if behind > 0:
                for start in range(0, behind, rate):
                    yield (
                        np.zeros((min(rate, behind - start), samples.shape[1]), np.float32),
                        rate,
                        layout,
                    )
                position += behind
            else:
                samples = samples[-behind:]
        if len(samples):
            position += len(samples)
            yield samples, rate, layout


def _as_float(
    path: Path, number: int
) -> Iterator[tuple[NDArray[np.float32], Fraction, int, AudioLayout]]:
    """Decoded sound ``(n, channels)`` with its presentation time, in the rate and layout that it starts with."""
    from av.audio.resampler import AudioResampler

    with open_media(path) as container:
        resampler: AudioResampler | None = None
        shape: tuple[object, ...] = ()
        rate, time = 0, Fraction(0)
        layout: AudioLayout | None = None
        for frame in _frames(container, path.name, number):
            rate, layout = rate or frame.sample_rate, layout or frame.layout
            if frame.pts is not None and frame.time_base:
                time = frame.pts * frame.time_base
            if (frame.sample_rate, frame.layout.name, frame.format.name) != shape:
                shape = (frame.sample_rate, frame.layout.name, frame.format.name)
                resampler = AudioResampler(format=PACKED, layout=layout, rate=rate)
            assert resampler is not None
            for converted in resampler.resample(frame):
                samples = _sound(_samples(converted))
                yield samples, time, rate, layout
                time += Fraction(len(samples), rate)


def _frames(container: InputContainer, name: str, number: int = 0) -> Iterator[AudioFrame]:
    """Decode one of the sound's streams; damaged packets are left out, a break ends it."""
    import av.error

    streams = sound_streams(container)
    if not streams:
        return
    source = container.demux(streams[number])
    while True:
        try:
            packet = next(source)
        except StopIteration:
            return
        except av.error.FFmpegError as error:
            _log.warning("the sound breaks off", extra={"file": name, "error": str(error)})
            return
        try:
            yield from packet.decode()  # type: ignore[misc]
        except av.error.FFmpegError:
            _log.debug("a packet of sound cannot be decoded", extra={"file": name})


def _samples(frame: AudioFrame) -> NDArray[np.float32]:
    """Packed float frame to ``(n, channels)``."""
    packed = np.asarray(frame.to_ndarray(), np.float32)
    return packed.reshape(-1, len(frame.layout.channels))


def _sound(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The samples with what is no sound made harmless; only files of floating-point samples can hold such."""
    if samples.size and float(np.abs(samples).max()) <= LOUDEST:  # false for NaN too
        return samples
    return np.clip(np.nan_to_num(samples, nan=0.0), -LOUDEST, LOUDEST)
