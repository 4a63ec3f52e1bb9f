"""What a sample pack says of itself: `manifest.json`, read with suspicion and written the same way every time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TypeVar, cast

from foley_common.errors import SamplePackInvalid
from foley_common.footsteps import GaitKind
from foley_common.surfaces import Footwear, Surface

MANIFEST_NAME = "manifest.json"
SCHEMA = "foley.sample-pack"
SCHEMA_VERSION = 1
MAX_TEXT_LENGTH = 2048  # characters of a name, address or title
_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a recording comes from, and what may be done with it; the fields are those of the contract."""

    source_url: str = ""
    title: str = ""
    uploader: str = ""
    licence: str = ""
    rights_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Rejection:
    """A part of the recording that was not taken, and why in a word."""

    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class PackStep:
    """One recorded step.

    Attributes:
        file: Path of its WAV file in the zip.
        surface: The ground.
        footwear: The shoe; None serves every shoe.
        gait_kind: The gait; None serves every gait.
        contact_sample: Sample of the file at which the foot touches the ground; None is found by listening.
        ball_sample: Sample at which the ball of the foot lands; None when no second onset is heard.
        toe_range: First sample of the roll over the toe and the first one after it; None when it is not told apart.
        level_db: Its loudest 50 ms in the recording, RMS in dB of full scale, before it was levelled; None when not
            known.
        strength: How hard the foot lands, 0 to 1 within this pack; None is judged by level.
        spectral_centroid_hz: Of the step; None when not measured.
        source_start_s: Where in the recording its contact stands; None when not known.
    """

    file: str
    surface: Surface
    footwear: Footwear | None = None
    gait_kind: GaitKind | None = None
    contact_sample: int | None = None
    ball_sample: int | None = None
    toe_range: tuple[int, int] | None = None
    level_db: float | None = None
    strength: float | None = None
    spectral_centroid_hz: float | None = None
    source_start_s: float | None = None


@dataclass(frozen=True, slots=True)
class PackManifest:
    """What a pack holds.

    Attributes:
        name: For people.
        steps: At least one.
        provenance: Where the recording comes from; None when nobody said.
        rejected: Parts of the recording that were not taken.
        audio_stream: Which of the recording's audio streams the steps are of, from 1; None when not known.
        audio_stream_count: How many it has; the same.
        audio_streams_left_out: Those, from 1, that could not be decoded when the one with most steps was looked for.
    """

    name: str
    steps: tuple[PackStep, ...]
    provenance: Provenance | None = None
    rejected: tuple[Rejection, ...] = field(default=())
    audio_stream: int | None = None
    audio_stream_count: int | None = None
    audio_streams_left_out: tuple[int, ...] = ()

    def to_json(self) -> str:
        """The content of ``manifest.json``; equal manifests give equal text."""
        document: dict[str, object] = {
            "schema": SCHEMA,
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
        }
        for key, values in (
            ("surface", {step.surface for step in self.steps}),
            ("footwear", {step.footwear for step in self.steps}),
            ("gait", {step.gait_kind for step in self.steps}),
        ):
            if len(values) == 1:  # said once for all steps
                document[key] = next(iter(values))
        if self.provenance is not None:
            document["provenance"] = asdict(self.provenance)
        streams = (
            ("audio_stream", self.audio_stream),
            ("audio_stream_count", self.audio_stream_count),
        )
        document.update((key, number) for key, number in streams if number is not None)
        if self.audio_streams_left_out:
            document["audio_streams_left_out"] = list(self.audio_streams_left_out)
        document["steps"] = [_step_json(step, document) for step in self.steps]
        if self.rejected:
            document["rejected"] = [asdict(part) for part in self.rejected]
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _step_json(step: PackStep, common: Mapping[str, object]) -> dict[str, object]:
    own = {
        "file": step.file,
        "surface": step.surface,
        "footwear": step.footwear,
        "gait": step.gait_kind,
        "contact_sample": step.contact_sample,
        "ball_sample": step.ball_sample,
        "toe_range": None if step.toe_range is None else list(step.toe_range),
        "level_db": step.level_db,
        "strength": step.strength,
        "spectral_centroid_hz": step.spectral_centroid_hz,
        "source_start_s": step.source_start_s,
    }
    return {key: value for key, value in own.items() if value is not None and key not in common}


def manifest_from_json(data: bytes) -> PackManifest:
    """Read ``manifest.json``.

    Raises:
        SamplePackInvalid: it is none, has another schema, names an unknown ground, or a value has the wrong form; the
            message says which.
    """
    try:
        document = json.loads(data.decode("utf-8-sig"))  # editors on Windows put a mark in front
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise SamplePackInvalid(
            f"{MANIFEST_NAME} is not JSON in UTF-8: {error}", entry=MANIFEST_NAME, rule="manifest"
        ) from error
    pack = _Reader(document, MANIFEST_NAME)
    schema, version = pack.text("schema"), pack.whole("schema_version")
    if schema != SCHEMA or version != SCHEMA_VERSION:
        raise _bad(
            MANIFEST_NAME,
            f"has schema {schema!r} version {version}; known is {SCHEMA!r} version {SCHEMA_VERSION}",
        )
    rows = pack.rows("steps")
    if not rows:
        raise _bad("steps", "must name at least one step")
    provenance = pack.part("provenance")
    return PackManifest(
        name=pack.text("name") or "",
        steps=tuple(_step_from(row, pack) for row in rows),
        provenance=None
        if provenance is None
        else Provenance(
            source_url=provenance.text("source_url") or "",
            title=provenance.text("title") or "",
            uploader=provenance.text("uploader") or "",
            licence=provenance.text("licence") or "",
            rights_confirmed=provenance.flag("rights_confirmed"),
        ),
        rejected=tuple(
            Rejection(
                row.number("start_s") or 0.0, row.number("end_s") or 0.0, row.text("reason") or ""
            )
            for row in pack.rows("rejected")
        ),
        audio_stream=pack.whole("audio_stream"),
        audio_stream_count=pack.whole("audio_stream_count"),
        audio_streams_left_out=pack.wholes("audio_streams_left_out"),
    )


