"""What moves along with a person besides the feet, as a mix asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from foley_audio.domain.cloth import cloth_pieces, leg_swings
from foley_audio.domain.cues import step_seed
from foley_audio.domain.mix import LayerVoice
from foley_audio.domain.types import FootstepCue, SampleArray, Style
from foley_common.footsteps import Side
from foley_common.sound import StemKind


@dataclass(frozen=True, slots=True)
class ClothVoice:
    """The clothes of every person: a `LayerVoice`.

    Attributes:
        seed: Of the programme; every person wears something else.
        sample_rate_hz: Of the programme.
    """

    seed: int
    sample_rate_hz: int

    def __call__(self, cues: Sequence[FootstepCue], /) -> Iterator[tuple[int, SampleArray]]:
        """A piece for every swing of a leg, at the sample where it starts."""
        contacts_s = [cue.onset_sample / self.sample_rate_hz for cue in cues]
        swings = leg_swings(
            contacts_s,
            [at + cue.spec.stance_time_s for at, cue in zip(contacts_s, cues, strict=True)],
            [cue.spec.strength for cue in cues],
            [cue.spec.side is Side.LEFT for cue in cues],
        )
        seed = step_seed(self.seed, f"cloth:{cues[0].track_id}")
        return cloth_pieces(swings, seed=seed, sample_rate_hz=self.sample_rate_hz)


def layers_of(style: Style) -> dict[StemKind, LayerVoice]:
    """What moves along with people, as the style asks for it."""
    if not style.cloth:
        return {}
    return {StemKind.CLOTH: ClothVoice(style.seed, style.sample_rate_hz)}
