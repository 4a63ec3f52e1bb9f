"""Indoors or outdoors: the grounds of one shot are told together, because a shot shows one or the other.

A path that is carpet for some steps and "tile, or else ice" for the next is far more likely to go on over tile. Both
possibilities are weighed over all places of a shot (those whose grounds share one vote count once), and every place is
told under each, weighed by how likely that is: Bayes' rule for places that depend on each other by the surroundings
only. A shot with a single place keeps what was found.

What is said surely is held to the classifier's own calibration, which knows single places: the others can change a
name or cast doubt on it, but make none surer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foley_common.surfaces import Surface
from foley_surface_agent.domain.types import LEAST_PROBABILITY, SURFACES, Ground

SELDOM = 0.05  # plants and sand indoors, rugs on a terrace, a path through a door; 0.005 to 0.1 come to the same
INDOORS = {
    Surface.CARPET: 1 - SELDOM,
    Surface.WOOD: 0.9,
    Surface.TILE: 0.9,
    Surface.METAL: 0.5,
    Surface.CONCRETE: 0.4,
    Surface.STONE: 0.3,
}
"""Share of the clips with a ground that are indoors, `SELDOM` where none stands here: a guess, not fitted.

Only the sides matter: wood, tile and carpet are indoor floors, the last three are found anywhere.
"""

# How likely a ground is, indoors and outdoors, against its chance anywhere; shape (2, 16). Both are as common.
_SHARES: NDArray[np.float64] = np.array([INDOORS.get(surface, SELDOM) for surface in SURFACES])
_AGAINST_ANYWHERE: NDArray[np.float64] = 2 * np.stack([_SHARES, 1 - _SHARES])


def told_together(grounds: Sequence[Ground]) -> list[Ground]:
    """The grounds with probabilities that know of the other places of their shot, in their order.

    Args:
        grounds: Grounds of everybody, pooled by place (`domain.places`).
    """
    found = list(grounds)
    for shot in {ground.shot for ground in grounds}:
        members = [
            (position, ground.probabilities)
            for position, ground in enumerate(grounds)
            if ground.shot == shot and ground.probabilities is not None
        ]
        if not members:
            continue
        places, place_of = np.unique(
            np.stack([probabilities for _, probabilities in members]), axis=0, return_inverse=True
        )
        told = _told(places)[place_of.reshape(-1)]
        for (position, own), probabilities in zip(members, told, strict=True):
            is_surer = probabilities.max() > own.max()
            if is_surer and probabilities.argmax() == own.argmax():
                continue
            found[position] = replace(found[position], probabilities=probabilities)
    return found


def _told(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of shape ``(n, 16)`` of the places of one shot, told together."""
    under = places[:, None] * _AGAINST_ANYWHERE  # (n, 2, 16)
    evidence = under.sum(axis=2)
    log_weights = np.log(evidence + LEAST_PROBABILITY).sum(axis=0)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    told = np.einsum("s,nsg->ng", weights, under / (evidence[..., None] + LEAST_PROBABILITY))
    return told / told.sum(axis=1, keepdims=True)
