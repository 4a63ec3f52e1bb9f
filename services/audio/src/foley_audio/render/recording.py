"""Parts of recordings: any format that the media library reads, cut by presentation time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from foley_audio.domain.types import SampleArray
from foley_audio.render.wav import WavWriter
from foley_common.errors import FieldViolation, InvalidField, UndecodableMedia
from foley_common.media.audio_streams import no_such_stream
from foley_common.media.container import open_media
from foley_common.media.sound_streams import has_decoder
from foley_common.timebase import nearest_sample

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

SEEK_MARGIN_S = 0.5  # decoding starts this early, so that codecs with overlap are settled
LONGEST_SLICE_S = 600.0  # a slice is held in memory
MOST_DAMAGED = 50  # packets one after the other that are left out: about a second of AAC


def cut_slices(
    recording: Path,
    ranges_s: Sequence[tuple[float, float]],
    folder: Path,
    *,
    sample_rate_hz: int,
    stream: int = 1,
    on_progress: Callable[[int, int, str], None],
) -> list[Path]:
    """Cut spans ``[start, end)`` out of a recording, a file each; see `cut_slice`.

    Args:
        recording: Any container with sound.
        ranges_s: Starts and ends, from the first sample of the sound.
        folder: Existing folder for the files.
        sample_rate_hz: Of the slices; 0 keeps the recording's own.
        stream: Which of its audio streams, from 1.
        on_progress: Called with done, total and unit, between packets too; may raise to stop the work.
    """
    paths: list[Path] = []
    for i, (start_s, end_s) in enumerate(ranges_s):
        path = folder / f"slice-{i:03d}.wav"
        cut_slice(
            recording,
            start_s,
            end_s,
            path,
            sample_rate_hz=sample_rate_hz,
            stream=stream,
            field=f"ranges[{i}]",
            on_packet=partial(on_progress, i, len(ranges_s), "slices"),
        )
        paths.append(path)
        on_progress(i + 1, len(ranges_s), "slices")
    return paths


def cut_slice(
    recording: Path,
    start_s: float,
    end_s: float,
    out: Path,
    *,
    sample_rate_hz: int,
    stream: int = 1,
    field: str,
    on_packet: Callable[[], None] = lambda: None,
) -> None:
    """Cut ``[start_s, end_s)`` out of a recording's audio stream into a 24-bit WAV of the same channels.

    Args:
        recording: Any container with sound.
        start_s: From the first sample of the sound.
        end_s: The same; an end beyond the recording's is its end.
        out: File to write.
        sample_rate_hz: Of the slice; 0 keeps the recording's own.
        stream: Which of its audio streams, from 1.
        field: Name of the range in the request, for errors.
        on_packet: Called at every packet that is read; may raise to stop the work.

    Raises:
        UndecodableMedia: no sound can be read.
        InvalidField: the range starts after the end, or is longer than ten minutes; or there is no such stream.
    """
    if min(end_s, 1e12) - start_s > LONGEST_SLICE_S and math.isfinite(end_s):
        raise InvalidField([FieldViolation(field, f"must be at most {LONGEST_SLICE_S:g} s long")])
    pieces: list[SampleArray] = []
    rate, taken, limit = 0, 0, 0
    for rate, index, block in decoded_blocks(recording, start_s, stream, on_packet=on_packet):
        first, last = nearest_sample(start_s, rate), _end_sample(end_s, rate)
        limit = round(LONGEST_SLICE_S * rate)
        if index >= last:
            break
        piece = block[max(0, first - index) : max(0, last - index)]
        if piece.shape[0]:
            pieces.append(piece)
            taken += piece.shape[0]
        if taken > limit:
            raise InvalidField(
                [FieldViolation(field, f"must be at most {LONGEST_SLICE_S:g} s long")]
            )
    if not pieces:
        raise InvalidField(
            [FieldViolation(field, f"starts at {start_s:g} s, after the end of the recording")]
        )
    write_slice(out, np.concatenate(pieces), rate, sample_rate_hz)


def write_slice(out: Path, sound: SampleArray, rate_hz: int, wanted_hz: int) -> None:
    """Write a piece of a recording, shape ``(n, channels)``, as 24-bit WAV; ``wanted_hz`` 0 keeps its rate."""
    if wanted_hz and wanted_hz != rate_hz:
        import soxr

        sound = np.asarray(
            soxr.resample(sound, rate_hz, wanted_hz, quality="VHQ"), dtype=np.float32
        )
        rate_hz = wanted_hz
    with WavWriter(
        out, sample_rate_hz=rate_hz, channels=sound.shape[1], total_samples=sound.shape[0]
    ) as file:
        file.write(sound)


def _end_sample(end_s: float, rate: int) -> int:
    return nearest_sample(end_s, rate) if math.isfinite(end_s) else 1 << 62


def decoded_blocks(
    recording: Path,
    start_s: float,
    stream_number: int = 1,
    *,
    on_packet: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, int, SampleArray]]:
    """Blocks as ``(rate, index of the first sample, shape (n, channels))`` from a little before ``start_s`` on.

    Args:
        recording: Any container with sound.
        start_s: From the first sample of the sound.
        stream_number: Which of its audio streams, from 1.
        on_packet: Called at every packet of the file, of other streams too; may raise to stop the reading.

    Raises:
        UndecodableMedia: no sound can be read, or not of this stream, or it changes its form in the middle.
        InvalidField: there is no such stream.
    """
    import av
    import av.error

    with open_media(recording, wanted="recording") as container:
        streams = container.streams.audio
        if not streams:
            raise UndecodableMedia("the recording has no sound")
        if not 1 <= stream_number <= len(streams):
            raise no_such_stream(stream_number, len(streams))
        stream = streams[stream_number - 1]
        which = f"audio stream {stream_number} of the" if len(streams) > 1 else "the"
        if not has_decoder(stream):
            raise UndecodableMedia(f"{which} recording is of a kind that we cannot decode")
        origin = Fraction(stream.start_time or 0) * (stream.time_base or Fraction(1))
        convert, stored = av.AudioResampler(format="flt"), ""
        expected: int | None = None
        try:
            seek_s = start_s - SEEK_MARGIN_S
            if seek_s > 0 and stream.time_base:
                container.seek(int((Fraction(seek_s) + origin) / stream.time_base), stream=stream)
            for frame in _of_one_form(_frames_of(container, stream, on_packet), which):
                rate = frame.sample_rate
                if frame.format.name != stored:
                    stored, convert = frame.format.name, av.AudioResampler(format="flt")
                if expected is None:
                    at = Fraction(frame.pts or 0) * (frame.time_base or Fraction(1, rate)) - origin
                    expected = nearest_sample(float(at), rate)
                for plain in convert.resample(frame):
                    block = (
                        plain.to_ndarray()
                        .reshape(-1, len(plain.layout.channels))
                        .astype(np.float32)
                    )
                    yield rate, expected, block
                    expected += block.shape[0]
        except av.error.FFmpegError as error:
            raise UndecodableMedia(f"{which} recording cannot be read: {error}") from error


def _of_one_form(frames: Iterator[AudioFrame], which: str) -> Iterator[AudioFrame]:
    """The same frames; raises UndecodableMedia where their rate or their channels change."""
    form: tuple[int, str] | None = None
    for frame in frames:
        form = form or (frame.sample_rate, frame.layout.name)
        if form != (frame.sample_rate, frame.layout.name):
            raise UndecodableMedia(f"{which} recording changes its sampling rate or its channels")
        yield frame


def _frames_of(
    container: InputContainer, stream: AudioStream, on_packet: Callable[[], None]
) -> Iterator[AudioFrame]:
    """Frames of one stream, packet by packet of all: one stream's next may be gigabytes away, or nowhere.

    Damaged packets are left out, as in videos; where too many follow each other the recording breaks off.
    """
    import av.error

    damaged = 0
    for packet in container.demux():
        on_packet()
        if (
            packet.stream.index != stream.index
        ):  # the packet's own `stream_index` is 0 at the end of every stream
            continue
        try:
            frames = cast("list[AudioFrame]", packet.decode())
        except av.error.FFmpegError:
            damaged += 1
            if damaged > MOST_DAMAGED:
                raise
            continue
        damaged = 0
        yield from frames
