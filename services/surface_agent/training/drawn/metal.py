"""Metal floors: chequer plate, gratings, brushed and painted sheet, corrugated iron, rust."""

from __future__ import annotations

import numpy as np

from drawn.fields import (
    Ground,
    Map,
    above,
    bricks,
    colour,
    flat,
    mixed,
    noise,
    pick,
    places,
    ramp,
    strokes,
    tinted,
)


def _steel(rng: np.random.Generator) -> Map:
    return colour(rng, (195, 240), (0.0, 0.12), (0.2, 0.8))


def _scratches(rng: np.random.Generator) -> Map:
    """Mask of straight scratches."""
    return (strokes(rng, int(rng.integers(20, 300)), (5, 120), np.ones(1), curl=0.05) > 0).astype(
        np.float32
    )


def aged(rng: np.random.Generator, dye: Map, height: Map, gloss: Map) -> tuple[Map, Map, Map]:
    """Stains, scratches and rust, or none."""
    dye = tinted(dye, noise(rng, rng.uniform(0.9, 1.5), 1, 120), rng.uniform(0.03, 0.2))
    if rng.random() < 0.6:
        dye = tinted(dye, _scratches(rng), rng.uniform(-0.4, 0.5))
    if rng.random() < 0.45:
        patch = above(noise(rng, rng.uniform(0.8, 1.3), 1, 200), rng.uniform(0.02, 0.8), 0.2)
        rust = tinted(
            flat()[..., None] + colour(rng, (8, 26), (0.5, 0.9), (0.2, 0.6)),
            noise(rng, 0.8, 2),
            0.35,
        )
        dye, gloss = mixed(dye, rust, patch), gloss * (1 - patch)
        height = height + 0.0003 * patch * noise(rng, 0.6, 10)
    return dye, height.astype(np.float32), gloss


def chequer(rng: np.random.Generator) -> tuple[Map, Map, float]:
    """Raised lozenges, alternately turned."""
    across = pick(rng, (0.2, 1.2))
    count = max(4, 2 * round(across / pick(rng, (0.02, 0.045)) / 2))
    down, right = places()
    y, x = down * count, right * count
    turned = (np.floor(y) + np.floor(x)) % 2
    v, u = (y % 1 - 0.5), (x % 1 - 0.5)
    along, aside = (
        np.where(turned > 0, u + v, u - v) * 0.7071,
        np.where(turned > 0, u - v, u + v) * 0.7071,
    )
    bump = 1 - ramp((along / 0.48) ** 2 + (aside / rng.uniform(0.1, 0.18)) ** 2, 0.5, 1.1)
    return bump, (0.0018 * bump).astype(np.float32), across


def grating(rng: np.random.Generator) -> tuple[Map, Map, float]:
    """Bars with nothing below; or round holes. The mask is 1 on metal."""
    across = pick(rng, (0.3, 1.5))
    rows = round(across / pick(rng, (0.012, 0.05)))
    if rng.random() < 0.3:
        down, right = places()
        rows = max(4, 2 * round(rows / 2))
        hole = np.hypot(
            down * rows % 1 - 0.5, (right * rows + 0.5 * (np.floor(down * rows) % 2)) % 1 - 0.5
        )
        inside = rng.uniform(0.2, 0.38)
        mask = ramp(hole, inside, inside + 0.08)
    else:
        _, edge, _, _ = bricks(
            max(3, rows), max(3, round(rows / rng.choice([1, 2, 3]))), rng.choice([0, 0, 0.5])
        )
        bar = pick(rng, (0.08, 0.2)) / max(3, rows)
        mask = 1 - ramp(edge, bar, bar + 0.003)
    return mask, (0.02 * mask).astype(np.float32), across


def metal(rng: np.random.Generator) -> Ground:
    """Any of them."""
    across = pick(rng, (0.4, 2.5))
    steel = flat()[..., None] + _steel(rng)
    if rng.random() < 0.3:
        steel = flat()[..., None] + colour(rng, (0, 360), (0.2, 0.9), (0.2, 0.8))  # painted
    height, gloss = flat(), flat(rng.uniform(0.5, 4.0))
    kind = rng.random()
    if kind < 0.25:
        bump, height, across = chequer(rng)
        steel = tinted(steel, bump, rng.uniform(0.0, 0.7))
    elif kind < 0.42:
        mask, height, across = grating(rng)
        below = tinted(flat()[..., None] + 0.03, noise(rng, 1.2, 1, 60), 0.4)
        steel, gloss = mixed(below, steel, mask), gloss * mask
    elif kind < 0.6:  # brushed
        lines = noise(rng, 0.3, 20, 256, stretch=40)
        steel, height = tinted(steel, lines, rng.uniform(0.03, 0.15)), 0.0002 * lines
    elif kind < 0.7:  # corrugated or trapezoid sheet
        _, right = places()
        wave = np.sin(2 * np.pi * right * max(3, round(across / pick(rng, (0.05, 0.15)))))
        height = 0.012 * np.clip(wave * rng.uniform(1, 3), -1, 1)
    if kind > 0.5 or rng.random() < 0.2:  # plates, with rivets or screws
        rows = max(1, round(across / pick(rng, (0.3, 1.2))))
        number, edge, v, u = bricks(
            rows, max(1, round(rows / rng.choice([1, 2]))), rng.choice([0, 0.5])
        )
        seam = 1 - ramp(edge, 0.002, 0.005)
        steel = tinted(
            steel, rng.normal(0, 0.12, number.max() + 1).astype(np.float32)[number] - seam, 1.0
        )
        height = height - 0.002 * seam
        if rng.random() < 0.5:
            corner = np.hypot(np.minimum(v, 1 - v) - 0.06, np.minimum(u, 1 - u) - 0.06)
            height = height + 0.003 * (1 - ramp(corner, 0.012, 0.025))
    height = height + 0.0006 * noise(rng, 1.8, 1, 12) * rng.random()
    steel, height, gloss = aged(rng, steel, height, gloss)
    return Ground(steel, height, gloss, pick(rng, (8, 60)), across)
