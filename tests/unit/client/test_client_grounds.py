"""Whose word a ground is, for people who look at no file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from foley_client.grounds import MAX_ROWS, GroundSpan, GroundSummary, ground_table, grounds_of


def span(**changes: object) -> dict[str, Any]:
    return {
        "track_id": 1,
        "start_seconds": 0.0,
        "end_seconds": 2.62,
        "surface": None,
        "sounded": "concrete",
        "confidence": 0.51,
        "source": "local_model",
    } | changes


def told(*spans: dict[str, Any], reason: str = "", folder: Path) -> GroundSummary:
    path = folder / "report.json"
    path.write_text(json.dumps({"surfaces": spans, "surface_fallback_reason": reason}))
    return grounds_of(path)


def shown(grounds: GroundSummary) -> str:
    out = io.StringIO()
    Console(file=out, width=80).print(ground_table(grounds))
    return " ".join(out.getvalue().split())


def test_grounds_are_shown_on_the_way_with_who_said_them(tmp_path: Path) -> None:
    grounds = told(
        span(),
        span(
            start_seconds=2.62,
            surface="mud",
            sounded="mud",
            source="override",
            confidence=1.0,
            wet=True,
        ),
        span(
            track_id=0,
            end_seconds=None,
            surface="ice",
            sounded="ice",
            source="vision_model",
            wet=False,
        ),
        reason="no [key] is set",
        folder=tmp_path,
    )
    assert grounds.spans[0] == GroundSpan(1, 0.0, 2.62, "concrete", False, 0.51, "local_model")
    text = shown(grounds)
    assert "│ 1 │ 0.0–2.6 │ concrete? │ 0.51 │ local │" in text
    assert "│ 1 │ 2.6–2.6 │ wet mud │ 1.00 │ you │" in text
    assert "│ all │ 0.0– │ dry ice │ 0.51 │ model │" in text
    assert "? is a best guess" in text
    assert "Why not the vision model: no [key] is set." in text


def test_nothing_is_said_where_nothing_is_to_be_said(tmp_path: Path) -> None:
    text = shown(told(span(surface="wood", sounded="wood"), folder=tmp_path))
    assert "guess" not in text
    assert "vision" not in text


def test_a_long_way_is_cut_short_and_says_so(tmp_path: Path) -> None:
    spans = [span(start_seconds=float(number)) for number in range(MAX_ROWS + 3)]
    text = shown(told(*spans, folder=tmp_path))
    assert text.count("concrete?") == MAX_ROWS
    assert "3 more in report.json." in text
