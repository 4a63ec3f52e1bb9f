"""Recordings of single steps: which are fitted, where their contact is, how long they last."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES

LENGTH = 49_152
ONSET_DB = -30.0  # contact: the first millisecond this near to the loudest
END_DB = -55.0  # a step has ended when this little of its energy is still to come
SHORTEST_S, LONGEST_S = 0.08, 0.9
NAME = re.compile(r"^[^_]+_([a-z]+)_([a-z]+)(\d+)$")


def kind_of(path: Path) -> tuple[str, str, int]:
    """Floor, kind of movement and number of a file named ``<source>_<floor>_<kind><number>``."""
    found = NAME.match(path.stem)
    if found is None:
        raise ValueError(f"{path.name} is not named <source>_<floor>_<kind><number>")
    return found[1], found[2], int(found[3])


def halves(folder: Path, seed: int | None = None) -> tuple[list[Path], list[Path]]:
    """Half A, which is fitted, and half B, which is not: every second file in order of floor, kind and number.

    Args:
        folder: Of one ground.
        seed: Draws the order inside a floor and kind instead, for other halves of the same make-up.
    """
    files = sorted(folder.glob("*.flac"), key=kind_of)
    if seed is not None:
        dice = np.random.default_rng([seed, zlib.crc32(folder.name.encode())])
        place = dict(zip(files, dice.permutation(len(files)).tolist(), strict=True))
        files.sort(key=lambda path: (*kind_of(path)[:2], place[path]))
    return files[0::2], files[1::2]


def read_step(path: Path) -> np.ndarray:
    """One recording of unit energy with its contact at `LEAD_SAMPLES`, shape ``(LENGTH,)``."""
    sound, rate = soundfile.read(path, always_2d=True)
    mono = sound.mean(axis=1)
    if rate != ENGINE_RATE_HZ:
        mono = signal.resample_poly(mono, ENGINE_RATE_HZ, rate)
    mono = signal.sosfilt(
        signal.butter(2, 25, "hp", fs=ENGINE_RATE_HZ, output="sos"), mono - mono.mean()
    )
    power = np.convolve(mono**2, np.ones(48) / 48)[47:]
    contact = int(np.argmax(power > power.max() * 10 ** (ONSET_DB / 10)))
    out = np.zeros(LENGTH)
    first = max(0, contact - LEAD_SAMPLES)
    start = LEAD_SAMPLES - (contact - first)
    piece = mono[first : first + LENGTH - start]
    out[start : start + piece.size] = piece
    return out / np.sqrt(np.sum(out**2) + 1e-20)


def duration_of(step: np.ndarray) -> float:
    """From the contact to the end, seconds."""
    left = np.cumsum((step**2)[::-1])[::-1]
    end = int(np.argmax(left < left[0] * 10 ** (END_DB / 10)))
    return float(np.clip((end - LEAD_SAMPLES) / ENGINE_RATE_HZ, SHORTEST_S, LONGEST_S))
