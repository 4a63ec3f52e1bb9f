"""What the audio service speaks about: cues, sounds of steps, styles, reports."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from foley_common.footsteps import (
    DetectionStatistics,
    Footstep,
    GaitKind,
    ModelVersion,
    Side,
    StrikePattern,
    Track,
)
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.programme import LoudnessReport, SessionOptions, SyncReport
from foley_common.sound import (
    DEFAULT_SAMPLE_RATE_HZ,
    SAMPLE_RATES_HZ,
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SoundEngine,
    StemKind,
)
from foley_common.surfaces import Footwear, Surface, SurfaceReport

FloatArray = NDArray[np.float64]
SampleArray = NDArray[np.float32]
ComplexArray = NDArray[np.complex64]


@dataclass(frozen=True, slots=True)
class DuckingShape:
    """How the original sound gives way; the defaults are those that the contract names.

    Attributes:
        depth_db: How far it goes down, greater than 0.
        attack_s: How long it takes to go down before a contact.
        hold_s: How long it stays down after the contact.
        release_s: How long it takes to come up again.
    """

    depth_db: float = 9.0  # hand-set, usual for effects over atmosphere
    attack_s: float = 0.03
    hold_s: float = 0.15
    release_s: float = 0.35


@dataclass(frozen=True, slots=True)
class Style:
    """How the programme sounds.

    Attributes:
        seed: Makes every random choice repeatable.
        original_sound: What happens to the video's own sound.
        loudness_preset: Where the loudness goes.
        sample_rate_hz: 48000 or 96000.
        engine: Where the sound of a step comes from.
        sample_packs: For the sampled engine; earlier ones win.
        room: The room that the footsteps sound in.
        perspective: How far away the footsteps sound.
        ducking: How the original sound gives way, where it is ducked.
        sample_format: How a sample is written in WAV files.
        stems: True to write stems too.
        cloth: True for a quiet layer of moving clothes.
        nudge_s: Moves every sound and every session marker later; negative: earlier.
    """

    seed: int = 0
    original_sound: OriginalSound = OriginalSound.KEEP
    loudness_preset: LoudnessPreset = LoudnessPreset.EBU_R128
    sample_rate_hz: int = DEFAULT_SAMPLE_RATE_HZ
    engine: SoundEngine = SoundEngine.PROCEDURAL
    sample_packs: tuple[ObjectRef, ...] = ()
    room: Room = Room.AUTO
    perspective: Perspective = Perspective.AUTO
    ducking: DuckingShape = field(default_factory=DuckingShape)
    sample_format: SampleFormat = SampleFormat.PCM_24
    stems: bool = False
    cloth: bool = False
    nudge_s: float = 0.0

    def __post_init__(self) -> None:
        if self.sample_rate_hz not in SAMPLE_RATES_HZ:
            raise ValueError(
                f"sample_rate_hz must be one of {SAMPLE_RATES_HZ}, got {self.sample_rate_hz}"
            )


@dataclass(frozen=True, slots=True)
class StepSpec:
    """Everything that decides how one single step sounds, before it is put into a room or a mix.

    Attributes:
        surface: The ground.
        footwear: The shoe.
        gait_kind: How the person moves.
        strike_pattern: Which part of the foot touches first; None when not told apart.
        strength: How hard the foot lands, 0 to 1.
        stance_time_s: From contact to toe-off, greater than 0.
        side: Which foot.
        wet: True when the ground is wet.
        seed: Decides every random choice of this step.
        drift: Slow deviations of this step shared with its neighbours, in standard deviations; one number per
            direction of variation.
        floor: Picks one of the floors that a surface has (two kinds of metal, four kinds of wood).
    """

    surface: Surface
    footwear: Footwear
    gait_kind: GaitKind
    strike_pattern: StrikePattern | None
    strength: float
    stance_time_s: float
    side: Side
    wet: bool
    seed: int
    drift: tuple[float, ...] = ()
    floor: int = 0

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise ValueError(f"strength must be 0 to 1, got {self.strength}")
        if not self.stance_time_s > 0:
            raise ValueError(f"stance_time_s must be > 0, got {self.stance_time_s}")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one step stands in the picture.

    Attributes:
        pan: From −1 (left) to 1 (right).
        gain_db: Level for the distance.
        distance_m: From the camera, greater than 0; colours the sound and chooses the room's reflections.
    """

    pan: float = 0.0
    gain_db: float = 0.0
    distance_m: float = 4.0


