"""Pictures of grounds made to look like the ground under a foot in a video frame.

A foot crop is small, seen at a slant, blurred by motion and compression, lit by chance, and partly covered by the
shoe and its shadow. Every view draws those from a seeded generator.
"""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from foley_surface_agent.domain.features import PATCH_PX


def random_view(
    picture: Image.Image, *, is_texture: bool, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """One drawn view of a picture, shape ``(224, 224, 3)``.

    Args:
        picture: RGB.
        is_texture: Seen straight from above, so that it needs more slant than a photograph.
        rng: Where chance comes from.
    """
    view = _slanted_crop(picture, is_texture=is_texture, rng=rng)
    if rng.random() < 0.5:
        view = view.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    view = _covered(_lit(view, rng), rng)
    if rng.random() < 0.7:
        small = round(math.exp(rng.uniform(math.log(32), math.log(PATCH_PX))))
        view = view.resize((small, small), Image.Resampling.BILINEAR, reducing_gap=2.0)
        if rng.random() < 0.5:
            view = _compressed(view, rng)
        view = view.resize((PATCH_PX, PATCH_PX), Image.Resampling.BILINEAR)
    elif rng.random() < 0.4:
        view = view.filter(ImageFilter.GaussianBlur(rng.uniform(0.5, 2.8)))
    patch = np.asarray(view).astype(np.float32)
    if rng.random() < 0.2:
        length = int(rng.integers(3, 12))
        patch = sum(np.roll(patch, shift, axis=1) for shift in range(length)) / length
    if rng.random() < 0.3:
        patch = patch + rng.normal(0, rng.uniform(1, 8), patch.shape)
    return np.clip(patch, 0, 255).astype(np.uint8)


def close_view(
    picture: Image.Image, *, is_texture: bool, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """A view as of a walker who is small in a compressed video: few centimetres of ground, few pixels, strong slant.

    Args:
        picture: RGB.
        is_texture: Seen straight from above, so that it needs more slant than a photograph.
        rng: Where chance comes from.

    Returns:
        Shape ``(224, 224, 3)``.
    """
    squeeze = rng.uniform(0.18, 0.6) if is_texture else rng.uniform(0.4, 0.9)
    share = rng.uniform(0.15, 0.6) if is_texture else rng.uniform(0.3, 0.8)
    view = _cut(picture, squeeze, share, rng)
    view = _covered(_lit(view, rng), rng)
    small = round(math.exp(rng.uniform(math.log(24), math.log(110))))
    view = view.resize((small, small), Image.Resampling.BILINEAR, reducing_gap=2.0)
    if rng.random() < 0.8:
        view = _compressed(view, rng)
    view = view.resize((PATCH_PX, PATCH_PX), Image.Resampling.BILINEAR)
    return np.asarray(view)


def _slanted_crop(
    picture: Image.Image, *, is_texture: bool, rng: np.random.Generator
) -> Image.Image:
    squeeze = rng.uniform(0.3, 1.0) if is_texture else rng.uniform(0.6, 1.0)  # rows seen at a slant
    return _cut(picture, squeeze, rng.uniform(0.45, 1.0), rng)


def _cut(
    picture: Image.Image, squeeze: float, share: float, rng: np.random.Generator
) -> Image.Image:
    height = share * picture.height
    width = min(share * picture.width, height * squeeze * rng.uniform(0.9, 1.3))
    height = min(height, width / squeeze)
    left, top = rng.uniform(0, picture.width - width), rng.uniform(0, picture.height - height)
    narrow = (
        width * rng.uniform(0, 0.2) if rng.random() < 0.6 else 0.0
    )  # the near edge shows less width
    corners = (
        (left, top),
        (left + narrow, top + height),
        (left + width - narrow, top + height),
        (left + width, top),
    )
    data = tuple(value for corner in corners for value in corner)
    source = 2 * PATCH_PX  # sampled finer, then shrunk, so that fine grain does not alias
    large = picture.transform(
        (source, source), Image.Transform.QUAD, data, Image.Resampling.BILINEAR
    )
    return large.resize((PATCH_PX, PATCH_PX), Image.Resampling.BOX)


def _lit(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    view = ImageEnhance.Color(view).enhance(rng.uniform(0.5, 1.3))
    view = ImageEnhance.Contrast(view).enhance(rng.uniform(0.6, 1.3))
    spread = (
        0.3 if rng.random() < 0.3 else 0.04
    )  # coloured light and wrong white balance, or nearly none
    gains = rng.uniform(0.6, 1.25) * rng.uniform(1 - spread, 1 + spread, 3)
    patch = np.asarray(view).astype(np.float32) * gains
    if rng.random() < 0.25:  # a shadow's edge
        rows, columns = np.mgrid[0:PATCH_PX, 0:PATCH_PX] / PATCH_PX - 0.5
        angle = rng.uniform(0, 2 * math.pi)
        side = columns * math.cos(angle) + rows * math.sin(angle) - rng.uniform(-0.3, 0.3)
        patch = patch * np.where(side[..., None] > 0, rng.uniform(0.5, 0.9), 1.0)
    return Image.fromarray(np.clip(patch, 0, 255).astype(np.uint8))


def _covered(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    """What the mask of the foot leaves behind: a dark or pale blob at the upper edge."""
    if rng.random() > 0.2:
        return view
    patch = np.asarray(view).copy()
    rows, columns = np.mgrid[0:PATCH_PX, 0:PATCH_PX]
    centre = rng.uniform(0, PATCH_PX)
    reach_x, reach_y = rng.uniform(0.08, 0.27) * PATCH_PX, rng.uniform(0.06, 0.27) * PATCH_PX
    inside = ((columns - centre) / reach_x) ** 2 + (rows / reach_y) ** 2 < 1
    patch[inside] = np.clip(rng.uniform(10, 230) + rng.normal(0, 12, 3), 0, 255)
    return Image.fromarray(patch)


def _compressed(view: Image.Image, rng: np.random.Generator) -> Image.Image:
    buffer = io.BytesIO()
    view.save(buffer, "JPEG", quality=int(rng.integers(25, 90)))
    return Image.open(buffer).convert("RGB")
