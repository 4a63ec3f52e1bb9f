"""One patch of ground to one vector: hand-made features and the first layers of the detector's own network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foley_common.onnx_runtime import import_onnxruntime
from foley_surface_agent.domain.features import PATCH_PX, patch_features
from foley_surface_agent.local.backbone import descriptor_network


class Descriptor:
    """Describes patches. Holds one ONNX Runtime session on one thread; safe to call from several threads.

    Args:
        yolov8n: The detector's checked ``yolov8n.onnx``.
    """

    def __init__(self, yolov8n: Path) -> None:
        onnxruntime = import_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            descriptor_network(yolov8n), options, providers=["CPUExecutionProvider"]
        )
        self.size = int(self(np.zeros((1, PATCH_PX, PATCH_PX, 3), np.uint8)).shape[1])

    def __call__(self, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe patches.

        Args:
            patches: shape ``(n, PATCH_PX, PATCH_PX, 3)``, RGB.

        Returns:
            Shape ``(n, size)``.
        """
        made = np.stack([patch_features(patch) for patch in patches])
        pictures = np.ascontiguousarray(patches.transpose(0, 3, 1, 2), dtype=np.float32) / 255
        found = self._session.run(["descriptor"], {"picture": pictures})
        return np.concatenate([made, np.asarray(found[0], np.float32)], axis=1)
