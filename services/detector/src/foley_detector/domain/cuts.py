"""Where a shot ends, and which frames only repeat the one before.

At a cut, points that were followed from frame to frame no longer move as one picture, and what is seen is something
else even when the camera's movement and the brightness (a flash, a cloud) are undone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNLIKE = 0.4
"""Likeness of two pictures after the camera's movement is undone (-1 to 1) under which they show different things.
Frames that follow each other stay over 0.75 on 11 clips, also panned and brightened; pictures of different clips stay
under 0.35, or 0.54 for two clips rendered with one camera."""

LOST_SHARE = 0.25
"""Different things to see, and fewer points than this moved as one picture: a cut."""

HALF_UNLIKE = 0.65
"""Where pictures are half alike, it takes a change of colours besides ..."""

COLOUR_CHANGE = 0.3
"""... of this size (distance of histograms, 0 to 1) ..."""

HALF_LOST_SHARE = 0.5
"""... and half of the points lost."""

DUPLICATE_BLOCK_CHANGE = 0.8
"""A frame repeats the one before when no 8x8 block of the small grey picture changes by more grey levels (of 255)
on average: a repeated frame is coded as "nothing changed", a moving foot changes its blocks by ten and more."""


@dataclass(frozen=True, slots=True)
class FrameChange:
    """How one frame differs from the one before.

    Attributes:
        colour_distance: Distance of the colour histograms, 0 to 1.
        likeness: Correlation of the pictures with the camera's movement and the brightness undone, -1 to 1.
        largest_block_change: Mean absolute difference of the 8x8 block that changed most, grey levels.
        followed_share: Share of points that move as one picture, 0 to 1; 1 where there was nothing to follow.
    """

    colour_distance: float
    likeness: float
    largest_block_change: float
    followed_share: float

    @property
    def is_cut(self) -> bool:
        """True on the first frame of a new shot."""
        if self.likeness < UNLIKE and self.followed_share < LOST_SHARE:
            return True
        return (
            self.likeness < HALF_UNLIKE
            and self.colour_distance > COLOUR_CHANGE
            and self.followed_share < HALF_LOST_SHARE
        )

    @property
    def is_duplicate(self) -> bool:
        """True where the frame repeats the one before."""
        return self.largest_block_change < DUPLICATE_BLOCK_CHANGE


def colour_distance(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """Half the sum of absolute differences of two histograms that sum to 1: 0 equal, 1 nothing in common.

    >>> colour_distance(np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    0.5
    """
    return float(np.abs(before - after).sum() / 2)
