"""Follows points of the picture from frame to frame (corners of Shi and Tomasi, flow of Lucas and Kanade)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_detector.domain.camera import MIN_POINT_COUNT, fit_similarity, no_motion
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
LIKENESS_SIZE_PX = (64, 36)
"""Pictures are compared at this size: places that are off by a few pixels do not count."""

LIKENESS_BLUR_PX = 15
"""Larger structures (a bright sky over a dark ground) are alike in any two pictures and are taken out."""

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
        # Flow supposes that brightness stays: a flash or a cloud is undone first.
        same_light = _in_the_light_of(after.grey, before.grey)
        pairs, started = self._follow(before, after, same_light)
        share, affine = 1.0, no_motion()
        if started >= MIN_POINT_COUNT:
            # The fit works in pixels of the small picture, for which its limits are meant.
            motion = fit_similarity(
                pairs.before_xy_px * after.scale, pairs.after_xy_px * after.scale
            )
            share, affine = motion.inlier_share * len(pairs.before_xy_px) / started, motion.affine
        change = FrameChange(
            colour_distance=colour_distance(before.colours, after.colours),
            likeness=_likeness(before.grey, same_light, affine),
            largest_block_change=float(blocks.max()),
            followed_share=share,
        )
        return change, pairs

    def _follow(
        self, before: Seen, after: Seen, same_light: NDArray[np.uint8]
    ) -> tuple[PointPairs, int]:
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
            before.grey, same_light, corners, None, winSize=window, maxLevel=FLOW_LEVELS
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


def _in_the_light_of(grey: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture with the mean and spread of brightness of the other."""
    import cv2

    gain = float(other.std()) / max(float(grey.std()), 1.0)
    levels = (np.arange(256) - float(grey.mean())) * gain + float(other.mean())
    return np.asarray(cv2.LUT(grey, np.clip(levels, 0, 255).astype(np.uint8)), np.uint8)


def _likeness(
    before: NDArray[np.uint8], after: NDArray[np.uint8], affine: NDArray[np.float64]
) -> float:
    """Correlation of two pictures where the moved earlier one covers the later one; 1 when that is next to nothing."""
    import cv2

    size = (before.shape[1], before.shape[0])
    moved = cv2.warpAffine(before, affine, size)
    covered = cv2.warpAffine(np.full_like(before, 255), affine, size)
    keep = cv2.resize(covered, LIKENESS_SIZE_PX, interpolation=cv2.INTER_AREA) > 254
    if keep.mean() < 0.1:
        return 1.0
    kernel = (LIKENESS_BLUR_PX, LIKENESS_BLUR_PX)
    parts: list[NDArray[np.float64]] = []
    for picture in (moved, after):
        small = cv2.resize(picture, LIKENESS_SIZE_PX, interpolation=cv2.INTER_AREA).astype(
            np.float64
        )
        part = (small - cv2.blur(small, kernel))[keep]
        parts.append(part - part.mean())
    strength = float(np.sqrt((parts[0] ** 2).sum() * (parts[1] ** 2).sum()))
    # Two pictures without structure are alike.
    return float((parts[0] * parts[1]).sum()) / strength if strength > keep.sum() else 1.0
