"""The learned event model: hills of belief in contacts and toe-offs, run by ONNX Runtime on one thread."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import numpy as np

from foley_common.footsteps import ModelVersion
from foley_common.observability import get_logger
from foley_common.onnx_runtime import import_onnxruntime
from foley_detector.domain.types import FloatArray

WEIGHTS = Path(__file__).parent / "weights" / "events.onnx"


class EventNetwork:
    """The network in memory.

    Args:
        weights: ONNX file with input ``legs`` (feet, channels, time) and output ``logits`` (feet, 3, time).
    """

    def __init__(self, weights: Path = WEIGHTS) -> None:
        onnxruntime = import_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # small, and the same sums in the same order every time
        options.inter_op_num_threads = 1
        data = weights.read_bytes()
        self.version = ModelVersion(weights.name, hashlib.sha256(data).hexdigest())
        self._session = onnxruntime.InferenceSession(
            data, options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, inputs: FloatArray) -> FloatArray:
        """Belief of 0 to 1 in contact, toe-off and stance, ``(2, 3, m)``, for inputs ``(2, channels, m)``."""
        (logits,) = self._session.run(["logits"], {"legs": inputs.astype(np.float32)})
        return 1.0 / (1.0 + np.exp(-np.asarray(logits, np.float64)))


@functools.cache
def default_network() -> EventNetwork | None:
    """The packaged network; None where its file or ONNX Runtime is missing, and the rules work alone."""
    try:
        return EventNetwork(WEIGHTS)
    except (FileNotFoundError, ImportError) as error:
        # Declared, never silent: the log says so here, and the result's models name no event network.
        get_logger().warning("event_network_missing", error=str(error), used_instead="rules")
        return None
