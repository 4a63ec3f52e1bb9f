"""How near fitted steps are to recordings the fit has not seen, by how many recordings were fitted.

    python -m tests.bench.sound_growth --shared ../shared

Every surface's recordings are dealt into four parts, each with its share of every floor and kind of movement. One part
is held out in turn, and one, two or three of the others are fitted, in every combination. The score is the energy score
(Gneiting and Raftery 2007) of a held-out recording among steps drawn for its surface, floor and movement: the mean
distance of the steps from it, less half their mean distance from each other. It is proper: neither too little variation
nor too much makes it smaller. Distances are root mean squares over the fitted table, in dB, its duration among them.
Whether it still falls with the last part says whether shipping a fit of all recordings is better than one of half.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from foley_audio.domain.cues import step_seed
from foley_audio.domain.excitation import force_bumps
from foley_audio.domain.materials import Materials, load_materials
from foley_audio.domain.targets import target_of
from foley_common.surfaces import Surface

sys.path.insert(0, str(Path(__file__).parents[2] / "services" / "audio" / "training"))
from fit_tables import described, fit, row_of
from recordings import kind_of, read_step
from steps import gait_of, medium_step

PARTS = 4
DRAWS = 60
Files = dict[str, list[Path]]


def parts_of(folders: list[Path], seed: int) -> list[Files]:
    """The files of every surface dealt into `PARTS`: every floor, then every kind, in turn."""
    dice = np.random.default_rng(seed)
    parts: list[Files] = [{folder.name: [] for folder in folders} for _ in range(PARTS)]
    for folder in folders:
        cells: dict[tuple[str, str], list[Path]] = {}
        for path in sorted(folder.glob("*.flac"), key=kind_of):
            cells.setdefault(kind_of(path)[:2], []).append(path)
        turn = int(dice.integers(PARTS))
        for files in cells.values():
            for i in dice.permutation(len(files)):
                parts[turn % PARTS][folder.name].append(files[i])
                turn += 1
    return parts


def drawn(materials: Materials, path: Path, floor: int, seed: int) -> np.ndarray:
    """Steps like a recording, as `described` has them, shape ``(DRAWS, n)``."""
    gait_kind = gait_of(kind_of(path)[1])
    rows = []
    for i in range(DRAWS):
        spec = medium_step(
            Surface(path.parent.name),
            gait_kind,
            seed=step_seed(seed, f"growth:{path.stem}:{i}"),
            floor=floor,
        )
        dice = np.random.default_rng(spec.seed)
        target = target_of(spec, materials, force_bumps(spec, dice), dice)
        rows.append(row_of(target))
    return np.array(rows)


def energy_score_db(steps: np.ndarray, recording: np.ndarray) -> float:
    """Of one recording, shape ``(n,)``, among steps, shape ``(draws, n)``; root mean squares.

    >>> energy_score_db(np.array([[1.0], [3.0]]), np.array([2.0]))
    0.0
    """
    away = np.sqrt(np.mean((steps - recording) ** 2, axis=1)).mean()
    pairs = list(combinations(range(len(steps)), 2))
    first, second = np.array(pairs).T
    apart = np.sqrt(np.mean((steps[first] - steps[second]) ** 2, axis=1)).mean()
    return float(away - apart / 2)


@dataclass(frozen=True)
class Trial:
    """One fit and its score.

    Attributes:
        parts: How many were fitted.
        files: In them.
        scores_db: By surface, of the held-out recordings.
    """

    parts: int
    files: int
    scores_db: dict[str, float]

    @property
    def mean_db(self) -> float:
        """Of the surfaces."""
        return float(np.mean(list(self.scores_db.values())))


def trials(parts: list[Files], rows: dict[Path, np.ndarray], seed: int) -> Iterator[Trial]:
    """All fits of up to all parts but one, each judged by the one left out."""
    for held, judging in enumerate(parts):
        others = [part for i, part in enumerate(parts) if i != held]
        for count in range(1, PARTS):
            for chosen in combinations(others, count):
                fitted = {name: [p for part in chosen for p in part[name]] for name in judging}
                numbers = fit(fitted)
                materials = load_materials(numbers)
                scores = {}
                for name, paths in judging.items():
                    floors = numbers[f"{name}/floors"].tolist()
                    own = [
                        energy_score_db(
                            drawn(materials, path, floors.index(kind_of(path)[0]), seed), rows[path]
                        )
                        for path in paths
                    ]
                    scores[name] = float(np.mean(own))
                yield Trial(count, sum(map(len, fitted.values())), scores)


def main() -> None:
    """Fit, judge, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[3] / "shared")
    parser.add_argument("--deals", type=int, default=1, help="how often the files are dealt anew")
    arguments = parser.parse_args()
    folders = sorted(p for p in (arguments.shared / "data" / "footsteps").iterdir() if p.is_dir())
    rows = {path: described(read_step(path), f.name) for f in folders for path in f.glob("*.flac")}
    done = [
        trial
        for deal in range(arguments.deals)
        for trial in trials(parts_of(folders, deal), rows, deal)
    ]
    print(
        "parts fitted   files   energy score of held-out recordings, dB (± standard error)   grass"
    )
    for count in range(1, PARTS):
        same = [trial for trial in done if trial.parts == count]
        means = [trial.mean_db for trial in same]
        grass = np.mean([trial.scores_db["grass"] for trial in same])
        error = np.std(means, ddof=1) / np.sqrt(len(means))
        files = np.mean([trial.files for trial in same])
        print(
            f"{f'{count} of {PARTS}':<12}{files:>8.0f}{np.mean(means):>16.3f} ± {error:.3f}{grass:>47.3f}"
        )


if __name__ == "__main__":
    main()
