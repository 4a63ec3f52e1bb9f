"""Grounds under the steps of rendered walkers: where they change, and what they are.

    python -m tests.bench.surface_clips FOLDER… [--steps]

Steps, boxes and grounds are those of the renderer's truth, so that only the look at the ground is judged. Each clip is
judged three times over the same crops: with the local classifier's answers; with the true answer for every crop (the
oracle: what is wrong then is the fault of choosing, pooling and cutting); and with an oracle that is wrong on one step
in five (a fair vision of a good classifier, drawn with a fixed seed).

The last line counts cuts whatever the classifier calls the ground on both sides: with a vision model, each side is
asked about.

The development data changes its ground in two clips only. ``ground_clips.json`` beside this describes eight more, with
fourteen changes, on which the cutting was chosen; ``ground_held_out.json`` eight with twelve, drawn by a seed, on which
nothing was. Both are for the renderer in ``../shared/bench/walkers``: add them to ``sets`` in its ``specs.mjs`` as
``ground: JSON.parse(fs.readFileSync(FILE))``, run ``node render.mjs --assets ../../data/walkers --out FOLDER --set
ground``, and give FOLDER here.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_common.footsteps import Footstep, Side, Track, TrackBox
from foley_surface_agent.domain.fallback import AnswerThresholds, local_answer
from foley_surface_agent.domain.places import pooled_by_place
from foley_surface_agent.domain.spans import joined, parted
from foley_surface_agent.domain.surroundings import told_together
from foley_surface_agent.domain.types import GROUP_INDEX, GROUPS, SURFACES, Ground, StepVotes
from foley_surface_agent.local.classifier import LocalClassifier
from foley_surface_agent.pipeline import GroundClassifier, SurfaceJob, step_votes
from foley_surface_agent.shot_watch import ShotWatch
from foley_surface_agent.views import Walker

ORACLE_CONFIDENCE = 0.9
FAULTY_SHARE = 0.2
FAULTY_CONFIDENCE = 0.6
SEED = 20_261_126
WORDS = [surface.value for surface in SURFACES]

Votes = Callable[[StepVotes, NDArray[np.int64]], StepVotes]


@dataclass(slots=True)
class Tally:
    """Steps and changes, summed up."""

    steps: int = 0
    seen: int = 0
    right: int = 0
    group_right: int = 0
    changes: int = 0
    found: int = 0
    extra: int = 0
    cut: int = 0
    extra_cuts: int = 0
    named: int = 0
    named_right: int = 0
    grouped: int = 0
    grouped_right: int = 0

    def add_sure(
        self, want: NDArray[np.int64], surface: NDArray[np.int64], group: NDArray[np.int64]
    ) -> None:
        """Steps whose surface, or only whose group, the service would name; -1 where it would not."""
        self.named += int((surface >= 0).sum())
        self.named_right += int((surface == want).sum())
        self.grouped += int((group >= 0).sum())
        self.grouped_right += int((group == GROUP_INDEX[want]).sum())

    def add(
        self, want: NDArray[np.int64], got: NDArray[np.int64], cuts: NDArray[np.int64], seen: int
    ) -> Tally:
        """One person's steps in; returns that person's own tally."""
        true_changes, changes = (np.flatnonzero(np.diff(labels)) + 1 for labels in (want, got))
        found, extra = _hits(true_changes, changes)
        cut, extra_cuts = _hits(true_changes, cuts)
        own = Tally(
            len(want),
            seen,
            int((got == want).sum()),
            int(((got >= 0) & (GROUP_INDEX[got] == GROUP_INDEX[want])).sum()),
            len(true_changes),
            found,
            extra,
            cut,
            extra_cuts,
        )
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(own, name))
        return own


def _hits(true: NDArray[np.int64], found: NDArray[np.int64]) -> tuple[int, int]:
    """Changes with something found within a step of them, and what was found where none is."""
    near = np.abs(true[:, None] - found[None, :]) <= 1
    return int(near.any(axis=1).sum()), int((~near.any(axis=0)).sum())


def local(votes: StepVotes, want: NDArray[np.int64]) -> StepVotes:
    """What the local classifier said."""
    return votes


def oracle(votes: StepVotes, want: NDArray[np.int64]) -> StepVotes:
    """The truth for every crop that was seen."""
    return _said(votes, want, ORACLE_CONFIDENCE)


def faulty_oracle(votes: StepVotes, want: NDArray[np.int64]) -> StepVotes:
    """The truth, but on one step in five, and less sure."""
    rng = np.random.default_rng([SEED, votes.track_id, len(want)])
    wrong = rng.random(len(want)) < FAULTY_SHARE
    others = (want + rng.integers(1, len(SURFACES), len(want))) % len(SURFACES)
    return _said(votes, np.where(wrong, others, want), FAULTY_CONFIDENCE)


ANSWERS: tuple[tuple[str, Votes], ...] = (
    ("local classifier", local),
    ("oracle", oracle),
    ("oracle, 1 in 5 wrong", faulty_oracle),
)


def judge_clips(
    folders: Iterable[Path], classifier: GroundClassifier, *, show_steps: bool = False
) -> dict[str, Tally]:
    """Print the table and give the sums by whose answers were taken."""
    print(
        "| clip | person | steps (seen) | truth | " + " | ".join(name for name, _ in ANSWERS) + " |"
    )
    print("| --- | --- | --- | --- | " + " | ".join("---" for _ in ANSWERS) + " |")
    sums = {name: Tally() for name, _ in ANSWERS}
    for path in sorted(path for folder in folders for path in folder.glob("*.json")):
        truth = json.loads(path.read_text())
        job, words = job_of(truth)
        shots = ShotWatch()
        walkers = list(step_votes(path.with_suffix(".mp4"), job, classifier, shots=shots))
        wants = [np.array([words[step.footstep_id] for step in one.steps]) for one in walkers]
        found = {
            name: _grounds(
                [answers(one.votes, want) for one, want in zip(walkers, wants, strict=True)],
                clip_end_s=job.clip_end_s,
                cuts_s=shots.cuts_s,
            )
            for name, answers in ANSWERS
        }
        for walker, want in zip(walkers, wants, strict=True):
            _judge(
                path.stem,
                walker,
                want,
                found,
                at=classifier.thresholds,
                sums=sums,
                show_steps=show_steps,
            )
        if shots.cuts_s:
            print(f"| {path.stem} | a cut that is none at {shots.cuts_s} s | | | | | |")
    for name, tally in sums.items():
        print(
            f"\n{name}: steps right {tally.right / tally.steps:.3f}, group right "
            f"{tally.group_right / tally.steps:.3f} of {tally.steps} steps ({tally.seen} seen); changes found within "
            f"1 step {tally.found} of {tally.changes}, changes that are none {tally.extra}; cut there, whatever it is "
            f"called, {tally.cut} of {tally.changes}, cuts that are none {tally.extra_cuts}; surface named at "
            f"{tally.named} steps, right {tally.named_right}, only the group at {tally.grouped}, right "
            f"{tally.grouped_right}"
        )
    return sums


def _grounds(
    votes: list[StepVotes], *, clip_end_s: float, cuts_s: tuple[float, ...]
) -> list[Ground]:
    """Everybody's grounds as the service finds them, before the same name joins neighbours."""
    grounds = [
        ground for own in votes for ground in parted(own, clip_end_s=clip_end_s, cuts_s=cuts_s)
    ]
    return told_together(pooled_by_place(grounds, {own.track_id: own for own in votes}))


