"""Looks at feet in the frames that are decoded for the ground."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foley_common.footsteps import Footstep, Track, TrackBox
from foley_common.gait import box_at
from foley_common.media.decode import TimedFrame
from foley_common.surfaces import FootwearSpan
from foley_surface_agent.domain.bare_feet import (
    GROUND_DEPTH,
    GROUND_WIDTH,
    FootLook,
    FootState,
    FootView,
    look_at_foot,
)
from foley_surface_agent.domain.footwear import local_footwear
from foley_surface_agent.keyframes import (
    people_at,
    person_height_px,
)

FLAT_DELAY_S = 0.12  # after contact: the whole sole is down, the other foot has not come past
LATEST_SHARE = 0.5  # of the stance: later, the heel has left the ground again
MAX_PERSON_PX = 300.0  # larger people are scaled down: their feet keep 12 px from sole to ankle
BESIDE = 0.5  # of the box's width, each side: what lies beside the person


class FeetWatch:
    """Sees frames in order of time and looks at the foot of every step that is due.

    Args:
        steps: In any order.
        tracks: Where people are.
        picture_height_px: Height of the displayed picture that contact points refer to.
    """

    def __init__(
        self, steps: Sequence[Footstep], tracks: Sequence[Track], picture_height_px: int
    ) -> None:
        self._tracks = {track.track_id: track.boxes for track in tracks}
        self._people = tracks
        self._height_px = picture_height_px
        self._steps = tuple(steps)
        self._due = sorted(
            steps, key=lambda step: (look_time_s(step), step.footstep_id), reverse=True
        )
        self._looks: dict[str, FootLook] = {}

    @property
    def looks(self) -> dict[str, FootLook]:
        """What was seen, by footstep id; nothing for steps after the last frame."""
        return dict(self._looks)

    def footwear(self, clip_end_s: float, cuts_s: Sequence[float]) -> tuple[FootwearSpan, ...]:
        """What everybody wears as far as was seen, in order of person and time.

        Args:
            clip_end_s: End of the clip, after the last contact.
            cuts_s: Where shots begin, but for the first.
        """
        found: list[FootwearSpan] = []
        for track_id in sorted({step.track_id for step in self._steps}):
            own = sorted(
                (step for step in self._steps if step.track_id == track_id),
                key=lambda step: step.initial_contact_time_s,
            )
            looks = [self._looks.get(step.footstep_id) for step in own]
            found += local_footwear(own, looks, clip_end_s=clip_end_s, cuts_s=cuts_s)
        return tuple(found)

    def see(self, frame: TimedFrame) -> None:
        """Look at the next frame."""
        while self._due and frame.time_s >= look_time_s(self._due[-1]) - 1e-6:
            step = self._due.pop()
            view = self._view(frame, step)
            self._looks[step.footstep_id] = (
                FootLook(FootState.NOT_FOLLOWED) if view is None else look_at_foot(view)
            )

    def _view(self, frame: TimedFrame, step: Footstep) -> FootView | None:
        own = self._tracks.get(step.track_id, ())
        box = box_at(own, frame.time_s)
        if box is None:
            return None
        others = people_at(
            [track for track in self._people if track.track_id != step.track_id], frame.time_s
        )
        scale = frame.picture.shape[0] / self._height_px
        height = person_height_px(step, own, self._height_px)
        place = (step.x_px, step.y_px, height)
        return foot_view(frame.picture[..., ::-1], place, box, others, scale=scale)


def look_time_s(step: Footstep) -> float:
    """When the foot of a step is flat on the ground."""
    stance_s = step.stance_time_s if step.stance_time_s is not None else math.inf
    return step.initial_contact_time_s + min(FLAT_DELAY_S, LATEST_SHARE * stance_s)


def foot_view(
    picture: NDArray[np.uint8],
    place: tuple[float, float, float],
    box: TrackBox,
    others: Sequence[TrackBox],
    *,
    scale: float,
) -> FootView:
    """Cut a person at a contact out of a frame.

    Args:
        picture: shape ``(rows, columns, 3)``, RGB, the frame.
        place: The contact point, x and y, and the walker's height.
        box: The walker's box.
        others: Everybody else's boxes. Boxes and place are in pixels of the displayed picture.
        scale: Pixels of the frame per pixel of the displayed picture.
    """
    x_px, y_px, tall = place
    beside = max(BESIDE * box.width_px, GROUND_WIDTH * tall)
    left, right = box.x_px - beside, box.x_px + box.width_px + beside
    bottom = max(box.y_px + box.height_px, y_px + GROUND_DEPTH * tall)
    x0, x1 = max(0, int(left * scale)), min(picture.shape[1], math.ceil(right * scale))
    y0, y1 = max(0, int(box.y_px * scale)), min(picture.shape[0], math.ceil(bottom * scale))
    zoom = min(1.0, MAX_PERSON_PX / (tall * scale))
    size = (max(1, round((x1 - x0) * zoom)), max(1, round((y1 - y0) * zoom)))
    part = Image.fromarray(np.ascontiguousarray(picture[y0:y1, x0:x1]))
    small = np.asarray(part.resize(size, Image.Resampling.BOX)) if zoom < 1 else np.asarray(part)
    shape = (small.shape[0], small.shape[1])

    def at_x(x_px: float) -> float:
        return (x_px * scale - x0) * zoom

    def at_y(y_px: float) -> float:
        return (y_px * scale - y0) * zoom

    def inside(
        left_px: float, top_px: float, right_px: float, bottom_px: float
    ) -> NDArray[np.bool_]:
        mask = np.zeros(shape, np.bool_)
        mask[
            max(0, round(at_y(top_px))) : max(0, round(at_y(bottom_px))),
            max(0, round(at_x(left_px))) : max(0, round(at_x(right_px))),
        ] = True
        return mask

    covered = np.zeros(shape, np.bool_)
    for one in others:
        covered |= inside(one.x_px, one.y_px, one.x_px + one.width_px, one.y_px + one.height_px)
    return FootView(
        small,
        at_x(x_px),
        at_y(y_px),
        tall * scale * zoom,
        at_x(box.x_px),
        at_y(box.y_px),
        at_x(box.x_px + box.width_px),
        at_y(box.y_px + box.height_px),
        covered,
    )
