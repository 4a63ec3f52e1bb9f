"""What the event network sees of one person: legs about the hips and on the ground, free of size and slow motion."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

import numpy as np

from foley_detector.domain.ground import ground_path, hip_centre
from foley_detector.domain.params import GaitParams
from foley_detector.domain.signals import bridge_gaps, local_polynomial, uniform_grid
from foley_detector.domain.types import FloatArray, LegPoint, PersonMotion

INPUT_RATE_HZ = 50.0  # samples per second of normalised time
INPUT_CHANNELS = 36  # own foot, other foot, body
SIDEWAYS_CHANNELS = (
    0,
    2,
    4,
    6,
    8,
    10,
    12,
    16,
    18,
    20,
    22,
    24,
    26,
    28,
    32,
)  # a mirror turns their sign
_POINTS = [LegPoint.KNEE, LegPoint.ANKLE, LegPoint.HEEL, LegPoint.TOE]
_MIN_HALF_WINDOW_S = 0.045  # the network smooths further by itself
_WINDOW_FRAMES = 2.0  # a parabola through four samples
_PLACE_UNIT = 0.2  # heights; brings inputs to about one
_SPEED_UNIT = 2.0  # heights per second
_GROWTH_UNIT = 0.3  # per second
_LIMIT = 6.0  # units; what is beyond is an outlier


def event_inputs(
    motion: PersonMotion, params: GaitParams, *, slowness: float
) -> tuple[FloatArray, FloatArray] | None:
    """Inputs for both feet on an even grid; None where the stretch is shorter than the grid.

    Args:
        motion: One stretch of one person.
        params: Limits of bridged gaps.
        slowness: Seconds of the clip per second of ordinary walking or running; 1 without slow motion.

    Returns:
        Times, shape ``(m,)`` in seconds of the clip, and inputs, shape ``(2, INPUT_CHANNELS, m)``.
    """
    step_s = slowness / INPUT_RATE_HZ
    grid = uniform_grid(motion.time_s[0], motion.time_s[-1], 1.0 / step_s)
    if grid.size < 3:
        return None
    interval = motion.frame_interval_s
    n, time_s = motion.time_s.size, motion.time_s
    centre = hip_centre(motion.legs_xy_px, time_s, params)
    body = ground_path(centre[:, None], motion.height_px, motion.camera_step)[:, 0]
    columns, known = [], np.zeros((2, grid.size))
    seen = np.zeros((2, grid.size))
    for foot in range(2):
        for point in _POINTS:
            raw = (motion.legs_xy_px[:, foot, point] - centre) / motion.height_px[:, None]
            filled, _, ok = bridge_gaps(time_s, raw, np.ones(n), max_gap_s=params.max_gap_s)
            columns.append(filled)
            known[foot] += np.interp(grid, time_s, ok) / len(_POINTS)
            seen[foot] += np.interp(grid, time_s, motion.visibility[:, foot, point]) / len(_POINTS)
    values = np.concatenate([*columns, body, np.log(motion.height_px)[:, None]], axis=1)
    half_window_s = max(_MIN_HALF_WINDOW_S * slowness, _WINDOW_FRAMES * interval)
    place, slope = local_polynomial(time_s, values, np.ones(n), grid, half_window_s=half_window_s)
    slope = slope * slowness
    legs = place[:, :16].reshape(-1, 2, 4, 2)
    speed = slope[:, :16].reshape(-1, 2, 4, 2) + slope[:, None, None, 16:18]
    feet = [
        np.concatenate(
            [
                legs[:, foot].reshape(-1, 8) / _PLACE_UNIT,
                speed[:, foot, 1:].reshape(-1, 6) / _SPEED_UNIT,
                known[foot][:, None],
                seen[foot][:, None],
            ],
            axis=1,
        )
        for foot in range(2)
    ]
    rate = np.full((grid.size, 1), np.log(max(interval / slowness, 1e-3) * 30.0))
    whole = np.concatenate(
        [slope[:, 16:18] / _SPEED_UNIT, slope[:, 18:] / _GROWTH_UNIT, rate], axis=1
    )
    both = np.stack(
        [np.concatenate([feet[foot], feet[1 - foot], whole], axis=1).T for foot in range(2)]
    )
    return grid, np.clip(both, -_LIMIT, _LIMIT)


def mirrored(inputs: FloatArray) -> FloatArray:
    """The same walk seen in a mirror, in which left stays left."""
    turned = inputs.copy()
    turned[:, list(SIDEWAYS_CHANNELS)] *= -1
    return turned
