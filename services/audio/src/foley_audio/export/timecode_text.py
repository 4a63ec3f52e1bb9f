"""``footsteps.txt``: a list of time codes for people, one event a line."""

from __future__ import annotations

from foley_audio.domain.types import Session
from foley_audio.export.moments import moments_of


def timecode_text(session: Session) -> str:
    """Lines of ``timecode<TAB>foot<TAB>event<TAB>confidence`` in order of time; empty without footsteps."""
    return "".join(
        f"{moment.timecode}\t{moment.step.side.name}\t{moment.event}\t{moment.confidence:.2f}\n"
        for moment in moments_of(session)
    )
