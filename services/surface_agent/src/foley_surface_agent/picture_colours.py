"""The colours of a decoded picture as a screen shows them: sRGB, whatever the file keeps them as.

Files keep colours in other spaces (Display P3 of phones, Adobe RGB of cameras, inks of printers), in more than 8 bit,
and in palettes. A palette that was made for no picture in particular is made up for by dots, and the dots are grain
that no ground has: dithered to the 216 colours of the web, grass was called carpet.
"""

from __future__ import annotations

import io
from typing import cast

import numpy as np
from PIL import Image, ImageCms, ImageFilter

_WHITE_8_BIT, _WHITE_16_BIT = 255, 65535
_SPACE_OF_MODE = {"RGB": "RGB ", "CMYK": "CMYK", "L": "GRAY"}
"""Pillow's modes that a profile of its own space is applied to, by the profile's name for that space."""
_WEB = frozenset(range(0, 256, 51))
_EIGHTHS = frozenset(round(255 * step / 7) for step in range(8))
_QUARTERS = frozenset(range(0, 256, 85))
FIXED_PALETTES = ((_WEB, _WEB, _WEB), (_EIGHTHS, _EIGHTHS, _QUARTERS))
"""Levels of red, green and blue: the 216 colours of the web (Pillow's default), and three, three and two bits."""
DOTS_PX = 1.0
"""Deviation of the Gaussian that takes dots out. Of 0.8, 1 and 1.2, tried on 120 pictures dithered to either palette,
0.8 leaves more of them and 1.2 takes out no more."""


def in_srgb(picture: Image.Image) -> Image.Image:
    """A picture of any mode as RGB; transparency is not looked at.

    A colour profile in it is honoured where it can be read. Grey of more than 8 bit is scaled: Pillow would clip it.
    """
    if is_deep(picture):
        levels = np.asarray(picture, np.float64) * (_WHITE_8_BIT / _WHITE_16_BIT)
        grey = np.rint(np.clip(levels, 0, _WHITE_8_BIT)).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    plain = _by_profile(picture, _as_kept(picture))
    return plain.filter(ImageFilter.GaussianBlur(DOTS_PX)) if _is_of_dots(picture) else plain


def is_deep(picture: Image.Image) -> bool:
    """Grey of more than 8 bit."""
    return picture.mode.startswith("I")


def _as_kept(picture: Image.Image) -> Image.Image:
    """RGB by the file's own numbers."""
    if picture.mode in ("P", "PA"):  # Pillow warns of what may be transparent in a palette
        picture = picture.convert("RGBA")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _by_profile(picture: Image.Image, plain: Image.Image) -> Image.Image:
    """The numbers as the picture's profile means them; ``plain`` without one that can be used."""
    data = picture.info.get("icc_profile")
    if not isinstance(data, bytes) or not data:
        return plain
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        if "srgb" in ImageCms.getProfileDescription(profile).lower():
            return plain
        space = profile.profile.xcolor_space  # pyright: ignore[reportAttributeAccessIssue]
        own = _SPACE_OF_MODE.get(picture.mode) == space
        if not own and space != "RGB ":
            return plain
        seen = ImageCms.profileToProfile(
            picture if own else plain,
            profile,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):  # a profile that is none
        return plain
    return plain if seen is None else seen


def _is_of_dots(picture: Image.Image) -> bool:
    """True for black and white, and for colours of a palette that was made for no picture in particular."""
    if picture.mode == "1":
        return True
    if picture.mode != "P" or picture.palette is None:
        return False
    used = cast("list[tuple[int, tuple[int, ...]]]", _as_kept(picture).getcolors() or [])
    channels = [frozenset(colour[channel] for _, colour in used) for channel in range(3)]
    return any(
        all(own <= known for own, known in zip(channels, levels, strict=True))
        for levels in FIXED_PALETTES
    )
