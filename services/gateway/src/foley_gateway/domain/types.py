"""Clips, renders and what they are made of, as the gateway thinks of them; plain values that can be stored as JSON."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from foley_common.footsteps import ModelVersion, Sensitivity, Side, StepEdit
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.programme import LoudnessReport, SessionOptions, SyncReport
from foley_common.sound import (
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
    SoundSource,
    StemKind,
)
from foley_common.surfaces import Footwear, Surface


class RenderState(enum.StrEnum):
    """Where a render is."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """True when nothing will happen any more unless somebody asks again."""
        return self in (RenderState.SUCCEEDED, RenderState.FAILED, RenderState.CANCELLED)


class RenderStage(enum.StrEnum):
    """One part of a render's work, in order."""

    POSES = "poses"
    FOOTSTEPS = "footsteps"
    SURFACES = "surfaces"
    SOUND = "sound"
    VIDEO = "video"
    EXPORTS = "exports"


@dataclass(frozen=True, slots=True)
class PoseOptions:
    """Settings of person and pose finding; 0 takes the detector's default.

    Attributes:
        min_person_confidence: People with a lower detector score are ignored, 0.05 to 0.95.
        max_people_count: Most people followed at once, 1 to 32.
    """

    min_person_confidence: float = 0.0
    max_people_count: int = 0


@dataclass(frozen=True, slots=True)
class SurfaceOverride:
    """What the caller knows better about a ground or a shoe.

    Attributes:
        track_id: Person it is for; 0 means everybody.
        start_time_s, end_time_s: When; both None for the whole clip, an end of None for until its end.
        surface, footwear: None leaves it to the models.
        wet: Whether the ground is wet, whichever it is; None leaves it to the models.
    """

    track_id: int = 0
    start_time_s: float | None = None
    end_time_s: float | None = None
    surface: Surface | None = None
    footwear: Footwear | None = None
    wet: bool | None = None


@dataclass(frozen=True, slots=True)
class Ducking:
    """How the original sound gives way; a depth of 0 and a time of None take the audio service's default."""

    depth_db: float = 0.0
    attack_s: float | None = None
    hold_s: float | None = None
    release_s: float | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How the programme sounds; 0 hertz takes the audio service's default."""

    seed: int = 0
    original_sound: OriginalSound = OriginalSound.KEEP
    loudness_preset: LoudnessPreset = LoudnessPreset.EBU_R128
    sample_rate_hz: int = 0
    engine: SoundEngine = SoundEngine.PROCEDURAL
    sample_packs: tuple[ObjectRef, ...] = ()
    room: Room = Room.AUTO
    perspective: Perspective = Perspective.AUTO
    ducking: Ducking = field(default_factory=Ducking)
    sample_format: SampleFormat = SampleFormat.PCM_24
    stems: bool = False
    cloth: bool = False
    nudge_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SoundSearch:
    """Recordings to look for.

    Attributes:
        query: What to look for; empty takes what the surface agent suggests.
        url: Address of one recording, instead of a query.
        rights_confirmed: The caller has the right to use what is fetched.
        sources: Where, in this order; empty: everywhere that the settings allow.
    """

    query: str = ""
    url: str = ""
    rights_confirmed: bool = False
    sources: tuple[SoundSource, ...] = ()


@dataclass(frozen=True, slots=True)
class StepEdits:
    """Changes of the steps that were found; ``only_these`` takes away every step that no edit names."""

    edits: tuple[StepEdit, ...] = ()
    only_these: bool = False


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What a render shall be; no formats means all of them, no sound search none, no step edits the steps as found."""

    poses: PoseOptions = field(default_factory=PoseOptions)
    sensitivity: Sensitivity = Sensitivity.MEDIUM
    overrides: tuple[SurfaceOverride, ...] = ()
    style: Style = field(default_factory=Style)
    footsteps_only: bool = False
    session: SessionOptions = field(default_factory=SessionOptions)
    formats: tuple[SessionFormat, ...] = ()
    local_ground_only: bool = False
    sound_search: SoundSearch | None = None
    step_edits: StepEdits | None = None


@dataclass(frozen=True, slots=True)
class Clip:
    """One uploaded video."""

    clip_id: str
    display_name: str
    source: ObjectRef
    video: VideoInfo
    create_time: datetime

    @property
    def name(self) -> str:
        """Resource name."""
        return f"clips/{self.clip_id}"


@dataclass(frozen=True, slots=True)
class StageProgress:
    """Work so far in one stage: from 0 to 1, and whether it was found done."""

    stage: RenderStage
    fraction: float = 0.0
    reused: bool = False


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What the surface agent says of itself: what its answers depend on, and which vision model it asks."""

    answers_digest: str = ""
    vision_model: str = ""


