"""One step, from its cue to its samples: force, excitation, and the ground's fitted powers imposed on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
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
from foley_audio.domain.gaits import GAITS, SECOND_FOOT_S, amounts, gait_db, with_second_foot
from foley_audio.domain.liquids import bubbles
from foley_audio.domain.materials import Material, Materials
from foley_audio.domain.shoes import Shoe, shoe_db
from foley_audio.domain.solids import Body, Strike, click_train, strikes_of
from foley_audio.domain.transforms import irfft, rfft
from foley_audio.domain.types import (
    ComplexArray,
    FloatArray,
    FootstepCue,
    Placement,
    StepSound,
    StepSpec,
)
from foley_common.surfaces import Footwear, Surface, SurfaceGroup

# 0.51, 0.77 and 1.02 s: 2^13 times 3, 4.5 and 6, quick to transform.
LENGTHS = (24_576, 36_864, 49_152)
TAIL_S = 0.03  # the end of a step fades over this
ONSET_S = 0.004  # the approach before the contact, faded in over this
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
OVERHANG = 1.1  # the table goes on so far beyond the duration
RECORDED_FOOTWEAR = Footwear.SNEAKER  # not stated by the recordings; see recipes/footwear.toml
WET_DB = -8.0  # splash of a puddle on a ground that is only wet; hand-set
FLOOR_NOISE = 1e-3  # so that no cell is empty
FRICTION = 0.02  # scales of the excitation's parts, so that weights near 1 mean about equal power
BUBBLES = 0.3
GRAINS = 0.1
TILT_PIVOT_HZ = 2000.0
TILT_RANGE_HZ = (125.0, 16_000.0)
_LN10_20 = math.log(10) / 20


@dataclass(frozen=True, slots=True)
class _Touch:
    """When a foot presses, and when something strikes."""

    bumps: list[ForceBump]
    strikes: list[Strike]


class Synthesizer:
    """Makes steps. The same spec gives the same samples, always and everywhere in a programme."""

    def __init__(self, materials: Materials) -> None:
        self._materials = materials
        self._bodies: dict[tuple[Surface, int, int], Body] = {}

    def floor_count(self, surface: Surface) -> int:
        """How many floors a surface has; a spec's ``floor`` counts modulo this."""
        return int(self._materials.grounds[surface].means.shape[0])

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
        target, duration_s = self._target(spec, material, shoe, bumps, dice)
        if placement is not None:
            target = (
                target
                + placement.tilt_db_per_octave * np.maximum(0, np.log2(BAND_HZ / 1000.0))[:, None]
            )
        needed = LEAD_SAMPLES + ENGINE_RATE_HZ * (duration_s * OVERHANG + TAIL_S)
        length = next((n for n in LENGTHS if n >= needed), LENGTHS[-1])
        bank = bank_of(length)
        strikes = strikes_of(target, cell_times_s(CELL_EDGES_S, duration_s), dice)
        excitation = self._excitation(spec, _Touch(bumps, strikes), length, dice)
        shaped = impose(bank, excitation, target, duration_s=duration_s)
        sound = irfft(shaped * _above_rumble(length), length * factor) * factor
        level_db = (
            material.level_db
            + shoe.level_db
            + GAITS[spec.gait_kind].level_db
            + LEVEL_DB_PER_STRENGTH * (spec.strength - STRENGTH_MIDDLE)
            + (placement.gain_db if placement else 0.0)
        )
        return _finished(sound, level_db, factor, duration_s)

    def _target(
        self,
        spec: StepSpec,
        material: Material,
        shoe: Shoe,
        bumps: list[ForceBump],
        dice: np.random.Generator,
    ) -> tuple[FloatArray, float]:
        """Powers of this step in dB, shape ``(bands, cells)``, and its duration in seconds."""
        gait = GAITS[spec.gait_kind]
        floor = spec.floor % int(material.means.shape[0])
        table = material.means[floor].astype(np.float64)
        octaves = float(material.means_octaves[floor])
        moved = amounts(spec.gait_kind, dice)
        table += np.einsum("i,ijk->jk", moved, material.effects)
        octaves += gait.octaves
        if not gait.own_duration:
            octaves += float(np.sum(moved * material.effects_octaves))
        anchor = material.anchors[int(dice.integers(int(material.anchors.shape[0])))]
        free = dice.standard_normal(len(material.spread))
        own = ANCHORED * anchor + math.sqrt(1 - ANCHORED**2) * free
        fresh = dice.standard_normal(len(material.common))
        drift = np.zeros_like(fresh)
        drift[: len(spec.drift)] = spec.drift[: fresh.size]
        share = np.where(np.arange(fresh.size) < len(spec.drift), DRIFT_SHARE, 0.0)
        common = np.sqrt(1 - share) * fresh + np.sqrt(share) * drift
        # einsum, not BLAS: the same bytes for any number of threads
        table += np.einsum("i,ijk->jk", own, material.spread)
        table += np.einsum("i,ijk->jk", common, material.common)
        octaves += float(np.sum(own * material.spread_octaves))
        octaves += float(np.sum(common * material.common_octaves))
        if spec.gait_kind in USUAL_STANCE_S:
            octaves += STANCE_SHARE * math.log2(spec.stance_time_s / USUAL_STANCE_S[spec.gait_kind])
        duration_s = min(LONGEST_S, max(SHORTEST_S, 2.0**octaves))
        edges_s = cell_times_s(CELL_EDGES_S, duration_s)
        ball_s = bumps[1].time_s
        table += gait_db(spec.gait_kind, ball_s, edges_s)
        if gait.both_feet:
            table = with_second_foot(table, edges_s, float(dice.uniform(*SECOND_FOOT_S)))
        if spec.wet and spec.surface is not Surface.WATER:
            splash = self._materials.grounds[Surface.WATER].means[0] + WET_DB
            table = 10 * np.log10(10 ** (table / 10) + 10 ** (splash.astype(np.float64) / 10))
        loose = 1.0 if material.group is SurfaceGroup.SOLID else self._materials.loose
        plain = self._materials.shoes[RECORDED_FOOTWEAR]
        table += shoe_db(shoe, plain, ball_s, loose, edges_s)
        table += (
            TILT_DB_PER_STRENGTH
            * (spec.strength - STRENGTH_MIDDLE)
            * np.log2(BAND_HZ / 1000.0)[:, None]
        )
        return np.maximum(table, FLOOR_DB), duration_s

    def _excitation(
        self, spec: StepSpec, touch: _Touch, length: int, dice: np.random.Generator
    ) -> ComplexArray:
        """Spectrum of what is shaped: clicks and what they ring, grains, friction, bubbles."""
        material = self._materials.grounds[spec.surface]
        recipe = material.excitation
        gait = GAITS[spec.gait_kind]
        time_s = (np.arange(length) - LEAD_SAMPLES) / ENGINE_RATE_HZ
        force = force_curve(touch.bumps, time_s)
        plain = (FLOOR_NOISE + FRICTION * gait.noise * recipe.noise * force) * dice.standard_normal(
            length
        )
        if recipe.bubbles:
            plain += BUBBLES * bubbles(recipe.bubbles, length, dice)
        pulse_s = touch.bumps[0].pulse_s
        clicks = click_train(touch.strikes, pulse_s, recipe.touches, length, dice)
        spectrum = rfft(np.stack([plain, clicks]).astype(np.float32))
        # the air hears something between a force and its change: one turn of phase for all pitches
        turn = gait.click * recipe.click * np.exp(2j * np.pi * float(dice.random()))
        total = spectrum[0] + turn * _tilted(length, recipe.click_tilt) * spectrum[1]
        if recipe.grit:
            grains = grain_spectrum(force, recipe.grain_rate, recipe.grain_power, dice)
            total = total + GRAINS * recipe.grit * _tilted(length, recipe.grit_tilt) * grains
        if recipe.modes:
            total = total + self._body(spec, material, length).ring(total, recipe.modes, dice)
        return total.astype(np.complex64)

    def _body(self, spec: StepSpec, material: Material, length: int) -> Body:
        floor = spec.floor % material.modes.shape[0]
        key = (spec.surface, floor, length)
        if key not in self._bodies:
            self._bodies[key] = Body(material.modes[floor], length)
        return self._bodies[key]


