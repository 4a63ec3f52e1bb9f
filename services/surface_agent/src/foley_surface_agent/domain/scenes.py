"""What a vision model is asked about: scenes, each a shot and a place in it.

The place is what the local classifier takes the ground for: people who walk on one ground in one shot are one scene and
one question, and somebody who walks from grass to a road makes two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foley_common.surfaces import Surface
from foley_surface_agent.domain.types import Ground


@dataclass(frozen=True, slots=True)
class SceneKey:
    """Which scene: number of the shot, and the likeliest surface (None when nothing could be seen)."""

    shot: int
    look: Surface | None


@dataclass(frozen=True, slots=True)
class Scene:
    """Grounds that one question is about.

    Attributes:
        key: Which scene.
        grounds: Positions of its grounds in the list that was given, most steps first.
        track_ids: Whose they are, most steps first.
    """

    key: SceneKey
    grounds: tuple[int, ...]
    track_ids: tuple[int, ...]


def key_of(ground: Ground) -> SceneKey:
    """The scene that a ground belongs to."""
    return SceneKey(ground.shot, ground.likeliest)


def scenes_of(grounds: Sequence[Ground]) -> list[Scene]:
    """Scenes in the order in which they are worth asking about: first those where most steps are heard."""
    members: dict[SceneKey, list[int]] = {}
    for position, ground in enumerate(grounds):
        members.setdefault(key_of(ground), []).append(position)
    scenes: list[Scene] = []
    for key, positions in members.items():
        positions.sort(key=lambda position: -grounds[position].step_count)
        steps_of: dict[int, int] = {}
        for position in positions:
            ground = grounds[position]
            steps_of[ground.track_id] = steps_of.get(ground.track_id, 0) + ground.step_count
        tracks = sorted(steps_of, key=lambda track: (-steps_of[track], track))
        scenes.append(Scene(key, tuple(positions), tuple(tracks)))
    return sorted(
        scenes,
        key=lambda scene: (
            -sum(grounds[position].step_count for position in scene.grounds),
            grounds[scene.grounds[0]].start_time_s,
        ),
    )
