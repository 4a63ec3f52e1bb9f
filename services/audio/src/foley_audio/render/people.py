"""Boxes and skeletons of the people in a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from foley_audio.render.label_layout import Standing, nearest_free
from foley_audio.render.lettering import Colour, Lettering, Picture, Plate, shade
from foley_audio.render.palette import COLOUR_OF, DARK, GREY, WHITE, Sizes
from foley_common.footsteps import Side
from foley_common.pose_tracks import PoseTracks

# MediaPipe's pose topology (POSE_CONNECTIONS, BlazePose GHUM): 35 lines between 33 points.
CONNECTIONS = (
    *((0, 1), (1, 2), (2, 3), (3, 7), (0, 4), (4, 5), (5, 6), (6, 8), (9, 10)),
    *((11, 12), (11, 13), (13, 15), (15, 17), (15, 19), (15, 21), (17, 19)),
    *((12, 14), (14, 16), (16, 18), (16, 20), (16, 22), (18, 20)),
    *((11, 23), (12, 24), (23, 24), (23, 25), (24, 26), (25, 27), (26, 28)),
    *((27, 29), (28, 30), (29, 31), (30, 32), (27, 31), (28, 32)),
)
FOOT_POINTS = (27, 28, 29, 30, 31, 32)  # ankles, heels, foot indices
MIN_VISIBILITY = 0.3  # a point less sure than this is guessed by the network
LONG_DASH = 3.0  # dashes of a box that was interpolated, in line heights of text
SUBPIXEL_BITS = 3


def colour_of_points(first: int, second: int) -> Colour:
    """Colour of a line: the side's where both ends are of one side (odd is left, even is right), else white."""
    if first == 0 or second == 0 or first % 2 != second % 2:
        return WHITE
    return COLOUR_OF[Side.LEFT if first % 2 else Side.RIGHT]


class People:
    """Draws who is in a frame.

    Args:
        poses: The tracks of the whole clip.
        letters: For the number of each person.
        sizes: Sizes for this picture.
    """

    def __init__(self, poses: PoseTracks, letters: Lettering, sizes: Sizes) -> None:
        self._poses = poses
        self._letters = letters
        self._sizes = sizes
        self._first_row = np.searchsorted(poses.row_frame, np.arange(poses.time_s.size + 1))
        step_s = float(np.median(np.diff(poses.time_s))) if poses.time_s.size > 1 else 1.0
        self._tolerance_s = (
            step_s / 2
        )  # a pose is drawn on the frame it was found on, not on others

    def draw(self, picture: Picture, time_s: float) -> list[Plate]:
        """Draw everybody whose pose was found on the frame at this time; gives the plates of their names."""
        times = self._poses.time_s
        if not times.size:
            return []
        after = int(np.searchsorted(times, time_s))
        index = min(
            (i for i in (after - 1, after) if 0 <= i < times.size),
            key=lambda i: abs(times[i] - time_s),
        )
        if abs(times[index] - time_s) > self._tolerance_s:
            return []
        rows = range(self._first_row[index], self._first_row[index + 1])
        for row in rows:
            self._box(picture, row)
        for row in rows:
            self._skeleton(picture, self._poses.landmarks_xy_px[row], self._poses.visibility[row])
        names, standing = list[Plate](), Standing()
        for row in rows:
            name = self._name(picture, row, standing)
            if name is not None:
                names.append(name)
                standing.add(name)
        return names

    def _box(self, picture: Picture, row: int) -> None:
        import cv2

        x1, y1, x2, y2 = (round(float(value)) for value in self._poses.box_xyxy_px[row])
        line, detected = self._sizes.line_px, bool(self._poses.box_is_detected[row])
        if detected:
            cv2.rectangle(picture, (x1, y1), (x2, y2), WHITE, line, cv2.LINE_AA)
        else:
            self._dashed(picture, (x1, y1, x2, y2))

    def _name(self, picture: Picture, row: int, standing: Standing) -> Plate | None:
        """The person's number on the upper left corner of the box, or as near to it as is free."""
        text = f"P{int(self._poses.row_track[row])}"
        pad = max(1, self._sizes.text_px // 6)
        size = (self._letters.width_of(text) + 2 * pad, self._letters.line_px + pad)
        left, top = (float(value) for value in self._poses.box_xyxy_px[row][:2])
        corner = (left + size[0] / 2, top - size[1] / 2)
        plate = nearest_free(corner, size, standing, picture=(picture.shape[1], picture.shape[0]))
        if plate is None:
            return None
        shade(picture, plate)
        colour = WHITE if self._poses.box_is_detected[row] else GREY
        self._letters.draw(picture, text, (plate.x + pad, plate.y), colour)
        return plate

    def _dashed(self, picture: Picture, box: tuple[int, int, int, int]) -> None:
        import cv2

        x1, y1, x2, y2 = box
        dash = LONG_DASH * self._sizes.line_px * 2
        for start, end in (
            ((x1, y1), (x2, y1)),
            ((x2, y1), (x2, y2)),
            ((x2, y2), (x1, y2)),
            ((x1, y2), (x1, y1)),
        ):
            a, b = np.array(start, float), np.array(end, float)
            count = max(1, int(np.hypot(*(b - a)) / dash))
            for piece in range(0, count, 2):
                p, q = a + (b - a) * piece / count, a + (b - a) * min(count, piece + 1) / count
                cv2.line(picture, _whole(p), _whole(q), GREY, self._sizes.line_px, cv2.LINE_AA)

    def _skeleton(
        self, picture: Picture, points: NDArray[np.float32], visibility: NDArray[np.float32]
    ) -> None:
        import cv2

        seen = (visibility >= MIN_VISIBILITY) & np.all(np.isfinite(points), axis=1)
        fixed = np.zeros(points.shape, np.int64)
        fixed[seen] = np.round(points[seen] * (1 << SUBPIXEL_BITS)).astype(np.int64)
        line = self._sizes.line_px
        lines = [(a, b) for a, b in CONNECTIONS if seen[a] and seen[b]]
        for a, b in lines:
            cv2.line(
                picture,
                _pair(fixed[a]),
                _pair(fixed[b]),
                DARK,
                line + 2,
                cv2.LINE_AA,
                SUBPIXEL_BITS,
            )
        for a, b in lines:
            colour = colour_of_points(a, b)
            cv2.line(
                picture, _pair(fixed[a]), _pair(fixed[b]), colour, line, cv2.LINE_AA, SUBPIXEL_BITS
            )
        for point in FOOT_POINTS:
            if seen[point]:
                radius = (line + 1) << SUBPIXEL_BITS
                colour = COLOUR_OF[Side.LEFT if point % 2 else Side.RIGHT]
                cv2.circle(
                    picture, _pair(fixed[point]), radius, colour, -1, cv2.LINE_AA, SUBPIXEL_BITS
                )


def _pair(point: NDArray[np.int64]) -> tuple[int, int]:
    return int(point[0]), int(point[1])


def _whole(point: NDArray[np.float64]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
