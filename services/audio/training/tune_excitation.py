"""Search each ground's excitation so that what happens inside a time cell resembles the recordings of half A.

    python services/audio/training/tune_excitation.py --shared ../shared [--surfaces wood,metal] [--tries 24] [--seed 5]

The tables settle powers; what they leave open is texture: clicks, grains, noise, ringing. Candidates are drawn at
random, the best are refined, and each is judged by features of ``shared/bench/audio_eval.py`` that the tables do not
settle: the mean of Kolmogorov–Smirnov distances and of bounded differences of medians between our steps and half A.
Half B is never read. The winner is written into ``recipes/<surface>.toml``.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import librosa
import numpy as np
from recordings import halves, kind_of
from scipy import stats

from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.filterbank import ENGINE_RATE_HZ
from foley_audio.domain.materials import Excitation, Materials, load_materials
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface

RECIPES = Path(__file__).parents[1] / "src" / "foley_audio" / "recipes"
GAIT_OF = {"run": GaitKind.RUN, "wander": GaitKind.SCUFF, "land": GaitKind.LANDING}
TEXTURE = (
    "t50_log",
    "crest_db",
    "attack_log",
    "bumps",
    "bump2_db",
    "mod8",
    "mod32",
    "mod125",
    "grain_rate_log",
    "grain_ioi_cv",
    "grain_amp_sd",
    "hf_kurt_log",
    "tonality_db",
    "flatness_db",
)
WEIGHTS = ("click", "noise", "grit", "grain_rate")
SEARCHED, VERIFIED = 10, 24  # steps per candidate
REFINED_ROUNDS, REFINED_PARENTS, REFINED_CHILDREN = 2, 3, 3


def load_judge(shared: Path) -> ModuleType:
    """The module ``audio_eval``."""
    found = importlib.util.spec_from_file_location("audio_eval", shared / "bench" / "audio_eval.py")
    if found is None or found.loader is None:
        raise FileNotFoundError(shared / "bench" / "audio_eval.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class Search:
    """The search for one ground."""

    def __init__(
        self, judge: ModuleType, materials: Materials, surface: Surface, recordings: Path
    ) -> None:
        self._judge, self._materials, self._surface = judge, materials, surface
        half_a, _ = halves(recordings / surface.value)
        self._kinds = [kind_of(path)[1] for path in half_a]
        self._real = [judge.features(judge.cut(judge.load(str(path))[0])) for path in half_a]

    def distance(self, excitation: Excitation, count: int, seed: int) -> float:
        """How far our steps' texture is from half A, 0 to 1."""
        grounds = dict(self._materials.grounds)
        grounds[self._surface] = dataclasses.replace(grounds[self._surface], excitation=excitation)
        synthesizer = Synthesizer(dataclasses.replace(self._materials, grounds=grounds))
        ours = [self._features(synthesizer, i, seed) for i in range(count)]
        total = []
        for name in TEXTURE:
            a, b = (np.array([row[name] for row in rows]) for rows in (ours, self._real))
            deviation = max(b.std(), 0.1 * abs(np.median(b)) + 0.02)
            apart = min(1.0, abs(np.median(a) - np.median(b)) / deviation / 2)
            total.append(0.5 * stats.ks_2samp(a, b).statistic + 0.5 * apart)
        return float(np.mean(total))

    def _features(self, synthesizer: Synthesizer, i: int, seed: int) -> dict[str, float]:
        gait_kind = GAIT_OF.get(self._kinds[i % len(self._kinds)], GaitKind.WALK)
        spec = StepSpec(
            surface=self._surface,
            footwear=Footwear.SNEAKER,
            gait_kind=gait_kind,
            strike_pattern=None,
            strength=0.5,
            stance_time_s=USUAL_STANCE_S[gait_kind],
            side=Side.RIGHT if i % 2 else Side.LEFT,
            wet=False,
            seed=step_seed(seed, f"tune:{self._surface}:{i}"),
            floor=i,
        )
        sound = synthesizer.step(spec).samples.astype(np.float64)
        sound = librosa.resample(
            sound, orig_sr=ENGINE_RATE_HZ, target_sr=self._judge.SR, res_type="soxr_hq"
        )
        return self._judge.features(self._judge.cut(sound))

    def best(self, tries: int, dice: np.random.Generator) -> tuple[Excitation, float, float]:
        """The best excitation found, its distance, and that of the one it replaces (both on fresh steps)."""
        base = self._materials.grounds[self._surface].excitation
        candidates = [base]
        for _ in range(tries):
            drawn = {
                "click": 10 ** dice.uniform(-1.5, 0.7),
                "noise": 10 ** dice.uniform(-1.5, 1.0),
                "grit": 10 ** dice.uniform(-1.5, 0.7),
                "grain_rate": 10 ** dice.uniform(2.4, 4.2),
                "grain_power": dice.uniform(1.4, 4.0),
                "modes": 10 ** dice.uniform(-0.5, 0.5) if base.modes else 0.0,
            }
            candidates.append(dataclasses.replace(base, **drawn))
        scores = [self.distance(candidate, SEARCHED, 1) for candidate in candidates]
        for _ in range(REFINED_ROUNDS):
            parents = [candidates[i] for i in np.argsort(scores)[:REFINED_PARENTS]]
            for parent in (parent for parent in parents for _ in range(REFINED_CHILDREN)):
                changes = {
                    name: getattr(parent, name) * 10 ** dice.normal(0, 0.2) for name in WEIGHTS
                }
                changes["grain_power"] = max(1.3, parent.grain_power + dice.normal(0, 0.3))
                candidates.append(dataclasses.replace(parent, **changes))
                scores.append(self.distance(candidates[-1], SEARCHED, 1))
        finals = [candidates[i] for i in np.argsort(scores)[:4]] + [base]
        fresh = [self.distance(candidate, VERIFIED, 2) for candidate in finals]
        winner = int(np.argmin(fresh))
        return finals[winner], fresh[winner], fresh[-1]


def write(surface: Surface, excitation: Excitation) -> None:
    """Replace the table ``[excitation]`` of a recipe."""
    path = RECIPES / f"{surface.value}.toml"
    lines = [
        f"{name} = {float(f'{value:.3g}')}"
        for name, value in dataclasses.asdict(excitation).items()
    ]
    block = "[excitation]\n" + "\n".join(lines) + "\n"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"\[excitation\]\n(?:[^\[\n][^\n]*\n)*", block, text), encoding="utf-8")


def main() -> None:
    """Search and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--surfaces", default="")
    parser.add_argument("--tries", type=int, default=24)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    recordings = arguments.shared / "data" / "footsteps"
    names = (
        arguments.surfaces.split(",")
        if arguments.surfaces
        else sorted(p.name for p in recordings.iterdir())
    )
    judge, materials = load_judge(arguments.shared), load_materials()
    for name in names:
        dice = np.random.default_rng(step_seed(arguments.seed, name))
        found, now, before = Search(judge, materials, Surface(name), recordings).best(
            arguments.tries, dice
        )
        write(Surface(name), found)
        print(f"{name}: {before:.3f} -> {now:.3f}", flush=True)


if __name__ == "__main__":
    main()
