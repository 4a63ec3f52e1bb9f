"""Steps that cannot be heard: said when a pack is read, not when a render wants to play them."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import SamplePackInvalid
from foley_common.packs.archive import PackArchive
from foley_common.packs.downmix import one_channel
from foley_common.packs.wave_format import read_wave_format, samples_of

SILENT_DB = -80.0
"""RMS in dB of full scale below which a step is silent at its loudest: 16 dB above the noise of 16 bits with dither
(half a quantisation step), and far below any recording of a step."""
LOUDEST_S = 0.05
"""Of a step, its loudest so long is judged, as for its level."""
_FLOOR = 1e-12  # mean square of digital silence, instead of a logarithm of zero


def check_heard(archive: PackArchive) -> None:
    """Listen to every step of a pack, one file at a time.

    Raises:
        SamplePackInvalid: one is silent or damaged; says which, in which pack, and what helps.
    """
    for step in archive.manifest.steps:
        data = archive.read(step.file)
        stream = io.BytesIO(data)
        form = read_wave_format(stream, len(data))
        sound = one_channel(samples_of(stream.read(), form))
        if loudest_db(_without_offset(sound), form.sample_rate_hz) < SILENT_DB:
            raise silent_step(archive.manifest.name, step.file)


def _without_offset(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """A recorder's constant offset is not heard, and what plays the step takes it away."""
    told = np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0)
    return told - told.mean() if told.size else told


def loudest_db(mono: NDArray[np.float64], sample_rate_hz: int) -> float:
    """The loudest `LOUDEST_S` of a sound of shape ``(n,)``, looked at every half of it, RMS in dB of full scale.

    >>> round(loudest_db(np.full(4800, 0.1), 48_000), 1)
    -20.0
    """
    half = max(1, round(LOUDEST_S * sample_rate_hz / 2))
    squares = np.nan_to_num(mono, nan=0.0, posinf=0.0, neginf=0.0) ** 2
    halves = np.pad(squares, (0, -squares.size % half)).reshape(-1, half).sum(axis=1)
    pairs = halves + np.pad(halves, (0, 1))[1:]
    return 10 * float(np.log10(max(float(pairs.max(initial=0.0)) / (2 * half), _FLOOR)))


def silent_step(pack: str, file: str) -> SamplePackInvalid:
    """The error about a silent step of a pack."""
    return SamplePackInvalid(
        f"{file!r} of the sample pack {pack!r} is silent; put a recording of a step in its place, or leave it out of "
        "the pack (and of its manifest.json)",
        rule="silent",
        entry=file[:200],
        pack=pack,
    )
