"""One patch of ground to one vector: what a network, and for the fallback hand-made features too, see in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import ModelCorrupt
from foley_common.onnx_runtime import import_onnxruntime
from foley_surface_agent.domain.features import FEATURE_VERSION, PATCH_PX, patch_features
from foley_surface_agent.local import mobile_network, yolo_network
from foley_surface_agent.local.torch_file import read_tensors


class Descriptor(Protocol):
    """Describes patches; safe to call from several threads.

    Attributes:
        size: Numbers in a descriptor.
        version: Changes whenever descriptors do; heads name the one they were trained with.
    """

    size: int
    version: int

    def __call__(self, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Shape ``(n, size)``, of patches of shape ``(n, PATCH_PX, PATCH_PX, 3)``, RGB."""
        ...


class MobileDescriptor:
    """Moments of EfficientNet-Lite0's layers.

    Args:
        checkpoint: The checked ``efficientnet-lite0-57934424.pth`` of the manifest.

    Raises:
        ModelCorrupt: the file holds another network.
    """

    version = 101

    def __init__(self, checkpoint: Path) -> None:
        try:
            network = mobile_network.descriptor_network(read_tensors(checkpoint))
        except (KeyError, ValueError) as error:
            raise ModelCorrupt(
                f"{checkpoint} cannot be read: {error}", model=checkpoint.name
            ) from error
        self._session = _session(network)
        self.size = _size_of(self)

    def __call__(self, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe patches."""
        return _run(self._session, patches)


class YoloDescriptor:
    """Hand-made features and moments of the detector's own layers: needs no file that the detector does not have.

    Args:
        yolov8n: The detector's checked ``yolov8n.onnx``.
    """

    version = FEATURE_VERSION

    def __init__(self, yolov8n: Path) -> None:
        self._session = _session(yolo_network.descriptor_network(yolov8n))
        self.size = _size_of(self)

    def __call__(self, patches: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Describe patches."""
        made = np.stack([patch_features(patch) for patch in patches])
        return np.concatenate([made, _run(self._session, patches)], axis=1)


def _session(network: bytes) -> Any:  # noqa: ANN401 - onnxruntime ships no types
    onnxruntime = import_onnxruntime()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])


def _run(
    session: Any,  # noqa: ANN401 - onnxruntime ships no types
    patches: NDArray[np.uint8],
) -> NDArray[np.float32]:
    pictures = np.ascontiguousarray(patches.transpose(0, 3, 1, 2), dtype=np.float32)
    pictures /= 255
    found = session.run(["descriptor"], {"picture": pictures})
    return np.asarray(found[0], np.float32)


def _size_of(describe: Descriptor) -> int:
    return int(describe(np.zeros((1, PATCH_PX, PATCH_PX, 3), np.uint8)).shape[1])
