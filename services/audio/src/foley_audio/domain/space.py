"""Where a step stands in the stereo picture: pan, level and colour from the person's place and size.

All constants here are choices of mixing practice, set by hand; none is measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from foley_audio.domain.types import FloatArray, Placement
from foley_common.footsteps import Footstep
from foley_common.media.info import VideoInfo

PAN_WIDTH = 0.7  # a step at the picture's edge stays 30 % short of the loudspeaker, as dialogue-era foley does
REFERENCE_HEIGHT_FRACTION = 0.6  # person this tall in the picture: 0 dB
LEVEL_DB_PER_DOUBLING = 4.0  # free field says 6.02; foley keeps far steps audible
MAX_LEVEL_DB = 3.0
MIN_LEVEL_DB = -15.0
TILT_DB_PER_OCTAVE_PER_DOUBLING = (
    -0.9
)  # exaggerated air absorption (ISO 9613-1 gives far less at these distances)
MIN_TILT_DB_PER_OCTAVE = -3.0
SMOOTHING_S = 0.8  # standard deviation of the kernel over a person's contacts


def place_steps(steps: Sequence[Footstep], video: VideoInfo) -> dict[str, Placement]:
    """Place every step from where its person stands, smoothed over the person's contacts.

    Args:
        steps: Any order; several people.
        video: For the size of the displayed picture.

    Returns:
        One placement per footstep id.
    """
    placements: dict[str, Placement] = {}
    for track_id in sorted({step.track_id for step in steps}):
        own = [step for step in steps if step.track_id == track_id]
        time_s = np.array([step.initial_contact_time_s for step in own])
        pan = _smooth(np.array([_pan_of(step.x_px, video.width_px) for step in own]), time_s)
        doublings = _smooth(
            np.array([_doublings_of(step.person_height_px, video.height_px) for step in own]),
            time_s,
        )
        for i, step in enumerate(own):
            placements[step.footstep_id] = _placement(float(pan[i]), float(doublings[i]))
    return placements


def equal_power_gains(pan: float) -> tuple[float, float]:
    """Left and right gains of a pan from −1 to 1, of constant power: in the middle both are −3.01 dB.

    >>> [round(gain, 4) for gain in equal_power_gains(0.0)]
    [0.7071, 0.7071]
    """
    angle = (min(1.0, max(-1.0, pan)) + 1.0) * math.pi / 4.0
    return math.cos(angle), math.sin(angle)


def _placement(pan: float, doublings: float) -> Placement:
    return Placement(
        pan=pan,
        gain_db=min(MAX_LEVEL_DB, max(MIN_LEVEL_DB, -LEVEL_DB_PER_DOUBLING * doublings)),
        tilt_db_per_octave=min(
            0.0, max(MIN_TILT_DB_PER_OCTAVE, TILT_DB_PER_OCTAVE_PER_DOUBLING * doublings)
        ),
    )


def _pan_of(x_px: float, width_px: int) -> float:
    if width_px <= 0 or not math.isfinite(x_px):
        return 0.0
    return PAN_WIDTH * min(1.0, max(-1.0, 2.0 * x_px / width_px - 1.0))


def _doublings_of(person_height_px: float, height_px: int) -> float:
    """Doublings of the distance against the reference; 0 when the height is not known."""
    if person_height_px <= 0 or height_px <= 0 or not math.isfinite(person_height_px):
        return 0.0
    return math.log2(REFERENCE_HEIGHT_FRACTION * height_px / person_height_px)


def _smooth(values: FloatArray, time_s: FloatArray) -> FloatArray:
    """Gaussian kernel over time, shape ``(n,)``; uneven spacing is honoured. Windowed, so that n may be large."""
    order = np.argsort(time_s, kind="stable")
    t, v = time_s[order], values[order]
    out = np.empty_like(v)
    first = np.searchsorted(t, t - 4 * SMOOTHING_S)
    last = np.searchsorted(t, t + 4 * SMOOTHING_S, side="right")
    for i in range(t.size):
        near = slice(int(first[i]), int(last[i]))
        weight = np.exp(-0.5 * ((t[near] - t[i]) / SMOOTHING_S) ** 2)
        out[i] = float(np.sum(weight * v[near]) / np.sum(weight))
    result = np.empty_like(out)
    result[order] = out
    return result
