from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from foley_detector.domain.ground import person_motions
from foley_detector.domain.motion import gait_signals
from foley_detector.domain.params import DEFAULT_PARAMS
from foley_detector.domain.strength import AFTER_S, BEFORE_S, arrested_fall
from support.gait import Scene, scene_poses


def test_a_landing_stops_what_fell_before_it_and_is_measured_where_least_falls_after_it() -> None:
    (motion,) = person_motions(scene_poses(Scene()), 1, DEFAULT_PARAMS)
    signals = gait_signals(motion, DEFAULT_PARAMS)
    assert signals is not None
    time_s, contact_s = signals.time_s, float(signals.time_s[200])
    fall = np.where(time_s < contact_s, 0.8, 0.5)
    fall[(time_s > contact_s + 0.04) & (time_s < contact_s + 0.08)] = -0.1
    fall[(time_s < contact_s - BEFORE_S - 0.02) | (time_s > contact_s + AFTER_S + 0.02)] = 9.0
    assert arrested_fall(replace(signals, hip_fall=fall), contact_s) == pytest.approx(0.9)
    assert arrested_fall(replace(signals, hip_fall=-fall), contact_s) == pytest.approx(0.0)
    assert arrested_fall(signals, float(time_s[-1]) + 1.0) == 0.0
