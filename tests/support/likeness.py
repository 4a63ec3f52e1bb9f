"""How alike two runs sound at one step, whatever their levels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

WINDOW_S = 0.25
SAME, OTHER = 0.95, 0.9
"""The same at another gain, where the limiter may take more off the first milliseconds of the one than of the other;
and another sound."""


def likeness_at(one: Path, other: Path, time_s: float) -> float:
    """Of the footsteps' sound of two folders of results, around a contact: 1 is the same."""
    return float(_sound_at(one, time_s) @ _sound_at(other, time_s))


def _sound_at(folder: Path, time_s: float) -> NDArray[np.float64]:
    """The footsteps' sound around a contact, without its level."""
    samples, rate_hz = soundfile.read(folder / "foley.wav", always_2d=True)
    first = round((time_s - 0.01) * rate_hz)
    part = samples[first : first + round(WINDOW_S * rate_hz)].mean(axis=1)
    return part / np.linalg.norm(part)
