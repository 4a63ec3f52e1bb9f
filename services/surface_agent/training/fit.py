"""Fit and judge the local classifier: discriminant analysis that distrusts what differs by source, and networks.

The linear map is a regularised discriminant analysis; `networks.py` trains what stands beside it on the same views.

Pictures of one class from two sources differ by camera, size and compression. Directions in which they do are counted
as scatter inside the class, so that the classifier leans on them little ("within-class covariance normalisation",
Hatch et al., 2006). Every (class, source) pair weighs by the square root of its size, at most `PAIR_CAP` pictures.

Pictures unlike all training pictures look most like the classes of which few are known (mud, leaves, water, sand), and
people seldom walk on those. So answers start from how common grounds are under people (`COMMON`), not from equal
chances. Those numbers are a guess about everyday clips, not fitted; the exponent was chosen among 0, 0.5, 1 and 1.5 by
the held-out figures, which are flattered by that much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
from networks import train
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import log_softmax

from foley_common.surfaces import Surface
from foley_surface_agent.domain.types import GROUP_INDEX, LEAST_PROBABILITY, SURFACES
from foley_surface_agent.local.head import Head, mixed
from foley_surface_agent.looks import pooled

PAIR_CAP = 60
MIN_ROWS = 2  # fewer views tell no scatter; one picture of a class from one more source helps much
COMPONENTS = 360  # principal components kept
BETWEEN_WEIGHT = 1.0  # of scatter between sources against scatter inside a source
SHRINKAGE = 0.3  # towards a sphere
COPY_COSINE = 0.96  # of standardised descriptors; looked at: copies lie above it, look-alikes below
SMALL_SOURCE = 20  # sources with fewer pictures are held out together: each alone tells nothing
COMMON = {
    Surface.CONCRETE: 1.0,
    Surface.ASPHALT: 1.0,
    Surface.TILE: 1.0,
    Surface.WOOD: 1.0,
    Surface.CARPET: 1.0,
    Surface.GRASS: 1.0,
    Surface.STONE: 0.7,
    Surface.GRAVEL: 0.7,
    Surface.DIRT: 0.7,
    Surface.SAND: 0.35,
    Surface.SNOW: 0.35,
    Surface.METAL: 0.35,
    Surface.LEAVES: 0.15,
    Surface.MUD: 0.15,
    Surface.WATER: 0.15,
    Surface.ICE: 0.15,
}
"""How often people in everyday clips walk on a ground, relative to the commonest."""
PRIOR_EXPONENT = 0.5
JUDGED_VIEWS = (0, 1, 2)
"""Plain centre, as in a video, as under a small walker: temperatures and the thresholds of steps are fitted on them."""
LOOKS = (3, 5)
"""What `foley_surface_agent.looks` takes of a picture, by their places among the views."""
ALL_JUDGED = (*JUDGED_VIEWS, *(view for view in LOOKS if view not in JUDGED_VIEWS))
PRECISION_WANTED = 0.85  # where it names a surface
GROUP_PRECISION_WANTED = (
    0.9  # where it names a group only; a new source brings it down by 0.05 to 0.1
)
TEMPERATURES = (0.2, 100.0)  # the right one lies between
TEMPERATURE_STEP = 1e-4  # finer than anything that could be seen in an answer
ECE_BINS = 15
FloatArray = NDArray[np.float64]
LOG_PRIOR: FloatArray = PRIOR_EXPONENT * np.log([COMMON[surface] for surface in SURFACES])


@dataclass(frozen=True)
class Pictures:
    """Described pictures.

    Attributes:
        rows: shape ``(n, v, d)``: view 0 is the plain centre; NaN where a view was not drawn.
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
            read = cls(
                archive["rows"].astype(np.float32),
                np.array([words.index(word) for word in archive["label"]]),
                archive["source"],
                archive["is_photo"],
            )
        return read.part(~_is_copy(read))

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Shape ``(n, v)``, True where a view was drawn."""
        return np.isfinite(self.rows[:, :, 0])

    def part(self, mask: NDArray[np.bool_]) -> Pictures:
        """Some of them."""
        return Pictures(self.rows[mask], self.label[mask], self.source[mask], self.is_photo[mask])

    def __add__(self, other: Pictures) -> Pictures:
        """These and others."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return Pictures(*(np.concatenate(pair) for pair in pairs))

    def without_copies_of(self, other: Pictures) -> Pictures:
        """Those that are not, as the same class, among others too."""
        both = other + self
        alike = _cosines(both)[len(other.label) :, : len(other.label)] > COPY_COSINE
        same = self.label[:, None] == other.label[None]
        return self.part(~(alike & same).any(axis=1))


