"""Pictures of steps: one sheet per surface, ours under recordings, and one of every surface with every shoe."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from foley_audio.domain.cues import USUAL_STANCE_S, step_seed
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.domain.types import StepSpec
from foley_common.footsteps import GaitKind, Side
from foley_common.surfaces import Footwear, Surface

COLUMNS = 5  # steps of each kind
SHOWN_S = 0.6
ATTACK_S = 0.05
RANGE_DB = 70.0
RATE_HZ = 48_000
SHOES_SHOWN_S = 0.35


def plot_sheets(real: Path, ours: Path, out: Path) -> None:
    """Write ``<surface>.png`` into a folder: waveform, attack and spectrogram; recordings above, ours below."""
    out.mkdir(parents=True, exist_ok=True)
    for surface in sorted(folder.name for folder in ours.iterdir()):
        figure = _figure(22, 14)
        axes = figure.subplots(6, COLUMNS, squeeze=False)
        for side, folder in enumerate((real, ours)):
            for column, path in enumerate(sorted((folder / surface).iterdir())[:COLUMNS]):
                sound, rate = soundfile.read(path, always_2d=True)
                whole, attack, picture = axes[3 * side : 3 * side + 3, column]
                _waves(whole, attack, sound.mean(axis=1), rate)
                _spectrogram(picture, sound.mean(axis=1), rate, SHOWN_S)
                whole.set_title(f"{('recording', 'ours')[side]}: {path.stem}", fontsize=9)
        figure.suptitle(surface)
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
    for axis in (whole, attack):
        axis.set_ylim(-1, 1)
        axis.tick_params(labelsize=6)


def _spectrogram(axis: Axes, sound: np.ndarray, rate: int, shown_s: float) -> None:
    sound = _fitted_to(sound, round(shown_s * rate)) / np.abs(sound).max()
    dither = 1e-7 * np.random.default_rng(0).standard_normal(sound.size)  # logarithms follow
    low, high = -RANGE_DB - 40, -40
    axis.specgram(
        sound + dither, NFFT=512, Fs=rate, noverlap=448, cmap="magma", vmin=low, vmax=high
    )
    axis.set_ylim(0, 16_000)
    axis.tick_params(labelsize=6)
