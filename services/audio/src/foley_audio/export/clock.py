"""Where things stand in a session: seconds, frames, samples and time codes from one zero.

A session's zero carries the start time code. The first frame of the picture stands at the offset; a step stands at its
time in the picture, plus the nudge, plus the offset. Nothing stands before zero: what would is left out.
"""

from __future__ import annotations

from fractions import Fraction

from foley_common.errors import FieldViolation, InvalidField
from foley_common.media.info import VideoInfo
from foley_common.programme import SessionOptions
from foley_common.timebase import Timecode, can_drop_frames, frame_at, timecode_at

FALLBACK_FRAME_RATE = Fraction(
    25
)  # for a stored result whose probe gave no rate, so that labels still exist
NANOS = 1_000_000_000  # stored times are whole nanoseconds
HALF = Fraction(1, 2)


class SessionClock:
    """Positions of one session.

    Args:
        video: For the frame rate and the source's own start time code.
        options: Start time code and offset asked for.
        nudge_s: Moves sounds and session markers later; not the picture, and not what was detected in it.

    Raises:
        InvalidField: no frame of this video can have the start time code that was asked for.
    """

    def __init__(
        self,
        video: VideoInfo,
        options: SessionOptions = SessionOptions(),  # noqa: B008 - frozen
        nudge_s: float = 0.0,
    ) -> None:
        self.rate = labelled_rate(video)
        self.offset = exact(options.offset_s)
        self.nudge = exact(nudge_s)
        if options.start_timecode:
            self.timecode, self.first_label = _asked(options.start_timecode, self.rate)
        else:
            self.timecode, self.first_label = _own(video.start_timecode, self.rate)
        self._source_timecode, self.source_label = _own(video.start_timecode, self.rate)

    @property
    def offset_frames(self) -> int:
        """The offset in whole frames, for formats that cannot put a picture between two frames."""
        return int((self.offset * self.rate + HALF) // 1)

    @property
    def snapped_offset(self) -> Fraction:
        """The same in seconds."""
        return self.offset_frames / self.rate

    @property
    def start_s(self) -> Fraction:
        """Seconds of running time from the label ``00:00:00:00`` to the session's zero."""
        return self.first_label / self.rate

    @property
    def picture_start_s(self) -> Fraction:
        """The same to the first frame of the picture; what a sound file's own time stamp counts."""
        return self.start_s + self.offset

    @property
    def day_s(self) -> Fraction:
        """Seconds of running time after which labels come again: 86 486.4 at 29.97 without drop-frame."""
        return self.timecode.labels_per_day / self.rate

    def position_frame(self, time_s: float) -> int:
        """Frame of the session in which a sound begins, in step with a picture that stands on whole frames."""
        return max(0, frame_at(float(exact(time_s) + self.nudge), self.rate) + self.offset_frames)

    def picture_frame(self, time_s: float) -> int:
        """Frame of the picture on screen at a time."""
        return max(0, frame_at(time_s, self.rate))

    def picture_label(self, picture_frame: int) -> str:
        """Time code of a frame of the picture; counts through midnight in both directions."""
        return self.label(picture_frame + self.offset_frames)

    def label(self, session_frame: int) -> str:
        """Time code of a frame of the session; counts through midnight."""
        return self.timecode.label(
            (self.first_label + session_frame) % self.timecode.labels_per_day
        )

    def source_timecode(self, frame: int) -> str:
        """Time code that the video file itself has at a frame."""
        code = self._source_timecode
        return code.label((self.source_label + frame) % code.labels_per_day)


def labelled_rate(video: VideoInfo) -> Fraction:
    """The rate at which frames of a video are counted."""
    return video.timecode_rate if video.timecode_rate > 0 else FALLBACK_FRAME_RATE


def exact(seconds: float) -> Fraction:
    """Seconds as the whole nanoseconds that they were stored as.

    >>> exact(0.1) + exact(0.2) == exact(0.3)
    True
    """
    return Fraction(round(seconds * NANOS), NANOS)


def _asked(label: str, rate: Fraction) -> tuple[Timecode, int]:
    try:
        return timecode_at(label, rate)
    except ValueError as error:
        raise InvalidField([FieldViolation("session.start_timecode", str(error))]) from error


def _own(label: str, rate: Fraction) -> tuple[Timecode, int]:
    """The source's own labels: drop-frame only where it counts so; a label that cannot be read starts at 0."""
    usual = Timecode.usual_for(rate)
    if not label:
        return usual, 0
    code = Timecode(rate, drop_frame=can_drop_frames(rate) and ";" in label)
    try:
        return code, code.index(label)
    except ValueError:
        return usual, 0
