# pyright: reportUnknownMemberType=false
"""Writing pictures as an H.264 video that every player knows, frame times kept."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from foley_common.media.sound_track import SoundTrack

CLOCK_HZ = 90_000  # at least this fine; the usual clock of video, 11 µs
MP4_OPTIONS = {"movflags": "+faststart"}  # the index first, so that a browser plays while it loads


class VideoWriter:
    """Writes one MP4 file: ``with VideoWriter(...) as writer: writer.write(picture, time_s)``.

    An odd width or height is padded by repeating the last column or row, because 4:2:0 pictures are even.

    Args:
        path: The file, overwritten. It is complete only after the ``with`` block ends without an error.
        width_px: Width of the pictures.
        height_px: Height of the pictures.
        frame_rate: Rate of the frames, of a variable one the nominal rate: what time code counts; chooses the clock so
            that a regular rate is exact.
        sound: WAV file whose sample 0 stands at 0 s; None writes no sound.
        quality_crf: x264's constant rate factor; 18 looks like the source, 23 is its default.
        preset: x264's speed preset.
        thread_count: Threads of the encoder; 0 takes all cores.
        start_timecode: Of the first frame; empty writes none.
    """

    def __init__(
        self,
        path: Path,
        *,
        width_px: int,
        height_px: int,
        frame_rate: Fraction,
        sound: Path | None = None,
        quality_crf: int = 20,
        preset: str = "veryfast",
        thread_count: int = 0,
        start_timecode: str = "",
    ) -> None:
        import av

        self._size = (height_px, width_px)
        self._even = (height_px + height_px % 2, width_px + width_px % 2)
        self._clock_hz = frame_rate.numerator * math.ceil(CLOCK_HZ / frame_rate.numerator)
        self._container = av.open(str(path), mode="w", format="mp4", options=MP4_OPTIONS)
        stream = self._container.add_stream("libx264", rate=frame_rate)
        stream.height, stream.width = self._even
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, self._clock_hz)
        stream.codec_context.thread_count = thread_count
        stream.codec_context.color_primaries = stream.codec_context.color_trc = (
            1  # ITU-T H.273: BT.709
        )
        stream.codec_context.colorspace = 1
        stream.codec_context.color_range = 1  # narrow, as players expect of MP4
        stream.codec_context.options = {"crf": str(quality_crf), "preset": preset}
        if start_timecode:
            stream.metadata["timecode"] = start_timecode
        self._stream = stream
        self._last_s, self._last_pts = -math.inf, -1
        self._sound = SoundTrack(self._container, sound)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
                self._sound.write_until(math.inf)
        finally:
            self._container.close()

    def write(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Add a frame.

        Args:
            picture: shape ``(height_px, width_px, 3)``, BGR.
            time_s: Presentation time, later than the frame before.

        Raises:
            ValueError: the picture has another shape, or the time does not increase.
        """
        from av.video.frame import VideoFrame

        if picture.shape != (*self._size, 3):
            raise ValueError(f"picture must have shape {(*self._size, 3)}, got {picture.shape}")
        if time_s <= self._last_s:
            raise ValueError(f"time_s must increase, got {time_s} after {self._last_s}")
        # Screen recorders stamp to the microsecond: two frames may fall on one tick of the clock.
        pts = max(round(time_s * self._clock_hz), self._last_pts + 1)
        if self._even != self._size:
            rows, columns = self._even[0] - self._size[0], self._even[1] - self._size[1]
            picture = np.pad(picture, ((0, rows), (0, columns), (0, 0)), mode="edge")
        bgr = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="bgr24")
        frame = bgr.reformat(
            format="yuv420p", dst_colorspace=1, dst_color_range=1
        )  # 1: ITU-R BT.709, narrow range
        frame.pts, frame.time_base = pts, Fraction(1, self._clock_hz)
        self._sound.write_until(time_s)
        self._container.mux(self._stream.encode(frame))
        self._last_s, self._last_pts = time_s, pts