def added(paths: Sequence[object], judged: Pictures) -> Pictures | None:
    """Pictures that train and are not judged, without copies of the judged ones; None when there are none."""
    found = [Pictures.load(path).without_copies_of(judged) for path in paths]
    return reduce(Pictures.__add__, found) if found else None


def _cosines(pictures: Pictures) -> NDArray[np.float32]:
    """Likeness of plain centres, shape ``(n, n)``."""
    plain = pictures.rows[:, 0]
    plain = (plain - plain.mean(axis=0)) / (plain.std(axis=0) + 1e-3)
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    return plain @ plain.T


def _is_copy(pictures: Pictures) -> NDArray[np.bool_]:
    """Pictures that a source before theirs (by name) has too: games share textures. Shape ``(n,)``."""
    cosines = _cosines(pictures)
    found = np.zeros(len(cosines), bool)
    for label in np.unique(pictures.label):
        members = np.flatnonzero(pictures.label == label)
        alike = cosines[np.ix_(members, members)] > COPY_COSINE
        is_later = pictures.source[members][:, None] > pictures.source[members][None]
        found[members] = (alike & is_later).any(axis=1)
    return found


def fit(pictures: Pictures) -> Head:
    """A head with temperatures of 1."""
    seen = pictures.seen
    rows = pictures.rows[seen]
    owner = np.repeat(np.arange(len(seen)), seen.sum(axis=1))  # picture of every row
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-3
    nothing = np.zeros((rows.shape[1], len(SURFACES)), np.float32)
    plain = Head(mean, scale, nothing, nothing[0])
    inputs = plain.standardised(rows)
    weights, bias = _linear_map(pictures, inputs, owner)
    networks = train(inputs, pictures.label[owner], _weights_of(pictures)[owner])
    return replace(plain, weights=weights, bias=bias, networks=networks)


def _weights_of(pictures: Pictures) -> FloatArray:
    """How much each view of a picture counts for the networks, shape ``(n,)``; every class sums to the same."""
    pairs = np.char.add(pictures.label.astype(str), pictures.source)
    _, place, sizes = np.unique(pairs, return_inverse=True, return_counts=True)
    views = pictures.seen.sum(axis=1)
    each = (np.sqrt(np.minimum(sizes, PAIR_CAP)) / sizes)[place]
    return each / views / np.bincount(pictures.label, weights=each)[pictures.label]


