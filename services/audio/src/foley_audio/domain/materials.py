"""What grounds and shoes are made of: recipes and fitted tables, read once, checked, plain values."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.filterbank import (
    ATTACK_END_S,
    BAND_COUNT,
    BAND_HZ,
    CELL_COUNT,
    CELL_EDGES_S,
    FLOOR_DB,
    ROW_COUNT,
    thump_db,
)
from foley_audio.domain.shoes import Shoe
from foley_audio.domain.types import FloatArray
from foley_common.surfaces import Footwear, Surface, SurfaceGroup

RECIPES = "foley_audio.recipes"
EFFECT_NAMES = ("run", "wander", "land")
TILT_FROM_HZ = 1000.0
Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Excitation:
    """What sounds before it is shaped; weights are relative amplitudes.

    Attributes:
        click: Force pulses of heel, ball and toe.
        grit: Grains at Poisson times with power-law energies.
        noise: Steady friction.
        modes: Resonances of the body.
        grain_rate: Grains per second at full force.
        grain_power: Exponent of the grains' energies; the smaller, the rougher.
        bubbles: Bubbles per second after the splash; liquids.
        click_tilt, grit_tilt: How the weights of clicks and grains grow with pitch around 2 kHz, dB per octave.
        touches: Small touches that follow each force pulse while the sole settles.
        roll: How far the pitches of a force pulse are turned against each other, radians from band to band: a heel
            rolls in, its edge, its pad and the shoe above it do not strike at once.
    """

    click: float
    grit: float
    noise: float
    modes: float
    grain_rate: float
    grain_power: float
    bubbles: float = 0.0
    click_tilt: float = 0.0
    grit_tilt: float = 0.0
    touches: float = 5.0
    roll: float = 0.8


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """How one ground sounds under the recordings' shoe.

    Attributes:
        surface: The ground.
        group: How it makes sound.
        level_db: Level of a medium step against concrete.
        excitation: What sounds before it is shaped.
        means: shape ``(floors, rows, cells)``, per floor the mean powers of the bands in dB, and in the last row how
            far the middle ones strike at once (`filterbank.together_db`).
        effects: shape ``(3, rows, cells)``, differences in dB of running, wandering and landing.
        spread: shape ``(directions, rows, cells)``, directions of its own variation, one standard deviation long.
        common: shape ``(common, rows, cells)``, directions in which steps of every ground vary, likewise, at this
            ground's size.
        anchors: shape ``(files, directions)``, where each recording stands along the directions.
        anchor_floors: shape ``(files,)``, the floor of each recording.
        anchor_effects: shape ``(files,)``, its movement, a place in `EFFECT_NAMES`; −1 for plain walking.
        strays: shape ``(n, rows, cells)``, in dB: how recordings of one floor and movement stray from their mean, on
            all fitted grounds that are one body or on all that are not, whichever this ground is.
        means_octaves: shape ``(floors,)``, log2 of the mean duration in seconds.
        effects_octaves, spread_octaves, common_octaves, strays_octaves: What goes with them, in octaves of duration.
        modes: shape ``(floors, modes, 3)``, frequency in Hz, T60 in s, height in dB over the rest; zeros where none.
    """

    surface: Surface
    group: SurfaceGroup
    level_db: float
    excitation: Excitation
    means: Table
    effects: Table
    spread: Table
    common: Table
    anchors: FloatArray
    anchor_floors: NDArray[np.int64]
    anchor_effects: NDArray[np.int64]
    strays: Table
    means_octaves: FloatArray
    effects_octaves: FloatArray
    spread_octaves: FloatArray
    common_octaves: FloatArray
    strays_octaves: FloatArray
    modes: FloatArray


@dataclass(frozen=True, slots=True)
class Materials:
    """Every ground and every shoe.

    Attributes:
        grounds: One per surface.
        shoes: One per footwear.
        loose: How much of a shoe's hardness counts on grounds that are no single body, 0 to 1.
    """

    grounds: dict[Surface, Material]
    shoes: dict[Footwear, Shoe]
    loose: float


def load_materials(numbers: dict[str, NDArray[Any]] | None = None) -> Materials:
    """Read all recipes.

    Args:
        numbers: Fitted numbers to take instead of those that come with the package; for benches and training.

    Raises:
        ValueError: a recipe is not what it should be; a broken installation.
    """
    folder = resources.files(RECIPES)
    fitted = _packaged() if numbers is None else numbers
    if not np.allclose(fitted["cell_edges_s"], CELL_EDGES_S):
        raise ValueError(
            "fitted.npz was made for another grid of time cells; run training/fit_tables.py"
        )
    shoes = tomllib.loads(folder.joinpath("footwear.toml").read_text(encoding="utf-8"))
    grounds: dict[Surface, Material] = {}
    own: dict[Surface, tuple[Table, FloatArray]] = {}
    for surface in Surface:
        recipe = tomllib.loads(folder.joinpath(f"{surface.value}.toml").read_text(encoding="utf-8"))
        grounds[surface] = _material(surface, recipe, fitted)
        if "fitted" in recipe["table"]:
            own[surface] = _strays(grounds[surface])
    for solid in (True, False):
        alike = [s for s in grounds if (grounds[s].group is SurfaceGroup.SOLID) == solid]
        pool = [own[surface] for surface in alike if surface in own]
        strays, octaves = (np.concatenate(parts) for parts in zip(*pool, strict=True))
        for surface in alike:
            grounds[surface] = dataclasses.replace(
                grounds[surface], strays=strays, strays_octaves=octaves
            )
    return Materials(
        grounds, {word: Shoe(**shoes[word.value]) for word in Footwear}, float(shoes["loose"])
    )


def _packaged() -> dict[str, NDArray[Any]]:
    with (
        resources.files(RECIPES).joinpath("fitted.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as numbers,
    ):
        return {name: np.asarray(numbers[name]) for name in numbers.files}


def _material(
    surface: Surface, recipe: dict[str, Any], fitted: dict[str, NDArray[Any]]
) -> Material:
    table: dict[str, Any] = recipe["table"]
    weights: dict[str, float] = {table["fitted"]: 1.0} if "fitted" in table else table["mix"]
    if abs(sum(weights.values()) - 1.0) > 1e-6:
        raise ValueError(f"{surface.value}: weights of the mix must sum to 1, are {weights}")
    main = max(weights, key=lambda name: weights[name])
    is_fitted = "fitted" in table
    means = _numbers(fitted, f"{main}/means") if is_fitted else _mixed(fitted, weights)
    octaves = fitted[f"{main}/means_octaves"]
    if not is_fitted:
        octaves = np.array(
            [sum(w * float(fitted[f"{n}/means_octaves"].mean()) for n, w in weights.items())]
        ) + float(table.get("octaves", 0.0))
    share = float(fitted[f"{main}/common_share"])
    common_db = float(fitted[f"{main}/spread_db"]) * math.sqrt(share)
    own = math.sqrt(1.0 - share)
    modes = (
        fitted[f"{main}/modes"] if is_fitted else np.array(table.get("modes", [])).reshape(1, -1, 3)
    )
    labels = np.asarray(fitted[f"{main}/labels"], dtype=np.int64)
    return Material(
        surface=surface,
        group=SurfaceGroup(recipe["group"]),
        level_db=float(recipe["level_db"]),
        excitation=Excitation(**recipe["excitation"]),
        means=(means + _deviation_db(table)).astype(np.float32),
        effects=_numbers(fitted, f"{main}/effects").astype(np.float32),
        spread=(own * _numbers(fitted, f"{main}/spread")).astype(np.float32),
        common=(common_db * _numbers(fitted, "common")).astype(np.float32),
        anchors=np.asarray(fitted[f"{main}/anchors"], dtype=np.float64),
        anchor_floors=labels[:, 0] if is_fitted else np.zeros_like(labels[:, 0]),
        anchor_effects=labels[:, 1],
        strays=np.zeros((0, ROW_COUNT, CELL_COUNT), dtype=np.float32),
        means_octaves=np.asarray(octaves, dtype=np.float64),
        effects_octaves=np.asarray(fitted[f"{main}/effects_octaves"], dtype=np.float64),
        spread_octaves=own * np.asarray(fitted[f"{main}/spread_octaves"], dtype=np.float64),
        common_octaves=common_db * np.asarray(fitted["common_octaves"], dtype=np.float64),
        strays_octaves=np.zeros(0),
        modes=np.asarray(modes, dtype=np.float64),
    )


def _strays(material: Material) -> tuple[Table, FloatArray]:
    """How a ground's recordings stray from the mean of their floor and movement, where there are two or more.

    The mean takes its share of what strays from it: of n recordings 1/n of the variance, which is given back.
    """
    rows = [np.zeros((0, material.anchors.shape[1]))]
    cells = np.stack([material.anchor_floors, material.anchor_effects], axis=1)
    for cell in np.unique(cells, axis=0):
        takes = material.anchors[(cells == cell).all(axis=1)]
        if len(takes) > 1:
            larger = math.sqrt(len(takes) / (len(takes) - 1))
            rows.append(larger * (takes - takes.mean(axis=0)))
    places = np.concatenate(rows)
    tables = np.einsum("ni,ijk->njk", places, material.spread).astype(np.float32)
    return tables, np.einsum("ni,i->n", places, material.spread_octaves)


def _deviation_db(table: dict[str, Any]) -> FloatArray:
    """What a recipe adds to its table, in dB, shape ``(rows, cells)``: the character that no mixture has."""
    time_s = (CELL_EDGES_S[1:] + CELL_EDGES_S[:-1]) / 2
    attack = np.clip((ATTACK_END_S - time_s) / (0.5 * ATTACK_END_S), 0.0, 1.0)
    above = np.maximum(0.0, np.log2(BAND_HZ / TILT_FROM_HZ))
    out = np.outer(float(table.get("attack_tilt", 0.0)) * above, attack)
    out += np.outer(float(table.get("body_tilt", 0.0)) * above, 1.0 - attack)
    out += float(table.get("body_db", 0.0)) * (1.0 - attack)
    out += thump_db(float(table.get("thump_db", 0.0)))[:, None]
    return np.pad(out, ((0, ROW_COUNT - BAND_COUNT), (0, 0)))


def _numbers(fitted: dict[str, NDArray[Any]], name: str) -> FloatArray:
    numbers = np.asarray(fitted[name], dtype=np.float64)
    if numbers.shape[1:] != (ROW_COUNT, CELL_COUNT):
        raise ValueError(
            f"{name} must have shape (n, {ROW_COUNT}, {CELL_COUNT}), has {numbers.shape}"
        )
    return numbers


def _mixed(fitted: dict[str, NDArray[Any]], weights: dict[str, float]) -> FloatArray:
    mixed = np.zeros((1, ROW_COUNT, CELL_COUNT))
    for name, weight in weights.items():
        mixed[0] += weight * np.maximum(FLOOR_DB, _numbers(fitted, f"{name}/means").mean(axis=0))
    return mixed
