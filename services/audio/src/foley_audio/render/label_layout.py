"""Where labels stand in a picture: near what they name, whole, and none over another.

A label keeps its place beside its point for as long as it can, so that nothing jumps while it is being read. Where a
crowd leaves no room, fading labels make way for new ones, then a label shrinks to its first line, then it is left out.
However large the crowd, a frame looks for so many places, each among so many: who has waited longest comes first.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_audio.render.lettering import Plate

GAP_PX = 2  # between labels, so that two are not read as one
NEAR_POINTS = (
    16  # points beside which a label looks for a place and which it would rather not cover
)
NEAR_PLATES = 32  # beside which a label looks for a place; further ones it only must not cover
MOST_SOUGHT = (
    16  # labels that a frame looks for places for: at 30 Hz the new ones of 240 people who walk
)
ABOVE_COST = (
    0.5  # in label heights: below the point is the better place, where feet were and not legs are
)
COVER_COST = 2.0  # in label heights: for covering a point
ASIDE_COST = 0.3  # of the distance that a label stands to the side

Size = tuple[int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Wish:
    """A label that wants a place.

    Attributes:
        key: The same in every frame.
        point: What it names.
        sizes: Width and height in pixels, from the whole label to its shortest form.
        fading: True when it makes way for others.
    """

    key: Hashable
    point: Point
    sizes: tuple[Size, ...]
    fading: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where a label stands: its plate, and which of the wish's sizes it has."""

    plate: Plate
    form: int


