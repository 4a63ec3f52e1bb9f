"""Steps of ours that are made like a recording: its ground, its way of moving, all else medium."""

from __future__ import annotations

from foley_audio.domain.cues import USUAL_STANCE_S
from foley_audio.domain.types import StepSpec
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface

# "wander" is walking about on the spot: soles that turn under load
_GAIT_OF = {"run": GaitKind.RUN, "wander": GaitKind.TURN, "land": GaitKind.LANDING}


def gait_of(kind: str) -> GaitKind:
    """The way of moving that the name of a recording says (`recordings.kind_of`)."""
    return _GAIT_OF.get(kind, GaitKind.WALK)


def medium_step(surface: Surface, gait_kind: GaitKind, *, seed: int, floor: int) -> StepSpec:
    """A step of medium strength and usual stance in the recordings' shoe."""
    return StepSpec(
        surface=surface,
        footwear=Footwear.SNEAKER,
        gait_kind=gait_kind,
        strike_pattern=None,
        strength=0.5,
        stance_time_s=USUAL_STANCE_S[gait_kind],
        side=Side.LEFT,
        wet=False,
        seed=seed,
        floor=floor,
    )
