"""Which reading of the feet to trust: by place where the walk is seen from the side, by label elsewhere."""

from __future__ import annotations

import numpy as np

from foley_detector.domain.gait import find_swings
from foley_detector.domain.params import DEFAULT_STRIDE_S, GaitParams
from foley_detector.domain.passing import passing_swings
from foley_detector.domain.types import GaitSignals, Swing

SIDE_VIEW = 0.5  # of `GaitSignals.side_view`: feet pass each other visibly
DOUBLE_SHARE = 0.3  # of a stride: two swings nearer than that are one, seen by both readings


def swings_of(
    labelled: GaitSignals, ordered: GaitSignals | None, params: GaitParams
) -> list[Swing]:
    """Swings of both feet in order of time, each from the reading that its view suits."""
    side = [] if ordered is None else passing_swings(labelled, ordered, params)
    chosen = [swing for swing in side if labelled.side_view[swing.peak_index] >= SIDE_VIEW]
    taken = np.array([swing.peak_index for swing in chosen], np.float64) * labelled.step_s
    for swing in find_swings(labelled, params):
        if labelled.side_view[swing.peak_index] >= SIDE_VIEW:
            continue
        stride = float(labelled.stride_s[swing.peak_index])
        stride = DEFAULT_STRIDE_S if np.isnan(stride) else stride
        if not (np.abs(taken - swing.peak_index * labelled.step_s) < DOUBLE_SHARE * stride).any():
            chosen.append(swing)
    return sorted(chosen, key=lambda swing: swing.peak_index)
