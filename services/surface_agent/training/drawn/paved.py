"""Concrete, asphalt, stone, tile and wood."""

from __future__ import annotations

import numpy as np

from drawn.fields import (
    SIDE_PX,
    Ground,
    Map,
    above,
    bend,
    blobs,
    blurred,
    bricks,
    cells,
    colour,
    flat,
    herringbone,
    mixed,
    near,
    noise,
    pick,
    places,
    ramp,
    scattered,
    tinted,
)
from drawn.loose import LEAF, any_earth, any_rock, pebbles


def cracked(rng: np.random.Generator, across_m: float, count: int) -> Map:
    """Mask of wandering cracks; parts of cell borders."""
    _, border, _ = cells(scattered(rng, count, 0.1), bend(rng, 0.02, 1.3, 1, 60))
    wide = pick(rng, (0.001, 0.004)) / across_m
    return (1 - ramp(border, wide, wide + 2.0 / SIDE_PX)) * above(
        noise(rng, 1.6, 1, 6), rng.uniform(0.2, 0.8), 0.2
    )


def stained(rng: np.random.Generator, dye: Map, strength: float) -> Map:
    """Blotches, drips and traffic marks."""
    dye = tinted(dye, noise(rng, rng.uniform(0.9, 1.5), 1, 100), 0.12 * strength)
    for _ in range(int(rng.integers(0, 4))):
        blot = above(
            noise(rng, rng.uniform(1.2, 2.0), 1, 30),
            rng.uniform(0.02, 0.35),
            rng.choice([0.3, 0.8, 1.2, 1.5]),
        )
        dye = tinted(dye, blot, strength * rng.uniform(-0.35, 0.15))
    if rng.random() < 0.3:
        dye = tinted(dye, noise(rng, 0.8, 2, 100, stretch=10), 0.08 * strength)
    return dye


def littered(rng: np.random.Generator, dye: Map, chance: float) -> Map:
    """Single leaves, twigs, crumbs, gum."""
    if rng.random() > chance:
        return dye
    number, _ = blobs(rng, int(rng.integers(2, 50)), LEAF, (3, 22))
    palette = near(rng, colour(rng, (15, 60), (0.1, 0.6), (0.2, 0.7)), number.max() + 1, 0.4)
    return mixed(dye, palette[number], (number > 0).astype(np.float32))


def concrete(rng: np.random.Generator) -> Ground:
    """Cast concrete: stains, pores, joints, boards' marks, broom strokes, worn aggregate, polish; slabs too."""
    across = pick(rng, (0.6, 4.0))
    grey = colour(rng, (25, 70), (0.0, 0.14), (0.4, 0.85))
    fine = noise(rng, 0.3, 60, 256)
    dye = tinted(flat()[..., None] + grey, fine, rng.uniform(0.02, 0.12))
    dye = stained(rng, dye, rng.uniform(0.3, 1.4))
    height = 0.0004 * fine + 0.002 * noise(rng, 1.8, 1, 20) * rng.uniform(0, 1)
    kind = rng.random()
    if kind < 0.25:  # exposed or worn aggregate
        stones, high = pebbles(
            rng, int(np.clip((across / pick(rng, (0.006, 0.015))) ** 2, 100, 24000)), 0.35
        )
        kept = above(noise(rng, 0.6, 2, 200), rng.uniform(0.2, 0.9), 0.3) * ramp(high, 0.35, 0.6)
        dye, height = mixed(dye, 0.6 * stones + 0.4 * dye, kept), height + 0.002 * kept * high
    elif kind < 0.4:  # broomed
        lines = noise(rng, 0.3, 30, 200, stretch=12)
        lines = lines if rng.random() < 0.5 else lines.T
        height, dye = height + 0.0007 * lines, tinted(dye, lines, 0.05)
    elif kind < 0.5:  # boards of the mould
        board, edge, _, _ = bricks(int(rng.integers(3, 12)), 1, 0)
        dye = tinted(
            dye,
            rng.normal(0, 1, board.max() + 1).astype(np.float32)[board]
            + noise(rng, 0.7, 4, 120, stretch=14),
            0.06,
        )
        height = height - 0.002 * (1 - ramp(edge, 0.001, 0.005))
    if rng.random() < 0.6:
        _, _, middle = cells(scattered(rng, int(pick(rng, (10, 900))), 0.0))
        size = pick(rng, (0.0008, 0.004)) / across
        pore = (1 - ramp(middle, size, size + 1.5 / SIDE_PX)) * above(
            noise(rng, 1.2, 1, 10), 0.5, 0.3
        )
        dye, height = tinted(dye, pore, -0.8), height - 0.003 * pore
    if rng.random() < 0.5:  # slabs or joints
        side = max(1, round(across / pick(rng, (0.3, 2.0))))
        number, edge, _, _ = bricks(side, side, rng.choice([0, 0, 0.5]), bend(rng, 0.0008))
        wide = pick(rng, (0.003, 0.012)) / across
        joint = 1 - ramp(edge, wide / 2, wide)
        dye = tinted(
            dye, rng.normal(0, 1, number.max() + 1).astype(np.float32)[number], rng.uniform(0, 0.12)
        )
        dye = mixed(
            dye,
            flat()[..., None] + any_earth(rng) * rng.uniform(0.2, 0.8),
            joint * rng.uniform(0.5, 1),
        )
        height = height - 0.006 * joint
    if rng.random() < 0.4:
        crack = cracked(rng, across, int(rng.integers(3, 20)))
        dye, height = tinted(dye, crack, -0.9), height - 0.004 * crack
    polish = rng.choice([0.0, 0.0, 0.1, rng.uniform(0.3, 0.9)])
    return Ground(
        littered(rng, dye, 0.15),
        height.astype(np.float32),
        polish * above(noise(rng, 1, 1, 60), 0.8, 1),
        60,
        across,
    )


