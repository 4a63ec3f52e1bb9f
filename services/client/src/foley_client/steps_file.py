"""Steps that a person corrected in a table, ``footsteps.csv`` or ``footsteps.json`` of an earlier run, as changes.

Whatever lists the contacts is taken: our own files, and any table with a column of seconds. Spreadsheets may have put
semicolons for commas and commas for points, and have rounded; what cannot be understood is told with its line, so that
no row is lost without a word.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from foley_client.steps_words import OPTION, SaidStep, StepWords
from foley_client.words import word_of
from foley_common.errors import FieldViolation, InvalidField
from foley_common.field_limits import MAX_FOOTSTEP_ID_LENGTH, MAX_STEP_EDITS, is_footstep_id
from foley_common.footsteps import GaitKind, Side, StepEdit
from foley_common.surfaces import Footwear, Surface

RESULTS = ("footsteps.csv", "footsteps.json")
MAX_BYTES = 64 * 1024 * 1024
"""Of a file; `footsteps.json` holds everybody's boxes too, twice a second."""
MAX_PROBLEMS = 10
"""That are told at once."""
_READ = (
    *("event", "time_seconds", "foot", "track_id", "strength", "gait", "footstep_id"),
    *("surface", "footwear", "wet"),
)
_JSON_NAMES = {"time_seconds": "initial_contact_s"}
_CONTACTS, _TOE_OFF = {"", "HEEL_STRIKE", "INITIAL_CONTACT", "CONTACT"}, "TOE_OFF"
_FEET = {"L": "left", "R": "right"}
_WET = {"true": True, "wet": True, "false": False, "dry": False}
_SEPARATOR = re.compile(r"\s*(sep=.)?\s*", re.IGNORECASE)
"""Lines before the first of a table: blank, or what Excel is told the separator by."""
_EXAMPLE = "footsteps.csv of an earlier run shows the columns"
_Row = dict[str, str]
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class StepsTable:
    """A table that was read.

    Attributes:
        path: The file.
        edits: Its steps, each as the change that makes it what the table says.
        places: Where each stands in the file, for people.
        words: What each says of ground and shoe.
    """

    path: Path
    edits: tuple[StepEdit, ...]
    places: tuple[str, ...]
    words: tuple[StepWords, ...]

    @property
    def said(self) -> list[SaidStep]:
        """Its steps with their words about ground and shoe."""
        return [
            SaidStep(f"{self.path.name} {place}", edit.track_id, edit.contact_time_s or 0.0, words)
            for edit, place, words in zip(self.edits, self.places, self.words, strict=True)
        ]

    def check_within(self, duration_s: float) -> None:
        """Nothing is started for a step that the video is too short for.

        Raises:
            InvalidField: naming the line.
        """
        late = [
            f"{place}: time_seconds {edit.contact_time_s:g} is not before the end of the video at {duration_s:.3f} s"
            for place, edit in zip(self.places, self.edits, strict=True)
            if edit.contact_time_s is not None and 0 < duration_s <= edit.contact_time_s
        ]
        if late:
            raise _refused(self.path, _first_of(late))

    def check_kept(self, folder: Path) -> None:
        """A person's work is not replaced by the files of a run.

        Raises:
            InvalidField: the table is one of the files that the results replace.
        """
        if self.path.name in RESULTS and self.path.resolve() == (folder / self.path.name).resolve():
            raise _refused(
                self.path,
                f"would be replaced by the results in {folder}; copy it, or name another folder with -o",
            )


