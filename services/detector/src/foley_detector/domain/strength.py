"""How hard a foot lands, and with which part."""

from __future__ import annotations

import numpy as np

from foley_common.footsteps import StrikePattern
from foley_detector.domain.types import GaitSignals

APPROACH_S = 0.06  # the last part of the swing, in which the foot comes down
HALF_STRENGTH_SPEED = 1.1  # heights per second: a brisk walker's landing is of middling strength
SWING_SHARE = 0.2  # of the swing's speed: what the legs carry is stopped by the ground, too
ARREST_SHARE = 0.5  # of the body's fall that the landing stops; the knees take the other half
BEFORE_S, AFTER_S = (
    0.06,
    0.12,
)  # the body's fall is compared over this time before and after the contact
FLAT_FOOT_SHARE = 0.4  # of the stance: by then the sole lies flat, by any pattern
PITCH_CHANGE = 0.012  # heights of toe against heel: about 5 degrees of a foot of 0.15 heights


def landing_strength(
    signals: GaitSignals, foot: int, contact_s: float, swing_speed: float
) -> float:
    """Strength from 0 to 1: the foot's fall, the body's fall that is stopped, a share of the swing, against walking's.

    Speeds are in body heights per second, so people far away or tall in the picture compare. The impulse of a landing
    is the mass that is stopped times its speed (Nilsson and Thorstensson 1989: vertical impact grows with speed and
    with the vertical velocity of the body); mass is not seen, so it is taken as everybody's.
    """
    first, last = np.searchsorted(signals.time_s, [contact_s - APPROACH_S, contact_s])
    fall = 0.0
    if last > first:
        heel, toe = signals.heel_velocity[first:last, foot], signals.toe_velocity[first:last, foot]
        fall = max(0.0, float(np.nanmax(np.maximum(heel[:, 1], toe[:, 1]), initial=0.0)))
    speed = fall + SWING_SHARE * swing_speed + ARREST_SHARE * arrested_fall(signals, contact_s)
    return speed / (speed + HALF_STRENGTH_SPEED)


def arrested_fall(signals: GaitSignals, contact_s: float) -> float:
    """Downward speed that the body loses at a contact, heights per second, 0 or more."""
    first, at, last = np.searchsorted(
        signals.time_s, [contact_s - BEFORE_S, contact_s, contact_s + AFTER_S]
    )
    before, after = signals.hip_fall[first:at], signals.hip_fall[at:last]
    if before.size == 0 or after.size == 0:
        return 0.0
    return max(0.0, float(before.mean() - after.min()))


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
