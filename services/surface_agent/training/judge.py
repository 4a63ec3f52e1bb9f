"""Tables about the local classifier, for the model card and ``make bench-surface``.

Every picture is judged by a head that saw no picture of its source (`fit.fold_of`): standardisation, components,
weights, temperature and thresholds all come from other sources. "All" pools the pictures; "mean of sources" averages
the sources with at least `MIN_SOURCE` pictures, each counting once. A class that no other source shows cannot be
answered and counts as wrong everywhere but in the row "class seen elsewhere".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from fit import (
    GROUP_PRECISION_WANTED,
    JUDGED_VIEWS,
    FloatArray,
    Pictures,
    expected_calibration_error,
    fold_of,
    groups_of,
    held_out_scores,
    of_single_views,
    picture_temperature_of,
    pooled_looks,
    probabilities_of,
    temperatures_of,
    threshold_for,
)
from numpy.typing import NDArray

from foley_surface_agent.domain.types import GROUP_INDEX, GROUPS, SURFACES
from foley_surface_agent.local.descriptor import MobileDescriptor
from foley_surface_agent.local.head import HeadFacts

VIEW_NAMES = (
    "plain centre",
    "drawn as in a video",
    "drawn as under a small walker",
    "a picture in two looks, as `foley surface`",
)
MIN_SOURCE = 10


@dataclass(frozen=True, eq=False)
class Judged:
    """Held-out answers.

    Attributes:
        probabilities: shape ``(n, v, 16)``: of the single views, then of a picture's looks together.
        surface_at, group_at: shape ``(n, v)``: the thresholds that hold for a picture, from other sources.
    """

    probabilities: FloatArray
    surface_at: FloatArray
    group_at: FloatArray


def judge(pictures: Pictures, scores: FloatArray | None = None) -> Judged:
    """Held-out probabilities and thresholds of every picture; the scores are computed when they are not given."""
    scores = held_out_scores(pictures) if scores is None else scores
    folds = fold_of(pictures.source)
    count, views = len(scores), len(VIEW_NAMES)
    found = np.zeros((count, views, len(SURFACES)))
    surface_at, group_at = np.zeros((2, count, views))
    for fold in np.unique(folds):
        mask = folds == fold
        known = pictures.label[~mask]
        temperatures = temperatures_of(of_single_views(scores[~mask]), known)
        single = probabilities_of(of_single_views(scores), temperatures)
        cooling = picture_temperature_of(scores[~mask], temperatures, known)
        looks = pooled_looks(scores, temperatures, cooling)[:, None]
        found[mask] = np.concatenate([single, looks], axis=1)[mask]
        at_single, at_looks = (thresholds(known, of[~mask]) for of in (single, looks))
        each = [at_single] * len(JUDGED_VIEWS) + [at_looks]
        surface_at[mask], group_at[mask] = np.array(each).T
    return Judged(found, surface_at, group_at)


def thresholds(labels: NDArray[np.int64], probabilities: FloatArray) -> tuple[float, float]:
    """Thresholds for naming a surface and a group, from held-out probabilities of shape ``(n, v, 16)``.

    The group's holds for pictures that name no surface, which are harder ones than all.
    """
    flat = probabilities.reshape(-1, probabilities.shape[2])
    seen = np.isfinite(flat[:, 0])
    flat = flat[seen]
    right, group_right = _right(np.repeat(labels, probabilities.shape[1])[seen], flat)
    surface_at = threshold_for(flat.max(axis=1), right)
    rest = flat.max(axis=1) < surface_at
    group_at = threshold_for(
        groups_of(flat[rest]).max(axis=1), group_right[rest], GROUP_PRECISION_WANTED
    )
    return surface_at, group_at


def facts_of(
    labels: NDArray[np.int64], scores: FloatArray, temperatures: tuple[float, float]
) -> HeadFacts:
    """What a head comes with, from held-out scores of `ALL_JUDGED`."""
    single = probabilities_of(of_single_views(scores), temperatures)
    cooling = picture_temperature_of(scores, temperatures, labels)
    looks = pooled_looks(scores, temperatures, cooling)[:, None]
    at_single, at_looks = thresholds(labels, single), thresholds(labels, looks)
    return HeadFacts(MobileDescriptor.version, *at_single, cooling, *at_looks)


def full_report(pictures: Pictures, judged: Judged) -> Iterator[str]:
    """Lines of the leave-one-source-out report over plain and drawn views, Markdown."""
    for view, name in enumerate(VIEW_NAMES):
        yield f"\n### Leave one source out, {name}\n"
        seen = np.isfinite(judged.probabilities[:, view, 0])
        part = Judged(judged.probabilities[seen], judged.surface_at[seen], judged.group_at[seen])
        yield from _view_report(pictures.part(seen), part, view)


def _view_report(pictures: Pictures, judged: Judged, view: int) -> Iterator[str]:
    probabilities = judged.probabilities[:, view]
    right, group_right = _right(pictures.label, probabilities)
    groups = groups_of(probabilities)
    confidence, group_confidence = probabilities.max(axis=1), groups.max(axis=1)
    named = confidence >= judged.surface_at[:, view]
    group_named = ~named & (group_confidence >= judged.group_at[:, view])
    answered_right = np.where(named, right, group_right)
    yield (
        "| pictures | n | top-1 | group | names a surface | right | else names a group | right "
        "| answers at all | right |"
    )
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    masks = {
        "all": np.ones(len(right), bool),
        "class seen elsewhere": _seen_elsewhere(pictures),
        "photos": pictures.is_photo,
        "textures": ~pictures.is_photo,
    }
    by_source = {source: pictures.source == source for source in np.unique(pictures.source)}
    masks |= {f"held out: {source}": mask for source, mask in by_source.items()}

    def figures(mask: NDArray[np.bool_]) -> list[float]:
        return [
            _mean(right[mask]),
            _mean(group_right[mask]),
            _mean(named[mask]),
            _mean(right[mask & named]),
            _mean(group_named[mask]),
            _mean(group_right[mask & group_named]),
            _mean((named | group_named)[mask]),
            _mean(answered_right[mask & (named | group_named)]),
        ]

    rows = {name: (int(mask.sum()), figures(mask)) for name, mask in masks.items()}
    large = [figures(mask) for mask in by_source.values() if mask.sum() >= MIN_SOURCE]
    rows["mean of sources"] = (len(large), list(np.nanmean(large, axis=0)))
    for name in ("all", "mean of sources", *[name for name in masks if name != "all"]):
        count, values = rows[name]
        yield f"| {name} | {count} | " + " | ".join(_shown(value) for value in values) + " |"
    yield ""
    yield "| class | n | top-1 | group | taken for |"
    yield "| --- | --- | --- | --- | --- |"
    for index, surface in enumerate(SURFACES):
        mask = pictures.label == index
        wrong = np.bincount(probabilities[mask & ~right].argmax(axis=1), minlength=len(SURFACES))
        worst = [SURFACES[int(i)].value for i in np.argsort(-wrong)[:2] if wrong[i]]
        yield (
            f"| {surface.value} | {mask.sum()} | {_mean(right[mask]):.2f} | {_mean(group_right[mask]):.2f} "
            f"| {', '.join(worst)} |"
        )
    for index, group in enumerate(GROUPS):
        mask = GROUP_INDEX[pictures.label] == index
        yield (
            f"| *{group.value}* | {mask.sum()} | {_mean(right[mask]):.2f} | {_mean(group_right[mask]):.2f} | |"
        )
    yield ""
    error = expected_calibration_error(confidence, right)
    group_error = expected_calibration_error(group_confidence, group_right)
    yield f"ECE top-1 {error:.3f}, ECE group {group_error:.3f}."


def confusion(pictures: Pictures, judged: Judged) -> FloatArray:
    """Share of answers (columns) per truth (rows), plain centres, shape ``(16, 16)``."""
    table = np.zeros((len(SURFACES), len(SURFACES)))
    np.add.at(table, (pictures.label, judged.probabilities[:, 0].argmax(axis=1)), 1)
    return table / np.maximum(table.sum(axis=1, keepdims=True), 1)


def _seen_elsewhere(pictures: Pictures) -> NDArray[np.bool_]:
    folds = fold_of(pictures.source)
    found = np.zeros(len(folds), bool)
    for fold in np.unique(folds):
        mask = folds == fold
        found[mask] = np.isin(pictures.label[mask], pictures.label[~mask])
    return found


def _right(
    labels: NDArray[np.int64], probabilities: FloatArray
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    right = probabilities.argmax(axis=1) == labels
    return right, groups_of(probabilities).argmax(axis=1) == GROUP_INDEX[labels]


def _mean(values: NDArray[np.bool_]) -> float:
    return float(values.mean()) if values.size else float("nan")


def _shown(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"
