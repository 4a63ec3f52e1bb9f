"""The first layers of the detector's YOLOv8n as a texture descriptor, cut out of the fetched weights at start.

The descriptor is, for each of the chosen layers, the mean and the standard deviation of every channel over the
patch. Nothing of the network is shipped: the file is the detector's own, fetched and checked by `foley_common.weights`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

# Ends of the backbone's stages 2 to 8: textures first, parts of objects last. Deeper layers know people and cars.
LAYERS = (
    "/model.2/cv2/act/Mul",
    "/model.4/cv2/act/Mul",
    "/model.6/cv2/act/Mul",
    "/model.8/cv2/act/Mul",
)
INPUT_PX = 224
_OPSET = 17


def descriptor_network(yolov8n: Path) -> bytes:
    """The descriptor network of a YOLOv8n network, as an ONNX model with input ``picture`` and output ``descriptor``.

    Weights are rounded to 16-bit floats, as they were when the head was trained.

    Args:
        yolov8n: A checked ``yolov8n.onnx`` of the manifest.
    """
    import onnx

    return bytes(_cut(onnx.load(str(yolov8n))).SerializeToString())


def _cut(model: onnx.ModelProto) -> onnx.ModelProto:
    import onnx
    import onnx.utils
    from onnx import TensorProto, helper, numpy_helper

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
    onnx.checker.check_model(made)
    return made
