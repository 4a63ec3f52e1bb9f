"""How well two tracklets fit as one person: motion through the gap from both sides, size, colours of the clothes.

Costs are in the manner of half squared deviations: 0.5 for a deviation as large as usual, 2 for twice that. Each kind
of evidence has a limit, because each fails sometimes: people turn while hidden, boxes are cut short, light changes.
"""

from __future__ import annotations

import numpy as np

from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.measured import Tracklet, carried
from foley_detector.domain.types import FloatArray

MAX_GAP_S = 3.0
"""A person unseen for longer is a new one: after that nothing is left of where they were going."""

PLACE_HEIGHT = 0.06
"""Heights: usual distance of the places expected from both sides of a gap …"""

PLACE_HEIGHT_PER_S = 0.35
"""… and per second of gap: walkers keep their speed to about a third …"""

BLIND_HEIGHT_PER_S = 1.0
"""… but where neither speed is known they may have gone anywhere at a walk: about one height a second."""

SPEED_HEIGHT_S = 0.45
"""Heights per second: usual difference of one person's speed before and after a gap. Two who cross differ by 1.5."""

SIZE_RATIO = 0.12
"""Usual change of the logarithm of a person's height."""

COLOUR_DEVIATION = np.array([20.0, 6.0, 6.0])
"""Usual change of a part's colour, 8-bit CIELAB: folds and light change lightness, hue stays."""

PLACE_LIMIT, SPEED_LIMIT, SIZE_LIMIT, COLOUR_LIMIT = 20.0, 8.0, 6.0, 9.0
COLOUR_WEIGHT = 1.5
"""Of the mean over the parts: torso, thighs and shins of one outfit are not three independent witnesses."""

UNKNOWN_COLOUR_COST = 1.0
"""Mean cost of a part of one person with themselves; stands in where parts are not seen."""

ENOUGH_LOOKS = 2.0
"""Looks at a part after which its colour counts half."""

GAP_COST_PER_S = 0.5
"""A nearer tracklet is likelier the next one."""

MIN_LIKENESS = 0.5
"""Cosine of two tracks' colour histograms (files without colours of parts): less is another person."""

FORBIDDEN = np.inf


def link_cost(tracks: PoseTracks, before: Tracklet, after: Tracklet) -> float:
    """How ill a later tracklet fits as the next one of the same person; `FORBIDDEN` when it cannot be."""
    gap_s = after.start_s - before.end_s
    if after.first_frame <= before.last_frame or gap_s > MAX_GAP_S:
        return FORBIDDEN
    if tracks.is_cut[before.last_frame + 1 : after.first_frame + 1].any():
        return FORBIDDEN
    colour = colour_cost(before.colours, before.colour_looks, after.colours, after.colour_looks)
    if colour is None:
        if not _alike(before.histogram, after.histogram):
            return FORBIDDEN
        colour = UNKNOWN_COLOUR_COST
    size = np.log(before.end.height_px / after.start.height_px) / SIZE_RATIO
    cost = _motion_cost(tracks, before, after, gap_s) + min(0.5 * float(size**2), SIZE_LIMIT)
    return cost + COLOUR_WEIGHT * colour + GAP_COST_PER_S * gap_s


def colour_cost(
    first: FloatArray, first_looks: FloatArray, second: FloatArray, second_looks: FloatArray
) -> float | None:
    """Mean cost of the parts that both show; None when they share no part.

    Args:
        first: shape ``(5, 3)``, colours of the body's parts.
        first_looks: shape ``(5,)``, how often each was seen.
        second: The other's.
        second_looks: The other's.
    """
    looks = np.minimum(first_looks, second_looks)
    weights = looks / (looks + ENOUGH_LOOKS)
    known = weights > 0
    if not known.any():
        return None
    deviation = (((first - second)[known] / COLOUR_DEVIATION) ** 2).sum(axis=1)
    mean = float(np.average(np.minimum(deviation, COLOUR_LIMIT), weights=weights[known]))
    sure = min(1.0, float(weights[known].sum()))
    return sure * mean + (1.0 - sure) * UNKNOWN_COLOUR_COST


def _alike(first: FloatArray, second: FloatArray) -> bool:
    """False when both have a colour histogram and these are of different people."""
    if not first.size or first.size != second.size:
        return True
    return float(first @ second) >= MIN_LIKENESS


def _motion_cost(tracks: PoseTracks, before: Tracklet, after: Tracklet, gap_s: float) -> float:
    """Place and speed: each side is carried to the middle of the gap."""
    by_torso = before.end.torso_px is not None and after.start.torso_px is not None
    ends = [
        (end.torso_px, end.torso_speed) if by_torso else (end.box_px, end.box_speed)
        for end in (before.end, after.start)
    ]
    (place, speed), (new_place, new_speed) = ends
    assert place is not None  # boxes are always there, torsos were asked for above
    assert new_place is not None
    height = (before.end.height_px + after.start.height_px) / 2
    place = carried(tracks, place, before.last_frame, after.first_frame)
    usual = PLACE_HEIGHT + PLACE_HEIGHT_PER_S * gap_s
    if speed is None and new_speed is None:
        speed = new_speed = np.zeros(2)
        usual = PLACE_HEIGHT + BLIND_HEIGHT_PER_S * gap_s
    speed = new_speed if speed is None else speed
    new_speed = speed if new_speed is None else new_speed
    assert speed is not None
    assert new_speed is not None
    off = float(np.linalg.norm(place + (speed + new_speed) / 2 * gap_s - new_place)) / height
    turn = float(np.linalg.norm(speed - new_speed)) / height
    return min(0.5 * (off / usual) ** 2, PLACE_LIMIT) + min(
        0.5 * (turn / SPEED_HEIGHT_S) ** 2, SPEED_LIMIT
    )
