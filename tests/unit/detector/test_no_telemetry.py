"""The runtime of the networks reports nothing: it leaves no device id, the first trace of its telemetry."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.patience import PATIENCE_S

MODEL = """
import onnx, onnxruntime
from onnx import TensorProto, helper
x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "g", [x], [y])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks where Linux keeps the id")
def test_our_import_leaves_no_device_id(tmp_path: Path) -> None:
    before = "from foley_detector.models.ultralytics_import import import_ultralytics as i; i()\n"
    hidden = ("XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY", "YOLO_CONFIG_DIR")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    environment |= {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", before + MODEL]
    subprocess.run(command, env=environment, check=True, timeout=PATIENCE_S)
    assert not list(tmp_path.rglob("deviceid"))
