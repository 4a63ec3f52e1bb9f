"""Rows of people to tracklets: short pieces of a track that are one person beyond doubt.

A tracklet goes on as long as a body moves on as it did and nobody else could be meant. It does not ask what the
tracker called a person, so it is the same however the clip was cut into segments. Pieces of one person are put
together by `domain.identity`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.boxes import overlap
from foley_detector.domain.types import BoolArray, FloatArray, IntArray

TORSO = [11, 12, 23, 24]
"""Shoulders and hips: they do not swing, and the network finds them on nearly every body."""

MAX_MISSED_FRAMES = 1
"""Frames that a tracklet may be without a row."""

JUMP_HEIGHT = 0.06
"""Heights: trembling of the torso from frame to frame; 0.01 to 0.02 on clear pictures …"""

JUMP_HEIGHT_PER_S = 1.0
"""… and how much further per second a body may be from where it was going: half a runner's speed."""

FIRST_JUMP_HEIGHT_PER_S = 2.5
"""The same where no speed is known yet: a fast runner's speed."""

DOUBT_HEIGHT = 0.025
"""Heights: two rows that fit a tracklet within this of each other are not told apart by place."""

ALONE_IOU = 0.5
"""Overlap of the boxes of a person with nobody near from one row to the next: enough to go on, whatever the pose does
(people of 50 px have poses that jump by 0.2 heights)."""

NEAR_SHARE = 0.25
"""Share of its width that a box is widened by on both sides to ask whether anybody is near."""

MIN_HEIGHT_PX = 1.0
"""A box that the picture's edge cuts off may have no height at all; what is measured in heights needs one."""

SPEED_MEMORY_S = 0.12
"""Time over which the speed of a tracklet forgets."""


@dataclass(slots=True)
class _Live:
    rows: list[int]
    torso: FloatArray | None
    box: FloatArray
    alone: bool
    time_s: float
    frame: int
    speed: FloatArray | None = None


def has_torso(tracks: PoseTracks) -> BoolArray:
    """Rows whose pose is known, shape ``(m,)``."""
    known = np.isfinite(tracks.landmarks_xy_px[:, TORSO]).reshape(-1, 2 * len(TORSO))
    return np.asarray(known.all(axis=1), np.bool_)


def tracklets_of(tracks: PoseTracks) -> list[IntArray]:
    """Rows of each tracklet in order of time; tracklets in order of their first row.

    A row is in one tracklet at most: guesses of where somebody should be (confidence 0) count only between two rows
    that the detector saw.
    """
    posed = has_torso(tracks)
    torsos = tracks.landmarks_xy_px[:, TORSO].astype(np.float64)
    starts = np.searchsorted(tracks.row_frame, np.arange(tracks.time_s.size + 1))
    live: list[_Live] = []
    done: list[list[int]] = []
    for frame in range(tracks.time_s.size):
        if tracks.is_cut[frame]:
            done += [one.rows for one in live]
            live = []
        _carry(live, tracks.camera_from_previous[frame])
        over = [one for one in live if frame - one.frame > MAX_MISSED_FRAMES + 1]
        done += [one.rows for one in over]
        live = [one for one in live if frame - one.frame <= MAX_MISSED_FRAMES + 1]
        rows = list(range(int(starts[frame]), int(starts[frame + 1])))
        if not rows:
            continue
        boxes = tracks.box_xyxy_px[rows].astype(np.float64)
        alone = _alone(boxes)
        fresh = [
            _Live(
                [row],
                torsos[row] if posed[row] else None,
                boxes[k],
                bool(alone[k]),
                float(tracks.time_s[frame]),
                frame,
            )
            for k, row in enumerate(rows)
        ]
        live, ended = _continued(live, fresh)
        done += ended
    done += [one.rows for one in live]
    pieces = [_without_loose_guesses(tracks, np.array(rows, np.int64)) for rows in sorted(done)]
    return [rows for rows in pieces if rows.size]


def _without_loose_guesses(tracks: PoseTracks, rows: IntArray) -> IntArray:
    seen = np.flatnonzero(tracks.box_confidence[rows] > 0)
    return rows[seen[0] : seen[-1] + 1] if seen.size else rows[:0]


