"""From one person's legs to smooth signals of both feet against the ground."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foley_detector.domain.ground import ground_path, hip_centre
from foley_detector.domain.params import GaitParams
from foley_detector.domain.signals import (
    bridge_gaps,
    dominant_period_s,
    local_polynomial,
    moving_mean,
    nearest_known,
    uniform_grid,
    zero_phase_smooth,
)
from foley_detector.domain.types import BoolArray, FloatArray, GaitSignals, LegPoint, PersonMotion

FOOT_POINTS = [LegPoint.ANKLE, LegPoint.HEEL, LegPoint.TOE]
AXIS_WINDOW_S = 2.0  # two strides of walking: the direction of a walk changes more slowly than that
STRIDE_WINDOW_S = 5.0  # four strides of walking for the autocorrelation
STRIDE_HOP_S = 1.0
RHYTHM_SMOOTHING_S = 0.12  # half a sprinter's step
DRIFT_WINDOW_S = 2.0
DRIFT_HOP_S = 0.5
DRIFT_SIDE_VIEW = 0.5  # seen along the walk, the foot–hip motion says nothing about the ground's
BACKWARD_SHARE = (
    0.4  # share of the fastest backward moves against the hips that are stance for sure
)
FOOT_SMOOTHING = 0.06  # share of a stride: swings last 0.35 to 0.6 of it


def gait_signals(motion: PersonMotion, params: GaitParams) -> GaitSignals | None:
    """Signals of both feet on the grid; None when the stretch is shorter than the grid."""
    interval = motion.frame_interval_s
    half_window_s = max(params.min_half_window_s, params.window_frames * interval)
    signals = _signals(motion, params, half_window_s)
    if signals is None:
        return None
    strides = signals.stride_s[~np.isnan(signals.stride_s)]
    slow = params.stride_window_share * float(np.median(strides)) if strides.size else 0.0
    if slow > 1.2 * half_window_s:
        again = _signals(motion, params, slow)
        return again if again is not None else signals
    return signals


def _signals(
    motion: PersonMotion, params: GaitParams, half_window_s: float, like: GaitSignals | None = None
) -> GaitSignals | None:
    """Signals; with ``like``, in the frame (axis, drift, view, rhythm) of others on the same grid."""
    grid = uniform_grid(motion.time_s[0], motion.time_s[-1], params.grid_rate_hz)
    if grid.size < 3:
        return None
    step_s = 1.0 / params.grid_rate_hz
    height = np.interp(grid, motion.time_s, motion.height_px)
    points, slopes, pixels, known, seen = _foot_points(motion, grid, params, half_window_s)
    velocity = slopes  # (n, foot, point, xy)
    foot_velocity = velocity.mean(axis=2)
    body = (pixels.mean(axis=2) - _hips(motion, grid, params, half_window_s)[:, None]) / height[
        :, None, None
    ]
    gap = body[:, 0] - body[:, 1]  # left foot from right foot, heights
    forward = ((pixels[:, :, 2] - pixels[:, :, 1]) / height[:, None, None]).mean(axis=1)
    axis = walking_axis(gap, forward, step_s=step_s) if like is None else like.axis
    separation = np.einsum("nk,nk->n", gap, axis)
    hip_offset = np.einsum("nfk,nk->nf", body, axis)
    if like is None:
        window = round(AXIS_WINDOW_S / step_s)
        sideways = gap[:, 0] - moving_mean(gap[:, 0], window)
        side_view = np.clip(
            np.sqrt(moving_mean(sideways**2, window)) / params.side_excursion, 0.0, 1.0
        )
        along = np.einsum("nfk,nk->nf", foot_velocity, axis)
        drift = ground_drift(along, np.gradient(hip_offset, step_s, axis=0), side_view, grid, known)
    else:
        side_view, drift = like.side_view, like.drift
    velocity = velocity - (drift[:, None] * axis)[:, None, None, :]
    foot_velocity = foot_velocity - (drift[:, None] * axis)[:, None, :]
    speed = np.linalg.norm(foot_velocity, axis=2)
    if like is None:
        stride_s = _strides(speed[:, 0] - speed[:, 1], np.abs(separation), side_view, grid, params)
    else:
        stride_s = like.stride_s
    strides = stride_s[~np.isnan(stride_s)]
    smooth_s = max(
        half_window_s, FOOT_SMOOTHING * (float(np.median(strides)) if strides.size else 1.0)
    )
    speed = np.maximum(zero_phase_smooth(speed, step_s=step_s, half_window_s=smooth_s), 0.0)
    heel = velocity[:, :, :2].mean(
        axis=2
    )  # ankle and heel move alike at landing; two landmarks tremble less
    result = {
        "heel_velocity": heel,
        "toe_velocity": velocity[:, :, 2],
        "foot_speed": speed,
        "foot_path": points.mean(axis=2),
        "hip_offset": hip_offset,
        "pitch": (pixels[:, :, 2, 1] - pixels[:, :, 1, 1]) / height[:, None],
    }
    for values in result.values():
        values[~known] = np.nan
    separation[~known.all(axis=1)] = np.nan
    return GaitSignals(
        time_s=grid,
        separation=separation,
        hip_fall=_hip_fall(motion, grid, params, half_window_s),
        axis=axis,
        drift=drift,
        side_view=side_view,
        stride_s=stride_s,
        visibility=seen,
        height_px=height,
        heel_xy_px=pixels[:, :, 1],
        toe_xy_px=pixels[:, :, 2],
        ground_shift_px=_camera_shift(motion, grid, params)
        + np.cumsum((drift * height)[:, None] * axis, axis=0) * step_s,
        half_window_s=half_window_s,
        **result,
    )


def leading_foot_signals(
    motion: PersonMotion, signals: GaitSignals, params: GaitParams
) -> GaitSignals | None:
    """The same signals with feet named by place: 0 is the foot behind, 1 the foot ahead along the walk.

    Legs that the network exchanges change nothing here: whoever is ahead is ahead. Seen from the side, the foot ahead
    comes to rest at a contact, the foot behind leaves at a toe-off, and they change places in mid-swing.
    """
    axis = np.column_stack(
        [np.interp(motion.time_s, signals.time_s, signals.axis[:, k]) for k in range(2)]
    )
    feet = motion.legs_xy_px[:, :, FOOT_POINTS]
    known = ~np.isnan(feet)
    feet = np.where(known, feet, 0.0).sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    feet[known.sum(axis=2) == 0] = np.nan
    along = np.einsum("nfk,nk->nf", feet, axis)
    exchange = along[:, 0] > along[:, 1]
    legs, seen = motion.legs_xy_px.copy(), motion.visibility.copy()
    legs[exchange], seen[exchange] = legs[exchange][:, ::-1], seen[exchange][:, ::-1]
    ordered = replace(motion, legs_xy_px=legs, visibility=seen)
    return _signals(ordered, params, signals.half_window_s, like=signals)


def _foot_points(
    motion: PersonMotion, grid: FloatArray, params: GaitParams, half_window_s: float
) -> tuple[FloatArray, FloatArray, FloatArray, BoolArray, FloatArray]:
    """Ground path, ground velocity and picture place of ankle, heel and toe; where a foot is known; visibility."""
    n = grid.size
    path, slope, pixels = (np.zeros((n, 2, 3, 2)) for _ in range(3))
    count, seen = np.zeros((n, 2), np.int64), np.zeros((n, 2))
    centre = hip_centre(motion.legs_xy_px, motion.time_s, params)
    for foot in range(2):
        for k, point in enumerate(FOOT_POINTS):
            raw = motion.legs_xy_px[:, foot, point] - centre
            filled, weights, ok = bridge_gaps(
                motion.time_s, raw, motion.visibility[:, foot, point], max_gap_s=params.max_gap_s
            )
            place = filled + centre
            ground = ground_path(place[:, None], motion.height_px, motion.camera_step)[:, 0]
            both = np.concatenate([ground, place], axis=1)
            value, rate = local_polynomial(
                motion.time_s, both, weights, grid, half_window_s=half_window_s
            )
            path[:, foot, k], slope[:, foot, k], pixels[:, foot, k] = (
                value[:, :2],
                rate[:, :2],
                value[:, 2:],
            )
            gap_s = max(params.max_gap_s, 2.5 * motion.frame_interval_s)
            near = nearest_known(motion.time_s, ok, grid, max_gap_s=gap_s)
            # In a long gap a parabola flies off; a straight line stays between the two places that were seen.
            line = np.column_stack([np.interp(grid, motion.time_s, axis) for axis in place.T])
            pixels[~near, foot, k] = line[~near]
            count[:, foot] += near
            seen[:, foot] += np.interp(grid, motion.time_s, motion.visibility[:, foot, point]) / 3
    return path, slope, pixels, count >= 2, seen  # two of three points place a foot


def _hips(
    motion: PersonMotion, grid: FloatArray, params: GaitParams, half_window_s: float
) -> FloatArray:
    centre = hip_centre(motion.legs_xy_px, motion.time_s, params)
    return local_polynomial(
        motion.time_s, centre, np.ones(motion.time_s.size), grid, half_window_s=half_window_s
    )[0]


def _hip_fall(
    motion: PersonMotion, grid: FloatArray, params: GaitParams, half_window_s: float
) -> FloatArray:
    """How fast the hips go down against the background, heights per second."""
    centre = hip_centre(motion.legs_xy_px, motion.time_s, params)
    path = ground_path(centre[:, None], motion.height_px, motion.camera_step)[:, 0]
    _, slope = local_polynomial(
        motion.time_s, path, np.ones(motion.time_s.size), grid, half_window_s=half_window_s
    )
    return slope[:, 1]


def _camera_shift(motion: PersonMotion, grid: FloatArray, params: GaitParams) -> FloatArray:
    """How far the background where the person is has moved in the picture since the first sample, shape ``(n, 2)``."""
    centre = hip_centre(motion.legs_xy_px, motion.time_s, params)
    turns, offsets = motion.camera_step[1:, :, :2], motion.camera_step[1:, :, 2]
    steps = np.einsum("nij,nj->ni", turns, centre[:-1]) + offsets - centre[:-1]
    path = np.concatenate([np.zeros((1, 2)), np.cumsum(steps, axis=0)])
    return np.column_stack([np.interp(grid, motion.time_s, path[:, axis]) for axis in range(2)])


def walking_axis(gap: FloatArray, forward: FloatArray, *, step_s: float) -> FloatArray:
    """Direction of the walk in the picture, shape ``(n, 2)``, unit length.

    Args:
        gap: shape ``(n, 2)``, from right foot to left foot. It swings along the walk: its principal axis is the walk's.
        forward: shape ``(n, 2)``, from heel to toe, which gives the axis its sign.
        step_s: Distance of samples.
    """
    window = round(AXIS_WINDOW_S / step_s)
    x, y = (gap - moving_mean(gap, window)).T
    xx, xy, yy = (moving_mean(product, window) for product in (x * x, x * y, y * y))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    axis = np.column_stack([np.cos(angle), np.sin(angle)])
    ahead = np.einsum("nk,nk->n", moving_mean(forward, window), axis)
    return axis * np.where(ahead < 0, -1.0, 1.0)[:, None]


def ground_drift(
    along: FloatArray,
    against_hips: FloatArray,
    side_view: FloatArray,
    time_s: FloatArray,
    known: BoolArray,
) -> FloatArray:
    """Speed of the ground along the walk that the background did not show: a travelling camera's parallax, a treadmill.

    Args:
        along: shape ``(n, 2)``, speed of the feet along the walk.
        against_hips: shape ``(n, 2)``, the same measured from the hips: most backward while a foot stands.
        side_view: shape ``(n,)``.
        time_s: shape ``(n,)``.
        known: shape ``(n, 2)``.

    Returns:
        Shape ``(n,)``, heights per second; 0 where it cannot be told.
    """
    centres = np.arange(time_s[0], time_s[-1] + DRIFT_HOP_S, DRIFT_HOP_S)
    drift = np.zeros(centres.size)
    for k, centre in enumerate(centres):
        first, last = np.searchsorted(
            time_s, [centre - DRIFT_WINDOW_S / 2, centre + DRIFT_WINDOW_S / 2]
        )
        use = (
            known[first:last]
            & (against_hips[first:last] < 0)
            & (side_view[first:last, None] >= DRIFT_SIDE_VIEW)
        )
        moves, speeds = against_hips[first:last][use], along[first:last][use]
        if moves.size < (last - first) * 0.3:
            continue
        drift[k] = np.median(speeds[moves <= np.quantile(moves, BACKWARD_SHARE)])
    return np.interp(time_s, centres, drift)


def _strides(
    contrast: FloatArray,
    distance: FloatArray,
    side_view: FloatArray,
    time_s: FloatArray,
    params: GaitParams,
) -> FloatArray:
    """Stride periods: from the distance of the feet seen from the side, from the contrast of their speeds elsewhere."""
    low, high = params.min_stride_s, params.max_stride_s
    by_speed = local_periods(contrast, time_s, min_period_s=low, max_period_s=high)
    distance = moving_mean(np.nan_to_num(distance), round(RHYTHM_SMOOTHING_S * params.grid_rate_hz))
    by_distance = 2 * local_periods(distance, time_s, min_period_s=low / 2, max_period_s=high / 2)
    from_side = (side_view >= DRIFT_SIDE_VIEW) & ~np.isnan(by_distance)
    return np.where(from_side, by_distance, by_speed)


def local_periods(
    values: FloatArray, time_s: FloatArray, *, min_period_s: float, max_period_s: float
) -> FloatArray:
    """Local period of a signal in seconds, shape ``(n,)``; NaN where nothing repeats."""
    step_s = float(time_s[1] - time_s[0])
    bounds = {"min_period_s": min_period_s, "max_period_s": max_period_s}
    known = ~np.isnan(values)
    clean = (
        np.interp(time_s, time_s[known], values[known]) if known.any() else np.zeros(time_s.size)
    )
    whole, _ = dominant_period_s(clean, step_s=step_s, **bounds)
    window = max(STRIDE_WINDOW_S, 2.5 * whole if np.isfinite(whole) else 0.0)
    centres = np.arange(time_s[0], time_s[-1] + STRIDE_HOP_S, STRIDE_HOP_S)
    periods = np.full(centres.size, np.nan)
    for k, centre in enumerate(centres):
        first, last = np.searchsorted(time_s, [centre - window / 2, centre + window / 2])
        if last - first > 2:
            periods[k] = dominant_period_s(clean[first:last], step_s=step_s, **bounds)[0]
    known = ~np.isnan(periods)
    if not known.any():
        return np.full(time_s.size, whole)
    return np.interp(time_s, centres[known], periods[known])
