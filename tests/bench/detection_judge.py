"""Which truth each detection met: pairs, misses and extras one by one, by the rules of the project's scorer.

The scorer prints sums only. Its own functions (reading, giving tracks and events to people, matching) are used here,
so that pictures and reliability show the very pairs that it counts.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

WINDOW_S = 0.1
"""Pairs further apart are none; the scorer's window for errors."""

KINDS = ("strike", "toe_off")


@dataclass
class Person:
    """One person of the truth and what was found of them.

    Attributes:
        name: As in the truth.
        window_s: First and last moment that counts.
        truth: Events of the truth, the scorer's form.
        found: Detections given to this person, the scorer's form.
        error_s: By kind, from position in ``found`` to its time error; those without a partner are absent.
        missed: By kind, positions in ``truth`` without a partner.
        track_ids: Tracks that hold ``found``, the commonest first.
    """

    name: str
    window_s: tuple[float, float]
    truth: list[dict[str, Any]]
    found: list[dict[str, Any]]
    error_s: dict[str, dict[int, float]] = field(default_factory=dict)
    missed: dict[str, list[int]] = field(default_factory=dict)
    track_ids: list[int] = field(default_factory=list)

    def counted(self) -> list[dict[str, Any]]:
        """Detections that count: with a partner, or inside the window."""
        paired = {k for errors in self.error_s.values() for k in errors}
        low, high = self.window_s
        return [
            event for k, event in enumerate(self.found) if k in paired or low <= event["t"] <= high
        ]


@dataclass
class Verdict:
    """One clip: its people, and detections that are nobody's (all of them where nobody walks)."""

    name: str
    people: list[Person]
    false: list[dict[str, Any]]


def load_scorer(shared: Path) -> ModuleType:
    """The project's scorer as a module."""
    spec = importlib.util.spec_from_file_location(
        "score_events", shared / "bench" / "score_events.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judge(scorer: ModuleType, truth_file: Path, prediction_file: Path) -> Verdict:
    """Pair one clip's detections with its truth."""
    name, data = scorer.load_truth(truth_file)
    _, prediction = scorer.load_prediction(prediction_file)
    clock = scorer.FrameClock(data)
    half = 0.5 / clock.fps
    if not data["people"]:
        first, last = data.get("annotated_frames", [0, 0])
        low, high = first / clock.fps - half, (last + 1) / clock.fps + half
        return Verdict(name, [], [e for e in prediction["events"] if low <= e["t"] <= high])
    report = scorer.score_clip(data, prediction)
    places = [{"id": p["id"], "where": p.get("where")} for p in data["people"]]
    placed = all(p["where"] is not None for p in places)
    nobody = scorer.assign_events(places, prediction) if placed else []
    people: list[Person] = []
    for person, place, said in zip(data["people"], places, report["persons"], strict=True):
        first, last = person["annotated_frames"]
        window = (
            (float(place["where"][0][first]), float(place["where"][0][last]))
            if placed
            else (clock(first) - half, clock(last) + half)
        )
        found = (
            place["mine"]
            if placed
            else [e for e in prediction["events"] if e["track_id"] in said["tracks"]]
        )
        people.append(
            paired(
                scorer, Person(person["id"], window, person["events"], found), said, report["types"]
            )
        )
    return Verdict(name, people, nobody)


def paired(scorer: ModuleType, person: Person, said: dict[str, Any], kinds: list[str]) -> Person:
    """Fill in who met whom."""
    person.track_ids = list(said["tracks"])
    for kind in kinds:
        true = [k for k, e in enumerate(person.truth) if e["type"] == kind]
        mine = [k for k, e in enumerate(person.found) if e["type"] == kind]
        times = np.array([person.truth[k]["t"] for k in true])
        pairs = scorer.match(times, np.array([person.found[k]["t"] for k in mine]), WINDOW_S)
        person.error_s[kind] = {
            mine[j]: person.found[mine[j]]["t"] - person.truth[true[i]]["t"] for i, j in pairs
        }
        met = {true[i] for i, _ in pairs}
        person.missed[kind] = [k for k in true if k not in met]
    return person
