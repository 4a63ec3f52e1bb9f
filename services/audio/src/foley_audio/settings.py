"""What the audio service can be told from outside."""

from __future__ import annotations

from pydantic import Field

from foley_common.settings import StageServiceSettings


class AudioSettings(StageServiceSettings, env_prefix="FOLEY_AUDIO_"):
    """Settings of the audio service."""

    block_samples: int = Field(
        65_536,
        ge=256,
        le=1 << 22,
        description="Samples worked on at a time; the result is the same for every value.",
    )
