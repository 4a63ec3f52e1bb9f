"""One place, one ground: people who walk on one floor are heard on one floor.

Each path is cut and judged by itself (`domain.spans`), from few steps and at that person's distance from the camera.
Grounds of several people in one shot that look alike are one place (`domain.scenes`, by looks alone: what the
classifier calls them is what is in doubt) and pool their votes. What one person walked on at two times is left apart:
the path was cut there, and that says more than a likeness between its ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from foley_surface_agent.domain.cuts import SpanParams
from foley_surface_agent.domain.scenes import scenes_of
from foley_surface_agent.domain.spans import pool_votes
from foley_surface_agent.domain.types import Ground, StepVotes


def pooled_by_place(
    grounds: Sequence[Ground],
    votes: Mapping[int, StepVotes],
    params: SpanParams | None = None,
) -> list[Ground]:
    """The grounds with the pooled probabilities of their places, in their order.

    Args:
        grounds: Grounds of everybody, as `domain.spans.parted` cuts them.
        votes: What was seen under everybody's steps, by track id.
        params: How readily looks are told apart, and how votes are pooled.
    """
    by_looks = replace(params or SpanParams(), vote_weight=0.0)
    found = list(grounds)
    for scene in scenes_of(grounds, votes, by_looks, once_each=True):
        if len(scene.grounds) == 1:
            continue
        members = [grounds[position] for position in scene.grounds]
        seen = np.concatenate([_seen_votes(ground, votes[ground.track_id]) for ground in members])
        if len(seen) == 0:
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
