"""Gravel, sand, dirt, fallen leaves and grass."""

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
from drawn.wet import trodden

LEAF = np.array(
    [
        *([-0.5, 0.0], [-0.3, 0.16], [0.0, 0.25], [0.25, 0.17]),
        *([0.5, 0.0], [0.25, -0.17], [0.0, -0.25], [-0.3, -0.16]),
    ]
)
_POINTS = np.linspace(0, 2 * np.pi, 20, endpoint=False)
_STAR = np.array([0.5, 0.26, 0.42, 0.24] * 5)
MAPLE = np.stack([np.cos(_POINTS) * _STAR, np.sin(_POINTS) * _STAR], axis=1)
_LOBES = np.array(
    [
        *([-0.5, 0.02], [-0.35, 0.14], [-0.25, 0.08], [-0.1, 0.2], [0.0, 0.1]),
        *([0.18, 0.22], [0.26, 0.1], [0.4, 0.15], [0.5, 0.02]),
    ]
)
OAK = np.concatenate([_LOBES, _LOBES[::-1] * [1, -1]])


def any_rock(rng: np.random.Generator) -> Map:
    """Greys, warm greys, sandstone, reddish."""
    kind = rng.random()
    if kind < 0.5:
        return colour(rng, (20, 60), (0.02, 0.18), (0.3, 0.75))
    if kind < 0.8:
        return colour(rng, (22, 42), (0.15, 0.45), (0.35, 0.8))
    if kind < 0.9:
        return colour(rng, (200, 240), (0.03, 0.15), (0.25, 0.6))
    return colour(rng, (5, 22), (0.2, 0.5), (0.3, 0.65))


def any_earth(rng: np.random.Generator) -> Map:
    """Browns, from loam to red laterite and pale clay."""
    return colour(rng, (10, 44), (0.15, 0.65), (0.2, 0.75))


def pebbles(
    rng: np.random.Generator, count: int, spread: float, *, even: float = 0.25
) -> tuple[Map, Map]:
    """Packed stones: colours and heights (0 to 1, in stone sizes)."""
    number, border, _ = cells(
        scattered(rng, count, even), bend(rng, 0.12 / count**0.5, 1.0, 4, 150)
    )
    size = 1 / count**0.5
    dome = np.sqrt(np.clip(border / (0.45 * size), 0, 1))
    tall = rng.uniform(0.4, 1.0, number.max() + 1).astype(np.float32)[number]
    palette = np.concatenate(
        [near(rng, any_rock(rng), 30, spread) for _ in range(rng.integers(1, 4))]
    )
    dye = palette[rng.integers(0, len(palette), number.max() + 1)[number]]
    return tinted(dye, noise(rng, 0.6, 20), 0.12), (dome * tall).astype(np.float32)


def gravel(rng: np.random.Generator) -> Ground:
    """Stones of five to sixty millimetres, small ones and dust between large ones."""
    across = pick(rng, (0.4, 3.0))
    stone = pick(rng, (0.006, 0.06)) * min(1.0, across)
    count = int(np.clip((across / stone) ** 2, 60, 26000))
    spread = rng.uniform(0.15, 0.5)
    dye, high = pebbles(rng, count, spread)
    height = high * across / count**0.5 * 0.6
    fine_dye, fine = pebbles(rng, min(26000, count * int(rng.integers(4, 12))), spread)
    kept = above(noise(rng, 0.7, 4, 200), rng.uniform(0.4, 1.0), 0.2)
    fine_dye = mixed(
        fine_dye, flat()[..., None] + any_earth(rng), np.full_like(high, rng.uniform(0, 0.7))
    )
    dye = mixed(fine_dye, dye, kept * ramp(high, 0.15, 0.3))
    height = mixed(fine * across / count**0.5 * 0.15, height, kept)
    dusty = flat()[..., None] + any_earth(rng)
    dye = mixed(
        dye, dusty, above(noise(rng, 1.2, 1, 100), rng.uniform(0, 0.4), 0.6) * rng.uniform(0, 0.8)
    )
    if rng.random() < 0.2:
        height = height + trodden(rng, across, deep_m=0.01)
    return Ground(
        tinted(dye, noise(rng, 1.5, 1, 8), 0.08),
        height.astype(np.float32),
        flat(rng.uniform(0, 0.2)),
        10,
        across,
    )


