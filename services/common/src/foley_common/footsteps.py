"""The shared vocabulary of footsteps: who, which foot, when it lands and leaves, how hard, where.

Times are seconds from the presentation time of the first video frame. Places are pixels of the displayed picture
(rotation applied), x from the left edge, y from the upper edge.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from foley_common.media.info import VideoInfo


class Side(enum.StrEnum):
    """Which foot."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        """The other foot."""
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class GaitKind(enum.StrEnum):
    """How the person moves at a step.

    >>> GaitKind("land") is GaitKind.LANDING
    True
    """

    WALK = "walk"
    RUN = "run"
    STAIRS = "stairs"
    LANDING = "landing"
    STOP = "stop"
    TURN = "turn"
    SCUFF = "scuff"

    @classmethod
    def _missing_(cls, value: object) -> GaitKind | None:
        return GAIT_SYNONYMS.get(value) if isinstance(value, str) else None


GAIT_SYNONYMS = {"land": GaitKind.LANDING}
"""Words that people say besides; never written."""


class StrikePattern(enum.StrEnum):
    """Which part of the foot touches first."""

    HEEL = "heel"
    MIDFOOT = "midfoot"
    FOREFOOT = "forefoot"


class Sensitivity(enum.StrEnum):
    """How readily a movement counts as a footstep."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Footstep:
    """One contact of one foot with the ground.

    Attributes:
        footstep_id: Stable within one detection result, for example ``t1-0007``.
        track_id: Person the foot belongs to, from 1.
        side: Which foot.
        initial_contact_time_s: When the foot first touches the ground.
        toe_off_time_s: When it leaves the ground; None when that was not seen.
        confidence: Belief in the contact, 0 to 1.
        toe_off_confidence: Belief in the toe-off, 0 to 1; 0 without one.
        strength: How hard the foot lands, 0 to 1.
        gait_kind: None when not told apart.
        strike_pattern: None when not told apart.
        x_px, y_px: Contact point in the displayed picture.
        person_height_px: Height of the person's box at the contact; 0 when not known.
        toe_off_x_px, toe_off_y_px: Where the toe leaves the ground, in the picture at that moment; None when not
            known.
    """

    footstep_id: str
    track_id: int
    side: Side
    initial_contact_time_s: float
    toe_off_time_s: float | None
    confidence: float
    toe_off_confidence: float
    strength: float
    gait_kind: GaitKind | None
    strike_pattern: StrikePattern | None
    x_px: float
    y_px: float
    person_height_px: float = 0.0
    toe_off_x_px: float | None = None
    toe_off_y_px: float | None = None

    def __post_init__(self) -> None:
        if self.toe_off_time_s is not None and self.toe_off_time_s <= self.initial_contact_time_s:
            raise ValueError(
                f"{self.footstep_id}: toe-off at {self.toe_off_time_s} s is not after contact at "
                f"{self.initial_contact_time_s} s"
            )

    @property
    def toe_off_xy_px(self) -> tuple[float, float]:
        """Where the foot leaves the ground; the contact point where that is not known."""
        if self.toe_off_x_px is None or self.toe_off_y_px is None:
            return self.x_px, self.y_px
        return self.toe_off_x_px, self.toe_off_y_px

    @property
    def stance_time_s(self) -> float | None:
        """From contact to toe-off; None when the toe-off was not seen."""
        return (
            None
            if self.toe_off_time_s is None
            else self.toe_off_time_s - self.initial_contact_time_s
        )


@dataclass(frozen=True, slots=True)
class StepEdit:
    """One step that a caller moves, changes, takes away or adds (`foley.gateway.v1.StepEdit`).

    Attributes:
        footstep_id: The step; one that no step has, or empty, adds one.
        remove: Takes it away.
        contact_time_s: Initial contact; None leaves it.
        side, strength, gait_kind: None leaves it; of an added step, takes what is usual for the person.
        track_id: Person; 0 leaves it, or takes whoever steps nearest in time.
    """

    footstep_id: str = ""
    remove: bool = False
    contact_time_s: float | None = None
    side: Side | None = None
    track_id: int = 0
    strength: float | None = None
    gait_kind: GaitKind | None = None


@dataclass(frozen=True, slots=True)
class TrackBox:
    """Where a person was at one moment: left, top, width, height in pixels."""

    time_s: float
    x_px: float
    y_px: float
    width_px: float
    height_px: float


@dataclass(frozen=True, slots=True)
class Track:
    """One person followed through the clip, with gait statistics (0 when not measured)."""

    track_id: int
    boxes: tuple[TrackBox, ...] = ()
    cadence_spm: float = 0.0
    stance_time_s: float = 0.0
    step_time_s: float = 0.0
    stride_time_s: float = 0.0


@dataclass(frozen=True, slots=True)
class DetectionStatistics:
    """How much of the clip the detector could see."""

    frame_count: int = 0
    person_frame_count: int = 0
    pose_frame_count: int = 0


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model that took part in a result: file name and SHA-256 in hex."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class DetectedFootsteps:
    """Everything the detector found in one clip: the editable state of a render."""

    video: VideoInfo
    footsteps: tuple[Footstep, ...] = ()
    tracks: tuple[Track, ...] = ()
    statistics: DetectionStatistics = field(default_factory=DetectionStatistics)
    models: tuple[ModelVersion, ...] = ()
