"""Wishes in words to the contract's `RenderOptions`."""

from __future__ import annotations

import enum

from foley.audio.v1 import audio_service_pb2
from foley.gateway.v1 import render_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2
from foley_common.footsteps import Sensitivity
from foley_common.surfaces import Footwear, Surface

OptionsMessage = render_pb2.RenderOptions
"""What `render_options` makes; for signatures of callers that do not know the contract's modules."""


class OriginalSound(enum.StrEnum):
    """What happens to the video's own sound."""

    KEEP = "keep"
    DUCK = "duck"
    DROP = "drop"


def render_options(
    *,
    surface: Surface | None = None,
    footwear: Footwear | None = None,
    sensitivity: Sensitivity = Sensitivity.MEDIUM,
    original_sound: OriginalSound = OriginalSound.KEEP,
    seed: int = 0,
    footsteps_only: bool = False,
) -> render_pb2.RenderOptions:
    """The contract's message for what a render shall be; everything has a default.

    Args:
        surface: The ground under everybody for the whole clip; None leaves it to the models.
        footwear: The shoe of everybody; None leaves it to the models.
        sensitivity: How readily a movement counts as a footstep.
        original_sound: What happens to the video's own sound.
        seed: Makes every random choice of the sound repeatable.
        footsteps_only: Stops after the footsteps: no sound, no video.
    """
    options = render_pb2.RenderOptions(
        sensitivity=f"SENSITIVITY_{sensitivity.name}",
        style=audio_service_pb2.Style(
            seed=seed, original_sound=f"ORIGINAL_SOUND_{original_sound.name}"
        ),
        footsteps_only=footsteps_only,
    )
    if surface or footwear:
        options.overrides.append(
            surface_agent_service_pb2.SurfaceOverride(
                surface=f"SURFACE_{surface.name}" if surface else None,
                footwear=f"FOOTWEAR_{footwear.name}" if footwear else None,
            )
        )
    return options
