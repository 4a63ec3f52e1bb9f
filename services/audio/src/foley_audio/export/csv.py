"""``footsteps.csv``: one row per event, the first six columns as the product's first version had them."""

from __future__ import annotations

import csv
import io

from foley_audio.domain.cues import ground_of
from foley_audio.domain.types import Session
from foley_audio.export.moments import moments_of

COLUMNS = (
    "frame",
    "timecode",
    "foot",
    "event",
    "time_seconds",
    "confidence",
    "track_id",
    "x_px",
    "y_px",
    "surface",
    "footwear",
    "strength",
    "gait",
    "footstep_id",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # OWASP, CSV injection


def footsteps_csv(session: Session) -> str:
    """The file's content: UTF-8 text with a header, rows in order of time, lines ended after RFC 4180."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for moment in moments_of(session):
        step = moment.step
        surface, _wet, footwear = ground_of(step, session.surfaces)
        writer.writerow(
            [
                moment.frame,
                moment.timecode,
                step.side.name,
                moment.event,
                f"{moment.time_s:.6f}",
                f"{moment.confidence:.4f}",
                step.track_id,
                *(f"{value:.1f}" for value in moment.xy_px),
                surface.value if session.has_grounds else "",
                footwear.value if session.has_grounds else "",
                f"{step.strength:.4f}",
                step.gait_kind.value if step.gait_kind else "",
                safe_cell(step.footstep_id),
            ]
        )
    return out.getvalue()


def safe_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula.

    >>> safe_cell("=HYPERLINK(1)"), safe_cell("t1-0007")
    ("'=HYPERLINK(1)", 't1-0007')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
