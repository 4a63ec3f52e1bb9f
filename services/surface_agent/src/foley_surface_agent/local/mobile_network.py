"""EfficientNet-Lite0 as a descriptor of grounds: its published weights become an ONNX model when the service starts.

The descriptor is, for the ends of three stages, the mean and the standard deviation of every channel over the patch:
textures first, things and scenes last. The layers behind them name ImageNet's classes and are left out. The
architecture is Google's (no squeeze-and-excitation, ReLU6). Batch normalisation is folded into the convolutions;
padding is TensorFlow's "same", uneven at stride 2. Nothing of the network is shipped: `foley_common.weights` fetches
and checks the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

BLOCKS_OF_STAGE = (1, 2, 2, 3, 3, 4, 1)
STRIDE_OF_STAGE = (1, 2, 2, 2, 1, 2, 1)
STAGES = (
    3,
    5,
    6,
)  # described ones, of 80, 192 and 320 channels; best of the sets tried across sources
_BATCH_NORM_EPSILON = 1e-3  # of the original
_PIXEL_MEAN, _PIXEL_SCALE = 127.0 / 255, 128.0 / 255  # of the original, for pictures from 0 to 1
_OPSET = 17

Tensors = Mapping[str, NDArray[Any]]


def descriptor_network(tensors: Tensors) -> bytes:
    """The descriptor network as an ONNX model with input ``picture`` (0 to 1, RGB) and output ``descriptor``.

    Args:
        tensors: The checkpoint's arrays by name.

    Raises:
        KeyError: they are not those of EfficientNet-Lite0.
    """
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph(tensors)
    taps = graph.layers()
    moments = [name for number, tap in enumerate(taps) for name in graph.moments(tap, number)]
    stacked = graph.add("Concat", moments, "stacked", axis=1)
    graph.add("Flatten", [stacked], "descriptor", axis=1)
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "ground-descriptor",
            [helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, "h", "w"])],
            [helper.make_tensor_value_info("descriptor", TensorProto.FLOAT, ["n", None])],
            graph.values,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=8,
    )
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


class _Graph:
    """Nodes and values of a model in the making."""

    def __init__(self, tensors: Tensors) -> None:
        self._tensors = tensors
        self.nodes: list[onnx.NodeProto] = []
        self.values: list[onnx.TensorProto] = []
        for name, value in (
            ("zero", 0.0),
            ("six", 6.0),
            ("pixel_mean", _PIXEL_MEAN),
            ("pixel_scale", _PIXEL_SCALE),
        ):
            self.keep(name, np.float32(value))

    def keep(self, name: str, value: NDArray[Any] | np.float32) -> str:
        """A constant."""
        from onnx import numpy_helper

        self.values.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def add(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:  # noqa: ANN401 - as onnx
        """A node and the name of its output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def relu6(self, source: str) -> str:
        """The network's only nonlinearity."""
        return self.add("Clip", [source, "zero", "six"], f"{source}.relu6")

    def convolution(self, source: str, name: str, norm: str, stride: int = 1) -> str:
        """A convolution with its batch normalisation folded in."""
        gain, shift, mean, variance = (
            self._tensors[f"{norm}.{word}"]
            for word in ("weight", "bias", "running_mean", "running_var")
        )
        gain = gain / np.sqrt(variance + _BATCH_NORM_EPSILON)
        kernel = self._tensors[f"{name}.weight"]
        size = kernel.shape[2]
        padding = size - stride if stride > 1 else size - 1
        before, after = padding // 2, padding - padding // 2
        weight = self.keep(f"{name}.weight", kernel * gain[:, None, None, None])
        bias = self.keep(f"{name}.bias", shift - mean * gain)
        return self.add(
            "Conv",
            [source, weight, bias],
            name,
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[before, before, after, after],
            group=kernel.shape[0] if name.endswith("_depthwise_conv") else 1,
        )

    def block(self, source: str, number: int, stride: int, *, has_shortcut: bool) -> str:
        """An inverted residual block."""
        base, at = f"_blocks.{number}", source
        if number > 0:  # the first block does not expand
            at = self.relu6(self.convolution(at, f"{base}._expand_conv", f"{base}._bn0"))
        at = self.relu6(self.convolution(at, f"{base}._depthwise_conv", f"{base}._bn1", stride))
        at = self.convolution(at, f"{base}._project_conv", f"{base}._bn2")
        return self.add("Add", [at, source], f"{base}.sum") if has_shortcut else at

    def layers(self) -> list[str]:
        """The network without its head; gives the layers to be described."""
        centred = self.add("Sub", ["picture", "pixel_mean"], "centred")
        at = self.add("Div", [centred, "pixel_scale"], "scaled")
        at = self.relu6(self.convolution(at, "_conv_stem", "_bn0", 2))
        ends: list[str] = []
        number = 0
        for blocks, stride in zip(BLOCKS_OF_STAGE, STRIDE_OF_STAGE, strict=True):
            for index in range(blocks):
                at = self.block(at, number, stride if index == 0 else 1, has_shortcut=index > 0)
                number += 1
            ends.append(at)
        return [ends[stage] for stage in STAGES]

    def moments(self, layer: str, number: int) -> tuple[str, str]:
        """Mean and standard deviation of every channel."""
        mean = self.add("ReduceMean", [layer], f"mean_{number}", axes=[2, 3], keepdims=1)
        away = self.add("Sub", [layer, mean], f"away_{number}")
        square = self.add("Mul", [away, away], f"square_{number}")
        variance = self.add("ReduceMean", [square], f"variance_{number}", axes=[2, 3], keepdims=1)
        return mean, self.add("Sqrt", [variance], f"deviation_{number}")