def sand(rng: np.random.Generator) -> Ground:
    """Fine grain, ripples of the wind, prints, shells and weed; dry or wet."""
    across = pick(rng, (0.4, 3.0))
    base = colour(rng, (22, 48), (0.12, 0.5), (0.5, 0.92))
    grain = noise(rng, 0.15, 90, 256)
    dye = tinted(flat()[..., None] + base, grain, rng.uniform(0.04, 0.16))
    dye = tinted(dye, noise(rng, 1.3, 1, 60), rng.uniform(0.02, 0.1))
    height = 0.008 * across * noise(rng, 1.9, 1, 30) * rng.uniform(0.1, 1) + 0.0003 * grain
    if rng.random() < 0.45:
        _, right = places()
        crest = round(across / pick(rng, (0.05, 0.14)))
        phase = right * max(2, crest) + 0.6 * noise(rng, 1.7, 1, 14)
        height = height + 0.006 * (np.abs(np.sin(np.pi * phase)) ** 0.8) * rng.uniform(0.4, 1.4)
    if rng.random() < 0.5:
        height = height + trodden(rng, across, deep_m=rng.uniform(0.01, 0.035))
    if rng.random() < 0.3:
        number, _ = blobs(rng, int(rng.integers(4, 80)), LEAF * [0.6, 1], (2, 9))
        dye = mixed(
            dye,
            near(rng, any_rock(rng), number.max() + 1, 0.6)[number],
            (number > 0).astype(np.float32),
        )
    wet = above(noise(rng, 1.8, 1, 8), rng.choice([0, 0, 0, rng.uniform(0.2, 1.0)]), 0.8)
    return Ground(tinted(dye, wet, -0.6), height.astype(np.float32), 0.4 * wet, 30, across)


def dirt(rng: np.random.Generator) -> Ground:
    """Earth: crumbs and clods, some stones, roots, tracks, dry cracks, tufts of grass."""
    across = pick(rng, (0.5, 4.0))
    base = flat()[..., None] + any_earth(rng)
    grain = noise(rng, rng.uniform(0.5, 0.9), 6, 256)
    dye = tinted(
        tinted(base, grain, rng.uniform(0.08, 0.3)), noise(rng, 1.2, 1, 40), rng.uniform(0.05, 0.2)
    )
    height = 0.002 * grain * across**0.5 * rng.uniform(0.3, 2) + 0.01 * across * noise(
        rng, 1.8, 1, 20
    ) * rng.uniform(0, 0.8)
    if rng.random() < 0.5:
        clods = np.clip(noise(rng, 0.8, 8, 90) - rng.uniform(0.6, 1.8), 0, 2)
        height = height + 0.008 * clods
    if rng.random() < 0.6:
        count = int(pick(rng, (60, 3000)))
        stones, high = pebbles(rng, count, 0.3)
        kept = above(noise(rng, 0.4, 5, 120), rng.uniform(0.02, 0.3), 0.1) * ramp(high, 0.3, 0.5)
        dye = mixed(dye, 0.5 * stones + 0.5 * base, kept)
        height = height + kept * high * across / count**0.5 * 0.4
    if rng.random() < 0.2:
        _, border, _ = cells(scattered(rng, int(rng.integers(15, 150)), 0.2), bend(rng, 0.015))
        crack = 1 - ramp(border, 0.001, pick(rng, (0.004, 0.012)))
        dye, height = tinted(dye, crack, -0.9), height - 0.01 * crack
    if rng.random() < 0.5:
        height = height + trodden(rng, across, deep_m=rng.uniform(0.004, 0.03))
    if rng.random() < 0.35:
        lines = strokes(rng, int(rng.integers(10, 250)), (10, 90), np.linspace(0.3, 1, 9), curl=0.6)
        dye = mixed(
            dye,
            tinted(flat()[..., None] + any_earth(rng), lines, 0.6),
            (lines > 0).astype(np.float32) * 0.8,
        )
    if rng.random() < 0.3:
        blades, mask = _blades(rng, int(rng.integers(300, 2500)), across)
        where = above(noise(rng, 1.3, 1, 30), rng.uniform(0.03, 0.3), 0.2)
        dye = mixed(dye, blades, mask * where)
    return Ground(dye, height.astype(np.float32), flat(rng.choice([0, 0, 0.2])), 10, across)


