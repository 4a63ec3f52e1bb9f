"""What a vision model is shown of a contact: the scene with a mark, and beside it enlarged ground and feet.

One sheet holds all, because many models and endpoints take one picture a question.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from foley_common.footsteps import Footstep
from foley_surface_agent.keyframes import Square, candidate_squares

CLOSE_UP_SHARE = 1 / 3  # of the sheet's width
SCENE_HEIGHTS = 3.0  # people's heights of scene around the contact
FEET_HEIGHTS = 0.45  # people's heights in the close-up of the feet
JPEG_QUALITY = 85
MARK_RGB = (255, 0, 255)  # no ground has it


def contact_sheet(
    picture_bgr: NDArray[np.uint8], step: Footstep, *, height_px: float, scale: float, max_px: int
) -> bytes:
    """The sheet of one step as JPEG.

    Args:
        picture_bgr: The frame at the contact.
        step: The step; its contact point is in pixels of the displayed picture.
        height_px: The walker's height in the displayed picture.
        scale: Pixels of the frame per pixel of the displayed picture.
        max_px: Longest side of the sheet.
    """
    frame = Image.fromarray(np.ascontiguousarray(picture_bgr[..., ::-1]))
    x, y, tall = step.x_px * scale, step.y_px * scale, height_px * scale
    close = round(max_px * CLOSE_UP_SHARE)
    scene_size = (max_px - close, 2 * close)
    scene = _around(frame, x, y - 0.4 * tall, SCENE_HEIGHTS * tall, scene_size)
    _mark(scene.picture, *scene.at(x, y))
    feet = _around(frame, x, y - 0.1 * tall, FEET_HEIGHTS * tall, (close, close))
    ground = _around_square(frame, candidate_squares(x, y, tall), close)
    sheet = Image.new("RGB", (max_px, 2 * close))
    sheet.paste(scene.picture, (0, 0))
    sheet.paste(feet.picture, (scene_size[0], 0))
    sheet.paste(ground, (scene_size[0], close))
    return _jpeg(sheet)


def picture_jpeg(picture: Image.Image, *, max_px: int) -> bytes:
    """A whole picture, shrunk to a longest side, as JPEG without metadata."""
    small = picture.convert("RGB")
    small.thumbnail((max_px, max_px), Image.Resampling.BILINEAR)
    return _jpeg(small)


class _Part:
    def __init__(self, picture: Image.Image, left: float, top: float, zoom: float) -> None:
        self.picture, self._left, self._top, self._zoom = picture, left, top, zoom

    def at(self, x: float, y: float) -> tuple[float, float]:
        return (x - self._left) * self._zoom, (y - self._top) * self._zoom


def _around(frame: Image.Image, x: float, y: float, height: float, size: tuple[int, int]) -> _Part:
    """A part of the frame around a point with the shape of ``size``; moved inside, shrunk to fit."""
    height = max(8.0, min(height, frame.height, frame.width * size[1] / size[0]))
    width = height * size[0] / size[1]
    left = min(max(0.0, x - width / 2), frame.width - width)
    top = min(max(0.0, y - height / 2), frame.height - height)
    box = (left, top, left + width, top + height)
    return _Part(
        frame.resize(size, Image.Resampling.BILINEAR, box=box), left, top, size[1] / height
    )


def _around_square(frame: Image.Image, squares: Sequence[Square], side: int) -> Image.Image:
    inside = [
        square
        for square in squares
        if square.left_px >= 0
        and square.top_px >= 0
        and square.left_px + square.side_px <= frame.width
        and square.top_px + square.side_px <= frame.height
    ]
    square = (inside or list(squares))[0]
    centre_x, centre_y = square.left_px + square.side_px / 2, square.top_px + square.side_px / 2
    return _around(frame, centre_x, centre_y, square.side_px, (side, side)).picture


def _mark(picture: Image.Image, x: float, y: float) -> None:
    """Two strokes that point at the contact from both sides, and leave it free."""
    draw = ImageDraw.Draw(picture)
    for direction in (-1, 1):
        draw.line([(x + direction * 14, y), (x + direction * 44, y)], fill=MARK_RGB, width=3)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
