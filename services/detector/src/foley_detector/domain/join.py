"""Segments of one clip become one set of tracks; broken tracks of one person are linked again."""

# scipy ships no types, and numpy's reductions are partly unknown to the checker.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.types import BoolArray, FloatArray, IntArray

MIN_SHARED_IOU = 0.4  # mean overlap of the boxes of one person in two segments' shared frames
MAX_LINK_GAP_S = 1.5  # a person hidden for longer is a new track
LINK_DISTANCE = 0.25  # heights: how far from the expected place a person may reappear at once …
LINK_DISTANCE_PER_S = (
    0.8  # … and how much further per second of absence (walkers go about one height a second)
)
MAX_HEIGHT_RATIO = 1.35  # a person's height in the picture before and after
MIN_APPEARANCE = 0.5  # cosine; the vectors of one person in two views are nearer than that
APPEARANCE_WEIGHT = 1.0
GAP_WEIGHT = 0.3
VELOCITY_WINDOW_S = 0.4  # motion before and after a gap is measured over this time
FORBIDDEN = 1e6


def join_segments(segments: Sequence[PoseTracks]) -> PoseTracks:
    """One series for the whole clip, with ids from 1 in order of appearance.

    Args:
        segments: In any order; their frames may overlap. In an overlap the earlier segment is used up to the middle,
            the later one from there on: tracking is least sure at the ends.

    Raises:
        ValueError: no segment, or segments of pictures of different size.
    """
    if not segments:
        raise ValueError("no segments to join")
    ordered = sorted(
        segments, key=lambda piece: piece.frame_index[0] if piece.frame_index.size else -1
    )
    joined, *rest = [piece for piece in ordered if piece.time_s.size] or ordered[:1]
    if len({(piece.width_px, piece.height_px) for piece in (joined, *rest)}) > 1:
        raise ValueError("segments must show pictures of one size")
    for piece in rest:
        joined = _append(joined, piece)
    return renumbered(link_tracks(joined))


