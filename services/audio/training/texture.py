"""What a step sounds like inside the cells of the fitted tables: how uneven its power is, in time and in pitch.

The tables say how much power there is per third of an octave and cell of time; two sounds of one table may still be
hiss, a click, a ring or a rain of grains. What tells them apart is how unevenly the power lies inside a small tile of
time and pitch: the logarithm of its mean less the mean of its logarithm (Wiener's spectral flatness, taken in tiles).
Short windows see grains and clicks, long ones see resonances. Evenness along with other octaves at the same moment
tells broadband grains from independent bands. Peaks (crest and kurtosis) tell one hard click from a cluster. How often
the envelope peaks, how evenly in time and how unequally high, tells many small grains from few large ones.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage, signal, stats

from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES

WINDOWS = (128, 512, 2048)  # samples: 2.7, 10.7 and 43 ms
OVERLAP = 4  # windows per window length
OCTAVES_HZ = ((150.0, 600.0), (600.0, 2400.0), (2400.0, 6000.0), (6000.0, 13_000.0))
ATTACK_S = 0.03
TILE_S = 0.012  # of time around a point, or three windows where that is longer
TILE_OCTAVES = 1 / 3
QUIET_DB = -45.0  # tiles further below the loudest are noise of the recording
LEAST_BINS = 3
GRAINS_FROM_HZ = 600.0  # below, a period is as long as a grain
GRAIN_STEP = 8  # samples between points of the envelope, 0.17 ms
GRAIN_PROMINENCE_DB = 6.0  # a grain stands out from what surrounds it
GRAIN_RANGE_DB = -40.0  # under the highest: softer ones are noise of the recording
RIPPLE_BINS = 1 << 16
RIPPLE_STEPS = 12  # per octave
RIPPLE_HZ = ((100.0, 400.0), (400.0, 1600.0), (1600.0, 12_000.0))


def _spectrogram(sound: np.ndarray, window: int) -> np.ndarray:
    """Powers, shape ``(frames, bins)``; frame 0 stands at the start of ``sound``."""
    hop = window // OVERLAP
    padded = np.pad(sound, (window // 2, window))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    return np.abs(np.fft.rfft(frames * np.hanning(window), axis=1)) ** 2


BANDS = [
    signal.butter(2, (low, high), "bp", fs=ENGINE_RATE_HZ, output="sos") for low, high in OCTAVES_HZ
]


def peaks(sound: np.ndarray) -> dict[str, float]:
    """Crest in dB and logarithm of the kurtosis, of the whole and of every band, while 90 % of the energy passes."""
    out: dict[str, float] = {}
    parts = [sound, *(signal.sosfilt(band, sound) for band in BANDS)]
    for name, part in zip(("all", *(f"{low:.0f}" for low, _ in OCTAVES_HZ)), parts, strict=True):
        passed = np.cumsum(part**2)
        first, last = np.searchsorted(passed, [0.05 * passed[-1], 0.95 * passed[-1]])
        inside = part[first : last + 64]
        rms = np.sqrt(np.mean(inside**2)) + 1e-12
        out[f"crest:{name}"] = float(20 * np.log10(np.abs(inside).max() / rms))
        out[f"kurtosis:{name}"] = float(np.log2(3 + max(stats.kurtosis(inside), -2.5)))
    return out


def grains(sound: np.ndarray) -> dict[str, float]:
    """Peaks of the envelope above 600 Hz: logarithm of their rate, spread of their intervals, spread of their heights.

    Intervals of a Poisson process have a standard deviation of their mean; beats are more even, clusters less.
    """
    out: dict[str, float] = {}
    for (low, _), band in zip(OCTAVES_HZ, BANDS, strict=True):
        if low < GRAINS_FROM_HZ:
            continue
        level = 20 * np.log10(
            np.abs(signal.hilbert(signal.sosfilt(band, sound)))[::GRAIN_STEP] + 1e-6
        )
        at, _ = signal.find_peaks(
            level, prominence=GRAIN_PROMINENCE_DB, height=level.max() + GRAIN_RANGE_DB
        )
        heard_s = float(np.sum(level > level.max() + GRAIN_RANGE_DB)) * GRAIN_STEP / ENGINE_RATE_HZ
        out[f"grains:{low:.0f}:rate"] = float(np.log2(max(at.size, 0.5) / max(heard_s, 0.01)))
        if at.size > LEAST_BINS:
            gaps = np.diff(at)
            out[f"grains:{low:.0f}:gaps"] = float(gaps.std() / gaps.mean())
            out[f"grains:{low:.0f}:heights"] = float(level[at].std())
    return out


def ripple(sound: np.ndarray) -> dict[str, float]:
    """Unevenness of the whole step's spectrum at twelfths of an octave against thirds, in dB, by range of pitch."""
    power = np.abs(np.fft.rfft(sound, RIPPLE_BINS)) ** 2
    hz = np.fft.rfftfreq(RIPPLE_BINS, 1 / ENGINE_RATE_HZ)
    low, high = RIPPLE_HZ[0][0], RIPPLE_HZ[-1][1]
    edges = low * 2 ** (np.arange(int(np.log2(high / low) * RIPPLE_STEPS) + 1) / RIPPLE_STEPS)
    level = 10 * np.log10(np.diff(np.interp(edges, hz, np.cumsum(power))) / np.diff(edges) + 1e-12)
    fine = level - ndimage.gaussian_filter1d(level, 0.2 * RIPPLE_STEPS, mode="nearest")
    return {
        f"ripple:{a:.0f}": float(fine[(edges[:-1] >= a) & (edges[:-1] < b)].std())
        for a, b in RIPPLE_HZ
    }


