"""How well footsteps are found on clips that were not looked at: 18 more rendered walkers with exact truth.

    python -m tests.bench.held_out [--shared ../shared] [--cache .foley/bench] [--clips PATTERN]

Renders them once (Debian packages chromium, ffmpeg, nodejs, npm; about half a minute per clip on two cores) with the
generator in ``shared/bench/walkers`` and the descriptions in ``held_out_specs.mjs``, finds footsteps with the real
pipeline, and pairs them by the project's scorer. Contacts are judged about one bias for all clips, their own median.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from foley_common.footsteps import Sensitivity
from foley_common.media.probe import probe

sys.path.insert(0, str(Path(__file__).parent))
from detection import models, our_prediction, poses_of
from detection_judge import KINDS, Verdict, judge, load_scorer
from detection_tables import Clip

SPECS = Path(__file__).parent / "held_out_specs.mjs"
PACKAGES = ("three@0.187.0", "playwright-core@1.65.1", "meshoptimizer@1.3.0")
WINDOWS_MS = (25, 50, 100)


@dataclass
class Tally:
    """Events of one kind in some clips.

    Attributes:
        true_count: In the truth.
        found_count: Detections that count.
        errors_s: Time errors of the pairs.
        sides: Whether the foot was right, for pairs of contacts.
        id_shares: By person, the share of their events under one id.
    """

    true_count: int = 0
    found_count: int = 0
    errors_s: list[float] = field(default_factory=list)
    sides: list[bool] = field(default_factory=list)
    id_shares: list[float] = field(default_factory=list)

    def f1(self, window_ms: float, bias_s: float) -> float:
        """F1 within a window about a bias."""
        hits = int((np.abs(np.array(self.errors_s) - bias_s) <= window_ms / 1000).sum())
        return 2 * hits / max(self.true_count + self.found_count, 1)


def render(shared: Path, cache: Path) -> Path:
    """The folder with the clips, rendered where they are not there yet."""
    folder, generator = cache / "held_out", cache / "held_out_generator"
    names = re.findall(r"name: '(v\d\d_[a-z0-9_]+)'", SPECS.read_text())
    if all((folder / f"{name}.json").exists() for name in names):
        return folder
    if not (generator / "node_modules").exists():
        shutil.copytree(shared / "bench/walkers", generator, dirs_exist_ok=True)
        (generator / "specs.mjs").chmod(0o644)
        subprocess.run(["npm", "install", "--silent", *PACKAGES], cwd=generator, check=True)
    theirs = (shared / "bench/walkers/specs.mjs").read_text()
    helpers = "\n".join(line for line in theirs.splitlines() if not line.startswith("export"))
    (generator / "specs.mjs").write_text(f"{helpers}\n{SPECS.read_text()}")
    command = ["node", "render.mjs", "--assets", str((shared / "data/walkers").resolve())]
    command += ["--out", str(folder.resolve()), "--set", "heldOut"]
    subprocess.run(command, cwd=generator, check=True)
    return folder


def tally(verdict: Verdict, kind: str) -> Tally:
    """Sums of one clip."""
    sums = Tally()
    for person in verdict.people:
        true = [event for event in person.truth if event["type"] == kind]
        sums.true_count += len(true)
        sums.found_count += sum(event["type"] == kind for event in person.counted())
        ids: list[int] = []
        for k, error_s in person.error_s.get(kind, {}).items():
            found = person.found[k]
            sums.errors_s.append(error_s)
            ids.append(found["track_id"])
            partner = min(true, key=lambda event: abs(event["t"] - (found["t"] - error_s)))
            sums.sides.append(partner["foot"] == found["foot"])
        if ids:
            sums.id_shares.append(max(ids.count(one) for one in set(ids)) / len(ids))
    return sums


def line(name: str, sums: dict[str, Tally], bias_s: float) -> str:
    """One row of the table."""
    text = f"{name:26s}"
    for kind in KINDS:
        one = sums[kind]
        about_s = bias_s if kind == "strike" else 0.0
        errors = np.array(one.errors_s) if one.errors_s else np.zeros(1)
        f1 = " ".join(f"{one.f1(window, about_s):5.2f}" for window in WINDOWS_MS)
        scatter = np.median(np.abs(errors - np.median(errors)))
        text += f" |{one.true_count:4d} {f1} {1000 * np.median(errors):+5.0f} {1000 * scatter:4.0f}"
        if kind == "strike":
            text += f" {np.mean(one.sides) if one.sides else np.nan:4.2f}"
            text += f" {min(one.id_shares, default=np.nan):4.2f}"
    return text


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    root = Path(__file__).parents[2]
    parser.add_argument("--shared", type=Path, default=root.parent / "shared")
    parser.add_argument("--cache", type=Path, default=root / ".foley" / "bench")
    parser.add_argument("--clips", default="*", help="pattern on clip names")
    chosen = parser.parse_args()
    missing = [one for one in ("chromium", "ffmpeg", "node", "npm") if shutil.which(one) is None]
    if not (chosen.shared / "bench/walkers").exists() or missing:
        print(f"needs {chosen.shared}/bench/walkers and the programs {missing}", file=sys.stderr)
        return 2
    folder, scorer, loaded = (
        render(chosen.shared, chosen.cache),
        load_scorer(chosen.shared),
        models(),
    )
    predictions = chosen.cache / "predictions" / "held_out"
    predictions.mkdir(parents=True, exist_ok=True)
    clips: dict[str, dict[str, Tally]] = {}
    for truth in sorted(folder.glob("v*.json")):
        if not fnmatch.fnmatch(truth.stem, chosen.clips):
            continue
        clip = Clip(truth.with_suffix(".mp4"), truth)
        video = probe(clip.video)
        poses = poses_of(clip, video, loaded, chosen.cache)
        said = our_prediction(clip.video.name, poses, video, Sensitivity.MEDIUM)
        (predictions / truth.name).write_text(json.dumps(said))
        verdict = judge(scorer, truth, predictions / truth.name)
        clips[truth.stem] = {kind: tally(verdict, kind) for kind in KINDS}
    pooled = {kind: Tally() for kind in KINDS}
    for sums in clips.values():
        for kind, one in sums.items():
            whole = pooled[kind]
            whole.true_count += one.true_count
            whole.found_count += one.found_count
            whole.errors_s += one.errors_s
            whole.sides += one.sides
            whole.id_shares += one.id_shares
    bias_s = float(np.median(pooled["strike"].errors_s)) if pooled["strike"].errors_s else 0.0
    print(
        f"contacts about {1000 * bias_s:+.0f} ms: n, F1 within 25, 50, 100 ms, bias, scatter (ms), left/right, worst "
        "id share | toe-offs, raw: n, F1, bias, scatter"
    )
    for name, sums in clips.items():
        print(line(name, sums, bias_s))
    print(line("all", pooled, bias_s))
    shares = pooled["strike"].id_shares
    print(
        f"id share: mean over people {np.mean(shares):.3f}, worst {min(shares):.3f} ({len(shares)} people)"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
