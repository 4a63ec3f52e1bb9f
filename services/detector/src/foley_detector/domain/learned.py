"""From the network's hills of belief to swings: legal order of contacts and toe-offs, and which foot."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import signal

from foley_detector.domain.event_inputs import event_inputs, mirrored
from foley_detector.domain.gait import last_below, rest_speed, toe_speed
from foley_detector.domain.params import GaitParams
from foley_detector.domain.signals import running_median
from foley_detector.domain.types import FloatArray, GaitSignals, PersonMotion, Swing

CONTACT, TOE_OFF, STANCE = 0, 1, 2  # rows of the network's output
MIN_BELIEF = 0.15  # of both feet together: lower hills are not looked at
MIN_APART_S = (
    0.1  # normalised time: two contacts of one person are never nearer, sprinters step every 0.22 s
)
CONTACT_LATE_S = (
    0.008  # normalised time: how late the network's contacts were on the real development clips
)
BOTH_FEET_BELIEF = 0.65  # in each foot: they land, or leave, together
SKIP_AT = 0.3  # a hill as high as this may as well be left out
MISSED_COST = 2.0  # nats: an event that the order demands was not seen
SAME_FOOT_COST = 1.5  # nats: one foot lands twice running
MIN_SIDE = 0.02  # share: the network is never surer of the side than that
SLOWNESSES = (
    1.0,
    1.4,
    2.0,
    2.8,
    4.0,
)  # slow motion that is tried; the network bears a factor of 1.5
WORTHLESS = 0.2  # belief that speaks for no slowness
CLEARLY_BETTER = 1.1  # share of belief that another slowness must gain
MIN_CONTACTS = 3  # fewer have no rhythm
STEPS_AROUND = 5  # steps whose median is the local rhythm
HALF_SWING_S = 0.3  # normalised time: looked at where one end of a swing was not seen
MAX_SWING_S = 1.2  # normalised time: a longer swing is two that were not told apart
PEAK_QUANTILE = 0.8  # the speed of a swing's faster part, not its one fastest sample
NEAR_TOE_OFF_S = 0.1  # normalised time: how far the toe's own moment may be from the network's
TOE_SHARE = 0.5  # of the toe's own moment in the toe-off, against the network's
SETTLED_S = 0.12  # normalised time after a contact, or before a toe-off, in which the foot rests


@dataclass(frozen=True, slots=True)
class _Hill:
    time_s: float
    kind: int
    belief: float
    left: float  # share of the left foot


def best_reading(
    motion: PersonMotion,
    signals: GaitSignals,
    network: Callable[[FloatArray], FloatArray],
    params: GaitParams,
) -> list[Swing]:
    """Swings at the slowness at which the network believes most.

    Slow motion cannot be read off the file. A walk seen too fast or too slow looks like no walk, so the network is
    asked at several speeds; ordinary speed wins unless another is clearly better.
    """
    best: list[Swing] = []
    highest = 0.0
    for slowness in SLOWNESSES:
        made = event_inputs(motion, params, slowness=slowness)
        if made is None:
            continue
        time_s, inputs = made
        beliefs = (network(inputs) + network(mirrored(inputs))) / 2  # two looks err less than one
        swings = learned_swings(time_s, beliefs, signals, params, slowness=slowness)
        score = sum(max((swing.contact_belief or 0.0) - WORTHLESS, 0.0) for swing in swings)
        if score > highest * (CLEARLY_BETTER if highest else 1.0):
            best, highest = swings, score
        elif not best:
            best = swings
    return best


def with_strides_of(swings: Sequence[Swing], signals: GaitSignals) -> GaitSignals:
    """The signals with stride periods as the contacts have them: twice the usual step around each."""
    contacts = np.sort([swing.contact_s for swing in swings if swing.contact_s is not None])
    if contacts.size < MIN_CONTACTS:
        return signals
    strides = 2 * running_median(np.diff(contacts), STEPS_AROUND)
    middles = (contacts[1:] + contacts[:-1]) / 2
    return replace(signals, stride_s=np.interp(signals.time_s, middles, strides))


def learned_swings(
    time_s: FloatArray,
    beliefs: FloatArray,
    signals: GaitSignals,
    params: GaitParams,
    *,
    slowness: float,
) -> list[Swing]:
    """Swings between the toe-offs and contacts that the network believes in, by time.

    Args:
        time_s: shape ``(m,)``, even.
        beliefs: shape ``(2, 3, m)``, foot; contact, toe-off, stance.
        signals: The same stretch, for speeds.
        params: Limits.
        slowness: As given to `event_inputs`.
    """
    hills = sorted(
        _hills(time_s, beliefs, CONTACT, slowness) + _hills(time_s, beliefs, TOE_OFF, slowness),
        key=lambda hill: hill.time_s,
    )
    chosen = _legal(hills)
    rest = rest_speed(signals, params)
    toe = toe_speed(signals)
    swings: list[Swing] = []
    for foot in range(2):
        own = [hill for hill, side in chosen if side == foot]
        before: _Hill | None = None
        for hill in own:
            if hill.kind == CONTACT:
                off = before
                if off is not None and hill.time_s - off.time_s > MAX_SWING_S * slowness:
                    swings.append(_swing(foot, (off, None), signals, rest, slowness))
                    off = None
                swings.append(_swing(foot, (off, hill), signals, rest, slowness))
                before = None
            else:
                if before is not None:
                    swings.append(_swing(foot, (before, None), signals, rest, slowness))
                before = hill
        if before is not None:
            swings.append(_swing(foot, (before, None), signals, rest, slowness))
    moved = [
        _refined(swing, toe[:, swing.foot], signals, params, slowness)
        for swing in swings
        if swing.peak_speed >= params.min_swing_speed and swing.path >= params.min_swing_path
    ]
    return sorted(moved, key=lambda swing: swing.peak_index)


def _refined(
    swing: Swing, toe: FloatArray, signals: GaitSignals, params: GaitParams, slowness: float
) -> Swing:
    """The toe-off at the moment when the toe speeds up, where that is near the network's moment.

    The network says that there is a toe-off; of its time it knows less than the toe, whose lift it learned from
    walkers that were made up.
    """
    if swing.toe_off_s is None:
        return swing
    reach = NEAR_TOE_OFF_S * slowness
    end_s = (
        swing.contact_s
        if swing.contact_s is not None
        else swing.toe_off_s + HALF_SWING_S * slowness
    )
    first, at, last = np.searchsorted(
        signals.time_s, [swing.toe_off_s - reach, swing.toe_off_s, end_s]
    )
    rise = toe[at:last]
    if rise.size < 2 or np.isnan(rise).all():
        return swing
    top = int(at) + int(np.nanargmax(rise))
    peak = float(np.nanquantile(rise, PEAK_QUANTILE))
    moment = last_below(signals.time_s, toe, top, top - int(first), params.toe_off_level * peak)
    if moment is None or abs(moment - swing.toe_off_s) > reach:
        return swing
    return replace(swing, toe_off_s=(1 - TOE_SHARE) * swing.toe_off_s + TOE_SHARE * moment)


def _hills(time_s: FloatArray, beliefs: FloatArray, kind: int, slowness: float) -> list[_Hill]:
    """Hills of both feet together, so that feet which the pose network confuses still count once."""
    both = beliefs[:, kind].sum(axis=0)
    step_s = float(time_s[1] - time_s[0])
    padded = np.r_[0.0, both, 0.0]
    apart = max(1, round(MIN_APART_S * slowness / step_s))
    peaks, _ = signal.find_peaks(padded, height=MIN_BELIEF, distance=apart)
    late_s = CONTACT_LATE_S * slowness if kind == CONTACT else 0.0
    hills = []
    for peak in np.asarray(peaks, np.int64) - 1:
        together = _both_feet(beliefs[:, kind], int(peak), apart)
        if together is not None:
            for foot, top in enumerate(together):
                own = beliefs[foot, kind]
                left = 1 - MIN_SIDE if foot == 0 else MIN_SIDE
                hills.append(
                    _Hill(
                        _top_s(time_s, own, top) - late_s, kind, min(float(own[top]), 0.999), left
                    )
                )
            continue
        near = slice(max(0, peak - 1), peak + 2)
        weight = beliefs[:, kind, near].sum(axis=1)
        left = float(np.clip(weight[0] / max(weight.sum(), 1e-9), MIN_SIDE, 1 - MIN_SIDE))
        hills.append(
            _Hill(
                _top_s(time_s, both, int(peak)) - late_s, kind, min(float(both[peak]), 0.999), left
            )
        )
    return hills


def _both_feet(beliefs: FloatArray, peak: int, apart: int) -> tuple[int, int] | None:
    """Samples at which each foot has a hill of its own under one peak of both: a jump; None where one foot has.

    A network that cannot tell left from right gives each foot half a belief; here each has more.
    """
    near = slice(max(0, peak - apart), peak + apart + 1)
    tops = beliefs[:, near].argmax(axis=1) + near.start
    if min(beliefs[0, tops[0]], beliefs[1, tops[1]]) < BOTH_FEET_BELIEF:
        return None
    return int(tops[0]), int(tops[1])


def _top_s(time_s: FloatArray, values: FloatArray, peak: int) -> float:
    """Top of the parabola through the logarithms around a peak: exact for a bell."""
    if not 0 < peak < values.size - 1:
        return float(time_s[peak])
    a, b, c = np.log(np.maximum(values[peak - 1 : peak + 2], 1e-6))
    bend = a - 2 * b + c
    shift = 0.0 if bend >= 0 else 0.5 * (a - c) / bend
    return float(time_s[peak] + min(max(shift, -0.5), 0.5) * (time_s[1] - time_s[0]))


def _legal(hills: list[_Hill]) -> list[tuple[_Hill, int]]:
    """Hills to keep and whose they are: the cheapest legal story, by Viterbi.

    A state is (left stands, right stands, who landed last). Leaving out a hill costs what it is believed in, an event
    that must have gone unseen costs `MISSED_COST`.
    """
    states = [(left, right, last) for left in (0, 1) for right in (0, 1) for last in (0, 1)]
    number = {state: k for k, state in enumerate(states)}
    best = np.zeros(len(states))
    back: list[list[tuple[int, int]]] = []
    threshold = math.log(SKIP_AT / (1 - SKIP_AT))
    for hill in hills:
        gain = math.log(hill.belief / (1 - hill.belief)) - threshold
        arriving = np.full(len(states), np.inf)
        origin = [(0, -1)] * len(states)
        for k, state in enumerate(states):
            options = [(best[k] + max(gain, 0.0), k, -1)]
            for foot in range(2):
                cost = best[k] + max(-gain, 0.0)
                cost -= math.log(hill.left if foot == 0 else 1 - hill.left)
                after = list(state)
                if hill.kind == CONTACT:
                    cost += MISSED_COST * state[foot] + SAME_FOOT_COST * (state[2] == foot)
                    after[foot], after[2] = 1, foot
                else:
                    cost += MISSED_COST * (1 - state[foot])
                    after[foot] = 0
                options.append((cost, number[(after[0], after[1], after[2])], foot))
            for cost, to, foot in options:
                if cost < arriving[to]:
                    arriving[to], origin[to] = cost, (k, foot)
        best = arriving
        back.append(origin)
    state = int(best.argmin())
    chosen: list[tuple[_Hill, int]] = []
    for k in range(len(hills) - 1, -1, -1):
        state, foot = back[k][state]
        if foot >= 0:
            chosen.append((hills[k], foot))
    return chosen[::-1]


def _swing(
    foot: int,
    ends: tuple[_Hill | None, _Hill | None],
    signals: GaitSignals,
    rest: FloatArray,
    slowness: float,
) -> Swing:
    """The swing with its speed, way and rest. Speeds are those of the faster foot: labels may be exchanged."""
    off, contact = ends
    grid = signals.time_s
    half = HALF_SWING_S * slowness
    start_s = off.time_s if off is not None else (contact.time_s if contact else 0.0) - half
    end_s = contact.time_s if contact is not None else start_s + half
    first, last = np.searchsorted(grid, [start_s, end_s])
    last = min(max(int(last), int(first) + 2), grid.size)
    first = min(int(first), last - 2)
    speed = np.nan_to_num(signals.foot_speed[first:last]).max(axis=1)
    peak_speed = float(np.quantile(speed, PEAK_QUANTILE))
    settled = round(SETTLED_S * slowness / signals.step_s)
    return Swing(
        foot=foot,
        peak_index=first + int(speed.argmax()),
        peak_speed=peak_speed,
        toe_off_s=None if off is None else off.time_s,
        contact_s=None if contact is None else contact.time_s,
        path=float(speed.sum()) * signals.step_s,
        rest_share=_least(rest[last : last + settled]) / max(peak_speed, 1e-6),
        toe_off_rest_share=_least(rest[max(0, first - settled) : first]) / max(peak_speed, 1e-6),
        contact_belief=0.0 if contact is None else contact.belief,
        toe_off_belief=0.0 if off is None else off.belief,
    )


def _least(values: FloatArray) -> float:
    """What the quieter foot trembles by; 0 where nothing is known."""
    quieter = np.fmin(values[:, 0], values[:, 1])
    return (
        0.0 if quieter.size == 0 or np.isnan(quieter).all() else float(np.nanquantile(quieter, 0.2))
    )
