"""The local classifier: patches of ground to calibrated probabilities of the 16 surfaces."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import ModelCorrupt, ModelMissing
from foley_common.observability import get_logger
from foley_common.weights import ensure
from foley_surface_agent.domain.fallback import AnswerThresholds
from foley_surface_agent.domain.types import SURFACES
from foley_surface_agent.local.descriptor import Descriptor, MobileDescriptor, YoloDescriptor
from foley_surface_agent.local.head import Head, HeadFacts


@dataclass(frozen=True, slots=True)
class GroundModel:
    """One way to classify: a fetched network and a head of ours for its descriptors.

    Attributes:
        backbone: The network's file in the weights manifest.
        head: File name beside this module.
        describe: Makes the descriptor from the network's file.
    """

    backbone: str
    head: str
    describe: Callable[[Path], Descriptor]


BEST = GroundModel("efficientnet-lite0-57934424.pth", "head.npz", MobileDescriptor)
FALLBACK = GroundModel("yolov8n.onnx", "head_yolo.npz", YoloDescriptor)
"""Much weaker; for machines that have the detector's weights and cannot fetch the better network."""


class LocalClassifier:
    """Tells grounds from patches, without key or network. Safe to call from several threads.

    Args:
        models_dir: A folder with weights from settings; see `foley_common.weights.ensure`.
        fetch_weights: Fetch missing weights.
        models: What to classify with; the first whose network can be had is taken.

    Raises:
        ModelMissing: a file of the classifier is not installed, or no network can be had.
        ModelCorrupt: its files do not fit together.
    """

    def __init__(
        self,
        models_dir: Path | None = None,
        *,
        fetch_weights: bool = True,
        models: tuple[GroundModel, ...] = (BEST, FALLBACK),
    ) -> None:
        model, backbone = _first_at_hand(models, models_dir, fetch_weights=fetch_weights)
        self._describe = model.describe(backbone)
        data, self._head, facts = _head_of(model)
        if (
            facts.feature_version != self._describe.version
            or self._head.input_size != self._describe.size
        ):
            raise ModelCorrupt(
                f"{model.head} was trained on other features; train again", model=model.head
            )
        self.thresholds = AnswerThresholds(facts.surface_threshold, facts.group_threshold)
        self.picture_temperature = facts.picture_temperature
        self.picture_thresholds = AnswerThresholds(
            facts.picture_surface_threshold, facts.picture_group_threshold
        )
        self.name = f"foley-ground {hashlib.sha256(data).hexdigest()[:12]}"

    def log_probabilities(self, patches: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Classify patches.

        Args:
            patches: shape ``(n, 224, 224, 3)``, RGB.

        Returns:
            Shape ``(n, 16)``, natural logarithm of calibrated probabilities, in the order of `domain.types.SURFACES`.
        """
        if len(patches) == 0:
            return np.zeros((0, len(SURFACES)))
        return self._head.log_probabilities(self._describe(patches))


def _first_at_hand(
    models: tuple[GroundModel, ...], folder: Path | None, *, fetch_weights: bool
) -> tuple[GroundModel, Path]:
    for place, model in enumerate(models):
        try:
            return model, ensure(model.backbone, folder, allow_fetch=fetch_weights)
        except ModelMissing as error:
            if place == len(models) - 1:
                raise
            get_logger().warning(
                "ground_network_missing",
                model=model.backbone,
                instead=models[place + 1].backbone,
                why=str(error),
            )
    raise ValueError("no model is given")


def _head_of(model: GroundModel) -> tuple[bytes, Head, HeadFacts]:
    path = resources.files("foley_surface_agent.local") / model.head
    if not path.is_file():
        raise ModelMissing(
            f"{model.head} is not installed with foley_surface_agent", model=model.head
        )
    data = path.read_bytes()
    try:
        head, facts = Head.from_bytes(data)
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelCorrupt(f"{model.head} cannot be read: {error}", model=model.head) from error
    return data, head, facts
