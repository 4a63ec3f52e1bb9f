"""The trained part of the local classifier: one linear map and a temperature, in plain numpy."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

SCHEMA_VERSION = 1
CLIP = 4.0  # descriptors further out than this many deviations are no evidence
_ARRAYS = ("mean", "scale", "weights", "bias")


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What was fixed at training besides the weights."""

    feature_version: int
    surface_threshold: float
    group_threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Descriptors to probabilities of surfaces.

    Attributes:
        mean, scale: shape ``(d,)``, how descriptors are standardised.
        weights: shape ``(d, 16)``.
        bias: shape ``(16,)``.
        temperature: Divides the scores; fitted on pictures of sources that were held out.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float

    @property
    def input_size(self) -> int:
        """Numbers in a descriptor."""
        return self.mean.size

    def scores(self, descriptors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Scores before temperature and softmax, shape ``(n, 16)``, of descriptors of shape ``(n, d)``."""
        inputs = np.clip((descriptors - self.mean) / self.scale, -CLIP, CLIP)
        return (inputs @ self.weights + self.bias).astype(np.float64)

    def log_probabilities(self, descriptors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated, natural logarithm, shape ``(n, 16)``."""
        return log_softmax(self.scores(descriptors) / self.temperature, axis=1)

    def to_bytes(self, facts: HeadFacts) -> bytes:
        """The file's content."""
        buffer = io.BytesIO()
        arrays: dict[str, Any] = {
            name: np.asarray(getattr(self, name), np.float32) for name in _ARRAYS
        }
        arrays |= {
            "temperature": np.float64(self.temperature),
            "schema_version": np.int64(SCHEMA_VERSION),
            "feature_version": np.int64(facts.feature_version),
            "surface_threshold": np.float64(facts.surface_threshold),
            "group_threshold": np.float64(facts.group_threshold),
        }
        np.savez(buffer, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> tuple[Head, HeadFacts]:
        """Read a file's content.

        Raises:
            KeyError, ValueError, zipfile.BadZipFile: it is no such file.
        """
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            if int(archive["schema_version"]) != SCHEMA_VERSION:
                raise ValueError(f"schema {int(archive['schema_version'])} is not known")
            arrays = {name: archive[name].astype(np.float32) for name in _ARRAYS}
            facts = HeadFacts(
                int(archive["feature_version"]),
                float(archive["surface_threshold"]),
                float(archive["group_threshold"]),
            )
            return cls(temperature=float(archive["temperature"]), **arrays), facts
