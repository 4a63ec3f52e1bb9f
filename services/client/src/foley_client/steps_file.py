"""Steps that a person corrected in a table, ``footsteps.csv`` or ``footsteps.json`` of an earlier run, as changes.

Whatever lists the contacts is taken: our own files, and any table with a column of seconds. Spreadsheets may have put
semicolons for commas and commas for points, and have rounded.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from foley_client.words import word_of
from foley_common.errors import FieldViolation, InvalidField
from foley_common.field_limits import MAX_STEP_EDITS
from foley_common.footsteps import GaitKind, Side

OPTION = "--steps"
MAX_BYTES = 64 * 1024 * 1024
"""Of a file; ours of an hour's 10,000 steps have 3 and 8 MB, with everybody's boxes."""
MAX_PROBLEMS = 10
"""That are told at once."""
CONTACT = "HEEL_STRIKE"
_EXAMPLE = "footsteps.csv of an earlier run shows the columns"
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class StepEdit:
    """One step that is moved, changed, taken away or added; what is None or 0 stays as it was found.

    Attributes:
        footstep_id: The step, as `footsteps.csv` names it; one that no step has, or empty, adds one.
        remove: Takes it away.
        contact_s: Initial contact, seconds from the first video frame.
        side: Which foot.
        track_id: Person, from 1.
        strength: How hard it lands, 0 to 1.
        gait_kind: Walk, run and so on.
    """

    footstep_id: str = ""
    remove: bool = False
    contact_s: float | None = None
    side: Side | None = None
    track_id: int = 0
    strength: float | None = None
    gait_kind: GaitKind | None = None


def steps_in(path: Path) -> list[StepEdit]:
    """The steps that a file lists, each as the change that makes it what the file says.

    Of a CSV the columns ``time_seconds`` and, where they are there, ``event``, ``foot``, ``track_id``, ``strength``,
    ``gait`` and ``footstep_id`` are read; of several rows per step the one of its contact. Of a JSON the list
    ``footsteps``. Grounds and shoes are not read: they are said by ``--surface`` and ``--footwear``.

    Args:
        path: The file.

    Raises:
        InvalidField: it cannot be read, with the line, what is wrong and what helps.
    """
    text = _text_of(path)
    rows = _json_rows(path, text) if path.suffix.lower() == ".json" else _csv_rows(path, text)
    if len(rows) > MAX_STEP_EDITS:
        raise _refused(path, f"lists {len(rows)} steps; at most {MAX_STEP_EDITS} can be given")
    found: list[StepEdit] = []
    problems: list[str] = []
    ids: set[str] = set()
    for place, row in rows:
        try:
            found.append(_step(row, ids))
        except ValueError as error:
            problems.append(f"{place}: {error}")
    if problems:
        more = len(problems) - MAX_PROBLEMS
        told = "; ".join(problems[:MAX_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
        raise _refused(path, told)
    return found


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _refused(
                path, f"is larger than {MAX_BYTES // 1024**2} MiB; it is no list of steps"
            )
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(path, "is no UTF-8 text; save it as CSV (UTF-8)") from None
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror or error}") from error


def _csv_rows(path: Path, text: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Rows of contacts with the lines they stand in."""
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    names = [name.strip().lower() for name in reader.fieldnames or []]
    if "time_seconds" not in names:
        raise _refused(path, f"has no column time_seconds; {_EXAMPLE}")
    reader.fieldnames = names
    rows: list[tuple[str, Mapping[str, Any]]] = []
    try:
        for row in reader:
            is_contact = row.get("event", "").strip().upper() in {"", CONTACT}
            if is_contact and any(str(value or "").strip() for value in row.values()):
                cells = {
                    "footstep_id": row.get("footstep_id", "").strip().removeprefix("'"),
                    "seconds": _number(row["time_seconds"], delimiter),
                    "foot": row.get("foot", ""),
                    "track_id": row.get("track_id", ""),
                    "strength": _number(row.get("strength", ""), delimiter),
                    "gait": row.get("gait", ""),
                }
                rows.append((f"line {reader.line_num}", cells))
    except csv.Error as error:
        raise _refused(path, f"line {reader.line_num} is no CSV: {error}") from error
    return rows


def _number(text: str | None, delimiter: str) -> str:
    """A number as the program that wrote the table spells it: beside semicolons a comma may be the point."""
    text = (text or "").strip()
    return text if delimiter == "," else text.replace(",", ".")


def _json_rows(path: Path, text: str) -> list[tuple[str, Mapping[str, Any]]]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise _refused(path, f"is no JSON: {error}") from error
    listed: Any = told.get("footsteps") if isinstance(told, dict) else told
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise _refused(path, "has no list footsteps, as footsteps.json of an earlier run has")
    return [
        (
            f"footsteps[{position}]",
            {
                "footstep_id": row.get("footstep_id"),
                "seconds": row.get("initial_contact_s"),
                "foot": row.get("foot"),
                "track_id": row.get("track_id"),
                "strength": row.get("strength"),
                "gait": row.get("gait"),
            },
        )
        for position, row in enumerate(listed)
    ]


def _step(row: Mapping[str, Any], ids: set[str]) -> StepEdit:
    """What a row says; its id joins the ids of those before it."""
    seconds, step = _value(row["seconds"]), _value(row["footstep_id"])
    if not seconds:
        raise ValueError("has no time of contact (time_seconds)")
    if step in ids:
        raise ValueError(f"footstep_id {step} stands twice; a new step's is left empty")
    if step:
        ids.add(step)
    foot, gait = _value(row["foot"]), _value(row["gait"])
    return StepEdit(
        footstep_id=step,
        contact_s=_within(seconds, "time_seconds", 0.0, math.inf),
        side=_word(foot, Side, "foot") if foot else None,
        track_id=_person(_value(row["track_id"])),
        strength=(
            _within(text, "strength", 0.0, 1.0) if (text := _value(row["strength"])) else None
        ),
        gait_kind=_word(gait, GaitKind, "gait") if gait else None,
    )


def _value(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _within(text: str, name: str, lowest: float, highest: float) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is no number") from None
    if not lowest <= number <= highest or math.isinf(number):
        limit = f"from {lowest:g} to {highest:g}" if highest < math.inf else f"{lowest:g} or more"
        raise ValueError(f"{name} {text} must be {limit}")
    return number


def _person(text: str) -> int:
    if not text:
        return 0
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number < 2**31:
        raise ValueError(f"track_id {text!r} is no person; they are numbered from 1")
    return number


def _word(text: str, words: type[_Word], name: str) -> _Word:
    try:
        return word_of(text, words)
    except ValueError:
        raise ValueError(f"{name} {text!r} must be one of {', '.join(words)}") from None


def _refused(path: Path, problem: str) -> InvalidField:
    return InvalidField([FieldViolation(OPTION, f"{path.name} {problem}")])
