"""When the person detector looks at a clip."""

from __future__ import annotations

import math


class LookGrid:
    """When the detector looks: at the first frame of each stretch of the clip's time, wherever reading began.

    Args:
        interval_s: Least length of a stretch.
        frame_rate: Average frames per second; a stretch holds whole frames.

    >>> grid = LookGrid(1 / 6, 25.0)
    >>> [frame for frame in range(12) if grid.is_look(frame / 25)]
    [0, 5, 10]
    """

    def __init__(self, interval_s: float, frame_rate: float) -> None:
        frames = max(1, math.ceil(interval_s * frame_rate - 1e-6))
        self._stretch_s = frames / frame_rate
        # Time stamps are rounded, some containers' to a millisecond: a quarter of a frame early is still in time.
        self._early_s = 0.25 / frame_rate
        self._last: int | None = None

    def is_look(self, time_s: float) -> bool:
        """True when the frame at this time begins a stretch. To be asked once for each frame in turn."""
        before, self._last = self._last, math.floor((time_s + self._early_s) / self._stretch_s)
        return before != self._last
