"""What drawn grounds are made of: noise, cells, grids, strokes and colours; all repeat at the edges of their square."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import gaussian_filter

SIDE_PX = 512  # of every map
REACH = 2  # cells of the grid that a point may be away from its own
GAMMA = 2.2  # of screen colours against light; near enough to sRGB

Map = NDArray[np.float32]
Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Ground:
    """A square of ground, seen from above, that can be laid without end.

    Attributes:
        colour: shape ``(s, s, 3)``, share of light given back, 0 to 1.
        height_m: shape ``(s, s)``.
        gloss: shape ``(s, s)``, share of the reflection of a mirror of glass, 0 to 1.
        sharp: How sharp reflections are: exponent of the highlight.
        across_m: What the square shows.
    """

    colour: Map
    height_m: Map
    gloss: Map
    sharp: float
    across_m: float


def flat(value: float = 0.0) -> Map:
    """The same everywhere."""
    return np.full((SIDE_PX, SIDE_PX), value, np.float32)


def noise(
    rng: np.random.Generator,
    slope: float,
    low: float = 1.0,
    high: float = SIDE_PX / 2,
    stretch: float = 1.0,
) -> Map:
    """Noise of unit deviation with a power-law spectrum.

    Args:
        rng: Where chance comes from.
        slope: Amplitudes fall by the wave number to this power; 0 is white, 1 cloudy, 2 soft.
        low: Fewest waves per side that are kept.
        high: Most.
        stretch: How much longer the grain is along rows than across.
    """
    waves = fft.fftfreq(SIDE_PX, 1 / SIDE_PX).astype(np.float32)
    number = np.hypot(waves[None, : SIDE_PX // 2 + 1] * np.float32(stretch), waves[:, None])
    number[0, 0] = 1.0
    keep = (number >= low) & (number <= high)
    keep[0, 0] = False
    white = rng.standard_normal((SIDE_PX, SIDE_PX), np.float32)
    field = fft.irfft2(fft.rfft2(white) * (keep * number ** np.float32(-slope)), white.shape)
    return (field / (field.std() + 1e-9)).astype(np.float32)


def blurred(field: Map, pixels: float) -> Map:
    """Softened without seams."""
    axes = (pixels, pixels) + (0,) * (field.ndim - 2)
    return gaussian_filter(field, axes, mode="wrap")


def above(field: Map, share: float, soft: float = 0.1) -> Map:
    """Mask of the highest ``share`` of a field, 0 to 1, with an edge as soft as ``soft`` deviations."""
    cut = np.quantile(field[::4, ::4], 1 - share)
    return ramp(field, cut - soft * field.std(), cut + soft * field.std())


def ramp(field: Map, start: float, end: float) -> Map:
    """0 up to ``start``, 1 from ``end`` on, smooth between."""
    t = np.clip((field - start) / (end - start + 1e-9), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def places() -> tuple[Map, Map]:
    """Row and column of every pixel, 0 to 1."""
    down, right = np.mgrid[0:SIDE_PX, 0:SIDE_PX].astype(np.float32) / SIDE_PX
    return down, right


def scattered(rng: np.random.Generator, count: int, even: float = 0.5) -> Map:
    """About ``count`` points in the unit square, shape ``(k, k, 2)``; ``even`` 1 is a grid, 0 is near to chance."""
    side = max(2, 2 * round(count**0.5 / 2))
    down, right = np.mgrid[0:side, 0:side]
    grid = np.stack([down + 0.5 * (right % 2), right + 0.5], axis=-1)
    return ((grid + (1 - even) * rng.uniform(-1, 1, grid.shape)) / side).astype(np.float32)


def cells(points: Map, bend: tuple[Map, Map] | None = None) -> tuple[NDArray[np.int32], Map, Map]:
    """Which point is nearest, and how far the border to its neighbour and the point are, in sides.

    Args:
        points: As `scattered`, shape ``(k, k, 2)``.
        bend: Added to places first, so that borders are not straight.
    """
    side = len(points)
    down, right = places()
    if bend is not None:
        down, right = down + bend[0], right + bend[1]
    row, column = np.floor(down * side).astype(np.int32), np.floor(right * side).astype(np.int32)
    first = np.full((SIDE_PX, SIDE_PX), 9.0, np.float32)
    second, nearest = first.copy(), np.zeros(first.shape, np.int32)
    for dr in range(-REACH, REACH + 1):
        for dc in range(-REACH, REACH + 1):
            r, c = row + dr, column + dc
            at_r, at_c = r % side, c % side
            number = at_r * side + at_c
            dy = points[..., 0].ravel()[number] + (r - at_r) / np.float32(side) - down
            dx = points[..., 1].ravel()[number] + (c - at_c) / np.float32(side) - right
            far = dy * dy + dx * dx
            is_nearer = far < first
            second = np.where(is_nearer, first, np.minimum(second, far))
            nearest = np.where(is_nearer, number, nearest)
            first = np.where(is_nearer, far, first)
    first, second = np.sqrt(first), np.sqrt(second)
    return nearest, (second - first) / 2, first


def bricks(
    rows: int, columns: int, shift: float, bend: tuple[Map, Map] | None = None
) -> tuple[NDArray[np.int64], Map, Map, Map]:
    """Number of a brick, distance to its edge in sides, and place inside it (down, right; 0 to 1)."""
    down, right = places()
    if bend is not None:
        down, right = down + bend[0], right + bend[1]
    y = (down % 1.0) * rows
    row = np.floor(y).astype(np.int64) % rows
    x = ((right + shift * (row % 2) / columns) % 1.0) * columns
    column = np.floor(x).astype(np.int64) % columns
    v, u = y - np.floor(y), x - np.floor(x)
    edge = np.minimum(np.minimum(v, 1 - v) / rows, np.minimum(u, 1 - u) / columns)
    return row * columns + column, edge.astype(np.float32), v, u


def herringbone(count: int, off: tuple[Map, Map]) -> tuple[NDArray[np.int64], Map]:
    """Bricks twice as long as wide, at right angles; numbers and distance to the edge in sides. ``count`` in fours."""
    down, right = places()
    v, u = (down + off[0]) % 1 * count, (right + off[1]) % 1 * count
    row, column = np.floor(v).astype(int), np.floor(u).astype(int)
    phase = (column - row) % 4  # two cells lie along the row, two along the column
    start_row = np.where(phase >= 2, np.where(phase == 3, row, row - 1), row)
    start_column = np.where(phase < 2, column - phase, column)
    lies = phase < 2
    top, left = v - start_row, u - start_column
    tall, wide = np.where(lies, 1, 2), np.where(lies, 2, 1)
    edge = np.minimum(np.minimum(top, tall - top), np.minimum(left, wide - left)) / count
    number = (start_row % count) * count + start_column % count
    return number, np.clip(edge, 0, None).astype(np.float32)


def strokes(
    rng: np.random.Generator,
    count: int,
    length_px: Range,
    shades: NDArray[np.float64],
    *,
    angle: Range = (0.0, 6.2832),
    wide_px: Range = (1, 2),
    curl: float = 0.3,
) -> Map:
    """Overlapping thin lines, wrapped: the shade of the uppermost, one of ``shades``; 0 where there is none."""
    canvas = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    for shade in rng.choice(shades, count):
        at, turn = rng.uniform(0, SIDE_PX, 2), rng.uniform(*angle)
        long, bend = rng.uniform(*length_px), rng.normal(0, curl)
        along = np.linspace(0, 1, 5)
        turns = turn + bend * along
        line = at + long * np.stack(
            [np.cumsum(np.cos(turns)) / 5, np.cumsum(np.sin(turns)) / 5], axis=-1
        )
        wide = round(rng.uniform(*wide_px))
        for wrap in _wraps(line):
            cv2.polylines(
                canvas,
                [np.round((line + wrap) * 4).astype(np.int32)],
                False,
                float(shade),
                max(1, wide),
                cv2.LINE_8,
                shift=2,
            )
    return canvas


def blobs(
    rng: np.random.Generator, count: int, outline: NDArray[np.float64], size_px: Range
) -> tuple[NDArray[np.int32], Map]:
    """Shapes strewn one over another, wrapped.

    Args:
        rng: Where chance comes from.
        count: How many.
        outline: shape ``(k, 2)``, about one long.
        size_px: How long they are drawn.

    Returns:
        Number of the uppermost at every pixel, 0 where there is none; and how high they are piled, 0 to 1.
    """
    number = np.zeros((SIDE_PX, SIDE_PX), np.float32)
    for index in range(1, count + 1):
        turn, size = rng.uniform(0, 2 * np.pi), rng.uniform(*size_px)
        across = rng.uniform(0.6, 1.0)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        shape = (outline * [1, across]) @ spin.T * size + rng.uniform(0, SIDE_PX, 2)
        for wrap in _wraps(shape):
            points = [np.round((shape + wrap) * 4).astype(np.int32)]
            cv2.fillPoly(number, points, float(index), cv2.LINE_8, shift=2)
    return number.astype(np.int32), number / max(count, 1)


def _wraps(points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    low, high = points.min(axis=0), points.max(axis=0)
    steps = [
        [0] + [SIDE_PX] * bool(low[i] < 0) + [-SIDE_PX] * bool(high[i] >= SIDE_PX) for i in (0, 1)
    ]
    return [np.array([a, b], float) for a in steps[0] for b in steps[1]]


def colour(rng: np.random.Generator, hue: Range, strong: Range, bright: Range) -> Map:
    """A colour by hue in degrees, saturation and brightness as on a screen; given as light, shape ``(3,)``."""
    rgb = colorsys.hsv_to_rgb(
        (rng.uniform(*hue) % 360) / 360, rng.uniform(*strong), rng.uniform(*bright)
    )
    return (np.array(rgb, np.float32) ** GAMMA).astype(np.float32)


def near(rng: np.random.Generator, base: Map, count: int, spread: float, tint: float = 0.3) -> Map:
    """Colours about a colour: brightness differs by e to the ``spread``, hue by a part of it; shape ``(count, 3)``."""
    bright = rng.normal(0, spread, (count, 1)) + rng.normal(0, spread * tint, (count, 3))
    return np.clip(base * np.exp(bright), 0, 1).astype(np.float32)


def tinted(base: Map, field: Map, spread: float) -> Map:
    """A colour or colours of pixels, brighter and darker by a field; shape ``(s, s, 3)``."""
    return np.clip(base * np.exp(spread * field)[..., None], 0, 1).astype(np.float32)


def mixed(first: Map, second: Map, mask: Map) -> Map:
    """The second where the mask is 1."""
    return first + (second - first) * (mask[..., None] if np.ndim(second) != 2 else mask)


def bend(
    rng: np.random.Generator, amount: float, slope: float = 1.2, low: float = 1, high: float = 40
) -> tuple[Map, Map]:
    """How places are shifted so that straight things are not, in sides."""
    return (
        amount * noise(rng, slope, low, high),
        amount * noise(rng, slope, low, high),
    )


def pick(rng: np.random.Generator, bounds: Range) -> float:
    """Log-uniform."""
    return float(np.exp(rng.uniform(np.log(bounds[0]), np.log(bounds[1]))))
