"""Speed and memory of the audio service: one step, a long programme, the same programme in other blocks.

    python tests/bench/render.py [--minutes 10] [--steps-per-minute 167]

The programme is made twice in blocks of two sizes: every step synthesised anew, and every step from a pool. Peak memory
is of the whole process. Processor time is of the whole process too; no library may use a second core.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from foley_audio.domain.cues import USUAL_STANCE_S, make_cues, step_seed
from foley_audio.domain.materials import load_materials
from foley_audio.domain.mix import StepVoice
from foley_audio.domain.pool import PooledVoice
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec, Style
from foley_audio.pipeline import Tools, synthesize
from foley_audio.render.meter import EbuMeter, momentary_maximum_lufs
from foley_common.footsteps import Footstep, GaitKind, Side
from foley_common.media.info import VideoInfo
from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
    SurfaceSpan,
)

RATE_HZ = 48_000


def milliseconds_per_step(synthesizer: Synthesizer, surface: Surface, count: int = 30) -> float:
    """Mean processor time of one fresh step."""
    specs = [
        StepSpec(
            surface=surface,
            footwear=Footwear.SNEAKER,
            gait_kind=GaitKind.WALK,
            strike_pattern=None,
            strength=0.5,
            stance_time_s=USUAL_STANCE_S[GaitKind.WALK],
            side=Side.LEFT,
            wet=False,
            seed=step_seed(1, f"{surface}:{i}"),
        )
        for i in range(count + 2)
    ]
    for spec in specs[:2]:
        synthesizer.step(spec)
    started = time.process_time()
    for spec in specs[2:]:
        synthesizer.step(spec)
    return 1000 * (time.process_time() - started) / count


def milliseconds_per_playing(synthesizer: Synthesizer, surface: Surface, count: int = 200) -> float:
    """Mean processor time of one playing from a pool that is full."""
    voice = PooledVoice(synthesizer, RATE_HZ)
    steps, surfaces, video = programme(count / 50, 110)
    cues = make_cues(steps, surfaces, video, Style())
    cues = [replace(cue, spec=replace(cue.spec, surface=surface, floor=0)) for cue in cues]
    for cue in cues:
        voice(cue)
    started = time.process_time()
    for cue in cues:
        voice(cue)
    return 1000 * (time.process_time() - started) / len(cues)


def programme(
    minutes: float, steps_per_minute: float
) -> tuple[tuple[Footstep, ...], SurfaceReport, VideoInfo]:
    """A long walk over all grounds in turn, a minute each."""
    from fractions import Fraction

    count = round(minutes * steps_per_minute)
    steps = tuple(
        Footstep(
            footstep_id=f"t1-{i:05d}",
            track_id=1,
            side=Side.RIGHT if i % 2 else Side.LEFT,
            initial_contact_time_s=0.5 + 60 * i / steps_per_minute,
            toe_off_time_s=0.5 + 60 * i / steps_per_minute + 0.6,
            confidence=1.0,
            toe_off_confidence=1.0,
            strength=0.5,
            gait_kind=GaitKind.WALK,
            strike_pattern=None,
            x_px=320 + 200 * float(np.sin(i / 20)),
            y_px=300,
            person_height_px=200,
        )
        for i in range(count)
    )
    grounds = list(Surface)
    spans = tuple(
        SurfaceSpan(
            0, 60.0 * m, 60.0 * (m + 1), SurfaceAnswer(s, s, None, 1.0, AnswerSource.OVERRIDE)
        )
        for m in range(int(minutes) + 1)
        for s in [grounds[m % len(grounds)]]
    )
    duration_s = 60.0 * minutes
    video = VideoInfo(640, 360, Fraction(30), round(30 * duration_s), duration_s, "h264")
    return steps, SurfaceReport(spans), video


def hiss(duration_s: float, rate_hz: int, block: int) -> Iterator[np.ndarray]:
    """An original sound that costs nothing to decode; the same for every block size."""
    total, period = round(duration_s * rate_hz), rate_hz
    second = 0.01 * np.random.default_rng(0).standard_normal((period, 2)).astype(np.float32)
    for start in range(0, total, block):
        yield second[np.arange(start, min(total, start + block)) % period]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--steps-per-minute", type=float, default=167.0, help="167 are 10,000 an hour"
    )
    arguments = parser.parse_args()
    synthesizer = Synthesizer(load_materials())
    costs = {surface: milliseconds_per_step(synthesizer, surface) for surface in Surface}
    print(
        "processor time per fresh step, ms: "
        + ", ".join(f"{s} {ms:.1f}" for s, ms in costs.items())
    )
    print(f"mean over all grounds: {np.mean(list(costs.values())):.1f} ms")
    playing = milliseconds_per_playing(synthesizer, Surface.GRAVEL)
    print(f"processor time per playing from a full pool: {playing:.2f} ms")
    voices: dict[str, Callable[[], StepVoice]] = {
        "fresh": lambda: synthesizer.voice(RATE_HZ),
        "pool": lambda: PooledVoice(synthesizer, RATE_HZ),
    }
    for name, new_voice in voices.items():
        measure(name, new_voice, arguments.minutes, arguments.steps_per_minute)


def measure(
    name: str, new_voice: Callable[[], StepVoice], minutes: float, steps_per_minute: float
) -> None:
    """Make the programme in blocks of two sizes and print."""
    steps, surfaces, video = programme(minutes, steps_per_minute)
    digests = set()
    for block in (65_536, 20_011):
        with tempfile.TemporaryDirectory() as folder:
            tools = Tools(
                new_voice(),
                EbuMeter,
                momentary_maximum_lufs,
                lambda rate, size: hiss(video.duration_s, rate, size),
            )
            started, busy = time.perf_counter(), time.process_time()
            sound = synthesize(
                steps,
                surfaces,
                video,
                Style(),
                tools=tools,
                out_dir=Path(folder),
                block_samples=block,
            )
            wall, busy = time.perf_counter() - started, time.process_time() - busy
            with sound.mix.open("rb") as file:
                digests.add(hashlib.file_digest(file, "sha256").hexdigest())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{minutes:g} min, {len(steps)} steps, {name}, blocks of {block}: {wall:.1f} s "
            f"({video.duration_s / wall:.0f} x real time; {video.duration_s / busy:.0f} x per core-second), "
            f"peak memory {peak:.0f} MiB, {sound.loudness.integrated_lufs:.2f} LUFS, "
            f"{sound.loudness.true_peak_dbtp:.2f} dBTP"
        )
    print(f"{name}: mix is the same for both block sizes:", len(digests) == 1)


if __name__ == "__main__":
    main()
