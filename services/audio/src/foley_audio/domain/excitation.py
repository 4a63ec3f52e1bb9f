"""Force on the ground over a step: heel, ball and toe-off, as the shoe and the gait make them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES
from foley_audio.domain.types import FloatArray, StepSpec
from foley_common.footsteps import GaitKind, StrikePattern
from foley_common.surfaces import Footwear

PULSE_S = {
    # Length of the force pulse of a first touch. Contact times in the literature are 0.5-1 ms (hard heel), 1.5-3 ms
    # (leather), 4-8 ms (sneaker), over 10 ms (bare foot). The fitted powers hold the recordings' own pulse already, so
    # these are short, and in the same order: only what a softer shoe smears on top.
    Footwear.HIGH_HEEL: 0.0001,
    Footwear.DRESS_SHOE: 0.0001,
    Footwear.FLAT: 0.0002,
    Footwear.BOOT: 0.0002,
    Footwear.SNEAKER: 0.0002,
    Footwear.SANDAL: 0.0003,
    Footwear.SOCKS: 0.002,
    Footwear.BAREFOOT: 0.002,
}
BALL_FRACTION = 0.18  # of the stance, after the heel; 0.15 to 0.25 in the literature
TOE_FRACTION = 0.92  # of the stance: the toes push off shortly before they leave
BALL_FIRST = (GaitKind.RUN, GaitKind.STAIRS)
STANDING = 0.08  # of a heel's force, while the foot stands
FORGOTTEN = 7.0  # time constants after which a force is nothing
LOAD_S = 0.035  # how long the force of a landing lasts


@dataclass(frozen=True, slots=True)
class ForceBump:
    """One landing of one part of the foot.

    Attributes:
        time_s: From the contact.
        weight: Relative force, about 1 for a heel.
        pulse_s: Length of the force pulse of its first touch.
        load_s: How long it presses.
    """

    time_s: float
    weight: float
    pulse_s: float
    load_s: float


def force_bumps(spec: StepSpec, dice: np.random.Generator) -> list[ForceBump]:
    """Heel, ball and toe-off of one step; the first bump is the contact, at 0 s.

    Running, stairs and forefoot strikes land on the ball; both feet of a landing hit flat; a scuff slides; a last step
    does not push off.
    """
    pulse = (
        PULSE_S[spec.footwear]
        * (1.25 - 0.5 * spec.strength)
        * float(np.exp(0.12 * dice.standard_normal()))
    )
    ball_s = BALL_FRACTION * spec.stance_time_s * float(np.exp(0.15 * dice.standard_normal()))
    toe_s = TOE_FRACTION * spec.stance_time_s
    first = ForceBump(0.0, 1.0, pulse, LOAD_S)
    toe = ForceBump(toe_s, 0.25, 3 * pulse, 1.5 * LOAD_S)
    forefoot = spec.strike_pattern is StrikePattern.FOREFOOT or (
        spec.gait_kind in BALL_FIRST and spec.strike_pattern is not StrikePattern.HEEL
    )
    if spec.gait_kind is GaitKind.STOP:
        return [first, ForceBump(ball_s, 0.5, 2 * pulse, 1.5 * LOAD_S)]
    if spec.gait_kind is GaitKind.LANDING:
        return [first, ForceBump(0.012, 0.9, pulse, LOAD_S), toe]
    if spec.gait_kind is GaitKind.SCUFF:
        return [
            ForceBump(0.0, 0.6, 2 * pulse, 3 * LOAD_S),
            ForceBump(ball_s, 0.6, 2 * pulse, 3 * LOAD_S),
            toe,
        ]
    if forefoot or spec.strike_pattern is StrikePattern.MIDFOOT:
        return [first, ForceBump(0.02, 0.35, 2 * pulse, LOAD_S), toe]
    return [first, ForceBump(ball_s, 0.6, 1.6 * pulse, 1.2 * LOAD_S), toe]


def signs(dice: np.random.Generator, count: int) -> FloatArray:
    """So many times −1 or 1."""
    return 2.0 * dice.integers(0, 2, count).astype(np.float64) - 1.0


def pulse(length_s: float, rate_hz: int) -> FloatArray:
    """A force pulse, half a sine to the power 1.5 (Hunt and Crossley's contact for a stiff ball), of unit sum."""
    n = max(2, round(length_s * rate_hz))
    shape = np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 1.5
    return shape / shape.sum()


def force_curve(bumps: list[ForceBump], length: int) -> FloatArray:
    """Load on the ground over time, shape ``(length,)``, its contact at `LEAD_SAMPLES`.

    Sharp on, slow off, and never quite nothing while the foot stands.
    """
    force = np.zeros(length)
    for bump in bumps:
        first = LEAD_SAMPLES + round(bump.time_s * ENGINE_RATE_HZ)
        count = min(length - first, round(FORGOTTEN * bump.load_s * ENGINE_RATE_HZ))
        if count > 0:
            fall = -1.0 / (bump.load_s * ENGINE_RATE_HZ)
            force[first : first + count] += bump.weight * np.exp(fall * np.arange(count))
    leaves = LEAD_SAMPLES + round((bumps[-1].time_s + bumps[-1].load_s) * ENGINE_RATE_HZ)
    force[LEAD_SAMPLES:leaves] += STANDING
    return force
