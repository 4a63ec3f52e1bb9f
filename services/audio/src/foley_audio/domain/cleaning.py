"""Which of the steps that were found in a recording are good enough for a pack, and why the others are not."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import numpy as np

from foley_audio.domain.content import Content, ContentSpan
from foley_audio.domain.segmentation import FoundStep
from foley_audio.domain.types import FloatArray

SHORTEST_S = 0.04  # a click; the shortest recorded steps, bare concrete, last 0.1 s
LEAST_SNR_DB = 12.0  # of the loudest 50 ms; leaves that rustle on between steps have 14 and more
CLIPPED_REACH_S = 0.15  # clipping this long after the contact is heard in the step
CLIPPED_RUNS = 2  # one flat top may be the honest peak of a levelled recording
LOOP_LIKENESS = 0.95  # correlation of two steps that are the same sample; two takes of one ground stay below 0.7
LOOP_RATE_HZ = (
    12_000  # the correlation is made at this rate: clicks above 6 kHz are nobody's identity
)
LOOP_SPAN_S = 0.3  # from the contact
LOOP_LAG_S = 0.01
FEWEST_FOR_OUTLIERS = 8  # fewer steps do not say what is usual
OUTLIER_SPREADS = 5.0  # median absolute deviations, as standard deviations, from the usual
LEAST_SPREAD = {
    "level": 2.5,
    "duration": 0.25,
    "centroid": 0.25,
    "shape": 1.5,
}  # dB, octaves, octaves, dB
MAD_TO_DEVIATION = 1.4826  # of a normal distribution


class Flaw(enum.StrEnum):
    """Why a part of a recording was not taken; the words are those of the contract."""

    SPEECH = "speech"
    MUSIC = "music"
    CLIPPED = "clipped"
    NOISE = "noise"
    TOO_SHORT = "too short"
    CUT_OFF = "cut off"
    LOOP = "loop"
    OUTLIER = "outlier"
    SURPLUS = "surplus"


REMEDIES = {
    Flaw.SPEECH: "take a part without voices, or a recording of the steps alone",
    Flaw.MUSIC: "take a recording without music",
    Flaw.CLIPPED: "record again at a lower level",
    Flaw.NOISE: "record nearer to the feet or in a quieter place",
    Flaw.TOO_SHORT: "these are clicks, not steps",
    Flaw.CUT_OFF: "give a recording that begins before a step and ends after one",
    Flaw.LOOP: "give a recording that does not repeat one sample",
    Flaw.OUTLIER: "give one kind of step per recording",
    Flaw.SURPLUS: "the pack is full",
}


def flaw_of(
    step: FoundStep,
    spans: Sequence[ContentSpan],
    clipped_s: FloatArray,
    sample_rate_hz: int,
) -> Flaw | None:
    """What is wrong with one step by itself; None when nothing is.

    Args:
        step: The step.
        spans: Speech and music in the recording.
        clipped_s: shape ``(n,)``, increasing, times of clipped runs of samples in the recording.
        sample_rate_hz: Of the step's samples.
    """
    contact_s, end_s = step.span.contact / sample_rate_hz, step.span.end / sample_rate_hz
    for span in spans:
        if span.start_s < end_s and span.end_s > contact_s:
            return Flaw.SPEECH if span.content is Content.SPEECH else Flaw.MUSIC
    reach_s = min(end_s, contact_s + CLIPPED_REACH_S)
    first, last = np.searchsorted(clipped_s, [step.span.first / sample_rate_hz, reach_s])
    if last - first >= CLIPPED_RUNS:
        return Flaw.CLIPPED
    if step.cut_off:
        return Flaw.CUT_OFF
    if step.level_db - step.noise_db < LEAST_SNR_DB:
        return Flaw.NOISE
    if step.duration_s < SHORTEST_S:
        return Flaw.TOO_SHORT
    return None


def loops(steps: Sequence[FoundStep], sample_rate_hz: int) -> set[int]:
    """Positions of steps that repeat an earlier one sample by sample, whatever their level."""
    if len(steps) < 2:
        return set()
    factor = max(1, sample_rate_hz // LOOP_RATE_HZ)
    span, lag = (round(s * sample_rate_hz / factor) for s in (LOOP_SPAN_S, LOOP_LAG_S))
    size = 1 << (2 * span - 1).bit_length()
    rows = np.zeros((len(steps), span), np.float32)
    for row, step in zip(rows, steps, strict=True):
        body = step.sound[step.contact_index :][: span * factor]
        body = body[: body.size // factor * factor].reshape(-1, factor).mean(axis=1)
        norm = float(np.sqrt((body.astype(np.float64) ** 2).sum()))
        row[: body.size] = body / norm if norm > 0 else 0.0
    spectra = np.fft.rfft(rows, size).astype(np.complex64)
    repeated: set[int] = set()
    for i in range(1, len(steps)):
        earlier = [j for j in range(i) if j not in repeated]
        both = np.fft.irfft(spectra[earlier] * np.conj(spectra[i]), size)
        likeness = max(float(both[:, : lag + 1].max()), float(both[:, -lag:].max()))
        if likeness > LOOP_LIKENESS:
            repeated.add(i)
    return repeated


def outliers(steps: Sequence[FoundStep]) -> set[int]:
    """Positions of sounds that are unlike the others: doors, coughs, things that fall."""
    if len(steps) < FEWEST_FOR_OUTLIERS:
        return set()
    shapes = np.stack([step.shape_db for step in steps])
    features = {
        "level": np.array([step.level_db for step in steps]),
        "duration": np.log2([max(step.duration_s, 1e-3) for step in steps]),
        "centroid": np.log2([max(step.centroid_hz, 1.0) for step in steps]),
        "shape": np.abs(shapes - np.median(shapes, axis=0)).mean(axis=1),
    }
    far: set[int] = set()
    for name, values in features.items():
        middle = float(np.median(values))
        spread = MAD_TO_DEVIATION * float(np.median(np.abs(values - middle)))
        off = (values - middle) / max(spread, LEAST_SPREAD[name])
        if name != "shape":  # a distance can only be too large
            off = np.abs(off)
        far |= set(np.flatnonzero(off > OUTLIER_SPREADS).tolist())
    return far


def strengths(levels_db: FloatArray, db_per_strength: float) -> FloatArray:
    """How hard each step lands within its recording, 0 to 1: the usual one is 0.5.

    >>> strengths(np.array([-30.0, -23.0, -16.0]), 14.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if not levels_db.size:
        return np.zeros(0)
    return np.clip(0.5 + (levels_db - np.median(levels_db)) / db_per_strength, 0.0, 1.0)
