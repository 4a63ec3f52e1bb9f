"""What the pipeline asks of its models: small Protocols, plain arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from foley_detector.domain.boxes import Square

Picture = NDArray[np.uint8]
"""shape ``(height, width, 3)``, blue-green-red."""


class VideoFrame(Protocol):
    """One decoded frame, as `foley_common.media.decode.TimedFrame` gives it."""

    @property
    def index(self) -> int:
        """Number of the frame in the clip."""
        ...

    @property
    def time_s(self) -> float:
        """Presentation time from the clip's first frame."""
        ...

    @property
    def picture(self) -> Picture:
        """The displayed picture, rotation applied."""
        ...


@dataclass(frozen=True, slots=True)
class People:
    """People a detector sees in one picture.

    Attributes:
        box_xyxy_px: shape ``(n, 4)``, left, top, right, bottom.
        confidence: shape ``(n,)``, 0 to 1.
    """

    box_xyxy_px: NDArray[np.float32]
    confidence: NDArray[np.float32]

    def at_least(self, confidence: float) -> People:
        """Only the people the detector is this sure of."""
        keep = self.confidence >= confidence
        return People(self.box_xyxy_px[keep], self.confidence[keep])

    def surest(self, count: int) -> People:
        """The ``count`` people the detector is most sure of, the order kept."""
        keep = np.sort(np.argsort(-self.confidence, kind="stable")[:count])
        return People(self.box_xyxy_px[keep], self.confidence[keep])


@dataclass(frozen=True, slots=True)
class Pose:
    """One person's landmarks in one picture.

    Attributes:
        landmarks_xy_px: shape ``(33, 2)``, pixels of the displayed picture.
        visibility: shape ``(33,)``, 0 to 1.
        confidence: The network's belief that a person is there, 0 to 1.
        next_square: Where to look for the same body in the next frame; None when the backend does not say.
    """

    landmarks_xy_px: NDArray[np.float32]
    visibility: NDArray[np.float32]
    confidence: float
    next_square: Square | None = None


@dataclass(frozen=True, slots=True)
class PointPairs:
    """The same points in two frames, in pixels of the displayed picture: two arrays of shape ``(n, 2)``."""

    before_xy_px: NDArray[np.float64]
    after_xy_px: NDArray[np.float64]


class PersonDetector(Protocol):
    """Finds people in one picture."""

    def detect(self, picture: Picture) -> People:
        """Every person, also weak ones (the tracker wants them)."""
        ...


class PersonTracker(Protocol):
    """Gives detections ids that stay with the person."""

    def update(
        self, people: People, appearance: NDArray[np.float64], *, frame_step: int
    ) -> Sequence[int]:
        """Id of each detection, 0 where it belongs to no person yet.

        Args:
            people: Detections of one frame.
            appearance: shape ``(n, d)``, colour counts of each person's clothes.
            frame_step: Frames since the call before, at least 1.
        """
        ...

    def missed(self) -> Mapping[int, NDArray[np.float32]]:
        """People whom the last update did not see and who should be back soon, with where they should be now."""
        ...

    def reset(self) -> None:
        """Forget everybody: a new shot begins. Ids are not used again."""
        ...


class PoseEstimator(Protocol):
    """Finds the landmarks of the one person in a square."""

    def estimate(self, picture: Picture, square: Square) -> Pose | None:
        """The pose, or None when the network sees nobody there."""
        ...

    def close(self) -> None:
        """Let go of what the backend holds; not to be used afterwards."""
        ...
