"""The story of a sound: cues, steps on a bus, the original beside it, one level for both, files.

Passes over the programme, each streamed in blocks: (1) every step is made once and the bus is parked on disk, (2) the
original is parked on disk and measured, (3) the sum is measured, (4) where the limiter has to work the gain is settled by
measuring again, (5) files are written and measured as written.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from foley_audio.domain import loudness
from foley_audio.domain.cues import make_cues
from foley_audio.domain.limiter import Limiter
from foley_audio.domain.loudness import TARGETS, LoudnessTarget, Meter
from foley_audio.domain.mix import Ducking, StepVoice, as_stereo, foley_blocks
from foley_audio.domain.types import FootstepCue, LoudnessReport, OriginalSound, SampleArray, Style
from foley_audio.render.wav import ScratchTrack, WavWriter
from foley_common.footsteps import Footstep
from foley_common.media.info import VideoInfo
from foley_common.storage.failures import from_os_error
from foley_common.surfaces import SurfaceReport
from foley_common.timebase import nearest_sample

CUES_SCHEMA = 1
DEFAULT_BLOCK_SAMPLES = 65_536
MEASURED_STEPS = 256  # steps whose loudness is measured for the balance, spread over the clip
GAIN_ROUNDS = 3  # searches for the gain under the limiter
Progress = Callable[[int, int, str], None]
OriginalReader = Callable[[int, int], Iterator[SampleArray]]
"""``(sample_rate_hz, block_samples)`` to blocks of shape ``(n, channels)``; sample 0 is the first video frame."""


@dataclass(frozen=True, slots=True)
class SynthesizedSound:
    """Files of one synthesis."""

    mix: Path
    foley: Path
    cues: Path
    loudness: LoudnessReport
    placed: tuple[FootstepCue, ...]


@dataclass(frozen=True, slots=True)
class Tools:
    """What the pipeline needs from outside.

    Attributes:
        voice: Makes the sound of a step.
        new_meter: A fresh meter for a sampling rate.
        momentary_lufs: Momentary maximum of one short stereo sound at a sampling rate.
        original: Reads the video's own sound; None when it has none.
    """

    voice: StepVoice
    new_meter: Callable[[int], Meter]
    momentary_lufs: Callable[[SampleArray, int], float]
    original: OriginalReader | None


def synthesize(
    steps: Sequence[Footstep],
    surfaces: SurfaceReport,
    video: VideoInfo,
    style: Style,
    *,
    tools: Tools,
    out_dir: Path,
    block_samples: int = DEFAULT_BLOCK_SAMPLES,
    on_progress: Progress = lambda _done, _total, _unit: None,
) -> SynthesizedSound:
    """Sound every footstep at its sample and mix the programme, as long as the video.

    Args:
        steps: What the detector found.
        surfaces: Grounds and shoes.
        video: Picture size and length.
        style: How it sounds.
        tools: Voice, meter and the original sound.
        out_dir: Existing folder for the files and for scratch tracks of 8 bytes per sample pair.
        block_samples: Samples worked on at a time; the result is the same for every value.
        on_progress: Called with done, total and unit: ``steps``, then ``seconds of sound``.
    """
    rate = style.sample_rate_hz
    total = max(1, nearest_sample(video.duration_s, rate))
    cues = make_cues(steps, surfaces, video, style)
    cues = [cue for cue in cues if cue.onset_sample < total]
    bus, step_lufs = _park_foley(cues, tools, out_dir, total, rate, block_samples, on_progress)
    keep = style.original_sound is not OriginalSound.DROP and tools.original is not None
    ducking = (
        Ducking([cue.onset_sample for cue in cues], rate)
        if style.original_sound is OriginalSound.DUCK
        else None
    )
    original, original_lufs = (None, None)
    if keep and tools.original is not None:
        original, original_lufs = _park_original(
            tools, tools.original, ducking, out_dir, total, rate, block_samples
        )
    programme = _Programme(
        bus, original, 10 ** (loudness.foley_gain_db(step_lufs, original_lufs) / 20), total
    )
    target = TARGETS[style.loudness_preset]
    gain_db = _settle_gain(programme, target, tools, rate, block_samples, on_progress)
    report = _write(programme, gain_db, target, tools, out_dir, rate, block_samples, on_progress)
    cues_path = out_dir / "cues.json"
    try:
        cues_path.write_text(cues_json(cues, style, total), encoding="utf-8")
    except OSError as error:
        raise from_os_error(error, path=cues_path.name) from error
    for track in (bus, original):
        if track is not None:
            track.delete()
    return SynthesizedSound(
        out_dir / "mix.wav", out_dir / "foley.wav", cues_path, report, tuple(cues)
    )


@dataclass(frozen=True, slots=True)
class _Programme:
    bus: ScratchTrack
    original: ScratchTrack | None
    foley_gain: float
    total: int

    def read(self, start: int, end: int, gain: float) -> tuple[SampleArray, SampleArray]:
        """The sum, and the footsteps in it, of samples ``[start, end)``, before the limiter."""
        steps = self.bus.read(start, end) * np.float32(self.foley_gain * gain)
        both = (
            steps
            if self.original is None
            else steps + self.original.read(start, end) * np.float32(gain)
        )
        return both, steps


def _park_foley(
    cues: Sequence[FootstepCue],
    tools: Tools,
    out_dir: Path,
    total: int,
    rate: int,
    block_samples: int,
    on_progress: Progress,
) -> tuple[ScratchTrack, float]:
    track = ScratchTrack(out_dir / "foley.f32")
    every = max(1, -(-len(cues) // MEASURED_STEPS))
    energies: list[float] = []
    done = 0

    def on_step(_cue: FootstepCue, stereo: SampleArray) -> None:
        nonlocal done
        if done % every == 0:
            energies.append(10 ** (tools.momentary_lufs(stereo, rate) / 10))
        done += 1
        on_progress(done, len(cues), "steps")

    for block in foley_blocks(
        cues,
        tools.voice,
        total_samples=total,
        sample_rate_hz=rate,
        block_samples=block_samples,
        on_step=on_step,
    ):
        track.append(block)
    mean = float(np.mean(energies)) if energies else 0.0
    return track, 10 * math.log10(mean) if mean > 0 else -math.inf


def _park_original(
    tools: Tools,
    reader: OriginalReader,
    ducking: Ducking | None,
    out_dir: Path,
    total: int,
    rate: int,
    block_samples: int,
) -> tuple[ScratchTrack, float]:
    track = ScratchTrack(out_dir / "original.f32")
    meter = tools.new_meter(rate)
    for block in reader(rate, block_samples):
        stereo = as_stereo(block)[: total - track.total_samples]
        meter.add(stereo)
        if ducking is not None:
            start = track.total_samples
            gain = ducking.gain(start, start + stereo.shape[0])
            stereo = (stereo * gain[:, None]).astype(np.float32)
        track.append(stereo)
        if track.total_samples >= total:
            break
    return track, meter.integrated_lufs()


def _settle_gain(
    programme: _Programme,
    target: LoudnessTarget,
    tools: Tools,
    rate: int,
    block_samples: int,
    on_progress: Progress,
) -> float:
    """The gain that brings the programme to its target, limiter included; bounded by what the limiter may take."""
    meter = tools.new_meter(rate)
    for start in range(0, programme.total, block_samples):
        end = min(programme.total, start + block_samples)
        meter.add(programme.read(start, end, 1.0)[0])
        on_progress(end // rate, 0, "seconds of sound")
    peak = meter.true_peak_dbtp()
    gain_db = loudness.first_gain_db(meter.integrated_lufs(), peak, target)
    highest = loudness.highest_gain_db(peak, target)
    if meter.integrated_lufs() <= loudness.ABSOLUTE_GATE_LUFS:
        return gain_db
    for _ in range(GAIN_ROUNDS):
        needs_limiter = peak + gain_db > target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB
        if not needs_limiter or gain_db >= highest:
            break
        after = tools.new_meter(rate)
        for both, _steps, _gain in _limited(programme, gain_db, target, rate, block_samples):
            after.add(both)
        missing = target.integrated_lufs - after.integrated_lufs()
        if abs(missing) <= loudness.TARGET_TOLERANCE_LU:
            break
        gain_db = min(highest, gain_db + missing)
    return gain_db


def _limited(
    programme: _Programme, gain_db: float, target: LoudnessTarget, rate: int, block_samples: int
) -> Iterator[tuple[SampleArray, SampleArray, float]]:
    """Blocks of the finished sum, of the footsteps in it, and the lowest gain of the limiter there."""
    limiter = Limiter(rate, target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB)
    gain = 10 ** (gain_db / 20)
    halo = limiter.halo
    for start in range(0, programme.total, block_samples):
        end = min(programme.total, start + block_samples)
        both, steps = programme.read(start - halo, end + halo, gain)
        curve = limiter.gain(both)
        inner = slice(halo, halo + end - start)
        held = curve[:, None].astype(np.float32)
        yield both[inner] * held, steps[inner] * held, float(curve.min())


def _write(
    programme: _Programme,
    gain_db: float,
    target: LoudnessTarget,
    tools: Tools,
    out_dir: Path,
    rate: int,
    block_samples: int,
    on_progress: Progress,
) -> LoudnessReport:
    meter = tools.new_meter(rate)
    lowest, done = 1.0, 0
    total_s = -(-programme.total // rate)
    with (
        WavWriter(
            out_dir / "mix.wav", sample_rate_hz=rate, channels=2, total_samples=programme.total
        ) as mix,
        WavWriter(
            out_dir / "foley.wav", sample_rate_hz=rate, channels=2, total_samples=programme.total
        ) as foley,
    ):
        for both, steps, least in _limited(programme, gain_db, target, rate, block_samples):
            mix.write(both)
            foley.write(steps)
            meter.add(both)
            lowest = min(lowest, least)
            done += both.shape[0]
            on_progress(done // rate, total_s, "seconds of sound")
    return loudness.report(
        meter,
        target,
        gain_db=gain_db,
        limiter_reduction_db=max(0.0, -20 * math.log10(max(lowest, 1e-6))),
    )


def cues_json(cues: Sequence[FootstepCue], style: Style, total_samples: int) -> str:
    """The content of ``cues.json``: which step stands at which sample, and with what."""
    return json.dumps(
        {
            "schema": CUES_SCHEMA,
            "sample_rate_hz": style.sample_rate_hz,
            "total_samples": total_samples,
            "seed": style.seed,
            "cues": [
                {
                    "footstep_id": cue.footstep_id,
                    "track_id": cue.track_id,
                    "time_s": cue.time_s,
                    "onset_sample": cue.onset_sample,
                    "intensity": round(cue.spec.strength, 6),
                    "pan": round(cue.placement.pan, 6),
                    "gain_db": round(cue.placement.gain_db, 4),
                    "surface": cue.spec.surface.value,
                    "wet": cue.spec.wet,
                    "footwear": cue.spec.footwear.value,
                    "gait": cue.spec.gait_kind.value,
                    "stance_time_s": round(cue.spec.stance_time_s, 6),
                    "seed": cue.spec.seed,
                }
                for cue in cues
            ],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
