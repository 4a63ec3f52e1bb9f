"""Poses of one part of a video, as if the whole had been read."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from foley_common.media.decode import read_frames
from foley_common.pose_tracks import PoseTracks
from foley_detector.pipeline import PoseModels, PoseParams, estimate_poses

WARM_UP_S = 2.0
"""Read before a segment and thrown away, so that who is in the picture at its start is known: four to twelve looks."""

RUN_OUT_S = 1.0
"""Read after a segment at most, until the detector's next look: boxes before it are interpolated towards it."""


def segment_poses(
    video: Path,
    *,
    models: PoseModels,
    params: PoseParams,
    frame_rate: float,
    start_s: float = 0.0,
    end_s: float = math.inf,
    on_frame: Callable[[int], None] = lambda _done: None,
    check: Callable[[], None] = lambda: None,
) -> PoseTracks:
    """Estimate the poses in a part of a video, reading as little more as it takes to get what the whole would give.

    Args:
        video: The file.
        models: The models.
        params: Settings.
        frame_rate: Average frames per second of the whole video.
        start_s: Start of the part, seconds from the first frame.
        end_s: End of the part; this moment is not in it.
        on_frame: Called after each frame of the part with their number so far; what it raises ends the work.
        check: Called before each frame that is read; what it raises ends the work.
    """
    return estimate_poses(
        read_frames(video, start_s=max(0.0, start_s - WARM_UP_S), end_s=end_s + RUN_OUT_S),
        models=models,
        params=params,
        frame_rate=frame_rate,
        start_s=start_s,
        end_s=end_s,
        on_frame=on_frame,
        check=check,
    )
