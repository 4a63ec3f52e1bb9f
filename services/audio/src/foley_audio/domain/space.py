"""Where a step stands in the picture: pan, distance, level, from the person's place and size.

All constants here are choices of mixing practice, set by hand; none is measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from foley_audio.domain.types import FloatArray, Placement
from foley_common.channels import ChannelLayout
from foley_common.footsteps import Footstep
from foley_common.media.info import VideoInfo
from foley_common.sound import Perspective

PAN_WIDTH = 0.7  # a step at the picture's edge stays 30 % short of the loudspeaker, as dialogue-era foley does
REFERENCE_HEIGHT_FRACTION = 0.6  # person this tall in the picture: 0 dB
REFERENCE_DISTANCE_M = 4.0  # 1.7 m at that fraction through a lens of 40° vertical angle
LEVEL_DB_PER_DOUBLING = 4.0  # free field says 6.02; foley keeps far steps audible
MAX_LEVEL_DB = 3.0
MIN_LEVEL_DB = -15.0
NEAREST_M, FARTHEST_M = 1.0, 32.0
# A sound crew's microphone hangs nearer than the camera stands; the share decides how much room is heard.
MICROPHONE_SHARE = 1 / 3
# Where everybody is put when a perspective is asked for, and what that does to the level against the original sound:
# within a shot all steps are equally far, so that the balance by loudness would take the difference out again.
PERSPECTIVE_DISTANCE_M = {
    Perspective.CLOSE: 1.5,
    Perspective.MEDIUM: REFERENCE_DISTANCE_M,
    Perspective.FAR: 12.0,
}
PERSPECTIVE_LEVEL_DB = {
    Perspective.AUTO: 0.0,
    Perspective.CLOSE: 3.0,
    Perspective.MEDIUM: 0.0,
    Perspective.FAR: -6.0,
}
SMOOTHING_S = 0.8  # standard deviation of the kernel over a person's contacts
LEAST_SPREAD = (
    1e-6  # of times in a kernel, in squares of its deviation; less is one moment, which has no line
)


def place_steps(
    steps: Sequence[Footstep], video: VideoInfo, perspective: Perspective = Perspective.AUTO
) -> list[Placement]:
    """Place every step from where its person stands, smoothed over the person's contacts.

    Args:
        steps: Any order; several people.
        video: For the size of the displayed picture.
        perspective: How far away everybody is; `AUTO` takes each person's size.

    Returns:
        One placement per step, in the order of the steps.
    """
    own: dict[int, list[int]] = {}
    for i, step in enumerate(steps):
        own.setdefault(step.track_id, []).append(i)
    placements = [Placement()] * len(steps)
    for indices in own.values():
        time_s = np.array([steps[i].initial_contact_time_s for i in indices])
        seen_pan = [_pan_of(steps[i].x_px, video.width_px) for i in indices]
        seen_doublings = [
            _doublings_of(steps[i].person_height_px, video.height_px) for i in indices
        ]
        pan = _smooth(np.array(seen_pan), time_s).tolist()
        doublings = _smooth(np.array(seen_doublings), time_s).tolist()
        for k, i in enumerate(indices):
            by_size_m = REFERENCE_DISTANCE_M * 2.0 ** doublings[k]
            asked_m = PERSPECTIVE_DISTANCE_M.get(perspective)
            placements[i] = placed(pan[k], by_size_m if asked_m is None else asked_m)
    return placements


def placed(pan: float, distance_m: float) -> Placement:
    """A placement at a pan and a distance from the camera; the level follows from the distance."""
    distance_m = min(FARTHEST_M, max(NEAREST_M, distance_m))
    level_db = -LEVEL_DB_PER_DOUBLING * math.log2(distance_m / REFERENCE_DISTANCE_M)
    return Placement(
        pan=pan,
        gain_db=min(MAX_LEVEL_DB, max(MIN_LEVEL_DB, level_db)),
        distance_m=distance_m,
    )


def microphone_m(placement: Placement) -> float:
    """How far the microphone is from the step."""
    return MICROPHONE_SHARE * placement.distance_m


def front_channels(layout: ChannelLayout) -> tuple[int, ...]:
    """Channels that steps stand in: left and right, with the centre between them where the layout has one.

    On a stage the centre loudspeaker holds what happens in the middle of the picture for every seat; a phantom between
    left and right would move to the nearer one.
    """
    front = [layout.index(speaker) for speaker in ("FL", "FC", "FR")]
    return tuple(channel for channel in front if channel is not None)


def pan_gains(pan: float, channel_count: int) -> tuple[float, ...]:
    """Gains of the front channels for a pan from −1 to 1, of constant power.

    Two channels: in the middle both are −3.01 dB. Three: the centre alone in the middle, a pair to either side of it.

    >>> [round(gain, 4) for gain in pan_gains(0.0, 2)], [round(gain, 4) for gain in pan_gains(0.0, 3)]
    ([0.7071, 0.7071], [0.0, 1.0, 0.0])
    """
    pan = min(1.0, max(-1.0, pan))
    if channel_count == 2:
        angle = (pan + 1.0) * math.pi / 4.0
        return math.cos(angle), math.sin(angle)
    angle = abs(pan) * math.pi / 2.0
    side, centre = math.sin(angle), math.cos(angle)
    return (side, centre, 0.0) if pan < 0 else (0.0, centre, side)


def _pan_of(x_px: float, width_px: int) -> float:
    """Pan of a place in the picture; NaN when it is not known."""
    if width_px <= 0 or not math.isfinite(x_px):
        return math.nan
    return PAN_WIDTH * min(1.0, max(-1.0, 2.0 * x_px / width_px - 1.0))


def _doublings_of(person_height_px: float, height_px: int) -> float:
    """Doublings of the distance against the reference; NaN when the height is not known."""
    if person_height_px <= 0 or height_px <= 0 or not math.isfinite(person_height_px):
        return math.nan
    return math.log2(REFERENCE_HEIGHT_FRACTION * height_px / person_height_px)


def _smooth(values: FloatArray, time_s: FloatArray) -> FloatArray:
    """Local lines under a Gaussian kernel over time, shape ``(n,)``; uneven spacing is honoured. Windowed for large n.

    Lines, not means: a mean draws the first and last steps of who crosses the picture to its middle. None leaves the
    range of what was seen around it. NaN is taken from before and after; without any value all are 0.
    """
    order = np.argsort(time_s, kind="stable")
    t, v = time_s[order], values[order]
    known = np.isfinite(v)
    v = np.interp(t, t[known], v[known]) if known.any() else np.zeros_like(v)
    out = np.empty_like(v)
    first = np.searchsorted(t, t - 4 * SMOOTHING_S)
    last = np.searchsorted(t, t + 4 * SMOOTHING_S, side="right")
    for i, (start, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        away, near = (t[start:end] - t[i]) / SMOOTHING_S, v[start:end]
        weight = np.exp(-0.5 * away * away)
        weight /= weight.sum()
        mean, lean = weight @ away, weight @ away**2
        spread = lean - mean * mean
        if spread > LEAST_SPREAD:
            weight *= (lean - mean * away) / spread
        out[i] = np.clip(weight @ near, near.min(), near.max())
    result = np.empty_like(out)
    result[order] = out
    return result
