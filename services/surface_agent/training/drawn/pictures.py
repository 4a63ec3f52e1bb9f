"""Pictures of drawn grounds: which kinds a class has, and a photograph of one."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from drawn import carpets, floors, loose, metal, paved, wet
from drawn.fields import SIDE_PX, Ground, noise, ramp
from drawn.light import any_camera, any_light, developed, seen

Draw = Callable[[np.random.Generator], Ground]


def _carpet(rng: np.random.Generator) -> Ground:
    return carpets.KINDS[rng.integers(0, len(carpets.KINDS))](rng)


def _bed(rng: np.random.Generator) -> Ground:
    return (loose.gravel, loose.sand, loose.dirt, paved.stone)[rng.integers(0, 4)](rng)


def _street(rng: np.random.Generator) -> Ground:
    return (paved.asphalt, paved.asphalt, paved.concrete, loose.dirt, paved.stone)[
        rng.integers(0, 5)
    ](rng)


def _water(rng: np.random.Generator) -> Ground:
    kind = rng.random()
    if kind < 0.4:
        return wet.open_water(rng)
    if kind < 0.6:
        return wet.shallow(rng, _bed(rng))
    return wet.flooded(rng, _street(rng), rng.uniform(0.3, 0.95))


GROUNDS: dict[str, Draw] = {
    "concrete": paved.concrete,
    "asphalt": paved.asphalt,
    "tile": floors.tile,
    "stone": paved.stone,
    "wood": floors.wood,
    "metal": metal.metal,
    "carpet": _carpet,
    "grass": loose.grass,
    "dirt": loose.dirt,
    "gravel": loose.gravel,
    "sand": loose.sand,
    "snow": wet.snow,
    "leaves": loose.leaves,
    "water": _water,
    "mud": wet.mud,
    "ice": wet.ice,
}
INDOORS = {"carpet": 1.0, "tile": 0.7, "wood": 0.7, "concrete": 0.25, "metal": 0.3, "stone": 0.1}
SLANT_DEG = (20.0, 80.0)  # of the camera below the horizon
FLAT_DEG = (12.0, 55.0)
SEEN_FLAT = {"water", "mud", "ice"}  # what shines is told by what it mirrors, seldom from above
BORDERED = 0.25  # share of the photographs that show another ground at their edge


def picture(surface: str, rng: np.random.Generator, *, from_above: bool) -> NDArray[np.uint8]:
    """One picture of a class, shape ``(288, 288, 3)``."""
    ground = GROUNDS[surface](rng)
    indoors = rng.random() < INDOORS.get(surface, 0.0)
    light = any_light(rng, indoors=indoors)
    pitch = FLAT_DEG if surface in SEEN_FLAT else SLANT_DEG
    camera = any_camera(rng, ground.across_m, from_above=from_above, pitch_deg=pitch)
    view = seen(ground, camera, light)
    if not from_above and rng.random() < BORDERED:
        names = [
            name for name in GROUNDS if name != surface and (INDOORS.get(name, 0) > 0.5) == indoors
        ]
        other = seen(GROUNDS[names[rng.integers(0, len(names))]](rng), camera, light)
        view = _beside(view, other, rng)
    return developed(view, rng)


def _beside(
    view: NDArray[np.float32], other: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """The other ground beyond a border that leaves the middle to the first."""
    side = view.shape[0]
    down, right = np.mgrid[-1 : 1 : side * 1j, -1 : 1 : side * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    off = down * np.sin(angle) + right * np.cos(angle)
    wander = cv2.resize(noise(rng, 1.4, 1, 40)[: SIDE_PX // 2, : SIDE_PX // 2], (side, side))
    off = off + rng.choice([0.0, 0.03, 0.08]) * wander
    start = rng.uniform(0.4, 0.9)
    return view + (other - view) * ramp(off.astype(np.float32), start, start + 0.01)[..., None]
