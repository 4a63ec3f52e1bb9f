"""The strip below the picture: the time, and the contacts around now, one lane per foot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foley_audio.render.lettering import Lettering, Picture
from foley_audio.render.markers import SUBPIXEL_BITS, draw_sign
from foley_audio.render.palette import COLOUR_OF, GREY, WHITE, Sizes
from foley_common.footsteps import Footstep, Side

WINDOW_S = (
    2.0  # seconds of the time line before and after now: about four steps of a walk on either side
)
UNKNOWN_STANCE_S = 0.08  # drawn length of a contact whose toe-off was not seen
MAX_ROWS = 4  # people told apart in a lane; more share rows
BACKGROUND = 34  # grey of the strip
LANE_SHADE = 50  # grey of a lane


class TimelineStrip:
    """Draws the strip.

    Args:
        width_px: Width of the picture.
        letters: For time and names.
        sizes: Sizes for this picture.
        steps: Every footstep, in order of initial contact.
    """

    def __init__(
        self, width_px: int, letters: Lettering, sizes: Sizes, steps: Sequence[Footstep]
    ) -> None:
        self._letters = letters
        self._sizes = sizes
        self._steps = steps
        tracks = sorted({step.track_id for step in steps})
        self._rows = max(1, min(MAX_ROWS, len(tracks)))
        self._row_of = {track: number % self._rows for number, track in enumerate(tracks)}
        self._contacts_s = np.array([step.initial_contact_time_s for step in steps])
        self._pad = max(2, sizes.text_px // 3)
        self._info_px = round(1.5 * sizes.text_px)
        self._lane_px = (sizes.strip_px - self._info_px - self._pad) // 2
        self._ground = self._empty(width_px)

    def draw(self, strip: Picture, *, time_s: float, frame: int, timecode: str) -> None:
        """Draw into the strip, shape ``(strip_px, width, 3)``."""
        import cv2

        strip[:] = self._ground
        self._time(strip, time_s, frame, timecode)
        width = strip.shape[1]
        for number in range(
            int(np.searchsorted(self._contacts_s, time_s - 2 * WINDOW_S)),
            int(np.searchsorted(self._contacts_s, time_s + WINDOW_S)),
        ):
            self._step(strip, self._steps[number], time_s)
        x = width // 2
        cv2.line(strip, (x, self._info_px), (x, strip.shape[0] - 1), WHITE, self._sizes.line_px)

    def _empty(self, width_px: int) -> Picture:
        ground: Picture = np.full((self._sizes.strip_px, width_px, 3), BACKGROUND, np.uint8)
        for side in Side:
            top = self._lane_top(side)
            ground[top : top + self._lane_px - 1] = LANE_SHADE
            text_y = top + (self._lane_px - self._letters.line_px) // 2
            self._letters.draw(ground, side.value[0].upper(), (self._pad, text_y), COLOUR_OF[side])
        return ground

    def _lane_top(self, side: Side) -> int:
        return self._info_px + (self._lane_px if side is Side.RIGHT else 0)

    def _time(self, strip: Picture, time_s: float, frame: int, timecode: str) -> None:
        y = (self._info_px - self._letters.line_px) // 2
        x = self._pad
        heard = int(np.searchsorted(self._contacts_s, time_s, side="right"))
        texts = (timecode, f"{time_s:.3f} s", f"frame {frame}", f"steps {heard}/{len(self._steps)}")
        for text, colour in zip(texts, (WHITE, WHITE, GREY, GREY), strict=True):
            if x + self._letters.width_of(text) > strip.shape[1]:
                return
            self._letters.draw(strip, text, (x, y), colour)
            x += self._letters.width_of(text) + 3 * self._pad

    def _step(self, strip: Picture, step: Footstep, now_s: float) -> None:
        import cv2

        width = strip.shape[1]
        left_px = self._letters.width_of("R") + 2 * self._pad
        centre, scale = width / 2, (width / 2 - left_px) / WINDOW_S
        x = centre + (step.initial_contact_time_s - now_s) * scale
        end_s = step.toe_off_time_s or step.initial_contact_time_s + UNKNOWN_STANCE_S
        end = centre + (end_s - now_s) * scale
        row_px = self._lane_px / self._rows
        middle = self._lane_top(step.side) + round(row_px * (self._row_of[step.track_id] + 0.5))
        half = max(1, round(row_px / 8))
        if end > left_px:
            start = (max(left_px, round(x)), middle - half)
            cv2.rectangle(
                strip, start, (min(width, round(end)), middle + half), COLOUR_OF[step.side], -1
            )
        if x > left_px:
            one = 1 << SUBPIXEL_BITS
            radius = max(2, round(row_px / 4))
            rim = self._sizes.line_px if self._rows == 1 else 1
            draw_sign(
                strip,
                (round(x * one), middle * one),
                radius,
                step.side,
                outline_px=rim,
            )
