"""What a run found, in figures for people: read from `footsteps.csv`, so that it says what the files say."""

from __future__ import annotations

import csv
import itertools
import json
import statistics
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from foley_client.grounds import GroundSummary, grounds_of
from foley_client.outputs import REPORT_NAME, other_files
from foley_client.rpc.convert import GroundSoundView, RenderView, SoundView
from foley_common.sound import SoundEngine

CSV_NAME = "footsteps.csv"
GROUND_NAMES = (REPORT_NAME, "footsteps.json")
"""Files that tell the grounds, in the same fields; whichever was asked for is read."""
CUES_NAME = "cues.json"
CONTACT_EVENT = "HEEL_STRIKE"
"""The column ``event`` of an initial contact, whichever part of the foot lands first."""
MAX_STEP_TIME_S = 2.0
"""Contacts further apart (under 30 steps a minute) are no steps of one walk, and left out of the cadence."""
SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class WalkerSummary:
    """One person's steps.

    Attributes:
        track_id: Which person, from 1.
        left_count: Contacts of the left foot.
        right_count: Contacts of the right foot.
        cadence_spm: Steps per minute from the median step time; None with fewer than two steps.
        surfaces: Grounds by number of steps, most first.
        footwear: Shoes by number of steps, most first.
    """

    track_id: int
    left_count: int
    right_count: int
    cadence_spm: float | None
    surfaces: tuple[str, ...]
    footwear: tuple[str, ...]

    @property
    def step_count(self) -> int:
        """All contacts."""
        return self.left_count + self.right_count


