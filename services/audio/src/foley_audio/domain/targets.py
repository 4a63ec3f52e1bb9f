"""The powers of one step: its ground's table, moved, varied, stretched, shod and struck as the cue says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.cues import USUAL_STANCE_S
from foley_audio.domain.excitation import ForceBump
from foley_audio.domain.filterbank import (
    ATTACK_CELLS,
    BAND_COUNT,
    BAND_HZ,
    CELL_EDGES_S,
    FLOOR_DB,
    cell_times_s,
)
from foley_audio.domain.gaits import GAITS, SECOND_FOOT_S, amounts, gait_db, with_second_foot
from foley_audio.domain.materials import Material, Materials
from foley_audio.domain.shoes import shoe_db
from foley_audio.domain.types import FloatArray, StepSpec
from foley_audio.domain.wetness import wetted
from foley_common.footsteps import GaitKind
from foley_common.surfaces import Footwear, Surface, SurfaceGroup

# dB per octave from the softest to the hardest: harder hits are shorter, hence brighter; hand-set
TILT_DB_PER_STRENGTH = 1.6
STRENGTH_MIDDLE = 0.5
PIVOT_HZ = 1000.0  # tilts turn around this
DRIFT_SHARE = 0.5  # of the variance along a direction that neighbours share
# Of a longer stance, in octaves, so much does the sound follow: feet roll longer, bodies ring as they do.
STANCE_SHARE = 0.5
SHORTEST_S, LONGEST_S = 0.07, 0.9
MOSTLY = 0.5  # of a recorded movement's difference: more makes a step one of that kind
# A step begins to be heard about 20 dB under its loudest millisecond, which stands some 6 dB over its cell's mean.
# Of the loudest cell: how far below it the first moments may be. Where recordings are loose, not slow, they are let be.
FIRST_DB = 18.0
SWELLING_FIRST_DB = 11.0
FIRST_S, FIRST_FADE_S = 0.004, 0.012  # the first moments; what is added to them ends here
RECORDED_FOOTWEAR = Footwear.SNEAKER  # not stated by the recordings; see recipes/footwear.toml


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """What a step should be.

    Attributes:
        powers_db: shape ``(bands, cells)``.
        coincidence_db: How far the middle bands strike at once in the attack (`filterbank.together_db`), shape
            ``(ATTACK_CELLS,)``; None where nothing hard strikes: loose grounds, slides.
        duration_s: From the contact to the end.
    """

    powers_db: FloatArray
    coincidence_db: FloatArray | None
    duration_s: float

    @property
    def edges_s(self) -> FloatArray:
        """Of the time cells, shape ``(cells + 1,)``."""
        return cell_times_s(CELL_EDGES_S, self.duration_s)


def target_of(
    spec: StepSpec, materials: Materials, bumps: list[ForceBump], dice: np.random.Generator
) -> Target:
    """Powers and duration of one step.

    Args:
        spec: What it is.
        materials: Grounds and shoes.
        bumps: Its force; the second bump is the ball.
        dice: Of this step.
    """
    material = materials.grounds[spec.surface]
    gait = GAITS[spec.gait_kind]
    rows, octaves = _of_ground(spec, material, dice)
    swells = material.group is SurfaceGroup.LIQUID or gait.rise_s >= FIRST_FADE_S
    strikes = material.group is SurfaceGroup.SOLID and not swells
    table = rows[:BAND_COUNT]
    coincidence_db = rows[BAND_COUNT, :ATTACK_CELLS] if strikes else None
    duration_s = min(LONGEST_S, max(SHORTEST_S, 2.0**octaves))
    edges_s = cell_times_s(CELL_EDGES_S, duration_s)
    ball_s = bumps[1].time_s
    table += gait_db(spec.gait_kind, ball_s, edges_s)
    if gait.both_feet:
        table = with_second_foot(table, edges_s, float(dice.uniform(*SECOND_FOOT_S)))
    if spec.wet and spec.surface is not Surface.WATER:
        puddle = materials.grounds[Surface.WATER]
        table, duration_s = wetted(
            table,
            duration_s,
            group=material.group,
            puddle_db=puddle.means[0, :BAND_COUNT].astype(np.float64),
            puddle_s=2.0 ** float(puddle.means_octaves[0]),
            dice=dice,
        )
        edges_s = cell_times_s(CELL_EDGES_S, duration_s)
    loose = 1.0 if material.group is SurfaceGroup.SOLID else materials.loose
    plain = materials.shoes[RECORDED_FOOTWEAR]
    table += shoe_db(materials.shoes[spec.footwear], plain, ball_s, loose, edges_s)
    tilt = TILT_DB_PER_STRENGTH * (spec.strength - STRENGTH_MIDDLE)
    table += tilt * np.log2(BAND_HZ / PIVOT_HZ)[:, None]
    first_db = SWELLING_FIRST_DB if swells else FIRST_DB
    raised_db = raise_db(table, edges_s, first_db=first_db)
    table += raised_db
    if coincidence_db is not None and raised_db.any():
        # what is raised sounds by itself, and is not what thirds of an octave smear of what follows
        coincidence_db *= 1.0 - raised_db[:ATTACK_CELLS] / raised_db.max()
    return Target(np.maximum(table, FLOOR_DB), coincidence_db, duration_s)


def raise_db(table_db: FloatArray, edges_s: FloatArray, *, first_db: float) -> FloatArray:
    """What a step's first moments lack to be heard from its contact on, however slowly it swells, shape ``(cells,)``.

    Water and loose grounds are loudest tens of milliseconds after the foot touches them, and a slide swells: where what
    comes first cannot be heard beside that, the step seems late. The first moments keep their colour.

    Args:
        table_db: Powers of the step, shape ``(bands, cells)``.
        edges_s: Of its time cells, shape ``(cells + 1,)``.
        first_db: How far below the loudest cell the first moments may be.
    """
    time_s = (edges_s[1:] + edges_s[:-1]) / 2
    power = 10 * np.log10(np.sum(10 ** (table_db / 10), axis=0))
    first = (time_s > 0) & (time_s < FIRST_S)
    missing_db = max(0.0, power.max() - first_db - power[first].mean())
    fade = np.clip((FIRST_FADE_S - time_s) / (FIRST_FADE_S - FIRST_S), 0.0, 1.0)
    raised_db: FloatArray = missing_db * fade * (time_s > 0)
    return raised_db


def _of_ground(
    spec: StepSpec, material: Material, dice: np.random.Generator
) -> tuple[FloatArray, float]:
    """What the ground says of this movement, with the deviation of this step.

    Rows of a table in dB, shape ``(ROW_COUNT, cells)``, and log2 of the duration.
    """
    gait = GAITS[spec.gait_kind]
    floor = spec.floor % int(material.means.shape[0])
    table = material.means[floor].astype(np.float64)
    octaves = float(material.means_octaves[floor]) + gait.octaves
    moved = amounts(spec.gait_kind, dice)
    if not gait.own_duration:
        octaves += float(np.sum(moved * material.effects_octaves))
    takes = material.anchors[_alike(material, floor, spec.gait_kind)]
    fresh = dice.standard_normal(len(material.common))
    drift = np.zeros_like(fresh)
    drift[: len(spec.drift)] = spec.drift[: fresh.size]
    share = np.where(np.arange(fresh.size) < len(spec.drift), DRIFT_SHARE, 0.0)
    common = np.sqrt(1 - share) * fresh + np.sqrt(share) * drift
    # einsum, not BLAS: the same bytes for any number of threads
    table += np.einsum("i,ijk->jk", moved, material.effects)
    if len(takes) > 1:
        own = between_takes(takes, dice)
        table += np.einsum("i,ijk->jk", own, material.spread)
        octaves += float(np.sum(own * material.spread_octaves))
    else:  # how steps stray from one recording is not known: as others do from theirs
        two, weights = _two_of(len(material.strays), dice)
        table += np.einsum("i,ijk->jk", weights, material.strays[two])
        octaves += float(np.sum(weights * material.strays_octaves[two]))
    table += np.einsum("i,ijk->jk", common, material.common)
    octaves += float(np.sum(common * material.common_octaves))
    octaves += STANCE_SHARE * math.log2(spec.stance_time_s / USUAL_STANCE_S[spec.gait_kind])
    return table, octaves


def between_takes(takes: FloatArray, dice: np.random.Generator) -> FloatArray:
    """Deviation of a step from the mean: somewhere between two recordings of its kind, as large as theirs.

    What lies between two recordings is a step, what lies beyond them a guess.

    Args:
        takes: Deviations of the recordings, shape ``(n, directions)``.
        dice: Of this step.
    """
    two, weights = _two_of(len(takes), dice)
    mixed: FloatArray = np.einsum("i,ij->j", weights, takes[two])
    return mixed


def _two_of(count: int, dice: np.random.Generator) -> tuple[NDArray[np.int64], FloatArray]:
    """Places of two out of so many, maybe the same, and their weights, nearer to the first; shape ``(2,)`` each.

    Of two that have nothing in common the sum is as large as one.
    """
    two = dice.integers(count, size=2)
    share = float(dice.uniform(0.5, 1.0))
    size = 1.0 if two[0] == two[1] else math.hypot(share, 1 - share)
    return two, np.array([share, 1 - share]) / size


def _alike(material: Material, floor: int, gait_kind: GaitKind) -> NDArray[np.int64]:
    """Recordings of the floor and the movement; where there are none, of the floor."""
    shape = GAITS[gait_kind]
    shares = (shape.run, shape.wander, shape.land)
    effect = shares.index(max(shares)) if max(shares) > MOSTLY else -1
    of_floor = material.anchor_floors == floor
    both = np.flatnonzero(of_floor & (material.anchor_effects == effect))
    return both if both.size else np.flatnonzero(of_floor)
