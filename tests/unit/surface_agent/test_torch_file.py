from __future__ import annotations

import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from foley_surface_agent.local.torch_file import read_tensors


def test_a_checkpoint_of_the_old_format_gives_its_arrays(tmp_path: Path):
    torch = pytest.importorskip("torch")
    whole = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    tensors = OrderedDict(
        whole=whole, part=whole[1:3, ::2].t(), count=torch.tensor(7), rows=torch.ones(2, 3, 1)
    )
    path = tmp_path / "old.pth"
    torch.save(tensors, path, _use_new_zipfile_serialization=False)
    found = read_tensors(path)
    assert list(found) == list(tensors)
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(found[name], tensor.numpy())


class _Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("harmed",)


def test_code_in_a_checkpoint_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "harm.pth"
    path.write_bytes(pickle.dumps(_Harm()))
    with pytest.raises(ValueError, match="mkdir is no part of a dictionary of tensors"):
        read_tensors(path)
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 the newer format", pickle.dumps(1)])
def test_another_file_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "other.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"other\.pth is no dictionary of tensors"):
        read_tensors(path)


def test_a_file_cut_short_is_refused(tmp_path: Path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "short.pth"
    torch.save({"a": torch.ones(100)}, path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ValueError, match=r"short\.pth is no dictionary of tensors"):
        read_tensors(path)
