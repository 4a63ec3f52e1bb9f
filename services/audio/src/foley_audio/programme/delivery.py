"""The last pass: the levelled programme, its footsteps and its stems are limited by one curve and written."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foley_audio.domain import limiter as limiting
from foley_audio.domain import loudness
from foley_audio.domain.limiter import Limiter, Reduction
from foley_audio.domain.true_peak import TruePeakMeter
from foley_audio.domain.types import SampleArray, Stem, Style
from foley_audio.programme.level import Level
from foley_audio.programme.parked import SECONDS, Clock, ParkedTail, Programme
from foley_audio.render.meter import ChangedHopMeter
from foley_audio.render.wav import WavWriter, encoded
from foley_common.programme import LoudnessReport
from foley_common.sound import StemKind

MIX_NAME, FOLEY_NAME, STEMS_FOLDER, TAILS_FOLDER = "mix.wav", "foley.wav", "stems", "tails"
SMALLEST_GAIN = 1e-6


@dataclass(frozen=True, slots=True)
class StemFile:
    """A stem and its file."""

    stem: Stem
    path: Path


@dataclass(frozen=True, slots=True)
class Delivered:
    """What was written.

    Attributes:
        loudness: Of the mix.
        stems: In the order in which they are summed, the original last.
        original_gain_db: Gain of the original's samples in the mix, before ducking and limiter; 0 without one.
        foley_gain_db: Gain of the footsteps in the mix, before the limiter.
    """

    loudness: LoudnessReport
    stems: tuple[StemFile, ...]
    original_gain_db: float
    foley_gain_db: float


def deliver(
    programme: Programme, level: Level, clock: Clock, style: Style, folder: Path
) -> Delivered:
    """Write the mix, the footsteps in it and, where they are parked, the stems."""
    target = loudness.TARGETS[style.loudness_preset]
    limiter = Limiter(
        clock.sample_rate_hz, target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB
    )
    foley_db = 20 * math.log10(programme.foley_gain) + level.gain_db
    original_db = 20 * math.log10(programme.original_pan) + level.gain_db
    with_original = programme.original is not None
    stems = _stems(programme, foley_db, original_db, folder) if style.stems else ()
    peak = TruePeakMeter(programme.layout.channel_count)
    meter = ChangedHopMeter(clock.sample_rate_hz, programme.layout, level.hop_power)
    least = 1.0
    with contextlib.ExitStack() as files:

        def opened(path: Path) -> WavWriter:
            return files.enter_context(
                WavWriter(
                    path,
                    sample_rate_hz=clock.sample_rate_hz,
                    channels=programme.layout,
                    total_samples=clock.total_samples,
                    sample_format=style.sample_format,
                )
            )

        mix, foley = opened(folder / MIX_NAME), opened(folder / FOLEY_NAME)
        parts = [opened(stem.path) for stem in stems]
        for start, end in clock.blocks():
            both, steps, reductions = _block(programme, level, limiter, start, end)
            least = min([least, *(float(reduction.gain.min()) for reduction in reductions)])
            peak.add(both, level.loudest(start, end - start))
            meter.add(both, limiting.turned_down(reductions))
            data = encoded(both, style.sample_format)
            mix.write_encoded(data)
            foley.write_encoded(data if steps is both else encoded(steps, style.sample_format))
            if parts:
                blocks = _stem_blocks(programme, level, start, end)
                for part, block in zip(parts, blocks, strict=True):
                    part.write(limiting.apply(block, reductions))
            clock.report(clock.step_count, clock.total_samples + end, SECONDS)
    return Delivered(
        loudness.report(
            meter.hop_power(),
            peak.true_peak_dbtp(),
            target,
            gain_db=level.gain_db,
            limiter_reduction_db=max(0.0, -20 * math.log10(max(least, SMALLEST_GAIN))),
        ),
        stems,
        original_db if with_original else 0.0,
        foley_db,
    )


def deliver_tail(
    delivered: Delivered,
    programme: Programme,
    tail: ParkedTail,
    level: Level,
    *,
    clock: Clock,
    style: Style,
    folder: Path,
) -> list[Path]:
    """Write how the mix, the footsteps in it and the stems go on after the picture, at the programme's own level.

    Args:
        delivered: What `deliver` wrote.
        programme: As it was delivered.
        tail: Its footsteps as if the picture went on; its original ends with the picture.
        level: Of the programme: what comes after the picture is not measured, and limited like all before it.
        clock: Of the programme.
        style: For how a sample is written, and the ceiling.
        folder: Where the programme was written.

    Returns:
        The files of the mix, the footsteps and the stems in their order.
    """
    target = loudness.TARGETS[style.loudness_preset]
    limiter = Limiter(
        clock.sample_rate_hz, target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB
    )
    longer = dataclasses.replace(programme, foley=tail.foley, stems=tail.stems)
    names = [
        MIX_NAME,
        FOLEY_NAME,
        *(f"{STEMS_FOLDER}/{stem.path.name}" for stem in delivered.stems),
    ]
    paths = [folder / TAILS_FOLDER / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as files:
        writers = [
            files.enter_context(
                WavWriter(
                    path,
                    sample_rate_hz=clock.sample_rate_hz,
                    channels=programme.layout,
                    total_samples=tail.end_sample - tail.start_sample,
                    sample_format=style.sample_format,
                )
            )
            for path in paths
        ]
        for start in range(tail.start_sample, tail.end_sample, clock.block_samples):
            end = min(tail.end_sample, start + clock.block_samples)
            both, steps, reductions = _block(longer, level, limiter, start, end, is_measured=False)
            for writer, block in zip(writers[:2], (both, steps), strict=True):
                writer.write(block)
            if delivered.stems:
                blocks = _stem_blocks(longer, level, start, end)
                for writer, block in zip(writers[2:], blocks, strict=True):
                    writer.write(limiting.apply(block, reductions))
            clock.report(clock.step_count, 2 * clock.total_samples, SECONDS)
    return paths


def _block(
    programme: Programme,
    level: Level,
    limiter: Limiter,
    start: int,
    end: int,
    *,
    is_measured: bool = True,
) -> tuple[SampleArray, SampleArray, list[Reduction]]:
    """A finished block of the sum and of the footsteps (the same array without an original), and what was limited."""
    halo = limiter.halo
    both, steps = programme.read(start - halo, end + halo, 10 ** (level.gain_db / 20))
    loudest = level.loudest(start - halo, len(both)) if is_measured else None
    reductions = limiter.reductions(both, loudest)
    inner = slice(halo, halo + end - start)
    finished = limiting.apply(both[inner], reductions)
    if steps is both:
        return finished, finished, reductions
    return finished, limiting.apply(steps[inner], reductions), reductions


def _stems(
    programme: Programme, foley_db: float, original_db: float, folder: Path
) -> tuple[StemFile, ...]:
    stems = [
        Stem(key.name, key.kind, track_id=key.track_id, side=key.side, gain_db=foley_db)
        for key in programme.stems
    ]
    if programme.original is not None:
        stems.append(Stem(StemKind.ORIGINAL.value, StemKind.ORIGINAL, gain_db=original_db))
    (folder / STEMS_FOLDER).mkdir(exist_ok=True)
    return tuple(StemFile(stem, folder / STEMS_FOLDER / f"{stem.name}.wav") for stem in stems)


def _stem_blocks(programme: Programme, level: Level, start: int, end: int) -> Iterator[SampleArray]:
    """Every stem of a block in turn, levelled, not limited."""
    gain = 10 ** (level.gain_db / 20)
    for track in programme.stems.values():
        yield programme.part(track, start, end, programme.foley_gain * gain)
    if programme.original is not None:
        original = programme.original.read(start, end)
        original *= np.float32(gain)
        yield original
