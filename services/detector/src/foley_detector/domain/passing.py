"""Swings seen from the side: the feet pass each other, whatever the network calls them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from scipy import ndimage, signal

from foley_detector.domain.gait import first_below, last_below, rest_level, rest_speed, toe_speed
from foley_detector.domain.params import DEFAULT_STRIDE_S, GaitParams
from foley_detector.domain.signals import crossing_s, running_median, zero_phase_smooth
from foley_detector.domain.types import FloatArray, GaitSignals, IntArray, Swing

BEHIND, AHEAD = 0, 1  # names of the feet in ordered signals
SMOOTH_SHARE = 0.05  # of a stride: half window for the distance of the feet
SMALL_SMOOTH_SHARE = 0.12  # the same for people of few pixels
MIN_STEP_S = 0.12  # sprinters step every 0.22 s
NEAR_S = 1.0  # over this time to both sides the usual range of that distance is taken
NEIGHBOUR_STEPS = 5
MIN_RISE = 0.06  # heights: how much the distance of the feet rises and falls with a step
MIN_RISE_SHARE = 0.3  # of the usual range of that distance
PEAK_QUANTILE = 0.8  # the speed of a swing's faster part, not its one fastest sample
NEARLY_WIDEST = 0.8  # of the way from passing to widest
SAME_FOOT_COST = 1.0  # one foot swinging twice running, against evidence of at most 1 per swing
LONG_STEP = 1.7  # steps: in a longer time the feet have stood, or a step was missed
MISSED_STEP_COST = 0.3


def passing_swings(labelled: GaitSignals, ordered: GaitSignals, params: GaitParams) -> list[Swing]:
    """One swing for every time that the feet pass each other.

    Args:
        labelled: Signals by left and right, legs un-swapped.
        ordered: Signals by place (`motion.leading_foot_signals`) on the same grid.
        params: Limits.
    """
    stride = np.where(np.isnan(labelled.stride_s), DEFAULT_STRIDE_S, labelled.stride_s)
    typical = float(np.median(stride))
    small = float(np.median(labelled.height_px)) < params.small_person_px
    distance = smooth_distance(
        labelled, typical, share=SMALL_SMOOTH_SHARE if small else SMOOTH_SHARE
    )
    widest = widest_moments(distance, labelled.step_s)
    if widest.size < 2:
        return []
    rest, toe = rest_speed(ordered, params), toe_speed(ordered)
    swings: list[Swing] = []
    evidence: list[float] = []
    signed = np.sign(np.nan_to_num(labelled.separation))
    for start, before, passing, after, end in _passings(distance, widest):
        swing = _timed(ordered, (rest, toe, distance), (start, before, passing, after, end), params)
        if swing is not None:
            swings.append(swing)
            ahead, behind = _mean(signed[passing : after + 1]), _mean(signed[before : passing + 1])
            evidence.append((ahead - behind) / 2)
    return _named(swings, evidence, ordered, typical)


def smooth_distance(
    signals: GaitSignals, stride_s: float, *, share: float = SMOOTH_SHARE
) -> FloatArray:
    """Distance of the feet along the walk, heights, shape ``(n,)``; bridged where a foot is not known."""
    distance = np.abs(signals.separation)
    known = ~np.isnan(distance)
    if known.sum() < 2:
        return np.zeros(distance.size)
    filled = np.interp(signals.time_s, signals.time_s[known], distance[known])
    return zero_phase_smooth(filled, step_s=signals.step_s, half_window_s=share * stride_s)


def widest_moments(distance: FloatArray, step_s: float) -> IntArray:
    """Grid samples at which the feet are furthest apart, once per step."""
    if distance.size < 3:
        return np.zeros(0, np.int64)
    padded = np.r_[distance[0] - 1.0, distance, distance[-1] - 1.0]  # the ends may be widest, too
    peaks, found = signal.find_peaks(
        padded, prominence=MIN_RISE, distance=max(1, round(MIN_STEP_S / step_s))
    )
    places = np.asarray(peaks, np.int64) - 1
    around = round(NEAR_S / step_s)
    usual = ndimage.maximum_filter1d(distance, 2 * around + 1) - ndimage.minimum_filter1d(
        distance, 2 * around + 1
    )
    rises = np.minimum(np.asarray(found["prominences"]), distance[places])
    return places[rises >= MIN_RISE_SHARE * usual[places]]


def _passings(distance: FloatArray, widest: IntArray) -> list[tuple[int, int, int, int, int]]:
    """Five moments of every swing: passing before, feet widest, feet passing, feet widest again, passing after.

    At the ends of the walk, and of a pause in it, half a swing is seen: the first landing or the last toe-off.
    """
    gaps = np.diff(widest).astype(np.float64)
    usual = running_median(gaps, NEIGHBOUR_STEPS)
    last = distance.size - 1
    # Stretches of feet passing one after the other, each padded by half a swing at both ends.
    breaks = np.flatnonzero(gaps > LONG_STEP * usual) + 1
    moments: list[tuple[int, int, int, int, int]] = []
    for stretch in np.split(widest, breaks):
        step = round(
            float(np.median(np.diff(stretch))) if stretch.size > 1 else float(np.median(gaps))
        )
        first, final = max(0, int(stretch[0]) - step), min(last, int(stretch[-1]) + step)
        nodes = [first, *(int(node) for node in stretch), final]
        between = [a + int(np.argmin(distance[a : b + 1])) for a, b in itertools.pairwise(nodes)]
        for k, passing in enumerate(between):
            start = between[k - 1] if k else first
            end = between[k + 1] if k + 1 < len(between) else final
            moments.append((start, nodes[k], passing, nodes[k + 1], end))
    return moments


def _timed(
    ordered: GaitSignals,
    series: tuple[FloatArray, FloatArray, FloatArray],
    moments: tuple[int, int, int, int, int],
    params: GaitParams,
) -> Swing | None:
    """Toe-off of the foot behind before the passing, contact of the foot ahead after it."""
    start, before, passing, after, end = moments
    rest, toe, distance = series
    lead, trail = rest[passing : end + 1, AHEAD], rest[before : passing + 1, BEHIND]
    if np.isnan(lead).mean() > 0.5 and np.isnan(trail).mean() > 0.5:
        return None
    swinging = np.concatenate([rest[passing : after + 1, AHEAD], trail])
    peak_speed = _fast(swinging)
    toe_peak = _fast(
        np.concatenate([toe[passing : after + 1, AHEAD], toe[before : passing + 1, BEHIND]])
    )
    if peak_speed < params.min_swing_speed:
        return None
    time_s = ordered.time_s
    level = rest_level(params.contact_level, peak_speed, lead)
    top = (
        passing + int(np.nanargmax(rest[passing : after + 1, AHEAD]))
        if _any(rest[passing : after + 1, AHEAD])
        else after
    )
    contact_s = first_below(time_s, rest[:, AHEAD], top, end - top, level)
    if ordered.height_px[after] < params.small_person_px:  # speeds of so few pixels are noise
        contact_s = nearly_widest_s(time_s, distance, passing, after)
    toe_top = (
        before + int(np.nanargmax(toe[before : passing + 1, BEHIND]))
        if _any(toe[before : passing + 1, BEHIND])
        else before
    )
    toe_off_s = last_below(
        time_s, toe[:, BEHIND], toe_top, toe_top - start, params.toe_off_level * toe_peak
    )
    if contact_s is None and toe_off_s is None:
        return None
    way = float(np.nansum(swinging)) * ordered.step_s
    if way < params.min_swing_path:
        return None
    settled = rest[after : end + 1, AHEAD]
    standing = rest[start : before + 1, BEHIND]
    return Swing(
        foot=0,
        peak_index=passing,
        peak_speed=peak_speed,
        toe_off_s=toe_off_s,
        contact_s=contact_s,
        path=way,
        rest_share=_low(settled) / peak_speed,
        toe_off_rest_share=_low(standing) / peak_speed,
    )


def nearly_widest_s(time_s: FloatArray, distance: FloatArray, passing: int, widest: int) -> float:
    """When the feet stop parting: the body carries them a little further apart after the contact."""
    low, high = float(distance[passing]), float(distance[widest])
    level = low + NEARLY_WIDEST * (high - low)
    below = np.flatnonzero(distance[passing : widest + 1] < level)
    at = passing + (int(below[-1]) if below.size else 0)
    return crossing_s(time_s, distance, at, level) if at < widest else float(time_s[widest])


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if values.size else 0.0


def _any(values: FloatArray) -> bool:
    return bool(values.size) and not bool(np.isnan(values).all())


def _fast(values: FloatArray) -> float:
    return float(np.nanquantile(values, PEAK_QUANTILE)) if _any(values) else 0.0


def _low(values: FloatArray) -> float:
    return float(np.nanquantile(values, 1 - PEAK_QUANTILE)) if _any(values) else 0.0


def _named(
    swings: list[Swing], evidence: list[float], signals: GaitSignals, stride_s: float
) -> list[Swing]:
    """Say which foot swung: what the labels say, and that feet take turns. Viterbi over the swings."""
    if not swings:
        return []
    best = np.array([-evidence[0], evidence[0]])
    back = np.zeros((len(swings), 2), np.int64)
    for k in range(1, len(swings)):
        gap_s = (swings[k].peak_index - swings[k - 1].peak_index) * signals.step_s
        same = MISSED_STEP_COST if gap_s > LONG_STEP * stride_s / 2 else SAME_FOOT_COST
        arriving = best[:, None] + np.array([[same, 0.0], [0.0, same]])
        back[k] = arriving.argmin(axis=0)
        best = arriving.min(axis=0) + np.array([-evidence[k], evidence[k]])
    foot = int(best.argmin())
    named: list[Swing] = []
    for k in range(len(swings) - 1, -1, -1):
        named.append(replace(swings[k], foot=foot))
        foot = int(back[k, foot])
    return named[::-1]
