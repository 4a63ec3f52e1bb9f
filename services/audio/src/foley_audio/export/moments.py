"""Contacts and toe-offs as moments on the video's frame grid, with time codes: what every export lists."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from foley_audio.domain.types import Session
from foley_common.footsteps import Footstep
from foley_common.timebase import Timecode, frame_at

FALLBACK_FRAME_RATE = Fraction(
    25
)  # for a stored result whose probe gave no rate, so that labels still exist
EventName = Literal["HEEL_STRIKE", "TOE_OFF"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of one step.

    Attributes:
        step: The step.
        event: ``HEEL_STRIKE`` for the initial contact, whatever part of the foot lands first; ``TOE_OFF``.
        time_s: Seconds from the first video frame.
        frame: Frame on screen then, by the average frame rate, from 0.
        timecode: SMPTE label of that frame; the video's start time code is honoured.
        confidence: 0 to 1.
    """

    step: Footstep
    event: EventName
    time_s: float
    frame: int
    timecode: str
    confidence: float

    @property
    def xy_px(self) -> tuple[float, float]:
        """The contact point, or where the toe leaves."""
        return (
            self.step.toe_off_xy_px if self.event == "TOE_OFF" else (self.step.x_px, self.step.y_px)
        )


def moments_of(session: Session) -> list[Moment]:
    """Every contact and every toe-off that was seen, in order of time."""
    clock = Clock(session)
    moments: list[Moment] = []
    for step in session.footsteps:
        moments.append(
            clock.moment(step, "HEEL_STRIKE", step.initial_contact_time_s, step.confidence)
        )
        if step.toe_off_time_s is not None:
            moments.append(
                clock.moment(step, "TOE_OFF", step.toe_off_time_s, step.toe_off_confidence)
            )
    return sorted(
        moments, key=lambda moment: (moment.time_s, moment.step.footstep_id, moment.event)
    )


class Clock:
    """Labels the frames of one video."""

    def __init__(self, session: Session) -> None:
        rate = session.video.frame_rate
        self._rate = rate if rate > 0 else FALLBACK_FRAME_RATE
        self._code, self._first = _labels(self._rate, session.video.start_timecode)

    def moment(self, step: Footstep, event: EventName, time_s: float, confidence: float) -> Moment:
        """One event with its frame and label."""
        frame = self.frame(time_s)
        return Moment(step, event, time_s, frame, self.label(frame), confidence)

    def frame(self, time_s: float) -> int:
        """Frame on screen at a time."""
        return max(0, frame_at(time_s, self._rate))

    def label(self, frame: int) -> str:
        """Time code of a frame."""
        return self._code.label(self._first + frame)


def _labels(rate: Fraction, start: str) -> tuple[Timecode, int]:
    """The way of labelling and the index of the first frame's label.

    A video whose own time code counts without drop-frame keeps counting so. A label that cannot be read starts at 0.
    """
    usual = Timecode.usual_for(rate)
    if not start:
        return usual, 0
    code = Timecode(rate, drop_frame=usual.drop_frame and ";" in start)
    try:
        return code, code.index(start)
    except ValueError:
        return usual, 0
