"""Fit and judge the local classifier: regularised discriminant analysis that distrusts what differs by source.

Pictures of one class from two sources differ by camera, size and compression. Directions in which they do are counted
as scatter inside the class, so that the classifier leans on them little ("within-class covariance normalisation",
Hatch et al., 2006). Every (class, source) pair weighs by the square root of its size, at most `PAIR_CAP` pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from foley_surface_agent.domain.types import GROUP_INDEX, SURFACES
from foley_surface_agent.local.head import CLIP, Head

PAIR_CAP = 60
MIN_PAIR = 3  # fewer pictures of a class from a source tell no mean
COMPONENTS = 400  # principal components kept
BETWEEN_WEIGHT = 1.0  # of scatter between sources against scatter inside a source
SHRINKAGE = 0.1  # towards a sphere
PRECISION_WANTED = 0.85  # where it names a surface or a group at all
ECE_BINS = 15
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Pictures:
    """Described pictures.

    Attributes:
        rows: shape ``(n, v, d)``: view 0 is the plain centre.
        label: shape ``(n,)``, position in `SURFACES`.
        source: shape ``(n,)``, names.
        is_photo: shape ``(n,)``.
    """

    rows: NDArray[np.float32]
    label: NDArray[np.int64]
    source: NDArray[np.str_]
    is_photo: NDArray[np.bool_]

    @classmethod
    def load(cls, path: object) -> Pictures:
        """Read what `extract.py` wrote."""
        with np.load(path) as archive:  # type: ignore[arg-type]
            words = [surface.value for surface in SURFACES]
            return cls(
                archive["rows"].astype(np.float32),
                np.array([words.index(word) for word in archive["label"]]),
                archive["source"],
                archive["is_photo"],
            )

    def part(self, mask: NDArray[np.bool_]) -> Pictures:
        """Some of them."""
        return Pictures(self.rows[mask], self.label[mask], self.source[mask], self.is_photo[mask])


def fit(pictures: Pictures) -> Head:
    """A head with temperature 1."""
    rows = pictures.rows
    flat = rows.reshape(-1, rows.shape[2])
    mean, scale = flat.mean(axis=0), flat.std(axis=0) + 1e-3
    inputs = np.clip((rows - mean) / scale, -CLIP, CLIP)
    flat = inputs.reshape(-1, rows.shape[2])
    values, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
    basis = vectors[:, np.argsort(values)[::-1][:COMPONENTS]].astype(np.float64)
    points = inputs @ basis
    size = basis.shape[1]
    inside, between = np.zeros((size, size)), np.zeros((size, size))
    inside_weight, pairs_with_two = 0.0, 0
    means = np.zeros((len(SURFACES), size))
    known = np.zeros(len(SURFACES), bool)
    for label in range(len(SURFACES)):
        found, weights = [], []
        for source in np.unique(pictures.source):
            mask = (pictures.label == label) & (pictures.source == source)
            if mask.sum() < MIN_PAIR:
                continue
            cloud = points[mask].reshape(-1, size)
            weight = float(np.sqrt(min(mask.sum(), PAIR_CAP)))
            inside += weight * np.cov(cloud.T)
            inside_weight += weight
            found.append(cloud.mean(axis=0))
            weights.append(weight)
        if not found:
            continue
        known[label] = True
        share = np.array(weights) / np.sum(weights)
        means[label] = share @ np.array(found)
        if len(found) > 1:
            away = np.array(found) - means[label]
            between += len(found) / (len(found) - 1) * (share[:, None] * away).T @ away
            pairs_with_two += 1
    scatter = inside / inside_weight + BETWEEN_WEIGHT * between / max(pairs_with_two, 1)
    scatter = (1 - SHRINKAGE) * scatter + SHRINKAGE * np.trace(scatter) / size * np.eye(size)
    precision = np.linalg.inv(scatter)
    bias = -0.5 * np.einsum("ci,ij,cj->c", means, precision, means)
    bias[~known] = -1e4  # a class that was not seen is never the answer
    weights_out = basis @ precision @ means.T
    return Head(
        mean.astype(np.float32),
        scale.astype(np.float32),
        weights_out.astype(np.float32),
        bias.astype(np.float32),
        1.0,
    )


def held_out_scores(pictures: Pictures) -> FloatArray:
    """Scores of every view by a head that saw no picture of its source, shape ``(n, v, 16)``."""
    count, views, _ = pictures.rows.shape
    scores = np.zeros((count, views, len(SURFACES)))
    for source in np.unique(pictures.source):
        mask = pictures.source == source
        head = fit(pictures.part(~mask))
        for view in range(views):
            scores[mask, view] = head.scores(pictures.rows[mask, view])
    return scores


def temperature_of(scores: FloatArray, label: NDArray[np.int64]) -> float:
    """The temperature of least negative log-likelihood over all views, from scores of shape ``(n, v, 16)``."""

    def loss(log_temperature: float) -> float:
        log_p = log_softmax(np.maximum(scores, -1e3) / np.exp(log_temperature), axis=-1)
        hit = np.take_along_axis(log_p, label[:, None, None], axis=-1)
        return float(-np.maximum(hit, np.log(1e-4)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 5), method="bounded").x))


def calibrated(pictures: Pictures, scores: FloatArray) -> FloatArray:
    """Probabilities ``(n, v, 16)``; the temperature for a source comes from the held-out scores of the others."""
    probabilities = np.zeros_like(scores)
    for source in np.unique(pictures.source):
        mask = pictures.source == source
        temperature = temperature_of(scores[~mask], pictures.label[~mask])
        probabilities[mask] = np.exp(log_softmax(scores[mask] / temperature, axis=-1))
    return probabilities


def groups_of(probabilities: FloatArray) -> FloatArray:
    """Probabilities of the four groups, shape ``(n, 4)``."""
    return np.stack(
        [probabilities[:, group == GROUP_INDEX].sum(axis=1) for group in range(4)], axis=1
    )


def threshold_for(
    confidence: FloatArray, correct: NDArray[np.bool_], wanted: float = PRECISION_WANTED
) -> float:
    """Least confidence from which on answers are right as often as wanted; 1.01 when they never are."""
    order = np.argsort(-confidence)
    precision = np.cumsum(correct[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero((precision >= wanted) & (np.arange(len(order)) >= 30))
    return float(confidence[order][enough[-1]]) if enough.size else 1.01


def expected_calibration_error(confidence: FloatArray, correct: NDArray[np.bool_]) -> float:
    """Mean distance of confidence and accuracy over equal-width bins (Naeini et al., 2015)."""
    which = np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    total = 0.0
    for number in range(ECE_BINS):
        mask = which == number
        if mask.any():
            total += mask.mean() * abs(float(confidence[mask].mean()) - float(correct[mask].mean()))
    return total
