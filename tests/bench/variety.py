"""Whether steps repeat, and whether every kind of step is clean.

    python tests/bench/variety.py [--surfaces concrete,tile,gravel] [--quick]

1. Largest cross-correlation of any two of 1,000 fresh steps of one kind, over all lags (at 16 kHz, where it is larger
   than at 48), and the same for 1,000 playings from a pool.
2. Periods in 10,000 steps of one walk: autocorrelation of level, colour and duration, fresh and from a pool.
3. Every surface with every shoe, five ways of moving, dry and wet: clipping, constant part, edges, length, finiteness.
4. Level and colour of every surface over the strength.
5. Whether the 16 surfaces are told from each other, by the ear of `sound_judge` and a support vector machine.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import fft, signal
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sound_judge import heard

from foley_audio.domain.cues import DRIFT_MEMORY, USUAL_STANCE_S, step_seed
from foley_audio.domain.materials import load_materials
from foley_audio.domain.pool import PooledVoice
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.transforms import irfft
from foley_audio.domain.types import FootstepCue, Placement, StepSound, StepSpec
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface

RATE_HZ = 48_000
COARSE = 3  # of the rate, for correlations
MOST_CORRELATION = 0.95
GAITS = (GaitKind.WALK, GaitKind.RUN, GaitKind.SCUFF, GaitKind.STOP, GaitKind.LANDING)
STRENGTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
STRENGTH_SEEDS = 6
LONGEST_LAG = 2000
PAIRS_AT_ONCE = 64  # transformed together
# the largest of `LONGEST_LAG` correlations of unrelated numbers lies below this many standard deviations
CHANCE = 4.5
Voice = Callable[[FootstepCue], StepSound]


def cue(surface: Surface, number: int, drift: tuple[float, ...] = ()) -> FootstepCue:
    """One step of a long even walk."""
    spec = StepSpec(
        surface=surface,
        footwear=Footwear.SNEAKER,
        gait_kind=GaitKind.WALK,
        strike_pattern=None,
        strength=0.5,
        stance_time_s=USUAL_STANCE_S[GaitKind.WALK],
        side=Side.RIGHT if number % 2 else Side.LEFT,
        wet=False,
        seed=step_seed(1, f"t1-{number:05d}"),
        drift=drift,
    )
    return FootstepCue(f"t1-{number:05d}", 1, 0.5 * number, 24_000 * number, spec, Placement())


def largest_correlation(voice: Voice, surface: Surface, count: int) -> float:
    """Of any two of ``count`` steps, over all lags."""
    sounds = [
        signal.resample_poly(voice(cue(surface, i)).samples.astype(np.float64), 1, COARSE)
        for i in range(count)
    ]
    size = fft.next_fast_len(2 * max(sound.size for sound in sounds), real=True)
    spectra = np.array([fft.rfft(s / np.linalg.norm(s), size).astype(np.complex64) for s in sounds])
    # no lag makes two sounds more alike than their spectra without phase: most pairs need not be looked at
    heights = np.abs(spectra) * np.sqrt(
        np.where(np.arange(spectra.shape[1]) % (size / 2), 2.0, 1.0) / size
    )
    bounds = np.tril(heights @ heights.T, -1)
    places = np.argsort(-bounds, axis=None)[: count * (count - 1) // 2]
    highest = 0.0
    for start in range(0, places.size, PAIRS_AT_ONCE):
        i, j = np.divmod(places[start : start + PAIRS_AT_ONCE], count)
        open_ = bounds[i, j] > highest
        if not open_.any():
            break
        crossed = irfft(spectra[i[open_]] * np.conj(spectra[j[open_]]), size)
        highest = max(highest, float(np.abs(crossed).max()))
    return highest


def period(voice: Voice, surface: Surface, count: int, *, drifting: bool) -> tuple[float, float]:
    """Largest autocorrelation beyond the drift's memory, of level, colour and length; and what chance gives."""
    dice = np.random.default_rng(7)
    drift, rows = dice.standard_normal(6), []
    for i in range(count):
        sound = voice(cue(surface, i, tuple(drift) if drifting else ())).samples.astype(np.float64)
        drift = DRIFT_MEMORY * drift + np.sqrt(1 - DRIFT_MEMORY**2) * dice.standard_normal(6)
        change = np.diff(sound)
        power = float(sound @ sound)
        rows.append((np.log(power), np.log(float(change @ change) / power), sound.size))
    values = np.array(rows) - np.mean(rows, axis=0)
    first = round(np.log(0.01) / np.log(DRIFT_MEMORY)) if drifting else 1
    highest = 0.0
    for column in values.T:
        spectrum = np.abs(np.fft.rfft(column, 2 * count)) ** 2
        related = np.fft.irfft(spectrum)[: min(LONGEST_LAG, count // 2)]
        highest = max(highest, float(np.abs(related[first:] / related[0]).max()))
    return highest, CHANCE / np.sqrt(count)


def faults(sound: StepSound) -> list[str]:
    """What is wrong with one step."""
    samples = sound.samples
    peak = float(np.abs(samples).max())
    if not np.isfinite(samples).all() or peak == 0.0:
        return ["not finite, or silent"]
    found = {
        "clips": peak >= 1.0,
        "constant part": abs(float(samples.mean())) >= 1e-4,
        "edge": max(abs(samples[0]), abs(samples[-1])) >= 1e-3 * peak,
        "length": not 0.05 < samples.size / RATE_HZ < 1.3,
        "quiet": peak < 1e-4,
    }
    return [word for word, wrong in found.items() if wrong]


def grid(synthesizer: Synthesizer) -> None:
    """Every kind of step, at a random strength."""
    dice = np.random.default_rng(3)
    count, wrong, loudest = 0, 0, 0.0
    for surface, footwear, gait_kind, wet in itertools.product(
        Surface, Footwear, GAITS, (False, True)
    ):
        spec = StepSpec(
            surface=surface,
            footwear=footwear,
            gait_kind=gait_kind,
            strike_pattern=None,
            strength=float(dice.random()),
            stance_time_s=USUAL_STANCE_S[gait_kind] * float(dice.uniform(0.6, 1.6)),
            side=Side.LEFT,
            wet=wet,
            seed=int(dice.integers(1 << 60)),
            floor=int(dice.integers(12)),
        )
        sound = synthesizer.step(spec)
        found = faults(sound)
        count, wrong = count + 1, wrong + bool(found)
        loudest = max(loudest, float(np.abs(sound.samples).max()))
        if found:
            print("  ", surface, footwear, gait_kind, "wet" if wet else "dry", found)
    print(f"{count} kinds of step, {wrong} with a fault; largest peak {loudest:.2f} of full scale")


def strength(synthesizer: Synthesizer) -> None:
    """Whether level and colour grow with the strength on every surface."""
    fell = []
    for surface in Surface:
        rows = []
        for value in STRENGTHS:
            own = []
            for i in range(STRENGTH_SEEDS):
                step = cue(surface, i).spec
                spec = replace(step, strength=value)
                sound = synthesizer.step(spec).samples.astype(np.float64)
                change = np.diff(sound)
                power = float(sound @ sound)
                own.append((np.log(power), np.log(float(change @ change) / power)))
            rows.append(np.mean(own, axis=0))
        if (np.diff(rows, axis=0) <= 0).any():
            fell.append(surface.value)
    print(
        f"level and colour grow with the strength on {len(Surface) - len(fell)} of {len(Surface)}",
        *fell,
    )


def surfaces_apart(synthesizer: Synthesizer, count: int) -> None:
    """Train on half of the steps of every surface, ask about the other half."""
    rows, names = [], []
    for surface in Surface:
        for i in range(count):
            step = replace(cue(surface, i).spec, floor=i)
            rows.append(heard(synthesizer.step(step).samples.astype(np.float64), RATE_HZ))
            names.append(surface.value)
    x, y = np.array(rows), np.array(names)
    model = make_pipeline(StandardScaler(), SVC(C=5.0, gamma="scale"))
    said = cross_val_predict(model, x, y, cv=StratifiedKFold(2, shuffle=True, random_state=0))
    for surface in Surface:
        own = said[y == surface.value]
        others, counts = np.unique(own[own != surface.value], return_counts=True)
        taken = " ".join(f"{other} {n}" for other, n in zip(others, counts, strict=True))
        print(f"   {surface:<9} told {np.mean(own == surface.value):.2f}   taken for: {taken}")
    print(f"16 surfaces told apart: {np.mean(said == y):.2f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--surfaces", default="concrete,tile,gravel")
    parser.add_argument("--quick", action="store_true", help="a tenth of the steps")
    arguments = parser.parse_args()
    synthesizer = Synthesizer(load_materials())
    fresh = synthesizer.voice(RATE_HZ)
    pairs, walk = (100, 1000) if arguments.quick else (1000, 10_000)
    for surface in (Surface(word) for word in arguments.surfaces.split(",")):
        for name, voice in (("fresh", fresh), ("pool", PooledVoice(synthesizer, RATE_HZ))):
            highest = largest_correlation(voice, surface, pairs)
            verdict = "reached" if highest < MOST_CORRELATION else "NOT reached"
            print(
                f"{surface}, {name}: any two of {pairs} steps correlate by at most {highest:.3f}; "
                f"below {MOST_CORRELATION}: {verdict}"
            )
    surface = Surface(arguments.surfaces.split(",")[0])
    for name, voice in (("fresh", fresh), ("pool", PooledVoice(synthesizer, RATE_HZ))):
        highest, chance = period(voice, surface, walk, drifting=True)
        verdict = "no period" if highest < chance else "PERIODIC"
        print(
            f"{surface}, {name}: {walk} steps, largest autocorrelation {highest:.3f}, chance {chance:.3f}: {verdict}"
        )
    grid(synthesizer)
    strength(synthesizer)
    surfaces_apart(synthesizer, 10 if arguments.quick else 40)


if __name__ == "__main__":
    main()
