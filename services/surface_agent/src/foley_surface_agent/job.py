"""What is asked for one clip."""

from __future__ import annotations

from dataclasses import dataclass

from foley_common.footsteps import Footstep, Track
from foley_surface_agent.domain.types import Override


@dataclass(frozen=True, slots=True)
class SurfaceJob:
    """What is asked for one clip.

    Attributes:
        steps: Every footstep of the clip.
        tracks: Where people are.
        picture_height_px: Height of the displayed picture.
        clip_end_s: End of the clip.
        overrides: The caller's word.
    """

    steps: tuple[Footstep, ...]
    tracks: tuple[Track, ...]
    picture_height_px: int
    clip_end_s: float
    overrides: tuple[Override, ...] = ()

    @property
    def last_time_s(self) -> float:
        """End of the clip, or just after the last contact when that is later."""
        return max([self.clip_end_s, *(step.initial_contact_time_s + 0.001 for step in self.steps)])

    @property
    def needs_surface(self) -> bool:
        """False when the caller said the ground of everybody for the whole clip, or nobody walks."""
        said = any(
            o.surface is not None and o.covers(0.0, self.last_time_s) for o in self.overrides
        )
        return bool(self.steps) and not said

    @property
    def needs_footwear(self) -> bool:
        """False when the caller said everybody's shoes for the whole clip, or nobody walks."""
        said = any(
            o.footwear is not None and o.covers(0.0, self.last_time_s) for o in self.overrides
        )
        return bool(self.steps) and not said

    def steps_of(self, track_id: int) -> list[Footstep]:
        """A person's steps in order of time."""
        own = (step for step in self.steps if step.track_id == track_id)
        return sorted(own, key=lambda step: step.initial_contact_time_s)

    @property
    def track_ids(self) -> list[int]:
        """Everybody who steps, in order."""
        return sorted({step.track_id for step in self.steps})
