"""Stairs, stops, landings of jumps, turns and scuffs, told from where, when and how the feet land."""

from __future__ import annotations

import numpy as np

from foley_detector.domain.types import BoolArray, FloatArray, IntArray

MIN_RISE = 0.04  # heights: a stair's riser is about 0.1 (0.17 m of 1.7 m), the level walk's landings differ by 0.02
MIN_SLOPE = 0.33  # rise over run: stairs rise by 0.5 to 0.7; a ramp, or a slant camera, stays below
MIN_SIDE_VIEW = 0.6  # seen along the walk, going away looks like going up
MAX_DEPTH = 0.35  # heights of apparent rise that a person's growth in the picture explains, as a share of the rise
CAMERA_HEIGHT = 1.5  # body heights: with a camera higher than that, growth explains more
STILL_STRIDES = 1.2  # no landing for longer than that: the walk has ended
TOGETHER_S = 0.12  # both feet of a jump land within that; a sprinter's feet land 0.22 s apart
MIN_JUMP_FLIGHT_S = 0.12  # a hop of 2 cm; below, both feet only moved
LEAP_STRIDES = 0.45  # of a stride in the air before one foot lands: a sprinter flies for 0.27 of it
MIN_LEAP_S = 0.3
MAX_TURN_WAY = 0.35  # heights from the landing before to the one after: on the spot
MIN_TURN_SHARE = 0.6  # of a foot's length: how much its way across the picture changes in a turn of about 90 degrees
FOOT_LENGTH = 0.15  # heights (Winter, segment lengths)
MIN_SLIDE = 0.08  # heights: a foot that slides on for 14 cm after its contact; landmarks err by 0.02 to 0.03
MIN_SLIDE_RATIO = 3.0  # against the person's usual: a camera that is misjudged lets all feet slide


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


def jump_landings(
    contacts_s: FloatArray, feet: IntArray, in_air_s: FloatArray, strides_s: FloatArray
) -> BoolArray:
    """Which landings end a jump: both feet together out of the air, or one after a leap longer than running has.

    Args:
        contacts_s: shape ``(k,)``, increasing.
        feet: shape ``(k,)``, 0 left, 1 right.
        in_air_s: shape ``(k,)``, how long both feet were off the ground before; NaN where it was not seen.
        strides_s: shape ``(k,)``.

    >>> landed = jump_landings(np.array([1.0, 1.03]), np.array([0, 1]), np.array([0.3, 0.3]), np.ones(2))
    >>> landed.tolist()
    [True, True]
    """
    found = np.zeros(contacts_s.size, bool)
    air = np.nan_to_num(in_air_s)
    for k in range(contacts_s.size - 1):
        together = contacts_s[k + 1] - contacts_s[k] <= TOGETHER_S and feet[k + 1] != feet[k]
        if together and max(air[k], air[k + 1]) >= MIN_JUMP_FLIGHT_S:
            found[k : k + 2] = True
    return found | ((air >= MIN_LEAP_S) & (air >= LEAP_STRIDES * strides_s))


def turn_landings(places: FloatArray, facings: FloatArray) -> BoolArray:
    """Which landings turn the body on the spot: the feet stay about where they are and point elsewhere after.

    Args:
        places: shape ``(k, 2)``, landings of feet in turn on the ground of the picture, body heights.
        facings: shape ``(k,)``, heel to toe across the picture while the foot stands, body heights; NaN where not seen.

    Notes:
        Across the picture a foot shows the sine of its direction, so that a turn between two directions of equal sine,
        towards and away from the camera for one, is not seen.
    """
    count = len(places)
    found = np.zeros(count, bool)
    for k in range(1, count - 1):
        way = float(np.linalg.norm(places[k + 1] - places[k - 1]))
        change = abs(float(facings[k + 1] - facings[k - 1]))
        found[k] = way <= MAX_TURN_WAY and change >= MIN_TURN_SHARE * FOOT_LENGTH
    return found


def scuff_landings(slides: FloatArray) -> BoolArray:
    """Which landings slide: the foot goes on along the ground for much longer than the person's others.

    Args:
        slides: shape ``(k,)``, way of the foot from its contact until it rests, heights; NaN where not known.

    >>> scuff_landings(np.array([0.01, 0.02, 0.15, 0.01])).tolist()
    [False, False, True, False]
    """
    known = slides[~np.isnan(slides)]
    if known.size < 3:
        return np.zeros(slides.size, bool)
    return np.nan_to_num(slides) >= max(MIN_SLIDE, MIN_SLIDE_RATIO * float(np.median(known)))
