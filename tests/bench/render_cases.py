"""One long programme, made in this process and measured: `python -m tests.bench.render_cases '{"minutes": 10, …}'`."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from foley_audio.domain.layers import ClothVoice
from foley_audio.domain.materials import load_materials
from foley_audio.domain.mix import StepVoice, Voices
from foley_audio.domain.pool import PooledVoice
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import Style
from foley_audio.pipeline import SynthesizedSound, Tools, synthesize
from foley_audio.programme.parking import Original
from foley_audio.render.room_response import room_response
from foley_common.channels import STEREO
from foley_common.footsteps import Footstep, GaitKind, Side
from foley_common.media.info import VideoInfo
from foley_common.sound import OriginalSound, Room, StemKind
from foley_common.surfaces import (
    AnswerSource,
    Surface,
    SurfaceAnswer,
    SurfaceReport,
    SurfaceSpan,
)

RATE_HZ = 48_000


@dataclasses.dataclass(frozen=True)
class Case:
    """What is made.

    Attributes:
        minutes: Length.
        steps_per_minute: 167 are 10,000 an hour.
        pooled: True for steps from a pool that is full, False for every step made anew.
        room: The room.
        stems, cloth: As in a style.
        original: What happens to a hiss that stands for the video's sound.
        block_samples: Samples worked on at a time.
    """

    minutes: float = 10.0
    steps_per_minute: float = 167.0
    pooled: bool = True
    room: str = "none"
    stems: bool = False
    cloth: bool = False
    original: str = "keep"
    block_samples: int = 65_536


@dataclasses.dataclass(frozen=True)
class Figures:
    """What came out.

    Attributes:
        steps: Steps that sound.
        times_real_time: Length of the programme over processor time.
        peak_mib: Peak memory of the process.
        digest: Of all files.
        null_dbfs: Loudest sample of the stems' sum minus the mix; 0 without stems.
        integrated_lufs, true_peak_dbtp, limiter_db: As reported.
    """

    steps: int
    times_real_time: float
    peak_mib: float
    digest: str
    null_dbfs: float
    integrated_lufs: float
    true_peak_dbtp: float
    limiter_db: float


def walk(
    minutes: float, steps_per_minute: float
) -> tuple[list[Footstep], SurfaceReport, VideoInfo]:
    """A walk to and fro through the picture, over all grounds in turn, a minute each."""
    gap_s = 60 / steps_per_minute
    steps = [
        Footstep(
            footstep_id=f"t1-{i:05d}",
            track_id=1,
            side=Side.RIGHT if i % 2 else Side.LEFT,
            initial_contact_time_s=0.5 + i * gap_s,
            toe_off_time_s=0.5 + i * gap_s + 0.6,
            confidence=1.0,
            toe_off_confidence=1.0,
            strength=0.5,
            gait_kind=GaitKind.WALK,
            strike_pattern=None,
            x_px=320 + 200 * float(np.sin(i / 20)),
            y_px=300,
            person_height_px=200 + 60 * float(np.cos(i / 50)),
        )
        for i in range(round(minutes * steps_per_minute) - 2)
    ]
    grounds = list(Surface)
    spans = tuple(
        SurfaceSpan(
            0, 60.0 * m, 60.0 * (m + 1), SurfaceAnswer(s, s, None, 1.0, AnswerSource.OVERRIDE)
        )
        for m in range(int(minutes) + 1)
        for s in [grounds[m % len(grounds)]]
    )
    seconds = 60.0 * minutes
    return (
        steps,
        SurfaceReport(spans),
        VideoInfo(640, 360, Fraction(30), round(30 * seconds), seconds, "h264"),
    )


def hiss(seconds: float) -> Original:
    """An original sound that costs nothing to decode."""

    def read(rate_hz: int, block: int) -> Iterator[np.ndarray]:
        total = round(seconds * rate_hz)
        second = 0.01 * np.random.default_rng(0).standard_normal((rate_hz, 2)).astype(np.float32)
        long = np.concatenate([second] * (block // rate_hz + 2))
        for start in range(0, total, block):
            first = start % rate_hz
            yield long[first : first + min(block, total - start)]

    return Original(STEREO, read)


def run(case: Case) -> Figures:
    """Make the programme and measure."""
    from foley_audio.domain.cues import make_cues

    steps, surfaces, video = walk(case.minutes, case.steps_per_minute)
    style = Style(
        room=Room(case.room),
        stems=case.stems,
        cloth=case.cloth,
        original_sound=OriginalSound(case.original),
    )
    synthesizer = Synthesizer(load_materials())
    voice: StepVoice = synthesizer.voice(RATE_HZ)
    if case.pooled:
        voice = PooledVoice(synthesizer, RATE_HZ)
        for cue in make_cues(steps, surfaces, video, style):  # fill it
            voice(cue)
    layers = {StemKind.CLOTH: ClothVoice(style.seed, RATE_HZ)} if case.cloth else {}
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        sound = synthesize(
            steps,
            surfaces,
            video,
            style,
            tools=Tools(Voices(voice, layers, room_response), hiss(video.duration_s)),
            out_dir=Path(folder),
            block_samples=case.block_samples,
        )
        busy_s = time.process_time() - started
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return Figures(
            steps=len(sound.placed),
            times_real_time=video.duration_s / busy_s,
            peak_mib=peak_mib,
            digest=_digest(sound),
            null_dbfs=_null_dbfs(sound) if case.stems else 0.0,
            integrated_lufs=sound.loudness.integrated_lufs,
            true_peak_dbtp=sound.loudness.true_peak_dbtp,
            limiter_db=sound.loudness.limiter_reduction_db,
        )


def _digest(sound: SynthesizedSound) -> str:
    digest = hashlib.sha256()
    for path in (sound.mix, sound.foley, sound.cues, *(stem.path for stem in sound.stems)):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _null_dbfs(sound: SynthesizedSound) -> float:
    """The loudest sample that is left of the mix when its stems are taken away."""
    import soundfile

    worst = 0.0
    parts = [soundfile.blocks(stem.path, 1 << 20) for stem in sound.stems]
    for blocks in zip(soundfile.blocks(sound.mix, 1 << 20), *parts, strict=True):
        worst = max(worst, float(np.abs(blocks[0] - sum(blocks[1:])).max()))
    return float(20 * np.log10(worst + 1e-12))


if __name__ == "__main__":
    print(json.dumps(dataclasses.asdict(run(Case(**json.loads(sys.argv[1]))))))
