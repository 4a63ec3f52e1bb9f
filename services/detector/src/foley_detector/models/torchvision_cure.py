"""Makes ultralytics work where torchvision's compiled part does not load.

The torchvision of the CUDA index beside the torch of the CPU index fails at import with "operator torchvision::nms does
not exist". Only where that happens, the two missing operators are declared to torch and non-maximum suppression is the
one that ultralytics carries itself; a healthy torchvision is left alone.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

_libraries: list[
    Any
] = []  # torch drops a library's operators with the object; it has to live as long as we do


def is_broken() -> bool:
    """True when torchvision is installed and cannot be imported for want of its compiled operators."""
    try:
        importlib.import_module("torchvision")
    except (RuntimeError, OSError):
        # A half-imported package must not stay behind, or the next import would find it.
        for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
            del sys.modules[name]
        return True
    return False


def cure() -> bool:
    """Repair torchvision where it is broken; True when something was done. Safe to call again."""
    if _libraries or not is_broken():
        return False
    import torch

    library = torch.library.Library("torchvision", "DEF")
    for name in ("nms", "qnms"):
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    for device in ("CPU", "CUDA"):
        library.impl("nms", _nms, device)
    _libraries.append(library)
    importlib.import_module("torchvision")
    extension: Any = importlib.import_module("torchvision.extension")
    extension._has_ops = lambda: True  # what torchvision's own functions ask
    return True


def _nms(boxes: Any, scores: Any, threshold: float) -> Any:  # noqa: ANN401 - tensors; torch is not imported here
    """Non-maximum suppression of ultralytics, in plain torch."""
    from ultralytics.utils.nms import TorchNMS

    return TorchNMS.nms(boxes, scores, threshold)
