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


def report(pictures: Pictures, view: int = 0) -> Iterator[str]:
    """Lines of the leave-one-source-out report, Markdown."""
    probabilities = calibrated(pictures, held_out_scores(pictures, view))
    right, group_right = _right(pictures, probabilities)
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
    yield f"ECE top-1 {expected_calibration_error(confidence, right):.3f}, "
    yield f"ECE group {expected_calibration_error(group_confidence, group_right):.3f}."
    surface_at, group_at = thresholds(pictures, probabilities)
    for name, level, sure, correct in (
        ("surface", surface_at, confidence, right),
        ("group", group_at, group_confidence, group_right),
    ):
        named = sure >= level
        precision = correct[named].mean() if named.any() else float("nan")
        yield f"Names a {name} at {level:.2f} or more: {named.mean():.2f} of pictures, precision {precision:.2f}."


def thresholds(pictures: Pictures, probabilities: FloatArray) -> tuple[float, float]:
    """Thresholds for naming a surface and a group."""
    right, group_right = _right(pictures, probabilities)
    groups = groups_of(probabilities)
    return threshold_for(probabilities.max(axis=1), right), threshold_for(
        groups.max(axis=1), group_right
    )


def _right(pictures: Pictures, probabilities: FloatArray) -> tuple[np.ndarray, np.ndarray]:
    right = probabilities.argmax(axis=1) == pictures.label
    group_right = groups_of(probabilities).argmax(axis=1) == GROUP_INDEX[pictures.label]
    return right, group_right
