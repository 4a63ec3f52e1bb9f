"""Measures the delivered file: is the sound where the mix has it, and does the mix have it on the footsteps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain import sync
from foley_audio.domain.types import FloatArray, PlacedCue, SyncReport
from foley_common.media.decode import read_audio

RATE_HZ = 48_000  # of the delivered sound
BLOCK_SAMPLES = 48_000
COMPARED_SAMPLES = (
    10 * RATE_HZ
)  # length of the first and the last part of the file that are compared
MAX_LAG_SAMPLES = RATE_HZ // 4  # a larger offset would be another sound
AUDIBLE = 1e-4  # −80 dBFS; below it nothing can be compared


def measure_sync(
    delivered: Path, mix: Path, cues: Sequence[PlacedCue], *, mix_sample_rate_hz: int
) -> SyncReport:
    """Decode the delivered file back and compare it with the mix, and the mix with the footsteps.

    Args:
        delivered: The file with the sound, as a player gets it.
        mix: The WAV file it was made from.
        cues: Where the steps were placed, in samples of the mix.
        mix_sample_rate_hz: Sampling rate of the mix.
    """
    level = mix_level(mix)
    times_s = np.sort(np.array([cue.time_s for cue in cues], float))
    searched = sync.searchable(times_s, level)
    errors_s = sync.errors_of_found(searched, sync.find_onsets(level))
    offset_ms, drift_ms = _offsets_ms(delivered, mix)
    return SyncReport(
        placed_count=len(cues),
        max_placement_error_samples=sync.placement_error_samples(cues, mix_sample_rate_hz),
        delivered_offset_ms=offset_ms,
        delivered_drift_ms=drift_ms,
        onsets_found_count=int(errors_s.size),
        onsets_searched_count=int(searched.size),
        onset_median_error_ms=float(np.median(errors_s) * 1000) if errors_s.size else 0.0,
    )


def mix_level(mix: Path) -> FloatArray:
    """Level of the loudest channel every millisecond, in dB; 8 bytes per millisecond of sound are held."""
    hop = round(sync.ENVELOPE_HOP_S * RATE_HZ)
    sums = [
        np.square(block[: len(block) - len(block) % hop], dtype=np.float64)
        .reshape(-1, hop, block.shape[1])
        .sum(axis=1)
        for block in read_audio(mix, sample_rate_hz=RATE_HZ, block_samples=BLOCK_SAMPLES)
    ]
    if not sums:
        return np.zeros(0)
    energy = np.concatenate(sums)
    hops = round(sync.ENVELOPE_WINDOW_S / sync.ENVELOPE_HOP_S)
    padded = np.pad(energy, ((hops // 2, hops - hops // 2 - 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, hops, axis=0).sum(axis=-1)
    return sync.level_db(windows.max(axis=1) / (hops * hop))


def _offsets_ms(delivered: Path, mix: Path) -> tuple[float, float]:
    """Offset at the first sound of the file, and how much it has changed at the last."""
    first, last = _audible_range(mix)
    if last <= first:
        return 0.0, 0.0
    starts = (first, max(first, last - COMPARED_SAMPLES))
    of_mix = _parts(mix, starts)
    of_delivered = _parts(delivered, starts)
    early, late = (
        1000 * sync.offset_samples(a, b, max_lag=MAX_LAG_SAMPLES) / RATE_HZ
        for a, b in zip(of_mix, of_delivered, strict=True)
    )
    return early, late - early


def _audible_range(path: Path) -> tuple[int, int]:
    """First and last block that holds sound, in samples; equal when none does."""
    position, first, last = 0, math.inf, 0
    for block in _mono(path):
        if np.abs(block).max(initial=0.0) > AUDIBLE:
            first, last = min(first, position), position + block.size
        position += block.size
    return (0, 0) if math.isinf(first) else (int(first), last)


def _parts(path: Path, starts: tuple[int, int]) -> list[FloatArray]:
    """`COMPARED_SAMPLES` from each start on, padded with silence."""
    parts = [np.zeros(COMPARED_SAMPLES) for _ in starts]
    position = 0
    for block in _mono(path):
        for part, start in zip(parts, starts, strict=True):
            low, high = max(position, start), min(position + block.size, start + COMPARED_SAMPLES)
            if low < high:
                part[low - start : high - start] = block[low - position : high - position]
        position += block.size
        if position >= max(starts) + COMPARED_SAMPLES:
            break
    return parts


def _mono(path: Path) -> Iterator[NDArray[np.float64]]:
    for block in read_audio(path, sample_rate_hz=RATE_HZ, block_samples=BLOCK_SAMPLES):
        yield block.mean(axis=1, dtype=np.float64)
