"""One step, from its cue to its samples: force, excitation, and the ground's fitted powers imposed on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.aggregates import grain_spectrum
from foley_audio.domain.excitation import ForceBump, force_bumps, force_curve
from foley_audio.domain.filterbank import (
    BAND_COUNT,
    BAND_HZ,
    BANDS_PER_OCTAVE,
    ENGINE_RATE_HZ,
    LEAD_SAMPLES,
    bank_of,
    impose,
)
from foley_audio.domain.gaits import GAITS
from foley_audio.domain.liquids import bubbles
from foley_audio.domain.materials import Material, Materials
from foley_audio.domain.solids import Body, Strike, click_train, strikes_of
from foley_audio.domain.targets import STRENGTH_MIDDLE, Target, target_of
from foley_audio.domain.transforms import irfft, rfft_pair
from foley_audio.domain.types import (
    ComplexArray,
    FootstepCue,
    SampleArray,
    StepSound,
    StepSpec,
)
from foley_audio.domain.wetness import BUBBLES_PER_S
from foley_common.surfaces import Surface

# 0.26 to 1.02 s, quick to transform
LENGTHS = (12_288, 16_384, 20_480, 24_576, 30_720, 36_864, 49_152)
TAIL_S = 0.03  # the end of a step fades over this
LEAD_S = 0.002  # of silence before the contact
# Recordings are cut where a millisecond is within 30 dB of the loudest (`training/recordings.py`), so that they are
# next to silent in its first half; low bands, which know no time that finely, would sound before and in it, and
# the loudest moment of a hard step came a millisecond later after its beginning (`python -m tests.bench.attacks`).
BEGINS_S = 0.0005  # after that moment: the sound's beginning, and the contact of ours
RISE_S = 0.0006  # from nothing to everything
STEP_SCALE = (
    0.4  # amplitude of a step of unit energy at 0 dB; head-room for the hardest steps of a bank
)
LEVEL_KEPT = 0.5  # of a step's own deviation from its ground's level; the strength says the rest
HIGHEST_PEAK = 0.9  # of full scale: no step clips, however hard
MOST_LEVEL_DB = 6.0  # a deviation beyond this is a draw from nowhere
RUMBLE_HZ = (15.0, 45.0)  # from nothing to everything
LEVEL_DB_PER_STRENGTH = 14.0  # from the softest to the hardest step; hand-set
OVERHANG = 1.1  # the table goes on so far beyond the duration
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
        dice = np.random.default_rng(spec.seed)
        bumps = force_bumps(spec, dice)
        target = target_of(spec, self._materials, bumps, dice)
        sound = self._sound(spec, target, bumps, factor, dice)
        level_db = (
            self._materials.grounds[spec.surface].level_db
            + self._materials.shoes[spec.footwear].level_db
            + GAITS[spec.gait_kind].level_db
            + LEVEL_DB_PER_STRENGTH * (spec.strength - STRENGTH_MIDDLE)
        )
        return _finished(sound, level_db, factor, target.duration_s)

    def resound(self, spec: StepSpec, target: Target) -> StepSound:
        """A step with given powers, at the engine's rate and unit energy: to compare its texture with a recording's."""
        dice = np.random.default_rng(spec.seed)
        sound = self._sound(spec, target, force_bumps(spec, dice), 1, dice)
        return _finished(sound, 0.0, 1, target.duration_s)

    def _sound(
        self,
        spec: StepSpec,
        target: Target,
        bumps: list[ForceBump],
        factor: int,
        dice: np.random.Generator,
    ) -> SampleArray:
        """The step of one length of the bank, its contact at `LEAD_SAMPLES` times ``factor``."""
        needed = LEAD_SAMPLES + ENGINE_RATE_HZ * (target.duration_s * OVERHANG + TAIL_S)
        length = next((n for n in LENGTHS if n >= needed), LENGTHS[-1])
        strikes = strikes_of(target.powers_db, target.edges_s, dice)
        excitation = self._excitation(spec, _Touch(bumps, strikes), length, dice)
        bank = bank_of(length)
        heard = excitation * _above_rumble(
            length
        )  # before it is shaped: the lowest band's power is all heard
        shaped = impose(
            bank,
            heard,
            target.powers_db,
            coincidence_db=target.coincidence_db,
            duration_s=target.duration_s,
        )
        sound = irfft(shaped, length * factor)
        sound *= np.float32(factor)
        return sound

    def _excitation(
        self, spec: StepSpec, touch: _Touch, length: int, dice: np.random.Generator
    ) -> ComplexArray:
        """Spectrum of what is shaped: clicks and what they ring, grains, friction, bubbles."""
        material = self._materials.grounds[spec.surface]
        recipe = material.excitation
        gait = GAITS[spec.gait_kind]
        force = force_curve(touch.bumps, length)
        hiss = dice.standard_normal(length, dtype=np.float32)
        plain = np.float32(FRICTION * gait.noise * recipe.noise) * force.astype(np.float32)
        plain += np.float32(FLOOR_NOISE)
        plain *= hiss
        bubbles_per_s = max(recipe.bubbles, BUBBLES_PER_S) if spec.wet else recipe.bubbles
        if bubbles_per_s:
            plain += np.float32(BUBBLES) * bubbles(bubbles_per_s, length, dice)
        pulse_s = touch.bumps[0].pulse_s
        clicks = click_train(touch.strikes, pulse_s, recipe.touches, length, dice)
        total, struck = rfft_pair(plain, clicks)
        struck *= _rolled(length, recipe.roll, dice)
        struck *= _tilted(length, recipe.click_tilt)
        struck *= np.float32(gait.click * recipe.click)
        total += struck
        if recipe.grit:
            grains = grain_spectrum(force, recipe.grain_rate, recipe.grain_power, dice)
            grains *= np.float32(GRAINS * recipe.grit)
            total += grains * _tilted(length, recipe.grit_tilt)
        if recipe.modes:
            total += self._body(spec, material, length).ring(total, recipe.modes, dice)
        return total

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


def _rolled(length: int, roll: float, dice: np.random.Generator) -> ComplexArray:
    """Turn of phase per bin, shape ``(length // 2 + 1,)``: how this foot came down.

    The air hears something between a force and its change, so the turn as a whole is anybody's guess. And a heel rolls
    in: its edge, its pad and the shoe above it strike at moments that differ by about a period of their pitch.
    """
    place, share = _between_bands(length)
    steps = roll * dice.standard_normal(BAND_COUNT + 1)
    steps[0] = 2 * np.pi * dice.random()
    turn = np.exp(1j * np.cumsum(steps)).astype(np.complex64)
    between = turn[place] + share * (turn[place + 1] - turn[place])
    return np.asarray(between, dtype=np.complex64)


@lru_cache(maxsize=len(LENGTHS))
def _between_bands(length: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Band below every bin and the way from there to the next, shape ``(length // 2 + 1,)`` each."""
    octave = np.log2(np.maximum(np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ), 1e-3) / BAND_HZ[0])
    band = np.clip(BANDS_PER_OCTAVE * octave, 0.0, BAND_COUNT - 1.0)
    place = band.astype(np.int64)
    return place, (band - place).astype(np.float32)


