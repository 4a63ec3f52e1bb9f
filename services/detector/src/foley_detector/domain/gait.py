"""Swings, initial contacts and toe-offs of both feet."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import numpy as np

from foley_detector.domain.params import DEFAULT_STRIDE_S, GaitParams
from foley_detector.domain.signals import crossing_s, zero_phase_smooth
from foley_detector.domain.types import FloatArray, GaitSignals, Swing

SEARCH_SHARE = (
    0.5  # of a stride: a landing or toe-off lies nearer to the middle of its swing than that
)
SPLIT_SHARE = 0.6  # of a stride: two swings of one foot are further apart
REST_SHARE = 0.12  # of a stride: how long after the landing the rest is looked at
CLEAR_GROWTH = 0.05  # share per second: a person who grows faster in the picture comes nearer
CONTRAST_SHARE = 0.08  # of a stride: half window of the smoothing that tells swings apart
NEIGHBOURS = 2  # swings before and after that a swing's strength is compared with


def find_swings(signals: GaitSignals, params: GaitParams) -> list[Swing]:
    """Every swing of both feet, in order of its fastest moment.

    Where one foot is much faster than the other it swings: the difference of the feet's speeds has one hill per left
    and one valley per right swing, in any view. Times are then taken from the finer signals of heel and toe.
    """
    stride = np.where(np.isnan(signals.stride_s), DEFAULT_STRIDE_S, signals.stride_s)
    contrast = _contrast(signals, float(np.median(stride)))
    rest, toe = rest_speed(signals, params), toe_speed(signals)
    swings = []
    for foot, peak in _swing_peaks(contrast, signals, stride, params):
        swing = _timed(
            foot,
            peak,
            signals,
            rest=rest[:, foot],
            toe=toe[:, foot],
            stride_s=stride[peak],
            params=params,
        )
        if swing is not None:
            swings.append(swing)
    return swings


def rest_speed(signals: GaitSignals, params: GaitParams) -> FloatArray:
    """Speed of whichever end of the foot is slower, shape ``(n, 2)``, heights per second.

    A sole that touches the ground has a point at rest: the heel when it lands first, the toe when a runner lands on
    the forefoot, the toe before it leaves.
    """
    vertical = 1.0 - (1.0 - params.vertical_weight) * signals.side_view
    weight = np.stack([np.ones_like(vertical), vertical], axis=1)[:, None, :]
    heel = np.linalg.norm(signals.heel_velocity * weight, axis=2)
    toe = np.linalg.norm(signals.toe_velocity * weight, axis=2)
    return np.minimum(heel, toe)


def rest_level(share: float, peak: float, values: FloatArray) -> float:
    """Speed below which a foot has landed: a share of the way from its rest up to its swing peak.

    The rest is what the landmarks tremble by when the foot stands (low quantile of what follows the peak).
    """
    floor = (
        float(np.nanquantile(values, 0.1)) if values.size and not np.isnan(values).all() else 0.0
    )
    floor = min(floor, share * peak)
    return floor + share * (peak - floor)


def toe_speed(signals: GaitSignals) -> FloatArray:
    """Speed of the toe along the walk, shape ``(n, 2)``: the toe landmark rises before the tip leaves the ground."""
    return np.abs(np.einsum("nfk,nk->nf", signals.toe_velocity, signals.axis))


def _contrast(signals: GaitSignals, stride_s: float) -> FloatArray:
    """Speed of the left foot minus that of the right; a foot that is not known counts as resting."""
    speed = np.nan_to_num(signals.foot_speed)
    difference = speed[:, 0] - speed[:, 1]
    return zero_phase_smooth(
        difference, step_s=signals.step_s, half_window_s=CONTRAST_SHARE * stride_s
    )


def _swing_peaks(
    contrast: FloatArray, signals: GaitSignals, stride: FloatArray, params: GaitParams
) -> list[tuple[int, int]]:
    """Foot and grid sample of every swing's fastest moment."""
    sign = np.sign(contrast)
    edges = np.flatnonzero(np.diff(sign) != 0) + 1
    lobes = [
        piece
        for piece in np.split(np.arange(contrast.size), edges)
        if piece.size > 2 and sign[piece[0]]
    ]
    height = np.array([np.abs(contrast[lobe]).max() for lobe in lobes])
    kept: list[tuple[int, int]] = []
    for k, lobe in enumerate(lobes):
        foot = 0 if sign[lobe[0]] > 0 else 1
        near = np.r_[height[max(0, k - NEIGHBOURS) : k], height[k + 1 : k + 1 + NEIGHBOURS]]
        usual = float(np.median(near)) if near.size else float(height[k])
        if height[k] < max(params.min_swing_contrast * usual, params.min_swing_speed / 2):
            continue
        peak = int(lobe[np.abs(contrast[lobe]).argmax()])
        speed = signals.foot_speed[peak, foot]
        if np.isnan(speed) or speed < params.min_swing_speed:
            continue
        if kept and kept[-1][0] == foot:
            other = kept[-1][1]
            if (peak - other) * signals.step_s < SPLIT_SHARE * stride[peak]:
                if np.abs(contrast[peak]) > np.abs(contrast[other]):
                    kept[-1] = (foot, peak)
                continue
        kept.append((foot, peak))
    return kept


