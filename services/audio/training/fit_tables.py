"""Fit the per-surface tables from recordings of single steps: numbers only, no sound is kept.

    python services/audio/training/fit_tables.py --recordings DIR --out FILE

FILE is ``fitted.npz`` of ``services/audio/src/foley_audio/recipes``. DIR holds one folder per surface with one file per
step, named ``<source>_<floor>_<kind><number>``. Half A of every surface is fitted (see `recordings.halves`); half B is
left for measuring (``tests/bench/sound.py``).

A step is described by its logarithmic powers on the grid of `foley_audio.domain.filterbank`, stretched to one common
duration, and by the logarithm of its own duration. For every surface: one mean per floor, one difference each for
running, wandering and landing (least squares over all floors together), the principal directions of what remains, each
one standard deviation long, and the place of every file along them, for recordings are not normally distributed.
Floors also keep the resonances that their steps share.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from modes import shared_modes
from recordings import LENGTH, duration_of, halves, kind_of, read_step
from scipy import fft

from foley_audio.domain.filterbank import (
    BAND_COUNT,
    CELL_COUNT,
    CELL_EDGES_S,
    bank_of,
    cell_times_s,
)

RANGE_DB = 75.0  # powers further below the loudest cell are noise of the recording
DIRECTIONS = 6
EFFECTS = ("run", "wander", "land")
LEAST_FILES = 1  # of one kind of movement, for a difference of its own
FLOOR_RIDGE, EFFECT_RIDGE = (
    1e-6,
    1e-3,
)  # for the arithmetic; a floor that was only run on keeps its mean
DURATION_WEIGHT = 150.0  # one octave of duration counts like so many dB of the whole table


def described(step: np.ndarray) -> np.ndarray:
    """Powers and weighted log duration of one recording, shape ``(bands * cells + 1,)``."""
    duration_s = duration_of(step)
    bank = bank_of(LENGTH)
    parts = bank.split(fft.rfft(step.astype(np.float32)))
    powers = bank.powers_db(parts, cell_times_s(CELL_EDGES_S, duration_s))
    powers = np.maximum(powers, powers.max() - RANGE_DB)
    return np.append(powers.ravel(), DURATION_WEIGHT * np.log2(duration_s))


def solved(
    rows: np.ndarray, labels: list[tuple[str, str, int]], floors: list[str], effects: list[str]
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """Means per floor, differences by name, and what remains, by least squares."""
    design = np.array(
        [
            [float(floor == other) for other in floors]
            + [float(kind == effect) for effect in effects]
            for floor, kind, _ in labels
        ]
    )
    penalty = np.diag([FLOOR_RIDGE] * len(floors) + [EFFECT_RIDGE] * len(effects))
    solution = np.linalg.solve(design.T @ design + penalty, design.T @ rows)
    return (
        solution[: len(floors)],
        dict(zip(effects, solution[len(floors) :], strict=True)),
        rows - design @ solution,
    )


def comparable(labels: list[tuple[str, str, int]], kind: str) -> int:
    """Files of a kind of movement on floors that were also moved on otherwise."""
    kinds = {floor: {label[1] for label in labels if label[0] == floor} for floor, _, _ in labels}
    return sum(label[1] == kind and len(kinds[label[0]]) > 1 for label in labels)


def fit(folder: Path) -> dict[str, np.ndarray]:
    """The numbers of one surface."""
    files, _ = halves(folder)
    labels = [kind_of(path) for path in files]
    steps = [read_step(path) for path in files]
    rows = np.array([described(step) for step in steps])
    floors = sorted({floor for floor, _, _ in labels})
    counts = {kind: comparable(labels, kind) for kind in EFFECTS}
    _, every, _ = solved(rows, labels, floors, [kind for kind in EFFECTS if counts[kind]])
    own = [kind for kind in EFFECTS if counts[kind] >= LEAST_FILES]
    means, _, rest = solved(rows, labels, floors, own)
    freedom = max(1, len(files) - len(floors) - len(own))
    _, sizes, directions = np.linalg.svd(rest, full_matrices=False)
    kept = min(DIRECTIONS, freedom)
    deviation = sizes[:kept, None] / np.sqrt(freedom)
    spread = directions[:kept] * deviation
    anchors = (rest @ directions[:kept].T) / deviation.T
    differences = np.array([every.get(name, np.zeros(rows.shape[1])) for name in EFFECTS])
    numbers = {"means": means, "effects": differences, "spread": spread}
    tables = {
        name: value[:, :-1].reshape(-1, BAND_COUNT, CELL_COUNT).astype(np.float16)
        for name, value in numbers.items()
    }
    durations = {
        f"{name}_octaves": value[:, -1] / DURATION_WEIGHT for name, value in numbers.items()
    }
    return {
        **tables,
        **durations,
        "anchors": anchors.astype(np.float16),
        "floors": np.array(floors),
        "effect_counts": np.array([counts[name] for name in EFFECTS]),
        "modes": np.array(
            [
                shared_modes(
                    [s for s, label in zip(steps, labels, strict=True) if label[0] == floor]
                )
                for floor in floors
            ]
        ),
        "count": np.array(len(files)),
    }


def main() -> None:
    """Fit every surface and write one file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    numbers: dict[str, np.ndarray] = {"cell_edges_s": CELL_EDGES_S}
    for folder in sorted(path for path in arguments.recordings.iterdir() if path.is_dir()):
        fitted = fit(folder)
        numbers |= {f"{folder.name}/{name}": value for name, value in fitted.items()}
        lasts = " ".join(
            f"{floor} {2**octaves:.2f} s"
            for floor, octaves in zip(fitted["floors"], fitted["means_octaves"], strict=True)
        )
        print(
            f"{folder.name}: {int(fitted['count'])} files, {fitted['spread'].shape[0]} directions; {lasts}"
        )
    np.savez_compressed(arguments.out, **numbers)
    print(arguments.out.name, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
