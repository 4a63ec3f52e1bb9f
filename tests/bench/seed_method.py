"""The seed's published detector, written anew from its description, on the landmarks that ours gets.

One person: the box that overlaps the last one most, else the largest. Heel height in the picture, gaps interpolated,
Savitzky–Golay over 11 frames, `find_peaks` per foot. Frames are counted as if evenly spaced. No toe-offs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from foley_common.footsteps import Sensitivity
from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.boxes import overlap

HEELS = (("left", 29), ("right", 30))
MIN_IOU = 0.3
MEMORY_FRAMES = 10
SMOOTHING_FRAMES = 11
MIN_HEIGHT = 0.7  # of the picture: heels above the lower 30 % are never steps
PRESETS = {
    Sensitivity.LOW: (0.02, 0.40),
    Sensitivity.MEDIUM: (0.015, 0.30),
    Sensitivity.HIGH: (0.01, 0.25),
}  # prominence in picture heights, least interval in seconds


@dataclass(frozen=True)
class SeedStrike:
    """One peak: side, time, place in the picture and the heels' mean visibility."""

    foot: str
    time_s: float
    x_px: float
    y_px: float
    confidence: float


def seed_strikes(
    poses: PoseTracks, frame_rate: float, sensitivity: Sensitivity
) -> list[SeedStrike]:
    """Every strike the seed's rule finds, in order of time."""
    prominence, interval_s = PRESETS[sensitivity]
    rows = followed_rows(poses)
    found = []
    if (rows >= 0).sum() < 3:
        return []
    for foot, landmark in HEELS:
        places = np.full((poses.time_s.size, 2), np.nan)
        places[rows >= 0] = poses.landmarks_xy_px[rows[rows >= 0], landmark]
        heights = filled(places[:, 1] / poses.height_px)
        if np.isnan(heights).any():
            continue
        size = min(SMOOTHING_FRAMES, heights.size - (heights.size + 1) % 2)
        smooth = signal.savgol_filter(heights, size, 2) if size > 2 else heights
        distance = max(1, int(frame_rate * interval_s))
        peaks, _ = signal.find_peaks(
            smooth, prominence=prominence, distance=distance, height=MIN_HEIGHT
        )
        sideways = filled(places[:, 0])
        for peak in peaks:
            row = rows[peak]
            seen = float(poses.visibility[row, [29, 30]].mean()) if row >= 0 else 0.5
            time_s = float(peak / frame_rate)
            found.append(
                SeedStrike(foot, time_s, float(sideways[peak]), float(places[peak, 1]), seen)
            )
    return sorted(found, key=lambda strike: strike.time_s)


def followed_rows(poses: PoseTracks) -> NDArray[np.int64]:
    """Row of the one followed person in every frame, -1 where there is none."""
    rows = np.full(poses.time_s.size, -1, np.int64)
    last, age = None, MEMORY_FRAMES
    for frame in range(poses.time_s.size):
        here = np.flatnonzero(poses.row_frame == frame)
        age += 1
        if not here.size:
            continue
        boxes = poses.box_xyxy_px[here].astype(np.float64)
        chosen = -1
        if last is not None and age < MEMORY_FRAMES:
            shared = overlap(last[None].astype(np.float32), boxes.astype(np.float32))[0]
            chosen = int(shared.argmax()) if shared.max() > MIN_IOU else -1
        if chosen < 0:
            area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
            chosen = int((area * poses.box_confidence[here]).argmax())
        rows[frame], last, age = here[chosen], boxes[chosen], 0
    return rows


def filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Straight lines over missing samples, ends held; all NaN when nothing is known."""
    known = ~np.isnan(values)
    if not known.any():
        return values
    return np.interp(np.arange(values.size), np.flatnonzero(known), values[known])
