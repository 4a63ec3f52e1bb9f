"""One session as all its writers see it: clock, marks, picture and sounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from foley_audio.domain.types import DEFAULT_SAMPLE_RATE_HZ, Session
from foley_audio.export.clock import SessionClock
from foley_audio.export.marks import Mark, marks_of
from foley_audio.export.media import Picture, Sound
from foley_audio.export.names import plain


@dataclass(frozen=True)
class Scene:
    """What a session file tells.

    Attributes:
        session: What was found and made.
        picture: The video; None when there is none.
        sounds: What is played together: the stems, or the footsteps as one; empty when there is no sound.
        reference: The mix, for comparison; None when there is none.
    """

    session: Session
    picture: Picture | None = None
    sounds: tuple[Sound, ...] = ()
    reference: Sound | None = None

    @cached_property
    def clock(self) -> SessionClock:
        """Positions; raises InvalidField for a start time code that no frame of this video can have."""
        style = self.session.style
        return SessionClock(
            self.session.video, self.session.options, style.nudge_s if style else 0.0
        )

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The footsteps."""
        return marks_of(self.session, self.clock)

    @property
    def tracks(self) -> tuple[Sound, ...]:
        """All sounds, the reference last."""
        return (*self.sounds, self.reference) if self.reference else self.sounds

    @property
    def sample_rate_hz(self) -> int:
        """Of the sounds; the style's where there are none."""
        if self.tracks:
            return self.tracks[0].rate
        style = self.session.style
        return style.sample_rate_hz if style else DEFAULT_SAMPLE_RATE_HZ

    @property
    def title(self) -> str:
        """Name of the session: the video's."""
        return plain(self.session.video_name) or "Foley Studio session"

    @property
    def left_out_count(self) -> int:
        """Footsteps that would stand before the session's zero."""
        return len(self.session.footsteps) - len(self.marks)