def leaves(rng: np.random.Generator) -> Ground:
    """Many fallen leaves over each other, from yellow and red to brown, few green; earth or grass between."""
    across = pick(rng, (0.5, 2.5))
    count = int(pick(rng, (250, 1600)))
    size = pick(rng, (0.04, 0.11)) / across * SIDE_PX
    outline = (LEAF, MAPLE, OAK)[rng.integers(0, 3)]
    number, order = blobs(rng, count, outline, (0.6 * size, 1.3 * size))
    hues = [colour(rng, (10, 55), (0.35, 0.95), (0.25, 0.9)) for _ in range(rng.integers(2, 5))]
    if rng.random() < 0.3:
        hues.append(colour(rng, (60, 100), (0.3, 0.7), (0.3, 0.6)))
    palette = np.concatenate(
        [near(rng, hue, count // len(hues) + 2, rng.uniform(0.15, 0.45), 0.5) for hue in hues]
    )
    dye = palette[rng.permutation(len(palette))[number]]
    veins = noise(rng, 0.6, 20)
    below = tinted(flat()[..., None] + any_earth(rng) * 0.6, noise(rng, 0.8, 4), 0.3)
    dye = mixed(below, tinted(dye, veins, 0.1), (number > 0).astype(np.float32))
    edge = np.clip(
        blurred((np.abs(np.diff(number, axis=0, prepend=number[-1:])) > 0).astype(np.float32), 1.2),
        0,
        1,
    )
    lift = rng.normal(0, 1, (number.max() + 1, 2)).astype(np.float32)[number]
    down, right = places()
    height = (
        0.006 * order
        + 0.004 * (lift[..., 0] * np.sin(40 * down) + lift[..., 1] * np.sin(40 * right)) * 0.3
    )
    return Ground(
        tinted(dye, edge, -0.5),
        blurred(height.astype(np.float32), 0.7),
        flat(rng.choice([0, 0.15, 0.5])),
        15,
        across,
    )


def _blades(rng: np.random.Generator, count: int, across_m: float) -> tuple[Map, Map]:
    long = pick(rng, (0.03, 0.1)) / across_m * SIDE_PX
    lines = strokes(
        rng, count, (0.5 * long, long), np.linspace(0.15, 1, 24), wide_px=(1, max(1.2, long / 14))
    )
    green = colour(rng, (60, 115), (0.3, 0.75), (0.3, 0.7))
    dry = colour(rng, (38, 60), (0.25, 0.6), (0.4, 0.75))
    share = above(noise(rng, 1.1, 1, 120), rng.choice([0.0, rng.uniform(0.05, 0.6)]), 0.5)
    dye = mixed(flat()[..., None] + green, flat()[..., None] + dry, share)
    return tinted(dye, 2 * lines - 1.2, 0.6), (lines > 0).astype(np.float32)


def grass(rng: np.random.Generator) -> Ground:
    """Lawn and meadow: blades, clover, dry or bare patches."""
    across = pick(rng, (0.4, 3.0))
    dye, mask = _blades(rng, int(rng.integers(4000, 9000)), across)
    below = tinted(
        flat()[..., None]
        + mixed(any_earth(rng), colour(rng, (60, 100), (0.3, 0.6), (0.1, 0.3)), 0.6 + flat())[0, 0],
        noise(rng, 0.7, 6),
        0.25,
    )
    if rng.random() < 0.3:
        mask = mask * above(noise(rng, 1.2, 1, 60), rng.uniform(0.5, 0.95), 0.3)
    dye = tinted(mixed(below, dye, mask), noise(rng, 1.2, 1, 40), rng.uniform(0.05, 0.2))
    height = 0.01 * blurred(mask * dye[..., 1] / (dye[..., 1].max() + 1e-6), 0.7) + 0.01 * noise(
        rng, 1.6, 1, 16
    )
    return Ground(dye, height.astype(np.float32), flat(0.1), 10, across)
