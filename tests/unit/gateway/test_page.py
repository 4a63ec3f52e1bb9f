"""What the page says of itself agrees with what the gateway takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "services" / "gateway" / "page"


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm", "avi", "mxf", "mts", "m2ts"])
def test_the_file_chooser_offers_what_is_taken(ending: str) -> None:
    """Browsers count no MXF among ``video/*``."""
    found = re.search(r'id="file" accept="([^"]+)"', (PAGE / "index.html").read_text("utf-8"))
    assert found is not None
    assert f".{ending}" in found[1].split(",")
