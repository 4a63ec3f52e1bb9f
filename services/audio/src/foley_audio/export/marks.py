"""Footsteps as marks of a session: where each sounds, until when, and what stands beside it.

Beside a programme only what is heard in it has a mark: a step outside the video, or moved out of it by the nudge, has
none, in no format; nor has one that was given twice a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from foley_audio.domain.clean import clean_steps
from foley_audio.domain.cues import ground_of, heard_steps
from foley_audio.domain.types import Session, Style
from foley_audio.export.clock import SessionClock, exact
from foley_audio.export.names import plain
from foley_common.footsteps import Footstep
from foley_common.surfaces import Footwear, Surface

MAX_ID_LENGTH = 64  # ours have 7; a caller's may be anything


@dataclass(frozen=True, slots=True)
class Mark:
    """One footstep in a session.

    Attributes:
        step: The footstep.
        surface, wet, footwear: What it sounds like.
        start_s: Position of its contact in the session, at least 0.
        end_s: Position of its toe-off; None when that was not seen.
        text: One line for people: id, foot, ground, shoe, gait, strength.
    """

    step: Footstep
    surface: Surface
    wet: bool
    footwear: Footwear
    start_s: float
    end_s: float | None
    text: str

    def facts(self) -> dict[str, str | int | float | bool]:
        """What programs want to know; times are those of the picture."""
        step = self.step
        facts: dict[str, str | int | float | bool] = {
            "footstep_id": step.footstep_id,
            "track_id": step.track_id,
            "foot": step.side.value,
            "time_s": round(step.initial_contact_time_s, 9),
            "surface": self.surface.value,
            "wet": self.wet,
            "footwear": self.footwear.value,
            "gait": step.gait_kind.value if step.gait_kind else "",
            "strength": round(step.strength, 4),
            "confidence": round(step.confidence, 4),
        }
        if step.toe_off_time_s is not None:
            facts["toe_off_s"] = round(step.toe_off_time_s, 9)
        return facts


def marked_steps(session: Session, *, is_heard: bool) -> tuple[Footstep, ...]:
    """The footsteps that can have a mark, in order of time; beside a programme (``is_heard``) those that it sounds."""
    steps = clean_steps(session.footsteps)
    if not is_heard:
        return steps
    return tuple(heard_steps(steps, session.video, session.style or Style()))


def marks_of(session: Session, clock: SessionClock, steps: Iterable[Footstep]) -> tuple[Mark, ...]:
    """Those of some footsteps that stand at or after the session's zero, in order of time."""
    return tuple(mark for mark in _all(session, clock, clock.offset, steps) if mark.start_s >= 0)


def file_marks(session: Session, clock: SessionClock, steps: Iterable[Footstep]) -> Iterator[Mark]:
    """Footsteps with their positions in the sound files, which no offset moves."""
    return _all(session, clock, Fraction(0), steps)


def _all(
    session: Session, clock: SessionClock, offset: Fraction, steps: Iterable[Footstep]
) -> Iterator[Mark]:
    moved = clock.nudge + offset
    for step in steps:
        surface, wet, footwear = ground_of(step, session.surfaces)
        end_s = step.toe_off_time_s
        ground = f"wet {surface.value}" if wet else surface.value
        gait = step.gait_kind.value if step.gait_kind else "step"
        name = plain(step.footstep_id, MAX_ID_LENGTH) or "?"
        yield Mark(
            step=step,
            surface=surface,
            wet=wet,
            footwear=footwear,
            start_s=float(exact(step.initial_contact_time_s) + moved),
            end_s=None if end_s is None else float(exact(end_s) + moved),
            text=f"{name} {step.side.value} {ground} {footwear.value} {gait} {step.strength:.2f}",
        )
