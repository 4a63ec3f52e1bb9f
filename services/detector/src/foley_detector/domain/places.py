"""Where on the ground a foot lands and leaves, in the picture of that moment.

A standing foot rests, so its place is the median over its rest: one frame in which the pose network errs, or in which
somebody walks past in front, does not matter.
"""

from __future__ import annotations

import numpy as np

from foley_detector.domain.types import FloatArray, GaitSignals

HEEL_REST_SHARE = 0.45
"""Of the stance: so long does the heel stay down (heel rise at 0.31 of the stride, half of a stance of 0.62; Perry,
"Gait Analysis")."""

TOE_REST_SHARE = 0.5
"""Of the stance: from the foot lying flat to toe-off the toe stays where it is."""


def contact_place(
    signals: GaitSignals, foot: int, contact_s: float, stance_s: float, *, heel_first: bool
) -> tuple[float, float]:
    """Where the heel, or the toe of a forefoot landing, rests after the contact: x and y in pixels."""
    points = (signals.heel_xy_px if heel_first else signals.toe_xy_px)[:, foot]
    end_s = contact_s + HEEL_REST_SHARE * stance_s
    return _resting_place(signals, points, foot, (contact_s, end_s), at_s=contact_s)


def toe_off_place(
    signals: GaitSignals, foot: int, toe_off_s: float, stance_s: float
) -> tuple[float, float]:
    """Where the toe rests before the toe-off: x and y in pixels."""
    start_s = toe_off_s - TOE_REST_SHARE * stance_s
    points = signals.toe_xy_px[:, foot]
    return _resting_place(signals, points, foot, (start_s, toe_off_s), at_s=toe_off_s)


def _resting_place(
    signals: GaitSignals,
    points: FloatArray,
    foot: int,
    span_s: tuple[float, float],
    *,
    at_s: float,
) -> tuple[float, float]:
    """Median place over a span, as it lies in the picture at one moment of it."""
    last = signals.time_s.size - 1
    at = min(int(np.searchsorted(signals.time_s, at_s)), last)
    first, end = np.searchsorted(signals.time_s, span_s)
    rest = np.arange(max(0, int(first)), min(last, int(end)) + 1)
    rest = rest[~np.isnan(signals.foot_path[rest, foot, 0])]
    if not rest.size:
        rest = np.array([at])
    moved = signals.ground_shift_px[at] - signals.ground_shift_px[rest]
    x, y = np.median(points[rest] + moved, axis=0)
    return float(x), float(y)
