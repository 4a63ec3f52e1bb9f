"""How well footsteps are found: ours and the seed's method on the same landmarks, by the project's scorer.

    python -m tests.bench.detection [--shared ../shared] [--cache .foley/bench] [--sensitivity medium] [--clips PATTERN]

Runs the real pipeline (`estimate_poses`, then `find_footsteps`) on every annotated and rendered clip, writes
predictions, and lets ``shared/bench/score_events.py`` judge them. Poses are kept in the cache by digest of the video,
the weights and the pose code, so only the first run is slow.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from foley_common.footsteps import Sensitivity
from foley_common.media.decode import read_frames
from foley_common.media.info import VideoInfo
from foley_common.media.probe import probe
from foley_common.objects import derived_key_part, sha256_of
from foley_common.pose_tracks import PoseTracks
from foley_common.settings import StoreSettings
from foley_detector import pipeline
from foley_detector.footsteps import find_footsteps
from foley_detector.models.loading import LoadedModels, load_models
from foley_detector.settings import DetectorSettings

sys.path.insert(0, str(Path(__file__).parent))
from seed_method import seed_strikes

GAIT_MODULES = [
    "types",
    "signals",
    "unswap",
    "ground",
    "motion",
    "gait",
    "passing",
    "views",
    "steps",
    "strength",
    "statistics",
    "join",
    "params",
]
SETS = {
    "rendered easy": ("data/rendered", "d0[1-4]*"),
    "rendered hard": ("data/rendered", "d0[5-9]*|d1*"),
    "real": ("data/annotations", "*"),
}


@dataclass(frozen=True)
class Clip:
    """One clip with its truth."""

    video: Path
    truth: Path


def clips_of(shared: Path, pattern: str) -> list[Clip]:
    """Every annotated and rendered clip whose name fits a pattern."""
    found = []
    for truth in sorted(
        [*(shared / "data/annotations").glob("*.json"), *(shared / "data/rendered").glob("*.json")]
    ):
        video = shared / "data" / json.loads(truth.read_text())["video"]
        video = video if video.exists() else truth.with_suffix(".mp4")
        if fnmatch.fnmatch(truth.stem, pattern):
            found.append(Clip(video, truth))
    return found


def models() -> LoadedModels:
    """The models of the detector's own settings."""
    with tempfile.TemporaryDirectory() as folder:
        return load_models(DetectorSettings(store=StoreSettings(kind="local", root=Path(folder))))


