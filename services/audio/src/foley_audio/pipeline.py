"""The story of a sound: cues, steps on a bus, the original beside it, one level for both, files.

Passes over the programme, each streamed in blocks: (1) every step is made once and the bus is parked on disk, (2) the
original is parked on disk and measured, (3) the sum is measured, (4) where the limiter has to work the gain is settled
by measuring again, (5) files are written and measured as written.
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
from foley_audio.domain.types import FootstepCue, LoudnessReport, SampleArray, Style
from foley_audio.render.wav import ScratchTrack, WavWriter
from foley_common.footsteps import Footstep
from foley_common.media.info import VideoInfo
from foley_common.sound import OriginalSound
from foley_common.storage.failures import from_os_error
from foley_common.surfaces import SurfaceReport
from foley_common.timebase import nearest_sample

CUES_SCHEMA = 1
DEFAULT_BLOCK_SAMPLES = 65_536
MEASURED_STEPS = 256  # steps whose loudness is measured for the balance, spread over the clip
GAIN_ROUNDS = 3  # searches for the gain under the limiter
SMALLEST_GAIN = 1e-6
SECONDS = "seconds of sound"
CHANNEL_LAYOUT = "stereo"  # of every mix, by FFmpeg's name
MIX_NAME, FOLEY_NAME, CUES_NAME = "mix.wav", "foley.wav", "cues.json"
Progress = Callable[[int, int, str], None]
OriginalReader = Callable[[int, int], Iterator[SampleArray]]
"""``(sample_rate_hz, block_samples)`` to blocks of shape ``(n, channels)``; sample 0 is the first video frame."""


@dataclass(frozen=True, slots=True)
class SynthesizedSound:
    """Files of one synthesis.

    Attributes:
        mix, foley, cues: The files.
        loudness: Of the mix.
        placed: The steps in it.
        original_gain_db: Gain of the original sound in the mix, before ducking and limiter; 0 without one.
        foley_gain_db: Gain of the footsteps in the mix, before the limiter.
    """

    mix: Path
    foley: Path
    cues: Path
    loudness: LoudnessReport
    placed: tuple[FootstepCue, ...]
    original_gain_db: float
    foley_gain_db: float


@dataclass(frozen=True, slots=True)
class Tools:
    """What the pipeline needs from outside.

    Attributes:
        voice: Makes the sound of a step.
        new_meter: A fresh meter for a sampling rate, with or without true peak.
        momentary_lufs: Momentary maximum of one short stereo sound at a sampling rate.
        original: Reads the video's own sound; None when it has none.
    """

    voice: StepVoice
    new_meter: Callable[[int, bool], Meter]
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
        on_progress: Called with done, total and unit: ``steps``, then ``seconds of sound``, counted on; may raise to
            stop the work.
    """
    total = max(1, nearest_sample(video.duration_s, style.sample_rate_hz))
    cues = [cue for cue in make_cues(steps, surfaces, video, style) if cue.onset_sample < total]
    work = _Work(style, tools, out_dir, total, block_samples, len(cues), on_progress)
    bus, step_lufs = work.park_foley(cues)
    original, original_lufs = work.park_original(cues)
    balance_db = loudness.foley_gain_db(step_lufs, original_lufs)
    programme = _Programme(bus, original, 10 ** (balance_db / 20))
    report = work.write(programme, work.settle_gain_db(programme))
    cues_path = out_dir / CUES_NAME
    try:
        cues_path.write_text(cues_json(cues, style, total), encoding="utf-8")
    except OSError as error:
        raise from_os_error(error, path=cues_path.name) from error
    programme.delete()
    return SynthesizedSound(
        mix=out_dir / MIX_NAME,
        foley=out_dir / FOLEY_NAME,
        cues=cues_path,
        loudness=report,
        placed=tuple(cues),
        original_gain_db=0.0 if original is None else report.gain_db,
        foley_gain_db=balance_db + report.gain_db,
    )


@dataclass(frozen=True, slots=True)
class _Programme:
    """Both parked tracks, and the balance between them."""

    bus: ScratchTrack
    original: ScratchTrack | None
    foley_gain: float

    def read(self, start: int, end: int, gain: float) -> tuple[SampleArray, SampleArray]:
        """The sum, and the footsteps in it, of samples ``[start, end)``, before the limiter."""
        steps = (self.bus.read(start, end) * self.foley_gain * gain).astype(np.float32)
        if self.original is None:
            return steps, steps
        return (steps + self.original.read(start, end) * gain).astype(np.float32), steps

    def delete(self) -> None:
        """Give the scratch space back."""
        self.bus.delete()
        if self.original is not None:
            self.original.delete()


