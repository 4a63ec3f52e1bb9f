"""Parts of a set of pose tracks: some of its rows, or some of its frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.types import BoolArray, IntArray

ROW_FIELDS = (
    "row_frame",
    "row_track",
    "box_xyxy_px",
    "box_confidence",
    "box_is_detected",
    "landmarks_xy_px",
    "visibility",
    "pose_confidence",
    "row_colours",
)
FRAME_FIELDS = ("time_s", "frame_index", "camera_from_previous", "is_cut", "is_duplicate")


def chosen_rows(tracks: PoseTracks, keep: BoolArray | IntArray) -> PoseTracks:
    """Only these rows of people, by mask or by position; all frames."""
    return replace(tracks, **{name: getattr(tracks, name)[keep] for name in ROW_FIELDS})


def chosen_frames(tracks: PoseTracks, keep: BoolArray) -> PoseTracks:
    """Only these frames, shape ``(n,)``, and the rows in them."""
    tracks = chosen_rows(tracks, keep[tracks.row_frame])
    place = np.cumsum(keep) - 1
    return replace(
        tracks,
        row_frame=place[tracks.row_frame],
        **{name: getattr(tracks, name)[keep] for name in FRAME_FIELDS},
    )
