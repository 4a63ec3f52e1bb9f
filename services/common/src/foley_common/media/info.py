"""What a probe says about a video; plain values, no media library."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a probe found in a video's container and frames.

    Attributes:
        width_px, height_px: Displayed picture, rotation applied.
        frame_rate: Average over the whole stream, exact.
        frame_count: Frames with a presentation time.
        duration_s: From the first frame's presentation time to the end of the last frame.
        video_codec: For example ``h264``.
        rotation_degrees: Clockwise rotation that a player applies: 0, 90, 180 or 270.
        variable_frame_rate: True when presentation times are not on one regular grid.
        audio_codec: Empty when the file has no sound.
        audio_sample_rate_hz, audio_channel_count: 0 when the file has no sound.
        pixel_format: For example ``yuv420p10le``.
        start_timecode: Time code of the first frame; empty when the container has none.
        nominal_frame_rate: What time code counts: ``frame_rate``, but of a variable one the usual rate that most frames
            stand at. 0 in what earlier versions stored: see `timecode_rate`.
    """

    width_px: int
    height_px: int
    frame_rate: Fraction
    frame_count: int
    duration_s: float
    video_codec: str
    rotation_degrees: int = 0
    variable_frame_rate: bool = False
    audio_codec: str = ""
    audio_sample_rate_hz: int = 0
    audio_channel_count: int = 0
    pixel_format: str = ""
    start_timecode: str = ""
    nominal_frame_rate: Fraction = Fraction(0)

    @property
    def timecode_rate(self) -> Fraction:
        """Labels count at this rate; 0 when nothing is known."""
        return self.nominal_frame_rate or self.frame_rate

    @property
    def has_audio(self) -> bool:
        """True when the file carries sound."""
        return bool(self.audio_codec)
