"""Pictures of steps: a sheet per surface, ours under recordings; every surface with every shoe; walks with contacts."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.mix import Voices
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec, Style
from foley_audio.pipeline import Tools, synthesize
from foley_audio.render.room_response import room_response
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

COLUMNS = 5  # steps of each kind
SHOWN_S = 0.6
ATTACK_S = 0.05
RANGE_DB = 70.0
RATE_HZ = 48_000
SHOES_SHOWN_S = 0.35
WALK_S, WALK_STEPS = 5.0, 8
SIDE_COLOURS = {Side.LEFT: "tab:orange", Side.RIGHT: "tab:blue"}  # those of the annotated video
WALK_VIDEO = VideoInfo(
    width_px=640,
    height_px=360,
    frame_rate=Fraction(25),
    frame_count=125,
    duration_s=WALK_S,
    video_codec="",
)


def plot_sheets(real: Path, ours: Path, out: Path) -> None:
    """Write ``<surface>.png`` into a folder: waveform, attack and spectrogram; recordings above, ours below."""
    out.mkdir(parents=True, exist_ok=True)
    legend = f"each step over its own peak; its attack; its spectrogram over {RANGE_DB:g} dB"
    for surface in sorted(folder.name for folder in ours.iterdir()):
        figure = _figure(22, 14)
        axes = figure.subplots(6, COLUMNS, squeeze=False)
        for axis in axes.flat:  # fewer recordings than columns leave their places blank
            axis.set_axis_off()
        for side, folder in enumerate((real, ours)):
            for column, path in enumerate(sorted((folder / surface).iterdir())[:COLUMNS]):
                sound, rate = soundfile.read(path, always_2d=True)
                whole, attack, picture = axes[3 * side : 3 * side + 3, column]
                for axis in (whole, attack, picture):
                    axis.set_axis_on()
                _waves(whole, attack, sound.mean(axis=1), rate)
                _spectrogram(picture, sound.mean(axis=1), rate, SHOWN_S)
                whole.set_title(f"{('recording', 'ours')[side]}: {path.stem}", fontsize=9)
        figure.suptitle(f"{surface}: {legend}")
        figure.savefig(out / f"{surface}.png", dpi=60)


def plot_shoes(synthesizer: Synthesizer, out: Path) -> None:
    """Write ``surfaces-and-shoes.png``: the spectrogram of one step of every surface with every shoe."""
    figure = _figure(20, 30)
    axes = figure.subplots(len(Surface), len(Footwear), squeeze=False)
    for row, surface in enumerate(Surface):
        for column, footwear in enumerate(Footwear):
            spec = StepSpec(
                surface=surface,
                footwear=footwear,
                gait_kind=GaitKind.WALK,
                strike_pattern=None,
                strength=0.5,
                stance_time_s=USUAL_STANCE_S[GaitKind.WALK],
                side=Side.LEFT,
                wet=False,
                seed=step_seed(5, surface.value),  # one step in eight shoes
            )
            axis = axes[row, column]
            _spectrogram(axis, synthesizer.step(spec).samples, RATE_HZ, SHOES_SHOWN_S)
            axis.set_title(f"{surface.value}, {footwear.value}", fontsize=8)
    figure.savefig(out / "surfaces-and-shoes.png", dpi=60)


def plot_walks(synthesizer: Synthesizer, out: Path) -> None:
    """Write ``walks.png``: a walk on every surface as the product sounds it, its contacts over the waveform."""
    figure = _figure(20, 30)
    axes = figure.subplots(len(Surface), 1, sharex=True)
    for axis, surface in zip(axes, Surface, strict=True):
        steps = [_walked(i) for i in range(WALK_STEPS)]
        ground = SurfaceAnswer(surface, surface, None, 1.0, AnswerSource.OVERRIDE)
        report = SurfaceReport(surfaces=(SurfaceSpan(0, 0.0, WALK_S, ground),))
        with tempfile.TemporaryDirectory() as folder:
            sound = synthesize(
                steps,
                report,
                WALK_VIDEO,
                Style(),
                tools=Tools(Voices(synthesizer.voice(RATE_HZ), {}, room_response), None),
                out_dir=Path(folder),
            )
            samples, rate = soundfile.read(sound.foley, always_2d=True)
        mono = samples.mean(axis=1) / np.abs(samples).max()
        axis.plot(np.arange(mono.size) / rate, mono, linewidth=0.4, color="0.35")
        for cue, step in zip(sound.placed, steps, strict=True):
            colour = SIDE_COLOURS[step.side]
            axis.axvline(cue.onset_sample / rate, color=colour, linewidth=1)
            axis.axvline(step.toe_off_time_s, color=colour, linewidth=0.8, linestyle=":")
        axis.set_ylim(-1, 1)
        axis.set_ylabel(surface.value)
        axis.tick_params(labelsize=6)
    axes[0].set_title("contacts (lines) and toe-offs (dotted), left orange, right blue")
    axes[-1].set_xlabel("s")
    figure.savefig(out / "walks.png", dpi=60)


def _walked(number: int) -> Footstep:
    contact_s = 0.4 + 0.55 * number
    return Footstep(
        footstep_id=f"t1-{number + 1:04d}",
        track_id=1,
        side=Side.RIGHT if number % 2 else Side.LEFT,
        initial_contact_time_s=contact_s,
        toe_off_time_s=contact_s + USUAL_STANCE_S[GaitKind.WALK],
        confidence=1.0,
        toe_off_confidence=1.0,
        strength=0.5,
        gait_kind=GaitKind.WALK,
        strike_pattern=None,
        x_px=320.0,
        y_px=300.0,
        person_height_px=216.0,
    )


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _fitted_to(sound: np.ndarray, count: int) -> np.ndarray:
    return np.pad(sound, (0, max(0, count - sound.size)))[:count]


def _waves(whole: Axes, attack: Axes, sound: np.ndarray, rate: int) -> None:
    sound = _fitted_to(sound, round(SHOWN_S * rate)) / np.abs(sound).max()
    whole.plot(np.arange(sound.size) / rate, sound, linewidth=0.5)
    start = max(0, int(np.argmax(np.abs(sound) > 0.05)) - round(0.005 * rate))
    part = sound[start : start + round(ATTACK_S * rate)]
    attack.plot(1000 * np.arange(part.size) / rate, part, linewidth=0.6)
    for axis, unit in ((whole, "s"), (attack, "ms")):
        axis.set_ylim(-1, 1)
        axis.set_xlabel(unit, fontsize=6, labelpad=0)
        axis.tick_params(labelsize=6)


def _spectrogram(axis: Axes, sound: np.ndarray, rate: int, shown_s: float) -> None:
    sound = _fitted_to(sound, round(shown_s * rate)) / np.abs(sound).max()
    dither = 1e-7 * np.random.default_rng(0).standard_normal(sound.size)  # logarithms follow
    low, high = -RANGE_DB - 40, -40
    axis.specgram(
        sound + dither, NFFT=512, Fs=rate, noverlap=448, cmap="magma", vmin=low, vmax=high
    )
    axis.set_ylim(0, 16_000)
    axis.set_ylabel("Hz", fontsize=6)
    axis.set_xlabel("s", fontsize=6, labelpad=0)
    axis.tick_params(labelsize=6)
