"""How good the local ground classifier is: ``make bench-surface``.

    python tests/bench/surface.py [--shared ../shared] [--views VIEWS.npz] [--picture CONFUSION.png]

Prints, leave-one-source-out over the ground pictures: top-1, group, per source, per class, calibration; then the
grounds found under the steps of the rendered walkers (steps as in their truth, so that only the ground is judged);
then milliseconds per patch on one thread. Describing all pictures takes about six minutes of one core; give
``--views`` (written when it does not exist) to keep that. Needs the development data.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
TRAINING = ROOT / "services" / "surface_agent" / "training"
sys.path.insert(0, str(TRAINING))

from fit import Pictures  # noqa: E402
from judge import Judged, confusion, full_report, judge  # noqa: E402

from foley_common.footsteps import Footstep, Side, Track, TrackBox  # noqa: E402
from foley_surface_agent.domain.features import PATCH_PX  # noqa: E402
from foley_surface_agent.domain.spans import grounds_of  # noqa: E402
from foley_surface_agent.domain.types import GROUP_INDEX, SURFACES  # noqa: E402
from foley_surface_agent.local.classifier import LocalClassifier  # noqa: E402
from foley_surface_agent.pipeline import SurfaceJob, step_votes  # noqa: E402

TIMED_PATCHES = 50


def main() -> None:
    """Print the three parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--views", type=Path, default=ROOT / "out" / "surface-views.npz")
    parser.add_argument(
        "--picture", type=Path, default=None, help="write the confusion matrix here (PNG)"
    )
    arguments = parser.parse_args()
    if not (arguments.shared / "data" / "surfaces.json").is_file():
        raise SystemExit(f"needs the development data in {arguments.shared}")
    if not arguments.views.is_file():
        arguments.views.parent.mkdir(parents=True, exist_ok=True)
        script = [
            sys.executable,
            TRAINING / "extract.py",
            arguments.shared / "data",
            arguments.views,
        ]
        subprocess.run(script, check=True, stdout=subprocess.DEVNULL)
    pictures = Pictures.load(arguments.views)
    judged = judge(pictures)
    print("\n".join(full_report(pictures, judged)))
    if arguments.picture is not None:
        _draw_confusion(pictures, judged, arguments.picture)
    classifier = LocalClassifier()
    print("\n## Rendered walkers, steps as in the truth\n")
    _judge_clips(arguments.shared / "data" / "rendered", classifier)
    patch = np.random.default_rng(0).integers(0, 256, (1, PATCH_PX, PATCH_PX, 3), dtype=np.uint8)
    spent = []
    for _ in range(TIMED_PATCHES):
        begun = time.process_time()
        classifier.log_probabilities(patch)
        spent.append(1000 * (time.process_time() - begun))
    print(
        f"\n{np.median(spent):.1f} ms of processor time per patch (median of {TIMED_PATCHES}, one thread)"
    )


def _judge_clips(folder: Path, classifier: LocalClassifier) -> None:
    print(
        "| clip | person | steps | truth | found | steps right | group right | changes found within 1 step |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    right = group_right = count = hit = wanted = extra = 0
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text())
        job, words = _job_of(truth)
        for votes, steps in step_votes(path.with_suffix(".mp4"), job, classifier):
            found = np.zeros(len(steps), np.int64)
            grounds = grounds_of(votes, clip_end_s=job.clip_end_s)
            for ground in grounds:
                likeliest = ground.likeliest
                found[ground.first : ground.last + 1] = (
                    -1 if likeliest is None else SURFACES.index(likeliest)
                )
            want = np.array([words[step.footstep_id] for step in steps])
            ok, group_ok = found == want, (found >= 0) & (GROUP_INDEX[found] == GROUP_INDEX[want])
            true_changes, found_changes = (np.flatnonzero(np.diff(a)) + 1 for a in (want, found))
            hits = sum(bool((np.abs(found_changes - c) <= 1).any()) for c in true_changes)
            right, group_right, count = (
                right + ok.sum(),
                group_right + group_ok.sum(),
                count + len(ok),
            )
            hit, wanted, extra = (
                hit + hits,
                wanted + len(true_changes),
                extra + len(found_changes) - hits,
            )
            print(
                f"| {path.stem} | {votes.track_id} | {len(ok)} | {_path_of(want)} | {_path_of(found)} "
                f"| {ok.mean():.2f} | {group_ok.mean():.2f} | {hits}/{len(true_changes)} |"
            )
    print(
        f"\nsteps right {right / count:.2f}, group right {group_right / count:.2f} of {count} steps; ",
        end="",
    )
    print(f"changes found {hit} of {wanted}, changes that are none {extra}")


def _job_of(truth: dict[str, Any]) -> tuple[SurfaceJob, dict[str, int]]:
    steps: list[Footstep] = []
    tracks: list[Track] = []
    words: dict[str, int] = {}
    names = [surface.value for surface in SURFACES]
    for person in truth["people"]:
        track = int(person["id"]) + 1
        boxes = tuple(
            TrackBox(
                b["t"],
                b["xyxy"][0],
                b["xyxy"][1],
                b["xyxy"][2] - b["xyxy"][0],
                b["xyxy"][3] - b["xyxy"][1],
            )
            for b in person["boxes"]
        )
        tracks.append(Track(track, boxes))
        for index, event in enumerate(
            e for e in person["events"] if e["type"] == "strike" and e["in_frame"]
        ):
            name = f"t{track}-{index:04d}"
            words[name] = names.index(event["surface"])
            steps.append(
                Footstep(
                    name, track, Side(event["foot"]), event["t"], None, 1.0, 0.0, 0.5, None, None,
                    event["x_px"], event["y_px"],
                )
            )  # fmt: skip
    return SurfaceJob(
        tuple(steps), tuple(tracks), int(truth["height"]), float(truth["duration"])
    ), words


def _path_of(labels: np.ndarray) -> str:
    kept = [label for i, label in enumerate(labels) if i == 0 or label != labels[i - 1]]
    return " → ".join("?" if label < 0 else SURFACES[int(label)].value for label in kept)


def _draw_confusion(pictures: Pictures, judged: Judged, path: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    table = confusion(pictures, judged)
    figure, axes = pyplot.subplots(figsize=(8, 7))
    image = axes.imshow(table, vmin=0, vmax=1, cmap="viridis")
    words = [surface.value for surface in SURFACES]
    axes.set_xticks(range(len(words)), words, rotation=90)
    axes.set_yticks(range(len(words)), words)
    axes.set_xlabel("answered")
    axes.set_ylabel("truth")
    axes.set_title("Share of answers, leave one source out")
    figure.colorbar(image)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


if __name__ == "__main__":
    main()
