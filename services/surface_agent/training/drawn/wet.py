"""Water, wet streets, mud, ice and snow."""

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
    noise,
    pick,
    places,
    ramp,
    scattered,
    tinted,
)

SOLE = np.array([[-0.5, 0.0], [-0.45, 0.14], [-0.2, 0.15], [0.0, 0.12], [0.25, 0.18], [0.45, 0.14], [0.5, 0.0],
                 [0.45, -0.12], [0.2, -0.16], [0.0, -0.1], [-0.25, -0.13], [-0.45, -0.12]])  # fmt: skip
SOLE_M = (0.24, 0.31)


def waves(rng: np.random.Generator, across_m: float, steep: float, longest_m: float) -> Map:
    """Height of wind waves, metres: a spectrum that falls by the wave number, strongest along one direction."""
    field = noise(
        rng, rng.uniform(1.3, 2.2), max(1, across_m / longest_m), 200, stretch=rng.uniform(1, 3)
    )
    field = field if rng.random() < 0.5 else field.T
    if rng.random() < 0.4:  # rings of drops
        down, right = places()
        for _ in range(int(rng.integers(2, 25))):
            y, x = ((p - rng.random() + 0.5) % 1 - 0.5 for p in (down, right))
            r = np.hypot(y, x)
            size = rng.uniform(0.02, 0.25)
            field += (
                1.5
                * np.sin(2 * np.pi * r / 0.02)
                * np.exp(-(((r - size) / 0.03) ** 2)).astype(np.float32)
            )
    slope = np.std(np.diff(field, axis=1)) / (across_m / SIDE_PX)
    return (field * (steep / max(slope, 1e-9))).astype(np.float32)


def open_water(rng: np.random.Generator) -> Ground:
    """A pond, lake or stream: dark or coloured body, waves."""
    across = pick(rng, (0.8, 6.0))
    hue = rng.choice([0, 1, 2])
    body = (
        colour(rng, (180, 215), (0.3, 0.8), (0.1, 0.5)),
        colour(rng, (60, 160), (0.2, 0.6), (0.08, 0.35)),
        colour(rng, (25, 45), (0.3, 0.6), (0.1, 0.5)),
    )[hue]
    dye = tinted(flat()[..., None] + body, noise(rng, 1.3, 1, 20), 0.15)
    if rng.random() < 0.2:  # foam
        dye = mixed(
            dye,
            flat()[..., None] + 0.8,
            above(noise(rng, 0.8, 3, 120), rng.uniform(0.02, 0.2), 0.3),
        )
    return Ground(
        dye,
        waves(rng, across, rng.uniform(0.02, 0.25), rng.uniform(0.2, 2.0)),
        flat(1.0),
        pick(rng, (60, 600)),
        across,
    )


def shallow(rng: np.random.Generator, bed: Ground) -> Ground:
    """Clear water over a bed, with the net of light that waves throw on it."""
    height = waves(rng, bed.across_m, rng.uniform(0.02, 0.15), rng.uniform(0.1, 0.6))
    _, border, _ = cells(scattered(rng, int(rng.integers(20, 200)), 0.2), bend(rng, 0.02))
    net = np.exp(-border / rng.uniform(0.004, 0.012)) * rng.uniform(0, 1.2)
    water = colour(rng, (80, 200), (0.1, 0.5), (0.5, 0.95))
    dye = np.clip(blurred(bed.colour, rng.uniform(0, 2)) * water * (0.7 + net[..., None]), 0, 1)
    return Ground(dye.astype(np.float32), height, flat(1.0), 200, bed.across_m)


def flooded(rng: np.random.Generator, bed: Ground, share: float) -> Ground:
    """Puddles on a ground: smooth and mirroring where it is low, dark and half glossy where it is wet."""
    field = noise(rng, rng.uniform(1.2, 1.9), 1, 60) - 0.4 * bed.height_m / (
        bed.height_m.std() + 1e-6
    )
    water = above(field, share, 0.05)
    damp = above(field, min(1.0, share + rng.uniform(0.1, 0.6)), 0.7)
    dye = tinted(bed.colour, damp, -rng.uniform(0.3, 0.9))
    murky = colour(rng, (20, 50), (0.1, 0.5), (0.1, 0.4))
    dye = mixed(dye, 0.6 * dye + 0.4 * murky, water * rng.uniform(0.3, 1.0))
    ripples = waves(rng, bed.across_m, rng.choice([0.002, 0.01, 0.05]), 0.3)
    low = np.quantile(bed.height_m, 0.5)
    height = mixed(bed.height_m, low + ripples, water)
    gloss = np.maximum(water, damp * rng.uniform(0.2, 0.7))
    return Ground(dye, height, gloss.astype(np.float32), 200, bed.across_m)