@dataclass(frozen=True, slots=True)
class _Work:
    """The passes over one programme."""

    style: Style
    tools: Tools
    out_dir: Path
    total: int
    block_samples: int
    step_count: int
    on_progress: Progress

    @property
    def rate(self) -> int:
        """Samples per second."""
        return self.style.sample_rate_hz

    @property
    def target(self) -> LoudnessTarget:
        """Where the loudness goes."""
        return TARGETS[self.style.loudness_preset]

    def park_foley(self, cues: Sequence[FootstepCue]) -> tuple[ScratchTrack, float]:
        """Make every step once; the bus on disk, and the energy mean of the steps' momentary loudness."""
        track = ScratchTrack(self.out_dir / "foley.f32")
        every = max(1, -(-len(cues) // MEASURED_STEPS))
        energies: list[float] = []
        done = 0

        def on_step(_cue: FootstepCue, stereo: SampleArray) -> None:
            nonlocal done
            if done % every == 0:
                energies.append(10 ** (self.tools.momentary_lufs(stereo, self.rate) / 10))
            done += 1
            self._report(done, 0, "steps")

        for block in foley_blocks(
            cues,
            self.tools.voice,
            total_samples=self.total,
            sample_rate_hz=self.rate,
            block_samples=self.block_samples,
            on_step=on_step,
        ):
            track.append(block)
        mean = float(np.mean(energies)) if energies else 0.0
        return track, 10 * math.log10(mean) if mean > 0 else -math.inf

    def park_original(
        self, cues: Sequence[FootstepCue]
    ) -> tuple[ScratchTrack | None, float | None]:
        """The original sound in stereo on disk, ducked if so asked, and its loudness before; None without."""
        reader = self.tools.original
        if reader is None or self.style.original_sound is OriginalSound.DROP:
            return None, None
        ducks = self.style.original_sound is OriginalSound.DUCK
        ducking = Ducking([cue.onset_sample for cue in cues] if ducks else [], self.rate)
        track = ScratchTrack(self.out_dir / "original.f32")
        meter = self.tools.new_meter(self.rate, False)
        for block in reader(self.rate, self.block_samples):
            start = track.total_samples
            stereo = as_stereo(block)[: self.total - start]
            meter.add(stereo)
            gain = ducking.gain(start, start + stereo.shape[0])
            track.append((stereo * gain[:, None]).astype(np.float32) if ducks else stereo)
            self._report(self.step_count, 0, "steps")  # asks whether anybody still waits
            if track.total_samples >= self.total:
                break
        return track, meter.integrated_lufs()

    def settle_gain_db(self, programme: _Programme) -> float:
        """The gain that brings the programme to its target, limiter included; bounded by what the limiter may take."""
        meter = self.tools.new_meter(self.rate, True)
        for start in range(0, self.total, self.block_samples):
            end = min(self.total, start + self.block_samples)
            meter.add(programme.read(start, end, 1.0)[0])
            self._report(self.step_count, end, SECONDS)
        integrated, peak = meter.integrated_lufs(), meter.true_peak_dbtp()
        gain_db = loudness.first_gain_db(integrated, peak, self.target)
        highest = loudness.highest_gain_db(peak, self.target)
        if integrated <= loudness.ABSOLUTE_GATE_LUFS:
            return gain_db
        for _ in range(GAIN_ROUNDS):
            limited = (
                peak + gain_db > self.target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB
            )
            if not limited or gain_db >= highest:
                break
            after = self.tools.new_meter(self.rate, False)
            for both, _steps, _least in self._limited(programme, gain_db):
                after.add(both)
                self._report(self.step_count, self.total, SECONDS)
            missing = self.target.integrated_lufs - after.integrated_lufs()
            if abs(missing) <= loudness.TARGET_TOLERANCE_LU:
                break
            gain_db = min(highest, gain_db + missing)
        return gain_db

    def write(self, programme: _Programme, gain_db: float) -> LoudnessReport:
        """Write the mix and the footsteps in it, and measure what was written."""
        meter = self.tools.new_meter(self.rate, True)
        least, done = 1.0, 0
        shape = {"sample_rate_hz": self.rate, "channels": 2, "total_samples": self.total}
        with (
            WavWriter(self.out_dir / MIX_NAME, **shape) as mix,
            WavWriter(self.out_dir / FOLEY_NAME, **shape) as foley,
        ):
            for both, steps, lowest in self._limited(programme, gain_db):
                mix.write(both)
                foley.write(steps)
                meter.add(both)
                least = min(least, lowest)
                done += both.shape[0]
                self._report(self.step_count, self.total + done, SECONDS)
        reduction_db = max(0.0, -20 * math.log10(max(least, SMALLEST_GAIN)))
        return loudness.report(
            meter, self.target, gain_db=gain_db, limiter_reduction_db=reduction_db
        )

    def _limited(
        self, programme: _Programme, gain_db: float
    ) -> Iterator[tuple[SampleArray, SampleArray, float]]:
        """Blocks of the finished sum, of the footsteps in it, and the limiter's lowest gain there."""
        limiter = Limiter(
            self.rate, self.target.true_peak_ceiling_dbtp - loudness.CEILING_MARGIN_DB
        )
        gain, halo = 10 ** (gain_db / 20), limiter.halo
        for start in range(0, self.total, self.block_samples):
            end = min(self.total, start + self.block_samples)
            both, steps = programme.read(start - halo, end + halo, gain)
            curve = limiter.gain(both)
            held = curve[:, None].astype(np.float32)
            inner = slice(halo, halo + end - start)
            yield both[inner] * held, steps[inner] * held, float(curve.min())

    def _report(self, steps: int, samples: int, unit: str) -> None:
        """Steps and seconds count up to one total: every second passes twice, measured and written."""
        total = self.step_count + 2 * self.total // self.rate
        self.on_progress(steps + samples // self.rate, total, unit)


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
