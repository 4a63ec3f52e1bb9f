"""Who said which ground, and how sure of it: read from `report.json`, for people who look at no file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from foley_client.names import one_line
from foley_common.surfaces import AnswerSource

SAID_BY = {
    AnswerSource.VISION_MODEL: "model",
    AnswerSource.LOCAL_MODEL: "local",
    AnswerSource.OVERRIDE: "you",
    AnswerSource.DEFAULT: "default",
}
"""A source in a table, short enough for a narrow terminal; files have the contract's words."""
MAX_ROWS = 12
"""Of a table: more is read in a file."""
WET_WORDS = {True: "wet ", False: "dry ", None: ""}
"""Before the name of a ground; nothing where nobody knows."""


@dataclass(frozen=True, slots=True)
class GroundSpan:
    """One ground on somebody's way.

    Attributes:
        track_id: Whose; 0 is everybody.
        start_s, end_s: When; ``end_s`` is None to the end.
        ground: What is heard.
        is_sure: False when that is a best guess.
        confidence: Belief in it, from 0 to 1.
        source: Whose word it is.
        wet: Whether it is wet; None when nobody knows.
    """

    track_id: int
    start_s: float
    end_s: float | None
    ground: str
    is_sure: bool
    confidence: float
    source: str
    wet: bool | None = None


@dataclass(frozen=True, slots=True)
class GroundSummary:
    """The grounds of a clip.

    Attributes:
        spans: In order of person and time.
        fallback_reason: Why some ground or shoe is not a vision model's word; empty when all is, or the caller's.
    """

    spans: tuple[GroundSpan, ...]
    fallback_reason: str


def grounds_of(report_json: Path) -> GroundSummary:
    """What a report, or ``footsteps.json``, says of the grounds."""
    report = json.loads(report_json.read_text(encoding="utf-8"))
    return GroundSummary(
        tuple(
            GroundSpan(
                track_id=span["track_id"],
                start_s=span["start_seconds"],
                end_s=span["end_seconds"],
                ground=span["sounded"],
                is_sure=span["surface"] is not None,
                confidence=span["confidence"],
                source=span["source"],
                wet=span.get("wet"),
            )
            for span in report.get("surfaces", ())
        ),
        report.get("surface_fallback_reason", ""),
    )


def ground_table(grounds: GroundSummary) -> Table:
    """A row for each span; a guess has a question mark."""
    table = Table(title="Ground", title_justify="left", caption_justify="left")
    for name, justify in (
        ("person", "right"),
        ("seconds", "right"),
        ("ground", "left"),
        ("sure", "right"),
        ("from", "left"),
    ):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for span in grounds.spans[:MAX_ROWS]:
        end = "" if span.end_s is None else f"{span.end_s:.1f}"
        table.add_row(
            str(span.track_id or "all"),
            f"{span.start_s:.1f}–{end}",
            f"{WET_WORDS[span.wet]}{span.ground}{'' if span.is_sure else '?'}",
            f"{span.confidence:.2f}",
            SAID_BY[AnswerSource(span.source)],
        )
    notes: list[str] = []
    if len(grounds.spans) > MAX_ROWS:
        notes.append(f"{len(grounds.spans) - MAX_ROWS} more in report.json.")
    if not all(span.is_sure for span in grounds.spans):
        notes.append("? is a best guess; --surface says it better.")
    if grounds.fallback_reason:
        notes.append(f"Why not the vision model: {grounds.fallback_reason}.")
    table.caption = (  # a stranger's words are no markup, and nothing for the terminal to obey
        Text(one_line(" ".join(notes))) if notes else None
    )
    return table
