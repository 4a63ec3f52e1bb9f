"""How well footsteps are found: ours, gaitkit's and the seed's method on the same landmarks, by the project's scorer.

    python -m tests.bench.detection [--shared ../shared] [--cache .foley/bench] [--sensitivity medium] [--clips PATTERN]
                                    [--poses FOLDER] [--plot [FOLDER]] [--detail] [--seams]

Runs the real pipeline (`estimate_poses`, then `find_footsteps`) on every annotated and rendered clip, writes
predictions, and lets ``shared/bench/score_events.py`` judge them. Poses are kept in the cache by digest of the video,
the weights and the pose code, so only the first run is slow. `--plot` draws a timeline per clip and how far the
confidence of contacts can be trusted. `--seams` compares each clip in 1, 3 and 10 segments instead.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import math
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from foley_common.footsteps import Sensitivity
from foley_common.media.info import VideoInfo
from foley_common.media.probe import probe
from foley_common.objects import derived_key_part, sha256_of
from foley_common.pose_tracks import PoseTracks
from foley_common.settings import StoreSettings
from foley_detector import pipeline
from foley_detector.footsteps import find_footsteps
from foley_detector.models.loading import LoadedModels, load_models
from foley_detector.segments import segment_poses
from foley_detector.settings import DetectorSettings

sys.path.insert(0, str(Path(__file__).parent))
from detection_judge import Verdict, judge, load_scorer
from detection_plots import calibration, contact_beliefs, reliability, timeline
from detection_seams import HEADER, cached, print_seams
from detection_tables import OURS, Clip, print_goals, print_tables
from gaitkit_method import METHODS, gaitkit_events
from seed_method import seed_strikes

POSE_MODULES = (
    "boxes",
    "camera",
    "cuts",
    "looks",
)  # of foley_detector.domain: the others only read poses
ANY_CONFIDENCE = "ours, high sensitivity"  # predictions for the reliability plot; in no table


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
    """Digest of the code that makes poses: frames to rows, without the gait rules and the servers."""
    root = Path(pipeline.__file__).parent
    files = [
        root / "pipeline.py",
        root / "rows.py",
        *root.glob("models/*.py"),
        *root.glob("domain/*.py"),
    ]
    files = [file for file in files if file.parent.name != "domain" or file.stem in POSE_MODULES]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def poses_of(
    clip: Clip,
    video: VideoInfo,
    loaded: LoadedModels,
    cache: Path,
    *,
    start_s: float = 0.0,
    end_s: float = math.inf,
) -> PoseTracks:
    """Poses of a clip or a part of it, from the cache where the same work was done before."""
    models = ",".join(f"{model.name}:{model.sha256}" for model in loaded.versions)
    part = () if (start_s, end_s) == (0.0, math.inf) else (f"{start_s:.6f}-{end_s:.6f}",)
    key = derived_key_part(sha256_of(clip.video), models, pose_code_digest(), *part)
    return cached(
        cache / "poses" / f"{key}.npz",
        lambda: segment_poses(
            clip.video,
            models=loaded.models,
            params=pipeline.PoseParams(),
            frame_rate=float(video.frame_rate),
            start_s=start_s,
            end_s=end_s,
        ),
        " ".join([clip.video.name, *part]),
    )


def print_all_seams(
    clips: list[Clip], loaded: LoadedModels, cache: Path, sensitivity: Sensitivity
) -> int:
    """The table of `--seams`; 1 when a clip gives other footsteps in segments."""
    print(HEADER)
    good = True
    for clip in clips:
        video = probe(clip.video)
        good &= print_seams(
            clip.truth.stem,
            video,
            lambda start_s, end_s, clip=clip, video=video: poses_of(
                clip, video, loaded, cache, start_s=start_s, end_s=end_s
            ),
            sensitivity,
        )
    return 0 if good else 1


def our_prediction(
    name: str, poses: PoseTracks, video: VideoInfo, sensitivity: Sensitivity
) -> dict[str, Any]:
    """What our detector finds, in the scorer's format."""
    detected, _ = find_footsteps([poses], video, sensitivity)
    events = []
    for step in detected.footsteps:
        event = {"track_id": step.track_id, "foot": step.side.value}
        place = (step.x_px, step.y_px)
        times = [("strike", step.initial_contact_time_s, step.confidence, place)]
        if step.toe_off_time_s is not None:
            off = ("toe_off", step.toe_off_time_s, step.toe_off_confidence, step.toe_off_xy_px)
            times.append(off)
        events += [
            {**event, "type": kind, "time_seconds": t, "confidence": c, "x": xy[0], "y": xy[1]}
            for kind, t, c, xy in times
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


def gaitkit_prediction(
    method: str, name: str, poses: PoseTracks, video: VideoInfo
) -> dict[str, Any]:
    """What one of gaitkit's methods finds, in the scorer's format; our tracks' boxes beside it."""
    events = [
        {
            "track_id": event.track_id,
            "foot": event.foot,
            "type": event.kind,
            "time_seconds": event.time_s,
            "confidence": 1.0,
            "x": event.x_px,
            "y": event.y_px,
        }
        for event in gaitkit_events(poses, float(video.frame_rate), method)
    ]
    tracks = [
        {
            "track_id": track,
            "boxes": [
                {
                    "time_seconds": float(poses.time_s[poses.row_frame[row]]),
                    "bbox_xywh": [
                        float(v)
                        for v in (
                            *poses.box_xyxy_px[row, :2],
                            *(poses.box_xyxy_px[row, 2:] - poses.box_xyxy_px[row, :2]),
                        )
                    ],
                }
                for row in poses.rows_of(track)
            ],
        }
        for track in poses.track_ids
    ]
    return {"video": name, "events": events, "tracks": tracks}


def predict(
    clip: Clip,
    poses: PoseTracks,
    video: VideoInfo,
    sensitivity: Sensitivity,
    folders: dict[str, Path],
) -> None:
    """Write every method's prediction of one clip."""
    name = clip.video.name
    made = {
        OURS: our_prediction(name, poses, video, sensitivity),
        "seed": seed_prediction(name, poses, video, sensitivity),
        ANY_CONFIDENCE: our_prediction(name, poses, video, Sensitivity.HIGH),
    }
    made |= {f"gk-{m}": gaitkit_prediction(m, name, poses, video) for m in METHODS}
    for method, prediction in made.items():
        (folders[method] / f"{clip.video.stem}.json").write_text(json.dumps(prediction))


def draw(
    clips: list[Clip],
    verdicts: list[Verdict],
    poses: dict[str, PoseTracks],
    out: Path,
    *,
    beliefs: dict[str, tuple[list[float], list[bool]]],
) -> None:
    """Write the pictures of `--plot`."""
    out.mkdir(parents=True, exist_ok=True)
    for clip, verdict in zip(clips, verdicts, strict=True):
        timeline(verdict, poses[clip.truth.stem], out / f"{clip.truth.stem}.png")
    reliability(beliefs, out / "reliability.png")
    print(f"pictures: {out}")


def print_reliability(beliefs: dict[str, tuple[list[float], list[bool]]]) -> None:
    """The reliability plot in figures."""
    print("\nCONFIDENCE OF CONTACTS at high sensitivity: mean said, share right within 50 ms (raw)")
    for label, (said, right) in beliefs.items():
        bins, error = calibration(said, right)
        text = "  ".join(
            f"{low:.1f}-{high:.1f}: {mean:.2f}/{got:.2f} ({n})" for low, high, n, mean, got in bins
        )
        print(f"{label:10s} n {len(said):3d}  ECE {error:.3f}  {text}")


def emptied_folders(parent: Path, names: Sequence[str]) -> dict[str, Path]:
    """Folders for predictions, without what an earlier run left in them."""
    folders = {name: parent / name for name in names}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
    return folders


def arguments() -> argparse.Namespace:
    """What the caller chose."""
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
    parser.add_argument(
        "--plot",
        type=Path,
        nargs="?",
        const=root / ".foley" / "bench" / "plots",
        help="draw a timeline per clip and the reliability of confidence into this folder",
    )
    parser.add_argument(
        "--seams",
        action="store_true",
        help="compare each clip in 1, 3 and 10 segments, and no more",
    )
    return parser.parse_args()


def main() -> int:
    """Print the table."""
    chosen = arguments()
    if not (chosen.shared / "bench/score_events.py").exists():
        print(f"no scorer under {chosen.shared}: give --shared", file=sys.stderr)
        return 2
    clips = clips_of(chosen.shared, chosen.clips)
    loaded = None if chosen.poses else models()
    if chosen.seams:
        return print_all_seams(clips, loaded or models(), chosen.cache, chosen.sensitivity)
    tabled = [OURS, *(f"gk-{method}" for method in METHODS), "seed"]
    folders = emptied_folders(chosen.cache / "predictions", [*tabled, ANY_CONFIDENCE])
    kept: dict[str, PoseTracks] = {}
    for clip in clips:
        video = probe(clip.video)
        if loaded is None:
            poses = PoseTracks.load(chosen.poses / f"{clip.video.stem}.npz")
        else:
            poses = poses_of(clip, video, loaded, chosen.cache)
        predict(clip, poses, video, chosen.sensitivity, folders)
        if chosen.plot is not None:
            kept[clip.truth.stem] = poses
    ours = print_tables(
        chosen.shared, clips, {method: folders[method] for method in tabled}, detail=chosen.detail
    )
    scorer = load_scorer(chosen.shared)
    verdicts = [
        judge(scorer, clip.truth, folders[OURS] / f"{clip.video.stem}.json") for clip in clips
    ]
    print_goals(ours, verdicts)
    beliefs: dict[str, tuple[list[float], list[bool]]] = {}
    for clip in clips:
        group = "rendered" if clip.truth.parent.name == "rendered" else "real"
        verdict = judge(scorer, clip.truth, folders[ANY_CONFIDENCE] / f"{clip.video.stem}.json")
        for label in ("all", group):
            said, right = beliefs.setdefault(label, ([], []))
            more, hits = contact_beliefs(verdict)
            said += more
            right += hits
    print_reliability(beliefs)
    if chosen.plot is not None:
        draw(clips, verdicts, kept, chosen.plot, beliefs=beliefs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
