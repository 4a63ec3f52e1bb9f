"""What a vision model is shown of a scene: a frame with a mark at a contact, enlarged ground, and numbered feet.

One sheet holds all, because many models and endpoints take one picture a question.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from foley_common.footsteps import Footstep
from foley_surface_agent.keyframes import Region

CLOSE_UP_SHARE = 1 / 3  # of the sheet's width
SCENE_HEIGHTS = 3.0  # people's heights of scene around the contact
FEET_HEIGHTS = 0.45  # people's heights in the close-up of the feet
GROUNDS_BESIDE = (
    2  # patches of ground beside the scene; more stand in the row of feet where there is room
)
JPEG_QUALITY = 85
MARK_RGB = (255, 0, 255)  # no ground has it
LABEL_PX = 26


@dataclass(frozen=True, slots=True, eq=False)
class Contact:
    """A step as it is seen in its frame.

    Attributes:
        picture_bgr: shape ``(rows, columns, 3)``, the frame at the contact.
        x_px, y_px: The contact point in that frame.
        height_px: The walker's height in that frame.
        ground: Where the ground of the contact is seen in that frame.
    """

    picture_bgr: NDArray[np.uint8]
    x_px: float
    y_px: float
    height_px: float
    ground: Region


def contact_of(
    picture_bgr: NDArray[np.uint8],
    step: Footstep,
    *,
    height_px: float,
    scale: float,
    ground: Region,
) -> Contact:
    """A step in its frame.

    Args:
        picture_bgr: The frame at the contact.
        step: Its contact point is in pixels of the displayed picture.
        height_px: The walker's height in the displayed picture.
        scale: Pixels of the frame per pixel of the displayed picture.
        ground: Where the ground is seen in the displayed picture.
    """
    return Contact(
        picture_bgr, step.x_px * scale, step.y_px * scale, height_px * scale, ground.scaled(scale)
    )


def scene_sheet(feet: Sequence[Contact], grounds: Sequence[Contact], *, max_px: int) -> bytes:
    """The sheet of one scene as JPEG.

    Args:
        feet: A contact of every person, in the order of their numbers, at least one; the first one's frame is shown.
        grounds: Contacts whose ground is shown.
        max_px: Longest side of the sheet.
    """
    close = round(max_px * CLOSE_UP_SHARE)
    columns = max(3, len(feet))
    cell = max_px // columns
    sheet = Image.new("RGB", (max_px, 2 * close + cell))
    scene_size = (max_px - close, 2 * close)
    main = feet[0]
    scene = _around(
        _frame(main), main.x_px, main.y_px - 0.4 * main.height_px, SCENE_HEIGHTS * main.height_px,
        scene_size,
    )  # fmt: skip
    _mark(scene.picture, *scene.at(main.x_px, main.y_px))
    sheet.paste(scene.picture, (0, 0))
    for row, contact in enumerate(grounds[:GROUNDS_BESIDE]):
        sheet.paste(_ground(contact, close), (scene_size[0], row * close))
    for column, contact in enumerate(feet):
        picture = _feet(contact, cell)
        _label(picture, column + 1)
        sheet.paste(picture, (column * cell, 2 * close))
    for column, contact in enumerate(grounds[GROUNDS_BESIDE:], start=len(feet)):
        if column < columns:
            sheet.paste(_ground(contact, cell), (column * cell, 2 * close))
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


def _frame(contact: Contact) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(contact.picture_bgr[..., ::-1]))


def _feet(contact: Contact, side: int) -> Image.Image:
    tall = contact.height_px
    return _around(
        _frame(contact), contact.x_px, contact.y_px - 0.1 * tall, FEET_HEIGHTS * tall, (side, side)
    ).picture


def _ground(contact: Contact, side: int) -> Image.Image:
    square = contact.ground
    centre_x = square.left_px + square.width_px / 2
    centre_y = square.top_px + square.height_px / 2
    return _around(_frame(contact), centre_x, centre_y, square.height_px, (side, side)).picture


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


def _mark(picture: Image.Image, x: float, y: float) -> None:
    """Two strokes that point at the contact from both sides, and leave it free."""
    draw = ImageDraw.Draw(picture)
    for direction in (-1, 1):
        draw.line([(x + direction * 14, y), (x + direction * 44, y)], fill=MARK_RGB, width=3)


def _label(picture: Image.Image, number: int) -> None:
    """The person's number in the upper left corner."""
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, LABEL_PX, LABEL_PX), fill=MARK_RGB)
    font = ImageFont.load_default(size=LABEL_PX - 6)
    draw.text(
        (LABEL_PX / 2, LABEL_PX / 2), str(number), fill=(255, 255, 255), anchor="mm", font=font
    )


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
