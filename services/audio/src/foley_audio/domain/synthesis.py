"""One step, from its cue to its samples: force, excitation, and the ground's fitted powers imposed on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.aggregates import grain_spectrum
from foley_audio.domain.cues import USUAL_STANCE_S
from foley_audio.domain.excitation import ForceBump, force_bumps, force_curve
from foley_audio.domain.filterbank import (
    BAND_HZ,
    CELL_EDGES_S,
    ENGINE_RATE_HZ,
    FLOOR_DB,
    LEAD_SAMPLES,
    bank_of,
    cell_times_s,
    impose,
)
from foley_audio.domain.liquids import bubbles
from foley_audio.domain.materials import EFFECT_NAMES, Material, Materials, Shoe
from foley_audio.domain.solids import Body, click_train
from foley_audio.domain.transforms import irfft, rfft
from foley_audio.domain.types import (
    ComplexArray,
    FloatArray,
    FootstepCue,
    StepSound,
    StepSpec,
)
from foley_common.footsteps import GaitKind
from foley_common.surfaces import Surface, SurfaceGroup

# 0.51, 0.77 and 1.02 s: 2^13 times 3, 4.5 and 6, quick to transform.
LENGTHS = (24_576, 36_864, 49_152)
TAIL_S = 0.03  # the end of a step fades over this
ONSET_S = 0.001  # what low bands smear before the contact is faded in over this
STEP_SCALE = (
    0.4  # amplitude of a step of unit energy at 0 dB; head-room for the hardest steps of a bank
)
LEVEL_KEPT = 0.5  # of a step's own deviation from its ground's level; the strength says the rest
HIGHEST_PEAK = 0.9  # of full scale: no step clips, however hard
MOST_LEVEL_DB = 6.0  # a deviation beyond this is a draw from nowhere
RUMBLE_HZ = (15.0, 40.0)  # from nothing to everything
INAUDIBLE = 1e-4  # −80 dB: a step ends when nothing louder follows
LEVEL_DB_PER_STRENGTH = 14.0  # from the softest to the hardest step; hand-set
TILT_DB_PER_STRENGTH = (
    1.6  # dB per octave from the softest to the hardest: harder hits are brighter; hand-set
)
STRENGTH_MIDDLE = 0.5
DRIFT_SHARE = 0.5  # of the variance along a direction that neighbours share
ANCHORED = (
    0.92  # smoothed bootstrap: a step stands so near to one recording's deviation, the rest is free
)
STANCE_SHARE = 0.5  # of a longer stance, in octaves, that the sound follows; feet roll longer, bodies ring as they do
SHORTEST_S, LONGEST_S = 0.07, 0.9
OVERHANG = 1.15  # the table goes on so far beyond the duration
WET_DB = -8.0  # splash of a puddle on a ground that is only wet; hand-set
# How much of the recordings of wandering, which are mostly soles that turn and scrape; hand-set.
SCRAPE = {GaitKind.SCUFF: 1.0, GaitKind.TURN: 0.7, GaitKind.STOP: 0.2}
WOBBLE = 0.1  # of a recorded difference between ways of walking, from step to step; hand-set
FLOOR_NOISE = 1e-3  # so that no cell is empty
FRICTION = 0.02  # scales of the excitation's parts, so that weights near 1 mean about equal power
BUBBLES = 0.3
GRAINS = 0.1
_LN10_20 = math.log(10) / 20


class Synthesizer:
    """Makes steps. The same spec gives the same samples, always and everywhere in a programme."""

    def __init__(self, materials: Materials) -> None:
        self._materials = materials
        self._bodies: dict[tuple[Surface, int, int], Body] = {}

    def voice(self, sample_rate_hz: int) -> Callable[[FootstepCue], StepSound]:
        """What a mix asks for the sound of a cue."""
        return lambda cue: self.step(cue.spec, sample_rate_hz=sample_rate_hz)

    def step(
        self,
        spec: StepSpec,
        *,
        sample_rate_hz: int = ENGINE_RATE_HZ,
    ) -> StepSound:
        """The sound of one step.

        Args:
            spec: What it is.
            sample_rate_hz: A multiple of the engine's 48 kHz.
        """
        factor, rest = divmod(sample_rate_hz, ENGINE_RATE_HZ)
        if rest or factor < 1:
            raise ValueError(
                f"sample_rate_hz must be a multiple of {ENGINE_RATE_HZ}, got {sample_rate_hz}"
            )
        material = self._materials.grounds[spec.surface]
        shoe = self._materials.shoes[spec.footwear]
        dice = np.random.default_rng(spec.seed)
        bumps = force_bumps(spec, dice)
        target, duration_s = self._target(spec, material, shoe, bumps, dice)
        needed = LEAD_SAMPLES + ENGINE_RATE_HZ * (duration_s * OVERHANG + TAIL_S)
        length = next((n for n in LENGTHS if n >= needed), LENGTHS[-1])
        bank = bank_of(length)
        excitation = self._excitation(spec, material, bumps, length, dice)
        shaped = impose(bank, bank.split(excitation), target, duration_s=duration_s)
        sound = irfft(bank.join(shaped) * _above_rumble(length), length * factor) * factor
        level_db = (
            material.level_db
            + shoe.level_db
            + LEVEL_DB_PER_STRENGTH * (spec.strength - STRENGTH_MIDDLE)
        )
        return _finished(sound, level_db, factor)

    def _target(
        self,
        spec: StepSpec,
        material: Material,
        shoe: Shoe,
        bumps: list[ForceBump],
        dice: np.random.Generator,
    ) -> tuple[FloatArray, float]:
        """Powers of this step in dB, shape ``(bands, cells)``, and its duration in seconds."""
        floor = spec.floor % int(material.means.shape[0])
        table = material.means[floor].astype(np.float64)
        octaves = float(material.means_octaves[floor])
        for name, amount in _effects_of(spec, dice).items():
            index = EFFECT_NAMES.index(name)
            table += amount * material.effects[index]
            octaves += amount * float(material.effects_octaves[index])
        anchor = material.anchors[int(dice.integers(int(material.anchors.shape[0])))]
        for i, direction in enumerate(material.spread):
            fresh = float(dice.standard_normal())
            shared = spec.drift[i] if i < len(spec.drift) else 0.0
            share = DRIFT_SHARE if i < len(spec.drift) else 0.0
            free = math.sqrt(1 - share) * fresh + math.sqrt(share) * shared
            amount = ANCHORED * float(anchor[i]) + math.sqrt(1 - ANCHORED**2) * free
            table += amount * direction
            octaves += amount * float(material.spread_octaves[i])
        if spec.gait_kind in USUAL_STANCE_S:
            octaves += STANCE_SHARE * math.log2(spec.stance_time_s / USUAL_STANCE_S[spec.gait_kind])
        duration_s = min(LONGEST_S, max(SHORTEST_S, 2.0**octaves))
        if spec.wet and spec.surface is not Surface.WATER:
            splash = self._materials.grounds[Surface.WATER].means[0] + WET_DB
            table = 10 * np.log10(10 ** (table / 10) + 10 ** (splash.astype(np.float64) / 10))
        loose = 1.0 if material.group is SurfaceGroup.SOLID else self._materials.loose
        edges_s = cell_times_s(CELL_EDGES_S, duration_s)
        table += _shoe_db(shoe, bumps, loose, (edges_s[1:] + edges_s[:-1]) / 2)
        table += (
            TILT_DB_PER_STRENGTH
            * (spec.strength - STRENGTH_MIDDLE)
            * np.log2(BAND_HZ / 1000.0)[:, None]
        )
        return np.maximum(table, FLOOR_DB), duration_s

    def _excitation(
        self,
        spec: StepSpec,
        material: Material,
        bumps: list[ForceBump],
        length: int,
        dice: np.random.Generator,
    ) -> ComplexArray:
        """Spectrum of what is shaped: clicks and what they ring, grains, friction, bubbles."""
        recipe = material.excitation
        time_s = (np.arange(length) - LEAD_SAMPLES) / ENGINE_RATE_HZ
        force = force_curve(bumps, time_s)
        plain = (FLOOR_NOISE + FRICTION * recipe.noise * force) * dice.standard_normal(length)
        if recipe.bubbles:
            plain += BUBBLES * bubbles(recipe.bubbles, length, dice)
        clicks = recipe.click * click_train(bumps, length, dice)
        spectrum = rfft(np.stack([plain, clicks]).astype(np.float32))
        total = spectrum[0] + spectrum[1]
        if recipe.grit:
            grains = grain_spectrum(force, recipe.grain_rate, recipe.grain_power, dice)
            total = total + GRAINS * recipe.grit * grains
        if recipe.modes:
            total = total + self._body(spec, material, length).ring(total, recipe.modes, dice)
        return total.astype(np.complex64)

    def _body(self, spec: StepSpec, material: Material, length: int) -> Body:
        floor = spec.floor % material.modes.shape[0]
        key = (spec.surface, floor, length)
        if key not in self._bodies:
            self._bodies[key] = Body(material.modes[floor], length)
        return self._bodies[key]


def _effects_of(spec: StepSpec, dice: np.random.Generator) -> dict[str, float]:
    """How much of each recorded difference a step has. A walk is never quite a walk: people hurry a little."""
    wobble = WOBBLE * float(dice.standard_normal())
    if spec.gait_kind is GaitKind.RUN:
        return {"run": 1.0 + wobble}
    if spec.gait_kind is GaitKind.LANDING:
        return {"land": 1.0 + wobble}
    if spec.gait_kind in SCRAPE:
        return {"wander": SCRAPE[spec.gait_kind] * (1.0 + wobble)}
    return {"run": max(0.0, wobble)}


def _shoe_db(shoe: Shoe, bumps: list[ForceBump], loose: float, time_s: FloatArray) -> FloatArray:
    """What the shoe adds, in dB, shape ``(bands, cells)``."""
    attack = np.clip(1.0 - (time_s - 0.02) / 0.02, 0.0, 1.0)
    above = np.maximum(0.0, np.log2(BAND_HZ / 500.0))
    tone = np.exp(-0.5 * (np.log2(BAND_HZ / shoe.tone_hz) / shoe.tone_octaves) ** 2)
    out = np.outer(shoe.attack_tilt * above + shoe.tone_db * tone, attack)
    out += np.outer(shoe.body_tilt * above, 1.0 - attack)
    out += shoe.thump_db / (1.0 + (BAND_HZ / 160.0) ** 4)[:, None]
    ball_s = bumps[1].time_s if len(bumps) > 1 else 0.1
    after = np.clip((time_s - ball_s + 0.01) / 0.02, 0.0, 1.0)
    out += shoe.ball_db * after[None, :]
    near = np.exp(-0.5 * ((time_s - ball_s) / 0.02) ** 2)
    out += np.outer(shoe.slap_db * (BAND_HZ > 1000.0), near)
    return loose * out


@lru_cache(maxsize=len(LENGTHS))
def _above_rumble(length: int) -> NDArray[np.float32]:
    """Gain per bin that leaves out what no loudspeaker gives back, shape ``(length // 2 + 1,)``."""
    hz = np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ)
    low, high = RUMBLE_HZ
    return (np.clip((hz - low) / (high - low), 0.0, 1.0) ** 2).astype(np.float32)


