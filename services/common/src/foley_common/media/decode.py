"""Frames and sound by their presentation times; 0 s is the first video frame.

Edit lists are honoured (what they cut out is not shown). A file that breaks off gives what can be decoded before the
break. Pictures and times agree: `frame_times_s` has one entry for every frame that `read_frames` gives, unless
a packet in the middle is damaged: its time stands in the list and its picture never comes. Of interlaced frames the
first field is shown, filled up to a whole picture.
"""

from __future__ import annotations

import contextvars
import math
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from foley_common.media.container import OpenVideo, open_video
from foley_common.media.fields import progressive
from foley_common.media.pictures import Upright
from foley_common.media.sound import read_audio
from foley_common.media.stream import decoded, first_frame_time, no_frame, packets, stamp

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["TimedFrame", "frame_times_s", "read_ahead", "read_audio", "read_frames"]

_Frame = TypeVar("_Frame")

SEEK_BACK_S = (
    0.0,
    2.0,
    12.0,
)  # how far before the wanted time to look for a key frame, in turn; then from the start
NOT_SOUGHT_IN = ("mpeg",)
"""libavformat's names of containers that are read from the start: after a seek into an MPEG program stream (DVD, old
camcorders), where few packets are stamped, frames are up to 100 ms off their times."""
SAME_TIME_S = 1e-6  # stamps closer than this are one moment (time bases are 1/1000 s to 1/10^6 s)


@dataclass(frozen=True, slots=True, eq=False)
class TimedFrame:
    """One picture and when it is shown.

    Attributes:
        index: Number of the frame in the video, from 0.
        time_s: Presentation time from the first frame.
        picture: shape ``(height, width, 3)``, BGR, 8 bit, upright.
    """

    index: int
    time_s: float
    picture: NDArray[np.uint8]


def read_frames(
    path: Path, *, start_s: float = 0.0, end_s: float = math.inf, max_height_px: int | None = None
) -> Iterator[TimedFrame]:
    """Give the frames with ``start_s <= time_s < end_s`` in order of time, one at a time.

    Args:
        path: The video.
        start_s: Start of the part that is wanted, seconds from the first frame.
        end_s: End of that part; this moment is not in it.
        max_height_px: Scale pictures down to at most this height.

    Raises:
        UndecodableMedia: not a video, or no frame of it can be decoded.
    """
    index, origin = 0, None
    upright: Upright | None = None
    with open_video(path) as video:
        if start_s > 0:
            origin = first_frame_time(path)
            wanted = origin + Fraction(start_s)
            index = _count_before(path, origin, wanted)
        wanted = None if origin is None else origin + Fraction(start_s)
        frames = progressive(_frames_from(path, video, wanted), video.stream)
        given = 0
        for frame in frames:
            time = stamp(frame)
            origin = time if origin is None else origin
            upright = upright or Upright.for_frame(frame, max_height_px)
            time_s = float(time - origin)
            if time_s < start_s - SAME_TIME_S:
                continue
            if time_s >= end_s - SAME_TIME_S:
                break
            yield TimedFrame(index + given, time_s, upright.picture(frame))
            given += 1
        if origin is None:
            raise no_frame(path.name)


@contextmanager
def read_ahead(frames: Iterable[_Frame]) -> Generator[Iterator[_Frame]]:
    """The same frames in the block; each is read, by a thread, while the one before is worked on.

    The thread has the caller's context variables. A generator is closed with the block: the error that ended the work
    would keep its file and its decoder's threads until the garbage collector comes.
    """
    iterator = iter(frames)
    variables = contextvars.copy_context()
    try:
        with ThreadPoolExecutor(1, thread_name_prefix="read") as reader:

            def ahead() -> Iterator[_Frame]:
                coming = reader.submit(variables.run, next, iterator, None)
                while (frame := coming.result()) is not None:
                    coming = reader.submit(variables.run, next, iterator, None)
                    yield frame

            yield ahead()
    finally:
        if isinstance(iterator, Generator):
            iterator.close()


def frame_times_s(path: Path) -> NDArray[np.float64]:
    """Presentation time of every frame, shape ``(n,)``, increasing, the first one 0.

    Reads packets only, and decodes where packets carry no presentation times (AVI, raw streams).
    """
    origin = first_frame_time(path)
    times = _packet_times(path, origin)
    return np.asarray([float(time - origin) for time in times], np.float64)


def _frames_from(path: Path, video: OpenVideo, wanted: Fraction | None) -> Iterator[VideoFrame]:
    """Decode from a key frame at or before a time."""
    import av.error

    base = video.stream.time_base
    if wanted is None or base is None or video.container.format.name in NOT_SOUGHT_IN:
        yield from decoded(video)
        return
    for back_s in SEEK_BACK_S:
        try:
            video.container.seek(
                math.floor((wanted - Fraction(back_s)) / base), stream=video.stream, backward=True
            )
        except av.error.FFmpegError:
            continue
        frames = decoded(video)
        first = next(frames, None)
        if first is not None and stamp(first) <= wanted:
            yield first
            yield from frames
            return
    with open_video(path) as again:
        yield from decoded(again)


def _packet_times(path: Path, origin: Fraction, stop_at: Fraction | None = None) -> list[Fraction]:
    """Times of the frames from the origin on, in order; with ``stop_at``, all before it and some after."""
    with open_video(path) as video:
        base = video.stream.time_base or Fraction(1)
        stamps: set[int] = set()
        for packet in packets(video):
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.pts is None:
                break  # this container does not say; ask the decoder
            stamps.add(packet.pts)
            if stop_at is not None and packet.dts is not None and packet.dts * base > stop_at:
                return [time for time in (pts * base for pts in sorted(stamps)) if time >= origin]
        else:
            return [time for time in (pts * base for pts in sorted(stamps)) if time >= origin]
    with open_video(path) as video:
        return [stamp(frame) for frame in decoded(video)]


def _count_before(path: Path, origin: Fraction, wanted: Fraction) -> int:
    slack = Fraction(1, 10**6)
    return sum(time < wanted - slack for time in _packet_times(path, origin, stop_at=wanted))
