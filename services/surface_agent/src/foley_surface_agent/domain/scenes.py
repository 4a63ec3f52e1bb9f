"""What a vision model is asked about: scenes, each a shot and a place in it.

Grounds of one shot are one place when telling them apart would not be worth a cut: the measure is the one by which a
person's path is cut into grounds (`domain.cuts`), over the votes and looks of both. So people who walk on one ground
in one shot are one scene and one question, whatever the local classifier calls it under each of them, and somebody
who walks from grass to a road makes two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_surface_agent.domain.cuts import SpanParams, gain_of_parting
from foley_surface_agent.domain.types import Ground, StepVotes


@dataclass(frozen=True, slots=True)
class Scene:
    """Grounds that one question is about.

    Attributes:
        grounds: Positions of its grounds in the list that was given, most steps first.
        track_ids: Whose they are, most steps first.
    """

    grounds: tuple[int, ...]
    track_ids: tuple[int, ...]


@dataclass(slots=True, eq=False)
class _Place:
    shot: int
    positions: list[int]
    log_probabilities: NDArray[np.float64]
    appearance: NDArray[np.float64]


def scenes_of(
    grounds: Sequence[Ground],
    votes: Mapping[int, StepVotes],
    params: SpanParams | None = None,
    *,
    once_each: bool = False,
) -> list[Scene]:
    """Scenes in the order in which they are worth asking about: first those where most steps are heard.

    Args:
        grounds: Grounds of everybody.
        votes: What was seen under everybody's steps, by track id.
        params: How readily grounds are told apart.
        once_each: Nobody has two grounds in one scene; else only neighbours on somebody's path are kept apart.
    """
    params = params or SpanParams()
    places: list[_Place] = []
    for position in sorted(range(len(grounds)), key=lambda one: -grounds[one].step_count):
        ground = grounds[position]
        own = votes[ground.track_id]
        steps = np.arange(ground.first, ground.last + 1)
        steps = steps[own.seen[steps]]
        log_p, looks = own.log_probabilities[steps], own.appearance[steps]
        open_places = [
            place
            for place in places
            if not any(
                grounds[other].track_id == ground.track_id
                if once_each
                else _touch(ground, grounds[other])
                for other in place.positions
            )
        ]
        place = _place_for(open_places, ground, log_p=log_p, looks=looks, params=params)
        if place is None:
            places.append(_Place(ground.shot, [position], log_p, looks))
        else:
            place.positions.append(position)
            place.log_probabilities = np.concatenate([place.log_probabilities, log_p])
            place.appearance = np.concatenate([place.appearance, looks])
    scenes = [_scene(place, grounds) for place in places]
    return sorted(scenes, key=lambda scene: -_steps_in(scene, grounds))


def _place_for(
    places: Sequence[_Place],
    ground: Ground,
    *,
    log_p: NDArray[np.float64],
    looks: NDArray[np.float64],
    params: SpanParams,
) -> _Place | None:
    """The place that a ground is most like, None when it is like none; what nobody saw is like what nobody saw."""
    found: tuple[float, _Place] | None = None
    for place in places:
        if place.shot != ground.shot or (len(log_p) == 0) != (len(place.log_probabilities) == 0):
            continue
        gain = 0.0
        if len(log_p):
            gain = gain_of_parting(
                (place.log_probabilities, log_p), (place.appearance, looks), params
            )
        if gain < params.cut_cost and (found is None or gain < found[0]):
            found = (gain, place)
    return None if found is None else found[1]


def _touch(one: Ground, other: Ground) -> bool:
    """True for neighbours on one person's path: there the path was cut, so they are not one place."""
    is_next = one.last + 1 == other.first or other.last + 1 == one.first
    return one.track_id == other.track_id and is_next


def _scene(place: _Place, grounds: Sequence[Ground]) -> Scene:
    steps_of: dict[int, int] = {}
    for position in place.positions:
        ground = grounds[position]
        steps_of[ground.track_id] = steps_of.get(ground.track_id, 0) + ground.step_count
    tracks = sorted(steps_of, key=lambda track: (-steps_of[track], track))
    return Scene(tuple(place.positions), tuple(tracks))


def _steps_in(scene: Scene, grounds: Sequence[Ground]) -> int:
    return sum(grounds[position].step_count for position in scene.grounds)
