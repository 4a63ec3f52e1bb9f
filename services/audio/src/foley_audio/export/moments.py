"""Contacts and toe-offs as moments of the picture on the video's frame grid, with time codes: what every list tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from foley_audio.domain.types import Session
from foley_audio.export.clock import SessionClock
from foley_common.footsteps import Footstep

EventName = Literal["HEEL_STRIKE", "TOE_OFF"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One event of one step, as it was seen: the nudge does not move it.

    Attributes:
        step: The step.
        event: ``HEEL_STRIKE`` for the initial contact, whatever part of the foot lands first; ``TOE_OFF``.
        time_s: Seconds from the first video frame.
        frame: Frame on screen then, by the average frame rate, from 0.
        timecode: SMPTE label of that frame in the session: start time code and offset are honoured.
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
    clock = SessionClock(session.video, session.options)
    moments: list[Moment] = []
    for step in session.footsteps:
        moments.append(
            _moment(clock, step, "HEEL_STRIKE", step.initial_contact_time_s, step.confidence)
        )
        if step.toe_off_time_s is not None:
            moments.append(
                _moment(clock, step, "TOE_OFF", step.toe_off_time_s, step.toe_off_confidence)
            )
    return sorted(
        moments, key=lambda moment: (moment.time_s, moment.step.footstep_id, moment.event)
    )


def _moment(
    clock: SessionClock, step: Footstep, event: EventName, time_s: float, confidence: float
) -> Moment:
    frame = clock.picture_frame(time_s)
    return Moment(step, event, time_s, frame, clock.picture_label(frame), confidence)
