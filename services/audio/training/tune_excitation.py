"""Search each ground's excitation so that what happens inside a time cell resembles the recordings of one half.

    python services/audio/training/tune_excitation.py --recordings DIR [--surfaces wood,metal] [--half-b FILE]

The tables settle powers; what they leave open is texture: clicks, grains, hiss, ringing. Every recording of the half is
made anew with its own powers and a candidate excitation, and the two are compared by `texture`, which no bench uses: a
pair differs by texture alone, so a handful of recordings suffices. Candidates are drawn from a cloud that moves to the
best of them; scores are smoothed over neighbouring candidates, for one score is noisy. The other half is never read.

What ships is searched on half A, and written into ``recipes/<surface>.toml``. ``--half-b`` searches half B with the
tables of half B, and writes FILE (``excitation_half_b.toml`` beside this one) instead: ``tests/bench/sound.py`` fits
half B with it and judges by half A, so that neither direction knows what judges it.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from fit_tables import described, fit, target_of
from recordings import LENGTH, duration_of, halves, kind_of, read_step
from steps import gait_of, medium_step
from texture import texture

from foley_audio.domain.cues import step_seed
from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES
from foley_audio.domain.materials import Excitation, Materials, load_materials
from foley_audio.domain.synthesis import BEGINS_S, Synthesizer
from foley_audio.domain.types import StepSound
from foley_common.surfaces import Surface

RECIPES = Path(__file__).parents[1] / "src" / "foley_audio" / "recipes"


@dataclass(frozen=True)
class Axis:
    """One number of an excitation as the search sees it: usual value, width of the search, limits; logs to base 10."""

    usual: float
    width: float
    low: float
    high: float


AXES = {
    "click": Axis(-0.1, 0.5, -3.0, 1.5),
    "grit": Axis(-0.3, 0.5, -3.0, 2.0),
    "grain_rate": Axis(2.9, 0.5, 2.0, 4.5),
    "grain_power": Axis(0.3, 0.4, -1.2, 1.0),  # above `LEAST_POWER`
    "click_tilt": Axis(-1.5, 1.5, -5.0, 5.0),
    "grit_tilt": Axis(0.0, 1.5, -5.0, 5.0),
    "touches": Axis(0.4, 0.5, -1.0, 1.4),
    "modes": Axis(-0.3, 0.4, -2.0, 0.6),
    "roll": Axis(-0.1, 0.3, -0.15, 0.4),  # less makes the clicks of two steps too much alike
}
# Where there are bubbles, how loud hiss is beside them; elsewhere it is the measure of the other weights and stays 1.
BUBBLING = AXES | {"noise": Axis(0.4, 0.4, -1.0, 1.5)}
LINEAR = ("click_tilt", "grit_tilt")
LEAST_POWER = 1.3
MOST_FILES = 8
ROUNDS, CANDIDATES, BEST = 10, 16, 4
PRIOR = 0.01  # what one width away from the usual costs
NEIGHBOURHOOD = 0.5  # widths, over which scores are smoothed
LARGEST = 1.5  # standard deviations beyond which a figure is just wrong
EXPONENT = 1.5
SEED = 5  # of the candidates that are drawn
FINALISTS, FINAL_SEEDS = 3, 3


def excitation_of(place: np.ndarray, base: Excitation, *, rings: bool) -> Excitation:
    """The excitation at a place of the search."""
    values = {
        name: float(x) if name in LINEAR else float(10**x)
        for name, x in zip(axes_of(base), place, strict=True)
    }
    values.setdefault("noise", 1.0)
    values["grain_power"] += LEAST_POWER
    values["modes"] *= rings
    return dataclasses.replace(base, **values)


def axes_of(excitation: Excitation) -> dict[str, Axis]:
    """What is searched of a ground."""
    return BUBBLING if excitation.bubbles else AXES


def aligned(sound: StepSound) -> np.ndarray:
    """Samples as recordings are read, shape ``(LENGTH,)``: they begin `BEGINS_S` after `LEAD_SAMPLES`."""
    out = np.zeros(LENGTH)
    start = LEAD_SAMPLES + round(BEGINS_S * ENGINE_RATE_HZ) - sound.contact_index
    piece = sound.samples[: LENGTH - start]
    out[start : start + piece.size] = piece
    return out


class Search:
    """The search for one ground."""

    def __init__(
        self, materials: Materials, surface: Surface, half: list[Path], spread: dict[str, float]
    ) -> None:
        self._floors = sorted({kind_of(path)[0] for path in half})
        self._files = half[:: -(-len(half) // MOST_FILES)]
        self._materials, self._surface, self._spread = materials, surface, spread
        self._real, self._targets = [], []
        for path in self._files:
            step = read_step(path)
            row = described(step, surface.value)
            self._real.append(texture(step, duration_of(step)))
            self._targets.append(target_of(row, surface.value))

    def distance(self, excitation: Excitation, seed: int) -> float:
        """How far the texture of the half made anew is from the half's."""
        grounds = dict(self._materials.grounds)
        grounds[self._surface] = dataclasses.replace(grounds[self._surface], excitation=excitation)
        synthesizer = Synthesizer(dataclasses.replace(self._materials, grounds=grounds))
        apart: dict[str, list[float]] = {}
        for path, real, target in zip(self._files, self._real, self._targets, strict=True):
            floor, kind, _ = kind_of(path)
            spec = medium_step(
                self._surface,
                gait_of(kind),
                seed=step_seed(seed, path.stem),
                floor=self._floors.index(floor),
            )
            ours = texture(aligned(synthesizer.resound(spec, target)), target.duration_s)
            for name in real.keys() & ours.keys():
                apart.setdefault(name, []).append((ours[name] - real[name]) / self._spread[name])
        means = np.array([abs(np.mean(values)) for values in apart.values()])
        return float(np.mean(np.minimum(means, LARGEST) ** EXPONENT))

    def best(self, dice: np.random.Generator, *, may_stay: bool) -> tuple[Excitation, float, float]:
        """The best excitation found, its distance, and that of the recipe's (both on fresh seeds).

        Args:
            dice: Draws the candidates.
            may_stay: The recipe's own may win; not where it knows the other half.
        """
        material = self._materials.grounds[self._surface]
        rings = bool(material.modes[..., 0].max() > 0)
        usual, width, low, high = (
            np.array([getattr(axis, word) for axis in axes_of(material.excitation).values()])
            for word in ("usual", "width", "low", "high")
        )
        centre, size = usual.copy(), width.copy()
        places, scores = np.empty((0, usual.size)), np.empty(0)
        for turn in range(ROUNDS):
            drawn = centre + size * dice.standard_normal((CANDIDATES, usual.size))
            drawn[0] = centre
            drawn = np.clip(drawn, low, high)
            new = [
                self.distance(
                    excitation_of(place, material.excitation, rings=rings), 100 * turn + i
                )
                + PRIOR * float(np.mean(((place - usual) / width) ** 2))
                for i, place in enumerate(drawn)
            ]
            places, scores = np.concatenate([places, drawn]), np.append(scores, new)
            apart = ((drawn[:, None] - places[None]) / (NEIGHBOURHOOD * width)) ** 2
            near = np.exp(-0.5 * apart.sum(axis=-1))
            smooth = near @ scores / near.sum(axis=1)
            chosen = drawn[np.argsort(smooth)[:BEST]]
            centre = 0.4 * centre + 0.6 * chosen.mean(axis=0)
            size = np.maximum(0.65 * size + 0.35 * chosen.std(axis=0), 0.15 * width)
        finalists = [centre, *places[np.argsort(scores)[: FINALISTS - 1]]]
        candidates = [
            material.excitation,
            *(excitation_of(place, material.excitation, rings=rings) for place in finalists),
        ]
        fresh = [
            np.mean([self.distance(candidate, 10_000 + k) for k in range(FINAL_SEEDS)])
            for candidate in candidates
        ]
        winner = int(np.argmin(fresh)) if may_stay else 1 + int(np.argmin(fresh[1:]))
        return candidates[winner], float(fresh[winner]), float(fresh[0])


