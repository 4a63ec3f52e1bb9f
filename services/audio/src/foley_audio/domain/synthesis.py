"""One step, from its cue to its samples: force, excitation, and the ground's fitted powers imposed on it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import fft

from foley_audio.domain.aggregates import grain_spectrum
from foley_audio.domain.excitation import ForceBump, force_bumps, force_curve
from foley_audio.domain.filterbank import (
    BAND_HZ,
    CELL_CENTRE_S,
    ENGINE_RATE_HZ,
    FLOOR_DB,
    LEAD_SAMPLES,
    ComplexArray,
    bank_of,
    impose,
)
from foley_audio.domain.liquids import bubbles
from foley_audio.domain.materials import EFFECT_NAMES, Material, Materials, Shoe
from foley_audio.domain.solids import click_train, mode_responses
from foley_audio.domain.types import FloatArray, FootstepCue, Placement, StepSound, StepSpec
from foley_common.footsteps import GaitKind
from foley_common.surfaces import Surface, SurfaceGroup

LENGTHS = (
    24_576,
    36_864,
    49_152,
)  # 0.51, 0.77 and 1.02 s; 2^13 times 3, 4.5 and 6, quick to transform
TAIL_S = 0.03  # the end of a step fades over this
ONSET_S = 0.0015  # what low bands smear before the contact is faded in over this
STEP_PEAK = 0.25  # a medium step on concrete peaks near this; the mix sets levels later
LEVEL_DB_PER_STRENGTH = 14.0  # from the softest to the hardest step; hand-set
TILT_DB_PER_STRENGTH = (
    1.6  # dB per octave from the softest to the hardest: harder hits are brighter; hand-set
)
STRENGTH_MIDDLE = 0.5
DRIFT_SHARE = 0.5  # of the variance along a direction that neighbours share
USUAL_STANCE_S = 0.66
MOST_WARP = 1.25
WET_DB = -8.0
_LN10_20 = math.log(10) / 20


class Synthesizer:
    """Makes steps. The same spec gives the same samples, always and everywhere in a programme."""

    def __init__(self, materials: Materials) -> None:
        self._materials = materials

    def voice(self, sample_rate_hz: int) -> Callable[[FootstepCue], StepSound]:
        """What a mix asks for the sound of a cue."""
        return lambda cue: self.step(
            cue.spec, sample_rate_hz=sample_rate_hz, placement=cue.placement
        )

    def step(
        self,
        spec: StepSpec,
        *,
        sample_rate_hz: int = ENGINE_RATE_HZ,
        placement: Placement | None = None,
    ) -> StepSound:
        """The sound of one step.

        Args:
            spec: What it is.
            sample_rate_hz: A multiple of the engine's 48 kHz.
            placement: For level and colour of the distance; None for close by.
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
        target = self._target(spec, material, shoe, bumps, dice)
        if placement is not None:
            target = (
                target
                + placement.tilt_db_per_octave * np.maximum(0, np.log2(BAND_HZ / 1000.0))[:, None]
            )
        length = next(
            (n for n in LENGTHS if n >= MOST_WARP * material.duration_s * ENGINE_RATE_HZ),
            LENGTHS[-1],
        )
        bank = bank_of(length)
        shaped = impose(bank, bank.split(_excitation(spec, material, bumps, length, dice)), target)
        sound = fft.irfft(bank.join(shaped), length * factor) * factor
        level_db = (
            material.level_db
            + shoe.level_db
            + LEVEL_DB_PER_STRENGTH * (spec.strength - STRENGTH_MIDDLE)
            + (placement.gain_db if placement else 0.0)
        )
        return _finished(sound, level_db, factor)

    def _target(
        self,
        spec: StepSpec,
        material: Material,
        shoe: Shoe,
        bumps: list[ForceBump],
        dice: np.random.Generator,
    ) -> FloatArray:
        """Powers of this step in dB, shape ``(bands, cells)``."""
        floor = spec.floor % material.means.shape[0]
        table = material.means[floor].astype(np.float64)
        for name, amount in _effects_of(spec, dice).items():
            table += amount * material.effects[EFFECT_NAMES.index(name)]
        for i, direction in enumerate(material.spread):
            fresh = float(dice.standard_normal())
            shared = spec.drift[i] if i < len(spec.drift) else 0.0
            share = DRIFT_SHARE if i < len(spec.drift) else 0.0
            table += (math.sqrt(1 - share) * fresh + math.sqrt(share) * shared) * direction
        if spec.wet and spec.surface is not Surface.WATER:
            splash = self._materials.grounds[Surface.WATER].means[0] + WET_DB
            table = 10 * np.log10(10 ** (table / 10) + 10 ** (splash.astype(np.float64) / 10))
        if spec.gait_kind is GaitKind.WALK:
            table = _warped(
                table, min(MOST_WARP, max(1 / MOST_WARP, spec.stance_time_s / USUAL_STANCE_S))
            )
        loose = 1.0 if material.group is SurfaceGroup.SOLID else self._materials.loose
        table += _shoe_db(shoe, bumps, loose)
        table += (
            TILT_DB_PER_STRENGTH
            * (spec.strength - STRENGTH_MIDDLE)
            * np.log2(BAND_HZ / 1000.0)[:, None]
        )
        return np.maximum(table, FLOOR_DB)