def _append(first: PoseTracks, second: PoseTracks) -> PoseTracks:
    second = replace(
        second,
        row_track=second.row_track + _highest(first),
        appearance_track=second.appearance_track + _highest(first),
    )
    shared = np.intersect1d(first.frame_index, second.frame_index)
    if shared.size:
        second = _renamed(second, _same_people(first, second, shared))
        switch = int(shared[shared.size // 2])
        first = _frames(first, first.frame_index < switch)
        second = _frames(second, second.frame_index >= switch)
    second = _frames(second, second.time_s > (first.time_s[-1] if first.time_s.size else -np.inf))
    new = ~np.isin(second.appearance_track, first.appearance_track)
    return replace(
        first,
        **{
            name: np.concatenate([getattr(first, name), getattr(second, name)])
            for name in (
                "time_s",
                "frame_index",
                "camera_from_previous",
                "is_cut",
                "is_duplicate",
                *_ROWS[1:],
            )
        },
        row_frame=np.concatenate([first.row_frame, second.row_frame + first.time_s.size]),
        appearance_track=np.concatenate([first.appearance_track, second.appearance_track[new]]),
        appearance=_stacked(first.appearance, second.appearance[new]),
    )


_ROWS = (
    "row_frame",
    "row_track",
    "box_xyxy_px",
    "box_confidence",
    "box_is_detected",
    "landmarks_xy_px",
    "visibility",
    "pose_confidence",
)


def _stacked(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float32]:
    if not len(second):
        return first
    return np.concatenate([first, second]) if len(first) else second


def _highest(tracks: PoseTracks) -> int:
    return int(max(tracks.row_track.max(initial=0), tracks.appearance_track.max(initial=0)))


def _rows(tracks: PoseTracks, keep: BoolArray | IntArray) -> PoseTracks:
    return replace(tracks, **{name: getattr(tracks, name)[keep] for name in _ROWS})


def _frames(tracks: PoseTracks, keep: BoolArray) -> PoseTracks:
    tracks = _rows(tracks, keep[tracks.row_frame])
    place = np.cumsum(keep) - 1
    names = ("time_s", "frame_index", "camera_from_previous", "is_cut", "is_duplicate")
    return replace(
        tracks,
        row_frame=place[tracks.row_frame],
        **{name: getattr(tracks, name)[keep] for name in names},
    )


def _renamed(tracks: PoseTracks, names: dict[int, int]) -> PoseTracks:
    def rename(ids: IntArray) -> IntArray:
        return np.array([names.get(int(track), int(track)) for track in ids], np.int64)

    appearance_track = rename(tracks.appearance_track)
    _, first = np.unique(appearance_track, return_index=True)
    renamed = replace(
        tracks,
        row_track=rename(tracks.row_track),
        appearance_track=appearance_track[first],
        appearance=tracks.appearance[first],
    )
    return _one_row_per_frame(renamed)


def _one_row_per_frame(tracks: PoseTracks) -> PoseTracks:
    """Keep the surest row where a person has two in one frame."""
    order = np.lexsort((-tracks.box_confidence, tracks.row_track, tracks.row_frame))
    pairs = np.stack([tracks.row_frame[order], tracks.row_track[order]])
    fresh = np.ones(order.size, bool)
    fresh[1:] = (np.diff(pairs, axis=1) != 0).any(axis=0)
    return _rows(tracks, np.sort(order[fresh]))


def box_iou(first: FloatArray, second: FloatArray) -> FloatArray:
    """Overlap of boxes ``(n, 4)`` pair by pair, 0 to 1, shape ``(n,)``."""
    low, high = np.maximum(first[:, :2], second[:, :2]), np.minimum(first[:, 2:], second[:, 2:])
    common = np.prod(np.maximum(high - low, 0.0), axis=1)
    areas = np.prod(first[:, 2:] - first[:, :2], axis=1) + np.prod(
        second[:, 2:] - second[:, :2], axis=1
    )
    return common / np.maximum(areas - common, 1e-9)


def _same_people(first: PoseTracks, second: PoseTracks, shared: IntArray) -> dict[int, int]:
    """Ids of the second segment whose boxes lie on a first segment's in the shared frames."""
    boxes = []
    for piece in (first, second):
        frame = piece.frame_index[piece.row_frame]
        inside = np.isin(frame, shared)
        table: dict[int, dict[int, FloatArray]] = {}
        for track, number, box in zip(
            piece.row_track[inside], frame[inside], piece.box_xyxy_px[inside], strict=True
        ):
            table.setdefault(int(track), {})[int(number)] = box.astype(np.float64)
        boxes.append(table)
    old, new = list(boxes[0]), list(boxes[1])
    if not old or not new:
        return {}
    score = np.zeros((len(old), len(new)))
    for i, a in enumerate(old):
        for j, b in enumerate(new):
            common = sorted(boxes[0][a].keys() & boxes[1][b].keys())
            if common:
                pair = (
                    np.array([table[frame] for frame in common])
                    for table in (boxes[0][a], boxes[1][b])
                )
                score[i, j] = box_iou(*pair).mean()
    chosen = zip(*linear_sum_assignment(-score), strict=True)
    return {new[j]: old[i] for i, j in chosen if score[i, j] >= MIN_SHARED_IOU}


def link_tracks(tracks: PoseTracks) -> PoseTracks:
    """Give a track that ends and one that begins soon after, where the first was going, one id."""
    ids = tracks.track_ids
    if len(ids) < 2:
        return tracks
    rows = {track: tracks.rows_of(track) for track in ids}
    cost = np.full((len(ids), len(ids)), FORBIDDEN)
    for i, a in enumerate(ids):
        for j, b in enumerate(ids):
            if i != j:
                cost[i, j] = _link_cost(tracks, rows[a], rows[b])
    names = {track: track for track in ids}
    for i, j in sorted(
        zip(*linear_sum_assignment(cost), strict=True), key=lambda pair: ids[pair[1]]
    ):
        if cost[i, j] < FORBIDDEN:
            names[ids[j]] = ids[i]

    def root(track: int) -> int:
        while names[track] != track:
            track = names[track]
        return track

    return _renamed(tracks, {track: root(track) for track in ids})


def _link_cost(tracks: PoseTracks, before: IntArray, after: IntArray) -> float:
    """How ill two tracks fit as one person; `FORBIDDEN` when they do not."""
    last, first = int(tracks.row_frame[before[-1]]), int(tracks.row_frame[after[0]])
    if first <= last:
        return FORBIDDEN
    gap_s = float(tracks.time_s[first] - tracks.time_s[last])
    if gap_s > MAX_LINK_GAP_S or tracks.is_cut[last + 1 : first + 1].any():
        return FORBIDDEN
    (place, speed, height), (new_place, new_speed, new_height) = (
        _motion_at(tracks, before[::-1]),
        _motion_at(tracks, after),
    )
    ratio = max(height, new_height) / max(min(height, new_height), 1.0)
    place = _carried(tracks, place, last, first)
    # Each side is carried to the other's time; a person who turns fits from one side only.
    ahead = np.linalg.norm(place + speed * gap_s - new_place)
    back = np.linalg.norm(new_place - new_speed * gap_s - place)
    distance = float(min(ahead, back)) / max(height, new_height, 1.0)
    likeness = _likeness(tracks, int(tracks.row_track[before[0]]), int(tracks.row_track[after[0]]))
    if distance > LINK_DISTANCE + LINK_DISTANCE_PER_S * gap_s or ratio > MAX_HEIGHT_RATIO:
        return FORBIDDEN
    if likeness is not None and likeness < MIN_APPEARANCE:
        return FORBIDDEN
    unlike = 0.0 if likeness is None else 1.0 - likeness
    return distance + APPEARANCE_WEIGHT * unlike + GAP_WEIGHT * gap_s + float(np.log(ratio))


def _motion_at(tracks: PoseTracks, rows: IntArray) -> tuple[FloatArray, FloatArray, float]:
    """Place (px), speed against the background (px per second) and height at the first of some rows."""
    frames = tracks.row_frame[rows]
    near = np.abs(tracks.time_s[frames] - tracks.time_s[frames[0]]) <= VELOCITY_WINDOW_S
    rows, frames = rows[near], frames[near]
    boxes = tracks.box_xyxy_px[rows].astype(np.float64)
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    if rows.size < 3:
        return centres[0], np.zeros(2), height
    centres = np.array(
        [_carried(tracks, c, int(f), int(frames[0])) for c, f in zip(centres, frames, strict=True)]
    )
    time = tracks.time_s[frames] - tracks.time_s[frames[0]]
    speed = np.polyfit(time, centres, 1)[0] if np.ptp(time) > 0 else np.zeros(2)
    return centres[0], speed, height


def _carried(tracks: PoseTracks, place: FloatArray, start: int, end: int) -> FloatArray:
    """Where a background point of one frame lies in another."""
    for frame in range(start + 1, end + 1):
        step = tracks.camera_from_previous[frame]
        place = step[:, :2] @ place + step[:, 2]
    for frame in range(start, end, -1):
        step = tracks.camera_from_previous[frame]
        place = np.linalg.solve(step[:, :2], place - step[:, 2])
    return place


def _likeness(tracks: PoseTracks, first: int, second: int) -> float | None:
    """Cosine of two people's appearance; None where one has none."""
    vectors = [tracks.appearance[tracks.appearance_track == track] for track in (first, second)]
    if not all(len(vector) and vector.shape[1] for vector in vectors):
        return None
    return float(vectors[0][0] @ vectors[1][0])


def renumbered(tracks: PoseTracks) -> PoseTracks:
    """Ids from 1, by first frame, then from left to right."""
    firsts = []
    for track in tracks.track_ids:
        row = int(tracks.rows_of(track)[0])
        firsts.append((int(tracks.row_frame[row]), float(tracks.box_xyxy_px[row, 0]), track))
    names = {track: k + 1 for k, (_, _, track) in enumerate(sorted(firsts))}
    known = np.isin(tracks.appearance_track, list(names))
    tracks = replace(
        tracks, appearance_track=tracks.appearance_track[known], appearance=tracks.appearance[known]
    )
    return _renamed(tracks, names)