def usual_spread(half: dict[str, list[Path]]) -> dict[str, float]:
    """Standard deviation of every figure of texture within a surface, over all surfaces."""
    variances: dict[str, list[float]] = {}
    for files in half.values():
        steps = [read_step(path) for path in files]
        rows = [texture(step, duration_of(step)) for step in steps]
        for name in {name for row in rows for name in row}:
            values = [row[name] for row in rows if name in row]
            if len(values) > 1:
                variances.setdefault(name, []).append(float(np.var(values, ddof=1)))
    return {name: float(np.sqrt(np.mean(values))) for name, values in variances.items()}


def searched(
    materials: Materials,
    half: dict[str, list[Path]],
    names: Sequence[str],
    seed: int,
    *,
    may_stay: bool,
) -> Iterator[tuple[str, Excitation]]:
    """Grounds and the best excitations found, as they are found; prints how far each is.

    Args:
        materials: With the tables of the half.
        half: Ground to its recordings.
        names: The grounds whose excitation is searched.
        seed: Of the search.
        may_stay: The recipe's own may win; not where it knows the other half.
    """
    spread = usual_spread(half)
    for name in names:
        dice = np.random.default_rng(step_seed(seed, name))
        search = Search(materials, Surface(name), half[name], spread)
        winner, now, before = search.best(dice, may_stay=may_stay)
        print(f"{name}: {before:.3f} -> {now:.3f}", flush=True)
        yield name, winner


def lines_of(excitation: Excitation) -> str:
    """The excitation as lines of TOML, three digits each."""
    return "".join(
        f"{name} = {float(f'{value:.3g}')}\n"
        for name, value in dataclasses.asdict(excitation).items()
    )


def write(surface: Surface, excitation: Excitation) -> None:
    """Replace the table ``[excitation]`` of a recipe."""
    path = RECIPES / f"{surface.value}.toml"
    block = "[excitation]\n" + lines_of(excitation)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"\[excitation\]\n(?:[^\[\n][^\n]*\n)*", block, text), encoding="utf-8")


def main() -> None:
    """Search and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--recordings", type=Path, required=True)
    parser.add_argument("--surfaces", default="")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--half-b", type=Path, metavar="FILE", help="search half B, write FILE")
    arguments = parser.parse_args()
    found = sorted(path for path in arguments.recordings.iterdir() if path.is_dir())
    half = {path.name: halves(path)[1 if arguments.half_b else 0] for path in found}
    names = arguments.surfaces.split(",") if arguments.surfaces else list(half)
    materials = load_materials(fit(half) if arguments.half_b else None)
    tables = []
    for name, winner in searched(
        materials, half, names, arguments.seed, may_stay=arguments.half_b is None
    ):
        if arguments.half_b:
            tables.append(f"[{name}]\n{lines_of(winner)}")
            arguments.half_b.write_text("\n".join(tables), encoding="utf-8")
        else:
            write(Surface(name), winner)


if __name__ == "__main__":
    main()