def _step_from(row: _Reader, pack: _Reader) -> PackStep:
    file = row.text("file")
    if not file:
        raise _bad(row.where, "must name a file")
    surface = row.word("surface", Surface) or pack.word("surface", Surface)
    if surface is None:
        raise _bad(row.where, f"must say its surface: one of {', '.join(Surface)}")
    strength = row.number("strength")
    if strength is not None and not 0.0 <= strength <= 1.0:
        raise _bad(row.where, f"strength must be 0 to 1, is {strength:g}")
    return PackStep(
        file=file,
        surface=surface,
        footwear=row.word("footwear", Footwear) or pack.word("footwear", Footwear),
        gait_kind=row.word("gait", GaitKind) or pack.word("gait", GaitKind),
        contact_sample=row.whole("contact_sample"),
        ball_sample=row.whole("ball_sample"),
        toe_range=row.pair("toe_range"),
        level_db=row.number("level_db"),
        strength=strength,
        spectral_centroid_hz=row.number("spectral_centroid_hz"),
        source_start_s=row.number("source_start_s"),
    )


class _Reader:
    """One JSON object; every value is checked where it is taken."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise _bad(where, "must be a JSON object")
        self._values = cast("dict[str, object]", value)
        self.where = where

    def text(self, key: str) -> str | None:
        """A string; None when it is not there."""
        value = self._values.get(key)
        if value is None or (isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH):
            return value
        raise _bad(
            f"{self.where}: {key}", f"must be a text of at most {MAX_TEXT_LENGTH} characters"
        )

    def word(self, key: str, words: type[_Word]) -> _Word | None:
        """A word of a closed list; None when it is not there."""
        value = self.text(key)
        if value is None:
            return None
        try:
            return words(value)
        except ValueError as error:
            raise _bad(
                f"{self.where}: {key}", f"{value[:80]!r} is not one of {', '.join(words)}"
            ) from error

    def number(self, key: str) -> float | None:
        """A finite number; None when it is not there."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        raise _bad(f"{self.where}: {key}", "must be a number")

    def whole(self, key: str) -> int | None:
        """An integer of at least 0; None when it is not there."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise _bad(f"{self.where}: {key}", "must be a whole number of at least 0")

    def wholes(self, key: str) -> tuple[int, ...]:
        """Integers of at least 0; none when they are not there."""
        value = self._values.get(key)
        if value is None:
            return ()
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        numbers = [item for item in items if isinstance(item, int) and not isinstance(item, bool)]
        if len(numbers) == len(items) and min(numbers, default=0) >= 0:
            return tuple(numbers)
        raise _bad(f"{self.where}: {key}", "must be a list of whole numbers of at least 0")

    def pair(self, key: str) -> tuple[int, int] | None:
        """Two increasing integers of at least 0; None when they are not there."""
        value = self._values.get(key)
        if value is None:
            return None
        items = cast("list[object]", value) if isinstance(value, list) else []
        numbers = [item for item in items if isinstance(item, int) and not isinstance(item, bool)]
        if len(numbers) == len(items) == 2 and 0 <= numbers[0] < numbers[1]:
            return numbers[0], numbers[1]
        raise _bad(f"{self.where}: {key}", "must be two increasing whole numbers")

    def flag(self, key: str) -> bool:
        """True or False; False when it is not there."""
        value = self._values.get(key, False)
        if isinstance(value, bool):
            return value
        raise _bad(f"{self.where}: {key}", "must be true or false")

    def part(self, key: str) -> _Reader | None:
        """An object inside; None when it is not there."""
        value = self._values.get(key)
        return None if value is None else _Reader(value, f"{self.where}: {key}")

    def rows(self, key: str) -> list[_Reader]:
        """A list of objects; empty when it is not there."""
        value = self._values.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise _bad(f"{self.where}: {key}", "must be a list")
        items = cast("list[object]", value)
        return [_Reader(item, f"{key}[{index}]") for index, item in enumerate(items)]


def _bad(where: str, problem: str) -> SamplePackInvalid:
    if where == MANIFEST_NAME:
        text = f"{where} {problem}"
    else:
        # A part of the whole carries its name already; a row of a list does not.
        text = f"{MANIFEST_NAME}: {where.removeprefix(f'{MANIFEST_NAME}: ')}: {problem}"
    return SamplePackInvalid(
        text,
        entry=MANIFEST_NAME,
        rule="manifest",
    )