def _effects_of(spec: StepSpec, dice: np.random.Generator) -> dict[str, float]:
    """How much of each recorded difference a step has. A walk is never quite a walk: people hurry and dawdle."""
    wobble = 0.25 * dice.standard_normal(2)
    if spec.gait_kind is GaitKind.RUN:
        return {"run": 1.0 + float(wobble[0])}
    if spec.gait_kind is GaitKind.LANDING:
        return {"land": 0.8 + float(wobble[0])}
    if spec.gait_kind in (GaitKind.TURN, GaitKind.STOP, GaitKind.SCUFF):
        return {"wander": 0.8 + float(wobble[0])}
    return {"run": max(0.0, float(wobble[0])), "wander": max(0.0, float(wobble[1]))}


def _excitation(
    spec: StepSpec,
    material: Material,
    bumps: list[ForceBump],
    length: int,
    dice: np.random.Generator,
) -> ComplexArray:
    """Spectrum of what is shaped: clicks and what they ring, grains, friction, bubbles."""
    recipe = material.excitation
    time_s = (np.arange(length) - LEAD_SAMPLES) / ENGINE_RATE_HZ
    plain = 1e-3 * dice.standard_normal(length)
    force = force_curve(bumps, time_s)
    if recipe.noise:
        plain += 0.02 * recipe.noise * force * dice.standard_normal(length)
    if recipe.bubbles:
        plain += 0.3 * bubbles(recipe.bubbles, length, dice)
    clicks = recipe.click * click_train(bumps, length, dice)
    spectrum = fft.rfft(np.stack([plain, clicks]).astype(np.float32), axis=1)
    total = spectrum[0] + spectrum[1]
    modes = mode_responses(spec.surface, spec.floor, length) if recipe.modes else None
    if modes is not None:
        gains = (recipe.modes * 3.0 * dice.standard_normal(modes.shape[0])).astype(np.complex64)
        total = total + spectrum[1] * (gains @ modes)
    if recipe.grit:
        total = total + 0.1 * recipe.grit * grain_spectrum(
            force, recipe.grain_rate, recipe.grain_power, dice
        )
    return total.astype(np.complex64)


def _warped(table: FloatArray, factor: float) -> FloatArray:
    """The table with everything after the attack stretched in time."""
    if abs(factor - 1.0) < 1e-3:
        return table
    attack_s = 0.03
    source_s = np.where(
        attack_s < CELL_CENTRE_S, attack_s + (CELL_CENTRE_S - attack_s) / factor, CELL_CENTRE_S
    )
    return np.array([np.interp(source_s, CELL_CENTRE_S, row) for row in table])


def _shoe_db(shoe: Shoe, bumps: list[ForceBump], loose: float) -> FloatArray:
    """What the shoe adds, in dB, shape ``(bands, cells)``."""
    attack = np.clip(1.0 - (CELL_CENTRE_S - 0.02) / 0.02, 0.0, 1.0)
    above = np.maximum(0.0, np.log2(BAND_HZ / 500.0))
    tone = np.exp(-0.5 * (np.log2(BAND_HZ / shoe.tone_hz) / shoe.tone_octaves) ** 2)
    out = np.outer(shoe.attack_tilt * above + shoe.tone_db * tone, attack)
    out += np.outer(shoe.body_tilt * above, 1.0 - attack)
    out += shoe.thump_db / (1.0 + (BAND_HZ / 160.0) ** 4)[:, None]
    ball_s = bumps[1].time_s if len(bumps) > 1 else 0.1
    after = np.clip((CELL_CENTRE_S - ball_s + 0.01) / 0.02, 0.0, 1.0)
    out += shoe.ball_db * after[None, :]
    near = np.exp(-0.5 * ((CELL_CENTRE_S - ball_s) / 0.02) ** 2)
    out += np.outer(shoe.slap_db * (BAND_HZ > 1000.0), near)
    return loose * out


def _finished(sound: FloatArray, level_db: float, factor: int) -> StepSound:
    """Levelled, silent before the contact but for a short fade, faded at the end, without a constant."""
    rate = ENGINE_RATE_HZ * factor
    contact = LEAD_SAMPLES * factor
    rise = round(ONSET_S * rate)
    sound[: contact - rise] = 0.0
    sound[contact - rise : contact] *= np.linspace(0, 1, rise, endpoint=False) ** 2
    tail = round(TAIL_S * rate)
    loud = np.flatnonzero(np.abs(sound) > 1e-4 * np.abs(sound).max())
    end = min(sound.size, int(loud[-1]) + tail) if loud.size else sound.size
    sound = sound[:end]
    sound[-tail:] *= np.linspace(1, 0, tail) ** 2
    gain = STEP_PEAK * 10 * math.exp(level_db * _LN10_20)
    return StepSound((gain * sound).astype(np.float32), contact)
