"""Footsteps from outside made fit for what follows: in order of time, every number finite and in its range."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable

from foley_common.footsteps import Footstep


def clean_steps(steps: Iterable[Footstep]) -> tuple[Footstep, ...]:
    """Sort footsteps, and repair numbers that are not of this world.

    Strength and confidence go into 0 to 1, places and heights that are no number become 0. A step without a finite
    contact is left out, a toe-off without a finite time is taken off its step. Steps given twice stay: whether two
    contacts at one time are one is the detector's question.
    """
    kept = [_clean(step) for step in steps if math.isfinite(step.initial_contact_time_s)]
    return tuple(sorted(kept, key=lambda step: (step.initial_contact_time_s, step.footstep_id)))


def _clean(step: Footstep) -> Footstep:
    end_s = step.toe_off_time_s
    end_s = end_s if end_s is not None and math.isfinite(end_s) else None
    fit = {
        "toe_off_time_s": end_s,
        "confidence": _share(step.confidence),
        "toe_off_confidence": 0.0 if end_s is None else _share(step.toe_off_confidence),
        "strength": _share(step.strength),
        "x_px": _finite(step.x_px),
        "y_px": _finite(step.y_px),
        "person_height_px": _finite(step.person_height_px),
    }
    if all(getattr(step, name) == value for name, value in fit.items()):
        return step
    return dataclasses.replace(step, **fit)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _share(value: float) -> float:
    return min(1.0, max(0.0, _finite(value)))