def asphalt(rng: np.random.Generator) -> Ground:
    """Bitumen and grit: dark when new, grey when worn; seams, patches, cracks, paint, oil."""
    across = pick(rng, (0.5, 5.0))
    base = colour(rng, (200, 260) if rng.random() < 0.4 else (20, 60), (0.0, 0.12), (0.18, 0.6))
    count = int(np.clip((across / pick(rng, (0.005, 0.012))) ** 2, 900, 26000))
    number, border, _ = cells(scattered(rng, count, 0.2))
    size = 1 / count**0.5
    high = (
        np.clip(border / (0.35 * size), 0, 1)
        * rng.uniform(0.5, 1, number.max() + 1).astype(np.float32)[number]
    )
    worn = np.clip(rng.uniform(0, 1) + 0.3 * noise(rng, 1.4, 1, 12), 0, 1)
    grit = near(
        rng, np.clip(base * rng.uniform(1.2, 2.2), 0, 1), number.max() + 1, rng.uniform(0.1, 0.4)
    )[number]
    dye = mixed(
        tinted(flat()[..., None] + base, high - 0.5, 0.3), grit, worn * ramp(high, 0.2, 0.5)
    )
    dye = tinted(dye, noise(rng, 0.3, 60, 256), 0.1)
    dye = tinted(dye, noise(rng, 1.4, 1, 30), rng.uniform(0.02, 0.12))
    height = 0.003 * high * min(1.0, across / size / 400) + 0.002 * noise(rng, 1.8, 1, 10)
    gloss = flat(rng.uniform(0, 0.3))
    if rng.random() < 0.3:
        crack = cracked(rng, across, int(rng.integers(3, 60)))
        filled = rng.random() < 0.4
        dye = tinted(dye, blurred(crack, 2 if filled else 0), -1.2)
        height = height - 0.004 * crack * (not filled)
    if rng.random() < 0.25:  # a patch
        down, right = places()
        a, b = np.sort(rng.random(2)), np.sort(rng.random(2))
        inside = ((down > a[0]) & (down < a[1]) & (right > b[0]) & (right < b[1])).astype(
            np.float32
        )
        dye = tinted(dye, blurred(inside, 1.5), rng.uniform(-0.6, 0.4))
    if rng.random() < 0.2:  # paint
        down, right = places()
        line = (
            np.abs((down if rng.random() < 0.5 else right) - rng.random()) * across
            < rng.uniform(0.05, 0.1)
        ).astype(np.float32)
        paint = colour(rng, (40, 55), (0, 0.1) if rng.random() < 0.7 else (0.7, 0.9), (0.75, 0.95))
        line = line * above(high + 0.5 * noise(rng, 0.8, 4, 200), rng.uniform(0.5, 1), 0.2)
        dye = mixed(dye, flat()[..., None] + paint, line)
    if rng.random() < 0.3:
        dye = tinted(
            dye, above(noise(rng, 1.8, 1, 10), rng.uniform(0.02, 0.3), 0.8), rng.uniform(-0.4, 0.2)
        )
    return Ground(littered(rng, dye, 0.2), height.astype(np.float32), gloss, 15, across)


