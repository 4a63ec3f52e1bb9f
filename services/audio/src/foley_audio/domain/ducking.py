"""How the original sound gives way to footsteps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from foley_audio.domain.types import DuckingShape, FloatArray

SHORTEST_MOVE_S = 0.001  # down or up; a shorter one clicks


class Ducking:
    """Gain of the original sound: down under every step, up again afterwards, straight in decibels.

    >>> duck = Ducking([48_000], DuckingShape(), 48_000)
    >>> duck.gain(0, 1).round(3).tolist(), duck.gain(48_000, 48_001).round(3).tolist()
    ([1.0], [0.355])
    """

    def __init__(
        self, onset_samples: Sequence[int], shape: DuckingShape, sample_rate_hz: int
    ) -> None:
        attack = max(1, round(max(SHORTEST_MOVE_S, shape.attack_s) * sample_rate_hz))
        hold = round(shape.hold_s * sample_rate_hz)
        release = max(1, round(max(SHORTEST_MOVE_S, shape.release_s) * sample_rate_hz))
        self._onsets = np.unique(np.asarray(onset_samples, np.int64))
        down_db = np.linspace(0.0, -shape.depth_db, attack + 1)[::-1]
        up_db = np.linspace(-shape.depth_db, 0.0, release + 1)
        # Gain by how long it is until the next onset, and by how long the last one is gone.
        self._before: FloatArray = 10.0 ** (down_db / 20)
        self._after: FloatArray = 10.0 ** (np.append(np.full(hold, -shape.depth_db), up_db) / 20)

    def gain(self, start: int, end: int) -> FloatArray:
        """Linear gain of samples ``[start, end)``, shape ``(end − start,)``."""
        near = self._onsets[
            np.searchsorted(self._onsets, start - self._after.size) : np.searchsorted(
                self._onsets, end + self._before.size
            )
        ]
        if not near.size:
            return np.ones(end - start)
        at = np.arange(start, end)
        following = np.searchsorted(near, at)  # of the onsets, the first that is not before
        far = self._before.size + self._after.size
        ahead = np.append(near, end + far)[following] - at
        behind = at - np.insert(near, 0, start - far)[following + (ahead == 0)]
        return np.minimum(
            self._before[np.minimum(ahead, self._before.size - 1)],
            self._after[np.minimum(behind, self._after.size - 1)],
        )
