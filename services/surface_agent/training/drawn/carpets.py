"""Carpets and rugs: cut pile, loops, office tiles, flat weaves, patterned rugs, shag."""

from __future__ import annotations

import cv2
import numpy as np

from drawn.fields import (
    SIDE_PX,
    Ground,
    Map,
    above,
    bend,
    blurred,
    bricks,
    cells,
    colour,
    flat,
    mixed,
    near,
    noise,
    pick,
    places,
    ramp,
    scattered,
    strokes,
    tinted,
)

PILE_M = (0.003, 0.007)  # from tuft to tuft


def any_dye(rng: np.random.Generator) -> Map:
    """Greys and beiges mostly; reds, blues and greens of hotels and offices."""
    kind = rng.random()
    if kind < 0.35:
        return colour(rng, (20, 50), (0.05, 0.4), (0.35, 0.9))
    if kind < 0.65:
        return colour(rng, (0, 360), (0.0, 0.12), (0.12, 0.75))
    if kind < 0.8:
        return colour(rng, (195, 245), (0.2, 0.75), (0.15, 0.6))
    if kind < 0.92:
        return colour(rng, (-20, 20), (0.4, 0.9), (0.25, 0.7))
    return colour(rng, (60, 180), (0.15, 0.6), (0.2, 0.7))


def tufts(rng: np.random.Generator, across_m: float) -> Map:
    """Grain of the pile, unit deviation: as fine as tufts are at this scale."""
    waves = min(across_m / pick(rng, PILE_M), SIDE_PX / 2.2)
    return noise(rng, 0.2, waves * 0.45, waves)


def pile(rng: np.random.Generator) -> Ground:
    """Cut pile: tufts, and patches where it leans another way."""
    across = pick(rng, (0.4, 2.5))
    grain = tufts(rng, across)
    lean = noise(rng, 1.4, 1, 10) * rng.uniform(0, 1)
    dye = tinted(flat()[..., None] + any_dye(rng), grain, rng.uniform(0.1, 0.35))
    if rng.random() < 0.4:  # heathered yarn
        dye = mixed(
            dye,
            tinted(flat()[..., None] + any_dye(rng), grain, 0.3),
            above(tufts(rng, across), rng.uniform(0.1, 0.5), 0.3),
        )
    dye = tinted(dye, lean, rng.uniform(0.02, 0.14))
    return Ground(dye, 0.0012 * grain + 0.002 * lean, flat(), 4, across)


def loops(rng: np.random.Generator) -> Ground:
    """Loop pile: rows of round loops, each of one of a few yarns."""
    across = pick(rng, (0.3, 1.2))
    count = int(min((across / pick(rng, (0.004, 0.009))) ** 2, 26000))
    number, _, middle = cells(scattered(rng, count, rng.uniform(0.5, 0.9)))
    size = 1 / count**0.5
    yarns = np.concatenate([near(rng, any_dye(rng), 40, 0.12) for _ in range(rng.integers(1, 4))])
    dome = np.clip(1 - (middle / size) ** 2, 0, 1)
    choice = rng.integers(0, len(yarns), number.max() + 1)
    if rng.random() < 0.5:  # one yarn is the ground, the others are flecks
        choice = np.where(
            rng.random(len(choice)) < rng.uniform(0.6, 0.95),
            rng.integers(0, 40, len(choice)),
            choice,
        )
    dye = tinted(yarns[choice[number]], dome + 0.5 * noise(rng, 0.5, 20), 0.35)
    return Ground(dye, 0.0025 * dome + 0.0006 * noise(rng, 1.2, 1, 20), flat(), 4, across)


def office(rng: np.random.Generator) -> Ground:
    """Carpet tiles of half a metre: turned against each other, striped or flecked, with faint joints."""
    tiles = int(rng.integers(1, 6))
    across = 0.5 * tiles
    number, edge, _, _ = bricks(tiles, tiles, rng.choice([0.0, 0.5]))
    grain = tufts(rng, across)
    lines_x = noise(rng, 0.4, 8 * tiles, 60 * tiles, stretch=rng.choice([1.0, 12.0, 40.0]))
    turn = rng.integers(0, 2, number.max() + 1)[number]
    lines = np.where(turn == 1, lines_x, lines_x.T)
    base = tinted(flat()[..., None] + any_dye(rng), grain, 0.25)
    other = tinted(flat()[..., None] + any_dye(rng), grain, 0.25)
    dye = mixed(base, other, above(lines, rng.uniform(0.05, 0.5), 0.2) * rng.uniform(0.2, 1.0))
    dye = tinted(
        dye, rng.normal(0, 1, number.max() + 1).astype(np.float32)[number], rng.uniform(0, 0.15)
    )
    joint = 1 - ramp(edge * across, 0.001, 0.004)
    return Ground(tinted(dye, joint, -0.4), 0.001 * grain - 0.001 * joint, flat(), 4, across)


def weave(rng: np.random.Generator) -> Ground:
    """Sisal, wool or plastic in over-under weave, with stripes at times."""
    across = pick(rng, (0.25, 1.0))
    count = int(min(across / pick(rng, (0.004, 0.012)), 90))
    down, right = places()
    off = bend(rng, 0.002)
    y, x = (down + off[0]) * count, (right + off[1]) * count * rng.choice([1, 2])
    over = (np.floor(y) + np.floor(x)) % 2
    warp = np.abs(np.sin(np.pi * y)) * (0.55 + 0.45 * np.abs(np.sin(np.pi * x)))
    weft = np.abs(np.sin(np.pi * x)) * (0.55 + 0.45 * np.abs(np.sin(np.pi * y)))
    high = np.where(over > 0, warp, weft).astype(np.float32)
    first, second = any_dye(rng), any_dye(rng)
    if rng.random() < 0.5:
        second = near(rng, first, 1, 0.15)[0]
    dye = mixed(flat()[..., None] + first, flat()[..., None] + second, over.astype(np.float32))
    if rng.random() < 0.4:
        stripes = np.repeat(rng.random(rng.integers(4, 24)) < 0.4, 60)
        band = cv2.resize(
            stripes.astype(np.float32)[:, None], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST
        )
        dye = mixed(dye, tinted(flat()[..., None] + any_dye(rng), high, 0.1), band)
    dye = tinted(dye, high - 0.5 + 0.3 * noise(rng, 0.3, 30, stretch=4), rng.uniform(0.3, 0.7))
    return Ground(dye, 0.003 * high, flat(0.1), 6, across)


