"""How well single footsteps are found in recordings, beside librosa's onset finder.

    python -m tests.bench.slicing --shared ../shared [--half A|B] [--other DIR]

Walks are put together from single recorded steps, whole, at known times: all surfaces, several tempi, alone and in
noise. Everything in `foley_audio.domain.onsets` and `.contacts` was tuned on half A of the files (`recordings.halves`);
half B is reported. ``--other`` names a folder of another library, one folder per surface, that nothing was tuned on.
Matching is mir_eval's, ±50 ms. `librosa` is its finder as it comes; `librosa tuned` has the values of
``facts/audio.md``, chosen with files of both halves in view.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from mir_eval import onset, util
from scipy import signal

from foley_audio.domain.contacts import contact_ms, levels_db
from foley_audio.domain.onsets import find_steps
from foley_common.surfaces import GROUP_OF, SurfaceGroup

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[2] / "services" / "audio" / "training"))
from recordings import halves, kind_of

from support.steps import RATE_HZ, RecordedStep, recorded, walk_of, with_noise

WINDOW_S = 0.05
STEP_COUNT = 24
TEMPI: dict[str, tuple[float, float]] = {  # mean interval and its spread, seconds
    "0.55 s": (0.55, 0.04),
    "0.40 s": (0.40, 0.03),
    "0.70 s": (0.70, 0.06),
    "0.90 s": (0.90, 0.08),
}
UNEVEN_S = (0.5, 0.6, 0.8, 1.2, 1.8, 2.5)
IN_NOISE = tuple((kind, snr) for kind in ("white", "pink", "room") for snr in (20, 10, 5))
SOLIDS = {surface.value for surface, group in GROUP_OF.items() if group is SurfaceGroup.SOLID}
RUN_BELOW_S = 0.45  # at this interval people run
Finder = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Case:
    """One walk: what it is, its sound and its contacts in seconds."""

    surface: str
    tempo: str
    noise: str
    sound: np.ndarray
    times_s: np.ndarray


def ours(sound: np.ndarray) -> np.ndarray:
    """The product's finder: landings, then the millisecond of each contact."""
    mono = sound.astype(np.float32)
    level = levels_db(mono, RATE_HZ)
    return np.unique([contact_ms(level, t) for t in find_steps(mono, RATE_HZ)]) / 1000.0


def librosa_plain(sound: np.ndarray) -> np.ndarray:
    """Librosa's finder as it comes."""
    import librosa

    return librosa.onset.onset_detect(y=sound.astype(np.float32), sr=RATE_HZ, units="time")


def librosa_tuned(sound: np.ndarray) -> np.ndarray:
    """Librosa's finder with the values of ``facts/audio.md``."""
    import librosa

    hop = 256
    power = librosa.feature.melspectrogram(
        y=sound.astype(np.float32), sr=RATE_HZ, hop_length=hop, fmax=12_000
    )
    rise = librosa.onset.onset_strength(S=librosa.power_to_db(power), sr=RATE_HZ, hop_length=hop)
    wait = int(0.25 * RATE_HZ / hop)
    return librosa.onset.onset_detect(
        onset_envelope=rise, sr=RATE_HZ, hop_length=hop, units="time", delta=0.15, wait=wait
    )


FINDERS: dict[str, Finder] = {
    "ours": ours,
    "librosa tuned": librosa_tuned,
    "librosa": librosa_plain,
}


def library(shared: Path, half: int) -> dict[str, list[tuple[str, RecordedStep]]]:
    """By surface: kind of movement and step, of one half of the development recordings."""
    root = shared / "data" / "footsteps"
    return {
        folder.name: [(kind_of(path)[1], _read(path)) for path in halves(folder)[half]]
        for folder in sorted(root.iterdir())
    }


def other_library(root: Path) -> dict[str, list[tuple[str, RecordedStep]]]:
    """The same of a folder with one folder per surface."""
    return {
        folder.name: [("walk", _read(path)) for path in sorted(folder.iterdir())]
        for folder in sorted(root.iterdir())
        if folder.is_dir()
    }


def cases(steps: dict[str, list[tuple[str, RecordedStep]]], seed: int) -> Iterator[Case]:
    """All walks of a library."""
    for number, (surface, named) in enumerate(steps.items()):
        everything = [step for _, step in named]
        runs = [step for kind, step in named if kind == "run"]
        for tempo, (interval_s, spread_s) in TEMPI.items():
            chosen = runs if interval_s < RUN_BELOW_S else everything
            if not chosen:
                continue  # nobody ran on this ground
            dice = np.random.default_rng([seed, number, round(1000 * interval_s)])
            intervals_s = np.maximum(0.25, interval_s + spread_s * dice.standard_normal(STEP_COUNT))
            sound, times_s = walk_of(chosen, intervals_s, dice)
            yield Case(surface, tempo, "alone", sound, times_s)
            noises = IN_NOISE if tempo == "0.55 s" else (("pink", 10),)
            for kind, snr_db in noises:
                noisy = with_noise(sound, kind, snr_db, dice)
                yield Case(surface, tempo, f"{kind} {snr_db} dB", noisy, times_s)
        dice = np.random.default_rng([seed, number])
        sound, times_s = walk_of(everything, dice.choice(UNEVEN_S, STEP_COUNT), dice)
        yield Case(surface, "uneven", "alone", sound, times_s)


