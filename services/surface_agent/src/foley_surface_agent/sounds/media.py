"""Recordings of strangers to FLAC: decoded and encoded anew, so that what is stored is sound and nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import MediaTooLarge, UndecodableMedia
from foley_common.media.container import open_media
from foley_common.media.sound import read_audio

SAMPLE_RATE_HZ = 48_000  # what the audio service works in
MEDIA_TYPE = "audio/flac"
SUFFIX = ".flac"
SHORTEST_S = 0.2  # no footstep is shorter
_FULL_SCALE = 32767.0  # 16 bit
_LIBAV_CLOCK_HZ = 1_000_000  # of a container's duration


def to_flac(
    source: Path, to: Path, *, max_duration_s: float, check: Callable[[], None] = lambda: None
) -> float:
    """Write the sound of a file as FLAC, 48 kHz, 16 bit, one or two channels, without tags or pictures.

    Args:
        source: Any container that the media library reads.
        to: The file to write; whole or not there.
        max_duration_s: Longest sound to take.
        check: Called between blocks of sound; raises to stop.

    Returns:
        How long it is, in seconds.

    Raises:
        UndecodableMedia: there is no sound that can be decoded.
        MediaTooLarge: it is longer than that.
    """
    partial = to.with_suffix(".part")
    try:
        with _in_words_for_sounds(source):
            count = _write(source, partial, max_duration_s, check)
        partial.rename(to)
    finally:
        partial.unlink(missing_ok=True)
    return count / SAMPLE_RATE_HZ


def _write(source: Path, to: Path, max_duration_s: float, check: Callable[[], None]) -> int:
    """Samples written."""
    import av

    count = 0
    with av.open(str(to), "w", format="flac") as output:
        stream = None
        for block in read_audio(source, sample_rate_hz=SAMPLE_RATE_HZ):
            check()
            count += len(block)
            if count > max_duration_s * SAMPLE_RATE_HZ:
                raise too_long(max_duration_s)
            samples = _one_or_two_channels(block)
            layout = "mono" if samples.shape[1] == 1 else "stereo"
            if stream is None:
                stream = output.add_stream("flac", rate=SAMPLE_RATE_HZ, layout=layout)
            whole = np.rint(np.clip(samples, -1, 1) * _FULL_SCALE).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s16", layout=layout)
            frame.sample_rate = SAMPLE_RATE_HZ
            output.mux(stream.encode(frame))
        if stream is None or count < SHORTEST_S * SAMPLE_RATE_HZ:
            raise _NoSound("it holds no sound to speak of")
        output.mux(stream.encode(None))
    return count


def told_of(source: Path) -> tuple[float, dict[str, str]]:
    """How long a file's sound says it is (0 when it does not say), and its tags, keys in lower case.

    Raises:
        UndecodableMedia: it holds no sound.
    """
    with _in_words_for_sounds(source), open_media(source) as container:
        stream = container.streams.best("audio")
        if stream is None:
            raise _NoSound("it holds no sound")
        tags = {**container.metadata, **stream.metadata}
        if stream.duration is not None and stream.time_base is not None:
            length_s = float(stream.duration * stream.time_base)
        else:
            length_s = (container.duration or 0) / _LIBAV_CLOCK_HZ
        return length_s, {key.lower(): value for key, value in tags.items()}


class _NoSound(Exception):
    """What is wrong, in words that a reader of rejections understands."""


@contextlib.contextmanager
def _in_words_for_sounds(source: Path) -> Iterator[None]:
    """The media library speaks of videos that cannot be read; this is about a recording."""
    try:
        yield
    except _NoSound as error:
        raise UndecodableMedia(str(error), file=source.name) from error
    except UndecodableMedia as error:
        raise UndecodableMedia(
            "it is no recording that can be read", file=source.name, **_detail(error)
        ) from error


def _detail(error: UndecodableMedia) -> dict[str, str]:
    return {"detail": error.metadata["detail"]} if "detail" in error.metadata else {}


def too_long(max_duration_s: float) -> MediaTooLarge:
    """The error for a recording that is too long."""
    return MediaTooLarge(
        f"it is longer than {max_duration_s:g} s, the longest that is taken",
        limit=f"{max_duration_s:g}",
        unit="s",
    )


def _one_or_two_channels(block: NDArray[np.float32]) -> NDArray[np.float32]:
    if block.shape[1] <= 2:
        return block
    return block.mean(axis=1, keepdims=True, dtype=np.float32)
