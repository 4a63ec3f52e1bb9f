"""ONNX Runtime, imported so that it does not report to its maker."""

from __future__ import annotations

import importlib
import os
from types import ModuleType


def import_onnxruntime() -> ModuleType:
    """The onnxruntime package with its telemetry off; the switch is read when the package is first imported."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    onnxruntime = importlib.import_module("onnxruntime")
    onnxruntime.set_default_logger_severity(
        3
    )  # errors only: warnings are about speed on other devices
    return onnxruntime
