"""Fit the per-surface tables from recordings of single steps: numbers only, no sound is kept.

    python services/audio/training/fit_tables.py --recordings DIR --out FILE [--half-a]

FILE is ``fitted.npz`` of ``services/audio/src/foley_audio/recipes``. DIR holds one folder per surface with one file per
step, named ``<source>_<floor>_<kind><number>``. What is shipped is fitted to all of them, for a fit to more recordings
is nearer to those that it has not seen (``tests/bench/sound_growth.py``). What is measured is not:
``tests/bench/sound.py`` fits one half (`recordings.halves`; ``--half-a`` writes half A's) and judges it by the other.

A step is described by its logarithmic powers on the grid of `foley_audio.domain.filterbank`, stretched to one common
duration, on hard grounds by how far the middle bands strike at once in its attack, and by the logarithm of its own
duration. For every surface: one mean per floor, one difference each for running, wandering and landing (least squares
over all floors together), the principal directions of what remains, each one standard deviation long, and the place of
every file along them with its floor and movement, for recordings are not normally distributed. Floors also keep the
resonances that their steps share.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from modes import shared_modes
from recordings import LENGTH, duration_of, halves, kind_of, read_step
from scipy import fft

from foley_audio.domain.filterbank import (
    ATTACK_CELLS,
    BAND_COUNT,
    CELL_COUNT,
    CELL_EDGES_S,
    ROW_COUNT,
    bank_of,
    cell_times_s,
    together_db,
)
from foley_audio.domain.targets import Target
from foley_common.surfaces import GROUP_OF, Surface, SurfaceGroup

RANGE_DB = 75.0  # powers further below the loudest cell are noise of the recording
# Of a surface's own variation, at most: all that its recordings span, so that a step can lie at any of them. 12 lose
# a fifth of the variance of metal (26 recordings) and wood (28), 24 lose less than 1/1000.
DIRECTIONS = 24
LEAST_DIRECTION = 1e-6  # of the largest: smaller ones are rounding
COMMON = 8  # directions in which steps of all surfaces vary
# Files that the common variation counts like beside a surface's own. Fitted to one half of half A and judged by its
# other half, 0.1 is recognised more often than 1 (0.80 against 0.75), varied 0.94 times as the recordings, not 1.00.
COMMON_PRIOR = 0.1
# Files that a movement's mean difference over all surfaces counts like. 0.3 is recognised as often, but then the few
# runs of single grounds make running no shorter than walking there.
EFFECT_PRIOR = 1.0
Label = tuple[str, str, int]
EFFECTS = ("run", "wander", "land")
FLOOR_RIDGE, EFFECT_RIDGE = (
    1e-6,
    1e-3,
)  # for the arithmetic; a floor that was only run on keeps its mean
DURATION_WEIGHT = 150.0  # one octave of duration counts like so many dB of the whole table


def strikes(surface: str) -> bool:
    """Whether the ground is one hard body, which soles strike in one instant."""
    return GROUP_OF[Surface(surface)] is SurfaceGroup.SOLID


def described(step: np.ndarray, surface: str) -> np.ndarray:
    """One recording as a row (`row_of`)."""
    duration_s = duration_of(step)
    bank = bank_of(LENGTH)
    spectrum = fft.rfft(step.astype(np.float32))
    edges_s = cell_times_s(CELL_EDGES_S, duration_s)
    powers = bank.powers_db(bank.split(spectrum), edges_s)
    powers = np.maximum(powers, powers.max() - RANGE_DB)
    together = together_db(spectrum, powers, edges_s) if strikes(surface) else None
    return row_of(Target(powers, together, duration_s))


def row_of(target: Target) -> np.ndarray:
    """The table of a step and its weighted log duration, shape ``(rows * cells + 1,)``."""
    rows = np.zeros((ROW_COUNT, CELL_COUNT))
    rows[:BAND_COUNT] = target.powers_db
    if target.coincidence_db is not None:
        rows[BAND_COUNT, :ATTACK_CELLS] = target.coincidence_db
    return np.append(rows, DURATION_WEIGHT * np.log2(target.duration_s))


def target_of(row: np.ndarray, surface: str) -> Target:
    """The step of a row: `row_of` backwards."""
    table = row[:-1].reshape(ROW_COUNT, CELL_COUNT)
    duration_s = float(2 ** (row[-1] / DURATION_WEIGHT))
    together = table[BAND_COUNT, :ATTACK_CELLS] if strikes(surface) else None
    return Target(table[:BAND_COUNT], together, duration_s)


def solved(
    ground: Ground, kinds: list[str], prior: dict[str, np.ndarray], weight: float
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray, float]:
    """Means per floor, differences by kind of movement, and what remains, by least squares.

    The last number is how much larger what remains would be, had the fit not taken its share out of it.

    Args:
        ground: The recordings.
        kinds: Movements that get a difference of their own; the others have the prior's.
        prior: A difference by kind, shape ``(n,)`` each, towards which the own ones are drawn.
        weight: Files that the prior counts like.
    """
    base = np.array(
        [prior.get(kind, np.zeros(ground.rows.shape[1])) for _, kind, _ in ground.labels]
    )
    design = np.array(
        [
            [float(floor == other) for other in ground.floors]
            + [float(kind == one) for one in kinds]
            for floor, kind, _ in ground.labels
        ]
    )
    penalty = np.diag([FLOOR_RIDGE] * len(ground.floors) + [weight] * len(kinds))
    left = ground.rows - base
    inverse = np.linalg.inv(design.T @ design + penalty)
    solution = inverse @ design.T @ left
    freedom = len(left) - np.trace(design @ inverse @ design.T)
    rest = left - design @ solution
    effects = dict(prior)
    for kind, own in zip(kinds, solution[len(ground.floors) :], strict=True):
        effects[kind] = prior[kind] + own
    larger = float(np.sqrt(len(left) / max(1.0, freedom)))
    return solution[: len(ground.floors)], effects, rest, larger


def comparable(labels: list[Label], kind: str) -> int:
    """Files of a kind of movement on floors that were also moved on otherwise."""
    kinds = {floor: {label[1] for label in labels if label[0] == floor} for floor, _, _ in labels}
    return sum(label[1] == kind and len(kinds[label[0]]) > 1 for label in labels)


@dataclass
class Ground:
    """The recordings of one surface, described."""

    labels: list[Label]
    steps: list[np.ndarray]
    rows: np.ndarray
    floors: list[str]
    counts: dict[str, int]

    @classmethod
    def read(cls, surface: str, files: list[Path]) -> Ground:
        """Read and describe."""
        labels = [kind_of(path) for path in files]
        steps = [read_step(path) for path in files]
        rows = np.array([described(step, surface) for step in steps])
        floors = sorted({floor for floor, _, _ in labels})
        counts = {kind: comparable(labels, kind) for kind in EFFECTS}
        return cls(labels, steps, rows, floors, counts)


def shared_effects(grounds: dict[str, Ground]) -> dict[str, np.ndarray]:
    """What each kind of movement changes on the mean of all surfaces that show it, by their numbers of files."""
    total = {kind: np.zeros(ROW_COUNT * CELL_COUNT + 1) for kind in EFFECTS}
    files = dict.fromkeys(EFFECTS, 0)
    for ground in grounds.values():
        own = [kind for kind in EFFECTS if ground.counts[kind]]
        none = dict.fromkeys(EFFECTS, np.zeros(ground.rows.shape[1]))
        _, effects, _, _ = solved(ground, own, none, EFFECT_RIDGE)
        for kind in own:
            total[kind] += ground.counts[kind] * effects[kind]
            files[kind] += ground.counts[kind]
    return {kind: total[kind] / max(1, files[kind]) for kind in EFFECTS}


def common_directions(rests: dict[str, np.ndarray]) -> np.ndarray:
    """Directions in which steps vary on any ground, shape ``(COMMON, n)``; a draw along all has a mean square of 1."""
    scaled = [rest / np.sqrt(np.mean(rest**2)) for rest in rests.values() if len(rest) > 1]
    stacked = np.concatenate(scaled)
    _, sizes, directions = np.linalg.svd(stacked, full_matrices=False)
    kept = sizes[:COMMON, None] * directions[:COMMON]
    return kept / np.sqrt(np.mean(np.sum(kept**2, axis=0)))


def fit(files: dict[str, list[Path]]) -> dict[str, np.ndarray]:
    """The numbers of all surfaces, from the files of each."""
    grounds = {name: Ground.read(name, paths) for name, paths in files.items()}
    shared = shared_effects(grounds)
    numbers: dict[str, np.ndarray] = {"cell_edges_s": CELL_EDGES_S}
    rests = {}
    for name, ground in grounds.items():
        own = [kind for kind in EFFECTS if ground.counts[kind]]
        means, effects, rest, larger = solved(ground, own, shared, EFFECT_PRIOR)
        freedom = max(1, len(ground.labels) - len(ground.floors) - len(own))
        rests[name] = larger * rest
        _, sizes, directions = np.linalg.svd(rest, full_matrices=False)
        kept = min(DIRECTIONS, int(np.sum(sizes > LEAST_DIRECTION * sizes[0])))
        deviation = larger * sizes[:kept, None] / np.sqrt(len(ground.labels))
        described_by = {
            "means": means,
            "effects": np.array([effects[kind] for kind in EFFECTS]),
            "spread": directions[:kept] * deviation,
        }
        for word, rows in described_by.items():
            numbers |= _as_tables(f"{name}/{word}", rows)
        modes = [
            shared_modes(
                [s for s, label in zip(ground.steps, ground.labels, strict=True) if label[0] == f]
            )
            for f in ground.floors
        ]
        numbers |= {
            f"{name}/anchors": ((rest @ directions[:kept].T) / deviation.T).astype(np.float16),
            f"{name}/labels": np.array(
                [
                    (ground.floors.index(floor), EFFECTS.index(kind) if kind in EFFECTS else -1)
                    for floor, kind, _ in ground.labels
                ],
                dtype=np.int8,
            ),
            f"{name}/common_share": np.array(COMMON_PRIOR / (COMMON_PRIOR + freedom)),
            f"{name}/spread_db": np.array(larger * np.sqrt(np.mean(rest**2))),
            f"{name}/floors": np.array(ground.floors),
            f"{name}/modes": np.array(modes),
            f"{name}/count": np.array(len(ground.labels)),
        }
    numbers |= _as_tables("common", common_directions(rests))
    return numbers


def _as_tables(name: str, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {
        name: rows[:, :-1].reshape(-1, ROW_COUNT, CELL_COUNT).astype(np.float16),
        f"{name}_octaves": rows[:, -1] / DURATION_WEIGHT,
    }


def main() -> None:
    """Fit every surface and write one file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--half-a", action="store_true", help="leave half B out")
    arguments = parser.parse_args()
    folders = sorted(path for path in arguments.recordings.iterdir() if path.is_dir())
    split = {folder.name: halves(folder) for folder in folders}
    numbers = fit({name: a if arguments.half_a else [*a, *b] for name, (a, b) in split.items()})
    for folder in folders:
        floors, octaves = (numbers[f"{folder.name}/{word}"] for word in ("floors", "means_octaves"))
        lasts = " ".join(
            f"{floor} {2**octave:.2f} s" for floor, octave in zip(floors, octaves, strict=True)
        )
        print(f"{folder.name}: {int(numbers[f'{folder.name}/count'])} files; {lasts}")
    np.savez_compressed(arguments.out, **numbers)
    print(arguments.out.name, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