def rug(rng: np.random.Generator) -> Ground:
    """A knotted or printed rug: mirrored ornaments in a few colours, borders, a plain or busy field."""
    across = pick(rng, (0.6, 2.6))
    knots = int(rng.choice([64, 96, 128, 170, 256]))
    palette = np.stack([any_dye(rng) for _ in range(rng.integers(3, 7))])
    if rng.random() < 0.6:  # a leading colour
        palette[: len(palette) // 2] = near(rng, any_dye(rng), len(palette) // 2, 0.3)
    fine = rng.uniform(6, 30)
    field = noise(rng, rng.uniform(0.5, 1.5), 1, fine)
    field = field + field[:, ::-1] if rng.random() < 0.8 else field
    field = field + field[::-1] if rng.random() < 0.6 else field
    repeat = int(rng.choice([1, 1, 2, 3, 4]))
    level = cv2.resize(
        np.tile(field[::repeat, ::repeat], (repeat, repeat)),
        (knots, knots),
        interpolation=cv2.INTER_AREA,
    )
    ranks = np.argsort(np.argsort(level.ravel())).reshape(level.shape) / level.size
    cuts = np.sort(rng.uniform(0.05, 0.95, len(palette) - 1))
    index = np.searchsorted(cuts, ranks)
    if rng.random() < 0.5:  # a border of stripes
        down, right = np.mgrid[0:knots, 0:knots] / knots
        edge = (
            np.minimum(down, 1 - down)
            if rng.random() < 0.5
            else np.minimum(np.minimum(down, 1 - down), np.minimum(right, 1 - right))
        )
        bands = np.sort(rng.uniform(0.01, 0.3, rng.integers(2, 7)))
        which = np.searchsorted(bands, edge)
        plain = rng.random(len(bands) + 1) < 0.5
        paint = rng.integers(0, len(palette), len(bands) + 1)
        index = np.where((which < len(bands)) & plain[which], paint[which], index)
    dye = cv2.resize(palette[index], (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_NEAREST)
    dye = blurred(dye, rng.uniform(0.3, 1.5))
    grain = tufts(rng, across)
    worn = above(noise(rng, 1.0, 2, 60), rng.uniform(0.0, 0.4), 0.5) * rng.uniform(0, 0.8)
    dye = mixed(
        dye, flat()[..., None] + dye.mean(axis=(0, 1)) * rng.uniform(0.8, 1.5), np.clip(worn, 0, 1)
    )
    dye = tinted(
        tinted(np.clip(dye, 0, 1), grain, rng.uniform(0.08, 0.25)), noise(rng, 1.4, 1, 8), 0.07
    )
    return Ground(dye, 0.001 * grain, flat(), 4, across)


def modern(rng: np.random.Generator) -> Ground:
    """Large plain shapes: rectangles, dots or brushed greys."""
    across = pick(rng, (0.8, 2.6))
    base = flat()[..., None] + any_dye(rng)
    kind = rng.integers(0, 3)
    if kind == 0:
        number, edge, _, _ = bricks(
            int(rng.integers(1, 12)), int(rng.integers(1, 12)), rng.choice([0, 0.5])
        )
        base = near(rng, any_dye(rng), number.max() + 1, rng.uniform(0.05, 0.5))[number]
        if rng.random() < 0.5:
            base = mixed(base, flat()[..., None] + any_dye(rng), 1 - ramp(edge, 0.004, 0.008))
    elif kind == 1:
        count = int(rng.integers(2, 14))
        down, right = places()
        from_middle = np.hypot(
            down * count % 1 - 0.5, (right * count + 0.5 * (np.floor(down * count) % 2)) % 1 - 0.5
        )
        inside = rng.uniform(0.1, 0.35)
        base = mixed(
            base, flat()[..., None] + any_dye(rng), 1 - ramp(from_middle, inside, inside + 0.04)
        )
    else:
        brushed = noise(rng, 0.7, 2, 120, stretch=rng.uniform(1, 12))
        base = mixed(
            base, flat()[..., None] + any_dye(rng), above(brushed, rng.uniform(0.3, 0.6), 0.5)
        )
    grain = tufts(rng, across)
    return Ground(tinted(base, grain, rng.uniform(0.1, 0.25)), 0.001 * grain, flat(), 4, across)


def shag(rng: np.random.Generator) -> Ground:
    """Long threads lying over each other."""
    across = pick(rng, (0.25, 1.0))
    long = 0.04 / across * SIDE_PX
    shade = strokes(
        rng,
        4000,
        (long * 0.5, long),
        np.linspace(0.2, 1, 30),
        curl=0.8,
        wide_px=(1, max(1.4, long / 12)),
    )
    shade = blurred(shade, 0.6)
    dye = tinted(
        flat()[..., None] + any_dye(rng),
        shade - 0.6 + 0.1 * noise(rng, 1.2, 1, 10),
        rng.uniform(0.6, 1.4),
    )
    return Ground(dye, 0.008 * shade, flat(), 4, across)


KINDS = (pile, pile, loops, office, weave, rug, rug, modern, shag)
