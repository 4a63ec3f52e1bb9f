"""Fit the per-surface energy tables from recordings of single steps: numbers only, no sound is kept.

    python services/audio/training/fit_tables.py --recordings DIR --out services/audio/src/foley_audio/recipes/fitted.npz

DIR holds one folder per surface with one file per step, named ``<source>_<floor>_<kind><number>``. Half A of every
surface is fitted (every second file within each floor and kind); half B is left for measuring (``tests/bench/sound.py``).

For every surface the logarithmic power on the grid of `foley_audio.domain.filterbank` is described by one mean table per
floor, one difference each for running, wandering and landing (least squares over all floors together), and the principal
directions of what remains, each as long as its standard deviation.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import soundfile
from scipy import fft, signal

from foley_audio.domain.filterbank import (
    BAND_COUNT,
    CELL_COUNT,
    CELL_EDGES_S,
    ENGINE_RATE_HZ,
    LEAD_SAMPLES,
    bank_of,
)

LENGTH = 49_152
ONSET_DB = -25.0  # contact: the first millisecond this near to the loudest
RANGE_DB = 75.0  # powers further below the loudest cell are noise of the recording
DIRECTIONS = 6
NAME = re.compile(r"^[^_]+_([a-z]+)_([a-z]+)(\d+)$")
EFFECTS = ("run", "wander", "land")


def kind_of(path: Path) -> tuple[str, str, int]:
    """Floor, kind of movement and number of a file."""
    found = NAME.match(path.stem)
    if found is None:
        raise ValueError(f"{path.name} is not named <source>_<floor>_<kind><number>")
    return found[1], found[2], int(found[3])


def halves(folder: Path) -> tuple[list[Path], list[Path]]:
    """Half A and half B: taken in turn within each floor and kind."""
    files = sorted(folder.glob("*.flac"), key=kind_of)
    return files[0::2], files[1::2]


def read_step(path: Path) -> np.ndarray:
    """One recording with its contact at `LEAD_SAMPLES`, shape ``(LENGTH,)``."""
    sound, rate = soundfile.read(path, always_2d=True)
    mono = sound.mean(axis=1)
    if rate != ENGINE_RATE_HZ:
        mono = signal.resample_poly(mono, ENGINE_RATE_HZ, rate)
    mono = signal.sosfilt(
        signal.butter(2, 25, "hp", fs=ENGINE_RATE_HZ, output="sos"), mono - mono.mean()
    )
    power = np.convolve(mono**2, np.ones(48) / 48)[47:]
    contact = int(np.argmax(power > power.max() * 10 ** (ONSET_DB / 10)))
    out = np.zeros(LENGTH)
    first = max(0, contact - LEAD_SAMPLES)
    piece = mono[first : first + LENGTH - (LEAD_SAMPLES - (contact - first))]
    out[LEAD_SAMPLES - (contact - first) :][: piece.size] = piece
    return out / np.sqrt(np.sum(out**2) + 1e-20)


def table_of(sound: np.ndarray) -> np.ndarray:
    """Powers in dB, shape ``(bands, cells)``, of a sound of unit energy."""
    bank = bank_of(LENGTH)
    powers = bank.powers_db(bank.split(fft.rfft(sound.astype(np.float32))))
    return np.maximum(powers, powers.max() - RANGE_DB)


def fit(folder: Path) -> dict[str, np.ndarray]:
    """The numbers of one surface."""
    files, _ = halves(folder)
    labels = [kind_of(path) for path in files]
    floors = sorted({floor for floor, _, _ in labels})
    tables = np.array([table_of(read_step(path)).ravel() for path in files])
    effects = [kind for kind in EFFECTS if any(label[1] == kind for label in labels)]
    design = np.array(
        [
            [float(floor == other) for other in floors]
            + [float(kind == effect) for effect in effects]
            for floor, kind, _ in labels
        ]
    )
    # ridge on the effects only: a floor that was only run on keeps its mean
    penalty = np.diag([1e-6] * len(floors) + [0.3] * len(effects))
    solution = np.linalg.solve(design.T @ design + penalty, design.T @ tables)
    rest = tables - design @ solution
    freedom = max(1, len(files) - np.linalg.matrix_rank(design))
    _, sizes, directions = np.linalg.svd(rest, full_matrices=False)
    kept = min(DIRECTIONS, freedom)
    spread = directions[:kept] * (sizes[:kept, None] / np.sqrt(freedom))
    shape = (-1, BAND_COUNT, CELL_COUNT)
    zero = np.zeros(BAND_COUNT * CELL_COUNT)
    by_name = dict(zip(effects, solution[len(floors) :], strict=True))
    lengths = [soundfile.info(path).duration for path in files]
    return {
        "floors": np.array(floors),
        "means": solution[: len(floors)].reshape(shape).astype(np.float16),
        "effects": np.array([by_name.get(name, zero) for name in EFFECTS])
        .reshape(shape)
        .astype(np.float16),
        "has_effect": np.array([name in by_name for name in EFFECTS]),
        "spread": spread.reshape(shape).astype(np.float16),
        "duration_s": np.array(max(lengths)),
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
        print(
            folder.name,
            int(fitted["count"]),
            "files,",
            list(fitted["floors"]),
            fitted["spread"].shape[0],
            "directions",
        )
    np.savez_compressed(arguments.out, **numbers)
    print(arguments.out.name, arguments.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
