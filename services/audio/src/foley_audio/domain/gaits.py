"""What the way of moving changes: how much of each recorded difference, and what no recording shows.

The recordings know running, wandering (soles that turn and scrape) and landing. Running shortens a step, hardens its
attack and leaves one bump of two; wandering softens the attack and rubs on behind it; landing is heavy below 200 Hz and
dies away sooner. The other kinds are made of these three and of the hand-set rest below, each with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foley_audio.domain.filterbank import ATTACK_END_S, BAND_HZ, thump_db
from foley_audio.domain.types import FloatArray
from foley_common.footsteps import GaitKind

WOBBLE = 0.1  # of a recorded difference, from step to step; hand-set
SOFT_START_DB = -24.0  # where a soft onset begins
FRICTION_FROM_HZ = 800.0
BODY_FADE_S = 0.02  # between the attack and what comes behind it
PUSH_OFF = 0.6  # of a step's duration: later is push-off
SECOND_FOOT_S = (0.008, 0.035)  # people do not land on both feet at once
SECOND_FOOT_DB = -2.0  # one leg takes more


@dataclass(frozen=True, slots=True)
class GaitShape:
    """What one way of moving changes; dB, and factors of the excitation.

    Attributes:
        run, wander, land: Amounts of the recorded differences.
        level_db: Of the whole step at the same strength.
        octaves: Of its duration.
        own_duration: The recorded differences do not change its duration: short recordings of soles that turn say
            nothing about a long slide.
        attack_db: In the first 30 ms.
        rise_s: The onset is spread over this; 0 keeps the floor's own.
        thump_db: Of the thump (`filterbank.thump_db`).
        roll_db: From the ball's landing on.
        push_off_db: In the last part of the step.
        friction_db: Above `FRICTION_FROM_HZ` behind the attack.
        click, noise: Factors of the excitation's clicks and friction.
        both_feet: Two feet land, the second a little later.
    """

    run: float = 0.0
    wander: float = 0.0
    land: float = 0.0
    level_db: float = 0.0
    octaves: float = 0.0
    own_duration: bool = False
    attack_db: float = 0.0
    rise_s: float = 0.0
    thump_db: float = 0.0
    roll_db: float = 0.0
    push_off_db: float = 0.0
    friction_db: float = 0.0
    click: float = 1.0
    noise: float = 1.0
    both_feet: bool = False


GAITS: dict[GaitKind, GaitShape] = {
    GaitKind.WALK: GaitShape(),
    # ground forces of 2 to 3 body weights against 1.1 in walking: 2 dB on top of what the strength says
    GaitKind.RUN: GaitShape(run=1.0, level_db=2.0, roll_db=-2.0),
    # the sole rubs along instead of striking; sliding lasts longer than a landing
    GaitKind.SCUFF: GaitShape(
        wander=1.0,
        level_db=-2.0,
        octaves=0.4,
        own_duration=True,
        attack_db=-3.0,
        rise_s=0.06,
        thump_db=-6.0,
        friction_db=5.0,
        click=0.15,
        noise=3.0,
    ),
    # the last step is set down, not through: soft, and nothing pushes off
    GaitKind.STOP: GaitShape(
        level_db=-3.0, octaves=-0.1, attack_db=-1.5, rise_s=0.002, push_off_db=-18.0
    ),
    GaitKind.LANDING: GaitShape(land=1.0, level_db=5.0, octaves=0.1, thump_db=4.0, both_feet=True),
    # a sole that turns under load is what the recordings' wandering mostly is
    GaitKind.TURN: GaitShape(wander=1.0),
    # whole foot or ball first, no roll from heel to toe
    GaitKind.STAIRS: GaitShape(run=0.4, roll_db=-3.0, thump_db=1.0),
}


def amounts(gait_kind: GaitKind, dice: np.random.Generator) -> FloatArray:
    """How much of running, wandering and landing a step has, shape ``(3,)``.

    No step is quite of its kind: a walk hurries a little, a run not fully.
    """
    shape = GAITS[gait_kind]
    wobble = WOBBLE * float(dice.standard_normal())
    parts = np.array([shape.run, shape.wander, shape.land])
    if not parts.any():
        return np.array([max(0.0, wobble), 0.0, 0.0])
    return parts * (1.0 + wobble)


def gait_db(gait_kind: GaitKind, ball_s: float, edges_s: FloatArray) -> FloatArray:
    """What a way of moving adds beyond the recorded differences, in dB, shape ``(bands, cells)``.

    Args:
        gait_kind: The way of moving.
        ball_s: When the ball lands, seconds from the contact.
        edges_s: Of the time cells, shape ``(cells + 1,)``.
    """
    shape = GAITS[gait_kind]
    time_s = (edges_s[1:] + edges_s[:-1]) / 2
    attack = np.clip(1.0 - (time_s - ATTACK_END_S) / BODY_FADE_S, 0.0, 1.0)
    friction = shape.friction_db * np.clip(np.log2(BAND_HZ / FRICTION_FROM_HZ) + 0.5, 0.0, 1.0)
    out = np.outer(friction, 1.0 - attack) + shape.attack_db * attack[None, :]
    out += thump_db(shape.thump_db)[:, None]
    if shape.rise_s:
        out += SOFT_START_DB * np.clip(1.0 - np.maximum(0.0, time_s) / shape.rise_s, 0.0, 1.0)
    out += shape.roll_db * np.clip((time_s - ball_s) / BODY_FADE_S, 0.0, 1.0)
    leaves_s = PUSH_OFF * edges_s[-1]
    out += shape.push_off_db * np.clip((time_s - leaves_s) / (edges_s[-1] - leaves_s), 0.0, 1.0)
    return out


def with_second_foot(table_db: FloatArray, edges_s: FloatArray, later_s: float) -> FloatArray:
    """The powers of two feet that land one shortly after the other, shape ``(bands, cells)``."""
    time_s = (edges_s[1:] + edges_s[:-1]) / 2
    second = np.empty_like(table_db)
    for band in range(len(table_db)):
        second[band] = np.interp(time_s - later_s, time_s, table_db[band])
    return 10 * np.log10(10 ** (table_db / 10) + 10 ** ((second + SECOND_FOOT_DB) / 10))