@lru_cache(maxsize=len(LENGTHS))
def _above_rumble(length: int) -> NDArray[np.float32]:
    """Gain per bin that leaves out what no loudspeaker gives back, shape ``(length // 2 + 1,)``."""
    hz = np.fft.rfftfreq(length, 1 / ENGINE_RATE_HZ)
    low, high = RUMBLE_HZ
    return (np.clip((hz - low) / (high - low), 0.0, 1.0) ** 2).astype(np.float32)


def _hump(count: int) -> SampleArray:
    """From 0 up and down to 0 again without a corner, of unit sum, shape ``(count,)``."""
    way = np.arange(1, count + 1, dtype=np.float32)
    way *= np.float32(1 / (count + 1))
    hump = way * (1 - way)
    hump *= hump
    hump *= 1 / hump.sum()
    return hump


def _finished(sound: SampleArray, level_db: float, factor: int, duration_s: float) -> StepSound:
    """Levelled, from silence at the contact on, faded at the end, without a constant."""
    rate = ENGINE_RATE_HZ * factor
    contact, rise, tail = round(LEAD_S * rate), round(RISE_S * rate), round(TAIL_S * rate)
    sound = sound[LEAD_SAMPLES * factor + round(BEGINS_S * rate) - contact :]
    sound[:contact] = 0.0
    sound[contact : contact + rise] *= _rise(rise)
    end = min(sound.size, contact + round(OVERHANG * duration_s * rate))
    sound = sound[:end]
    sound[-tail:] *= _ramp(tail)[::-1]
    sound[contact:] -= sound.sum() * _hump(sound.size - contact)
    own_db = 10 * math.log10(float(np.sum(sound * sound)) / factor + 1e-12)
    level_db += LEVEL_KEPT * min(MOST_LEVEL_DB, max(-MOST_LEVEL_DB, own_db)) - own_db
    gain = STEP_SCALE * math.exp(level_db * _LN10_20)
    gain = min(gain, HIGHEST_PEAK / (max(float(sound.max()), -float(sound.min())) + 1e-12))
    return StepSound(np.float32(gain) * sound, contact)


@lru_cache(maxsize=8)
def _rise(count: int) -> SampleArray:
    """From 0 to 1 without corners, shape ``(count,)``; not to be written to."""
    return (np.sin(np.pi / 2 * (np.arange(count) + 0.5) / count) ** 2).astype(np.float32)


@lru_cache(maxsize=8)
def _ramp(count: int) -> SampleArray:
    """From 0 towards 1, bending upwards, shape ``(count,)``; not to be written to."""
    return (np.linspace(0, 1, count, endpoint=False) ** 2).astype(np.float32)