def _timed(
    foot: int,
    peak: int,
    signals: GaitSignals,
    *,
    rest: FloatArray,
    toe: FloatArray,
    stride_s: float,
    params: GaitParams,
) -> Swing | None:
    """Find when the swing around a sample begins and ends; None when neither can be seen or it goes nowhere."""
    reach = round(SEARCH_SHARE * stride_s / signals.step_s)
    around = slice(max(0, peak - reach // 2), min(rest.size, peak + reach // 2 + 1))
    rest_peak, toe_peak = np.nanmax(rest[around], initial=0.0), np.nanmax(toe[around], initial=0.0)
    top = around.start + int(np.nanargmax(rest[around]))
    toe_top = around.start + int(np.nanargmax(toe[around]))
    level = rest_level(
        _contact_share(signals, peak, params), float(rest_peak), rest[top : top + reach]
    )
    contact_s = first_below(signals.time_s, rest, top, reach, level)
    toe_off_s = last_below(signals.time_s, toe, toe_top, reach, params.toe_off_level * toe_peak)
    if contact_s is None and toe_off_s is None:
        return None
    first = peak if toe_off_s is None else int(np.searchsorted(signals.time_s, toe_off_s))
    last = peak if contact_s is None else int(np.searchsorted(signals.time_s, contact_s))
    way = np.nansum(
        np.linalg.norm(np.diff(signals.foot_path[first : last + 1, foot], axis=0), axis=1)
    )
    if way < params.min_swing_path:
        return None
    settle = round(REST_SHARE * stride_s / signals.step_s)
    after = rest[last : last + settle + 1] if contact_s is not None else np.zeros(0)
    before = rest[max(0, first - settle) : first + 1] if toe_off_s is not None else np.zeros(0)
    return Swing(
        foot=foot,
        peak_index=peak,
        peak_speed=float(rest_peak),
        toe_off_s=toe_off_s,
        contact_s=contact_s,
        path=float(way),
        rest_share=_least(after) / max(float(rest_peak), 1e-6),
        toe_off_rest_share=_least(before) / max(float(rest_peak), 1e-6),
    )


def _contact_share(signals: GaitSignals, at: int, params: GaitParams) -> float:
    """Share of the swing's speed that marks the contact, by the view at a sample."""
    toe_below_heel = float(np.nanmedian(signals.pitch))  # positive when feet point at the camera
    growth = (
        float(np.polyfit(signals.time_s, np.log(signals.height_px), 1)[0])
        if signals.time_s.size > 1
        else 0.0
    )
    towards = growth > 0 if abs(growth) > CLEAR_GROWTH else toe_below_heel > 0
    along = params.front_contact_level if towards else params.back_contact_level
    side = float(signals.side_view[at])
    return side * params.contact_level + (1 - side) * along


def _least(values: FloatArray) -> float:
    return float(np.nanmin(values)) if values.size and not np.isnan(values).all() else 0.0


def first_below(
    time_s: FloatArray, values: FloatArray, start: int, reach: int, level: float
) -> float | None:
    """First time from ``start`` on at which a signal falls below a level; None when it does not, or is lost before."""
    for i in range(start, min(start + reach, values.size - 1)):
        if np.isnan(values[i + 1]):
            return None
        if values[i] >= level > values[i + 1]:
            return crossing_s(time_s, values, i, level)
    return None


def last_below(
    time_s: FloatArray, values: FloatArray, start: int, reach: int, level: float
) -> float | None:
    """Last time before ``start`` at which a signal rises above a level."""
    for i in range(start - 1, max(start - reach, 0) - 1, -1):
        if np.isnan(values[i]):
            return None
        if values[i] < level <= values[i + 1]:
            return crossing_s(time_s, values, i, level)
    return None
