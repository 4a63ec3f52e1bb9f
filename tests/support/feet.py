"""Drawn people on drawn ground, to look at their feet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

ASPHALT: Colour = (112, 114, 118)
WALL: Colour = (150, 165, 175)
NAVY: Colour = (35, 45, 85)
SKINS: dict[str, Colour] = {  # the middle of each row of the Monk Skin Tone scale, thinned out
    "pale": (243, 218, 201),
    "light": (222, 180, 150),
    "olive": (194, 146, 110),
    "brown": (146, 98, 70),
    "dark": (96, 65, 52),
}
SHOES: dict[str, Colour] = {
    "black": (25, 25, 28),
    "white": (236, 236, 238),
    "beige": (206, 184, 150),
    "brown": (104, 66, 36),
    "tan leather": (172, 104, 52),
    "red": (170, 25, 35),
    "blue": (40, 60, 150),
}
WOOD: Colour = (176, 124, 82)
SAND: Colour = (214, 184, 146)


@dataclass(frozen=True)
class Drawing:
    """Somebody who stands sideways on one foot; everything else follows from these colours.

    Attributes:
        skin: Of the head and hands, and of legs and feet where nothing covers them.
        foot: None for bare skin.
        legs: None for bare skin.
        top: Of what is worn above.
        ground, wall: Below and behind.
        light: What the lamp does to red, green and blue.
        height_px: From head to sole.
        facing: 1 to the right, -1 to the left.
    """

    skin: Colour = SKINS["light"]
    foot: Colour | None = None
    legs: Colour | None = None
    top: Colour = NAVY
    ground: Colour = ASPHALT
    wall: Colour = WALL
    light: tuple[float, float, float] = (1.0, 1.0, 1.0)
    height_px: int = 300
    facing: int = 1

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return self.height_px * 6 // 4, self.height_px * 3 // 2

    @property
    def heel_px(self) -> tuple[float, float]:
        """Where the heel stands."""
        return self.size_px[0] / 2 - self.facing * 0.04 * self.height_px, 1.15 * self.height_px

    @property
    def box_px(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the person."""
        tall, middle = self.height_px, self.size_px[0] / 2
        return middle - 0.16 * tall, 0.15 * tall, middle + 0.16 * tall, 1.16 * tall

    def picture(self, *, noise: float = 3.0, seed: int = 0) -> NDArray[np.uint8]:
        """Shape ``(rows, columns, 3)``, RGB, with noise of so many levels."""
        picture = Image.new("RGB", self.size_px, self.wall)
        draw = ImageDraw.Draw(picture)
        tall, (middle, sole) = self.height_px, (self.size_px[0] / 2, 1.15 * self.height_px)

        def block(
            x: float, low: float, wide: float, high: float, colour: Colour, *, round_: bool = False
        ) -> None:
            """A part of the body around ``x`` from its lower edge up, in heights of the person."""
            left, right = middle + (x - wide / 2) * tall, middle + (x + wide / 2) * tall
            box = [left, sole - (low + high) * tall, right, sole - low * tall]
            (draw.ellipse if round_ else draw.rectangle)(box, fill=colour)

        draw.rectangle([0, 0.95 * tall, self.size_px[0], self.size_px[1]], fill=self.ground)
        legs = self.legs or self.skin
        foot = self.foot or self.skin
        block(0, 0.04, 0.07, 0.5, legs)
        block(0, 0.5, 0.16, 0.32, self.top)
        for side in (-1, 1):
            block(side * 0.11, 0.42, 0.045, 0.26, self.skin)
        block(0, 0.82, 0.1, 0.18, self.skin, round_=True)
        block(self.facing * 0.03, 0.0, 0.152, 0.06, foot, round_=True)
        block(0, 0.02, 0.07, 0.04, foot)
        lit = np.asarray(picture) * np.array(self.light)
        grain = np.random.default_rng(seed).normal(0.0, noise, lit.shape)
        return np.clip(lit + grain, 0, 255).astype(np.uint8)
