"""Where labels stand in a picture: near what they name, whole, and none over another.

A label keeps its place beside its point for as long as it can, so that nothing jumps while it is being read. Where a
crowd leaves no room, fading labels make way for new ones, then a label shrinks to its first line, then it is left out.
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

    def place(self, wishes: Sequence[Wish], taken: Sequence[Plate] = ()) -> list[Place | None]:
        """A place for every label, in order; None for one that there is no room for.

        Args:
            wishes: Oldest first; keys are unlike each other.
            taken: What else must not be covered.
        """
        points = [wish.point for wish in wishes]
        found: dict[Hashable, Place] = {}
        for wish in wishes:
            kept = self._kept(wish)
            if kept is not None and _is_free(kept.plate, taken, found.values()):
                found[wish.key] = kept
        fading = {wish.key for wish in wishes if wish.fading}
        for wish in wishes:
            if wish.key in found:
                continue
            place = self._best(wish, [*taken, *_plates(found)], points)
            if place is None or place.form > 0:
                firm = {key: held for key, held in found.items() if key not in fading}
                other = None if wish.fading else self._best(wish, [*taken, *_plates(firm)], points)
                if other is not None and (place is None or other.form < place.form):
                    place = other
                    found = {
                        key: held
                        for key, held in found.items()
                        if key in firm or _is_free(held.plate, (), [place])
                    }
            if place is not None:
                found[wish.key] = place
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

    def _best(self, wish: Wish, taken: Sequence[Plate], points: Sequence[Point]) -> Place | None:
        for form, size in enumerate(wish.sizes):
            plate = nearest_free(
                wish.point, size, taken, picture=self._size, away_px=self._away, points=points
            )
            if plate is not None:
                return Place(plate, form)
        return None


def nearest_free(
    point: Point,
    size: Size,
    taken: Sequence[Plate],
    *,
    picture: Size,
    away_px: int = 0,
    points: Sequence[Point] = (),
) -> Plate | None:
    """The best free place for a label: one that touches a point's surroundings, another label or the border.

    Args:
        point: What it names.
        size: Of the label.
        taken: What it must not cover.
        picture: What it must not leave.
        away_px: How far it stays away from the points, where it can.
        points: What it would rather not cover.
    """
    (width, height), room = size, (picture[0] - size[0], picture[1] - size[1])
    if min(room) < 0:
        return None
    near = np.array(
        [point, *sorted(points, key=lambda other: _distance(other, point))[:NEAR_POINTS]]
    )
    blocks = np.array(
        [(p.x - GAP_PX, p.y - GAP_PX, p.width + 2 * GAP_PX, p.height + 2 * GAP_PX) for p in taken],
        np.float64,
    ).reshape(-1, 4)
    left = _edges(near[:, 0], blocks[:, 0], blocks[:, 2], length=width, away=away_px, room=room[0])
    top = _edges(near[:, 1], blocks[:, 1], blocks[:, 3], length=height, away=away_px, room=room[1])
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


def _is_free(plate: Plate, taken: Sequence[Plate], placed: Iterable[Place]) -> bool:
    return not any(plate.meets(other) for other in taken) and not any(
        plate.meets(place.plate) for place in placed
    )


def _distance(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])
