"""Segments of one clip become one set of tracks, one id per person."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.identity import identified
from foley_detector.domain.occlusion import without_stolen_poses
from foley_detector.domain.rows import FRAME_FIELDS, ROW_FIELDS, chosen_frames, chosen_rows
from foley_detector.domain.types import IntArray


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
    return renumbered(identified(without_stolen_poses(_from_left_to_right(joined))))


def _from_left_to_right(tracks: PoseTracks) -> PoseTracks:
    """Rows of a frame by place, not by the tracker's ids, so that equal pictures give equal results."""
    order = np.lexsort((*tracks.box_xyxy_px.T[::-1], tracks.row_frame))
    return chosen_rows(tracks, order)


def _append(first: PoseTracks, second: PoseTracks) -> PoseTracks:
    """Two segments after each other. Ids of the second are moved on: they mean nothing across segments."""
    second = replace(
        second,
        row_track=second.row_track + _highest(first),
        appearance_track=second.appearance_track + _highest(first),
    )
    shared = np.intersect1d(first.frame_index, second.frame_index)
    if shared.size:
        switch = int(shared[shared.size // 2])
        first = chosen_frames(first, first.frame_index < switch)
        second = chosen_frames(second, second.frame_index >= switch)
    last_s = first.time_s[-1] if first.time_s.size else -np.inf
    second = chosen_frames(second, second.time_s > last_s)
    return replace(
        first,
        **{
            name: np.concatenate([getattr(first, name), getattr(second, name)])
            for name in (*FRAME_FIELDS, *ROW_FIELDS[1:])
        },
        row_frame=np.concatenate([first.row_frame, second.row_frame + first.time_s.size]),
        appearance_track=np.concatenate([first.appearance_track, second.appearance_track]),
        appearance=np.concatenate([first.appearance, second.appearance])
        if len(first.appearance) and len(second.appearance)
        else first.appearance
        if len(first.appearance)
        else second.appearance,
    )


def _highest(tracks: PoseTracks) -> int:
    return int(max(tracks.row_track.max(initial=0), tracks.appearance_track.max(initial=0)))


def renumbered(tracks: PoseTracks) -> PoseTracks:
    """Ids from 1, by first frame, then from left to right."""
    firsts = []
    for track in tracks.track_ids:
        row = int(tracks.rows_of(track)[0])
        firsts.append((int(tracks.row_frame[row]), float(tracks.box_xyxy_px[row, 0]), track))
    names = {track: k + 1 for k, (_, _, track) in enumerate(sorted(firsts))}
    known = np.isin(tracks.appearance_track, list(names))

    def rename(ids: IntArray) -> IntArray:
        return np.array([names[int(track)] for track in ids], np.int64)

    renamed = replace(
        tracks,
        row_track=rename(tracks.row_track),
        appearance_track=rename(tracks.appearance_track[known]),
        appearance=tracks.appearance[known],
    )
    order = np.lexsort((renamed.row_track, renamed.row_frame))
    return chosen_rows(renamed, order)
