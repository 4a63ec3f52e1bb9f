"""Where a shot ends, and which frames only repeat the one before.

A cut shows in two ways that a moving camera or a moving person do not show together: the colours change, and points
that were followed from frame to frame no longer move as one picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COLOUR_CHANGE = 0.30
"""Distance of colour histograms (0 to 1) from which a change of colours may be a cut."""

LOST_SHARE = 0.35
"""When colours change and fewer points than this move as one picture, it is a cut."""

STRONG_COLOUR_CHANGE = 0.65
"""A change of colours so strong that few points have to be lost besides."""

STRONG_LOST_SHARE = 0.6
"""Share of points under which a strong change of colours is a cut."""

COLLAPSED_SHARE = 0.12
"""When next to no point moves as one picture, it is a cut even between pictures of the same colours ..."""

PICTURE_CHANGE = 14.0
"""... if the small grey pictures differ by this much, in grey levels (of 255)."""

DUPLICATE_BLOCK_CHANGE = 0.8
"""A frame repeats the one before when no 8x8 block of the small grey picture changes by more grey levels (of 255)
on average: a repeated frame is coded as "nothing changed", a moving foot changes its blocks by ten and more."""


@dataclass(frozen=True, slots=True)
class FrameChange:
    """How one frame differs from the one before.

    Attributes:
        colour_distance: Distance of the colour histograms, 0 to 1.
        picture_change: Mean absolute difference of the small grey pictures, grey levels.
        largest_block_change: Mean absolute difference of the 8x8 block that changed most, grey levels.
        followed_share: Share of points that move as one picture, 0 to 1; 1 where there was nothing to follow.
    """

    colour_distance: float
    picture_change: float
    largest_block_change: float
    followed_share: float

    @property
    def is_cut(self) -> bool:
        """True on the first frame of a new shot."""
        if self.colour_distance > STRONG_COLOUR_CHANGE and self.followed_share < STRONG_LOST_SHARE:
            return True
        if self.colour_distance > COLOUR_CHANGE and self.followed_share < LOST_SHARE:
            return True
        return self.followed_share < COLLAPSED_SHARE and self.picture_change > PICTURE_CHANGE

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
