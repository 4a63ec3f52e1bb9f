"""Drawn crossings: walkers of `support.gait` in clothes, and what goes wrong when one hides another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foley_common.pose_tracks import BODY_PARTS, PoseTracks
from foley_detector.domain.boxes import overlap
from foley_detector.domain.rows import chosen_rows
from support.gait import Scene, Walker, scene_poses

OUTFITS = np.array([[90, 128, 160], [200, 128, 128], [60, 170, 128], [120, 110, 110]], np.float32)
"""Colour of all parts of each walker's clothes, 8-bit CIELAB."""

CROSSING = Scene(
    noise_height=0.005,
    walkers=(
        Walker(distance_m=6.0, start_m=-3.0),
        Walker(heading_deg=-90.0, distance_m=7.5, start_m=-3.2, cadence_hz=1.7),
    ),
)
"""Two people pass each other; the second is further away."""

OVERTAKING = Scene(
    noise_height=0.005,
    walkers=(
        Walker(distance_m=7.0, start_m=-2.6, speed_m_s=1.0, cadence_hz=1.7),
        Walker(distance_m=6.0, start_m=-5.0, speed_m_s=2.0, cadence_hz=2.3),
    ),
)
"""A faster walker overtakes a slower one on the near side."""


def dressed(poses: PoseTracks, *, alike: bool = False, noise: float = 4.0) -> PoseTracks:
    """The same people in clothes; ``alike``: all in the same."""
    rng = np.random.default_rng(3)
    colours = OUTFITS[np.zeros_like(poses.row_track) if alike else poses.row_track - 1]
    colours = np.repeat(colours[:, None], len(BODY_PARTS), axis=1)
    noisy = colours + rng.normal(0, noise, colours.shape).astype(np.float32)
    return replace(poses, row_colours=noisy.astype(np.float32))


def covered(poses: PoseTracks, *, share: float = 0.5) -> NDArray[np.bool_]:
    """Rows of which a nearer person's box covers at least this share, shape ``(m,)``."""
    out = np.zeros(poses.row_frame.size, bool)
    for row in range(poses.row_frame.size):
        same = np.flatnonzero(poses.row_frame == poses.row_frame[row])
        box = poses.box_xyxy_px[row]
        for other in poses.box_xyxy_px[same[same != row]]:
            if other[3] <= box[3]:
                continue
            iou = float(overlap(box[None], other[None])[0, 0])
            areas = np.prod(box[2:] - box[:2]) + np.prod(other[2:] - other[:2])
            out[row] |= iou / (1 + iou) * areas / np.prod(box[2:] - box[:2]) >= share
    return out


def crowd(scene: Scene, *, alike: bool = False, hidden_share: float = 0.5) -> PoseTracks:
    """People in clothes without the rows of those who are hidden; ids are the walkers' numbers."""
    poses = dressed(scene_poses(scene), alike=alike)
    return chosen_rows(poses, ~covered(poses, share=hidden_share))


def renamed_from(poses: PoseTracks, time_s: float, names: dict[int, int]) -> PoseTracks:
    """Ids change from a moment on, as when a tracker takes people for each other."""
    late = poses.time_s[poses.row_frame] >= time_s
    new = np.array([names.get(int(track), int(track)) for track in poses.row_track])
    return replace(poses, row_track=np.where(late, new, poses.row_track))


def true_shares(found: PoseTracks, truth: PoseTracks) -> list[float]:
    """For each walker of the truth, the share of their rows under their commonest id."""
    known = {
        (int(frame), *np.round(box, 2).tolist()): int(track)
        for frame, box, track in zip(
            truth.row_frame, truth.box_xyxy_px, truth.row_track, strict=True
        )
    }
    ids: dict[int, list[int]] = {}
    for frame, box, track in zip(found.row_frame, found.box_xyxy_px, found.row_track, strict=True):
        walker = known[(int(frame), *np.round(box, 2).tolist())]
        ids.setdefault(walker, []).append(int(track))
    counts = np.bincount(truth.row_track)
    return [max(np.bincount(own)) / counts[walker] for walker, own in sorted(ids.items())]
