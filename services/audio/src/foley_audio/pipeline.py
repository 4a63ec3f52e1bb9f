"""The story of a sound: cues, steps on their stems, the original beside them, one level for all, files.

Passes over the programme, each streamed in blocks: (1) every step is made once and parked on disk with its room, (2)
the original is parked on disk, (3) the sum is measured, and where the limiter has to work the gain is settled by
measuring again what it touches, (4) files are written, and on request how each goes on after the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from foley_audio.domain import loudness
from foley_audio.domain.cues import make_cues, programme_samples
from foley_audio.domain.mix import Voices
from foley_audio.domain.space import PERSPECTIVE_LEVEL_DB, front_channels
from foley_audio.domain.types import FootstepCue, Style
from foley_audio.programme.delivery import FOLEY_NAME, MIX_NAME, StemFile, deliver, deliver_tail
from foley_audio.programme.level import settle
from foley_audio.programme.parked import Clock, Programme, Progress
from foley_audio.programme.parking import Original, park_foley, park_original, programme_layout
from foley_audio.render.cue_sheet import write_cues
from foley_common.footsteps import Footstep
from foley_common.media.info import VideoInfo
from foley_common.programme import LoudnessReport
from foley_common.sound import OriginalSound
from foley_common.surfaces import SurfaceReport

DEFAULT_BLOCK_SAMPLES = 65_536
CUES_NAME = "cues.json"
MONO_PAN = 0.5**0.5  # of a mono original in left and right: as loud as it was


@dataclass(frozen=True, slots=True)
class SynthesizedSound:
    """Files of one synthesis.

    Attributes:
        mix, foley, cues: The files.
        stems: Parts of the mix; empty unless asked for.
        loudness: Of the mix.
        placed: The steps in it.
        tails: How mix, footsteps and every stem go on after the picture, in this order; empty unless asked for.
        channel_layout: Of the mix, by FFmpeg's name.
        original_gain_db: Gain of the original's samples in the mix, before ducking and limiter; 0 without one.
        foley_gain_db: Gain of the footsteps in the mix, before the limiter.
    """

    mix: Path
    foley: Path
    cues: Path
    stems: tuple[StemFile, ...]
    tails: tuple[Path, ...]
    loudness: LoudnessReport
    placed: tuple[FootstepCue, ...]
    channel_layout: str
    original_gain_db: float
    foley_gain_db: float


@dataclass(frozen=True, slots=True)
class Tools:
    """What the pipeline needs from outside.

    Attributes:
        voices: Make the sounds.
        original: The video's own sound; None when it has none.
    """

    voices: Voices
    original: Original | None


def synthesize(
    steps: Sequence[Footstep],
    surfaces: SurfaceReport,
    video: VideoInfo,
    style: Style,
    *,
    tools: Tools,
    out_dir: Path,
    block_samples: int = DEFAULT_BLOCK_SAMPLES,
    with_tails: bool = False,
    on_progress: Progress = lambda _done, _total, _unit: None,
) -> SynthesizedSound:
    """Sound every footstep at its sample and mix the programme, as long as the video.

    Args:
        steps: What the detector found.
        surfaces: Grounds and shoes.
        video: Picture size and length.
        style: How it sounds.
        tools: Voices and the original sound.
        out_dir: Existing folder for the files and for scratch tracks of 4 bytes per sample and channel.
        block_samples: Samples worked on at a time; the result is the same for every value.
        with_tails: Writes how everything goes on after the picture too, from `TAIL_LEAD_S` before its end until nothing
            sounds any more, in files beside the others, which stay as they are.
        on_progress: Called with done, total and unit: ``steps``, then ``seconds of sound``, counted on; may raise to
            stop the work.
    """
    rate = style.sample_rate_hz
    cues = make_cues(steps, surfaces, video, style)
    original = None if style.original_sound is OriginalSound.DROP else tools.original
    layout = programme_layout(original)
    front = front_channels(layout)
    target = loudness.TARGETS[style.loudness_preset]
    total = programme_samples(video, rate)
    clock = Clock(rate, total, block_samples, len(cues), on_progress)

    parked = park_foley(
        cues,
        tools.voices,
        clock,
        out_dir,
        channel_count=len(front),
        with_stems=style.stems,
        with_tail=with_tails,
    )
    track, original_lufs = park_original(
        original, cues, style, clock, folder=out_dir, layout=layout
    )
    balance_db = loudness.foley_gain_db(
        parked.step_lufs, original_lufs, PERSPECTIVE_LEVEL_DB[style.perspective]
    )
    is_mono = original is not None and original.layout.channel_count == 1
    programme = Programme(
        layout=layout,
        front=front,
        foley=parked.foley,
        stems=parked.stems,
        original=track,
        foley_gain=10 ** (balance_db / 20),
        original_pan=MONO_PAN if is_mono else 1.0,
    )
    programme, level = settle(programme, clock, target)
    delivered = deliver(programme, level, clock, style, out_dir)
    tails: list[Path] = []
    if parked.tail is not None:
        tails = deliver_tail(
            delivered, programme, parked.tail, level, clock=clock, style=style, folder=out_dir
        )
        parked.tail.delete()
    programme.delete()
    buses = {
        "channel_layout": layout.name,
        "original_gain_db": delivered.original_gain_db,
        "foley_gain_db": delivered.foley_gain_db,
    }
    write_cues(out_dir / CUES_NAME, cues, style, total, buses)
    return SynthesizedSound(
        mix=out_dir / MIX_NAME,
        foley=out_dir / FOLEY_NAME,
        cues=out_dir / CUES_NAME,
        stems=delivered.stems,
        tails=tuple(tails),
        loudness=delivered.loudness,
        placed=tuple(cues),
        channel_layout=layout.name,
        original_gain_db=delivered.original_gain_db,
        foley_gain_db=delivered.foley_gain_db,
    )
