"""Measures the delivered file: is the sound where the mix has it, and does the mix have it on the footsteps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain import sync
from foley_audio.domain.types import FloatArray, PlacedCue
from foley_common.media.decode import read_audio
from foley_common.programme import SyncReport

RATE_HZ = 48_000  # of the delivered sound
BLOCK_SAMPLES = 48_000
COMPARED_SAMPLES = (
    10 * RATE_HZ
)  # length of the first and the last part of the file that are compared
LEAD_SAMPLES = (
    RATE_HZ // 2
)  # before the first sound: what comes early must be in the compared part too
MAX_LAG_SAMPLES = RATE_HZ // 4  # a larger offset would be another sound
AUDIBLE_DB = -80.0  # of full scale; below it nothing can be compared
PART_HOPS = 60_000  # a minute of the level, worked on at a time …
MARGIN_HOPS = 1_000  # … with a second on either side
LevelArray = NDArray[np.float32]


def measure_sync(
    delivered: Path,
    mix: Path,
    cues: Sequence[PlacedCue],
    *,
    mix_sample_rate_hz: int,
    untouched: Path | None = None,
) -> SyncReport:
    """Decode the delivered files back and compare them with the mix, and the mix with the footsteps.

    Args:
        delivered: The file with the sound, as a player gets it.
        mix: The WAV file it was made from.
        cues: Where the steps were placed, in samples of the mix.
        mix_sample_rate_hz: Sampling rate of the mix.
        untouched: A second delivered file; the offset and the drift of the worse of both are reported.
    """
    level = mix_level(mix)
    times_s = np.sort(np.array([cue.time_s for cue in cues], float))
    searched, onsets_s = _searched_and_found(level, times_s)
    errors_s = sync.errors_of_found(searched, onsets_s)
    heard = _audible_range(level)
    files = [delivered] if untouched is None else [delivered, untouched]
    offset_ms, drift_ms = max(
        (_offsets_ms(file, mix, heard) for file in files),
        key=lambda found: max(abs(found[0]), abs(found[0] + found[1])),
    )
    return SyncReport(
        placed_count=len(cues),
        max_placement_error_samples=sync.placement_error_samples(cues, mix_sample_rate_hz),
        delivered_offset_ms=offset_ms,
        delivered_drift_ms=drift_ms,
        onsets_found_count=int(errors_s.size),
        onsets_searched_count=int(searched.size),
        onset_median_error_ms=float(np.median(errors_s) * 1000) if errors_s.size else 0.0,
    )


def mix_level(mix: Path) -> LevelArray:
    """Level of the loudest channel every millisecond, in dB, shape ``(n,)``; 4 bytes per millisecond are held."""
    hop = round(sync.ENVELOPE_HOP_S * RATE_HZ)
    width = round(sync.ENVELOPE_WINDOW_S / sync.ENVELOPE_HOP_S)
    before, after = width // 2, width - width // 2 - 1
    levels: list[LevelArray] = []
    held: FloatArray | None = None  # energies that windows to come begin with
    for block in read_audio(mix, sample_rate_hz=RATE_HZ, block_samples=BLOCK_SAMPLES):
        whole = block[: len(block) - len(block) % hop]
        energy = np.square(whole, dtype=np.float64).reshape(-1, hop, block.shape[1]).sum(axis=1)
        held = np.zeros((before, block.shape[1])) if held is None else held
        known = np.concatenate([held, energy])
        levels.append(_windowed(known, width, hop))
        held = known[max(0, known.shape[0] - width + 1) :]
    if held is not None:
        levels.append(_windowed(np.pad(held, ((0, after), (0, 0))), width, hop))
    return np.concatenate(levels) if levels else np.zeros(0, np.float32)


def _windowed(energy: FloatArray, width: int, hop: int) -> LevelArray:
    """Level of every whole window of so many energies, shape ``(n − width + 1,)``, the loudest channel."""
    if energy.shape[0] < width:
        return np.zeros(0, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(energy, width, axis=0).sum(axis=-1)
    return sync.level_db(windows.max(axis=1) / (width * hop)).astype(np.float32)


def _searched_and_found(level: LevelArray, times_s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Steps that can be looked for, and all onsets, a minute of the level at a time."""
    searched: list[FloatArray] = []
    onsets: list[FloatArray] = []
    alone = sync.isolated(times_s)
    for start in range(0, level.size, PART_HOPS):
        end = start + PART_HOPS
        first = max(0, start - MARGIN_HOPS)
        part = level[first : end + MARGIN_HOPS].astype(np.float64)
        shift_s, low_s, high_s = (hops * sync.ENVELOPE_HOP_S for hops in (first, start, end))
        own = alone[(alone >= low_s) & (alone < high_s)]
        searched.append(sync.audible(own - shift_s, part) + shift_s)
        found = sync.find_onsets(part) + shift_s
        onsets.append(found[(found >= low_s) & (found < high_s)])
    if not onsets:
        return np.zeros(0), np.zeros(0)
    return np.concatenate(searched), np.concatenate(onsets)


def _audible_range(level: LevelArray) -> tuple[int, int]:
    """First and last sample that can be heard; equal when none can."""
    heard = np.flatnonzero(level > AUDIBLE_DB)
    if not heard.size:
        return 0, 0
    hop = round(sync.ENVELOPE_HOP_S * RATE_HZ)
    return int(heard[0]) * hop, (int(heard[-1]) + 1) * hop


def _offsets_ms(delivered: Path, mix: Path, heard: tuple[int, int]) -> tuple[float, float]:
    """Offset at the first sound of the file, and how much it has changed at the last."""
    first, last = heard
    if last <= first:
        return 0.0, 0.0
    starts = (max(0, first - LEAD_SAMPLES), max(first - LEAD_SAMPLES, last - COMPARED_SAMPLES, 0))
    of_mix = _parts(mix, starts)
    of_delivered = _parts(delivered, starts)
    early, late = (
        1000 * sync.offset_samples(a, b, max_lag=MAX_LAG_SAMPLES) / RATE_HZ
        for a, b in zip(of_mix, of_delivered, strict=True)
    )
    return early, late - early


def _parts(path: Path, starts: tuple[int, int]) -> list[FloatArray]:
    """`COMPARED_SAMPLES` from each start on, padded with silence; channels are added up."""
    parts = [np.zeros(COMPARED_SAMPLES) for _ in starts]
    position = 0
    for block in read_audio(path, sample_rate_hz=RATE_HZ, block_samples=BLOCK_SAMPLES):
        for part, start in zip(parts, starts, strict=True):
            low = max(position, start)
            high = min(position + len(block), start + COMPARED_SAMPLES)
            if low < high:
                part[low - start : high - start] = block[low - position : high - position].mean(
                    axis=1, dtype=np.float64
                )
        position += len(block)
        if position >= max(starts) + COMPARED_SAMPLES:
            break
    return parts
