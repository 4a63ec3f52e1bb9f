"""The ONNX model against a plain reading of the architecture in PyTorch, batch normalisation not folded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from foley_common.weights import ensure
from foley_surface_agent.domain.features import PATCH_PX
from foley_surface_agent.local import mobile_network
from foley_surface_agent.local.classifier import BEST
from foley_surface_agent.local.descriptor import MobileDescriptor
from foley_surface_agent.local.torch_file import read_tensors

PUBLISHED = ((1, 1), (2, 2), (2, 2), (3, 2), (3, 1), (4, 2), (1, 1))  # blocks and stride of a stage
DESCRIBED = (3, 5, 6)


def same(torch: Any, layer: Any, size: int, stride: int) -> Any:
    """TensorFlow's padding for pictures whose sides the stride divides."""
    total = max(size - stride, 0)
    before = total // 2
    return torch.nn.functional.pad(layer, (before, total - before, before, total - before))


def stage_ends(torch: Any, weights: dict[str, Any], picture: Any) -> list[Any]:
    """The network as published."""
    functional = torch.nn.functional

    def step(at: Any, name: str, norm: str, stride: int = 1, *, relu: bool = True) -> Any:
        kernel = weights[f"{name}.weight"]
        groups = kernel.shape[0] if "depthwise" in name else 1
        at = functional.conv2d(
            same(torch, at, kernel.shape[2], stride), kernel, stride=stride, groups=groups
        )
        of: Callable[[str], Any] = lambda word: weights[f"{norm}.{word}"]  # noqa: E731
        at = functional.batch_norm(
            at, of("running_mean"), of("running_var"), of("weight"), of("bias"), eps=1e-3
        )
        return functional.relu6(at) if relu else at

    at = step((255 * picture - 127) / 128, "_conv_stem", "_bn0", 2)
    ends, number = [], 0
    for blocks, stride in PUBLISHED:
        for index in range(blocks):
            base, begun = f"_blocks.{number}", at
            if f"{base}._expand_conv.weight" in weights:
                at = step(at, f"{base}._expand_conv", f"{base}._bn0")
            at = step(at, f"{base}._depthwise_conv", f"{base}._bn1", stride if index == 0 else 1)
            at = step(at, f"{base}._project_conv", f"{base}._bn2", relu=False)
            at = at + begun if index else at
            number += 1
        ends.append(at)
    return ends


def test_the_descriptor_is_the_published_networks(rng: np.random.Generator):
    torch = pytest.importorskip("torch")
    path = ensure(BEST.backbone)
    patch = rng.integers(0, 256, (1, PATCH_PX, PATCH_PX, 3), dtype=np.uint8)
    found = MobileDescriptor(path)(patch)[0]
    weights = {name: torch.from_numpy(value) for name, value in read_tensors(path).items()}
    picture = torch.from_numpy(patch.astype(np.float32) / 255).permute(0, 3, 1, 2)
    with torch.no_grad():
        ends = stage_ends(torch, weights, picture)
    wanted = [
        moment
        for stage in DESCRIBED
        for moment in (ends[stage].mean((2, 3)), ends[stage].std((2, 3), unbiased=False))
    ]
    np.testing.assert_allclose(found, torch.cat(wanted, 1)[0].numpy(), rtol=1e-3, atol=1e-3)


def test_tensors_of_another_network_are_refused():
    with pytest.raises(KeyError, match="_bn0"):
        mobile_network.descriptor_network({"weight": np.zeros((3, 3), np.float32)})
