"""From pose tracks to people's legs on steady ground: shots, gaps, camera motion, body height."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import numpy as np

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.params import GaitParams
from foley_detector.domain.signals import running_median, spikes
from foley_detector.domain.types import (
    LEG_LANDMARKS,
    BoolArray,
    FloatArray,
    IntArray,
    LegPoint,
    PersonMotion,
)
from foley_detector.domain.unswap import exchanged_frames

MIN_SAMPLES = 6  # fewer frames hold no swing
MIN_POSE_CONFIDENCE = 0.3  # below this the network itself doubts that it sees a person
SPLIT_GAP_S = (
    1.0  # a person unseen for longer starts a new stretch: rhythm and height may have changed
)
DRIFT_WINDOW_S = 2.0  # two strides of walking
STANCE_QUANTILE = 0.2  # of all foot speeds against the body: stance takes more than that of a stride, even sprinting
MIN_FOOT_LENGTH = 0.05  # heights: a foot that looks shorter points at the camera
EDGE_PX = 2.0  # a box this near to the picture's edge is cut off


def person_motions(tracks: PoseTracks, track_id: int, params: GaitParams) -> list[PersonMotion]:
    """The uninterrupted stretches of one person, legs un-swapped, outliers and guesses taken out."""
    rows = tracks.rows_of(track_id)
    rows = rows[~tracks.is_duplicate[tracks.row_frame[rows]]]
    frames = tracks.row_frame[rows]
    rows, frames = rows[np.diff(frames, prepend=-1) > 0], np.unique(frames)
    if rows.size < MIN_SAMPLES:
        return []
    shot = np.cumsum(tracks.is_cut)[frames]
    breaks = (np.diff(shot) != 0) | (np.diff(tracks.time_s[frames]) > SPLIT_GAP_S)
    pieces = np.split(np.arange(rows.size), np.flatnonzero(breaks) + 1)
    return [
        _motion(tracks, track_id, rows[piece], frames[piece], params)
        for piece in pieces
        if piece.size >= MIN_SAMPLES
    ]


def _motion(
    tracks: PoseTracks, track_id: int, rows: IntArray, frames: IntArray, params: GaitParams
) -> PersonMotion:
    time_s = tracks.time_s[frames]
    boxes = tracks.box_xyxy_px[rows].astype(np.float64)
    height_px = body_height_px(boxes, time_s, tracks.height_px, window_s=params.height_window_s)
    landmarks = tracks.landmarks_xy_px[rows].astype(np.float64)
    visibility = tracks.visibility[rows].astype(np.float64)
    visibility[tracks.pose_confidence[rows] < MIN_POSE_CONFIDENCE] = 0.0
    legs, seen = landmarks[:, LEG_LANDMARKS], visibility[:, LEG_LANDMARKS]
    legs = legs.copy()
    legs[_guessed(legs, seen, tracks.width_px, tracks.height_px, params)] = np.nan
    centre = hip_centre(legs, time_s, params)
    relative = (legs - centre[:, None, None]) / height_px[:, None, None, None]
    camera_step = camera_steps(tracks.camera_from_previous, frames)
    steady = on_steady_ground(legs, centre, height_px, camera_step, time_s)
    exchanged = exchanged_frames(
        steady,
        time_s,
        swap_cost=params.swap_cost,
        swap_prior=params.swap_prior,
        restart_gap_s=2 * params.max_gap_s,
    )
    for array in (legs, seen, relative):
        array[exchanged] = array[exchanged][:, ::-1]
    spike_limit = max(params.spike_height, params.spike_px / float(np.median(height_px)))
    for foot in range(2):
        for point in LegPoint:
            jump = spikes(time_s, relative[:, foot, point], limit=spike_limit)
            legs[jump, foot, point] = np.nan
    seen = np.where(np.isnan(legs[..., 0]), 0.0, seen)
    return PersonMotion(
        track_id=track_id,
        time_s=time_s,
        legs_xy_px=legs,
        visibility=seen,
        height_px=height_px,
        camera_step=camera_step,
    )


def _guessed(
    legs: FloatArray, seen: FloatArray, width_px: int, height_px: int, params: GaitParams
) -> BoolArray:
    """Landmarks that the network does not believe in, or that lie outside the picture."""
    size = np.array([width_px, height_px], np.float64)
    margin = params.edge_margin * size
    with np.errstate(invalid="ignore"):
        outside = ((legs < -margin) | (legs > size + margin)).any(axis=-1)
    doubtful = seen < params.min_visibility
    doubtful[:, :, LegPoint.HIP] = False  # hips only anchor the body
    return outside | doubtful


def hip_centre(legs: FloatArray, time_s: FloatArray, params: GaitParams) -> FloatArray:
    """Middle of the hips, shape ``(n, 2)``; gaps bridged by straight lines, trembling damped."""
    hips = legs[:, :, LegPoint.HIP].mean(axis=1)
    known = ~np.isnan(hips[:, 0])
    if not known.any():
        return np.nan_to_num(legs.reshape(len(legs), -1, 2), nan=0.0).mean(axis=1)
    filled = np.column_stack(
        [np.interp(time_s, time_s[known], hips[known, axis]) for axis in range(2)]
    )
    interval = float(np.median(np.diff(time_s)))
    size = 2 * round(params.min_half_window_s / max(interval, 1e-3) / 2) + 1
    return np.column_stack([running_median(filled[:, axis], size) for axis in range(2)])


def body_height_px(
    boxes_xyxy_px: FloatArray, time_s: FloatArray, picture_height_px: int, *, window_s: float
) -> FloatArray:
    """Local height of the box, shape ``(n,)``: running median, boxes cut off by the picture left out where possible."""
    heights = boxes_xyxy_px[:, 3] - boxes_xyxy_px[:, 1]
    whole = (
        (boxes_xyxy_px[:, 1] > EDGE_PX)
        & (boxes_xyxy_px[:, 3] < picture_height_px - EDGE_PX)
        & (heights > 0)
    )
    if whole.sum() >= MIN_SAMPLES:
        heights = np.where(
            whole, heights, np.maximum(heights, np.interp(time_s, time_s[whole], heights[whole]))
        )
    interval = max(float(np.median(np.diff(time_s))), 1e-3)
    return np.maximum(running_median(heights, 2 * round(window_s / interval / 2) + 1), 1.0)


def camera_steps(camera_from_previous: FloatArray, frames: IntArray) -> FloatArray:
    """Maps from one sample's picture to the next one's, over the frames between; shape ``(n, 2, 3)``."""
    steps = np.zeros((frames.size, 2, 3))
    steps[:, :, :2] = np.eye(2)
    for k in range(1, frames.size):
        matrix, offset = np.eye(2), np.zeros(2)
        for frame in range(int(frames[k - 1]) + 1, int(frames[k]) + 1):
            turn, shift = camera_from_previous[frame, :, :2], camera_from_previous[frame, :, 2]
            matrix, offset = turn @ matrix, turn @ offset + shift
        if np.isfinite(matrix).all() and np.isfinite(offset).all():
            steps[k, :, :2], steps[k, :, 2] = matrix, offset
    return steps


def ground_path(
    points_px: FloatArray, height_px: FloatArray, camera_step: FloatArray
) -> FloatArray:
    """Where points go on the ground, in body heights, from an arbitrary origin.

    Args:
        points_px: shape ``(n, k, 2)``, without NaN.
        height_px: shape ``(n,)``, local body height.
        camera_step: shape ``(n, 2, 3)``.

    Returns:
        Shape ``(n, k, 2)``: sums of steps, each against the background and in the height of its own moment. So a
        walker who grows in the picture keeps equal steps, and errors of the camera's zoom do not add up.
    """
    carried = (
        np.einsum("nij,nkj->nki", camera_step[1:, :, :2], points_px[:-1])
        + camera_step[1:, None, :, 2]
    )
    height = (height_px[1:] + height_px[:-1]) / 2
    steps = (points_px[1:] - carried) / height[:, None, None]
    return np.concatenate([np.zeros_like(points_px[:1]), np.cumsum(steps, axis=0)])


def on_steady_ground(
    legs_px: FloatArray,
    centre_px: FloatArray,
    height_px: FloatArray,
    camera_step: FloatArray,
    time_s: FloatArray,
) -> FloatArray:
    """Leg points of both sides in one ground frame, body heights: the body's ground path plus the points around it.

    Args:
        legs_px: shape ``(n, 2, 5, 2)``.
        centre_px: shape ``(n, 2)``, middle of the hips.
        height_px: shape ``(n,)``.
        camera_step: shape ``(n, 2, 3)``.
        time_s: shape ``(n,)``.
    """
    body = ground_path(centre_px[:, None], height_px, camera_step)[:, 0]
    offset = (legs_px - centre_px[:, None, None]) / height_px[:, None, None, None]
    body = body - _drift_path(body, offset, time_s)
    return body[:, None, None] + offset


def _drift_path(body: FloatArray, legs: FloatArray, time_s: FloatArray) -> FloatArray:
    """Way of the ground itself that the background did not show, ``(n, 2)``, from labels that are mostly right.

    The foot that goes backward fastest against the body stands; where it moves all the same, the ground moves: the
    parallax of a camera that travels along, or a treadmill.

    Args:
        body: shape ``(n, 2)``, path of the body against the background.
        legs: shape ``(n, 2, 5, 2)``, leg points against the body.
        time_s: shape ``(n,)``.
    """
    feet = legs[:, :, LegPoint.ANKLE :].mean(axis=2)
    forward = (legs[:, :, LegPoint.TOE] - legs[:, :, LegPoint.HEEL])[..., 0]
    dt = np.diff(time_s)
    against_body = (np.diff(feet, axis=0) / dt[:, None, None])[..., 0]
    ground = (np.diff(body, axis=0) / dt[:, None])[:, None, 0] + against_body
    middle = (time_s[1:] + time_s[:-1]) / 2
    rates = np.zeros(middle.size)
    for k, centre in enumerate(middle):
        first, last = np.searchsorted(
            middle, [centre - DRIFT_WINDOW_S / 2, centre + DRIFT_WINDOW_S / 2]
        )
        known = ~np.isnan(against_body[first:last])
        if known.sum() < MIN_SAMPLES or np.isnan(forward[first:last]).all():
            continue
        ahead = float(np.nanmedian(forward[first:last]))
        if abs(ahead) < MIN_FOOT_LENGTH:
            continue
        moves, speeds = np.sign(ahead) * against_body[first:last][known], ground[first:last][known]
        rates[k] = np.median(speeds[moves <= np.quantile(moves, STANCE_QUANTILE)])
    return np.column_stack([np.r_[0.0, np.cumsum(rates * dt)], np.zeros(time_s.size)])
