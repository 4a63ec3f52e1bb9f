"""From swings to footsteps: legal order, confidence, kind of gait."""

# scipy ships no types, and numpy's reductions are partly unknown to the checker.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foley_common.footsteps import Footstep, GaitKind, StrikePattern
from foley_detector.domain.kinds import stair_landings, stop_landings
from foley_detector.domain.params import GaitParams
from foley_detector.domain.places import contact_place, toe_off_place
from foley_detector.domain.strength import landing_strength, strike_pattern
from foley_detector.domain.types import GaitSignals, Swing

DEFAULT_STRIDE_S = 1.1  # ordinary walking
DEFAULT_STANCE_SHARE = 0.6  # of the stride, walking; where a toe-off was not seen
MIN_STANCE_SHARE = 0.12  # of the stride: sprinters stand a fifth of it
MAX_STANCE_SHARE = (
    0.9  # of the stride: a longer stance is standing still, its end belongs to another step
)
MIN_PERSON_PX = 20.0
NEIGHBOUR_STRIDES = 1.3  # steps further apart do not belong to one walk
MIN_STEP_SHARE = 0.12  # of a stride: both feet landing together is no walk
SEEN_S = 0.1  # before and after the contact
WALK_BELIEF = (
    0.55,
    0.8,
    0.95,
    1.0,
)  # by steps in turn: one moved foot is seldom a step, four in turn are a walk
BELIEF_WEIGHT = 3.0  # of the network's belief against the cues' 6.5 in all
KIND_NEIGHBOURS = 2  # steps before and after that vote on walk or run


@dataclass(frozen=True, slots=True)
class _Landing:
    swing: Swing
    contact_s: float
    toe_off_s: float | None
    leaving: Swing | None
    stride_s: float


def footsteps_of(
    swings: Sequence[Swing], signals: GaitSignals, *, track_id: int, params: GaitParams
) -> list[Footstep]:
    """Footsteps of one stretch of one person, by time of contact; ids are given later.

    A footstep begins with the contact that ends a swing and ends with the toe-off that begins the same foot's next.
    """
    landings = _landings(swings, signals, params)
    flights = [_flight_s(landing, landings) for landing in landings]
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


def _landings(swings: Sequence[Swing], signals: GaitSignals, params: GaitParams) -> list[_Landing]:
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
            landings.append(_Landing(swing, swing.contact_s, toe_off, leaving, stride))
    return sorted(landings, key=lambda landing: landing.contact_s)


def _special_kinds(landings: list[_Landing], signals: GaitSignals) -> dict[int, GaitKind]:
    """Kinds that stand above walk and run, by number of the landing."""
    if not landings:
        return {}
    contacts = np.array([landing.contact_s for landing in landings])
    strides = np.array([landing.stride_s for landing in landings])
    feet = np.array([landing.swing.foot for landing in landings])
    at = np.minimum(np.searchsorted(signals.time_s, contacts), signals.time_s.size - 1)
    known = ~np.isnan(signals.foot_path).any(axis=(1, 2))
    seen_until_s = float(signals.time_s[known][-1]) if known.any() else float(contacts[-1])
    kinds: dict[int, GaitKind] = {}
    for k in np.flatnonzero(stop_landings(contacts, strides, seen_until_s)):
        kinds[int(k)] = GaitKind.STOP
    places = np.nan_to_num(signals.foot_path[at, feet])
    for k in np.flatnonzero(stair_landings(places, signals.height_px[at], signals.side_view[at])):
        kinds[int(k)] = GaitKind.STAIRS
    return kinds


def _flight_s(landing: _Landing, landings: list[_Landing]) -> float | None:
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


def _footstep(
    k: int,
    landing: _Landing,
    landings: list[_Landing],
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
    confidence = _confidence(k, landing, landings, at=at, signals=signals, params=params)
    off_confidence, off_x, off_y = 0.0, None, None
    if landing.toe_off_s is not None and landing.leaving is not None:
        belief = landing.leaving.toe_off_belief
        cue = _rest_cue(landing.leaving.toe_off_rest_share, params) if belief is None else belief
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


def _rest_cue(rest_share: float, params: GaitParams) -> float:
    """1 for a foot that rests still, falling to 0.3 for one that barely passes the contact level."""
    return 1.0 - 0.7 * min(rest_share / params.contact_level, 1.0)


def _confidence(
    k: int,
    landing: _Landing,
    landings: list[_Landing],
    *,
    at: int,
    signals: GaitSignals,
    params: GaitParams,
) -> float:
    """Weighted geometric mean of cues, each 0 to 1: the foot is seen, rests, swung fast, in rhythm, in turn."""
    swing = landing.swing
    size = (float(signals.height_px[at]) - MIN_PERSON_PX) / (params.small_person_px - MIN_PERSON_PX)
    excess = swing.peak_speed / params.min_swing_speed - 1.0
    turn, rhythm = _company(k, landing, landings)
    cues = {
        "seen": (_seen(signals, at, swing.foot), 1.0),
        "size": (min(max(size, 0.1), 1.0), 0.5),
        "rest": (_rest_cue(swing.rest_share, params), 1.0),
        "speed": (excess / (excess + 0.5), 1.0),
        "way": (swing.path / (swing.path + params.min_swing_path), 1.0),
        "turn": (turn, 1.5),
        "rhythm": (rhythm, 0.5),
    }
    if swing.contact_belief is not None:
        cues["belief"] = (swing.contact_belief, BELIEF_WEIGHT)
    total = sum(weight for _, weight in cues.values())
    mean = math.exp(sum(weight * math.log(max(cue, 1e-3)) for cue, weight in cues.values()) / total)
    return mean * WALK_BELIEF[min(_walk_length(k, landings), len(WALK_BELIEF)) - 1]


def _seen(signals: GaitSignals, at: int, foot: int) -> float:
    """Visibility of the foot around its landing; one frame without it is forgiven."""
    reach = round(SEEN_S / signals.step_s) if signals.step_s else 0
    return float(np.median(signals.visibility[max(0, at - reach) : at + reach + 1, foot]))


def _walk_length(k: int, landings: list[_Landing]) -> int:
    """Steps in turn, at a walking rhythm, that this landing is one of."""
    length = 1
    for direction in (-1, 1):
        i = k
        while 0 <= i + direction < len(landings) and _in_turn(landings[i], landings[i + direction]):
            length += 1
            i += direction
    return length


def _in_turn(one: _Landing, other: _Landing) -> bool:
    apart = abs(other.contact_s - one.contact_s) / min(one.stride_s, other.stride_s)
    return other.swing.foot != one.swing.foot and MIN_STEP_SHARE <= apart <= NEIGHBOUR_STRIDES


def _company(k: int, landing: _Landing, landings: list[_Landing]) -> tuple[float, float]:
    """Whether the neighbouring landings are the other foot's, and how regular they are; 0 to 1 each."""
    reach = NEIGHBOUR_STRIDES * landing.stride_s / 2
    near = [
        other
        for other in (
            landings[k - 1] if k else None,
            landings[k + 1] if k + 1 < len(landings) else None,
        )
        if other is not None and abs(other.contact_s - landing.contact_s) <= reach
    ]
    if not near:
        return 0.25, 0.5
    turns = [1.0 if _in_turn(landing, other) else 0.2 for other in near]
    turn = (sum(turns) / len(turns)) * (1.0 if len(near) == 2 else 0.8)
    if len(near) < 2:
        return turn, 0.7
    before, after = (abs(other.contact_s - landing.contact_s) for other in near)
    return turn, min(before, after) / max(before, after, 1e-6)