def _read(path: Path) -> RecordedStep:
    sound, rate = soundfile.read(path, always_2d=True)
    mono = sound.mean(axis=1)
    if rate != RATE_HZ:
        mono = signal.resample_poly(mono, RATE_HZ, rate)
    return recorded(mono)


@dataclass(frozen=True)
class Scored:
    """One walk and how every finder did: F, precision, recall; and our contacts' errors in milliseconds."""

    surface: str
    tempo: str
    noise: str
    scores: dict[str, tuple[float, float, float]]
    errors_ms: list[float]


def scored(case: Case, finders: dict[str, Finder]) -> Scored:
    """Let every finder look for the steps of a walk."""
    found = {name: find(case.sound) for name, find in finders.items()}
    pairs = util.match_events(case.times_s, found["ours"], WINDOW_S)
    return Scored(
        case.surface,
        case.tempo,
        case.noise,
        {
            name: onset.f_measure(case.times_s, times_s, window=WINDOW_S)
            for name, times_s in found.items()
        },
        [1000 * (found["ours"][j] - case.times_s[i]) for i, j in pairs],
    )


def report(every: list[Scored], finders: dict[str, Finder]) -> None:
    """Print the tables."""
    print(f"{'tempo':8}{'noise':12}", *(f"{name:>38}" for name in finders))
    print(" " * 20, *(f"{'F':>8}{'P':>7}{'R':>7}{'worst':>16}" for _ in finders))
    for tempo, noise in dict.fromkeys((case.tempo, case.noise) for case in every):
        chosen = [case for case in every if (case.tempo, case.noise) == (tempo, noise)]
        cells = []
        for name in finders:
            f, p, r = np.mean([case.scores[name] for case in chosen], axis=0)
            worst = min(chosen, key=lambda case: case.scores[name][0])
            cells.append(
                f"{f:8.3f}{p:7.3f}{r:7.3f}{f'{worst.surface} {worst.scores[name][0]:.2f}':>16}"
            )
        print(f"{tempo:8}{noise:12}", *cells)
    print("\nby surface, 0.55 s: F alone, and at 10 dB (mean of the noises)")
    for surface in dict.fromkeys(case.surface for case in every):
        cells = []
        for name in finders:
            alone, at_10 = (
                np.mean(
                    [
                        case.scores[name][0]
                        for case in every
                        if (case.surface, case.tempo) == (surface, "0.55 s")
                        and case.noise.endswith(ending)
                    ]
                )
                for ending in ("alone", " 10 dB")
            )
            cells.append(f"{name} {alone:.3f} {at_10:.3f}")
        print(f"  {surface:10}", *(f"{cell:>30}" for cell in cells))
    print("\nours, error of found contacts (found − placed), ms")
    for noise in ("alone", "pink 20 dB", "pink 10 dB"):
        for solid in (True, False):
            errors = np.array(
                [
                    error
                    for case in every
                    if (case.tempo, case.noise) == ("0.55 s", noise)
                    and (case.surface in SOLIDS) is solid
                    for error in case.errors_ms
                ]
            )
            if errors.size:
                print(
                    f"  {noise:12}{'solids' if solid else 'others':8} median {np.median(errors):+.1f}"
                    f"  p95 of size {np.quantile(np.abs(errors), 0.95):.1f}  n {errors.size}"
                )


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--half", choices=("A", "B"), default="B")
    parser.add_argument("--other", type=Path, help="folder of another library")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ours-only", action="store_true")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)  # mir_eval, where nothing was found
    if arguments.other:
        steps, what = other_library(arguments.other), f"library {arguments.other.name}"
    else:
        half = "AB".index(arguments.half)
        steps, what = library(arguments.shared, half), f"half {arguments.half}"
    finders = {"ours": ours} if arguments.ours_only else FINDERS
    every = [scored(case, finders) for case in cases(steps, arguments.seed)]
    print(f"{what}: {len(steps)} surfaces, {len(every)} walks of {STEP_COUNT} steps, ±{WINDOW_S} s")
    report(every, finders)


if __name__ == "__main__":
    main()
