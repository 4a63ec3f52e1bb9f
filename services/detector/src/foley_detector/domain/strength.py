"""How hard a foot lands, and with which part."""

from __future__ import annotations

import numpy as np
from foley_common.footsteps import StrikePattern

from foley_detector.domain.types import GaitSignals

APPROACH_S = 0.1  # the last part of the swing, in which the foot comes down
HALF_STRENGTH_SPEED = (
    1.2  # heights per second: an ordinary walker's landing is of middling strength
)
FORWARD_SHARE = 0.3  # forward speed is lost in friction, the fall in the impact
FLAT_FOOT_SHARE = 0.4  # of the stance: by then the sole lies flat, by any pattern
PITCH_CHANGE = 0.012  # heights of toe against heel: about 5 degrees of a foot of 0.15 heights


def landing_strength(signals: GaitSignals, foot: int, contact_s: float) -> float:
    """Strength from 0 to 1: the speed just before contact, downwards and (by a share) forwards, against walking's.

    Speeds are in body heights, so people far away or tall in the picture compare.
    """
    first, last = np.searchsorted(signals.time_s, [contact_s - APPROACH_S, contact_s])
    if last <= first:
        return 0.0
    heel, toe = signals.heel_velocity[first:last, foot], signals.toe_velocity[first:last, foot]
    fall = np.nanmax(np.maximum(heel[:, 1], toe[:, 1]), initial=0.0)
    forward = np.nanmax(np.linalg.norm(heel, axis=1), initial=0.0)
    speed = max(0.0, float(fall)) + FORWARD_SHARE * float(forward)
    return speed / (speed + HALF_STRENGTH_SPEED)


def strike_pattern(
    signals: GaitSignals, foot: int, contact_s: float, stance_s: float
) -> StrikePattern | None:
    """Which part of the foot lands first: whether the toe or the heel still goes down after the contact."""
    at, flat = np.searchsorted(signals.time_s, [contact_s, contact_s + FLAT_FOOT_SHARE * stance_s])
    if flat >= signals.time_s.size or flat <= at:
        return None
    change = float(signals.pitch[flat, foot] - signals.pitch[at, foot])
    if np.isnan(change):
        return None
    if change > PITCH_CHANGE:
        return StrikePattern.HEEL
    return StrikePattern.FOREFOOT if change < -PITCH_CHANGE else StrikePattern.MIDFOOT
