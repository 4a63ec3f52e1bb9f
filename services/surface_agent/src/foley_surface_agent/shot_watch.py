"""Finds cuts among the frames that are decoded anyway."""

from __future__ import annotations

import numpy as np
from PIL import Image

from foley_common.media.decode import TimedFrame
from foley_surface_agent.domain.shots import COLUMNS, ROWS, Glance, glance_at, is_cut

SAMPLE_STRIDE_PX = (
    120  # rows looked at: a frame is thinned out to about so many before it is averaged
)


class ShotWatch:
    """Sees frames in order of time and notes where shots begin.

    Where frames were skipped (nobody steps there), the frames on both sides are compared: another picture is another
    shot as far as anybody can tell.
    """

    def __init__(self) -> None:
        self._before: Glance | None = None
        self._cuts_s: list[float] = []

    @property
    def cuts_s(self) -> tuple[float, ...]:
        """First moments of all shots but the first, increasing."""
        return tuple(self._cuts_s)

    def see(self, frame: TimedFrame) -> bool:
        """Look at the next frame; true when a shot begins with it."""
        stride = max(1, frame.picture.shape[0] // SAMPLE_STRIDE_PX)
        thinned = np.ascontiguousarray(frame.picture[::stride, ::stride])
        small = Image.fromarray(thinned).resize((COLUMNS, ROWS), Image.Resampling.BOX)
        glance = glance_at(np.asarray(small))
        begins = self._before is not None and is_cut(self._before, glance)
        if begins:
            self._cuts_s.append(frame.time_s)
        self._before = glance
        return begins
