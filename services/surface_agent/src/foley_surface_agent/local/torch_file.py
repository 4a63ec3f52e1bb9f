"""Arrays of a PyTorch checkpoint in the format of before 2020 (``torch.save`` up to 1.5), read without PyTorch.

The file is a row of pickles (magic number, protocol, system, the dictionary of tensors, the keys of the storages) and
then the storages' bytes. Unpickling is confined to the names that a dictionary of float and integer tensors needs: a
file that asks for any other is refused, whatever it would have run.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


@dataclass(frozen=True, slots=True)
class _Tensor:
    key: str
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]


class _Confined(pickle.Unpickler):
    """Knows tensors and dictionaries, nothing else."""

    def __init__(self, file: io.BufferedIOBase, types: dict[str, np.dtype[Any]]) -> None:
        super().__init__(file)
        self._types = types

    def find_class(self, module: str, name: str, /) -> object:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a dictionary of tensors")

    def persistent_load(self, pid: tuple[str, str, str], /) -> str:  # type: ignore[override]
        kind, type_name, key = pid[:3]
        if kind != "storage" or type_name not in _TYPES:
            raise pickle.UnpicklingError(f"a {kind} of {type_name} is no storage of a tensor")
        self._types[key] = _TYPES[type_name]
        return str(key)


def _tensor(
    key: str, offset: int, shape: tuple[int, ...], stride: tuple[int, ...], *_: object
) -> _Tensor:
    return _Tensor(key, offset, tuple(shape), tuple(stride))


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors of a checkpoint by name.

    Raises:
        ValueError: it is no such file.
    """
    types: dict[str, np.dtype[Any]] = {}
    with path.open("rb") as file:

        def load() -> Any:  # noqa: ANN401 - whatever the file says
            return _Confined(file, types).load()

        try:
            return _read(load, file, types)
        except (
            pickle.UnpicklingError,
            EOFError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
        ) as error:
            raise ValueError(f"{path} is no dictionary of tensors: {error}") from error


def _read(
    load: Callable[[], Any], file: io.BufferedReader, types: dict[str, np.dtype[Any]]
) -> dict[str, NDArray[Any]]:
    if load() != _MAGIC or load() != _PROTOCOL:
        raise pickle.UnpicklingError("it does not begin as one")
    load()  # about the machine it was written on
    tensors = load()
    storages: dict[str, NDArray[Any]] = {}
    for key in load():
        count = int.from_bytes(file.read(8), "little")
        data = file.read(count * types[key].itemsize)
        if len(data) != count * types[key].itemsize:
            raise EOFError("it ends too early")
        storages[key] = np.frombuffer(data, types[key], count)
    found: dict[str, NDArray[Any]] = {}
    for name, tensor in tensors.items():
        values = storages[tensor.key]
        steps = tuple(step * values.itemsize for step in tensor.stride)
        found[name] = np.lib.stride_tricks.as_strided(
            values[tensor.offset :], tensor.shape, steps, writeable=False
        ).copy()
    return found
