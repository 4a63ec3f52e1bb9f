"""Tables about the local classifier, for the model card and ``make bench-surface``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from fit import (
    FloatArray,
    Pictures,
    calibrated,
    expected_calibration_error,
    groups_of,
    held_out_scores,
    threshold_for,
)

from foley_surface_agent.domain.types import GROUP_INDEX, GROUPS, SURFACES

VIEW_NAMES = ("plain centre", "drawn as in a video")


def full_report(pictures: Pictures) -> Iterator[str]:
    """Lines of the leave-one-source-out report over plain and drawn views, Markdown."""
    probabilities = calibrated(pictures, held_out_scores(pictures))
    for view, name in enumerate(VIEW_NAMES[: probabilities.shape[1]]):
        yield f"\n## Leave one source out, {name}\n"
        yield from view_report(pictures, probabilities[:, view])
    surface_at, group_at = thresholds(pictures, probabilities)
    yield f"\nThresholds over all views: surface {surface_at:.2f}, group {group_at:.2f}."
    for name, answered, right in answering(pictures, probabilities, surface_at, group_at):
        yield f"Names a {name} in {answered:.2f} of views, right in {right:.2f} of them."


def view_report(pictures: Pictures, probabilities: FloatArray) -> Iterator[str]:
    """Lines about one view, from probabilities of shape ``(n, 16)``."""
    right, group_right = _right(pictures.label, probabilities)
    yield "| pictures | n | top-1 | group |"
    yield "| --- | --- | --- | --- |"
    masks = {
        "all": np.ones(len(right), bool),
        "photos": pictures.is_photo,
        "textures": ~pictures.is_photo,
    }
    for source in np.unique(pictures.source):
        masks[f"held out: {source}"] = pictures.source == source
    for name, mask in masks.items():
        yield f"| {name} | {mask.sum()} | {right[mask].mean():.3f} | {group_right[mask].mean():.3f} |"
    yield ""
    yield "| class | n | top-1 | group |"
    yield "| --- | --- | --- | --- |"
    for index, surface in enumerate(SURFACES):
        mask = pictures.label == index
        yield f"| {surface.value} | {mask.sum()} | {right[mask].mean():.2f} | {group_right[mask].mean():.2f} |"
    for index, group in enumerate(GROUPS):
        mask = GROUP_INDEX[pictures.label] == index
        yield f"| *{group.value}* | {mask.sum()} | {right[mask].mean():.2f} | {group_right[mask].mean():.2f} |"
    yield ""
    confidence, group_confidence = probabilities.max(axis=1), groups_of(probabilities).max(axis=1)
    error, group_error = (
        expected_calibration_error(confidence, right),
        expected_calibration_error(group_confidence, group_right),
    )
    yield f"ECE top-1 {error:.3f}, ECE group {group_error:.3f}."


def answering(
    pictures: Pictures, probabilities: FloatArray, surface_at: float, group_at: float
) -> Iterator[tuple[str, float, float]]:
    """For surface and group: the share of views in which one is named, and how often it is right."""
    flat, repeated = _flat(pictures, probabilities)
    right, group_right = _right(repeated, flat)
    for name, level, sure, correct in (
        ("surface", surface_at, flat.max(axis=1), right),
        ("group", group_at, groups_of(flat).max(axis=1), group_right),
    ):
        named = sure >= level
        yield (
            name,
            float(named.mean()),
            float(correct[named].mean()) if named.any() else float("nan"),
        )


def thresholds(pictures: Pictures, probabilities: FloatArray) -> tuple[float, float]:
    """Thresholds for naming a surface and a group, from probabilities of shape ``(n, v, 16)``."""
    flat, labels = _flat(pictures, probabilities)
    right, group_right = _right(labels, flat)
    return threshold_for(flat.max(axis=1), right), threshold_for(
        groups_of(flat).max(axis=1), group_right
    )


def _flat(pictures: Pictures, probabilities: FloatArray) -> tuple[FloatArray, np.ndarray]:
    count, views, size = probabilities.shape
    return probabilities.reshape(count * views, size), np.repeat(pictures.label, views)


def _right(labels: np.ndarray, probabilities: FloatArray) -> tuple[np.ndarray, np.ndarray]:
    right = probabilities.argmax(axis=1) == labels
    return right, groups_of(probabilities).argmax(axis=1) == GROUP_INDEX[labels]