@dataclass(frozen=True, slots=True)
class VisionSummary:
    """What the vision model was asked about a clip, as `report.json` has it.

    Attributes:
        model: Its name.
        call_count: Questions sent.
        cached_call_count: Questions that stored answers answered.
        token_count: Tokens sent and received.
        cost_usd: US dollars; 0 when nobody says.
        fallback_reason: Why some ground or shoe is not its word; empty when all is.
    """

    model: str
    call_count: int
    cached_call_count: int
    token_count: int
    cost_usd: float
    fallback_reason: str


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A finished run.

    Attributes:
        folder: Where the files are.
        files: Their names.
        render: Resource name at the gateway.
        footstep_count: Footsteps of everybody.
        walkers: One row per person with a step; empty when `footsteps.csv` was not asked for.
        sound: Loudness and sync; None when only footsteps were asked for.
        stage_times_s: Seconds per stage; 0 for a stage whose result existed already.
        reused_stages: Names of those.
        total_time_s: From the command to the last file.
        peak_memory_bytes: Sum of all processes' peaks; None when not measured.
        ground_sounds: What a search for recorded sounds did; empty without one.
        engines: Steps by what sounds them, ``sampled`` and ``procedural``; empty without sound.
        other_files: What lies in the folder and is not of this run.
        vision: What the vision model was asked; None when it was not, or `report.json` was not asked for.
        ground: Whose word the grounds are; None when `report.json` was not asked for.
    """

    folder: str
    files: tuple[str, ...]
    render: str
    footstep_count: int
    walkers: tuple[WalkerSummary, ...]
    sound: SoundView | None
    stage_times_s: dict[str, float]
    reused_stages: tuple[str, ...]
    total_time_s: float
    peak_memory_bytes: int | None
    ground_sounds: tuple[GroundSoundView, ...] = ()
    engines: dict[str, int] = field(default_factory=dict)
    other_files: tuple[str, ...] = ()
    vision: VisionSummary | None = None
    ground: GroundSummary | None = None

    def to_json(self) -> dict[str, object]:
        """For ``--json``."""
        return asdict(self)


def summarise(
    folder: Path,
    render: RenderView,
    *,
    stage_times_s: dict[str, float],
    total_time_s: float,
    peak_memory_bytes: int | None,
) -> RunSummary:
    """Put a finished run into figures."""
    files = tuple(file.name for file in render.files)
    return RunSummary(
        folder=str(folder),
        files=files,
        render=render.name,
        footstep_count=render.footstep_count,
        # One that lies there from an earlier run tells of that one.
        walkers=walkers_of(folder / CSV_NAME) if CSV_NAME in files else (),
        sound=render.sound,
        stage_times_s=stage_times_s,
        reused_stages=tuple(stage.name for stage in render.stages if stage.reused),
        total_time_s=total_time_s,
        peak_memory_bytes=peak_memory_bytes,
        ground_sounds=render.ground_sounds,
        engines=engines_of(folder / CUES_NAME) if CUES_NAME in files else {},
        other_files=other_files(folder, files),
        vision=vision_of(folder / REPORT_NAME) if REPORT_NAME in files else None,
        ground=next((grounds_of(folder / name) for name in GROUND_NAMES if name in files), None),
    )


def vision_of(report_json: Path) -> VisionSummary | None:
    """What a report says of the vision model; None when it was not asked."""
    report = json.loads(report_json.read_text(encoding="utf-8"))
    usage = report.get("vision_usage")
    if not usage:
        return None
    return VisionSummary(
        model=usage["model"],
        call_count=usage["call_count"],
        cached_call_count=usage["cached_call_count"],
        token_count=usage["prompt_token_count"] + usage["completion_token_count"],
        cost_usd=usage["cost_usd"],
        fallback_reason=report.get("surface_fallback_reason", ""),
    )


def engines_of(cues_json: Path) -> dict[str, int]:
    """Steps by the engine that sounds them, those of recordings first."""
    cues = json.loads(cues_json.read_text(encoding="utf-8"))["cues"]
    found = Counter(cue.get("engine", SoundEngine.PROCEDURAL.value) for cue in cues)
    return {
        engine.value: found[engine.value]
        for engine in (SoundEngine.SAMPLED, SoundEngine.PROCEDURAL)
    }


def walkers_of(footsteps_csv: Path) -> tuple[WalkerSummary, ...]:
    """One row per person, in order of their ids."""
    contacts = _contacts(footsteps_csv)
    contacts.sort(key=lambda row: int(row["track_id"]))
    return tuple(
        _walker(track_id, list(rows))
        for track_id, rows in itertools.groupby(contacts, key=lambda row: int(row["track_id"]))
    )


def steps_of(footsteps_csv: Path) -> list[tuple[int, float]]:
    """Person and time of contact in the picture, in seconds, of every step."""
    rows = _contacts(footsteps_csv)
    return [(int(row["track_id"]), float(row["time_seconds"])) for row in rows]


def _contacts(footsteps_csv: Path) -> list[dict[str, str]]:
    with footsteps_csv.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["event"] == CONTACT_EVENT]


def _walker(track_id: int, rows: list[dict[str, str]]) -> WalkerSummary:
    feet = Counter(row["foot"].upper() for row in rows)
    return WalkerSummary(
        track_id=track_id,
        left_count=feet["LEFT"],
        right_count=feet["RIGHT"],
        cadence_spm=cadence_spm([float(row["time_seconds"]) for row in rows]),
        surfaces=_by_frequency(rows, "surface"),
        footwear=_by_frequency(rows, "footwear"),
    )


def _by_frequency(rows: list[dict[str, str]], column: str) -> tuple[str, ...]:
    return tuple(
        word for word, _ in Counter(row[column] for row in rows if row.get(column)).most_common()
    )


def cadence_spm(contact_times_s: list[float]) -> float | None:
    """Steps per minute from the median time between contacts; pauses are left out.

    >>> cadence_spm([1.0, 1.5, 2.0, 9.0, 9.5])
    120.0
    >>> cadence_spm([1.0]) is None
    True
    """
    times_s = sorted(contact_times_s)
    steps_s = [b - a for a, b in itertools.pairwise(times_s) if 0 < b - a <= MAX_STEP_TIME_S]
    return SECONDS_PER_MINUTE / statistics.median(steps_s) if steps_s else None
