"""The closed lists of grounds and shoes, and what one look at the ground says."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TypeVar


class Surface(enum.StrEnum):
    """The ground under a step."""

    CONCRETE = "concrete"
    ASPHALT = "asphalt"
    TILE = "tile"
    STONE = "stone"
    WOOD = "wood"
    METAL = "metal"
    CARPET = "carpet"
    GRASS = "grass"
    DIRT = "dirt"
    GRAVEL = "gravel"
    SAND = "sand"
    SNOW = "snow"
    LEAVES = "leaves"
    WATER = "water"
    MUD = "mud"
    ICE = "ice"


class SurfaceGroup(enum.StrEnum):
    """How a ground makes sound."""

    SOLID = "solid"
    AGGREGATE = "aggregate"
    SOFT = "soft"
    LIQUID = "liquid"


GROUP_OF: dict[Surface, SurfaceGroup] = {
    Surface.CONCRETE: SurfaceGroup.SOLID,
    Surface.ASPHALT: SurfaceGroup.SOLID,
    Surface.TILE: SurfaceGroup.SOLID,
    Surface.STONE: SurfaceGroup.SOLID,
    Surface.WOOD: SurfaceGroup.SOLID,
    Surface.METAL: SurfaceGroup.SOLID,
    Surface.ICE: SurfaceGroup.SOLID,
    Surface.DIRT: SurfaceGroup.AGGREGATE,
    Surface.GRAVEL: SurfaceGroup.AGGREGATE,
    Surface.SAND: SurfaceGroup.AGGREGATE,
    Surface.CARPET: SurfaceGroup.SOFT,
    Surface.GRASS: SurfaceGroup.SOFT,
    Surface.LEAVES: SurfaceGroup.SOFT,
    Surface.SNOW: SurfaceGroup.SOFT,
    Surface.WATER: SurfaceGroup.LIQUID,
    Surface.MUD: SurfaceGroup.LIQUID,
}


class Footwear(enum.StrEnum):
    """What is on the foot."""

    BAREFOOT = "barefoot"
    SNEAKER = "sneaker"
    DRESS_SHOE = "dress_shoe"
    HIGH_HEEL = "high_heel"
    BOOT = "boot"
    SANDAL = "sandal"
    SOCKS = "socks"
    FLAT = "flat"


class Place(enum.StrEnum):
    """Indoors or outdoors."""

    INDOOR = "indoor"
    OUTDOOR = "outdoor"


class RoomSize(enum.StrEnum):
    """How large the room is that the picture shows."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    HALL = "hall"


class AnswerSource(enum.StrEnum):
    """Who gave an answer."""

    VISION_MODEL = "vision_model"
    LOCAL_MODEL = "local_model"
    OVERRIDE = "override"
    DEFAULT = "default"


DEFAULT_SURFACE = Surface.CONCRETE
DEFAULT_FOOTWEAR = Footwear.SNEAKER


@dataclass(frozen=True, slots=True)
class SurfaceAnswer:
    """What one look at the ground said.

    Attributes:
        surface: The ground; None when looked at and not known.
        best_guess: The likeliest surface, sounded when ``surface`` is None.
        group: Set whenever the group is sure, also when the surface is not.
        confidence: Belief in ``surface``, or in ``best_guess`` when that is None; 0 to 1.
        source: Who gave the answer.
        wet: Whether the ground is wet; None when not known, and sounded dry then.
        place: None when not known.
        description: What the picture shows.
        reasoning: Why this surface.
        sound_suggestions: Names of sounds to look for.
        model: Name and version of the model that answered.
        prompt_version: Version of the prompt; empty for the local model.
        room_size: None outdoors and when not known.
        footwear: The shoe seen in the same picture; None when none was.
        footwear_confidence: Belief in ``footwear``, 0 to 1.
        elapsed_ms: How long the look took; 0 when not measured.
    """

    surface: Surface | None
    best_guess: Surface
    group: SurfaceGroup | None
    confidence: float
    source: AnswerSource
    wet: bool | None = None
    place: Place | None = None
    description: str = ""
    reasoning: str = ""
    sound_suggestions: tuple[str, ...] = ()
    model: str = ""
    prompt_version: str = ""
    room_size: RoomSize | None = None
    footwear: Footwear | None = None
    footwear_confidence: float = 0.0
    elapsed_ms: float = 0.0

    @property
    def sounded(self) -> Surface:
        """The surface that is heard."""
        return self.surface or self.best_guess


@dataclass(frozen=True, slots=True)
class SurfaceSpan:
    """The ground under one person during ``[start_time_s, end_time_s)``; ``track_id`` 0 means everybody."""

    track_id: int
    start_time_s: float
    end_time_s: float
    answer: SurfaceAnswer


@dataclass(frozen=True, slots=True)
class FootwearSpan:
    """The shoe of one person during ``[start_time_s, end_time_s)``; ``footwear`` None means not known.

    ``reason`` says in a sentence why it is this one; empty for the vision model and overrides.
    """

    track_id: int
    start_time_s: float
    end_time_s: float
    footwear: Footwear | None
    confidence: float
    source: AnswerSource
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisionUsage:
    """What the vision model was asked for one clip, and what that cost.

    Attributes:
        call_count: Questions sent to the endpoint.
        cached_call_count: Questions answered from stored answers instead.
        prompt_token_count: Tokens sent, as the endpoint counts them.
        completion_token_count: Tokens received, as the endpoint counts them.
        cost_usd: US dollars; 0 when the endpoint does not say.
        failed_call_count: Questions that gave no usable answer.
        model: Name of the model that was asked; empty when none was.
    """

    call_count: int = 0
    cached_call_count: int = 0
    prompt_token_count: int = 0
    completion_token_count: int = 0
    cost_usd: float = 0.0
    failed_call_count: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class SurfaceReport:
    """Everything known about the ground and the shoes of one clip; ``usage`` is None when no question was put."""

    surfaces: tuple[SurfaceSpan, ...] = ()
    footwear: tuple[FootwearSpan, ...] = ()
    fallback_reason: str = field(default="")
    usage: VisionUsage | None = None

    def surface_at(self, track_id: int, time_s: float) -> SurfaceAnswer | None:
        """The ground under a person at a time; a span of that person wins over one for everybody."""
        span = _span_at(self.surfaces, track_id, time_s)
        return span.answer if span else None

    def footwear_at(self, track_id: int, time_s: float) -> FootwearSpan | None:
        """The shoe of a person at a time; a span of that person wins over one for everybody."""
        return _span_at(self.footwear, track_id, time_s)


_Span = TypeVar("_Span", SurfaceSpan, FootwearSpan)


def _span_at(spans: tuple[_Span, ...], track_id: int, time_s: float) -> _Span | None:
    covering = [
        s for s in spans if s.track_id in (track_id, 0) and s.start_time_s <= time_s < s.end_time_s
    ]
    return max(covering, key=lambda span: span.track_id == track_id, default=None)
