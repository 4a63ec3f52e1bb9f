"""Which audio streams a recording has: a field recorder keeps its microphones apart. They are counted from 1."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from foley_common.errors import FieldViolation, InvalidField, UndecodableMedia
from foley_common.media.container import open_media
from foley_common.media.sound_streams import has_decoder

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer


@dataclass(frozen=True, slots=True)
class AudioStreams:
    """The audio streams of a recording.

    Attributes:
        main: The one that players take, from 1; one that can be decoded, where there is any.
        lengths_s: How long each is by the container, in order; 0 where it does not say.
    """

    main: int
    lengths_s: tuple[float, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.lengths_s)

    def require(self, number: int) -> None:
        """Raise InvalidField unless there is a stream of this number."""
        if not 1 <= number <= self.count:
            raise no_such_stream(number, self.count)


def audio_streams(recording: Path) -> AudioStreams:
    """Look into a recording.

    Raises:
        UndecodableMedia: it is no media file, or has no sound.
    """
    with open_media(recording, wanted="recording") as container:
        streams = list(container.streams.audio)
        if not streams:
            raise UndecodableMedia("the recording has no sound", file=recording.name)
        best = container.streams.best("audio")
        sound = [stream for stream in streams if has_decoder(stream)] or streams
        main = next((s for s in sound if best is not None and s.index == best.index), sound[0])
        return AudioStreams(
            streams.index(main) + 1, tuple(_length_s(stream, container) for stream in streams)
        )


def sound_duration_s(recording: Path, stream: int | None = None) -> float:
    """Length of one of a recording's audio streams in seconds by its container; 0 when it does not say.

    Args:
        recording: Any container with sound.
        stream: Which one, from 1; None takes the longest.

    Raises:
        UndecodableMedia: it is no media file, or has no sound.
        InvalidField: there is no such stream.
    """
    streams = audio_streams(recording)
    if stream is None:
        return max(streams.lengths_s)
    streams.require(stream)
    return streams.lengths_s[stream - 1]


def no_such_stream(number: int, count: int) -> InvalidField:
    """The error for the number of a stream that is not there; 0 is no stream, though it may mean "choose one"."""
    streams = "1 audio stream" if count == 1 else f"{count} audio streams"
    return InvalidField(
        [
            FieldViolation(
                "audio_stream",
                f"is {number}; the recording has {streams}, counted from 1: name one of them, or none for the one "
                "with most steps",
            )
        ]
    )


def _length_s(stream: AudioStream, container: InputContainer) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    tagged_s = _clock_s(stream.metadata.get("DURATION", ""))  # where Matroska's writers put it
    return tagged_s or (container.duration / 1e6 if container.duration else 0.0)


def _clock_s(text: str) -> float:
    """Seconds of ``HH:MM:SS.fraction``; 0 for any other text.

    >>> _clock_s("01:00:02.500000000"), _clock_s("soon")
    (3602.5, 0.0)
    """
    parts = text.strip().split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return 0.0
    total_s = 3600 * hours + 60 * minutes + seconds
    return total_s if 0 <= total_s < float("inf") else 0.0
