"""How sure a landing is: cues of the foot, of its neighbours, and the event network's belief."""

from __future__ import annotations

import math

import numpy as np

from foley_detector.domain.kinds import TOGETHER_S
from foley_detector.domain.landings import Landing
from foley_detector.domain.params import GaitParams
from foley_detector.domain.types import GaitSignals

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
RULES_ALONE = 0.75  # of that for two or three steps that no network confirmed: things that tremble pair up by chance
NO_FLIGHT = 0.5  # of the confidence of feet that land together though nobody saw them fly: they may as well stand
HASTY_SHARE = (
    0.7  # of the step beside it; stride times vary by a few percent (Hausdorff 2005, JNER 2:19)
)
HASTY_END = (
    0.6  # of the confidence of a first or last landing so hasty: poses come and go with errors
)
JUMP_BELIEF = 0.9  # both feet flew and landed: hardly anything else looks like it
BELIEF_WEIGHT = 3.0  # of the network's belief against the cues' 6.5 in all


def rest_cue(rest_share: float, params: GaitParams) -> float:
    """1 for a foot that rests still, falling to 0.3 for one that barely passes the contact level."""
    return 1.0 - 0.7 * min(rest_share / params.contact_level, 1.0)


def confidence_of(
    k: int,
    landing: Landing,
    landings: list[Landing],
    *,
    at: int,
    is_jump: bool,
    signals: GaitSignals,
    params: GaitParams,
) -> float:
    """Weighted geometric mean of cues, each 0 to 1: the foot is seen, rests, swung fast, in rhythm, in turn.

    Feet that land from a jump are in no turn and no rhythm; that they flew stands for both.
    """
    swing = landing.swing
    size = (float(signals.height_px[at]) - MIN_PERSON_PX) / (params.small_person_px - MIN_PERSON_PX)
    excess = swing.peak_speed / params.min_swing_speed - 1.0
    turn, rhythm = (1.0, 1.0) if is_jump else _company(k, landing, landings)
    cues = {
        "seen": (_seen(signals, at, swing.foot), 1.0),
        "size": (min(max(size, 0.1), 1.0), 0.5),
        "rest": (rest_cue(swing.rest_share, params), 1.0),
        "speed": (excess / (excess + 0.5), 1.0),
        "way": (swing.path / (swing.path + params.min_swing_path), 1.0),
        "turn": (turn, 1.5),
        "rhythm": (rhythm, 0.5),
    }
    if swing.contact_belief is not None:
        cues["belief"] = (swing.contact_belief, BELIEF_WEIGHT)
    total = sum(weight for _, weight in cues.values())
    mean = math.exp(sum(weight * math.log(max(cue, 1e-3)) for cue, weight in cues.values()) / total)
    if is_jump:
        return mean * JUMP_BELIEF
    if any(
        0 < abs(other.contact_s - landing.contact_s) <= TOGETHER_S
        for other in landings[max(0, k - 1) : k + 2]
    ):
        mean *= NO_FLIGHT
    if _is_hasty_end(k, landings):
        mean *= HASTY_END
    length = min(_walk_length(k, landings), len(WALK_BELIEF))
    alone = swing.contact_belief is None and length < len(WALK_BELIEF)
    return mean * WALK_BELIEF[length - 1] * (RULES_ALONE if alone else 1.0)


def _seen(signals: GaitSignals, at: int, foot: int) -> float:
    """Visibility of the foot around its landing; one frame without it is forgiven."""
    reach = round(SEEN_S / signals.step_s) if signals.step_s else 0
    return float(np.median(signals.visibility[max(0, at - reach) : at + reach + 1, foot]))


def _walk_length(k: int, landings: list[Landing]) -> int:
    """Steps in turn, at a walking rhythm, that this landing is one of."""
    length = 1
    for direction in (-1, 1):
        i = k
        while 0 <= i + direction < len(landings) and _in_turn(landings[i], landings[i + direction]):
            length += 1
            i += direction
    return length


def _is_hasty_end(k: int, landings: list[Landing]) -> bool:
    """True for the first or last landing of a walk that comes much closer to its neighbour than the rhythm there."""
    for inward in (-1, 1):
        if 0 <= k - inward < len(landings) and _are_one_walk(landings[k], landings[k - inward]):
            continue
        line = [k, k + inward, k + 2 * inward]
        if not all(0 <= i < len(landings) for i in line):
            continue
        end, near, far = (landings[i] for i in line)
        if not (_are_one_walk(end, near) and _are_one_walk(near, far)):
            continue
        step_s, usual_s = abs(near.contact_s - end.contact_s), abs(far.contact_s - near.contact_s)
        if step_s < HASTY_SHARE * usual_s:
            return True
    return False


def _are_one_walk(one: Landing, other: Landing) -> bool:
    reach_s = NEIGHBOUR_STRIDES * min(one.stride_s, other.stride_s) / 2
    return abs(one.contact_s - other.contact_s) <= reach_s


def _in_turn(one: Landing, other: Landing) -> bool:
    apart = abs(other.contact_s - one.contact_s) / min(one.stride_s, other.stride_s)
    return other.swing.foot != one.swing.foot and MIN_STEP_SHARE <= apart <= NEIGHBOUR_STRIDES


def _company(k: int, landing: Landing, landings: list[Landing]) -> tuple[float, float]:
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
