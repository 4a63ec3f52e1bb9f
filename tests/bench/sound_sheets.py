"""Pictures of steps: waveform and spectrogram, ours beside recordings, one sheet per three surfaces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

COLUMNS = 3  # steps of each kind
SHOWN_S = 0.6
SURFACES_PER_SHEET = 3
RANGE_DB = 70.0


def plot_sheets(real: Path, ours: Path, out: Path) -> None:
    """Write ``sheet-<n>.png`` into a folder; each row is a surface, recordings left, ours right."""
    out.mkdir(parents=True, exist_ok=True)
    surfaces = sorted(folder.name for folder in ours.iterdir())
    for start in range(0, len(surfaces), SURFACES_PER_SHEET):
        chosen = surfaces[start : start + SURFACES_PER_SHEET]
        figure = Figure(figsize=(18, 5 * len(chosen)), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(2 * len(chosen), 2 * COLUMNS, squeeze=False)
        for row, surface in enumerate(chosen):
            for side, folder in enumerate((real, ours)):
                files = sorted((folder / surface).iterdir())[:COLUMNS]
                for column, path in enumerate(files):
                    wave, picture = axes[2 * row : 2 * row + 2, side * COLUMNS + column]
                    _step(wave, picture, path)
                    wave.set_title(
                        f"{surface}, {('recording', 'ours')[side]}: {path.stem}", fontsize=8
                    )
        figure.savefig(out / f"sheet-{start // SURFACES_PER_SHEET + 1}.png", dpi=70)


def _step(wave: Axes, picture: Axes, path: Path) -> None:
    sound, rate = soundfile.read(path)
    mono = sound if sound.ndim == 1 else sound.mean(axis=1)
    mono = np.pad(mono, (0, max(0, round(SHOWN_S * rate) - mono.size)))[: round(SHOWN_S * rate)]
    mono = mono / np.abs(mono).max()
    dither = 1e-7 * np.random.default_rng(0).standard_normal(
        mono.size
    )  # a spectrogram takes logarithms
    wave.plot(np.arange(mono.size) / rate, mono, linewidth=0.5)
    wave.set_ylim(-1, 1)
    wave.set_xlim(0, SHOWN_S)
    picture.specgram(
        mono + dither, NFFT=512, Fs=rate, noverlap=448, cmap="magma", vmin=-RANGE_DB - 40, vmax=-40
    )
    picture.set_ylim(0, 16_000)
    for axis in (wave, picture):
        axis.tick_params(labelsize=6)
