"""Stairs and stops, told from where and when the feet land."""

# scipy ships no types, and numpy's reductions are partly unknown to the checker.
# pyright: reportMissingTypeStubs=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import numpy as np

from foley_detector.domain.types import BoolArray, FloatArray

MIN_RISE = 0.04  # heights: a stair's riser is about 0.1 (0.17 m of 1.7 m), the level walk's landings differ by 0.02
MIN_SLOPE = 0.33  # rise over run: stairs rise by 0.5 to 0.7; a ramp, or a slant camera, stays below
MIN_SIDE_VIEW = 0.6  # seen along the walk, going away looks like going up
MAX_DEPTH = 0.35  # heights of apparent rise that a person's growth in the picture explains, as a share of the rise
CAMERA_HEIGHT = 1.5  # body heights: with a camera higher than that, growth explains more
STILL_STRIDES = 1.2  # no landing for longer than that: the walk has ended


def stair_landings(places: FloatArray, heights_px: FloatArray, side_view: FloatArray) -> BoolArray:
    """Which landings belong to a flight of stairs: three steps on end that rise, or fall, steeply.

    Args:
        places: shape ``(k, 2)``, landings of feet in turn on the ground of the picture, body heights, y downward.
        heights_px: shape ``(k,)``, body height in the picture at each.
        side_view: shape ``(k,)``, 0 along the walk to 1 from the side.

    Notes:
        A walk up and down in depth moves feet in the picture, too, but then the person grows or shrinks: a foot
        stands ``camera height`` under the horizon in units of the person.
    """
    count = len(places)
    found = np.zeros(count, bool)
    if count < 4:
        return found
    way = np.diff(places, axis=0)
    depth = CAMERA_HEIGHT * np.abs(np.diff(np.log(heights_px)))
    rise = np.abs(way[:, 1])
    steep = (rise >= MIN_RISE) & (rise >= MIN_SLOPE * np.abs(way[:, 0]))
    steep &= (depth <= MAX_DEPTH * rise) & (side_view[1:] >= MIN_SIDE_VIEW)
    sign = np.where(steep, np.sign(way[:, 1]), 0.0)
    for k in range(len(sign) - 2):
        if abs(sign[k : k + 3].sum()) == 3:
            found[k + 1 : k + 4] = True
    return found


def stop_landings(contacts_s: FloatArray, strides_s: FloatArray, seen_until_s: float) -> BoolArray:
    """Which landings end a walk: nobody lands for a long time after, though the person is still seen.

    >>> stop_landings(np.array([0.0, 0.5, 1.0, 4.0]), np.ones(4), 4.3).tolist()
    [False, False, True, False]
    """
    following = np.append(contacts_s[1:], seen_until_s)
    return following - contacts_s > STILL_STRIDES * strides_s
