"""Walks put together from single recorded steps, at known times, with known noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import signal

RATE_HZ = 48_000
ONSET_DB = (
    -30.0
)  # the contact of a recorded step: its 2 ms level first comes so near to its loudest
LEAD_S, TAIL_S = 0.5, 1.0
NOISES = ("white", "pink", "room")


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
