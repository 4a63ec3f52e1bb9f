"""The direction of imports, as `pyproject.toml` states it, plus the rules that stand on file names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

SERVICES = Path(__file__).parents[2] / "services"
# Files that may know the contract's messages (house rule B2.2).
CONTRACT_FILES = {
    "servicer.py",
    "convert.py",
    "server.py",
    "stages.py",
    "validate.py",
    "proto_json.py",
}


def sources() -> list[Path]:
    return sorted(path for path in SERVICES.glob("*/src/foley_*/**/*.py"))


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Absolute module names a file imports, with the depth of nesting (0: at import time)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, 0 if id(node) in top else 1
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield "." * node.level + (node.module or ""), 0
            elif node.module:
                yield from (
                    (f"{node.module}.{a.name}", 0 if id(node) in top else 1) for a in node.names
                )


def test_there_is_something_to_check() -> None:
    assert len(sources()) > 50


def test_import_contracts() -> None:
    assert lint_imports(config_filename=str(SERVICES.parent / "pyproject.toml"), no_cache=True) == 0


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(SERVICES)))
def test_file_rules(path: Path) -> None:
    package = path.relative_to(SERVICES).parts[2]
    for name, depth in imports_of(path):
        assert not name.startswith("."), f"relative import {name}"
        if name.startswith("foley."):
            free = path.name in CONTRACT_FILES or path.parent.name in ("rpc", "testing")
            assert free or package == "foley_client", f"{name}: messages stay at the edge"
        if depth == 0 and name.split(".")[0] in ("torch", "ultralytics", "mediapipe", "librosa"):
            pytest.fail(f"{name} is heavy: import it inside its adapter")


def test_relative_imports_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("from ..y import z\nimport torch\n")
    assert list(imports_of(file)) == [("..y", 0), ("torch", 0)]


def test_python_is_new_enough() -> None:
    assert sys.version_info >= (3, 11)
