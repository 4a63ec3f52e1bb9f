"""Sample packs as the gateway thinks of them, and what may be asked of sound without a video."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from foley_common.footsteps import GaitKind
from foley_common.objects import ObjectRef, derived_key_part
from foley_common.packs import PackManifest, Provenance, Rejection
from foley_common.surfaces import DEFAULT_FOOTWEAR, Footwear, Surface
from foley_gateway.domain.types import Style

_PACK_ID_LENGTH = 16  # hex digits; 64 bits, as clips


@dataclass(frozen=True, slots=True)
class SampleGroup:
    """Steps of one ground, shoe and gait in a pack; None serves every shoe or gait."""

    surface: Surface
    footwear: Footwear | None
    gait_kind: GaitKind | None
    step_count: int


@dataclass(frozen=True, slots=True)
class SamplePack:
    """Recorded single steps that a render may sound footsteps with.

    Attributes:
        pack_id: Its id, from the zip's digest and its name.
        display_name: Name of the file as the user knows it.
        pack: The zip in the store.
        groups: What is in it.
        create_time: When it was stored.
        provenance: Where its recording comes from; None when it does not say.
    """

    pack_id: str
    display_name: str
    pack: ObjectRef
    groups: tuple[SampleGroup, ...]
    create_time: datetime
    provenance: Provenance | None = None
    audio_stream: int = 0
    audio_stream_count: int = 0

    @property
    def name(self) -> str:
        """Resource name."""
        return f"samplePacks/{self.pack_id}"

    @property
    def step_count(self) -> int:
        """Steps in it."""
        return sum(group.step_count for group in self.groups)


@dataclass(frozen=True, slots=True)
class PackSpec:
    """What the caller says of a recording that becomes a pack; None where nothing is known.

    ``audio_stream`` is one of its audio streams, from 1; 0 takes the one with most steps.
    """

    surface: Surface
    footwear: Footwear | None = None
    gait_kind: GaitKind | None = None
    name: str = ""
    provenance: Provenance | None = None
    audio_stream: int = 0

    @property
    def title(self) -> str:
        """Its name, or one made of ground, shoe and gait."""
        words = [word.value for word in (self.surface, self.footwear, self.gait_kind) if word]
        return self.name or ", ".join(words)


@dataclass(frozen=True, slots=True)
class PackBuild:
    """What `BuildSamplePack` of the audio service gave."""

    pack: ObjectRef
    step_count: int
    rejected: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True)
class SoundWish:
    """Footsteps to be heard without a video.

    Attributes:
        surface: The ground.
        footwear: The shoe.
        gait_kind: The gait.
        strength: How hard the feet land, 0 to 1.
        step_count: Single steps; 0 for a short walk.
        wet: True when the ground is wet.
        style: How it sounds.
    """

    surface: Surface
    footwear: Footwear = DEFAULT_FOOTWEAR
    gait_kind: GaitKind = GaitKind.WALK
    strength: float = 0.5
    step_count: int = 0
    wet: bool = False
    style: Style = field(default_factory=Style)


@dataclass(frozen=True, slots=True)
class BankedStep:
    """One single step of the audio service's `RenderStepBank`."""

    sound: ObjectRef
    contact_sample: int


@dataclass(frozen=True, slots=True)
class MadeSound:
    """A WAV file of footsteps, and the samples at which feet touch the ground."""

    file_name: str
    sound: ObjectRef
    contact_samples: tuple[int, ...]
    sample_rate_hz: int


def pack_id_of(pack_sha256: str, display_name: str) -> str:
    """The id of a pack: the same zip under the same name is the same pack."""
    return f"p-{derived_key_part(pack_sha256, display_name, length=_PACK_ID_LENGTH)}"


def groups_of(manifest: PackManifest) -> tuple[SampleGroup, ...]:
    """The steps of a manifest by ground, shoe and gait, in the order in which they first appear."""
    counts: dict[tuple[Surface, Footwear | None, GaitKind | None], int] = {}
    for step in manifest.steps:
        key = (step.surface, step.footwear, step.gait_kind)
        counts[key] = counts.get(key, 0) + 1
    return tuple(SampleGroup(*key, count) for key, count in counts.items())
