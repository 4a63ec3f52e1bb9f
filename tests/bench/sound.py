"""How near our steps are to recordings, judged twice: ours, a noise burst and the fitting half, against the other half.

    python tests/bench/sound.py --shared ../shared [--fit both|a|b|packaged] [--draws 3] [--ours-only] [--plot DIR]
    python tests/bench/sound.py --shared ../shared --drawn 1,2 [--draws 3] [--ours-only]

Tables are fitted anew to half A of every surface and judged by half B, then fitted to half B and judged by half A, each
with an excitation that was searched on the fitted half alone: no judged recording was fitted or searched (the model's
shape and a few constants were chosen with figures of half B in view). Halves are small (2 to 14 files of a surface), so
what one of them says of one surface is a matter of a few files; the last table is the mean of both directions (``--fit
a`` and ``--fit b`` make one). The package ships tables that the same code fitted to both halves (see `sound_growth` for
why): ``--fit packaged`` judges those by half B, which they know, and is no measure of anything but a fault in them.
``--drawn`` draws other halves by seeds instead, searches an excitation on each, and judges each by the other (about ten
minutes a direction). That 1 and 2 are the seeds, and that the mean of their four directions is what the goals are
held against, was written down before anything drawn had been judged: nothing was chosen on those halves. The first
judge is ``shared/bench/audio_eval.py``, the second, which nothing was chosen by, `sound_judge`. Our steps follow the
mix of walking, running, wandering and landing of the judging half; "fitted" in the second table is what the judge says
of the recordings that were fitted, in the same mix: where it is low, so are recordings. Figures of ours are means over
draws (of faults the worst), with the least and the most beside them; the worst surface is the one whose mean is lowest.
``--plot`` writes pictures of the first direction (`sound_sheets`).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.materials import load_materials
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec
from foley_audio.render.wav import write_mono
from foley_common.footsteps import Side
from foley_common.surfaces import Footwear, Surface

sys.path.insert(0, str(Path(__file__).parents[2] / "services" / "audio" / "training"))
from excitations import with_excitations, with_half_b
from fit_tables import fit
from recordings import halves, kind_of
from sound_judge import judge
from sound_tables import Outcome, Split, averaged, figures_of, mean_of, show, table
from steps import gait_of
from tune_excitation import SEED, searched

RATE_HZ = 48_000
STRENGTH_SPREAD, STANCE_SPREAD = 0.15, 0.1
TITLES = {
    "a": "Half A fitted, half B judges",
    "b": "\nHalf B fitted, half A judges",
    "packaged": "The shipped tables, which know both halves; half B judges",
}


def render(
    surface: Surface, kinds: list[str], count: int, seed: int, synthesizer: Synthesizer
) -> list[np.ndarray]:
    """``count`` steps of a surface, the kinds in turn, shape ``(n,)`` each."""
    sounds = []
    for i in range(count):
        dice = np.random.default_rng(step_seed(seed, f"bench:{surface}:{i}"))
        gait_kind = gait_of(kinds[i % len(kinds)])
        stretch = float(np.exp(STANCE_SPREAD * dice.standard_normal()))
        spec = StepSpec(
            surface=surface,
            footwear=Footwear.SNEAKER,
            gait_kind=gait_kind,
            strike_pattern=None,
            strength=float(np.clip(0.5 + STRENGTH_SPREAD * dice.standard_normal(), 0, 1)),
            stance_time_s=USUAL_STANCE_S[gait_kind] * stretch,
            side=Side.RIGHT if i % 2 else Side.LEFT,
            wet=False,
            seed=step_seed(seed, f"bench-step:{surface}:{i}"),
            floor=int(dice.integers(1 << 30)),
        )
        sounds.append(synthesizer.step(spec).samples)
    return sounds


def evaluate(script: Path, real: Path, synth: Path) -> dict[str, Any]:
    """What ``audio_eval.py`` says."""
    command = [sys.executable, str(script), "--real", str(real), "--synth", str(synth)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def link(files: list[Path], folder: Path) -> None:
    """A folder of links to recordings, some maybe several times."""
    folder.mkdir(parents=True)
    for number, file in enumerate(files):
        name = file.name if file not in files[:number] else f"{file.stem}again{number}{file.suffix}"
        (folder / name).symlink_to(file.resolve())


def same_movements(fitted: list[Path], judging: list[Path]) -> list[Path]:
    """A fitted recording of the movement of every judging one, in turn; of one that was not fitted, any."""
    by_kind: dict[str, list[Path]] = {}
    for path in fitted:
        by_kind.setdefault(kind_of(path)[1], []).append(path)
    found: list[Path] = []
    for path in judging:
        alike = by_kind.get(kind_of(path)[1], fitted)
        alike.append(alike.pop(0))
        found.append(alike[-1])
    return found


def make(
    split: Split,
    out: Path,
    count: int,
    seed: int,
    synthesizer: Synthesizer,
) -> None:
    """Our steps of every surface, as files."""
    started, made = time.process_time(), 0
    for name, (_, judging) in split.items():
        kinds = [kind_of(path)[1] for path in judging]
        (out / name).mkdir(parents=True)
        for i, sound in enumerate(render(Surface(name), kinds, count, seed, synthesizer)):
            write_mono(out / name / f"ours_{i:03d}.wav", sound, RATE_HZ)
            made += 1
    spent = time.process_time() - started
    print(f"draw {seed}: {made} steps synthesised, {1000 * spent / made:.1f} ms of a core each")


def measured(
    split: Split, synthesizer: Synthesizer, arguments: argparse.Namespace, base: Path
) -> Outcome:
    """Render and judge one direction, in the folder ``base``; prints nothing but the time of a step."""
    script = arguments.shared / "bench" / "audio_eval.py"
    for name, (fitted, judging) in split.items():
        link(fitted, base / "fitted" / name)
        link(judging, base / "judging" / name)
    reports, seconds = [], []
    for seed in range(1, arguments.draws + 1):
        ours = base / f"ours {seed}"
        make(split, ours, arguments.steps, seed, synthesizer)
        reports.append(evaluate(script, base / "judging", ours))
        seconds.append(judge(base / "judging", ours))
    if arguments.ours_only:
        return Outcome(reports, seconds, {}, {})
    for name, (fitted, judging) in split.items():
        link(same_movements(list(fitted), judging), base / "same" / name)
    same = evaluate(script, base / "judging", base / "same")
    command = [sys.executable, str(script), "--real", str(base / "judging")]
    command += [
        "--make-baseline",
        "naive",
        "--out",
        str(base / "noise"),
        "-n",
        str(arguments.steps),
    ]
    subprocess.run(command, check=True, capture_output=True)
    others = {}
    for name, path in {"noise burst": base / "noise", "recordings": base / "fitted"}.items():
        report = evaluate(script, base / "judging", path)
        others[name] = figures_of(report, judge(base / "judging", path))
    return Outcome(reports, seconds, others, same["recognition"]["trees"]["recall_real_to_synth"])


def plot(synthesizer: Synthesizer, base: Path, out: Path) -> None:
    """Write the pictures of one direction."""
    from sound_sheets import plot_sheets, plot_shoes, plot_walks

    plot_sheets(base / "judging", base / "ours 1", out)
    plot_shoes(synthesizer, out)
    plot_walks(synthesizer, out)


def main() -> None:
    """Fit, render, judge, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[3] / "shared")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--draws", type=int, default=3, help="sets of our steps; figures are means")
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument(
        "--fit",
        choices=("both", "a", "b", "packaged"),
        default="both",
        help="the half that is fitted; the other judges",
    )
    parser.add_argument(
        "--drawn",
        type=lambda words: [int(word) for word in words.split(",")],
        metavar="SEEDS",
        help="other halves, drawn by these seeds, each with an excitation of its own",
    )
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    recordings = arguments.shared / "data" / "footsteps"
    folders = sorted(path for path in recordings.iterdir() if path.is_dir())
    outcomes = []
    for title, files, synthesizer in (
        _drawn(folders, arguments.drawn) if arguments.drawn else _usual(folders, arguments.fit)
    ):
        print(title)
        with tempfile.TemporaryDirectory() as folder:
            outcomes.append(measured(files, synthesizer, arguments, Path(folder)))
            show(outcomes[-1], files, arguments.steps)
            if arguments.plot and len(outcomes) == 1:
                plot(synthesizer, Path(folder), arguments.plot)
    if len(outcomes) > 1:
        others = [outcome.others for outcome in outcomes]
        means = {name: mean_of([other[name] for other in others]) for name in others[0]}
        print(f"\nMean of {len(outcomes)} directions")
        print(table({"ours": averaged(outcomes)} | means))