@lru_cache(maxsize=128)
def _tilted(length: int, db_per_octave: float) -> NDArray[np.float32]:
    """Gain per bin, shape ``(length // 2 + 1,)``: 1 at `TILT_PIVOT_HZ`, sloping over `TILT_RANGE_HZ`."""
    hz = np.clip(np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ), *TILT_RANGE_HZ)
    return (10 ** (db_per_octave * np.log2(hz / TILT_PIVOT_HZ) / 20)).astype(np.float32)


@lru_cache(maxsize=len(LENGTHS))
def _above_rumble(length: int) -> NDArray[np.float32]:
    """Gain per bin that leaves out what no loudspeaker gives back, shape ``(length // 2 + 1,)``."""
    hz = np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ)
    low, high = RUMBLE_HZ
    return (np.clip((hz - low) / (high - low), 0.0, 1.0) ** 2).astype(np.float32)


def _finished(sound: FloatArray, level_db: float, factor: int, duration_s: float) -> StepSound:
    """Levelled, with no more than a short rise before the contact, faded at the end, without a constant."""
    rate = ENGINE_RATE_HZ * factor
    contact = LEAD_SAMPLES * factor
    rise, tail = round(ONSET_S * rate), round(TAIL_S * rate)
    sound, contact = sound[contact - rise :], rise
    sound[:rise] *= np.linspace(0, 1, rise, endpoint=False) ** 2
    end = min(sound.size, contact + round(OVERHANG * duration_s * rate))
    sound = sound[:end]
    sound[-tail:] *= np.linspace(1, 0, tail) ** 2
    hump = np.sin(np.linspace(0, np.pi, sound.size - contact)) ** 2
    sound[contact:] -= sound.sum() / hump.sum() * hump
    own_db = 10 * math.log10(float(np.sum(sound**2)) / factor + 1e-12)
    level_db += LEVEL_KEPT * min(MOST_LEVEL_DB, max(-MOST_LEVEL_DB, own_db)) - own_db
    gain = STEP_SCALE * math.exp(level_db * _LN10_20)
    gain = min(gain, HIGHEST_PEAK / (float(np.abs(sound).max()) + 1e-12))
    return StepSound((gain * sound).astype(np.float32), contact)
