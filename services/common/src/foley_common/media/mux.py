# pyright: reportUnknownMemberType=false
"""Putting a sound into a video without touching its picture.

The picture's packets are copied; presentation time 0 of the result is the first frame that the source shows.
Rotation, colour tags, aspect ratio and start time code stay. Other metadata (place, device, owner) does not.
"""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from foley_common.media.container import OpenVideo, open_video
from foley_common.media.decode import read_ahead, read_frames
from foley_common.media.encode import MP4_OPTIONS, VideoWriter
from foley_common.media.info import VideoInfo
from foley_common.media.sound_track import SoundTrack
from foley_common.media.stream import first_frame_time, packets, stamps_are_guessed

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

_log = logging.getLogger(__name__)

# Containers that may hold what MP4 does not: where QuickTime does, editors read the file without converting it.
SOUND_CODECS = {"mp4": "aac", "mov": "pcm_s24le", "matroska": "flac"}
SUFFIXES = {"mov": ".mov", "matroska": ".mkv"}
EDITORS_FORMATS = (
    "mov",
    "mxf",
)  # libavformat's names of sources that stay with QuickTime (``mov`` is MP4 too)
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
        untouched: File with the copied picture and the sound without loss, QuickTime (PCM) or Matroska (FLAC); None
            when the MP4 has the picture and nobody asked for more.
    """

    video: Path
    copied: bool
    untouched: Path | None


def mux(
    video: Path,
    sound_wav: Path,
    out: Path,
    info: VideoInfo,
    *,
    lossless: bool = False,
    is_float: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> MuxResult:
    """Write ``out`` (MP4): the picture of ``video`` with ``sound_wav`` as its only sound.

    Where MP4 players do not know the picture's codec, and where ``lossless`` asks for it, a second file stands beside
    it with the picture copied and the sound without loss: QuickTime with PCM where the source is QuickTime, MP4 or MXF
    and QuickTime holds the codec (ProRes, DNxHD, MJPEG), else Matroska with FLAC.

    Args:
        video: The source.
        sound_wav: Sample 0 stands at the first frame. A longer or shorter sound than the picture stays so.
        out: The file to write; the second one has the suffix ``.mov`` or ``.mkv``.
        info: What `probe` said about the source.
        lossless: True for the second file in any case.
        is_float: True for 32-bit floats in QuickTime instead of 24-bit integers.
        on_progress: Called with frames done and frames in all.

    Raises:
        UndecodableMedia: the source cannot be read.
        OSError: the result cannot be written.
    """
    report = _rising(on_progress)
    copied = info.video_codec in MP4_CODECS and _copy(
        video, sound_wav, out, info, report, into="mp4", codec=SOUND_CODECS["mp4"]
    )
    untouched = None
    if lossless or not copied:
        untouched = _copy_lossless(video, sound_wav, out, info, report, is_float=is_float)
    if not copied:
        _encode_again(video, sound_wav, out, info, report)
    return MuxResult(out, copied=copied, untouched=untouched)


def _copy_lossless(
    video: Path,
    sound_wav: Path,
    out: Path,
    info: VideoInfo,
    report: Callable[[int, int], None],
    *,
    is_float: bool,
) -> Path | None:
    """The copied picture with the sound as it is, beside ``out``; None when no container holds these packets."""
    with open_video(video) as source:
        stays = source.container.format.name.startswith(EDITORS_FORMATS)
    for into in ("mov", "matroska") if stays else ("matroska",):
        beside = out.with_suffix(SUFFIXES[into])
        codec = "pcm_f32le" if is_float and into == "mov" else SOUND_CODECS[into]
        if _copy(video, sound_wav, beside, info, report, into=into, codec=codec):
            return beside
        beside.unlink(missing_ok=True)
    return None


def _rising(on_progress: Callable[[int, int], None] | None) -> Callable[[int, int], None]:
    """Progress that never falls back, though a second pass may begin again."""
    furthest = 0

    def report(done: int, total: int) -> None:
        nonlocal furthest
        furthest = max(furthest, done)
        if on_progress is not None:
            on_progress(furthest, total)

    return report


def _copy(
    video: Path,
    sound_wav: Path,
    out: Path,
    info: VideoInfo,
    report: Callable[[int, int], None],
    *,
    into: str,
    codec: str,
) -> bool:
    """Copy the picture; False when this container cannot hold these packets (no stamps, no room for the codec)."""
    import av
    import av.error

    options = MP4_OPTIONS if into == "mp4" else {}
    with open_video(video) as source:
        origin = first_frame_time(video)
        try:
            with av.open(str(out), mode="w", format=into, options=options) as container:
                # opaque: the decoder names the codec, so that no encoder for it need exist (AV1)
                stream = container.add_stream_from_template(source.stream, opaque=True)
                if into != "matroska" and info.video_codec == "hevc":
                    stream.codec_tag = "hvc1"  # Apple's players refuse hev1
                stream.codec_context.framerate = info.timecode_rate  # what the time code counts in
                if info.start_timecode:
                    stream.metadata["timecode"] = info.start_timecode
                track = SoundTrack(container, sound_wav, codec=codec)
                done = _copy_packets(
                    source,
                    container,
                    video=video,
                    stream=stream,
                    track=track,
                    origin=origin,
                    info=info,
                    report=report,
                )
                track.write_until(math.inf)
        except (av.error.InvalidDataError, av.error.ArgumentError, ValueError) as error:
            _log.info(
                "the picture cannot be copied",
                extra={
                    "file": video.name,
                    "codec": info.video_codec,
                    "container": into,
                    "error": str(error),
                },
            )
            return False
    return done > 0


def _decoding_times(video: Path) -> list[int]:
    """A decoding time for each packet: as stored where that is sound, else (Matroska) made from the presentation times.

    Made ones are the presentation times in order, moved back until none is later than its own packet's.

    Raises:
        ValueError: packets carry no presentation times (AVI with B-frames).
    """
    with open_video(video) as source:
        if stamps_are_guessed(source) and source.stream.codec_context.has_b_frames:
            raise ValueError("the container carries no presentation times")
        held = [(packet.pts, packet.dts) for packet in packets(source) if packet.size]
    shown = [pts for pts, _ in held if pts is not None]
    stored = [dts for _, dts in held if dts is not None]
    if len(shown) < len(held):
        raise ValueError("the container carries no presentation times")
    sound = len(stored) == len(held) and all(
        earlier < later for earlier, later in itertools.pairwise(stored)
    )
    if sound and all(dts <= pts for dts, pts in zip(stored, shown, strict=True)):
        return stored
    ordered = sorted(shown)
    back = max((early - own for early, own in zip(ordered, shown, strict=True)), default=0)
    return [time - back for time in ordered]


def _copy_packets(
    source: OpenVideo,
    container: OutputContainer,
    *,
    video: Path,
    stream: VideoStream,
    track: SoundTrack,
    origin: Fraction,
    info: VideoInfo,
    report: Callable[[int, int], None],
) -> int:
    """Copy every packet, moved so that the first shown frame is at 0; the number of packets."""
    base = source.stream.time_base
    if base is None:
        raise ValueError("the picture stream has no time base")
    shift = round(origin / base)
    order = _decoding_times(video)
    done = 0
    for packet in packets(source):
        if packet.size == 0 or packet.pts is None:
            continue
        packet.pts -= shift
        packet.dts = order[done] - shift
        track.write_until(float(packet.dts * base))
        packet.stream = stream
        container.mux(packet)
        done += 1
        if done % PROGRESS_EVERY == 0:
            report(min(done, info.frame_count), info.frame_count)
    return done


def _encode_again(
    video: Path, sound_wav: Path, out: Path, info: VideoInfo, report: Callable[[int, int], None]
) -> None:
    with (
        read_ahead(read_frames(video)) as frames,
        VideoWriter(
            out,
            width_px=info.width_px,
            height_px=info.height_px,
            frame_rate=info.timecode_rate,
            sound=sound_wav,
            quality_crf=REENCODE_CRF,
            preset=REENCODE_PRESET,
            start_timecode=info.start_timecode,
        ) as writer,
    ):
        for frame in frames:
            writer.write(frame.picture, frame.time_s)
            if frame.index % PROGRESS_EVERY == 0:
                report(frame.index, info.frame_count)
