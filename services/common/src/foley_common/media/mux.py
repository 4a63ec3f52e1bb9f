"""Putting a sound into a video without touching its picture.

The picture's packets are copied; presentation time 0 of the result is the first frame that the source shows.
Rotation, colour tags, aspect ratio and start time code stay. Other metadata (place, device, owner) does not.
"""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from foley_common.media.container import open_video
from foley_common.media.encode import MP4_OPTIONS
from foley_common.media.info import VideoInfo
from foley_common.media.sound_track import SoundTrack
from foley_common.media.stream import first_frame_time

_log = logging.getLogger(__name__)

# What MP4 players know, so that the picture is copied. AV1 is one of them: ISO 14496-12 binding of 2018, played by
# Chrome, Edge, Firefox, VLC, mpv, Android, and Apple devices that have the decoder. VP9 in MP4 is not (design §7).
MP4_CODECS = frozenset({"h264", "hevc", "av1", "mpeg4"})
REENCODE_CRF = 18  # looks like the source; the untouched picture lies beside it
REENCODE_PRESET = "fast"
PROGRESS_EVERY = 25  # frames


@dataclass(frozen=True, slots=True)
class MuxResult:
    """What `mux` wrote.

    Attributes:
        video: The MP4 file.
        copied: True when its picture was copied, False when it had to be encoded again as H.264.
        untouched: Matroska file with the copied picture; None when the MP4 has it.
    """

    video: Path
    copied: bool
    untouched: Path | None


def mux(
    video: Path, sound_wav: Path, out: Path, info: VideoInfo, *, on_progress: Callable[[int, int], None] | None = None
) -> MuxResult:
    """Write ``out`` (MP4): the picture of ``video`` with ``sound_wav`` as its only sound.

    Args:
        video: The source.
        sound_wav: Sample 0 stands at the first frame. A longer or shorter sound than the picture stays so.
        out: The file to write; where MP4 players do not know the codec, also ``out`` with the suffix ``.mkv``.
        info: What `probe` said about the source.
        on_progress: Called with frames done and frames in all.

    Raises:
        UndecodableMedia: the source cannot be read.
        OSError: the result cannot be written.
    """
    report = on_progress or (lambda _done, _total: None)
    if info.video_codec in MP4_CODECS and _copy(video, sound_wav, out, info, report, into="mp4"):
        return MuxResult(out, copied=True, untouched=None)
    beside = out.with_suffix(".mkv")
    kept = _copy(video, sound_wav, beside, info, report, into="matroska")
    if not kept:
        with contextlib.suppress(FileNotFoundError):
            beside.unlink()
    _encode_again(video, sound_wav, out, info, report)
    return MuxResult(out, copied=False, untouched=beside if kept else None)


def _copy(
    video: Path, sound_wav: Path, out: Path, info: VideoInfo, report: Callable[[int, int], None], *, into: str
) -> bool:
    """Copy the picture; False when this container cannot hold these packets (no stamps, no room for the codec)."""
    import av
    import av.error

    options = MP4_OPTIONS if into == "mp4" else {}
    with open_video(video) as source:
        origin = first_frame_time(source)
        try:
            with av.open(str(out), mode="w", format=into, options=options) as container:
                stream = container.add_stream_from_template(source.stream)
                if into == "mp4" and info.video_codec == "hevc":
                    stream.codec_tag = "hvc1"  # Apple's players refuse hev1
                if info.start_timecode:
                    stream.metadata["timecode"] = info.start_timecode
                track = SoundTrack(container, sound_wav, codec="aac" if into == "mp4" else "flac")
                done = _copy_packets(source, container, stream, track, origin, info, report)
                track.write_until(math.inf)
        except (av.error.InvalidDataError, av.error.ArgumentError, ValueError) as error:
            _log.info(
                "the picture cannot be copied",
                extra={"file": video.name, "codec": info.video_codec, "container": into, "error": str(error)},
            )
            return False
    return done > 0
