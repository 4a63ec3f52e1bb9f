"""What one person hides of another: poses taken from the person in front, and legs behind that person's legs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.boxes import overlap
from foley_detector.domain.types import FloatArray, IntArray

BODY = [11, 12, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]
"""Shoulders, hips, knees, ankles, heels, toes: what tells two poses apart."""

SAME_POSE = 0.05
"""Mean distance of these points, heights, below which two poses are one body seen twice. Two looks at one body differ
by 0.01 to 0.04 on rendered crossings; two people who cross differ by more in all but the frames of full cover."""

GUESS_HANDICAP = 0.5
"""Overlap by which a box that nobody detected must fit a pose better to keep it."""

LEGS = [25, 26, 27, 28, 29, 30, 31, 32]
LIMBS = (
    (23, 25, 0.045),
    (24, 26, 0.045),
    (25, 27, 0.035),
    (26, 28, 0.035),
    (27, 31, 0.03),
    (28, 32, 0.03),
    (29, 31, 0.03),
    (30, 32, 0.03),
    (13, 15, 0.03),
    (14, 16, 0.03),
)
"""Landmarks at both ends of a limb and half its thickness in body heights: thigh 8 cm, shin 6 cm, foot and forearm 5 cm
of a grown person, clothes included."""


def without_stolen_poses(tracks: PoseTracks) -> PoseTracks:
    """Where two people of a frame have the same pose, the one whose box it fits worse has none."""
    stolen: list[int] = []
    for rows in _meetings(tracks):
        kept = [row for row in rows if not np.isnan(tracks.landmarks_xy_px[row, BODY]).any()]
        for one, other in itertools.combinations(kept, 2):
            if one in stolen or other in stolen:
                continue
            points = tracks.landmarks_xy_px[[one, other]][:, BODY].astype(np.float64)
            apart = float(np.linalg.norm(points[0] - points[1], axis=1).mean())
            if apart < SAME_POSE * _height(tracks, [one, other]):
                stolen.append(min(one, other, key=lambda row: _fit(tracks, row)))
    if not stolen:
        return tracks
    landmarks, colours = tracks.landmarks_xy_px.copy(), tracks.row_colours.copy()
    visibility, confidence = tracks.visibility.copy(), tracks.pose_confidence.copy()
    landmarks[stolen], colours[stolen] = np.nan, np.nan
    visibility[stolen], confidence[stolen] = 0.0, 0.0
    return replace(
        tracks,
        landmarks_xy_px=landmarks,
        visibility=visibility,
        pose_confidence=confidence,
        row_colours=colours,
    )


def without_hidden_legs(tracks: PoseTracks) -> PoseTracks:
    """Leg points that lie behind a limb of a person in front are guesses of the network: visibility 0.

    Of two people whose boxes meet, the one whose box ends lower in the picture is in front.
    """
    visibility = tracks.visibility.copy()
    for rows in _meetings(tracks):
        for one, other in itertools.combinations(rows, 2):
            boxes = tracks.box_xyxy_px[[one, other]]
            if overlap(boxes[:1], boxes[1:])[0, 0] <= 0:
                continue
            front, back = (one, other) if boxes[0, 3] > boxes[1, 3] else (other, one)
            limbs = tracks.landmarks_xy_px[front].astype(np.float64)
            points = tracks.landmarks_xy_px[back, LEGS].astype(np.float64)
            if np.isnan(limbs).any() or np.isnan(points).any():
                continue
            height = float(tracks.box_xyxy_px[front, 3] - tracks.box_xyxy_px[front, 1])
            hidden = np.zeros(len(LEGS), bool)
            for start, end, half in LIMBS:
                hidden |= _distance(points, limbs[start], limbs[end]) < half * height
            visibility[back, np.array(LEGS)[hidden]] = 0.0
    return replace(tracks, visibility=visibility)


def _meetings(tracks: PoseTracks) -> Iterator[list[int]]:
    """Rows of each frame that shows more than one person."""
    starts = np.flatnonzero(np.diff(tracks.row_frame, prepend=-1))
    ends = np.r_[starts[1:], tracks.row_frame.size][: starts.size]
    for start, end in zip(starts, ends, strict=True):
        if end - start > 1:
            yield list(range(int(start), int(end)))


def _height(tracks: PoseTracks, rows: list[int] | IntArray) -> float:
    """Of the tallest box: the hidden person's is cut short."""
    boxes = tracks.box_xyxy_px[rows]
    return float((boxes[:, 3] - boxes[:, 1]).max())


def _fit(tracks: PoseTracks, row: int) -> float:
    """Overlap of a box with the box around its pose."""
    points = tracks.landmarks_xy_px[row]
    around = np.r_[points.min(axis=0), points.max(axis=0)][None]
    fit = float(overlap(around, tracks.box_xyxy_px[row][None])[0, 0])
    return fit if tracks.box_confidence[row] > 0 else fit - GUESS_HANDICAP


def _distance(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Distance of points ``(n, 2)`` from the line between two others, shape ``(n,)``."""
    along = end - start
    share = np.clip((points - start) @ along / max(float(along @ along), 1e-9), 0.0, 1.0)
    return np.linalg.norm(points - start - share[:, None] * along, axis=1)
