"""The local classifier: patches of ground to calibrated probabilities of the 16 surfaces."""

from __future__ import annotations

import hashlib
import zipfile
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import ModelCorrupt, ModelMissing
from foley_common.weights import ensure
from foley_surface_agent.domain.fallback import AnswerThresholds
from foley_surface_agent.domain.features import FEATURE_VERSION
from foley_surface_agent.domain.types import SURFACES
from foley_surface_agent.local.descriptor import Descriptor
from foley_surface_agent.local.head import Head

BACKBONE = "yolov8n.onnx"
HEAD = "head.npz"


class LocalClassifier:
    """Tells grounds from patches, without key or network. Safe to call from several threads.

    Args:
        models_dir: A folder with weights from settings; see `foley_common.weights.ensure`.
        fetch_weights: Fetch missing weights.

    Raises:
        ModelMissing: a file of the classifier is not installed, or the detector's weights cannot be had.
        ModelCorrupt: its files do not fit together.
    """

    def __init__(self, models_dir: Path | None = None, *, fetch_weights: bool = True) -> None:
        self._describe = Descriptor(ensure(BACKBONE, models_dir, allow_fetch=fetch_weights))
        path = resources.files("foley_surface_agent.local") / HEAD
        if not path.is_file():
            raise ModelMissing(f"{HEAD} is not installed with foley_surface_agent", model=HEAD)
        data = path.read_bytes()
        try:
            self._head, facts = Head.from_bytes(data)
        except (KeyError, ValueError, zipfile.BadZipFile) as error:
            raise ModelCorrupt(f"{HEAD} cannot be read: {error}", model=HEAD) from error
        if facts.feature_version != FEATURE_VERSION or self._head.input_size != self._describe.size:
            raise ModelCorrupt(f"{HEAD} was trained on other features; train again", model=HEAD)
        self.thresholds = AnswerThresholds(facts.surface_threshold, facts.group_threshold)
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
