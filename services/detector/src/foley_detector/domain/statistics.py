"""Gait statistics per person, and how much the detector could see."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foley_common.footsteps import DetectionStatistics, Footstep, Track, TrackBox
from foley_common.gait import with_gait_figures
from foley_common.pose_tracks import PoseTracks


def track_of(tracks: PoseTracks, track_id: int, footsteps: Sequence[Footstep]) -> Track:
    """One person with boxes and the medians of their step, stride and stance times."""
    boxes = []
    for row in tracks.rows_of(track_id):
        left, top, right, bottom = (float(value) for value in tracks.box_xyxy_px[row])
        time_s = float(tracks.time_s[tracks.row_frame[row]])
        boxes.append(TrackBox(time_s, left, top, right - left, bottom - top))
    return with_gait_figures(Track(track_id, tuple(boxes)), footsteps)


def detection_statistics(tracks: PoseTracks) -> DetectionStatistics:
    """Frames, frames with a person, frames with a pose."""
    posed = tracks.pose_confidence > 0
    return DetectionStatistics(
        frame_count=int(tracks.time_s.size),
        person_frame_count=int(np.unique(tracks.row_frame).size),
        pose_frame_count=int(np.unique(tracks.row_frame[posed]).size),
    )
