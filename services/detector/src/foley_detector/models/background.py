"""Follows points of the picture from frame to frame (corners of Shi and Tomasi, flow of Lucas and Kanade)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_detector.domain.camera import MIN_POINT_COUNT, fit_similarity
from foley_detector.domain.cuts import FrameChange, colour_distance
from foley_detector.models.base import Picture, PointPairs

SEARCH_WIDTH_PX = 640
"""Frames are shrunk to this width: enough for a tenth of a pixel of a 1080-line picture's walking person, and cheap."""

CORNER_COUNT = 200
CORNER_QUALITY = 0.01
CORNER_DISTANCE_PX = 8
FLOW_WINDOW_PX = 21
FLOW_LEVELS = 3
SMALL_GREY_BLOCK_PX = 8
COLOUR_BINS = (12, 4, 4)
"""Bins of hue, saturation and value for the comparison of whole pictures."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of a frame for the comparison with the next."""

    grey: NDArray[np.uint8]
    colours: NDArray[np.float64]
    scale: float


class FrameMatcher:
    """Compares each frame with the one before: did the camera move, is it a new shot, is it a repetition."""

    def look(self, picture: Picture) -> Seen:
        """Shrink a frame and count its colours."""
        import cv2

        height, width = picture.shape[:2]
        scale = min(1.0, SEARCH_WIDTH_PX / width)
        small = picture
        if scale < 1:
            size = (round(width * scale), max(1, round(height * scale)))
            small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        tiny = cv2.resize(small, (160, 90), interpolation=cv2.INTER_AREA)
        colours = cv2.calcHist(
            [cv2.cvtColor(tiny, cv2.COLOR_BGR2HSV)],
            [0, 1, 2],
            None,
            list(COLOUR_BINS),
            [0, 180, 0, 256, 0, 256],
        ).ravel()
        grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)
        return Seen(grey, np.asarray(colours, np.float64) / colours.sum(), scale)

    def compare(self, before: Seen, after: Seen) -> tuple[FrameChange, PointPairs]:
        """How two frames that follow each other differ, and the points that are in both."""
        import cv2

        difference = cv2.absdiff(before.grey, after.grey)
        block = (
            max(1, difference.shape[1] // SMALL_GREY_BLOCK_PX),
            max(1, difference.shape[0] // SMALL_GREY_BLOCK_PX),
        )
        blocks = cv2.resize(difference.astype(np.float32), block, interpolation=cv2.INTER_AREA)
        pairs, started = self._follow(before, after)
        share = 1.0
        if started >= MIN_POINT_COUNT:
            # The fit works in pixels of the small picture, for which its limits are meant.
            motion = fit_similarity(
                pairs.before_xy_px * after.scale, pairs.after_xy_px * after.scale
            )
            share = motion.inlier_share * len(pairs.before_xy_px) / started
        change = FrameChange(
            colour_distance=colour_distance(before.colours, after.colours),
            picture_change=float(difference.mean()),
            largest_block_change=float(blocks.max()),
            followed_share=share,
        )
        return change, pairs

    def _follow(self, before: Seen, after: Seen) -> tuple[PointPairs, int]:
        """Corners of the earlier frame found again in the later one, and how many there were to find."""
        import cv2

        corners = cv2.goodFeaturesToTrack(
            before.grey, CORNER_COUNT, CORNER_QUALITY, CORNER_DISTANCE_PX
        )
        if corners is None:
            empty = np.zeros((0, 2))
            return PointPairs(empty, empty), 0
        corners = corners.reshape(-1, 1, 2)
        window = (FLOW_WINDOW_PX, FLOW_WINDOW_PX)
        flow: Any = (
            cv2.calcOpticalFlowPyrLK
        )  # its stub does not know that the third picture may be absent
        found, status, _ = flow(
            before.grey, after.grey, corners, None, winSize=window, maxLevel=FLOW_LEVELS
        )
        keep = status.ravel() == 1
        scale = after.scale
        return (
            PointPairs(
                corners.reshape(-1, 2)[keep].astype(np.float64) / scale,
                found.reshape(-1, 2)[keep].astype(np.float64) / scale,
            ),
            len(corners),
        )
