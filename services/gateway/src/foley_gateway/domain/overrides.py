"""Which of the caller's words about grounds and shoes no footstep is under."""

from __future__ import annotations

import math
from collections.abc import Sequence

from foley_common.footsteps import Footstep
from foley_gateway.domain.types import SurfaceOverride

EVERYBODY = 0


def without_a_step(
    overrides: Sequence[SurfaceOverride], footsteps: Sequence[Footstep]
) -> tuple[int, ...]:
    """Positions of overrides for a person who is not there, or for a span without a step of that person.

    Later overrides hide earlier ones; that is what the caller asked for, so only the footsteps count here.
    """
    return tuple(
        position
        for position, override in enumerate(overrides)
        if not any(_covers(override, step) for step in footsteps)
    )


def _covers(override: SurfaceOverride, step: Footstep) -> bool:
    start_s = override.start_time_s or 0.0
    end_s = math.inf if override.end_time_s is None else override.end_time_s
    is_theirs = override.track_id in (EVERYBODY, step.track_id)
    return is_theirs and start_s <= step.initial_contact_time_s < end_s