def _judge(
    clip: str,
    walker: Walker,
    want: NDArray[np.int64],
    found: dict[str, list[Ground]],
    *,
    at: AnswerThresholds,
    sums: dict[str, Tally],
    show_steps: bool,
) -> None:
    seen = int(walker.votes.seen.sum())
    cells: list[str] = []
    for name, grounds in found.items():
        got, sure, group = (np.full(len(want), -1) for _ in range(3))
        apart = [ground for ground in grounds if ground.track_id == walker.votes.track_id]
        for ground in joined(apart):
            if ground.likeliest is None or ground.probabilities is None:
                continue
            steps = slice(ground.first, ground.last + 1)
            got[steps] = SURFACES.index(ground.likeliest)
            answer = local_answer(
                ground.probabilities,
                thresholds=at,
                model=name,
                look_count=ground.seen_count,
            )
            if answer.surface is not None:
                sure[steps] = SURFACES.index(answer.surface)
            elif answer.group is not None:
                group[steps] = GROUPS.index(answer.group)
        cuts = np.array([ground.first for ground in apart[1:]], np.int64)
        own = sums[name].add(want, got, cuts, seen)
        sums[name].add_sure(want, sure, group)
        cells.append(
            f"{path_of(got)}: {own.right}/{own.steps} right, "
            f"{own.found}/{own.changes} changes, {own.extra} that are none"
        )
    row = f"| {clip} | {walker.votes.track_id} | {len(want)} ({seen}) | {path_of(want)} | "
    print(row + " | ".join(cells) + " |", flush=True)
    if show_steps:
        best = [
            WORDS[int(row.argmax())] if np.isfinite(row).all() else "–"
            for row in walker.votes.log_probabilities
        ]
        print(f"|  | | | | {' '.join(best)} | | |")


def job_of(truth: dict[str, Any]) -> tuple[SurfaceJob, dict[str, int]]:
    """A clip's truth as a job, and the true ground of each step by its id."""
    steps: list[Footstep] = []
    tracks: list[Track] = []
    words: dict[str, int] = {}
    for person in truth["people"]:
        track = int(person["id"]) + 1
        boxes = tuple(_box(box) for box in person["boxes"])
        tracks.append(Track(track, boxes))
        contacts = (e for e in person["events"] if e["type"] == "strike" and e["in_frame"])
        for index, event in enumerate(contacts):
            name = f"t{track}-{index:04d}"
            words[name] = WORDS.index(event["surface"])
            steps.append(
                Footstep(
                    name, track, Side(event["foot"]), event["t"], None, 1.0, 0.0, 0.5, None, None,
                    event["x_px"], event["y_px"],
                )
            )  # fmt: skip
    job = SurfaceJob(tuple(steps), tuple(tracks), int(truth["height"]), float(truth["duration"]))
    return job, words


def path_of(labels: NDArray[np.int64]) -> str:
    """Grounds in order, each once: ``grass → asphalt``."""
    kept = [label for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]]
    return " → ".join("?" if label < 0 else WORDS[int(label)] for label in kept)


def _said(votes: StepVotes, labels: NDArray[np.int64], confidence: float) -> StepVotes:
    n = len(SURFACES)
    chances = np.full((len(labels), n), (1 - confidence) / (n - 1))
    chances[np.arange(len(labels)), labels] = confidence
    log_p = np.where(votes.seen[:, None], np.log(chances), np.nan)
    return StepVotes(votes.track_id, votes.time_s, log_p, votes.appearance)


def _box(box: dict[str, Any]) -> TrackBox:
    left, top, right, bottom = box["xyxy"]
    return TrackBox(box["t"], left, top, right - left, bottom - top)


def main() -> None:
    """Judge folders of rendered clips."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--steps", action="store_true", help="print each step's own vote too")
    arguments = parser.parse_args()
    judge_clips(arguments.folders, LocalClassifier(), show_steps=arguments.steps)


if __name__ == "__main__":
    main()