Direction = tuple[str, Split, Synthesizer]
"""Title, what is fitted and what judges, and what was fitted."""


def _usual(folders: list[Path], fitted: str) -> Iterator[Direction]:
    """The halves that the project was made with."""
    split = {folder.name: halves(folder) for folder in folders}
    for word in ("a", "b") if fitted == "both" else (fitted,):
        files = _swapped(split) if word == "b" else split
        materials = load_materials(None if word == "packaged" else fit(_fitted(files)))
        yield TITLES[word], files, Synthesizer(with_half_b(materials) if word == "b" else materials)


def _drawn(folders: list[Path], seeds: list[int]) -> Iterator[Direction]:
    """Halves that nothing was chosen on; their excitations are searched here."""
    for seed in seeds:
        split = {folder.name: halves(folder, seed) for folder in folders}
        for word, files in (("A", split), ("B", _swapped(split))):
            half = _fitted(files)
            materials = load_materials(fit(half))
            found = searched(materials, half, list(half), SEED, may_stay=False)
            numbers = {name: dataclasses.asdict(excitation) for name, excitation in found}
            title = f"\nHalves drawn by {seed}: half {word} fitted, the other judges"
            yield title, files, Synthesizer(with_excitations(materials, numbers))


def _swapped(split: Split) -> Split:
    return {name: (judging, fitted) for name, (fitted, judging) in split.items()}


def _fitted(split: Split) -> dict[str, list[Path]]:
    return {name: fitted for name, (fitted, _) in split.items()}


if __name__ == "__main__":
    main()
