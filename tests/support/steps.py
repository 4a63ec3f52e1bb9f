"""Walks put together from single recorded steps, at known times, with known noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import signal

from foley_audio.domain.materials import load_materials
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface

RATE_HZ = 48_000
ONSET_DB = (
    -30.0
)  # the contact of a recorded step: its 2 ms level first comes so near to its loudest
LEAD_S, TAIL_S = 0.5, 1.0


@dataclass(frozen=True)
class RecordedStep:
    """One recorded step, shape ``(n,)``, and the sample of its contact."""

    sound: np.ndarray
    contact: int


def recorded(sound: np.ndarray) -> RecordedStep:
    """A recorded step with its contact found in the clean recording, edges faded."""
    high = signal.sosfilt(
        signal.butter(2, 30, "hp", fs=RATE_HZ, output="sos"), sound - sound.mean()
    )
    shape = np.hanning(98)[1:-1]
    power = np.maximum(signal.fftconvolve(high**2, shape / shape.sum(), "same"), 0.0)
    contact = int(np.argmax(power > power.max() * 10 ** (ONSET_DB / 10)))
    faded = sound.astype(np.float64)
    faded[-480:] *= np.linspace(1, 0, 480)
    faded[:48] *= np.linspace(0, 1, 48)
    return RecordedStep(faded, contact)


def walk_of(
    steps: list[RecordedStep], intervals_s: np.ndarray, dice: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Steps in shuffled order, whole, one after each interval: sound, shape ``(n,)``, and contacts in seconds."""
    order: list[int] = []
    while len(order) < intervals_s.size:
        order += dice.permutation(len(steps)).tolist()
    times_s = LEAD_S + np.concatenate([[0.0], np.cumsum(intervals_s[:-1])])
    sound = np.zeros(round((times_s[-1] + intervals_s[-1] + TAIL_S) * RATE_HZ))
    for time_s, index in zip(times_s, order, strict=False):
        step = steps[index]
        first = round(time_s * RATE_HZ) - step.contact
        piece = step.sound[: sound.size - first]
        sound[first : first + piece.size] += piece
    return sound, times_s


def noise_of(kind: str, count: int, dice: np.random.Generator) -> np.ndarray:
    """Noise of unit power: white; pink; or a room: brown, with mains hum, that comes and goes by 2 dB."""
    white = dice.standard_normal(count)
    if kind == "white":
        return white
    hz = np.maximum(np.fft.rfftfreq(count, 1 / RATE_HZ), 20.0)
    shape = 1 / np.sqrt(hz) if kind == "pink" else 1 / hz / np.sqrt(1 + (hz / 2000.0) ** 2)
    sound = np.fft.irfft(np.fft.rfft(white) * shape, count)
    sound /= sound.std()
    if kind == "room":
        time_s = np.arange(count) / RATE_HZ
        for hum_hz, level in ((50, 0.3), (100, 0.2), (150, 0.15)):
            sound += level * np.sin(2 * np.pi * hum_hz * time_s)
        knots_s = np.arange(0.0, time_s[-1] + 1.0, 0.5)
        slow = np.interp(time_s, knots_s, dice.standard_normal(knots_s.size))
        sound *= 10 ** (2.0 * slow / 20)
    return sound / sound.std()


def with_noise(
    sound: np.ndarray, kind: str, snr_db: float, dice: np.random.Generator
) -> np.ndarray:
    """The sound in noise, by the power of the whole walk over that of the noise."""
    noise = noise_of(kind, sound.size, dice)
    return sound + noise * np.sqrt((sound**2).mean()) * 10 ** (-snr_db / 20)


def synthetic_steps(
    surface: Surface = Surface.GRAVEL,
    count: int = 12,
    *,
    footwear: Footwear = Footwear.SNEAKER,
    gait_kind: GaitKind = GaitKind.WALK,
    seed: int = 1,
) -> list[RecordedStep]:
    """Steps of our own synthesis, for tests that have no recordings: no two alike, natural spread of strength."""
    synthesizer = Synthesizer(load_materials())
    dice = np.random.default_rng(seed)
    steps: list[RecordedStep] = []
    for i in range(count):
        spec = StepSpec(
            surface=surface,
            footwear=footwear,
            gait_kind=gait_kind,
            strike_pattern=None,
            strength=float(np.clip(0.5 + 0.1 * dice.standard_normal(), 0, 1)),
            stance_time_s=0.62,
            side=Side.RIGHT if i % 2 else Side.LEFT,
            wet=False,
            seed=1000 * seed + i,
            floor=seed,
        )
        sound = synthesizer.step(spec)
        steps.append(RecordedStep(sound.samples.astype(np.float64), sound.contact_index))
    return steps


