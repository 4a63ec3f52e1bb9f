"""One channel of many: their mean, unless they cancel each other in it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Sound = TypeVar("Sound", NDArray[np.float32], NDArray[np.float64])


def one_channel(sound: Sound) -> Sound:
    """The mean of all channels; where they cancel each other, with those turned round that do.

    Channels cancel when all of them together are weaker than the strongest alone: the others take away more than they
    give. Channels that have nothing in common never do, nor one beside silent ones. A microphone that was wired the
    wrong way round does.

    Args:
        sound: shape ``(n, channels)``; samples that are no numbers count as silence where channels are compared, and
            stay what they are.

    Returns:
        Shape ``(n,)``.

    >>> wave = np.sin(np.arange(480) / 8)
    >>> mono = one_channel(np.stack([wave, -0.9 * wave], axis=1))
    >>> bool(np.allclose(mono, 0.95 * wave))
    True
    """
    heard = np.nan_to_num(sound.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    heard -= heard.mean(axis=0)  # a recorder's constant offset is not heard
    shared = heard.T @ heard  # energies, and between channels what they have in common
    energy = np.diagonal(shared)
    if shared.sum() >= energy.max(initial=0.0):
        return sound.mean(axis=1)
    # From the strongest on, each is put so that it adds to those before it.
    sign = np.zeros(energy.size, sound.dtype)
    for channel in np.argsort(-energy, kind="stable"):
        sign[channel] = 1.0 if shared[channel] @ sign >= 0.0 else -1.0
    return (sound * sign).mean(axis=1)