def _joints(
    rng: np.random.Generator, gap: Map, dye: Map, height: Map, deep_m: float
) -> tuple[Map, Map]:
    """Sand, earth, mortar or moss between stones."""
    fill = (
        any_earth(rng),
        colour(rng, (30, 60), (0.02, 0.2), (0.3, 0.7)),
        colour(rng, (70, 110), (0.3, 0.7), (0.15, 0.45)),
    )[rng.choice(3, p=[0.45, 0.4, 0.15])]
    filled = tinted(flat()[..., None] + fill * rng.uniform(0.3, 1), noise(rng, 0.5, 20), 0.25)
    return mixed(dye, filled, gap), height - deep_m * gap


def stone(rng: np.random.Generator) -> Ground:
    """Cobbles, setts, flagstones, brick and block paving, herringbone, slate."""
    across = pick(rng, (0.6, 3.5))
    off = bend(rng, rng.uniform(0.0005, 0.004), 1.2, 1, 40)
    kind = rng.random()
    if kind < 0.3:  # cobbles and broken flags
        size = pick(rng, (0.06, 0.5)) / across
        number, edge, _ = cells(scattered(rng, max(6, int(size**-2)), rng.uniform(0.3, 0.85)), off)
        round_ = rng.uniform(0.1, 0.5) if size * across < 0.16 else rng.uniform(0.02, 0.1)
    elif kind < 0.85:
        tall = pick(rng, (0.06, 0.4))
        rows = max(2, 2 * round(across / tall / 2))
        columns = max(1, round(across / (tall * rng.choice([1, 1.3, 2, 2, 3]))))
        number, edge, _, _ = bricks(rows, columns, rng.choice([0, 0.5, 0.5, 0.33]), off)
        size = 1 / rows
        round_ = rng.uniform(0.02, 0.4)
    else:
        number, edge = herringbone(max(4, 4 * round(across / pick(rng, (0.3, 0.8)))), off)
        size, round_ = 0.08 / across, rng.uniform(0.03, 0.3)
    base = any_rock(rng) if rng.random() < 0.7 else colour(rng, (4, 24), (0.25, 0.65), (0.35, 0.7))
    palette = near(rng, base, number.max() + 1, rng.uniform(0.05, 0.3), rng.uniform(0.1, 0.6))
    if rng.random() < 0.2:
        other = near(rng, any_rock(rng), number.max() + 1, 0.15)
        palette = np.where(rng.random((len(palette), 1)) < rng.uniform(0.1, 0.6), other, palette)
    grain = noise(rng, rng.uniform(0.3, 0.9), 8, 256)
    dye = stained(
        rng, tinted(palette[number], grain, rng.uniform(0.04, 0.2)), rng.uniform(0.2, 0.8)
    )
    tilt = rng.normal(0, 0.002, number.max() + 1).astype(np.float32)[number]
    dome = np.sqrt(np.clip(edge / (round_ * size + 1e-4), 0, 1))
    height = (
        dome * round_ * size * across * 0.6
        + tilt
        + 0.0008 * grain
        + 0.002 * noise(rng, 1.3, 4, 60) * rng.random()
    )
    gap_m = pick(rng, (0.002, 0.012)) if kind >= 0.3 else pick(rng, (0.004, 0.02))
    gap = 1 - ramp(edge * across + 0.001 * grain, gap_m / 2, gap_m)
    dye, height = _joints(rng, gap, dye, height, rng.uniform(0.002, 0.012))
    return Ground(
        littered(rng, dye, 0.15),
        height.astype(np.float32),
        flat(rng.choice([0, 0.1, 0.4])),
        20,
        across,
    )