@dataclass(frozen=True, slots=True)
class FoundSound:
    """One recording that a search found (`foley.surface_agent.v1.FoundSound`)."""

    sound: ObjectRef
    source_url: str = ""
    title: str = ""
    uploader: str = ""
    licence: str = ""
    source: SoundSource | None = None
    duration_s: float = 0.0
    rights_confirmed: bool = False
    fetch_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class RejectedSound:
    """One recording that was found and not taken, with the reason in a sentence."""

    source_url: str = ""
    title: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SoundFindings:
    """What a search gave; ``problem`` says why it ended early, empty when it did not."""

    sounds: tuple[FoundSound, ...] = ()
    rejected: tuple[RejectedSound, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class GroundSound:
    """What a sound search did for one ground (`foley.gateway.v1.GroundSound`).

    Attributes:
        surface: The ground.
        query: What was looked for; empty with an address.
        sound: The recording that sounds; None when none could be used.
        sample_pack: The pack that sounds; None when none could be used.
        step_count: Recorded steps in it; 0 for a pack of the caller's.
        rejected: What was not taken.
        fallback_reason: Why steps on this ground are synthesised; empty when they are not.
    """

    surface: Surface
    query: str = ""
    sound: FoundSound | None = None
    sample_pack: ObjectRef | None = None
    step_count: int = 0
    rejected: tuple[RejectedSound, ...] = ()
    fallback_reason: str = ""


@dataclass(frozen=True, slots=True)
class RenderFile:
    """One file of a finished render."""

    file_name: str
    file: ObjectRef


@dataclass(frozen=True, slots=True)
class RenderSummary:
    """What a render found and made, in figures.

    ``surfaces_key`` is where its surface report is stored, ``unused_overrides`` the positions of overrides that no
    footstep is under, ``unused_step_edits`` those of step edits that change nothing.
    """

    footstep_count: int = 0
    walker_count: int = 0
    loudness: LoudnessReport | None = None
    sync: SyncReport | None = None
    ground_sounds: tuple[GroundSound, ...] = ()
    surfaces_key: str = ""
    unused_overrides: tuple[int, ...] = ()
    unused_step_edits: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderFailure:
    """Why a render failed: an error's reason, its sentence and its facts."""

    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Render:
    """One video turned into a video with its footsteps.

    Attributes:
        attempt: Counts how often this render was started, from 1.
        footsteps: The stored `DetectedFootsteps`; None until they were found.
        failure: Set in state ``FAILED`` only.
    """

    clip_id: str
    render_id: str
    options: RenderOptions
    state: RenderState
    create_time: datetime
    update_time: datetime
    attempt: int = 1
    progress: tuple[StageProgress, ...] = ()
    files: tuple[RenderFile, ...] = ()
    summary: RenderSummary | None = None
    footsteps: ObjectRef | None = None
    failure: RenderFailure | None = None

    @property
    def name(self) -> str:
        """Resource name."""
        return f"clips/{self.clip_id}/renders/{self.render_id}"

    @property
    def workflow_id(self) -> str:
        """Id of the durable workflow of this attempt."""
        return f"{self.clip_id}.{self.render_id}.{self.attempt}"


@dataclass(frozen=True, slots=True)
class PoseResult:
    """What `EstimatePoses` gave for one segment."""

    poses: ObjectRef
    video: VideoInfo
    models: tuple[ModelVersion, ...] = ()


@dataclass(frozen=True, slots=True)
class DetectionResult:
    """What `FindFootsteps` gave."""

    footsteps: ObjectRef
    poses: ObjectRef
    footstep_count: int
    walker_count: int


@dataclass(frozen=True, slots=True)
class Stem:
    """One part of a programme (`foley.audio.v1.Stem`)."""

    name: str
    sound: ObjectRef
    kind: StemKind | None = None
    track_id: int = 0
    side: Side | None = None
    gain_db: float = 0.0
    tail: ObjectRef | None = None


@dataclass(frozen=True, slots=True)
class SoundResult:
    """What `SynthesizeFootsteps` gave; tails are how sounds go on after the picture, where they were asked for."""

    mix: ObjectRef
    foley: ObjectRef
    cues: ObjectRef
    loudness: LoudnessReport
    stems: tuple[Stem, ...] = ()
    channel_layout: str = ""
    original_gain_db: float = 0.0
    foley_gain_db: float = 0.0
    mix_tail: ObjectRef | None = None
    foley_tail: ObjectRef | None = None


@dataclass(frozen=True, slots=True)
class VideoResult:
    """What `RenderVideo` gave; `untouched` is set when the picture had to be re-encoded for MP4."""

    foley_video: ObjectRef
    annotated_video: ObjectRef
    sync: SyncReport
    untouched: ObjectRef | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list request, checked: how many to return and where to go on."""

    size: int
    offset: int = 0
