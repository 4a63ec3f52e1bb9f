"""One place, one ground: what several people, or one person twice, saw of a place in a shot is taken together.

Two people on one floor are heard on one floor. Each path is cut and judged by itself (`domain.spans`), which hears
few steps of each; grounds that are one place (`domain.scenes`: telling them apart would not be worth a cut) pool their
votes, so that every ground of a place has the probabilities of all its steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foley_surface_agent.domain.cuts import SpanParams
from foley_surface_agent.domain.scenes import Scene
from foley_surface_agent.domain.spans import pool_votes
from foley_surface_agent.domain.types import Ground, StepVotes


def pooled_by_place(
    grounds: Sequence[Ground],
    votes: Mapping[int, StepVotes],
    scenes: Sequence[Scene],
    params: SpanParams | None = None,
) -> list[Ground]:
    """The grounds with the pooled probabilities of their places, in their order.

    Args:
        grounds: Grounds of everybody, as `domain.spans.parted` cuts them.
        votes: What was seen under everybody's steps, by track id.
        scenes: The grounds' places, as `domain.scenes.scenes_of` finds them.
        params: How votes are pooled.
    """
    found = list(grounds)
    for scene in scenes:
        members = [grounds[position] for position in scene.grounds]
        seen = np.concatenate([_seen_votes(ground, votes[ground.track_id]) for ground in members])
        if len(members) == 1 or len(seen) == 0:
            continue
        probabilities = pool_votes(seen, params)
        for position in scene.grounds:
            found[position] = replace(
                found[position], probabilities=probabilities, seen_count=len(seen)
            )
    return found


def _seen_votes(ground: Ground, votes: StepVotes) -> NDArray[np.float64]:
    steps = np.arange(ground.first, ground.last + 1)
    return votes.log_probabilities[steps[votes.seen[steps]]]
