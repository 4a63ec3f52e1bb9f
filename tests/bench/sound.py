"""How near our steps are to recordings: ours, a noise burst and the fitting half, each against the held-out half.

    python tests/bench/sound.py --shared ../shared [--steps 30] [--seed 1] [--plot DIR]

Runs ``shared/bench/audio_eval.py``. The held-out half B is split exactly as ``services/audio/training/fit_tables.py``
splits it, which fits on half A only. Our steps follow the mix of walking, running, wandering and landing of half B.
``--plot`` writes waveforms and spectrograms of every surface, ours beside recordings of half B.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.materials import load_materials
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec
from foley_audio.render.wav import write_mono
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface

sys.path.insert(0, str(Path(__file__).parents[2] / "services" / "audio" / "training"))
from recordings import halves, kind_of

RATE_HZ = 48_000
GAIT_OF = {"run": GaitKind.RUN, "wander": GaitKind.SCUFF, "land": GaitKind.LANDING}
STRENGTH_SPREAD = 0.15
ROWS = (
    "in_range",
    "ks_bands",
    "ks_time",
    "band_err_db",
    "fd",
    "variation_ratio",
    "nn_db_synth_to_real",
    "max_xcorr",
)


def render(
    surface: Surface, kinds: list[str], count: int, seed: int, synthesizer: Synthesizer
) -> list[np.ndarray]:
    """``count`` steps of a surface, the kinds in turn, shape ``(n,)`` each."""
    sounds = []
    for i in range(count):
        dice = np.random.default_rng(step_seed(seed, f"bench:{surface}:{i}"))
        gait_kind = GAIT_OF.get(kinds[i % len(kinds)], GaitKind.WALK)
        spec = StepSpec(
            surface=surface,
            footwear=Footwear.SNEAKER,
            gait_kind=gait_kind,
            strike_pattern=None,
            strength=float(np.clip(0.5 + STRENGTH_SPREAD * dice.standard_normal(), 0, 1)),
            stance_time_s=USUAL_STANCE_S[gait_kind] * float(np.exp(0.1 * dice.standard_normal())),
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
    """A folder of links to recordings."""
    folder.mkdir(parents=True)
    for file in files:
        (folder / file.name).symlink_to(file.resolve())


def row(name: str, report: dict[str, Any]) -> str:
    """One line of the table; fd is the mean over surfaces with at least five recordings in half B."""
    mean, trees, auc = report["mean"], report["recognition"]["trees"], report["c2st_auc"]
    worst = min(trees["recall_real_to_synth"].values())
    rows = report["per_surface"].values()
    mean = {**mean, "fd": float(np.mean([figures["fd"] for figures in rows if "fd" in figures]))}
    figures = [mean.get(key) for key in ROWS] + [
        trees["real_to_synth"],
        worst,
        trees["synth_to_real"],
        auc["trees"],
    ]
    return f"{name:<22}" + "".join(
        "        -" if value is None else f"{value:9.3f}" for value in figures
    )


def main() -> None:
    """Render, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[3] / "shared")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ours-only", action="store_true")
    parser.add_argument("--detail", action="store_true", help="print the figures of every surface")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    recordings, script = (
        arguments.shared / "data" / "footsteps",
        arguments.shared / "bench" / "audio_eval.py",
    )
    synthesizer = Synthesizer(load_materials())
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        spent, made = 0.0, 0
        for source in sorted(path for path in recordings.iterdir() if path.is_dir()):
            half_a, half_b = halves(source)
            link(half_a, base / "a" / source.name)
            link(half_b, base / "b" / source.name)
            kinds = [kind_of(path)[1] for path in half_b]
            started = time.perf_counter()
            sounds = render(
                Surface(source.name), kinds, arguments.steps, arguments.seed, synthesizer
            )
            spent += time.perf_counter() - started
            made += len(sounds)
            (base / "ours" / source.name).mkdir(parents=True)
            for i, sound in enumerate(sounds):
                write_mono(base / "ours" / source.name / f"ours_{i:03d}.wav", sound, RATE_HZ)
        print(f"{made} steps synthesised, {1000 * spent / made:.1f} ms each")
        print(
            " " * 22 + "".join(f"{key[:8]:>9}" for key in (*ROWS, "recog", "worst", "s->r", "AUC"))
        )
        ours = evaluate(script, base / "b", base / "ours")
        print(row("ours", ours))
        if not arguments.ours_only:
            out = ["--out", str(base / "noise"), "-n", str(arguments.steps)]
            subprocess.run(
                [
                    sys.executable,
                    str(script),
                    "--real",
                    str(base / "b"),
                    "--make-baseline",
                    "naive",
                    *out,
                ],
                check=True,
                capture_output=True,
            )
            print(row("noise burst", evaluate(script, base / "b", base / "noise")))
            print(row("recordings (half A)", evaluate(script, base / "b", base / "a")))
        print("hygiene", {key: round(value, 7) for key, value in ours["hygiene"].items()})
        if arguments.detail:
            recall = ours["recognition"]["trees"]["recall_real_to_synth"]
            for surface, figures in ours["per_surface"].items():
                shown = {
                    key: figures[key]
                    for key in ("ks_bands", "ks_time", "band_err_db", "fd", "variation_ratio")
                    if key in figures
                }
                print(f"{surface:<10} recall {recall[surface]:.2f}", shown, figures["worst"])
        if arguments.plot:
            from sound_sheets import plot_sheets

            plot_sheets(base / "b", base / "ours", arguments.plot)


if __name__ == "__main__":
    main()
