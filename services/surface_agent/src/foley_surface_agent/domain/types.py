"""What the surface agent talks about inside: overrides, votes of steps, grounds under a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_common.surfaces import GROUP_OF, Footwear, Place, RoomSize, Surface, SurfaceGroup

SURFACES: tuple[Surface, ...] = tuple(Surface)  # order of every probability vector
GROUPS: tuple[SurfaceGroup, ...] = tuple(SurfaceGroup)
GROUP_INDEX: NDArray[np.int64] = np.array([GROUPS.index(GROUP_OF[surface]) for surface in SURFACES])
LEAST_PROBABILITY = 1e-12  # keeps logarithms finite
EVERYBODY = 0  # track id of spans and overrides that are for every person


@dataclass(frozen=True, slots=True)
class Override:
    """What the caller knows better.

    Attributes:
        track_id: Person it is for; 0 for everybody.
        start_time_s, end_time_s: When, half open; the end may be infinite.
        surface: None leaves the ground to the models.
        footwear: None leaves the shoe to the models.
        wet: Whether the ground is wet, whichever it is; None leaves it to the models.
    """

    track_id: int
    start_time_s: float
    end_time_s: float
    surface: Surface | None
    footwear: Footwear | None
    wet: bool | None = None

    def covers(self, start_time_s: float, end_time_s: float) -> bool:
        """True when the override holds over the whole of a span, for everybody."""
        return (
            self.track_id == EVERYBODY
            and self.start_time_s <= start_time_s
            and self.end_time_s >= end_time_s
        )


@dataclass(frozen=True, slots=True, eq=False)
class StepVotes:
    """What the local classifier saw under the steps of one person.

    Attributes:
        track_id: The person.
        time_s: shape ``(n,)``, initial contacts, increasing.
        log_probabilities: shape ``(n, 16)``, natural logarithm, in the order of `SURFACES`; NaN where nothing
            could be seen.
        appearance: shape ``(n, d)``, colour and grain of the ground, in units in which steps on one ground
            scatter by about one; NaN where nothing could be seen.
    """

    track_id: int
    time_s: NDArray[np.float64]
    log_probabilities: NDArray[np.float64]
    appearance: NDArray[np.float64]

    def __post_init__(self) -> None:
        n = self.time_s.size
        if self.log_probabilities.shape != (n, len(SURFACES)):
            raise ValueError(
                f"log_probabilities must have shape ({n}, {len(SURFACES)}), got {self.log_probabilities.shape}"
            )
        if self.appearance.ndim != 2 or self.appearance.shape[0] != n:
            raise ValueError(f"appearance must have shape ({n}, d), got {self.appearance.shape}")

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Shape ``(n,)``, True where the ground could be seen."""
        return np.asarray(np.isfinite(self.log_probabilities).all(axis=1), np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A run of steps of one person on one ground.

    Attributes:
        track_id: The person.
        first, last: Positions of the first and the last step among the person's steps, both inside.
        start_time_s, end_time_s: Span, half open; borders stand halfway between steps.
        probabilities: shape ``(16,)``, pooled over the steps; None when no step's ground could be seen.
        seen_count: Steps that took part.
        shot: Number of the shot that it lies in, from 0.
    """

    track_id: int
    first: int
    last: int
    start_time_s: float
    end_time_s: float
    probabilities: NDArray[np.float64] | None
    seen_count: int
    shot: int = 0

    @property
    def step_count(self) -> int:
        """Steps on it, seen or not."""
        return self.last - self.first + 1

    @property
    def likeliest(self) -> Surface | None:
        """The likeliest surface, None when nothing was seen."""
        return None if self.probabilities is None else SURFACES[int(self.probabilities.argmax())]


@dataclass(frozen=True, slots=True)
class SeenShoe:
    """A shoe in a picture.

    Attributes:
        label: The number that the picture gives the person, from 1.
        footwear: None when the model cannot tell.
        confidence: The model's own, 0 to 1; not calibrated.
    """

    label: int
    footwear: Footwear | None
    confidence: float


@dataclass(frozen=True, slots=True)
class VisionReply:
    """A checked answer of a vision model.

    Attributes:
        surface: None when the model cannot tell.
        confidence: The model's own, 0 to 1; not calibrated.
        wet: Whether the ground is wet; None when the model does not say.
        place: None when the model cannot tell.
        room_size: None outdoors and when the model cannot tell.
        shoes: At most one for each label.
        description, reasoning: One sentence each.
        sound_suggestions: At most five.
        model: Name of the model that answered.
        prompt_version: Version of what it was asked.
        elapsed_ms: How long the answer took; 0 for a remembered one.
    """

    surface: Surface | None
    confidence: float
    wet: bool | None
    place: Place | None
    room_size: RoomSize | None
    shoes: tuple[SeenShoe, ...]
    description: str
    reasoning: str
    sound_suggestions: tuple[str, ...]
    model: str
    prompt_version: str
    elapsed_ms: float = 0.0

    def shoe(self, label: int) -> SeenShoe | None:
        """The shoe of a person by the number in the picture."""
        return next((shoe for shoe in self.shoes if shoe.label == label), None)
