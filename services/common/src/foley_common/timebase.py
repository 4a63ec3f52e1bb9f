"""Frame rates, frame times and SMPTE time code, exact.

Time is rational until it is seconds: 30000/1001 is not 29.97, and rounding it drifts two frames per minute.
Time code follows SMPTE ST 12-1: labels count frames; drop-frame leaves out labels (never frames) at 29.97 and
59.94 so that the label stays within a frame or two of the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

NTSC_DENOMINATOR = 1001
DROPPED_LABELS_PER_30 = 2  # SMPTE ST 12-1: two labels a minute at 29.97, four at 59.94
RATE_TOLERANCE = Fraction(1, 100_000)
"""Containers that round their rate write 2997/100 or 19001/634 for 30000/1001: at most 1e-6 of it. The nearest other
rate, 30, is 1e-3 away."""
_TIMECODE = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})([:;])([0-9]{2,3})")


def frame_time_s(index: int, frame_rate: Fraction) -> float:
    """Start of a frame, in seconds from the first frame, on a constant grid.

    >>> frame_time_s(1800, Fraction(30000, 1001))
    60.06
    """
    return float(index / frame_rate)


def frame_at(time_s: float, frame_rate: Fraction) -> int:
    """Index of the frame on screen at a time, on a constant grid.

    A nanosecond of tolerance keeps a time that was computed from a frame inside that frame.

    >>> frame_at(60.06, Fraction(30000, 1001))
    1800
    """
    return int((Fraction(time_s) + Fraction(1, 10**9)) * frame_rate // 1)


def nearest_sample(time_s: float, sample_rate_hz: int) -> int:
    """The sample nearest to a time; halves go up.

    >>> nearest_sample(3.417, 48_000)
    164016
    """
    top, bottom = time_s.as_integer_ratio()  # exact, as Fraction is, and ten times as fast
    return (2 * top * sample_rate_hz + bottom) // (2 * bottom)


@dataclass(frozen=True, slots=True)
class Timecode:
    """How frames are labelled.

    Attributes:
        frame_rate: Frames per second, exact.
        drop_frame: True to leave out labels as SMPTE ST 12-1 does; 29.97 and 59.94 only.
    """

    frame_rate: Fraction
    drop_frame: bool = False

    def __post_init__(self) -> None:
        if self.frame_rate <= 0:
            raise ValueError(f"frame_rate must be > 0, got {self.frame_rate}")
        if self.drop_frame and not can_drop_frames(self.frame_rate):
            raise ValueError(
                f"drop-frame time code exists at 29.97 and 59.94 only, got {self.frame_rate}"
            )

    @classmethod
    def usual_for(cls, frame_rate: Fraction) -> Timecode:
        """Drop-frame where the rate allows it, as broadcasters label; non-drop elsewhere."""
        return cls(frame_rate, drop_frame=can_drop_frames(frame_rate))

    @property
    def nominal_rate(self) -> int:
        """Labels per second: 30 for 29.97, 24 for 23.976."""
        return max(1, round(self.frame_rate))

    @property
    def labels_per_day(self) -> int:
        """Labels from ``00:00:00:00`` until it comes again."""
        per_ten_minutes = self.nominal_rate * 600 - 9 * self._dropped_per_minute
        return per_ten_minutes * 6 * 24

    @property
    def _dropped_per_minute(self) -> int:
        return DROPPED_LABELS_PER_30 * self.nominal_rate // 30 if self.drop_frame else 0

    def label(self, frame_index: int) -> str:
        """The label of a frame, ``HH:MM:SS:FF``, or ``HH:MM:SS;FF`` with drop-frame. Wraps after 24 hours.

        >>> Timecode(Fraction(30000, 1001), drop_frame=True).label(1800)
        '00:01:00;02'
        >>> Timecode(Fraction(25)).label(90_000)
        '01:00:00:00'
        """
        if frame_index < 0:
            raise ValueError(f"frame_index must be >= 0, got {frame_index}")
        fps, dropped = self.nominal_rate, self._dropped_per_minute
        per_minute = fps * 60 - dropped
        per_ten_minutes = per_minute * 10 + dropped
        frame_index %= self.labels_per_day
        tens, rest = divmod(frame_index, per_ten_minutes)
        frame_index += dropped * 9 * tens
        if rest >= fps * 60:
            frame_index += dropped * (1 + (rest - fps * 60) // per_minute)
        seconds, frames = divmod(frame_index, fps)
        minutes, second = divmod(seconds, 60)
        hours, minute = divmod(minutes, 60)
        width = len(str(fps - 1)) if fps > 100 else 2
        return f"{hours:02d}:{minute:02d}:{second:02d}{';' if self.drop_frame else ':'}{frames:0{width}d}"

    def index(self, label: str) -> int:
        """The frame that has a label.

        Raises:
            ValueError: the text is no time code, or drop-frame has left this label out.

        >>> Timecode(Fraction(30000, 1001), drop_frame=True).index("00:01:00;02")
        1800
        """
        found = _TIMECODE.fullmatch(label)
        if found is None:
            raise ValueError(f"{label!r} is not HH:MM:SS:FF or HH:MM:SS;FF")
        hours, minute, second, frames = (int(found[i]) for i in (1, 2, 3, 5))
        fps, dropped = self.nominal_rate, self._dropped_per_minute
        if hours > 23 or minute > 59 or second > 59 or frames >= fps:
            raise ValueError(
                f"{label!r} is out of range: hours go to 23, minutes and seconds to 59, frames to {fps - 1}"
            )
        minutes = hours * 60 + minute
        if dropped and second == 0 and minute % 10 and frames < dropped:
            raise ValueError(
                f"{label!r} is a label that drop-frame time code leaves out; the next one is "
                f"{hours:02d}:{minute:02d}:00;{dropped:02d}"
            )
        return (minutes * 60 + second) * fps + frames - dropped * (minutes - minutes // 10)


def is_timecode(text: str) -> bool:
    """True for ``HH:MM:SS:FF`` and ``HH:MM:SS;FF``; whether the frames fit depends on the rate (`Timecode.index`).

    >>> is_timecode("01:00:00:00"), is_timecode("1:00")
    (True, False)
    """
    found = _TIMECODE.fullmatch(text)
    return found is not None and int(found[1]) <= 23 and int(found[2]) <= 59 and int(found[3]) <= 59


def timecode_at(label: str, frame_rate: Fraction) -> tuple[Timecode, int]:
    """The way of labelling that a label belongs to, and the frame that has it; ``;`` says drop-frame, ``:`` says not.

    Raises:
        ValueError: no frame of this rate has this label; the text says why and what to write instead.

    >>> timecode_at("00:01:00;02", Fraction(30000, 1001))[1]
    1800
    >>> timecode_at("00:01:00;00", Fraction(30000, 1001))
    Traceback (most recent call last):
    ValueError: '00:01:00;00' is a label that drop-frame time code leaves out; the next one is 00:01:00;02
    """
    drop_frame = ";" in label
    if drop_frame and not can_drop_frames(frame_rate):
        raise ValueError(
            f"{label!r} counts with drop-frame, which exists at 29.97 and 59.94 frames a second only; the video has "
            f"{float(frame_rate):g}, write {label.replace(';', ':')}"
        )
    code = Timecode(frame_rate, drop_frame)
    return code, code.index(label)


def can_drop_frames(frame_rate: Fraction) -> bool:
    """True at 29.97 and 59.94, where SMPTE ST 12-1 defines drop-frame, also where a container has rounded the rate.

    >>> can_drop_frames(Fraction(30000, 1001)), can_drop_frames(Fraction(2997, 100)), can_drop_frames(Fraction(30))
    (True, True, False)
    """
    return any(
        abs(frame_rate * NTSC_DENOMINATOR / nominal - 1) <= RATE_TOLERANCE
        for nominal in (30_000, 60_000)
    )
