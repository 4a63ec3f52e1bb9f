"""From a decoded frame to the picture that a viewer sees: upright, 8 bit, BGR."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.buffer import Buffer
    from av.video.frame import VideoFrame

PQ_TRANSFER = 16  # ITU-T H.273 transfer characteristics: SMPTE ST 2084
BT601_COLORSPACE = 5  # libswscale's SWS_CS_ITU601
BT709_COLORSPACE = 1  # libswscale's SWS_CS_ITU709
UNSPECIFIED = 2  # ITU-T H.273: not said
HD_HEIGHT_PX = 720  # untagged pictures from here on are BT.709, as players assume
REFERENCE_WHITE_NITS = 203.0  # ITU-R BT.2408: diffuse white of HDR programmes
PEAK_NITS = 1000.0  # where the roll-off ends; brighter is clipped


@functools.lru_cache(maxsize=1)
def _pq_to_srgb() -> NDArray[np.uint8]:
    """Table of 256: PQ code to sRGB code, reference white kept bright, highlights rolled off (extended Reinhard)."""
    m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875  # SMPTE ST 2084
    code = (np.arange(256) / 255.0) ** (1 / m2)
    nits = 10_000.0 * (np.maximum(code - c1, 0) / (c2 - c3 * code)) ** (1 / m1)
    light, white = nits / REFERENCE_WHITE_NITS, PEAK_NITS / REFERENCE_WHITE_NITS
    light = np.clip(light * (1 + light / white**2) / (1 + light), 0, 1)
    srgb = np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055
    )  # IEC 61966-2-1
    return np.round(255 * srgb).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class Upright:
    """How the frames of a stream become pictures; decided once, by its first frame, as players do.

    Attributes:
        quarter_turns: Clockwise turns that a player applies, 0 to 3; angles between are rounded.
        is_mirrored: True when left and right are exchanged before the turn.
        stored_width_px, stored_height_px: Size of the pictures before the turn; frames of another size are scaled.
    """

    quarter_turns: int
    is_mirrored: bool
    stored_width_px: int
    stored_height_px: int

    @classmethod
    def for_frame(cls, frame: VideoFrame, max_height_px: int | None = None) -> Upright:
        """Read it off a stream's first frame; ``max_height_px`` scales the displayed picture down, shape kept."""
        turns, mirrored = _turns_and_mirror(frame)
        width, height = frame.width, frame.height
        shown_height = width if turns % 2 else height
        if max_height_px is not None and shown_height > max_height_px:
            scale = max_height_px / shown_height
            width, height = max(1, round(width * scale)), max(1, round(height * scale))
        return cls(turns, mirrored, width, height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the displayed picture, in pixels."""
        width, height = self.stored_width_px, self.stored_height_px
        return (height, width) if self.quarter_turns % 2 else (width, height)

    def picture(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The picture as displayed, shape ``(height, width, 3)``, BGR, contiguous.

        More than 8 bit is rounded; PQ is brought to sRGB (HLG looks right as it is).
        """
        matrix = None
        if frame.colorspace == UNSPECIFIED:
            matrix = BT709_COLORSPACE if frame.height >= HD_HEIGHT_PX else BT601_COLORSPACE
        bgr = frame.reformat(
            width=self.stored_width_px,
            height=self.stored_height_px,
            format="bgr24",
            src_colorspace=matrix,
        )
        picture = cast("NDArray[np.uint8]", bgr.to_ndarray())
        if frame.color_trc == PQ_TRANSFER:
            picture = _pq_to_srgb()[picture]
        if self.is_mirrored:
            picture = picture[:, ::-1]
        if self.quarter_turns:
            picture = np.rot90(picture, -self.quarter_turns)
        return np.ascontiguousarray(picture)


def _turns_and_mirror(frame: VideoFrame) -> tuple[int, bool]:
    from av.sidedata.sidedata import SideDataContainer

    # Not `frame.side_data`: it ties the frame to itself, so that its memory and what decoded it would wait for the
    # garbage collector: 25 MiB for every look into a 4K video.
    held = SideDataContainer(frame)  # pyright: ignore[reportCallIssue]  # its stub knows no constructor
    data = cast("Mapping[str, Buffer]", held).get("DISPLAYMATRIX")
    if data is None:
        return 0, False
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].astype(float)
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    return round(math.degrees(math.atan2(b, a)) / 90.0) % 4, mirrored
