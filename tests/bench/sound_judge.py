"""A second judge of steps, independent of ``audio_eval.py`` and of everything that is fitted: an ear and a margin.

A bank of gammatone filters, envelopes at 1 kHz, and what textures are told by (after McDermott and Simoncelli 2011):
levels over time, sparseness, modulation at three rates, and how neighbouring channels move together. Grounds are told
by a support vector machine; ours and recordings are told apart by linear discriminant analysis.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

RATE_HZ = 24_000  # what lossy recordings hold for certain
LENGTH_S = 0.6
LEAD_S = 0.005
ONSET_DB = -26.0
CHANNELS = 20
LOWEST_HZ, HIGHEST_HZ = 80.0, 10_000.0
ENVELOPE_HZ = 1000
SECTIONS_S = (0.0, 0.02, 0.05, 0.1, 0.2, 0.6)
RATES_HZ = ((4, 16), (16, 60), (60, 250))
FLOOR_DB = -60.0
COMPONENTS = 14


def _channels() -> list[tuple[np.ndarray, np.ndarray]]:
    def erb(hz: float) -> float:
        return 21.4 * np.log10(1 + 0.00437 * hz)

    places = np.linspace(erb(LOWEST_HZ), erb(HIGHEST_HZ), CHANNELS)
    return [
        signal.gammatone((10 ** (place / 21.4) - 1) / 0.00437, "iir", fs=RATE_HZ)
        for place in places
    ]


FILTERS = _channels()


def heard(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    """What is heard of one step, shape ``(features,)``."""
    sound = signal.resample_poly(sound, 1, rate_hz // RATE_HZ) if rate_hz != RATE_HZ else sound
    sound = signal.sosfilt(signal.butter(2, 40, "hp", fs=RATE_HZ, output="sos"), sound)
    power = np.convolve(sound**2, np.ones(48) / 48, "same")
    start = max(
        0, int(np.argmax(power > power.max() * 10 ** (ONSET_DB / 10))) - round(LEAD_S * RATE_HZ)
    )
    sound = sound[start : start + round(LENGTH_S * RATE_HZ)]
    sound = np.pad(sound, (0, round(LENGTH_S * RATE_HZ) - sound.size))
    sound = sound / np.sqrt(np.sum(sound**2) + 1e-12)
    hop = RATE_HZ // ENVELOPE_HZ
    envelopes = []
    for b, a in FILTERS:
        squared = signal.lfilter(b, a, sound) ** 2
        envelopes.append(squared[: squared.size // hop * hop].reshape(-1, hop).mean(axis=1))
    energy = np.array(envelopes) + 1e-12
    level_db = 10 * np.log10(energy)
    level_db = np.maximum(level_db, level_db.max() + FLOOR_DB)
    edges = [round(s * ENVELOPE_HZ) for s in SECTIONS_S]
    parts = [level_db[:, a:b].mean(axis=1) for a, b in itertools.pairwise(edges)]
    compressed = energy**0.15  # as an ear's
    audible = level_db.max(axis=0) > level_db.max() + FLOOR_DB / 2
    chosen = compressed[:, audible] if audible.sum() > 20 else compressed
    deviation = chosen.std(axis=1) / chosen.mean(axis=1)
    skew = ((chosen - chosen.mean(axis=1, keepdims=True)) ** 3).mean(axis=1) / (
        chosen.std(axis=1) ** 3 + 1e-12
    )
    together = [
        np.corrcoef(chosen[i], chosen[i + k])[0, 1] for k in (1, 3) for i in range(CHANNELS - k)
    ]
    spectrum = np.abs(np.fft.rfft(compressed - compressed.mean(axis=1, keepdims=True), axis=1)) ** 2
    hz = np.fft.rfftfreq(compressed.shape[1], 1 / ENVELOPE_HZ)
    rates = [
        10
        * np.log10(spectrum[:, (hz >= low) & (hz < high)].sum(axis=1) / spectrum.sum(axis=1) + 1e-6)
        for low, high in RATES_HZ
    ]
    return np.nan_to_num(np.concatenate([*parts, deviation, skew, np.array(together), *rates]))


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features and surfaces of a folder with one folder per surface."""
    rows, names = [], []
    for path in sorted(p for p in folder.rglob("*") if p.suffix in (".wav", ".flac")):
        sound, rate = soundfile.read(path, always_2d=True)
        rows.append(heard(sound.mean(axis=1), rate))
        names.append(path.parent.name)
    return np.array(rows), np.array(names)


@dataclass(frozen=True)
class Verdict:
    """What the second judge says.

    Attributes:
        recognition: Share of our steps it takes for their ground, mean over grounds, having learned from recordings.
        worst: Of the worst ground.
        distance: Fréchet distance in `COMPONENTS` principal components, mean over grounds with 5 recordings or more.
        auc: How well ours are told from recordings; 0.5 is not at all.
        recall: By ground.
    """

    recognition: float
    worst: float
    distance: float
    auc: float
    recall: dict[str, float]


def judge(real: Path, ours: Path, seed: int = 0) -> Verdict:
    """Compare two folders with one folder per surface each."""
    x_real, y_real = read(real)
    x_ours, y_ours = read(ours)
    said = (
        make_pipeline(StandardScaler(), SVC(C=5.0, gamma="scale", class_weight="balanced"))
        .fit(x_real, y_real)
        .predict(x_ours)
    )
    recall = {name: float((said[y_ours == name] == name).mean()) for name in np.unique(y_real)}
    scale = StandardScaler().fit(x_real)
    axes = PCA(min(COMPONENTS, len(x_real) - 1), random_state=seed).fit(scale.transform(x_real))
    size = np.sqrt(axes.explained_variance_.sum())
    a, b = (axes.transform(scale.transform(x)) / size for x in (x_real, x_ours))
    dice = np.random.default_rng(seed)
    distances, left, right = [], [], []
    for name in np.unique(y_real):
        i, j = np.flatnonzero(y_real == name), np.flatnonzero(y_ours == name)
        count = min(i.size, j.size)
        left.extend(dice.choice(i, count, replace=False))
        right.extend(dice.choice(j, count, replace=False))
        if count >= 5:
            distances.append(frechet(a[i], b[dice.choice(j, count, replace=False)]))
    x = np.concatenate([x_real[left], x_ours[right]])
    t = np.repeat([0, 1], [len(left), len(right)])
    apart = make_pipeline(
        StandardScaler(),
        PCA(30, random_state=seed),
        LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    chance = cross_val_predict(apart, x, t, cv=folds, method="predict_proba")[:, 1]
    return Verdict(
        float(np.mean(list(recall.values()))),
        min(recall.values()),
        float(np.mean(distances)),
        float(roc_auc_score(t, chance)),
        recall,
    )


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of two clouds, their covariances drawn towards the diagonal for small numbers."""

    def covariance(x: np.ndarray) -> np.ndarray:
        own = np.cov(x.T)
        share = x.shape[1] / (x.shape[0] + x.shape[1])
        return (1 - share) * own + share * np.diag(np.diag(own))

    one, other = covariance(a), covariance(b)
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ other @ root), 0)).sum()
    apart = np.sum((a.mean(axis=0) - b.mean(axis=0)) ** 2)
    return float(apart + np.trace(one) + np.trace(other) - 2 * cross)