def _linear_map(
    pictures: Pictures, inputs: NDArray[np.float32], owner: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights of shape ``(d, 16)`` and bias of the discriminant analysis; ``owner`` is every row's picture."""
    values, vectors = np.linalg.eigh(inputs.T @ inputs / len(inputs))
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
            cloud = points[mask[owner]]
            if len(cloud) < MIN_ROWS:
                continue
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
    weights = basis @ precision @ means.T
    return weights.astype(np.float32), bias.astype(np.float32)


def fold_of(source: NDArray[np.str_]) -> NDArray[np.str_]:
    """What is held out together with a picture: its source, or all small sources; shape ``(n,)``."""
    names, counts = np.unique(source, return_counts=True)
    return np.where(np.isin(source, names[counts < SMALL_SOURCE]), "small sources", source)


def held_out_scores(
    pictures: Pictures, more: Pictures | None = None, views: Sequence[int] = ALL_JUDGED
) -> FloatArray:
    """Scores of the judged views by a head that saw no picture of their source, shape ``(n, v, 2, 16)``.

    Args:
        pictures: What is judged; NaN where a view was not drawn.
        more: Pictures of further sources, in every training and never judged.
        views: Which views are judged.
    """
    scores = np.zeros((len(pictures.label), len(views), 2, len(SURFACES)))
    folds = fold_of(pictures.source)
    for fold in np.unique(folds):
        mask = folds == fold
        others = pictures.part(~mask)
        head = fit(others if more is None else others + more)
        for place, view in enumerate(views):
            scores[mask, place] = head.scores(pictures.rows[mask, view])
    return scores


def of_single_views(scores: FloatArray) -> FloatArray:
    """Of scores of `ALL_JUDGED`, those of `JUDGED_VIEWS`."""
    return scores[:, : len(JUDGED_VIEWS)]


def pooled_looks(
    scores: FloatArray, temperatures: tuple[float, float], picture_temperature: float
) -> FloatArray:
    """Of scores of `ALL_JUDGED`, each picture's probabilities as `foley surface` pools its looks, shape ``(n, 16)``."""
    looks = scores[:, [ALL_JUDGED.index(view) for view in LOOKS]]
    chances = np.log(probabilities_of(looks, temperatures) + LEAST_PROBABILITY)
    return np.array([pooled(of_one, picture_temperature) for of_one in chances])


def picture_temperature_of(
    scores: FloatArray, temperatures: tuple[float, float], label: NDArray[np.int64]
) -> float:
    """The temperature at which pooled looks are as sure as they are right; scores as for `pooled_looks`."""

    def too_sure(temperature: float) -> float:
        probabilities = pooled_looks(scores, temperatures, temperature)
        return _too_sure(probabilities, label)

    return float(brentq(too_sure, *TEMPERATURES, xtol=TEMPERATURE_STEP))


def probabilities_of(scores: FloatArray, temperatures: tuple[float, float]) -> FloatArray:
    """Calibrated probabilities of scores of shape ``(…, 2, 16)``, shape ``(…, 16)``."""
    return mixed(scores, temperatures, LOG_PRIOR)


def temperatures_of(scores: FloatArray, label: NDArray[np.int64]) -> tuple[float, float]:
    """The temperatures at which each part is as sure as it is right, over all views of shape ``(n, v, 2, 16)``.

    The least negative log-likelihood makes answers too unsure: it is led by classes that a held-out source has alone
    and that no head can answer.
    """
    linear, networks = (_temperature_of(scores[:, :, part], label) for part in range(2))
    return linear, networks


def _temperature_of(scores: FloatArray, label: NDArray[np.int64]) -> float:
    seen = np.isfinite(scores[..., 0])
    truth = np.repeat(label, seen.sum(axis=1))
    shown = scores[seen]

    def too_sure(temperature: float) -> float:
        return _too_sure(np.exp(log_softmax(shown / temperature + LOG_PRIOR, axis=-1)), truth)

    return float(brentq(too_sure, *TEMPERATURES))


def _too_sure(probabilities: FloatArray, label: NDArray[np.int64]) -> float:
    """How much surer answers are than they are right, on average."""
    right = probabilities.argmax(axis=1) == label
    return float(probabilities.max(axis=1).mean() - right.mean())


def finished(head: Head, temperatures: tuple[float, float]) -> Head:
    """A head that gives the same probabilities as `probabilities_of` its scores."""
    assert head.networks is not None  # `fit` makes them
    bias = head.bias + temperatures[0] * LOG_PRIOR
    out_bias = head.networks.out_bias + temperatures[1] * LOG_PRIOR
    networks = replace(head.networks, out_bias=out_bias.astype(np.float32))
    return replace(head, bias=bias.astype(np.float32), temperatures=temperatures, networks=networks)


def groups_of(probabilities: FloatArray) -> FloatArray:
    """Probabilities of the four groups, shape ``(n, 4)``."""
    return probabilities @ np.eye(4)[GROUP_INDEX]


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
