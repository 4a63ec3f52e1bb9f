"""Single steps to listen to or to play live, one file each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec
from foley_audio.render.wav import write_mono


@dataclass(frozen=True, slots=True)
class BankFile:
    """One step.

    Attributes:
        path: Its mono WAV.
        contact_sample: Sample at which the foot touches the ground.
        duration_s: From there to the end.
    """

    path: Path
    contact_sample: int
    duration_s: float


def write_bank(
    specs: Sequence[StepSpec],
    synthesizer: Synthesizer,
    folder: Path,
    *,
    sample_rate_hz: int,
    on_progress: Callable[[int, int, str], None],
) -> list[BankFile]:
    """Make steps and write each to a file.

    Args:
        specs: How each sounds.
        synthesizer: Makes them.
        folder: Existing folder for the files.
        sample_rate_hz: Of the files.
        on_progress: Called with done, total and unit; may raise to stop the work.
    """
    files: list[BankFile] = []
    for i, spec in enumerate(specs):
        sound = synthesizer.step(spec, sample_rate_hz=sample_rate_hz)
        path = folder / f"step-{i:03d}.wav"
        write_mono(path, sound.samples, sample_rate_hz)
        duration_s = (sound.samples.size - sound.contact_index) / sample_rate_hz
        files.append(BankFile(path, sound.contact_index, duration_s))
        on_progress(i + 1, len(specs), "steps")
    return files