def synthetic_walk(
    surface: Surface = Surface.GRAVEL,
    count: int = 16,
    *,
    interval_s: float = 0.58,
    noise_db: float = -85.0,
    seed: int = 1,
    kinds: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """A walk of our own synthesis in quiet pink noise: the sound, shape ``(n,)``, and the contacts in seconds.

    Args:
        surface: The ground.
        count: Steps.
        interval_s: Between them, with 5 % of spread.
        noise_db: Level of the noise, dB of full scale.
        seed: Of everything.
        kinds: Different steps that are repeated; 0 for as many as there are steps.
    """
    dice = np.random.default_rng(seed)
    steps = synthetic_steps(surface, kinds or count, seed=seed)
    intervals_s = interval_s * (1 + 0.05 * dice.standard_normal(count))
    sound, times_s = walk_of(steps, intervals_s, dice)
    return sound + 10 ** (noise_db / 20) * noise_of("pink", sound.size, dice), times_s


def hum_like(count: int, mains_hz: float, level_db: float, seed: int = 1) -> np.ndarray:
    """Mains hum: lines that fall off unevenly, of a grid that strays by some millihertz; shape ``(count,)``."""
    dice = np.random.default_rng(seed)
    time_s = np.arange(count) / RATE_HZ
    knots_s = np.arange(0.0, time_s[-1] + 6.0, 5.0)
    strays_hz = np.interp(time_s, knots_s, np.cumsum(0.003 * dice.standard_normal(knots_s.size)))
    phase = 2 * np.pi * np.cumsum(mains_hz + strays_hz) / RATE_HZ
    lines = (1.0, 0.6, 0.7, 0.2, 0.4, 0.1, 0.3, 0.05, 0.1)
    sound = sum(
        size * np.sin(number * phase + dice.uniform(0, 2 * np.pi))
        for number, size in enumerate(lines, start=1)
    )
    return sound / np.std(sound) * 10 ** (level_db / 20)


def speech_like(seconds: float, seed: int = 1) -> np.ndarray:
    """Syllables by formant synthesis, no recorded voice: gliding pitch, moving formants, breath; shape ``(n,)``."""
    dice = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE_HZ))
    at = 0
    while at < out.size:
        size = round(float(dice.uniform(0.14, 0.26)) * RATE_HZ)
        pitch_hz = np.linspace(*(120 * 2 ** dice.uniform(-0.2, 0.3, 2)), size)
        phase = np.cumsum(pitch_hz) / RATE_HZ
        pulses = np.diff(np.floor(phase), prepend=0.0)
        voice = signal.lfilter([1.0], [1.0, -0.97], pulses)
        for formant_hz, width_hz in zip(
            (dice.uniform(300, 800), dice.uniform(900, 2200), 2600.0), (80, 110, 160), strict=True
        ):
            radius = np.exp(-np.pi * width_hz / RATE_HZ)
            angle = 2 * np.pi * formant_hz / RATE_HZ
            voice = signal.lfilter(
                [1 - radius], [1.0, -2 * radius * np.cos(angle), radius**2], voice
            )
        voice *= np.sin(np.linspace(0, np.pi, size)) ** 0.5
        piece = voice[: out.size - at]
        out[at : at + piece.size] += piece / np.abs(voice).max()
        at += size
        breath = round(float(dice.uniform(0.02, 0.12)) * RATE_HZ)
        hiss = 0.03 * dice.standard_normal(breath)[: max(0, out.size - at)]
        out[at : at + hiss.size] += hiss
        at += breath
    return 0.3 * out


def music_like(seconds: float, seed: int = 1) -> np.ndarray:
    """Struck chords of harmonic tones in four-four time, shape ``(n,)``."""
    dice = np.random.default_rng(seed)
    out = np.zeros(round(seconds * RATE_HZ))
    beat = round(0.5 * RATE_HZ)
    for at in range(0, out.size, beat):
        root_hz = 110 * 2 ** (dice.integers(0, 12) / 12)
        time_s = np.arange(2 * beat) / RATE_HZ
        chord = sum(
            np.sin(2 * np.pi * harmonic * root_hz * ratio * time_s) / harmonic
            for ratio in (1.0, 1.25, 1.5)
            for harmonic in (1, 2, 3, 4)
        )
        note = (chord * np.exp(-2.5 * time_s) * np.minimum(1, time_s / 0.004))[: out.size - at]
        out[at : at + note.size] += note
    return 0.1 * out