def trodden(rng: np.random.Generator, across_m: float, *, deep_m: float) -> Map:
    """Footprints and wheel tracks pressed into soft ground, metres below it (negative)."""
    height = flat()
    if rng.random() < 0.7:
        count = max(1, int(rng.uniform(1, 8) * across_m**2))
        size = tuple(SIDE_PX * m / across_m for m in SOLE_M)
        number, _ = blobs(rng, min(count, 60), SOLE, size)
        print_ = (number > 0).astype(np.float32)
        soft = 0.012 / across_m * SIDE_PX
        pressed = blurred(print_, soft)
        rim = np.clip(blurred(print_, 2.5 * soft) - pressed, 0, 1)
        height += deep_m * (1.2 * rim - pressed)
    if rng.random() < 0.45 and across_m > 0.8:
        down, right = places()
        sway = 0.03 * noise(rng, 2.5, 1, 4)
        for middle in rng.random(rng.integers(1, 4)):
            off = np.abs((right + sway * 0.5 - middle + 0.5) % 1 - 0.5) * across_m
            rut = 1 - ramp(off, 0.08, 0.12)
            lugs = np.sin(
                2 * np.pi * (down * round(across_m / 0.06) + 8 * off * rng.choice([-1, 1]))
            )
            height += deep_m * (
                1.2 * ramp(off, 0.06, 0.12) * (1 - ramp(off, 0.12, 0.22)) - rut * (1 + 0.15 * lugs)
            ).astype(np.float32)
    return height


def mud(rng: np.random.Generator) -> Ground:
    """Churned wet earth: lumps, prints, ruts, glossy and standing water in the hollows."""
    across = pick(rng, (0.6, 3.0))
    brown = colour(rng, (12, 42), (0.2, 0.65), (0.2, 0.55))
    lumps = noise(rng, rng.uniform(0.9, 1.5), 2, 120)
    height = 0.008 * lumps * rng.uniform(0.4, 1.6) + 0.012 * noise(rng, 1.6, 1, 12) * rng.uniform(
        0.2, 1
    )
    height = height + trodden(rng, across, deep_m=rng.uniform(0.02, 0.06))
    dye = tinted(flat()[..., None] + brown, noise(rng, 1.0, 1, 200), rng.uniform(0.08, 0.25))
    bed = Ground(dye, height, flat(rng.uniform(0.1, 0.6)), 30, across)
    return flooded(rng, bed, rng.choice([0.0, rng.uniform(0.02, 0.35)]))


def snow(rng: np.random.Generator) -> Ground:
    """Powder, wind crust, trodden or rolled snow, with earth or road coming through at times."""
    across = pick(rng, (0.5, 4.0))
    soft = 0.02 * across * noise(rng, rng.uniform(1.8, 2.5), 1, 30) * rng.uniform(0.1, 0.6)
    grain = noise(rng, 0.4, 30, 250)
    height = soft + 0.0008 * grain * rng.uniform(0.3, 2.5) * across**0.5
    if rng.random() < 0.6:
        height = height + trodden(rng, across, deep_m=rng.uniform(0.01, 0.07))
    if rng.random() < 0.3:  # lumps
        height = height + 0.02 * above(noise(rng, 1.0, 8, 60), 0.15, 0.6)
    white = colour(rng, (195, 225), (0.0, 0.08), (0.9, 0.99))
    dye = tinted(flat()[..., None] + white, noise(rng, 1.2, 1, 60), rng.uniform(0.01, 0.06))
    if rng.random() < 0.35:  # dirt, or what is below
        below = colour(rng, (20, 60), (0.05, 0.4), (0.15, 0.5))
        dye = mixed(
            dye,
            tinted(flat()[..., None] + below, grain, 0.2),
            above(noise(rng, 1.1, 1, 120) - 30 * (height - soft), rng.uniform(0.02, 0.4), 0.4)
            * rng.uniform(0.3, 1),
        )
    return Ground(dye, height.astype(np.float32), flat(rng.uniform(0, 0.25)), 20, across)


def ice(rng: np.random.Generator) -> Ground:
    """Lake or street ice: dark or milky, cracks, bubbles, frost, dusted with snow."""
    across = pick(rng, (0.5, 3.0))
    body = colour(rng, (185, 220), (0.08, 0.55), (0.25, 0.9))
    dye = tinted(flat()[..., None] + body, noise(rng, 1.2, 1, 60), rng.uniform(0.1, 0.4))
    white = flat()[..., None] + colour(rng, (190, 220), (0, 0.1), (0.85, 0.98))
    for _ in range(int(rng.integers(1, 4))):
        _, border, _ = cells(
            scattered(rng, int(rng.integers(4, 120)), 0.1), bend(rng, rng.uniform(0.005, 0.06))
        )
        crack = np.exp(-border / pick(rng, (0.0008, 0.005))) * above(
            noise(rng, 1.2, 1, 12), rng.uniform(0.4, 1.0), 0.5
        )
        dye = mixed(dye, white, np.clip(crack * rng.uniform(0.3, 1.0), 0, 1))
    if rng.random() < 0.5:
        _, _, middle = cells(scattered(rng, int(rng.integers(50, 900)), 0.0))
        size = rng.uniform(0.003, 0.012)
        dye = mixed(
            dye,
            white,
            (1 - ramp(middle, size * 0.7, size))
            * above(noise(rng, 1, 1, 8), 0.5, 0.5)
            * rng.uniform(0.3, 0.9),
        )
    frost = above(
        noise(rng, rng.uniform(0.8, 1.5), 1, 150), rng.choice([0, rng.uniform(0.05, 0.5)]), 0.4
    )
    dye = mixed(dye, white, frost * rng.uniform(0.4, 0.95))
    height = 0.0015 * across * noise(rng, 1.8, 1, 40) * rng.uniform(
        0.1, 1.5
    ) + 0.001 * frost * noise(rng, 0.4, 30)
    return Ground(
        dye,
        height.astype(np.float32),
        (1 - frost) * rng.uniform(0.5, 1.0),
        pick(rng, (40, 400)),
        across,
    )
