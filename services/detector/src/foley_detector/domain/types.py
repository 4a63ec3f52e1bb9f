"""What the footstep rules pass to each other. Index 0 on a ``2`` axis is the left foot, 1 the right foot."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from foley_common.footsteps import Side

FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
IntArray: TypeAlias = NDArray[np.int64]

SIDES = (Side.LEFT, Side.RIGHT)


class LegPoint(enum.IntEnum):
    """Landmarks of one leg, in the order they stand in ``PersonMotion.legs_xy_px``."""

    HIP = 0
    KNEE = 1
    ANKLE = 2
    HEEL = 3
    TOE = 4


# MediaPipe's landmark numbers of the points above, left and right.
LEG_LANDMARKS = np.array([[23, 25, 27, 29, 31], [24, 26, 28, 30, 32]])


@dataclass(frozen=True, slots=True)
class PersonMotion:
    """One person over one uninterrupted stretch of one shot, frame by frame, repeated frames left out.

    Attributes:
        track_id: Person.
        time_s: shape ``(n,)``, increasing.
        legs_xy_px: shape ``(n, 2, 5, 2)``, foot, leg point, x and y; NaN where missing.
        visibility: shape ``(n, 2, 5)``, 0 where missing.
        height_px: shape ``(n,)``, smoothed body height in the picture.
        camera_step: shape ``(n, 2, 3)``, map of background points from the sample before to this one; identity first.
    """

    track_id: int
    time_s: FloatArray
    legs_xy_px: FloatArray
    visibility: FloatArray
    height_px: FloatArray
    camera_step: FloatArray

    def __post_init__(self) -> None:
        n = self.time_s.size
        shapes = {
            "legs_xy_px": (n, 2, 5, 2),
            "visibility": (n, 2, 5),
            "height_px": (n,),
            "camera_step": (n, 2, 3),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(f"{name} must have shape {shape}, got {getattr(self, name).shape}")

    @property
    def frame_interval_s(self) -> float:
        """Typical time between samples; 0 with fewer than two."""
        return float(np.median(np.diff(self.time_s))) if self.time_s.size > 1 else 0.0


@dataclass(frozen=True, slots=True)
class GaitSignals:
    """Motion of both feet on a uniform grid, in body heights and seconds; NaN where a foot is not known.

    Attributes:
        time_s: shape ``(n,)``, uniform.
        heel_velocity, toe_velocity: shape ``(n, 2, 2)``, against the ground, x and y of the picture.
        foot_speed: shape ``(n, 2)``, of the foot's middle, smoothed.
        foot_path: shape ``(n, 2, 2)``, where the foot's middle is on the ground, arbitrary origin.
        hip_offset: shape ``(n, 2)``, foot ahead of the hips along the walk.
        pitch: shape ``(n, 2)``, toe lower than heel in the picture.
        separation: shape ``(n,)``, left foot ahead of right along the walk.
        hip_fall: shape ``(n,)``, speed of the hips downward against the background.
        axis: shape ``(n, 2)``, unit vector of the walk in the picture.
        drift: shape ``(n,)``, speed of the ground along the walk that the background did not show; taken off above.
        side_view: shape ``(n,)``, 0 seen along the walk (front, behind) to 1 seen from the side.
        stride_s: shape ``(n,)``, local stride period; NaN where none repeats.
        visibility: shape ``(n, 2)``, mean over ankle, heel and toe.
        height_px: shape ``(n,)``.
        heel_xy_px, toe_xy_px: shape ``(n, 2, 2)``, in the picture.
        ground_shift_px: shape ``(n, 2)``, how far the ground under the person has moved in the picture since the
            first sample.
        half_window_s: Smoothing that was applied.
    """

    time_s: FloatArray
    heel_velocity: FloatArray
    toe_velocity: FloatArray
    foot_speed: FloatArray
    foot_path: FloatArray
    hip_offset: FloatArray
    pitch: FloatArray
    separation: FloatArray
    hip_fall: FloatArray
    axis: FloatArray
    drift: FloatArray
    side_view: FloatArray
    stride_s: FloatArray
    visibility: FloatArray
    height_px: FloatArray
    heel_xy_px: FloatArray
    toe_xy_px: FloatArray
    ground_shift_px: FloatArray
    half_window_s: float

    @property
    def step_s(self) -> float:
        """Distance of the grid's samples in seconds."""
        return float(self.time_s[1] - self.time_s[0]) if self.time_s.size > 1 else 0.0


@dataclass(frozen=True, slots=True)
class Swing:
    """One foot in the air: it leaves the ground, passes, lands.

    Attributes:
        foot: 0 left, 1 right.
        peak_index: Grid sample of the greatest speed.
        peak_speed: Heights per second.
        toe_off_s: When the foot leaves the ground; None when the rise was not seen.
        contact_s: When it lands; None when the landing was not seen.
        path: Way on the ground between these, heights.
        rest_share: Least speed after the landing as a share of the peak; 0 for a foot that truly rests.
        toe_off_rest_share: The same before the toe-off.
        contact_belief: What the event network believes, 0 to 1; None where rules found the swing.
        toe_off_belief: The same of the toe-off.
    """

    foot: int
    peak_index: int
    peak_speed: float
    toe_off_s: float | None
    contact_s: float | None
    path: float
    rest_share: float
    toe_off_rest_share: float
    contact_belief: float | None = None
    toe_off_belief: float | None = None

    @property
    def side(self) -> Side:
        """Which foot, as a word."""
        return SIDES[self.foot]
