"""gaitkit's detectors (PyPI ``gaitkit``, MIT) on the landmarks that ours gets.

gaitkit is made for marker data at 100 Hz and more, one person at a time. Each of our tracks is given to it as one
trial, the way its own reader of OpenPose data does it: pictures become a plane (x, 0, -y), a body is 1.7 m tall, and
angles are those of the picture. Gaps inside a track are filled by straight lines, and frames are put on an even grid
by their presentation times (kinder than its reader, which counts frames).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_common.pose_tracks import PoseTracks

METHODS = ("bike", "zeni")
"""Its default, and the one of its ten that facts/detection.md found best about its own bias on rendered clips."""

BODY_HEIGHT_M = 1.7  # its OpenPose reader's scale
MIN_FRAMES = 30  # its detectors give nothing on fewer
POINTS = {
    "left_shoulder": 11,
    "right_shoulder": 12,
    "left_hip": 23,
    "right_hip": 24,
    "left_knee": 25,
    "right_knee": 26,
    "left_ankle": 27,
    "right_ankle": 28,
    "left_heel": 29,
    "right_heel": 30,
    "left_toe": 31,
    "right_toe": 32,
}  # MediaPipe's landmark numbers


@dataclass(frozen=True)
class GaitkitEvent:
    """One event: person, kind of the scorer, side, time, place in the picture."""

    track_id: int
    kind: str
    foot: str
    time_s: float
    x_px: float
    y_px: float


def gaitkit_events(poses: PoseTracks, frame_rate: float, method: str) -> list[GaitkitEvent]:
    """Every event that one of gaitkit's methods finds, person by person."""
    import gaitkit

    found: list[GaitkitEvent] = []
    for track_id in poses.track_ids:
        rows = poses.rows_of(track_id)
        rows = rows[~np.isnan(poses.landmarks_xy_px[rows]).any(axis=(1, 2))]
        if rows.size < MIN_FRAMES:
            continue
        times = poses.time_s[poses.row_frame[rows]]
        grid = np.arange(times[0], times[-1] + 0.5 / frame_rate, 1 / frame_rate)
        places = {
            name: np.column_stack(
                [
                    np.interp(grid, times, poses.landmarks_xy_px[rows, number, axis])
                    for axis in range(2)
                ]
            )
            for name, number in POINTS.items()
        }
        boxes = poses.box_xyxy_px[rows]
        metres = BODY_HEIGHT_M / float(np.median(boxes[:, 3] - boxes[:, 1]))
        trial = frames_of(places, metres)
        # By itself it would fetch missing packages with pip while it runs.
        result = gaitkit.detect(trial, method=method, fps=frame_rate, auto_install_deps=False)
        for kind, events, part in (
            ("strike", result.hs(), "heel"),
            ("toe_off", result.to(), "toe"),
        ):
            for event in events:
                frame = min(int(event["frame"]), grid.size - 1)
                x_px, y_px = places[f"{event['side']}_{part}"][frame]
                time_s = float(grid[0] + event["frame"] / frame_rate)
                found.append(
                    GaitkitEvent(track_id, kind, event["side"], time_s, float(x_px), float(y_px))
                )
    return sorted(found, key=lambda event: event.time_s)


def frames_of(places: dict[str, NDArray[np.float64]], metres: float) -> list[dict[str, Any]]:
    """Gaitkit's frames; ``places`` hold shape ``(n, 2)`` in pixels."""
    points = {
        name: metres * np.column_stack([xy[:, 0], np.zeros(len(xy)), -xy[:, 1]])
        for name, xy in places.items()
    }
    points["pelvis"] = (points["left_hip"] + points["right_hip"]) / 2
    angles: dict[str, NDArray[np.float64]] = {}
    for side in ("left", "right"):
        hip, knee, ankle, toe = (points[f"{side}_{p}"] for p in ("hip", "knee", "ankle", "toe"))
        down = np.broadcast_to([0.0, 0.0, -1.0], hip.shape)
        angles[f"{side}_hip_angle"] = angle_between(knee - hip, down)
        angles[f"{side}_knee_angle"] = 180 - angle_between(hip - knee, ankle - knee)
        angles[f"{side}_ankle_angle"] = angle_between(knee - ankle, toe - ankle) - 90
    count = len(points["pelvis"])
    return [
        {
            "frame_index": k,
            "landmark_positions": {name: tuple(xyz[k]) for name, xyz in points.items()},
            **{name: float(values[k]) for name, values in angles.items()},
        }
        for k in range(count)
    ]


def angle_between(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Angle between rows of two arrays, degrees, shape ``(n,)``; 90 where one is of no length."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosine = (a * b).sum(axis=1) / np.maximum(lengths, 1e-9)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))