def pose_code_digest() -> str:
    """Digest of the code that makes poses: everything in the detector but the gait rules and the servers."""
    root = Path(pipeline.__file__).parent
    files = [
        root / "pipeline.py",
        root / "rows.py",
        *root.glob("models/*.py"),
        *root.glob("domain/*.py"),
    ]
    files = [
        file for file in files if not (file.parent.name == "domain" and file.stem in GAIT_MODULES)
    ]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def poses_of(clip: Clip, video: VideoInfo, loaded: LoadedModels, cache: Path) -> PoseTracks:
    """Poses of a clip, from the cache where the same work was done before."""
    models = ",".join(f"{model.name}:{model.sha256}" for model in loaded.versions)
    key = derived_key_part(sha256_of(clip.video), models, pose_code_digest())
    path = cache / "poses" / f"{key}.npz"
    if path.exists():
        return PoseTracks.load(path)
    started = time.monotonic()
    poses = pipeline.estimate_poses(
        read_frames(clip.video),
        models=loaded.models,
        params=pipeline.PoseParams(),
        frame_rate=float(video.frame_rate),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    poses.save(part)
    part.replace(path)
    print(
        f"  poses of {clip.video.name}: {time.monotonic() - started:.1f} s",
        file=sys.stderr,
        flush=True,
    )
    return poses


def our_prediction(
    name: str, poses: PoseTracks, video: VideoInfo, sensitivity: Sensitivity
) -> dict[str, Any]:
    """What our detector finds, in the scorer's format."""
    detected, _ = find_footsteps([poses], video, sensitivity)
    events = []
    for step in detected.footsteps:
        event = {"track_id": step.track_id, "foot": step.side.value, "x": step.x_px, "y": step.y_px}
        times = [("strike", step.initial_contact_time_s, step.confidence)]
        if step.toe_off_time_s is not None:
            times.append(("toe_off", step.toe_off_time_s, step.toe_off_confidence))
        events += [
            {**event, "type": kind, "time_seconds": t, "confidence": c} for kind, t, c in times
        ]
    tracks = [
        {
            "track_id": track.track_id,
            "boxes": [
                {"time_seconds": b.time_s, "bbox_xywh": [b.x_px, b.y_px, b.width_px, b.height_px]}
                for b in track.boxes
            ],
        }
        for track in detected.tracks
    ]
    return {"video": name, "events": events, "tracks": tracks}


def seed_prediction(
    name: str, poses: PoseTracks, video: VideoInfo, sensitivity: Sensitivity
) -> dict[str, Any]:
    """What the seed's method finds, in the scorer's format."""
    events = [
        {
            "track_id": 1,
            "foot": strike.foot,
            "type": "strike",
            "time_seconds": strike.time_s,
            "confidence": strike.confidence,
            "x": strike.x_px,
            "y": strike.y_px if np.isfinite(strike.y_px) else 0.0,
        }
        for strike in seed_strikes(poses, float(video.frame_rate), sensitivity)
    ]
    return {"video": name, "events": events, "tracks": []}


def score(shared: Path, clips: list[Clip], predictions: Path, *arguments: str) -> str:
    """What the scorer prints for some clips."""
    with tempfile.TemporaryDirectory() as folder:
        for clip in clips:
            (Path(folder) / clip.truth.name).write_bytes(clip.truth.read_bytes())
        command = [sys.executable, str(shared / "bench/score_events.py"), "--truth", folder]
        done = subprocess.run(
            [*command, "--pred", str(predictions), *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
    return done.stdout


def rows_of(label: str, method: str, report: dict[str, Any]) -> list[str]:
    """Lines of the table for one set of clips."""
    lines = []
    for name, block in report["sets"].items():
        slow = " slow motion" if name.endswith("robustness") else ""
        for kind, word in (("strike", "contact"), ("toe_off", "toe-off")):
            if kind not in block or (kind == "toe_off" and method == "seed"):
                continue
            part, about, timing = (
                block[kind],
                block[kind].get("about_bias", {}),
                block[kind]["timing"],
            )
            figures = [part[w]["f1"] for w in ("25", "50", "100", "unc")] + [
                about.get("f1_25"),
                about.get("f1_50"),
            ]
            times = [timing["bias_median_ms"], about.get("median_abs_ms"), about.get("mean_abs_ms")]
            times += [about.get("p95_abs_ms"), timing["median_abs_ms"]]
            side = block["left_right"]["accuracy"] if kind == "strike" else None
            shares = [
                p["id_share"]
                for c in report["clips"].values()
                for p in c["persons"]
                if p.get("id_share")
            ]
            lines.append(
                f"{label + slow:24s} {word:8s} {method:5s} {part['50']['tp'] + part['50']['fn']:4d} "
                + " ".join("   - " if f is None else f"{f:5.2f}" for f in figures)
                + " "
                + " ".join("    - " if t is None else f"{t:+6.1f}" for t in times)
                + (f"  {side:4.2f}" if side is not None else "     -")
                + (f"  {np.mean(shares):4.2f}" if shares and kind == "strike" else "     -")
            )
    if report["negatives"]:
        per_minute = report["negatives"]["false_per_min"]
        lines.append(
            f"{label + ' negatives':24s} {'false/min':8s} {method:5s} contacts {per_minute['strike']:.1f}, "
            f"toe-offs {per_minute['toe_off']:.1f}"
        )
    return lines


HEADER = (
    f"{'set':24s} {'event':8s} {'by':5s} {'n':>4s} {'F25':>5s} {'F50':>5s} {'F100':>5s} {'Func':>5s} {'a25':>5s} "
    f"{'a50':>5s} {'bias':>6s} {'scat':>6s} {'mean':>6s} {'P95':>6s} {'medAE':>6s}  {'L/R':>4s}  {'id':>4s}"
)
LEGEND = (
    "F25…F100: F1 within 25, 50, 100 ms; Func: within the annotator's uncertainty + 1 frame; a25, a50: F1 about the "
    "set's own bias;\nbias (+ = late), scat/mean/P95: median, mean, 95 % of the absolute error about that bias; medAE: "
    "raw median absolute error, ms; id: share of a person's events under one id."
)


def print_tables(
    shared: Path, clips: list[Clip], folders: dict[str, Path], *, detail: bool
) -> None:
    """Score every set of clips, both methods, in one table."""
    print(HEADER)
    details = []
    for label, (folder, pattern) in SETS.items():
        part = [
            clip
            for clip in clips
            if clip.truth.parent == shared / folder
            and any(fnmatch.fnmatch(clip.truth.stem, one) for one in pattern.split("|"))
        ]
        if not part:
            continue
        for method, predictions in folders.items():
            report = json.loads(score(shared, part, predictions, "--json"))
            print("\n".join(rows_of(label, method, report)))
            details.append(f"\n== {label}, {method}\n{score(shared, part, predictions)}")
    print(LEGEND)
    if detail:
        print("\n".join(details))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root = Path(__file__).parents[2]
    parser.add_argument("--shared", type=Path, default=root.parent / "shared")
    parser.add_argument("--cache", type=Path, default=root / ".foley" / "bench")
    parser.add_argument(
        "--sensitivity", type=Sensitivity, default=Sensitivity.MEDIUM, choices=list(Sensitivity)
    )
    parser.add_argument(
        "--poses", type=Path, help="folder with STEM.npz to take poses from, instead of making them"
    )
    parser.add_argument("--clips", default="*", help="pattern on clip names")
    parser.add_argument("--detail", action="store_true", help="print the scorer's own tables, too")
    chosen = parser.parse_args()
    if not (chosen.shared / "bench/score_events.py").exists():
        print(f"no scorer under {chosen.shared}: give --shared", file=sys.stderr)
        return 2
    clips = clips_of(chosen.shared, chosen.clips)
    loaded = None if chosen.poses else models()
    makers = {"ours": our_prediction, "seed": seed_prediction}
    folders = {method: chosen.cache / "predictions" / method for method in makers}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
    for clip in clips:
        video = probe(clip.video)
        if loaded is None:
            poses = PoseTracks.load(chosen.poses / f"{clip.video.stem}.npz")
        else:
            poses = poses_of(clip, video, loaded, chosen.cache)
        for method, make in makers.items():
            prediction = make(clip.video.name, poses, video, chosen.sensitivity)
            (folders[method] / f"{clip.video.stem}.json").write_text(json.dumps(prediction))
    print_tables(chosen.shared, clips, folders, detail=chosen.detail)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
