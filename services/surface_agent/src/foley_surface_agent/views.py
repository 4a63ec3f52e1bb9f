"""From scenes to the sheets that a vision model is shown: whose feet, which contacts, in which frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foley_common.footsteps import Footstep, Track, TrackBox
from foley_common.gait import box_at
from foley_surface_agent.domain.scenes import Scene
from foley_surface_agent.domain.types import Ground, StepVotes
from foley_surface_agent.keyframes import (
    MAX_COVERED,
    Region,
    candidate_squares,
    covered_share,
    frame_near,
    free_regions,
    people_at,
    person_height_px,
)
from foley_surface_agent.sheet import Contact, contact_of, scene_sheet

MAX_SHOWN_GROUNDS = 4  # contacts whose ground is enlarged: several witnesses, and still large
FEET_SIDE = 0.3  # of the person's height: what must be free of others for feet to be seen


@dataclass(frozen=True, slots=True, eq=False)
class SceneView:
    """One scene and what a vision model is shown of it.

    Attributes:
        grounds: Positions of the grounds that the scene holds.
        track_ids: Who is numbered on the sheet, in that order.
        sheet: JPEG; empty when no frame could be had.
    """

    grounds: tuple[int, ...]
    track_ids: tuple[int, ...]
    sheet: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """One person's steps and what was seen under them; position by position."""

    steps: Sequence[Footstep]
    votes: StepVotes


def view_of(
    scene: Scene,
    grounds: Sequence[Ground],
    walkers: dict[int, Walker],
    *,
    video: Path,
    tracks: Sequence[Track],
    picture_height_px: int,
    cuts_s: Sequence[float] = (),
    max_people: int,
    sheet_px: int,
) -> SceneView:
    """What to show of a scene.

    Args:
        scene: The scene.
        grounds: The grounds that its positions refer to.
        walkers: Everybody, by track id.
        video: The video.
        tracks: Where people are.
        picture_height_px: Height of the displayed picture.
        cuts_s: First moments of all shots but the first; a contact is shown in its own.
        max_people: Most feet on one sheet.
        sheet_px: Longest side of the sheet.
    """
    in_scene = [grounds[position] for position in scene.grounds]
    who = scene.track_ids[:max_people]
    feet = [
        clearest_step(
            [ground for ground in in_scene if ground.track_id == track_id], walkers, tracks
        )
        for track_id in who
    ]
    further = [step for ground in in_scene for step in _spread(ground, walkers) if step not in feet]
    shown = [*feet, *further[: max(0, MAX_SHOWN_GROUNDS - len(feet))]]
    contacts: dict[str, Contact] = {}
    for step in shown:
        contact = _contact(video, step, tracks, picture_height_px, cuts_s)
        if contact is not None:
            contacts[step.footstep_id] = contact
    seen = [(track, contacts[step.footstep_id]) for track, step in zip(who, feet, strict=True)
            if step.footstep_id in contacts]  # fmt: skip
    if not seen:
        return SceneView(scene.grounds, (), b"")
    sheet = scene_sheet([contact for _, contact in seen], list(contacts.values()), max_px=sheet_px)
    return SceneView(scene.grounds, tuple(track for track, _ in seen), sheet)


def clearest_step(
    grounds: Sequence[Ground], walkers: dict[int, Walker], tracks: Sequence[Track]
) -> Footstep:
    """A person's step in a scene to show: ground seen, feet free of other people, and a vote that agrees best.

    Args:
        grounds: The person's grounds in the scene, at least one.
        walkers: Everybody, by track id.
        tracks: Where people are.
    """
    walker = walkers[grounds[0].track_id]
    rows: list[tuple[bool, bool, float, int]] = []
    for ground in grounds:
        for position in range(ground.first, ground.last + 1):
            step = walker.steps[position]
            is_seen = bool(walker.votes.seen[position]) and ground.probabilities is not None
            agreement = (
                float(walker.votes.log_probabilities[position] @ ground.probabilities)
                if is_seen and ground.probabilities is not None
                else -np.inf
            )
            rows.append((feet_are_free(step, tracks), is_seen, agreement, -position))
    return walker.steps[-max(rows)[3]]


def feet_are_free(step: Footstep, tracks: Sequence[Track]) -> bool:
    """True when no other person's box lies over the feet."""
    others = [track for track in tracks if track.track_id != step.track_id]
    own = next((track.boxes for track in tracks if track.track_id == step.track_id), ())
    tall = _height(step, own)
    side = FEET_SIDE * tall
    feet = Region(step.x_px - side / 2, step.y_px - 0.8 * side, side, side)
    people = people_at(others, step.initial_contact_time_s)
    return all(covered_share(feet, box) <= MAX_COVERED for box in people)


def _height(step: Footstep, own: Sequence[TrackBox]) -> float:
    if step.person_height_px > 0:
        return step.person_height_px
    box = box_at(own, step.initial_contact_time_s)
    return box.height_px if box is not None else 0.0


def _spread(ground: Ground, walkers: dict[int, Walker]) -> list[Footstep]:
    """Seen steps of a ground, those that stand far apart first: the ends, the middle, the quarters."""
    walker = walkers[ground.track_id]
    inside = range(ground.first, ground.last + 1)
    positions = [position for position in inside if walker.votes.seen[position]]
    n = len(positions)
    order = dict.fromkeys(
        positions[round(share * (n - 1))] for share in (0.5, 0.1, 0.9, 0.3, 0.7) if n
    )
    return [walker.steps[position] for position in order]


def _contact(
    video: Path,
    step: Footstep,
    tracks: Sequence[Track],
    picture_height_px: int,
    cuts_s: Sequence[float],
) -> Contact | None:
    frame = frame_near(video, step.initial_contact_time_s, cuts_s)
    if frame is None:
        return None
    rows, columns = frame.picture.shape[:2]
    scale = rows / picture_height_px
    own = next((track.boxes for track in tracks if track.track_id == step.track_id), ())
    height = person_height_px(step, own, picture_height_px)
    people = people_at(tracks, frame.time_s)
    squares = candidate_squares(step.x_px, step.y_px, height)
    square = next(free_regions(squares, people, (columns / scale, rows / scale)), squares[0])
    return contact_of(frame.picture, step, height_px=height, scale=scale, ground=square)