class Standing:
    """Plates that stand in a picture: what a further one must not cover."""

    def __init__(self, plates: Iterable[Plate] = ()) -> None:
        rows = [(plate.x, plate.y, plate.width, plate.height) for plate in plates]
        self._rows = np.array(rows, np.float64).reshape(-1, 4)
        self._count = len(rows)

    @property
    def rows(self) -> NDArray[np.float64]:
        """Left, top, width and height of each, shape ``(n, 4)``."""
        return self._rows[: self._count]

    def add(self, plate: Plate) -> None:
        """One more."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros((16 + self._count, 4))])
        self._rows[self._count] = (plate.x, plate.y, plate.width, plate.height)
        self._count += 1

    def is_free(self, plate: Plate) -> bool:
        """True where none of them overlaps it."""
        x, y, width, height = self.rows.T
        across = (plate.x < x + width) & (x < plate.x + plate.width)
        return not bool(np.any(across & (plate.y < y + height) & (y < plate.y + plate.height)))


class LabelLayout:
    """Places the labels of one frame after the other.

    Args:
        width_px: Of the picture.
        height_px: The same.
        away_px: How far a label stays away from its point.
    """

    def __init__(self, width_px: int, height_px: int, away_px: int) -> None:
        self._size = (width_px, height_px)
        self._away = away_px
        self._held: dict[Hashable, tuple[float, float, int]] = {}
        self._sought_in: dict[Hashable, int] = {}
        self._frame = 0

    def place(self, wishes: Sequence[Wish], taken: Sequence[Plate] = ()) -> list[Place | None]:
        """A place for every label, in order; None for one that there is no room for, or none was looked for yet.

        Args:
            wishes: Oldest first; keys are unlike each other.
            taken: What else must not be covered.
        """
        points = np.array([wish.point for wish in wishes], np.float64).reshape(-1, 2)
        standing = Standing(taken)
        found: dict[Hashable, Place] = {}
        for wish in wishes:
            kept = self._kept(wish)
            if kept is not None and standing.is_free(kept.plate):
                found[wish.key] = kept
                standing.add(kept.plate)
        fading = {wish.key for wish in wishes if wish.fading}
        for index in self._sought(wishes, found):
            wish, others = wishes[index], np.delete(points, index, axis=0)
            place = self._best(wish, standing, others)
            if (place is None or place.form > 0) and not wish.fading and fading & found.keys():
                firm = {key: held for key, held in found.items() if key not in fading}
                other = self._best(wish, Standing([*taken, *_plates(firm)]), others)
                if other is not None and (place is None or other.form < place.form):
                    place = other
                    found = {
                        key: held
                        for key, held in found.items()
                        if key in firm or not held.plate.meets(place.plate)
                    }
                    standing = Standing([*taken, *_plates(found)])
            if place is not None:
                found[wish.key] = place
                standing.add(place.plate)
        self._held = {
            wish.key: (
                found[wish.key].plate.x - wish.point[0],
                found[wish.key].plate.y - wish.point[1],
                found[wish.key].form,
            )
            for wish in wishes
            if wish.key in found
        }
        return [found.get(wish.key) for wish in wishes]

    def _sought(self, wishes: Sequence[Wish], found: dict[Hashable, Place]) -> list[int]:
        """Positions of those that a place is looked for in this frame, in order: fresh ones, longest not served."""
        waiting = [index for index, wish in enumerate(wishes) if wish.key not in found]
        waiting.sort(
            key=lambda index: (wishes[index].fading, self._sought_in.get(wishes[index].key, -1))
        )
        chosen = sorted(waiting[:MOST_SOUGHT])
        known = {wish.key for wish in wishes}
        self._sought_in = {key: at for key, at in self._sought_in.items() if key in known}
        self._sought_in.update((wishes[index].key, self._frame) for index in chosen)
        self._frame += 1
        return chosen

    def _kept(self, wish: Wish) -> Place | None:
        """The place that it had in the frame before, moved with its point."""
        held = self._held.get(wish.key)
        if held is None:
            return None
        dx, dy, form = held
        return Place(self._inside(wish.point[0] + dx, wish.point[1] + dy, wish.sizes[form]), form)

    def _inside(self, x: float, y: float, size: Size) -> Plate:
        width, height = self._size
        return Plate(
            int(np.clip(round(x), 0, max(0, width - size[0]))),
            int(np.clip(round(y), 0, max(0, height - size[1]))),
            *size,
        )

    def _best(self, wish: Wish, standing: Standing, others: NDArray[np.float64]) -> Place | None:
        for form, size in enumerate(wish.sizes):
            plate = nearest_free(
                wish.point, size, standing, picture=self._size, away_px=self._away, others=others
            )
            if plate is not None:
                return Place(plate, form)
        return None


def nearest_free(
    point: Point,
    size: Size,
    standing: Standing,
    *,
    picture: Size,
    away_px: int = 0,
    others: NDArray[np.float64] | None = None,
) -> Plate | None:
    """The best free place for a label: one that touches a point's surroundings, another label or the border.

    Args:
        point: What it names.
        size: Of the label.
        standing: What it must not cover.
        picture: What it must not leave.
        away_px: How far it stays away from the points, where it can.
        others: Further points that it would rather not cover, shape ``(n, 2)``.
    """
    (width, height), room = size, (picture[0] - size[0], picture[1] - size[1])
    if min(room) < 0:
        return None
    near = np.array([point], np.float64)
    if others is not None:
        near = np.concatenate(
            [near, _nearest(np.abs(others - near).sum(axis=1), others, NEAR_POINTS)]
        )
    blocks = standing.rows + np.array([-GAP_PX, -GAP_PX, 2 * GAP_PX, 2 * GAP_PX], np.float64)
    beside = _nearest(_gaps(blocks, point), blocks, NEAR_PLATES)
    left = _edges(near[:, 0], beside[:, 0], beside[:, 2], length=width, away=away_px, room=room[0])
    top = _edges(near[:, 1], beside[:, 1], beside[:, 3], length=height, away=away_px, room=room[1])
    from_left, from_top = left + width / 2 - point[0], top + height / 2 - point[1]
    cost = np.hypot(
        np.maximum(0.0, np.abs(from_left) - width / 2)[:, None],
        np.maximum(0.0, np.abs(from_top) - height / 2)[None, :],
    )
    cost += ASIDE_COST * np.abs(from_left)[:, None]
    cost += ABOVE_COST * height * (from_top < 0)[None, :]
    reach = np.full(near.shape[0], 2.0 * away_px)
    cost += (
        COVER_COST
        * height
        * _both(
            _meets(left, width, near[:, 0] - away_px, reach),
            _meets(top, height, near[:, 1] - away_px, reach),
        )
    )
    cost[
        _both(
            _meets(left, width, blocks[:, 0], blocks[:, 2]),
            _meets(top, height, blocks[:, 1], blocks[:, 3]),
        )
        > 0
    ] = np.inf
    best = int(np.argmin(cost))
    if not np.isfinite(cost.flat[best]):
        return None
    column, row = divmod(best, top.size)
    return Plate(int(left[column]), int(top[row]), width, height)


def _edges(
    points: NDArray[np.float64],
    starts: NDArray[np.float64],
    lengths: NDArray[np.float64],
    *,
    length: int,
    away: int,
    room: int,
) -> NDArray[np.float64]:
    """First pixels, along one side, of places that touch something; whole and inside."""
    edges = np.concatenate(
        [
            [points[0] - length / 2, 0, room],  # the first is its own
            points + away,
            points - away - length,
            starts - length,
            starts + lengths,
        ]
    )
    return np.unique(np.clip(np.round(edges), 0, room))


def _meets(
    starts: NDArray[np.float64],
    length: int,
    others: NDArray[np.float64],
    lengths: NDArray[np.float64],
) -> NDArray[np.float32]:
    """1 where a stretch overlaps another one, shape ``(starts, others)``."""
    meets = (starts[:, None] < others + lengths) & (starts[:, None] + length > others)
    return meets.astype(np.float32)


def _both(across: NDArray[np.float32], along: NDArray[np.float32]) -> NDArray[np.float32]:
    """How many others each place overlaps both ways, shape ``(lefts, tops)``."""
    return across @ along.T


def _plates(found: dict[Hashable, Place]) -> list[Plate]:
    return [place.plate for place in found.values()]


def _gaps(blocks: NDArray[np.float64], point: Point) -> NDArray[np.float64]:
    """How far rectangles are from a point, across and along together; 0 inside; shape ``(n,)``."""
    corner, end = blocks[:, :2], blocks[:, :2] + blocks[:, 2:]
    return np.maximum(0.0, np.maximum(corner - point, point - end)).sum(axis=1)


def _nearest(
    distances: NDArray[np.float64], rows: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """The rows of the smallest distances, so many at most; of equal ones the first."""
    return rows[np.argsort(distances, kind="stable")[:count]]