def texture(sound: np.ndarray, duration_s: float) -> dict[str, float]:
    """Unevenness of one step, in dB and correlations.

    Args:
        sound: shape ``(n,)``, its contact at `LEAD_SAMPLES`.
        duration_s: From the contact to the end.
    """
    end = LEAD_SAMPLES + round(duration_s * ENGINE_RATE_HZ)
    sound = sound[:end] / (np.abs(sound).max() + 1e-12)
    out = peaks(sound) | ripple(sound) | grains(sound)
    for window in WINDOWS:
        power = _spectrogram(sound, window) + 1e-10
        hz = np.fft.rfftfreq(window, 1 / ENGINE_RATE_HZ)
        hop_s = window / OVERLAP / ENGINE_RATE_HZ
        time_s = np.arange(power.shape[0]) * hop_s - LEAD_SAMPLES / ENGINE_RATE_HZ
        span = max(3 * OVERLAP // 2, round(TILE_S / hop_s)) | 1
        residuals = []
        for low, high in OCTAVES_HZ:
            inside = (hz >= low) & (hz < high)
            name = f"{window}:{low:.0f}"
            if inside.sum() < LEAST_BINS:
                continue
            part = power[:, inside]
            wide = max(1, round(inside.sum() / np.log2(high / low) * TILE_OCTAVES)) | 1
            mean = ndimage.uniform_filter(part, (span, wide), mode="nearest")
            uneven = 10 * np.log10(mean / part)
            heard = 10 * np.log10(mean / power.max()) > QUIET_DB
            attack = (time_s >= 0) & (time_s < max(ATTACK_S, 2 * hop_s))
            for region, chosen in (("attack", attack), ("body", time_s >= ATTACK_S)):
                used = heard & chosen[:, None]
                if used.sum() >= LEAST_BINS * 8:
                    out[f"{name}:{region}"] = float(uneven[used].mean())
            total = part.sum(axis=1)
            residuals.append(
                np.log(total) - ndimage.uniform_filter1d(np.log(total), span, mode="nearest")
            )
        if window == WINDOWS[0]:
            body = (time_s >= 0.0) & (power.sum(axis=1) > power.sum(axis=1).max() * 1e-4)
            if body.sum() > 3 * span:
                for i, j in ((0, 1), (1, 2)):
                    a, b = residuals[i][body], residuals[j][body]
                    out[f"together:{i}"] = float(np.corrcoef(a, b)[0, 1])
                    out[f"swing:{j}"] = float(residuals[j][body].std())
    return out
