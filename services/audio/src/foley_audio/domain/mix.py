"""Steps become a stereo bus, at the sample; the original sound gives way; both are summed. All block by block.

Every sample is the sum of the same numbers in the same order however the blocks are cut, so the result is identical
for every block size. Memory holds the steps that sound in the current block, nothing else.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from foley_audio.domain.space import equal_power_gains
from foley_audio.domain.types import FloatArray, FootstepCue, SampleArray, StepSound

LONGEST_LEAD_S = 0.1  # no step sounds earlier than this before its contact
PROGRAMME_FADE_S = (
    0.005  # the end of the bus fades, so that a step cut by the end of the video does not click
)
DUCK_DEPTH_DB = -9.0  # original sound under a step; hand-set, usual for effects over atmosphere
DUCK_ATTACK_S = 0.03  # starts this long before the contact and is down at it
DUCK_HOLD_S = 0.15
DUCK_RELEASE_S = 0.35


class StepVoice(Protocol):
    """Makes the sound of one cue. The same cue always gives the same sound."""

    def __call__(self, cue: FootstepCue, /) -> StepSound:
        """Mono sound of the cue, level and colour for its distance applied, pan not."""
        ...


@dataclass(slots=True)
class _Sounding:
    start: int
    stereo: SampleArray


def foley_blocks(
    cues: Sequence[FootstepCue],
    voice: StepVoice,
    *,
    total_samples: int,
    sample_rate_hz: int,
    block_samples: int,
    on_step: Callable[[FootstepCue, SampleArray], None] = lambda _cue, _stereo: None,
) -> Iterator[SampleArray]:
    """The footsteps alone, in stereo.

    The contact of a step, ``contact_index`` of its sound, stands exactly at the cue's ``onset_sample``. What would lie
    before the first or after the last sample of the programme is cut.

    Args:
        cues: In order of ``onset_sample``.
        voice: Makes each step's sound, when its block comes.
        total_samples: Length of the programme.
        sample_rate_hz: Of the programme.
        block_samples: Samples per block, at least 1.
        on_step: Called once per cue with its panned sound, shape ``(n, 2)``.

    Yields:
        Blocks of shape ``(n, 2)``; together ``total_samples`` long.
    """
    lead = round(LONGEST_LEAD_S * sample_rate_hz)
    fade = min(total_samples, round(PROGRAMME_FADE_S * sample_rate_hz))
    sounding: list[_Sounding] = []
    next_cue = 0
    for start in range(0, total_samples, block_samples):
        end = min(total_samples, start + block_samples)
        while next_cue < len(cues) and cues[next_cue].onset_sample - lead < end:
            cue = cues[next_cue]
            sound = voice(cue)
            left, right = equal_power_gains(cue.placement.pan)
            stereo = sound.samples[:, None] * np.array([left, right], dtype=np.float32)
            on_step(cue, stereo)
            sounding.append(_Sounding(cue.onset_sample - sound.contact_index, stereo))
            next_cue += 1
        block = np.zeros((end - start, 2), dtype=np.float32)
        for step in sounding:
            _add(block, start, step)
        if end > total_samples - fade:
            block *= _end_fade(start, end, total_samples, fade)[:, None]
        sounding = [step for step in sounding if step.start + step.stereo.shape[0] > end]
        yield block


def _add(block: SampleArray, block_start: int, step: _Sounding) -> None:
    first = max(block_start, step.start)
    last = min(block_start + block.shape[0], step.start + step.stereo.shape[0])
    if first < last:
        block[first - block_start : last - block_start] += step.stereo[
            first - step.start : last - step.start
        ]


def _end_fade(start: int, end: int, total_samples: int, fade: int) -> SampleArray:
    left = total_samples - np.arange(start, end)
    return np.minimum(1.0, left / max(1, fade)).astype(np.float32)


def as_stereo(block: SampleArray) -> SampleArray:
    """Any channel layout to stereo, shape ``(n, channels)`` to ``(n, 2)``.

    Mono goes to both sides at −3.01 dB, so that it keeps its loudness. More than two channels are folded down after
    ITU-R BS.775 in FFmpeg's order (L R C LFE Ls Rs …): centre and surrounds at −3.01 dB, LFE left out. The sum is not
    scaled here; the programme's loudness and ceiling are settled later, in one place.
    """
    channels = block.shape[1]
    half = np.float32(np.sqrt(0.5))
    if channels == 1:
        return np.repeat(block * half, 2, axis=1)
    if channels == 2:
        return block
    left, right = block[:, 0].copy(), block[:, 1].copy()
    left += half * block[:, 2]
    right += half * block[:, 2]
    first_surround = 4 if channels >= 6 else 3
    for channel in range(first_surround, channels):
        side = left if (channel - first_surround) % 2 == 0 else right
        side += half * block[:, channel]
    return np.stack([left, right], axis=1)


class Ducking:
    """Gain of the original sound: down under every step, up again afterwards.

    >>> duck = Ducking([48_000], 48_000)
    >>> duck.gain(0, 1).round(3).tolist(), duck.gain(48_000, 48_001).round(3).tolist()
    ([1.0], [0.355])
    """

    def __init__(self, onset_samples: Sequence[int], sample_rate_hz: int) -> None:
        self._onsets = sorted(onset_samples)
        self._attack = round(DUCK_ATTACK_S * sample_rate_hz)
        self._hold = round(DUCK_HOLD_S * sample_rate_hz)
        self._release = round(DUCK_RELEASE_S * sample_rate_hz)

    def gain(self, start: int, end: int) -> FloatArray:
        """Linear gain of samples ``[start, end)``, shape ``(end − start,)``."""
        depth_db = np.zeros(end - start)
        shape_start, shape_end = -self._attack, self._hold + self._release
        first = bisect.bisect_left(self._onsets, start - shape_end)
        last = bisect.bisect_right(self._onsets, end - shape_start)
        for onset in self._onsets[first:last]:
            a, b = max(start, onset + shape_start), min(end, onset + shape_end + 1)
            if a < b:
                one = np.interp(
                    np.arange(a, b) - onset,
                    [-self._attack, 0, self._hold, self._hold + self._release],
                    [0.0, DUCK_DEPTH_DB, DUCK_DEPTH_DB, 0.0],
                )
                np.minimum(
                    depth_db[a - start : b - start], one, out=depth_db[a - start : b - start]
                )
        return 10.0 ** (depth_db / 20.0)
