"""One recorded step made to fit one footstep: heel and ball at their times, pitch, brightness and level varied.

The heel stands at the contact. Where the recording has a second onset, the ball of the foot, it is moved to where this
step's stance wants it, within what a recording bears. Level follows the law of the synthesised steps, so that both
stand beside each other in one programme.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import fft

from foley_audio.domain.excitation import BALL_FRACTION
from foley_audio.domain.synthesis import (
    HIGHEST_PEAK,
    LEVEL_DB_PER_STRENGTH,
    STEP_SCALE,
)
from foley_audio.domain.targets import STRENGTH_MIDDLE, TILT_DB_PER_STRENGTH
from foley_audio.domain.types import FloatArray, SampleArray, StepSound, StepSpec
from foley_common.footsteps import GaitKind, Side

SAMPLE_RATE_HZ = 48_000  # of every sample in memory
PITCH_SPREAD = (
    0.012  # of the logarithm of the speed, from step to step; beyond 3 % a shoe becomes another one
)
SIDE_PITCH = (
    0.006  # left feet stand so much above the middle, right ones below: no two feet are alike
)
LEVEL_SPREAD_DB = 0.8  # from step to step, beside what the strength says
BALL_SPREAD = 0.1  # of the logarithm of the time from heel to ball
BALL_MOVES = (
    0.6,
    1.6,
)  # of the recorded time; beyond it the heel is cut while it sounds, or a hole gapes
CROSSFADE_S = 0.004  # from heel to ball
PAD_S = 0.02  # of silence around a sample while it is transformed
TILT_PIVOT_HZ = 1000.0
TILT_RANGE_HZ = (100.0, 16_000.0)
MOST_TILT_DB = 12.0
RISE_S = 0.001  # a sample that begins at its contact is faded in over this
_ROLLS = (GaitKind.WALK, GaitKind.STAIRS, GaitKind.STOP, GaitKind.TURN)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A recorded step in memory.

    Attributes:
        sound: shape ``(n,)``, at `SAMPLE_RATE_HZ`, silent at both ends.
        contact_index: The foot touches the ground.
        ball_index: The ball of the foot lands; None when it is not heard apart.
        strength: How hard the foot lands, 0 to 1.
    """

    sound: SampleArray
    contact_index: int
    ball_index: int | None
    strength: float


def sampled_step(
    sample: Sample, spec: StepSpec, *, ground_db: float, sample_rate_hz: int
) -> StepSound:
    """The sound of one step, dry and from close by.

    Args:
        sample: The recording.
        spec: What it shall be. The same spec and sample always give the same sound.
        ground_db: Level of this ground in this shoe against a medium step on concrete.
        sample_rate_hz: Of the result.
    """
    dice = np.random.default_rng([spec.seed, 2])
    pitch = math.exp(
        PITCH_SPREAD * float(dice.standard_normal())
        + (SIDE_PITCH if spec.side is Side.LEFT else -SIDE_PITCH)
    )
    jitter_db = LEVEL_SPREAD_DB * float(dice.standard_normal())
    sound = _with_ball_moved(sample, spec, pitch, dice)
    pad = round(PAD_S * SAMPLE_RATE_HZ)
    size = fft.next_fast_len(sound.size + 2 * pad, real=True)
    padded = np.zeros(size)
    padded[pad : pad + sound.size] = sound
    ratio = sample_rate_hz / SAMPLE_RATE_HZ / pitch
    count = round(size * ratio)
    ratio = count / size
    spectrum = np.asarray(fft.rfft(padded)) * _tilt(size, spec.strength - sample.strength)
    bins = count // 2 + 1
    kept = np.zeros(bins, complex)
    kept[: min(bins, spectrum.size)] = spectrum[:bins]
    out = np.asarray(fft.irfft(kept, count)) * ratio
    contact = round((pad + sample.contact_index) * ratio)
    out, contact = _trimmed(out, contact, round(pad * ratio), round(sound.size * ratio))
    _fade_in(out, contact, sample_rate_hz)
    level_db = ground_db + LEVEL_DB_PER_STRENGTH * (spec.strength - STRENGTH_MIDDLE) + jitter_db
    energy = float(np.sum(out**2)) * SAMPLE_RATE_HZ / sample_rate_hz
    gain = STEP_SCALE * 10 ** (level_db / 20) / math.sqrt(energy + 1e-12)
    gain = min(gain, HIGHEST_PEAK / (float(np.abs(out).max()) + 1e-12))
    return StepSound((gain * out).astype(np.float32), contact)


def ball_delay_s(spec: StepSpec, recorded_s: float, dice: np.random.Generator) -> float:
    """From heel to ball: where this step's stance wants it, as far as the recording bears it.

    Feet that do not roll (running, landing, scuffing) keep the recorded time, a little varied.
    """
    wanted_s = BALL_FRACTION * spec.stance_time_s if spec.gait_kind in _ROLLS else recorded_s
    wanted_s *= math.exp(BALL_SPREAD * float(dice.standard_normal()))
    least, most = BALL_MOVES
    return min(most * recorded_s, max(least * recorded_s, wanted_s))


def _with_ball_moved(
    sample: Sample, spec: StepSpec, pitch: float, dice: np.random.Generator
) -> FloatArray:
    """The sample with its second onset at this step's time, shape ``(n,)``; before the change of pitch."""
    sound = sample.sound.astype(np.float64)
    if sample.ball_index is None:
        return sound
    recorded = sample.ball_index - sample.contact_index
    delay_s = ball_delay_s(spec, recorded / SAMPLE_RATE_HZ, dice)
    moved = round(delay_s * pitch * SAMPLE_RATE_HZ) - recorded
    fade = round(CROSSFADE_S * SAMPLE_RATE_HZ)
    cut = max(fade, sample.ball_index - fade)  # the fade ends at the onset itself
    rising = np.zeros(sound.size)
    rising[cut : cut + fade] = np.sin(np.linspace(0, np.pi / 2, fade)) ** 2
    rising[cut + fade :] = 1.0
    out = np.zeros(sound.size + max(0, moved))
    out[: sound.size] += sound * (1.0 - rising)
    ball = sound * rising
    first = cut + moved
    out[first : first + sound.size - cut] += ball[cut:]
    return out


def _tilt(size: int, harder: float) -> FloatArray:
    """Gain per bin of a step that lands so much harder than its recording: harder steps are brighter."""
    hz = np.clip(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ), *TILT_RANGE_HZ)
    tilt_db = TILT_DB_PER_STRENGTH * harder * np.log2(hz / TILT_PIVOT_HZ)
    return 10 ** (np.clip(tilt_db, -MOST_TILT_DB, MOST_TILT_DB) / 20)


def _trimmed(sound: FloatArray, contact: int, pad: int, size: int) -> tuple[FloatArray, int]:
    """Without most of the silence around it."""
    keep = min(pad, contact) // 2
    first = pad - keep
    return sound[first : pad + size + keep], contact - first


def _fade_in(sound: FloatArray, contact: int, sample_rate_hz: int) -> None:
    """No click at the start, whatever the transform rang there; in place."""
    rise = min(contact, round(RISE_S * sample_rate_hz))
    sound[:rise] *= np.linspace(0, 1, rise, endpoint=False)
    fall = min(sound.size - contact, round(RISE_S * sample_rate_hz))
    sound[sound.size - fall :] *= np.linspace(1, 0, fall)
