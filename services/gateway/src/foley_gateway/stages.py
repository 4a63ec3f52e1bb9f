"""The stages as the workflow sees them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from foley_common.footsteps import ModelVersion, Sensitivity
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.programme import LoudnessReport, SessionOptions, SyncReport
from foley_common.sound import SessionFormat, SoundSource
from foley_gateway.domain.plan import Segment
from foley_gateway.domain.sample_packs import BankedStep, PackBuild, PackSpec, SoundWish
from foley_gateway.domain.types import (
    AgentFacts,
    DetectionResult,
    PoseOptions,
    PoseResult,
    RenderFile,
    SoundFindings,
    SoundResult,
    Stem,
    Style,
    SurfaceOverride,
    VideoResult,
)

OnProgress = Callable[[float], None]
"""Called with the share of a stage's work that is done, from 0 to 1."""


class DetectorStage(Protocol):
    """Finds people and footsteps."""

    async def estimate_poses(
        self,
        video: ObjectRef,
        segment: Segment,
        options: PoseOptions,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> PoseResult:
        """Poses of one segment."""
        ...

    async def find_footsteps(
        self,
        segments: Sequence[ObjectRef],
        video: VideoInfo,
        sensitivity: Sensitivity,
        models: Sequence[ModelVersion],
        output_prefix: str,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> DetectionResult:
        """Footsteps of the whole clip."""
        ...


class SurfaceStage(Protocol):
    """Looks at the ground."""

    async def classify_surfaces(
        self,
        video: ObjectRef,
        footsteps: ObjectRef,
        overrides: Sequence[SurfaceOverride],
        output_key: str,
        *,
        answers_prefix: str,
        local_only: bool,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> ObjectRef:
        """The stored surface report."""
        ...

    async def describe(self, *, deadline_s: float, is_patient: bool) -> AgentFacts:
        """What answers depend on besides the request."""
        ...

    async def find_sounds(
        self, wanted: SoundRequest, *, deadline_s: float, on_progress: OnProgress
    ) -> SoundFindings:
        """Recordings for a ground; nothing found is a finding too."""
        ...


class AudioStage(Protocol):
    """Makes sound, videos and files."""

    async def synthesize_footsteps(
        self,
        video: ObjectRef | None,
        footsteps: ObjectRef,
        surfaces: ObjectRef,
        style: Style,
        output_prefix: str,
        *,
        tails: bool,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> SoundResult:
        """The programme, with tails for handles if so asked; without a video there is no original sound in it."""
        ...

    async def render_video(
        self,
        video: ObjectRef,
        sound: SoundResult,
        detection: DetectionResult,
        surfaces: ObjectRef,
        output_prefix: str,
        *,
        session: SessionOptions,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> VideoResult:
        """The videos; of the session start time code and offset count, for the time code that is drawn."""
        ...

    async def build_sample_pack(
        self,
        recording: ObjectRef,
        spec: PackSpec,
        output_prefix: str,
        *,
        deadline_s: float,
        on_progress: OnProgress,
    ) -> PackBuild:
        """A sample pack of the footsteps in a stored recording. Raises RecordingUnusable when it gives none."""
        ...

    def render_step_bank(
        self, wish: SoundWish, output_prefix: str, *, deadline_s: float
    ) -> AsyncGenerator[BankedStep]:
        """Single steps, as they are made."""
        ...

    async def export_session(
        self, request: ExportRequest, *, deadline_s: float
    ) -> tuple[RenderFile, ...]:
        """The files for people and other programs."""
        ...


@dataclass(frozen=True, slots=True)
class SoundRequest:
    """What `FindSounds` is asked: a query or an address."""

    query: str
    url: str
    rights_confirmed: bool
    sources: tuple[SoundSource, ...]
    sample_packs: tuple[ObjectRef, ...]
    output_prefix: str
    count: int


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What `ExportSession` is asked; formats empty for all that can be made of what is given."""

    footsteps: ObjectRef
    surfaces: ObjectRef
    style: Style
    video_name: str
    output_prefix: str
    formats: tuple[SessionFormat, ...] = ()
    loudness: LoudnessReport | None = None
    sync: SyncReport | None = None
    session: SessionOptions = field(default_factory=SessionOptions)
    cues: ObjectRef | None = None
    mix: ObjectRef | None = None
    foley: ObjectRef | None = None
    stems: tuple[Stem, ...] = ()
    video: ObjectRef | None = None
    mix_tail: ObjectRef | None = None
    foley_tail: ObjectRef | None = None


@dataclass(frozen=True, slots=True)
class Stages:
    """The three stages of a render."""

    detector: DetectorStage
    surfaces: SurfaceStage
    audio: AudioStage
