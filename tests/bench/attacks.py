"""How fast steps rise, ours beside recorded ones, and when an independent onset finder hears ours.

    python -m tests.bench.attacks [--shared ../shared] [--steps 60]

The shipped tables, which know all recordings: this is no measure of likeness to others, but finds what the synthesis
itself adds, as what low bands smear around a click. On recorded grounds ours move as the recordings do, on the others
they walk. A rise is `attack_log` of ``shared/bench/audio_eval.py``, onsets are those of its ``--track``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_audio.domain.cues import step_seed
from foley_audio.domain.materials import load_materials
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSound
from foley_audio.render.wav import write_mono
from foley_common.footsteps import GaitKind
from foley_common.surfaces import Surface

sys.path.insert(0, str(Path(__file__).parents[2] / "services" / "audio" / "training"))
from recordings import kind_of
from steps import gait_of, medium_step

RATE_HZ, APART_S = 48_000, 1.0
ATTACK_MS = 30.0  # of a heel at most (`filterbank.ATTACK_END_S`)


def steps_of(
    synthesizer: Synthesizer, surface: Surface, gait_kinds: list[GaitKind], count: int
) -> list[StepSound]:
    """So many steps of one ground, on all of its floors, the ways of moving in turn."""
    turns = [gait_kinds[number % len(gait_kinds)] for number in range(count)]
    return [
        synthesizer.step(
            medium_step(
                surface, gait_kind, seed=step_seed(number, f"attacks:{surface}"), floor=number
            )
        )
        for number, gait_kind in enumerate(turns)
    ]


def rises_ms(judge: Any, files: list[Path]) -> NDArray[np.float64]:
    """Time from a tenth of the peak to it, of each file."""
    return 1000 * 2.0 ** np.array(
        [judge.features(judge.cut(judge.load(str(file))[0]))["attack_log"] for file in files]
    )


def onsets(script: Path, sounds: list[StepSound], folder: Path) -> dict[str, Any]:
    """What ``audio_eval.py --track`` says of steps that stand `APART_S` apart."""
    track = np.zeros(round(RATE_HZ * APART_S * (len(sounds) + 1)), np.float32)
    events = [APART_S * (0.5 + number) for number in range(len(sounds))]
    for event_s, sound in zip(events, sounds, strict=True):
        first = round(event_s * RATE_HZ) - sound.contact_index
        track[first : first + sound.samples.size] += sound.samples
    write_mono(folder / "track.wav", track, RATE_HZ)
    (folder / "events.json").write_text(json.dumps(events))
    command = [sys.executable, str(script), "--track", str(folder / "track.wav")]
    command += ["--events", str(folder / "events.json")]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    """Print a row per ground, and one of slides."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shared", type=Path, default=Path(__file__).parents[3] / "shared")
    parser.add_argument("--steps", type=int, default=60)
    arguments = parser.parse_args()
    script = arguments.shared / "bench" / "audio_eval.py"
    sys.path.insert(0, str(script.parent))
    import audio_eval as judge

    synthesizer = Synthesizer(load_materials())
    print(
        "rise, ms: a quarter, half of the steps, share of those beyond 30 ms, where the ball is the loudest on hard "
        "grounds; onset after the contact, ms: median, 95 % within"
    )
    print(f"{'':18}{'ours':>20}{'recordings':>20}{'onset':>14}")
    recordings = arguments.shared / "data" / "footsteps"
    recorded = {surface: sorted((recordings / surface).glob("*.flac")) for surface in Surface}
    rounds = [(surface, "", recorded[surface]) for surface in Surface]
    for surface, slide, real in [*rounds, (Surface.CONCRETE, "scuff", [])]:
        gait_kinds = [gait_of(kind_of(path)[1]) for path in real]
        if not gait_kinds:
            gait_kinds = [GaitKind(slide or "walk")]
        sounds = steps_of(synthesizer, surface, gait_kinds, arguments.steps)
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / f"{number:03d}.wav" for number in range(len(sounds))]
            for file, sound in zip(files, sounds, strict=True):
                write_mono(file, sound.samples, RATE_HZ)
            heard = onsets(script, sounds, Path(folder))
            rows = [rises_ms(judge, files)]
        if real:
            rows.append(rises_ms(judge, real))
        cells = [
            " ".join(f"{ms:6.2f}" for ms in np.percentile(row, [25, 50]))
            + f" {np.mean(row > ATTACK_MS):5.2f}"
            for row in rows
        ]
        cells += ["–"] * (2 - len(cells))
        onset = f"{heard['sync_ms_median']:.2f} {heard['sync_ms_p95_abs']:.2f}"
        print(
            f"{f'{surface} {slide}':18}" + "".join(f"{cell:>20}" for cell in cells) + f"{onset:>14}"
        )


if __name__ == "__main__":
    main()
