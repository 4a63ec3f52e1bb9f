"""Colours and sizes of the annotated copy.

Left and right are orange and sky blue of Okabe and Ito's palette (2008), which people with any colour blindness tell
apart, and a disc and a diamond, for those who see no colour at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from foley_audio.render.lettering import Colour
from foley_common.footsteps import Side

COLOUR_OF: dict[Side, Colour] = {Side.LEFT: (0, 159, 230), Side.RIGHT: (233, 180, 86)}  # BGR
WHITE: Colour = (245, 245, 245)
GREY: Colour = (170, 170, 170)
DARK: Colour = (24, 24, 24)
LINES_PER_HEIGHT = 32  # text is a 32nd of the picture's height: 11 px at 360p, 67 px at 2160p
COLUMNS_PER_WIDTH = 30  # and small enough that the time line fits into a narrow picture
MIN_TEXT_PX = 11  # smaller is not readable
MIN_LINE_PX = 2  # thinner does not survive 4:2:0 colour


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes that grow with the picture.

    Attributes:
        text_px: Height of a line of text.
        line_px: Thickness of a line.
        mark_px: Radius of a contact marker.
        strip_px: Height of the time line below the picture; even.
    """

    text_px: int
    line_px: int
    mark_px: int
    strip_px: int


def sizes_for(width_px: int, height_px: int) -> Sizes:
    """Sizes for a picture.

    >>> sizes_for(640, 360).text_px, sizes_for(3840, 2160).text_px
    (11, 68)
    """
    text = max(MIN_TEXT_PX, round(min(height_px / LINES_PER_HEIGHT, width_px / COLUMNS_PER_WIDTH)))
    strip = 2 * round(2.4 * text)
    return Sizes(
        text_px=text,
        line_px=max(MIN_LINE_PX, round(text / 9)),
        mark_px=max(4, round(0.45 * text)),
        strip_px=strip,
    )
