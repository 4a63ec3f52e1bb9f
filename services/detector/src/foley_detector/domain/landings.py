"""From swings to landings, and what is measured about each: flight, time in the air, slide, facing."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foley_detector.domain.kinds import TOGETHER_S
from foley_detector.domain.params import DEFAULT_STRIDE_S, GaitParams
from foley_detector.domain.types import GaitSignals, Swing

MIN_STANCE_SHARE = 0.12  # of the stride: sprinters stand a fifth of it
MAX_STANCE_SHARE = (
    0.9  # of the stride: a longer stance is standing still, its end belongs to another step
)
SETTLED_S = 0.04  # after a contact the foot may still roll for a frame or two
LONGEST_SLIDE_S = 0.35
SLIDING_SHARE = 0.12  # of the swing's speed: below, the foot rests
FLAT_FROM, FLAT_TO = 0.12, 0.3  # of a stride after the contact: the foot stands flat


@dataclass(frozen=True, slots=True)
class Landing:
    """One contact, with the swing that it ends and the stance that it begins.

    Attributes:
        swing: Ends with the contact.
        contact_s: When the foot lands.
        toe_off_s: When it leaves again; None where that was not seen.
        leaving: The same foot's next swing; None at the end.
        stride_s: Local stride period.
    """

    swing: Swing
    contact_s: float
    toe_off_s: float | None
    leaving: Swing | None
    stride_s: float


def landings_of(swings: Sequence[Swing], signals: GaitSignals, params: GaitParams) -> list[Landing]:
    """Landings of both feet by time; a foot that lands twice within a sprinter's stance has landed once."""
    landings = []
    for foot in range(2):
        own = [swing for swing in swings if swing.foot == foot]
        for k, swing in enumerate(own):
            if swing.contact_s is None:
                continue
            stride = float(signals.stride_s[swing.peak_index])
            stride = DEFAULT_STRIDE_S if math.isnan(stride) else stride
            again = bool(landings) and landings[-1].swing.foot == foot
            if again and swing.contact_s - landings[-1].contact_s < MIN_STANCE_SHARE * stride:
                continue
            leaving = own[k + 1] if k + 1 < len(own) else None
            toe_off = leaving.toe_off_s if leaving is not None else None
            if toe_off is not None:
                share = (toe_off - swing.contact_s) / stride
                small = signals.height_px[swing.peak_index] < params.small_person_px
                toe_off = (
                    toe_off if not small and MIN_STANCE_SHARE <= share <= MAX_STANCE_SHARE else None
                )
            landings.append(Landing(swing, swing.contact_s, toe_off, leaving, stride))
    return sorted(landings, key=lambda landing: landing.contact_s)


def flight_s(landing: Landing, landings: list[Landing]) -> float | None:
    """Time between the other foot's toe-off and this contact: positive in running, negative in walking."""
    offs = [
        other.toe_off_s
        for other in landings
        if other.swing.foot != landing.swing.foot
        and other.toe_off_s is not None
        and abs(other.toe_off_s - landing.contact_s) < 0.5 * landing.stride_s
    ]
    return (
        landing.contact_s - min(offs, key=lambda off: abs(off - landing.contact_s))
        if offs
        else None
    )


def slide_of(landing: Landing, signals: GaitSignals) -> float:
    """Way along the walk of the slower end of the foot from the contact until it rests, heights; NaN where unseen."""
    first, last = np.searchsorted(
        signals.time_s, [landing.contact_s + SETTLED_S, landing.contact_s + LONGEST_SLIDE_S]
    )
    foot, axis = landing.swing.foot, signals.axis[first:last]
    ends = np.stack(
        [signals.heel_velocity[first:last, foot], signals.toe_velocity[first:last, foot]]
    )
    speed = np.abs(np.einsum("enk,nk->en", ends, axis)).min(axis=0)
    if speed.size == 0 or np.isnan(speed).any():
        return math.nan
    rests = np.flatnonzero(speed <= SLIDING_SHARE * landing.swing.peak_speed)
    return float(speed[: rests[0] if rests.size else speed.size].sum()) * signals.step_s


def facing_of(landing: Landing, signals: GaitSignals) -> float:
    """Heel to toe across the picture while the foot stands flat, heights; NaN where it is not seen."""
    first, last = np.searchsorted(
        signals.time_s,
        [
            landing.contact_s + FLAT_FROM * landing.stride_s,
            landing.contact_s + FLAT_TO * landing.stride_s,
        ],
    )
    foot = landing.swing.foot
    across = (signals.toe_xy_px - signals.heel_xy_px)[first:last, foot, 0] / signals.height_px[
        first:last
    ]
    return float(np.median(across)) if across.size else math.nan


def air_s(landing: Landing, landings: list[Landing]) -> float:
    """How long both feet were in the air before a contact, seconds; NaN where a toe-off was not seen."""
    own = landing.swing.toe_off_s
    others = [
        (other.contact_s, other.toe_off_s)
        for other in landings
        if other.swing.foot != landing.swing.foot
        and other.contact_s < landing.contact_s - TOGETHER_S
    ]
    if own is None or not others:
        return math.nan
    off = max(others)[1]
    return math.nan if off is None else landing.contact_s - max(own, off)
