"""Floors of rooms: tile and wood."""

from __future__ import annotations

import numpy as np

from drawn.fields import (
    SIDE_PX,
    Ground,
    bend,
    blobs,
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
from drawn.loose import LEAF, any_rock
from drawn.paved import littered, stained


def tile(rng: np.random.Generator) -> Ground:
    """Ceramic and terrazzo: square, long, hexagonal, mosaic; grout, glaze, marbling, checkers."""
    across = pick(rng, (0.5, 3.0))
    off = bend(rng, 0.0003)
    kind = rng.random()
    side_m = pick(rng, (0.02, 0.06)) if kind < 0.15 else pick(rng, (0.1, 0.7))
    rows = max(1, round(across / side_m))
    if kind > 0.9:
        rows = max(2, rows)
        number, edge, _ = cells(scattered(rng, rows**2, 1.0), off)
    else:
        rows = max(2, 2 * round(rows / 2)) if kind > 0.6 else rows
        number, edge, _, _ = bricks(
            rows,
            max(1, round(rows / rng.choice([1, 1, 1, 2, 0.5]))),
            rng.choice([0, 0, 0, 0.5]),
            off,
        )
    hue = rng.random()
    base = (
        colour(rng, (20, 50), (0.02, 0.3), (0.45, 0.95))
        if hue < 0.5
        else colour(rng, (0, 360), (0, 0.08), (0.1, 0.97))
        if hue < 0.75
        else colour(rng, (8, 28), (0.3, 0.7), (0.3, 0.75))
        if hue < 0.88
        else colour(rng, (0, 360), (0.2, 0.7), (0.2, 0.9))
    )
    palette = near(rng, base, number.max() + 1, rng.choice([0.01, 0.03, 0.15]), 0.4)
    if rng.random() < 0.2:
        checker = (
            (number + (number // rows) * (1 - rows % 2)) % 2
            if kind <= 0.9
            else rng.integers(0, 2, number.max() + 1)[number]
        )
        palette2 = near(rng, colour(rng, (0, 360), (0, 0.4), (0.05, 0.95)), number.max() + 1, 0.03)
        dye = np.where(checker[..., None] > 0, palette2[number], palette[number])
    else:
        dye = palette[number]
    pattern = rng.random()
    if pattern < 0.3:  # marble: each tile another part of the vein
        vein = np.abs(noise(rng, 1.3, 2, 100))
        vein = np.exp(-vein / rng.uniform(0.05, 0.3))
        shift = rng.integers(0, SIDE_PX, number.max() + 1)[number]
        down, right = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
        dye = tinted(
            dye,
            vein[(down + shift) % SIDE_PX, (right + 3 * shift) % SIDE_PX],
            rng.uniform(-0.6, 0.3),
        )
    elif pattern < 0.45:  # terrazzo
        chips, _ = blobs(rng, int(rng.integers(600, 3000)), LEAF * [0.8, 1.4], (2, 14))
        stones = np.concatenate([near(rng, any_rock(rng), 20, 0.4) for _ in range(3)])
        dye = mixed(
            dye, stones[chips % len(stones)], (chips > 0).astype(np.float32) * rng.uniform(0.4, 1)
        )
    else:
        dye = tinted(dye, noise(rng, rng.uniform(0.8, 1.4), 2, 150), rng.uniform(0.0, 0.12))
    wide = min(pick(rng, (0.0015, 0.008)), side_m * 0.15) / across
    grout = 1 - ramp(edge, wide / 2, wide / 2 + 1.5 / SIDE_PX)
    dye = mixed(
        dye,
        tinted(
            flat()[..., None] + colour(rng, (20, 60), (0, 0.2), (0.2, 0.95)),
            noise(rng, 0.8, 4),
            0.08,
        ),
        grout,
    )
    height = (
        0.0004 * noise(rng, 1.6, 2, 30)
        + rng.normal(0, 0.0003, number.max() + 1).astype(np.float32)[number]
        - 0.0015 * grout
    )
    gloss = (1 - grout) * rng.choice([0.1, 0.5, 1.0])
    return Ground(
        stained(rng, dye, rng.uniform(0, 0.25)),
        height.astype(np.float32),
        gloss.astype(np.float32),
        pick(rng, (20, 400)),
        across,
    )


def wood(rng: np.random.Generator) -> Ground:
    """Planks, parquet and decking: grain, knots, gaps, stain, varnish or weathering."""
    across = pick(rng, (0.4, 2.5))
    kind = rng.random()
    off = bend(rng, 0.0004)
    if kind < 0.7:
        rows = max(2, 2 * round(across / pick(rng, (0.06, 0.22)) / 2))
        number, edge, v, _ = bricks(rows, int(rng.choice([1, 1, 2, 3])), rng.uniform(0.2, 0.5), off)
        lies = np.ones_like(number, bool)
    else:
        count = max(4, 4 * round(across / pick(rng, (0.2, 0.45))))
        number, edge = herringbone(count, off)
        lies = ((np.floor(places()[1] * count) - np.floor(places()[0] * count)) % 4) < 2
    base = (
        colour(rng, (16, 42), (0.25, 0.7), (0.2, 0.85))
        if rng.random() < 0.75
        else colour(rng, (20, 50), (0.02, 0.2), (0.3, 0.85))
    )
    along = noise(rng, 0.9, 4, 256, stretch=rng.uniform(10, 30))
    rings = np.sin(rng.uniform(4, 14) * noise(rng, 1.6, 1, 40, stretch=rng.uniform(4, 10)))
    fibre = noise(rng, 0.2, 60, 256, stretch=20)
    grain = rng.uniform(0.4, 1) * along + rng.uniform(0, 0.7) * rings + 0.5 * fibre
    shift = rng.integers(0, SIDE_PX, (number.max() + 1, 2))[number]
    down, right = np.mgrid[0:SIDE_PX, 0:SIDE_PX]
    flatwise = grain[(down + shift[..., 0]) % SIDE_PX, (right + shift[..., 1]) % SIDE_PX]
    across_ = grain[(right + shift[..., 0]) % SIDE_PX, (down + shift[..., 1]) % SIDE_PX]
    grain = np.where(lies, flatwise, across_).astype(np.float32)
    dye = tinted(
        near(rng, base, number.max() + 1, rng.uniform(0.03, 0.25), 0.3)[number],
        grain,
        rng.uniform(0.05, 0.25),
    )
    if rng.random() < 0.3:
        _, _, middle = cells(scattered(rng, int(rng.integers(4, 40)), 0.0), bend(rng, 0.004))
        dye = tinted(dye, np.exp(-middle / rng.uniform(0.004, 0.012)), -1.0)
    gap_m = pick(rng, (0.0008, 0.008))
    gap = 1 - ramp(edge, gap_m / 2 / across, gap_m / 2 / across + 1.5 / SIDE_PX)
    height = (
        0.0002 * grain
        + rng.normal(0, 0.0004, number.max() + 1).astype(np.float32)[number]
        - 0.003 * gap
    )
    if rng.random() < 0.15 and kind < 0.7:  # grooved decking
        groove = np.abs(np.sin(np.pi * v * rng.integers(5, 14)))
        height, dye = height + 0.002 * groove, tinted(dye, groove - 0.6, 0.3)
    dye = stained(rng, tinted(dye, gap, -1.2), rng.uniform(0, 0.6))
    gloss = flat(rng.choice([0.0, 0.2, 0.6, 1.0])) * (1 - gap)
    return Ground(
        littered(rng, dye, 0.05), height.astype(np.float32), gloss, pick(rng, (15, 150)), across
    )
