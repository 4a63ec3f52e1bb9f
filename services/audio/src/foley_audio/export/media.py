"""Files that a session plays, and the part of each that stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from foley_audio.domain.types import Stem
from foley_audio.export.clock import SessionClock
from foley_audio.export.names import plain
from foley_audio.render.wav_header import WavFacts

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Placed:
    """Part of a file in a session, in exact seconds.

    Attributes:
        first_s: First instant of the file that is played.
        length_s: How long, greater than 0.
        position_s: Where in the session, at least 0.
    """

    first_s: Fraction
    length_s: Fraction
    position_s: Fraction


@dataclass(frozen=True, slots=True)
class Picture:
    """The video.

    Attributes:
        file_name: Beside the session file.
        title: As the user knows it.
        frame_rate: Frames per second.
        frame_count: Of the file.
        width_px, height_px: Displayed.
    """

    file_name: str
    title: str
    frame_rate: Fraction
    frame_count: int
    width_px: int
    height_px: int

    def placed(self, offset_s: Fraction) -> Placed | None:
        """Where its frames stand; None when all stand before zero."""
        return _placed(Fraction(0), self.frame_count / self.frame_rate, offset_s)


@dataclass(frozen=True, slots=True)
class Sound:
    """A WAV file; its first sample, or the one after its handle, stands on the first frame of the picture.

    Attributes:
        file_name: Beside the session file.
        title: For people.
        source_name: Name of the stored file that the samples are in.
        facts: Shape of the sound as it was made, without handles.
        handle_samples: What the file has before and after the sound: silence, and after it the tail where there is one.
        is_broadcast: True when the file carries its time reference.
        stem: What the sound is a part of; None for a whole.
        tail: Shape of the file in which the sound goes on after the picture; None when that is not known.
    """

    file_name: str
    title: str
    source_name: str
    facts: WavFacts
    handle_samples: int = 0
    is_broadcast: bool = False
    stem: Stem | None = None
    tail: WavFacts | None = None

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self.facts.sample_rate_hz

    @property
    def file_samples(self) -> int:
        """Length of the file, handles included."""
        return self.facts.total_samples + 2 * self.handle_samples

    def placed(self, offset_s: Fraction) -> Placed | None:
        """Where its sound stands, handles left out; None when all stands before zero."""
        return _placed(
            Fraction(self.handle_samples, self.rate),
            Fraction(self.facts.total_samples, self.rate),
            offset_s,
        )

    def time_reference(self, clock: SessionClock) -> int:
        """Samples from midnight to the file's first one; counts through midnight, as time code does."""
        day = in_units(clock.day_s, Fraction(self.rate))
        start = in_units(clock.picture_start_s, Fraction(self.rate))
        return (start - self.handle_samples) % day


def in_units(seconds: Fraction, per_second: Fraction) -> int:
    """Whole samples or frames nearest to exact seconds; halves go up."""
    return int((seconds * per_second + HALF) // 1)


def sound_title(stem: Stem | None, file_name: str) -> str:
    """Name of a track: the stem's own, else the file's without its extension."""
    named = plain(stem.name) if stem else ""
    return named or file_name.removesuffix(".wav")


def _placed(first_s: Fraction, length_s: Fraction, offset_s: Fraction) -> Placed | None:
    cut_s = max(Fraction(0), -offset_s)
    if cut_s >= length_s:
        return None
    return Placed(first_s + cut_s, length_s - cut_s, max(Fraction(0), offset_s))
