"""Which files are opened at all, and what is said when one cannot be.

The demuxer is chosen by content, from a closed list, and may read nothing but the file it is given: a playlist
(HLS, DASH, concat, image pattern) would make the server read other files or addresses.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from foley_common.errors import UndecodableMedia

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

# libavformat names; none follows links
DEMUXERS = "mov,matroska,avi,mpegts,mpeg,flv,ogg,asf,mxf,ivf,mp3,wav,w64,aiff,caf,au,wv,flac,aac"
PROTOCOLS = "file"
BOX_HEADER_BYTES = 8  # length and type of an ISO box; a long one has 8 bytes of length more
LONG_BOX = 1  # this length says: see the long one
MAX_PIXELS = 16_777_216  # 4096 × 4096: DCI 4K either way up; a decoder allocates no more than this per picture
LOG_LINE_LENGTH = 200  # characters of the library's log that an error quotes
_DIAGNOSIS = threading.Lock()  # libav's log level is one per process
_PICTURES = {  # first bytes of files that people rename
    b"\x89PNG\r\n\x1a\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"BM": "a BMP picture",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"#EXTM3U": "a playlist",
    b"ffconcat": "a playlist",
    b"<?xml": "an XML document",
}


@dataclass(frozen=True, slots=True)
class OpenVideo:
    """A container that is open, and its picture stream."""

    container: InputContainer
    stream: VideoStream
    name: str


@contextlib.contextmanager
def open_media(path: Path, *, wanted: str = "video") -> Generator[InputContainer]:
    """Open a file by its content.

    Args:
        path: The file.
        wanted: What it should have been, for errors.

    Raises:
        UndecodableMedia: it is empty, no container on the list, or damaged beyond reading.
        FileNotFoundError: there is no such file.
    """
    import av
    import av.error

    if path.stat().st_size == 0:
        raise UndecodableMedia(
            f"{path.name!r} is empty (0 bytes)", file=path.name, detail="empty file"
        )
    try:
        container = _open(path)
    except av.error.FFmpegError as error:
        raise unreadable(path, error, wanted) from error
    with container:
        yield container


@contextlib.contextmanager
def open_video(path: Path) -> Generator[OpenVideo]:
    """Open a file and choose its picture stream, decoding on all cores.

    Raises:
        UndecodableMedia: as `open_media`, or the file has sound only, or no stream at all.
    """
    from av.stream import Disposition

    with open_media(path) as container:
        streams = [
            s for s in container.streams.video if not s.disposition & Disposition.attached_pic
        ]
        if not streams:
            what = "holds sound but no picture" if container.streams.audio else "holds no picture"
            raise UndecodableMedia(
                f"{path.name!r} {what}; send a video", file=path.name, detail="no video stream"
            )
        stream = max(streams, key=lambda s: (bool(s.disposition & Disposition.default), -s.index))
        stream.thread_type = "AUTO"
        yield OpenVideo(container, stream, path.name)


def check_complete(path: Path) -> None:
    """Refuse an MP4 or MOV whose end is missing though its index can be read: a download that stopped.

    Every top-level box of an ISO file (ISO/IEC 14496-12, 4.2) says how long it is; one that ends after the file does
    was cut. A box of length 0 runs to the end of the file. Other containers are streams that may end anywhere.

    Raises:
        UndecodableMedia: bytes are missing.
    """
    if _kind(path) != "MP4":
        return
    size_bytes = path.stat().st_size
    start = 0
    with path.open("rb") as file:
        while start + BOX_HEADER_BYTES <= size_bytes:
            file.seek(start)
            header = file.read(2 * BOX_HEADER_BYTES)
            length = int.from_bytes(header[:4], "big")
            if length == LONG_BOX:
                length = int.from_bytes(header[8:16], "big")
            if length < BOX_HEADER_BYTES:
                return
            start += length
    if start > size_bytes:
        raise UndecodableMedia(
            f"{path.name!r} is truncated or incomplete: {start - size_bytes} bytes are missing at its end; copy or "
            "upload it again",
            file=path.name,
            detail="box past the end of the file",
        )


def unreadable(path: Path, error: Exception, wanted: str = "video") -> UndecodableMedia:
    """The error for a file that libav refused, with what its first bytes say about it."""
    detail = _last_log_line(path) or str(getattr(error, "strerror", None) or error)
    code = str(getattr(error, "errno", ""))
    kind = _kind(path)
    # Services call a fetched file what it is; its own name is not known to them.
    name = f"the {wanted}" if path.name == wanted else repr(path.name)
    if kind == "MP4":
        text = f"{name} is truncated or incomplete: its index (moov) cannot be read; copy or upload it again"
    elif kind:
        text = f"{name} is {kind}, not a {wanted}"
    else:
        text = f"{name} is not a {wanted} we can read"
    # libav's line about its whitelist lists every demuxer we take: for the metadata, not for people.
    said = text if "whitelist" in detail else f"{text} ({detail})"
    return UndecodableMedia(said, file=path.name, code=code, detail=detail)


def _open(path: Path) -> InputContainer:
    import av

    # An absolute path never parses as "protocol:rest"; the options bind demuxers that would open more.
    options = {
        "format_whitelist": DEMUXERS,
        "protocol_whitelist": PROTOCOLS,
        "max_pixels": str(MAX_PIXELS),
    }
    return av.open(str(path.resolve()), mode="r", options=options, metadata_errors="replace")


def _kind(path: Path) -> str:
    """What the first bytes say: ``MP4`` for an ISO file, a noun for well-known others, empty when not known."""
    with path.open("rb") as file:
        head = file.read(16)
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free"}:
        return "MP4"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "a WebP picture"
    return next((noun for magic, noun in _PICTURES.items() if head.startswith(magic)), "")


def _last_log_line(path: Path) -> str:
    """Open once more with the log on, to quote why it failed; the log stays off in normal work (it costs locks)."""
    import av
    import av.error
    import av.logging

    with _DIAGNOSIS:
        before, skipped = av.logging.get_level(), av.logging.get_skip_repeated()
        av.logging.set_skip_repeated(False)  # else the second bad file of a kind would say nothing
        av.logging.set_level(av.logging.ERROR)
        try:
            with av.logging.Capture() as lines, contextlib.suppress(av.error.FFmpegError):
                _open(path).close()
        finally:
            av.logging.set_level(before)
            av.logging.set_skip_repeated(skipped)
    said = [" ".join(text.split()) for _, _, text in lines if text.strip()]
    return said[-1][:LOG_LINE_LENGTH].replace(str(path.resolve()), path.name) if said else ""
