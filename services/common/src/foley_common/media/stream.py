"""One pass over a picture stream: packets, and the frames that come out of them, whatever the damage."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from foley_common.errors import UndecodableMedia
from foley_common.media.container import OpenVideo, open_video

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_log = logging.getLogger(__name__)


def first_frame_time(path: Path) -> Fraction:
    """Presentation time of the first frame, in the container's own seconds.

    Raises:
        UndecodableMedia: not a video, or no frame can be decoded.
    """
    with open_video(path) as video:
        first = next(decoded(video), None)
    if first is None:
        raise no_frame(path.name)
    return stamp(first)


def no_frame(name: str) -> UndecodableMedia:
    """The error for a video stream out of which no picture comes."""
    return UndecodableMedia(
        f"no frame of {name!r} can be decoded; the file is damaged or cut off before its first picture",
        file=name,
        detail="no decodable frame",
    )


def stamp(frame: VideoFrame) -> Fraction:
    """Presentation time of a frame that `decoded` gave, in the container's own seconds."""
    return Fraction(frame.pts or 0) * (frame.time_base or Fraction(1))


def decoded(video: OpenVideo) -> Iterator[VideoFrame]:
    """Decode from where the container stands; frames in increasing order of time, what is damaged left out."""
    import av.error

    last: int | None = None
    pending: list[
        int
    ] = []  # stamps of packets that have not come out; used where packets carry another's stamp
    guessed = stamps_are_guessed(video)
    for packet in packets(video):
        if guessed and packet.size and packet.pts is not None:
            heapq.heappush(pending, packet.pts)
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            _log.debug("a packet cannot be decoded", extra={"file": video.name})
            continue
        except av.error.FFmpegError as error:
            _log.warning("decoding stopped", extra={"file": video.name, "error": str(error)})
            return
        for frame in frames:
            if pending:
                frame.pts = heapq.heappop(pending)
            if frame.pts is None:
                frame.pts = 0 if last is None else last + _usual_step(video.stream)
            if last is not None and frame.pts <= last:
                continue
            last = frame.pts
            yield frame


def stamps_are_guessed(video: OpenVideo) -> bool:
    """True in AVI, which stores no presentation times: libavformat stamps packets in decoding order.

    The stamps as a set are right, and frames come out of the decoder in order, so each takes the earliest one left.
    """
    return video.container.format.name == "avi"


def packets(video: OpenVideo) -> Iterator[Packet[VideoStream]]:
    """Demux the picture stream until its end or its break; ends with an empty packet, which flushes the decoder."""
    import av.error

    source = video.container.demux(video.stream)
    cut_is_flagged = (
        video.container.format.name != "mpegts"
    )  # there it marks lost radio packets inside a frame
    while True:
        try:
            packet = next(source)
        except StopIteration:
            return
        except av.error.FFmpegError as error:
            _log.warning("the file breaks off", extra={"file": video.name, "error": str(error)})
            import av

            flush: Packet[VideoStream] = av.Packet()  # type: ignore[assignment]
            flush.stream = video.stream
            yield flush
            return
        if not (packet.is_corrupt and cut_is_flagged):
            yield packet


def _usual_step(stream: VideoStream) -> int:
    rate, base = stream.average_rate or stream.guessed_rate, stream.time_base
    return max(1, round(1 / (rate * base))) if rate and base else 1
