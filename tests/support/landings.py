"""Signals of somebody who does not move, for tests that put landings into them by hand."""

from __future__ import annotations

import numpy as np

from foley_detector.domain.types import GaitSignals

COUNT = 500
STEP_S = 0.01
HEIGHT_PX = 200.0


def still_signals() -> GaitSignals:
    """Somebody 200 px tall, well seen, for five seconds, with a stride of 1 s."""
    one, two, xy = np.zeros(COUNT), np.zeros((COUNT, 2)), np.zeros((COUNT, 2, 2))
    return GaitSignals(
        time_s=np.arange(COUNT) * STEP_S,
        heel_velocity=xy,
        toe_velocity=xy,
        foot_speed=two,
        foot_path=xy,
        hip_offset=two,
        pitch=two,
        separation=one,
        hip_fall=one,
        axis=two,
        drift=one,
        side_view=one,
        stride_s=one + 1.0,
        visibility=two + 0.9,
        height_px=one + HEIGHT_PX,
        heel_xy_px=xy,
        toe_xy_px=xy,
        ground_shift_px=two,
        half_window_s=0.05,
    )
