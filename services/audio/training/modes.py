"""Resonances of a floor: peaks that the spectra of several steps share, with their decay."""

from __future__ import annotations

import numpy as np
from scipy import ndimage, signal

from foley_audio.domain.filterbank import ENGINE_RATE_HZ, LEAD_SAMPLES

MODES = 20
BINS = 1 << 16
LOWEST_HZ, HIGHEST_HZ = 90.0, 9000.0
LEAST_HEIGHT_DB = 4.0  # over the surroundings of a third of an octave
T60_RANGE_S = (0.02, 1.5)
DECAY_RANGE_DB = (-3.0, -23.0)


def shared_modes(steps: list[np.ndarray]) -> np.ndarray:
    """The strongest resonances, shape ``(MODES, 3)``: frequency in Hz, T60 in s, height in dB; zeros where none."""
    found = np.zeros((MODES, 3))
    spectra = [
        10 * np.log10(np.abs(np.fft.rfft(step[LEAD_SAMPLES:], BINS)) ** 2 + 1e-12) for step in steps
    ]
    frequency_hz = np.fft.rfftfreq(BINS, 1 / ENGINE_RATE_HZ)
    octave = np.arange(np.log2(LOWEST_HZ), np.log2(HIGHEST_HZ), 1 / 120)
    rows = [
        np.interp(octave, np.log2(np.maximum(frequency_hz, 1)), ndimage.uniform_filter1d(s, 5))
        for s in spectra
    ]
    mean = np.mean(rows, axis=0)
    height = mean - ndimage.median_filter(mean, 41)
    # noise of n steps stands this high by chance; only what is higher is a resonance
    chance_db = 5.6 / np.sqrt(len(steps)) * 1.6
    peaks, _ = signal.find_peaks(height, height=LEAST_HEIGHT_DB + chance_db / 2, distance=4)
    best = peaks[np.argsort(-height[peaks])][:MODES]
    for i, peak in enumerate(best):
        hz = float(2 ** octave[peak])
        found[i] = hz, np.median([_t60(step, hz) for step in steps]), height[peak]
    return found


def _t60(step: np.ndarray, frequency_hz: float) -> float:
    """Decay time of one frequency, from the slope of its envelope."""
    t = np.arange(step.size - LEAD_SAMPLES) / ENGINE_RATE_HZ
    width_hz = max(15.0, 0.03 * frequency_hz)
    base = step[LEAD_SAMPLES:] * np.exp(-2j * np.pi * frequency_hz * t)
    low = signal.butter(2, width_hz, fs=ENGINE_RATE_HZ, output="sos")
    level = 20 * np.log10(np.abs(signal.sosfilt(low, base)) + 1e-9)
    top = int(np.argmax(level))
    high, deep = DECAY_RANGE_DB
    after = level[top:] - level[top]
    start, end = int(np.argmax(after < high)), int(np.argmax(after < deep))
    if end <= start + 48:
        return T60_RANGE_S[0]
    return float(np.clip(60.0 * (end - start) / ENGINE_RATE_HZ / (high - deep), *T60_RANGE_S))