def steps_in(path: Path) -> StepsTable:
    """The steps that a file lists.

    Of a CSV the columns ``time_seconds`` and, where they are there, ``event``, ``foot``, ``track_id``, ``strength``,
    ``gait``, ``footstep_id``, ``surface``, ``footwear`` and ``wet`` are read; of several rows per step the one of its
    contact. Of a JSON the list ``footsteps``.

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
    words: list[StepWords] = []
    problems: list[str] = []
    ids: set[str] = set()
    for place, row in rows:
        try:
            found.append(_step(row, ids))
            words.append(_words(row))
        except ValueError as error:
            problems.append(f"{place}: {error}")
    if problems:
        raise _refused(path, _first_of(problems))
    return StepsTable(path, tuple(found), tuple(place for place, _ in rows), tuple(words))


def _first_of(problems: Sequence[str]) -> str:
    more = len(problems) - MAX_PROBLEMS
    return "; ".join(problems[:MAX_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")


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


def _csv_rows(path: Path, text: str) -> list[tuple[str, _Row]]:
    """Rows of contacts with the lines they stand in."""
    lines = text.splitlines(keepends=True)
    skipped = next((n for n, line in enumerate(lines) if not _SEPARATOR.fullmatch(line)), 0)
    head = lines[skipped] if lines else ""
    delimiter = max(";,\t", key=head.count)  # of one column alone, a comma is none
    reader = csv.DictReader(
        io.StringIO("".join(lines[skipped:]), newline=""), delimiter=delimiter, restval=""
    )
    names = [name.strip().lower() for name in reader.fieldnames or []]
    if "time_seconds" not in names:
        raise _refused(path, f"has no column time_seconds; {_EXAMPLE}")
    reader.fieldnames = names
    rows: list[tuple[str, _Row]] = []
    try:
        for row in reader:
            place = f"line {skipped + reader.line_num}"
            if any(cell.strip() for cell in row.get(None, ())):  # type: ignore[call-overload] - csv's key of what is too much
                raise _refused(
                    path,
                    f"{place} has more cells than the first line; numbers with a comma belong in quotes",
                )
            cells: _Row = {name: (row.get(name) or "").strip() for name in _READ}
            if any(cells.values()) and _is_contact(path, place, cells["event"]):
                for name in ("time_seconds", "strength", "track_id"):
                    cells[name] = cells[name].replace(",", ".")  # a decimal comma
                cells["footstep_id"] = cells["footstep_id"].removeprefix("'")
                rows.append((place, cells))
    except csv.Error as error:
        raise _refused(path, f"line {skipped + reader.line_num} is no CSV: {error}") from error
    return rows


def _is_contact(path: Path, place: str, event: str) -> bool:
    """False for the row of a toe-off, which moves along with its contact."""
    word = "_".join(event.upper().replace("-", " ").replace("_", " ").split())
    if word in _CONTACTS:
        return True
    if word == _TOE_OFF:
        return False
    raise _refused(path, f"{place}: event {event!r} must be HEEL_STRIKE or TOE_OFF")


def _json_rows(path: Path, text: str) -> list[tuple[str, _Row]]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refused(path, f"is no JSON: {error}") from error
    listed: Any = told.get("footsteps") if isinstance(told, dict) else told
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise _refused(path, "has no list footsteps, as footsteps.json of an earlier run has")
    names = {name: _JSON_NAMES.get(name, name) for name in _READ}
    return [
        (f"footsteps[{position}]", {name: _text(row.get(key)) for name, key in names.items()})
        for position, row in enumerate(listed)
    ]


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _step(row: _Row, ids: set[str]) -> StepEdit:
    """What a row says; its id joins the ids of those before it."""
    step, foot, gait = row["footstep_id"], row["foot"], row["gait"]
    if not row["time_seconds"]:
        raise ValueError("has no time of contact (time_seconds)")
    if not is_footstep_id(step):
        raise ValueError(
            f"footstep_id {step[:MAX_FOOTSTEP_ID_LENGTH]!r} must be at most {MAX_FOOTSTEP_ID_LENGTH} of letters, "
            "digits, - and _"
        )
    if step in ids:
        raise ValueError(f"footstep_id {step} stands twice; a new step's is left empty")
    if step:
        ids.add(step)
    return StepEdit(
        footstep_id=step,
        contact_time_s=_within(row["time_seconds"], "time_seconds", 0.0, math.inf),
        side=_word(_FEET.get(foot.upper(), foot), Side, "foot") if foot else None,
        track_id=_person(row["track_id"]) if row["track_id"] else 0,
        strength=_within(row["strength"], "strength", 0.0, 1.0) if row["strength"] else None,
        gait_kind=_word(gait, GaitKind, "gait") if gait else None,
    )


def _words(row: _Row) -> StepWords:
    """What a row says of ground and shoe; an empty cell says nothing."""
    surface, footwear, wet = row["surface"], row["footwear"], row["wet"]
    if wet and wet.lower() not in _WET:
        raise ValueError(f"wet {wet!r} must be one of {', '.join(_WET)}")
    return StepWords(
        surface=_word(surface, Surface, "surface") if surface else None,
        footwear=_word(footwear, Footwear, "footwear") if footwear else None,
        wet=_WET[wet.lower()] if wet else None,
    )


def _within(text: str, name: str, lowest: float, highest: float) -> float:
    number = _number(text)
    if number is None:
        raise ValueError(f"{name} {text!r} is no number")
    if not lowest <= number <= highest or math.isinf(number):
        limit = f"from {lowest:g} to {highest:g}" if highest < math.inf else f"{lowest:g} or more"
        raise ValueError(f"{name} {text} must be {limit}")
    return number


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text)  # Python takes 1_5 for 15; nobody else does
    except ValueError:
        return None


def _person(text: str) -> int:
    number = _number(text)  # a table tool may have made 1.0 of it
    if number is None or not number.is_integer() or not 1 <= number < 2**31:
        raise ValueError(f"track_id {text!r} is no person; they are numbered from 1")
    return int(number)


def _word(text: str, words: type[_Word], name: str) -> _Word:
    try:
        return word_of(text, words)
    except ValueError:
        raise ValueError(f"{name} {text!r} must be one of {', '.join(words)}") from None


def _refused(path: Path, problem: str) -> InvalidField:
    return InvalidField([FieldViolation(OPTION, f"{path.name} {problem}")])
