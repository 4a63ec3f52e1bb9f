"""The generated code is what the contract gives, and nobody keeps a copy of it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_generated_code_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "protos/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_drift_is_found(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "protos", tmp_path / "protos")
    proto = tmp_path / "protos/foley/common/v1/progress.proto"
    proto.write_text(proto.read_text().replace("string unit = 3;", "string unit = 4;"))
    done = subprocess.run(
        [sys.executable, "protos/generate.py", "--check"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "progress_pb2.py is not what the contract gives" in done.stderr


def test_no_service_holds_its_own_copy() -> None:
    copies = [path for path in (ROOT / "services").rglob("*_pb2*.py") if "build" not in path.parts]
    assert copies == []


@pytest.mark.check
def test_buf_lint_and_breaking() -> None:
    done = subprocess.run(
        [sys.executable, "protos/check.py"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.check
def test_a_breaking_change_is_found(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "protos", tmp_path / "protos")
    proto = tmp_path / "protos/foley/common/v1/progress.proto"
    proto.write_text(proto.read_text().replace("int64 done_count = 1;", "string done_count = 1;"))
    done = subprocess.run(
        [sys.executable, "protos/check.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "progress.proto" in done.stdout + done.stderr
