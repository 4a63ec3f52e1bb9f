"""One session as all its writers see it: clock, marks, picture and sounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from foley_audio.domain.types import Session
from foley_audio.export.clock import SessionClock
from foley_audio.export.marks import Mark, marked_steps, marks_of
from foley_audio.export.media import Picture, Sound
from foley_audio.export.names import plain
from foley_common.footsteps import Footstep
from foley_common.sound import DEFAULT_SAMPLE_RATE_HZ


@dataclass(frozen=True)
class Scene:
    """What a session file tells.

    Attributes:
        session: What was found and made.
        picture: The video; None when there is none.
        mix: The programme; None when there is none.
        foley: The footsteps alone; None when there are none.
        stems: Parts of the mix.
    """

    session: Session
    picture: Picture | None = None
    mix: Sound | None = None
    foley: Sound | None = None
    stems: tuple[Sound, ...] = ()

    @cached_property
    def clock(self) -> SessionClock:
        """Positions; raises InvalidField for a start time code that no frame of this video can have."""
        style = self.session.style
        return SessionClock(
            self.session.video, self.session.options, style.nudge_s if style else 0.0
        )

    @cached_property
    def marked_steps(self) -> tuple[Footstep, ...]:
        """The footsteps that have a place in the session: those that are heard, where there is sound."""
        return marked_steps(self.session, is_heard=bool(self.recordings))

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """The footsteps, as the session marks them."""
        return marks_of(self.session, self.clock, self.marked_steps)

    @property
    def recordings(self) -> tuple[Sound, ...]:
        """Every sound file."""
        whole = (sound for sound in (self.mix, self.foley) if sound is not None)
        return (*whole, *self.stems)

    @property
    def played(self) -> tuple[Sound, ...]:
        """What a session plays together: the stems, else the footsteps as one, else the mix."""
        if self.stems:
            return self.stems
        whole = self.foley or self.mix
        return (whole,) if whole else ()

    @property
    def reference(self) -> Sound | None:
        """The mix, to be muted beside its parts."""
        return None if self.mix in self.played else self.mix

    @property
    def tracks(self) -> tuple[Sound, ...]:
        """Sounds of a session, in order; the reference last."""
        return (*self.played, self.reference) if self.reference else self.played

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
    def unheard_count(self) -> int:
        """Footsteps that the programme does not sound: outside the video, moved out by the nudge, or given twice."""
        return len(self.session.footsteps) - len(self.marked_steps)

    @property
    def left_out_count(self) -> int:
        """Footsteps without a mark: the unheard ones, and those that would stand before the session's zero."""
        return len(self.session.footsteps) - len(self.marks)