def _continued(live: list[_Live], fresh: list[_Live]) -> tuple[list[_Live], list[list[int]]]:
    """Live tracklets with the rows of one frame put to them, and the rows of those that end here.

    Poses come first: a box says less, and the box of somebody half hidden is cut short.
    """
    ended: list[list[int]] = []
    waiting, fresh = list(live), list(fresh)
    for away_of in (_away_by_pose, _away_by_box):
        away = np.array([[away_of(one, row) for row in fresh] for one in waiting])
        away = away.reshape(len(waiting), len(fresh))
        pairs, doubtful = _pairs(away)
        ended += [waiting[k].rows for k in doubtful]
        for k, row in pairs:
            _extend(waiting[k], fresh[row])
        live = [one for one in live if not any(one is waiting[k] for k in doubtful)]
        waiting = [
            one for k, one in enumerate(waiting) if k not in doubtful | {k for k, _ in pairs}
        ]
        fresh = [row for k, row in enumerate(fresh) if k not in {row for _, row in pairs}]
    return live + fresh, ended


def _pairs(away: FloatArray) -> tuple[list[tuple[int, int]], set[int]]:
    """Tracklets and rows that are each other's nearest, and tracklets that cannot be told from others here."""
    pairs: list[tuple[int, int]] = []
    doubtful: set[int] = set()
    if not away.size:
        return pairs, doubtful
    for row in range(away.shape[1]):
        best = int(away[:, row].argmin())
        if not np.isfinite(away[best, row]) or int(away[best].argmin()) != row:
            continue
        others = np.r_[np.delete(away[best], row), np.delete(away[:, row], best)]
        if others.size and others.min() - away[best, row] < DOUBT_HEIGHT:
            doubtful.add(best)
        else:
            pairs.append((best, row))
    return pairs, doubtful


def _away_by_pose(one: _Live, row: _Live) -> float:
    """Distance of a row's torso from where a tracklet's should be, heights; infinite when it is somebody else's."""
    if one.torso is None or row.torso is None:
        return np.inf
    dt = row.time_s - one.time_s
    shift = np.zeros(2) if one.speed is None else one.speed * dt
    away = np.linalg.norm(row.torso - one.torso - shift, axis=1).mean()
    return _limited(one, row, float(away))


def _away_by_box(one: _Live, row: _Live) -> float:
    """The same of the boxes' corners, where one of the two has no pose."""
    if one.torso is not None and row.torso is not None:
        return np.inf
    dt = row.time_s - one.time_s
    shift = np.zeros(2) if one.speed is None else one.speed * dt
    corners = row.box.reshape(2, 2) - one.box.reshape(2, 2) - shift
    return _limited(one, row, float(np.linalg.norm(corners, axis=1).mean()))


def _limited(one: _Live, row: _Live, away_px: float) -> float:
    dt = row.time_s - one.time_s
    away = away_px / max(float(one.box[3] - one.box[1]), MIN_HEIGHT_PX)
    rate = FIRST_JUMP_HEIGHT_PER_S if one.speed is None else JUMP_HEIGHT_PER_S
    if away <= JUMP_HEIGHT + rate * dt:
        return away
    if one.alone and row.alone:
        shift = np.zeros(4) if one.speed is None else np.r_[one.speed, one.speed] * dt
        moved = (one.box + shift)[None].astype(np.float32)
        if overlap(moved, row.box[None].astype(np.float32))[0, 0] >= ALONE_IOU:
            return away
    return np.inf


def _extend(one: _Live, row: _Live) -> None:
    dt = row.time_s - one.time_s
    if one.torso is not None and row.torso is not None:
        moved = (row.torso - one.torso).mean(axis=0)
    else:
        moved = (row.box - one.box).reshape(2, 2).mean(axis=0)
    speed = moved / dt
    if row.torso is not None:
        one.torso = row.torso
    elif one.torso is not None:
        one.torso = one.torso + moved
    share = 1.0 if one.speed is None else min(1.0, dt / SPEED_MEMORY_S)
    one.speed = speed if one.speed is None else one.speed + share * (speed - one.speed)
    one.rows.append(row.rows[0])
    one.box, one.alone = row.box, row.alone
    one.time_s, one.frame = row.time_s, row.frame


def _carry(live: list[_Live], camera: FloatArray) -> None:
    """Move what is known of the frame before along with the background."""
    turn, shift = camera[:, :2], camera[:, 2]
    for one in live:
        one.box = (one.box.reshape(2, 2) @ turn.T + shift).reshape(4)
        if one.torso is not None:
            one.torso = one.torso @ turn.T + shift
        if one.speed is not None:
            one.speed = turn @ one.speed


def _alone(boxes: FloatArray) -> BoolArray:
    """Boxes of one frame that no other comes near, shape ``(n,)``."""
    rim = NEAR_SHARE * (boxes[:, 2] - boxes[:, 0])
    wide = boxes + np.stack([-rim, 0 * rim, rim, 0 * rim], axis=1)
    pairs = overlap(wide.astype(np.float32), wide.astype(np.float32))
    np.fill_diagonal(pairs, 0)
    return np.asarray((pairs <= 0).all(axis=1), np.bool_)