def _finished(sound: FloatArray, level_db: float, factor: int) -> StepSound:
    """Levelled, with no more than a short rise before the contact, faded at the end, without a constant."""
    rate = ENGINE_RATE_HZ * factor
    contact = LEAD_SAMPLES * factor
    rise, tail = round(ONSET_S * rate), round(TAIL_S * rate)
    sound, contact = sound[contact - rise :], rise
    sound[:rise] *= np.linspace(0, 1, rise, endpoint=False) ** 2
    loud = np.flatnonzero(np.abs(sound) > INAUDIBLE * np.abs(sound).max())
    end = min(sound.size, int(loud[-1]) + tail) if loud.size else sound.size
    sound = sound[:end]
    sound[-tail:] *= np.linspace(1, 0, tail) ** 2
    hump = np.sin(np.linspace(0, np.pi, sound.size - contact)) ** 2
    sound[contact:] -= sound.sum() / hump.sum() * hump
    own_db = 10 * math.log10(float(np.sum(sound**2)) / factor + 1e-12)
    level_db += LEVEL_KEPT * min(MOST_LEVEL_DB, max(-MOST_LEVEL_DB, own_db)) - own_db
    gain = STEP_SCALE * math.exp(level_db * _LN10_20)
    gain = min(gain, HIGHEST_PEAK / (float(np.abs(sound).max()) + 1e-12))
    return StepSound((gain * sound).astype(np.float32), contact)
