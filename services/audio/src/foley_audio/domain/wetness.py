"""What water on a ground changes: soles splash, grains and fibres that stick together rustle less, and it lasts longer.

Nothing of it is fitted: no recording of a wet ground was at hand. The splash is the recorded puddle's, so that it has
its colours and its swell; how much of it there is, and what water takes from the dry ground, is hand-set. No listener
has judged it.
"""

from __future__ import annotations

import numpy as np

from foley_audio.domain.filterbank import BAND_HZ, CELL_EDGES_S, FLOOR_DB, cell_times_s
from foley_audio.domain.types import FloatArray
from foley_common.surfaces import SurfaceGroup

# How loud the splash is against the puddle's. Hand-set, by reasoning and so that every ground differs by 3 dB somewhere
# and is no further from dry than a bound allows (tests/unit/audio/test_targets.py has both).
SPLASH_DB = {
    SurfaceGroup.SOLID: 0.0,  # water stands on it: a film is a puddle that is only shallow
    SurfaceGroup.AGGREGATE: -3.0,  # half of the water has run down between the grains
    SurfaceGroup.SOFT: -3.0,  # half of it is soaked up by fibres
    SurfaceGroup.LIQUID: 6.0,  # mud thins to slurry, and its own squelch would cover less
}
RUSTLING = (SurfaceGroup.AGGREGATE, SurfaceGroup.SOFT)
SPLASH_SPREAD_DB = 2.0  # from step to step: films are not equally deep
DULL_FROM_HZ = 1000.0  # what sticks together rustles less from here on …
DULL_DB_PER_OCTAVE = 3.0  # … by so much: 9 dB at 8 kHz
LONGER = 0.5  # of the way, in octaves, from the ground's duration to the puddle's: drops fall and films close again
LATE = 2 / 3  # of a duration: from here to its end a step dies away as it will beyond
BUBBLES_PER_S = 20.0  # a third of the puddle's


def wetted(
    table_db: FloatArray,
    duration_s: float,
    *,
    group: SurfaceGroup,
    puddle_db: FloatArray,
    puddle_s: float,
    dice: np.random.Generator,
) -> tuple[FloatArray, float]:
    """Powers and duration of a step on a ground that is wet.

    Args:
        table_db: Of the step on the dry ground, shape ``(bands, cells)``.
        duration_s: The same.
        group: How the ground makes sound.
        puddle_db: Powers of a step in a puddle, shape ``(bands, cells)``.
        puddle_s: Its duration.
        dice: Of this step.
    """
    longer_s = duration_s * max(1.0, puddle_s / duration_s) ** LONGER
    ground_db = _lasting(table_db, duration_s, longer_s)
    if group in RUSTLING:
        above = np.maximum(0.0, np.log2(BAND_HZ / DULL_FROM_HZ))
        ground_db = ground_db - DULL_DB_PER_OCTAVE * above[:, None]
    splash_db = puddle_db + SPLASH_DB[group] + SPLASH_SPREAD_DB * float(dice.standard_normal())
    return 10 * np.log10(10 ** (ground_db / 10) + 10 ** (splash_db / 10)), longer_s


def _lasting(table_db: FloatArray, duration_s: float, longer_s: float) -> FloatArray:
    """A table of one duration in the cells of a longer one; beyond its end it goes on falling as it fell before."""
    known_s, wanted_s = _middles_s(duration_s), _middles_s(longer_s)
    place = np.clip(np.searchsorted(known_s, wanted_s) - 1, 0, known_s.size - 2)
    share = np.clip((wanted_s - known_s[place]) / (known_s[place + 1] - known_s[place]), 0.0, 1.0)
    out = table_db[:, place] * (1 - share) + table_db[:, place + 1] * share
    late = int(np.argmax(known_s >= LATE * known_s[-1]))
    fall: FloatArray = np.minimum(0.0, table_db[:, -1] - table_db[:, late]) / (
        known_s[-1] - known_s[late]
    )
    out += fall[:, None] * np.maximum(0.0, wanted_s - known_s[-1])[None, :]
    return np.maximum(out, FLOOR_DB)


def _middles_s(duration_s: float) -> FloatArray:
    edges_s: FloatArray = cell_times_s(CELL_EDGES_S, duration_s)
    return (edges_s[1:] + edges_s[:-1]) / 2
