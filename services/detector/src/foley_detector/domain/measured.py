"""What is measured of a tracklet for putting people together: both ends, colours of the clothes."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.boxes import overlap
from foley_detector.domain.tracklets import MIN_HEIGHT_PX, TORSO
from foley_detector.domain.types import FloatArray, IntArray

END_WINDOW_S = 0.5
"""Motion at the ends of a tracklet is measured over this time: half a stride."""

MIN_SPEED_WINDOW_S = 0.12
"""Over less time than this the trembling of a pose hides its speed."""

EDGE_SHARE = 0.05
"""Heights: a box this near to the picture's left, right or lower edge, or its upper one, may be of somebody who comes
or goes."""


class Passage(enum.Enum):
    """Where somebody appears or vanishes."""

    EDGE = "at the edge of the picture or of the shot"
    BEHIND = "behind somebody else"
    OPEN = "in the open"


@dataclass(frozen=True, slots=True)
class End:
    """One end of a tracklet: height, and motion by torso and by box (places px, speed px per second or None)."""

    height_px: float
    torso_px: FloatArray | None
    torso_speed: FloatArray | None
    box_px: FloatArray
    box_speed: FloatArray | None


@dataclass(frozen=True, slots=True)
class Tracklet:
    """A tracklet as linking sees it.

    Attributes:
        rows: shape ``(n,)``, in order of time.
        first_frame, last_frame: Positions in ``time_s``.
        start_s, end_s: Their times.
        start, end: Size and motion there.
        comes, goes: How it starts and ends.
        colours: shape ``(5, 3)``, medians; NaN where not seen.
        colour_looks: shape ``(5,)``, looks at each part.
        histogram: shape ``(d,)``, the tracker's colour histogram; empty when there is none.
    """

    rows: IntArray
    first_frame: int
    last_frame: int
    start_s: float
    end_s: float
    start: End
    end: End
    comes: Passage
    goes: Passage
    colours: FloatArray
    colour_looks: FloatArray
    histogram: FloatArray

    @property
    def duration_s(self) -> float:
        """From its first row to its last."""
        return self.end_s - self.start_s


def tracklet_of(tracks: PoseTracks, rows: IntArray) -> Tracklet:
    """Measure a tracklet.

    Args:
        tracks: The clip.
        rows: shape ``(n,)``, in order of time.
    """
    frames = tracks.row_frame[rows]
    colours = tracks.row_colours[rows].astype(np.float64)
    looks = np.isfinite(colours[:, :, 0]).sum(axis=0).astype(np.float64)
    medians = np.full(colours.shape[1:], np.nan)
    medians[looks > 0] = np.nanmedian(colours[:, looks > 0], axis=0)
    first, last = int(frames[0]), int(frames[-1])
    return Tracklet(
        rows=rows,
        first_frame=first,
        last_frame=last,
        start_s=float(tracks.time_s[first]),
        end_s=float(tracks.time_s[last]),
        start=_end_of(tracks, rows),
        end=_end_of(tracks, rows[::-1]),
        comes=_passage(tracks, int(rows[0]), -1),
        goes=_passage(tracks, int(rows[-1]), 1),
        colours=medians,
        colour_looks=looks,
        histogram=_histogram(tracks, rows),
    )


def carried(tracks: PoseTracks, place: FloatArray, start: int, end: int) -> FloatArray:
    """Where background points of one frame, shape ``(..., 2)``, lie in another."""
    for frame in range(start + 1, end + 1):
        step = tracks.camera_from_previous[frame]
        place = place @ step[:, :2].T + step[:, 2]
    for frame in range(start, end, -1):
        step = tracks.camera_from_previous[frame]
        place = (place - step[:, 2]) @ np.linalg.inv(step[:, :2]).T
    return place


def _end_of(tracks: PoseTracks, rows: IntArray) -> End:
    """Motion at the first of some rows, the others going away from it in time."""
    frames = tracks.row_frame[rows]
    target = int(frames[0])
    near = np.abs(tracks.time_s[frames] - tracks.time_s[target]) <= END_WINDOW_S
    rows, frames = rows[near], frames[near]
    time = tracks.time_s[frames] - tracks.time_s[target]
    corners = tracks.box_xyxy_px[rows].astype(np.float64).reshape(-1, 2, 2)
    height = max(float(np.median(corners[:, 1, 1] - corners[:, 0, 1])), MIN_HEIGHT_PX)
    torsos = tracks.landmarks_xy_px[rows][:, TORSO].astype(np.float64).mean(axis=1)
    both = np.stack([corners.mean(axis=1), torsos], axis=1)
    boxes, torsos = np.moveaxis(_seen_from(tracks, target, both, frames), 1, 0)
    box, box_speed = _line(time, boxes)
    posed = ~np.isnan(torsos[:, 0])
    if not posed.any():
        return End(height, None, None, box, box_speed)
    torso, torso_speed = _line(time[posed], torsos[posed])
    return End(height, torso, torso_speed, box, box_speed)


def _seen_from(tracks: PoseTracks, target: int, places: FloatArray, frames: IntArray) -> FloatArray:
    """Places ``(n, k, 2)`` of frames that lead away from one frame, where the camera of that one would show them."""
    turn, shift = np.eye(2), np.zeros(2)
    here = target
    out = np.empty_like(places)
    for k, there in enumerate(int(frame) for frame in frames):
        for frame in range(here + 1, there + 1):  # later frames: undo each step
            step = tracks.camera_from_previous[frame]
            back = np.linalg.inv(step[:, :2])
            shift = shift - turn @ back @ step[:, 2]
            turn = turn @ back
        for frame in range(here, there, -1):
            step = tracks.camera_from_previous[frame]
            shift = shift + turn @ step[:, 2]
            turn = turn @ step[:, :2]
        out[k] = places[k] @ turn.T + shift
        here = there
    return out


def _line(time: FloatArray, places: FloatArray) -> tuple[FloatArray, FloatArray | None]:
    """Place at time 0 and speed of places on a line; the first place and None where the time is too short."""
    if time.size < 2 or float(np.ptp(time)) < MIN_SPEED_WINDOW_S:
        return places[0], None
    slope, start = np.polyfit(time, places, 1)
    return start, slope


def _passage(tracks: PoseTracks, row: int, direction: int) -> Passage:
    """How somebody appears (direction -1) or vanishes (1) at a row."""
    frame = int(tracks.row_frame[row])
    box = tracks.box_xyxy_px[row]
    rim = EDGE_SHARE * float(box[3] - box[1])
    outer = box[:2].min() < rim or box[2] > tracks.width_px - rim or box[3] > tracks.height_px - rim
    if outer or at_border(tracks, frame, direction):
        return Passage.EDGE
    low, high = np.searchsorted(tracks.row_frame, [frame, frame + 1])
    others = tracks.box_xyxy_px[np.delete(np.arange(low, high), row - low)]
    nearer = others[
        others[:, 3] > box[3]
    ]  # on level ground the nearer feet are lower in the picture
    return Passage.BEHIND if (overlap(box[None], nearer) > 0).any() else Passage.OPEN


def at_border(tracks: PoseTracks, frame: int, direction: int) -> bool:
    """True at the first frame of a shot (direction -1) and at the last one (1)."""
    following = frame + 1
    if direction < 0:
        return frame == 0 or bool(tracks.is_cut[frame])
    return following == tracks.time_s.size or bool(tracks.is_cut[following])


def _histogram(tracks: PoseTracks, rows: IntArray) -> FloatArray:
    """The histogram of the tracker's track that most of the rows come from."""
    ids, counts = np.unique(tracks.row_track[rows], return_counts=True)
    found = np.flatnonzero(tracks.appearance_track == ids[counts.argmax()])
    return tracks.appearance[found[0]].astype(np.float64) if found.size else np.zeros(0)
