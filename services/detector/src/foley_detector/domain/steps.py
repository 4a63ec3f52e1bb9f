"""From swings to footsteps: legal order, confidence, kind of gait."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from foley_common.footsteps import Footstep, GaitKind, StrikePattern
from foley_detector.domain.confidence import confidence_of, rest_cue
from foley_detector.domain.kinds import (
    jump_landings,
    scuff_landings,
    stair_landings,
    stop_landings,
    turn_landings,
)
from foley_detector.domain.landings import (
    Landing,
    air_s,
    facing_of,
    flight_s,
    landings_of,
    slide_of,
)
from foley_detector.domain.params import GaitParams
from foley_detector.domain.places import contact_place, toe_off_place
from foley_detector.domain.strength import landing_strength, strike_pattern
from foley_detector.domain.types import GaitSignals, Swing

DEFAULT_STANCE_SHARE = 0.6  # of the stride, walking; where a toe-off was not seen
KIND_NEIGHBOURS = 2  # steps before and after that vote on walk or run


def footsteps_of(
    swings: Sequence[Swing], signals: GaitSignals, *, track_id: int, params: GaitParams
) -> list[Footstep]:
    """Footsteps of one stretch of one person, by time of contact; ids are given later.

    A footstep begins with the contact that ends a swing and ends with the toe-off that begins the same foot's next.
    """
    landings = landings_of(swings, signals, params)
    flights = [flight_s(landing, landings) for landing in landings]
    special = _special_kinds(landings, signals)
    steps = []
    for k, landing in enumerate(landings):
        around = [
            f
            for f in flights[max(0, k - KIND_NEIGHBOURS) : k + KIND_NEIGHBOURS + 1]
            if f is not None
        ]
        kind = (
            None if not around else GaitKind.RUN if float(np.median(around)) > 0 else GaitKind.WALK
        )
        steps.append(
            _footstep(
                k,
                landing,
                landings,
                kind=special.get(k, kind),
                signals=signals,
                track_id=track_id,
                params=params,
            )
        )
    return steps


def _special_kinds(landings: list[Landing], signals: GaitSignals) -> dict[int, GaitKind]:
    """Kinds that stand above walk and run, by number of the landing; the later ones win."""
    if not landings:
        return {}
    contacts = np.array([landing.contact_s for landing in landings])
    strides = np.array([landing.stride_s for landing in landings])
    feet = np.array([landing.swing.foot for landing in landings])
    at = np.minimum(np.searchsorted(signals.time_s, contacts), signals.time_s.size - 1)
    known = ~np.isnan(signals.foot_path).any(axis=(1, 2))
    seen_until_s = float(signals.time_s[known][-1]) if known.any() else float(contacts[-1])
    places = np.nan_to_num(signals.foot_path[at, feet])
    slides = np.array([slide_of(landing, signals) for landing in landings])
    facings = np.array([facing_of(landing, signals) for landing in landings])
    in_air_s = np.array([air_s(landing, landings) for landing in landings])
    found = {
        GaitKind.SCUFF: scuff_landings(slides),
        GaitKind.STOP: stop_landings(contacts, strides, seen_until_s),
        GaitKind.TURN: turn_landings(places, facings),
        GaitKind.STAIRS: stair_landings(places, signals.height_px[at], signals.side_view[at]),
        GaitKind.LANDING: jump_landings(contacts, feet, in_air_s, strides),
    }
    return {int(k): kind for kind, numbers in found.items() for k in np.flatnonzero(numbers)}


def _footstep(
    k: int,
    landing: Landing,
    landings: list[Landing],
    *,
    kind: GaitKind | None,
    signals: GaitSignals,
    track_id: int,
    params: GaitParams,
) -> Footstep:
    foot, contact_s = landing.swing.foot, landing.contact_s
    stance_s = DEFAULT_STANCE_SHARE * landing.stride_s
    if landing.toe_off_s is not None:
        stance_s = landing.toe_off_s - contact_s
    pattern = strike_pattern(signals, foot, contact_s, stance_s)
    at = min(int(np.searchsorted(signals.time_s, contact_s)), signals.time_s.size - 1)
    heel_first = pattern is StrikePattern.HEEL
    x, y = contact_place(signals, foot, contact_s, stance_s, heel_first=heel_first)
    confidence = confidence_of(
        k,
        landing,
        landings,
        at=at,
        is_jump=kind is GaitKind.LANDING,
        signals=signals,
        params=params,
    )
    off_confidence, off_x, off_y = 0.0, None, None
    if landing.toe_off_s is not None and landing.leaving is not None:
        belief = landing.leaving.toe_off_belief
        cue = rest_cue(landing.leaving.toe_off_rest_share, params) if belief is None else belief
        off_confidence = math.sqrt(confidence * cue)
        off_x, off_y = toe_off_place(signals, foot, landing.toe_off_s, stance_s)
    return Footstep(
        footstep_id="",
        track_id=track_id,
        side=landing.swing.side,
        initial_contact_time_s=contact_s,
        toe_off_time_s=landing.toe_off_s,
        confidence=confidence,
        toe_off_confidence=off_confidence,
        strength=landing_strength(signals, foot, contact_s, landing.swing.peak_speed),
        gait_kind=kind,
        strike_pattern=pattern,
        x_px=x,
        y_px=y,
        person_height_px=float(signals.height_px[at]),
        toe_off_x_px=off_x,
        toe_off_y_px=off_y,
    )
