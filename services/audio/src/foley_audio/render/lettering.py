"""Letters on pictures, in one size, smooth, on a dark plate so that they can be read on any ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (height, width, 3), BGR
Colour = tuple[int, int, int]  # BGR
PLATE_OPACITY = 0.7  # of the dark plate behind letters
PLATE_SHADE = 24  # grey of the plate
CACHED_TEXTS = 2048  # a text is drawn once; labels repeat for half a second


@dataclass(frozen=True, slots=True)
class Plate:
    """A rectangle in pixels: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int

    def meets(self, other: Plate) -> bool:
        """True when the two overlap."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


class Lettering:
    """Draws text of one height.

    Args:
        size_px: Height of the letters' line.
    """

    def __init__(self, size_px: int) -> None:
        from PIL import ImageFont

        self.size_px = size_px
        self._font = ImageFont.load_default(size=size_px)  # Aileron (CC0), inside Pillow
        ascent, descent = self._font.getmetrics()  # type: ignore[union-attr]
        self.line_px = int(ascent + descent)
        self._masks: dict[str, NDArray[np.float32]] = {}

    def width_of(self, text: str) -> int:
        """Width of a text in pixels."""
        return self._mask(text).shape[1]

    def draw(
        self,
        picture: Picture,
        text: str,
        corner: tuple[int, int],
        colour: Colour,
        *,
        opacity: float = 1.0,
    ) -> None:
        """Write a text whose line has its upper left corner there; what falls outside is left out."""
        x, y = corner
        mask = self._mask(text)
        left, top = max(0, x), max(0, y)
        right, bottom = (
            min(picture.shape[1], x + mask.shape[1]),
            min(picture.shape[0], y + mask.shape[0]),
        )
        if right <= left or bottom <= top:
            return
        part = mask[top - y : bottom - y, left - x : right - x, None] * opacity
        under = picture[top:bottom, left:right]
        under[:] = (under + (np.asarray(colour, np.float32) - under) * part + 0.5).astype(np.uint8)

    def _mask(self, text: str) -> NDArray[np.float32]:
        from PIL import Image, ImageDraw

        found = self._masks.get(text)
        if found is None:
            if len(self._masks) >= CACHED_TEXTS:
                self._masks.clear()
            image = Image.new("L", (max(1, int(np.ceil(self._font.getlength(text)))), self.line_px))
            ImageDraw.Draw(image).text((0, 0), text, font=self._font, fill=255)
            found = self._masks[text] = np.asarray(image, np.float32) / 255.0
        return found


def shade(picture: Picture, plate: Plate, opacity: float = PLATE_OPACITY) -> None:
    """Darken a rectangle; what falls outside is left out."""
    under = picture[
        max(0, plate.y) : plate.y + plate.height, max(0, plate.x) : plate.x + plate.width
    ]
    under[:] = (under * (1 - opacity) + PLATE_SHADE * opacity).astype(np.uint8)