@dataclass(frozen=True, slots=True)
class FootstepCue:
    """One footstep ready to be sounded.

    Attributes:
        footstep_id: The step, for example ``t1-0007``.
        track_id: Person.
        time_s: Initial contact, seconds from the first video frame.
        onset_sample: Sample of the mix at which the contact stands, nudge applied.
        spec: How it sounds.
        placement: Where it stands.
        room: What it sounds in; never `AUTO`.
    """

    footstep_id: str
    track_id: int
    time_s: float
    onset_sample: int
    spec: StepSpec
    placement: Placement
    room: Room = Room.NONE


@dataclass(frozen=True, slots=True)
class StepSound:
    """The sound of one step.

    Attributes:
        samples: shape ``(n,)``, mono, 1.0 is full scale.
        contact_index: Sample of ``samples`` at which the foot touches the ground; what precedes it is silence or the
            scuff of the approach.
    """

    samples: SampleArray
    contact_index: int

    def __post_init__(self) -> None:
        if self.samples.ndim != 1:
            raise ValueError(f"samples must be 1-D, got shape {self.samples.shape}")
        if not 0 <= self.contact_index < max(1, self.samples.size):
            raise ValueError(f"contact_index must lie in the samples, got {self.contact_index}")


@dataclass(frozen=True, slots=True)
class PlacedCue:
    """One footstep at its sample in the mix.

    Attributes:
        footstep_id: The step, for example ``t1-0007``.
        time_s: Initial contact, seconds from the first video frame.
        onset_sample: Sample of the mix at which the step was placed.
    """

    footstep_id: str
    time_s: float
    onset_sample: int


@dataclass(frozen=True, slots=True)
class Stem:
    """One part of a programme; its file stands elsewhere.

    Attributes:
        name: For people, for example ``track-1-left``.
        kind: What it holds; None when not told.
        track_id: Whose; 0 means nobody's in particular.
        side: Which foot; None for everything but feet.
        gain_db: Gain of its bus in the mix; the file has it applied already.
    """

    name: str
    kind: StemKind | None
    track_id: int = 0
    side: Side | None = None
    gain_db: float = 0.0


@dataclass(frozen=True, slots=True)
class Session:
    """Everything that the exports tell.

    Attributes:
        video_name: Name of the video as the user knows it.
        video: What a probe found.
        footsteps: In order of initial contact.
        tracks: In order of track id.
        statistics: How much of the clip the detector could see.
        models: Models that took part.
        surfaces: Grounds and shoes.
        style: How the programme was made; None when there is no sound.
        loudness: Of the mix; None when there is no sound.
        sync: Of the delivered file; None when there is none.
        options: Where positions count from.
        stems: Parts of the programme.
    """

    video_name: str
    video: VideoInfo
    footsteps: tuple[Footstep, ...]
    tracks: tuple[Track, ...] = ()
    statistics: DetectionStatistics = field(default_factory=DetectionStatistics)
    models: tuple[ModelVersion, ...] = ()
    surfaces: SurfaceReport = field(default_factory=SurfaceReport)
    style: Style | None = None
    loudness: LoudnessReport | None = None
    sync: SyncReport | None = None
    options: SessionOptions = field(default_factory=SessionOptions)
    stems: tuple[Stem, ...] = ()

    @property
    def has_grounds(self) -> bool:
        """False where nobody looked: only footsteps were asked for, and no ground of theirs is said or heard."""
        return bool(self.surfaces.surfaces or self.surfaces.footwear)
