"""The trained part of the local classifier, in plain numpy: a linear map and small networks, each with a temperature.

The linear map distrusts whatever differs between sources of pictures and is steadier on cameras that nobody has met;
the networks tell finer differences. What is answered is the weighted mean of their calibrated probabilities.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from foley_surface_agent.domain.types import LEAST_PROBABILITY

SCHEMA_VERSION = 4
CLIP = 4.0  # descriptors further out than this many deviations are no evidence
LINEAR_SHARE = 0.3  # of the linear map's word where there are networks; see the model card
_LINEAR = ("mean", "scale", "weights", "bias")
_FACTS = (
    "surface_threshold",
    "group_threshold",
    "picture_temperature",
    "picture_surface_threshold",
    "picture_group_threshold",
)
_NETWORKS = ("hidden_weights", "hidden_bias", "out_weights", "out_bias")

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HeadFacts:
    """What was fixed at training besides the weights.

    Attributes:
        feature_version: Of the descriptor.
        surface_threshold, group_threshold: From which probability on a ground, or a group, is named under steps.
        picture_temperature: What the looks at a picture are pooled with, so that answers are as sure as they are right.
        picture_surface_threshold, picture_group_threshold: From which probability on they are named in a picture.
    """

    feature_version: int
    surface_threshold: float
    group_threshold: float
    picture_temperature: float
    picture_surface_threshold: float
    picture_group_threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """Networks of one hidden layer over the same standardised descriptors.

    Attributes:
        hidden_weights: shape ``(k, d, h)``.
        hidden_bias: shape ``(k, h)``.
        out_weights: shape ``(k, h, 16)``.
        out_bias: shape ``(k, 16)``.
    """

    hidden_weights: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    out_weights: NDArray[np.float32]
    out_bias: NDArray[np.float32]

    def scores(self, inputs: NDArray[np.float32]) -> FloatArray:
        """Mean of the networks' scores, shape ``(n, 16)``, of standardised descriptors of shape ``(n, d)``."""
        total = np.zeros((len(inputs), self.out_bias.shape[1]))
        for weights, bias, out_weights, out_bias in zip(
            self.hidden_weights, self.hidden_bias, self.out_weights, self.out_bias, strict=True
        ):
            total += np.maximum(inputs @ weights + bias, 0) @ out_weights + out_bias
        return total / len(self.out_bias)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Descriptors to probabilities of surfaces.

    Attributes:
        mean, scale: shape ``(d,)``, how descriptors are standardised.
        weights: shape ``(d, 16)``, of the linear map.
        bias: shape ``(16,)``.
        temperatures: Divide the scores of the linear map and of the networks; fitted on pictures of sources that were
            held out.
        networks: None where there is the linear map alone.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperatures: tuple[float, float] = (1.0, 1.0)
    networks: Networks | None = None

    @property
    def input_size(self) -> int:
        """Numbers in a descriptor."""
        return self.mean.size

    def standardised(self, descriptors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Descriptors as both parts take them, same shape ``(n, d)``."""
        return np.clip((descriptors - self.mean) / self.scale, -CLIP, CLIP)

    def scores(self, descriptors: NDArray[np.float32]) -> FloatArray:
        """Scores before temperature and softmax, of descriptors of shape ``(n, d)``.

        Returns:
            Shape ``(n, 2, 16)``: the linear map's and the networks'; ``(n, 1, 16)`` without networks.
        """
        inputs = self.standardised(descriptors)
        linear = (inputs @ self.weights + self.bias).astype(np.float64)
        if self.networks is None:
            return linear[:, None]
        return np.stack([linear, self.networks.scores(inputs)], axis=1)

    def log_probabilities(self, descriptors: NDArray[np.float32]) -> FloatArray:
        """Calibrated, natural logarithm, shape ``(n, 16)``."""
        return np.log(mixed(self.scores(descriptors), self.temperatures) + LEAST_PROBABILITY)

    def to_bytes(self, facts: HeadFacts) -> bytes:
        """The file's content; networks are kept in half precision."""
        buffer = io.BytesIO()
        arrays: dict[str, Any] = {
            name: np.asarray(getattr(self, name), np.float32) for name in _LINEAR
        }
        if self.networks is not None:
            arrays |= {
                name: np.asarray(getattr(self.networks, name), np.float16) for name in _NETWORKS
            }
        arrays |= {
            "temperatures": np.array(self.temperatures, np.float64),
            "schema_version": np.int64(SCHEMA_VERSION),
            "feature_version": np.int64(facts.feature_version),
        }
        arrays |= {name: np.float64(getattr(facts, name)) for name in _FACTS}
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
            linear = {name: archive[name].astype(np.float32) for name in _LINEAR}
            networks = None
            if _NETWORKS[0] in archive:
                networks = Networks(
                    **{name: archive[name].astype(np.float32) for name in _NETWORKS}
                )
            first, second = (float(value) for value in archive["temperatures"])
            facts = HeadFacts(
                int(archive["feature_version"]), *(float(archive[name]) for name in _FACTS)
            )
            return cls(temperatures=(first, second), networks=networks, **linear), facts


def mixed(
    scores: FloatArray, temperatures: tuple[float, float], log_prior: FloatArray | float = 0.0
) -> FloatArray:
    """Probabilities of scores of shape ``(…, 2, 16)`` or ``(…, 1, 16)``: each part's, then their mean; ``(…, 16)``.

    Args:
        scores: Of the linear map and, where there are, of the networks.
        temperatures: What they are divided by.
        log_prior: Added to both, shape ``(16,)``.
    """
    linear = softmax(scores[..., 0, :] / temperatures[0] + log_prior, axis=-1)
    if scores.shape[-2] == 1:
        return linear
    networks = softmax(scores[..., 1, :] / temperatures[1] + log_prior, axis=-1)
    return LINEAR_SHARE * linear + (1 - LINEAR_SHARE) * networks
