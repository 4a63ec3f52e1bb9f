"""What is said when there is no vision model, when it fails, and when nothing can be told: declared, never silent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from foley_common.surfaces import (
    DEFAULT_FOOTWEAR,
    DEFAULT_SURFACE,
    GROUP_OF,
    AnswerSource,
    FootwearSpan,
    SurfaceAnswer,
)
from foley_surface_agent.domain.types import GROUP_INDEX, GROUPS, SURFACES

DEFAULT_FOOTWEAR_CONFIDENCE = (
    0.3  # sneakers are the commonest shoe in everyday clips; the kind of shoe was not seen
)
OVERRIDE_CONFIDENCE = 1.0


@dataclass(frozen=True, slots=True)
class AnswerThresholds:
    """When the local classifier is sure enough to name a surface, or at least a group.

    Attributes:
        surface: Least probability of the likeliest surface.
        group: Least probability of the likeliest group.
    """

    surface: float
    group: float


def local_answer(
    probabilities: NDArray[np.float64], *, thresholds: AnswerThresholds, model: str, look_count: int
) -> SurfaceAnswer:
    """The local classifier's answer: a surface when sure, else unknown with the group when sure of that.

    Args:
        probabilities: shape ``(16,)``, calibrated, in the order of `SURFACES`.
        thresholds: When it is sure.
        model: Name and version of the classifier.
        look_count: Steps, or patches, that it saw.
    """
    groups = group_probabilities(probabilities)
    best_group = GROUPS[int(groups.argmax())]
    best = int(probabilities.argmax())
    is_sure = bool(probabilities[best] >= thresholds.surface)
    if is_sure:
        group = GROUP_OF[SURFACES[best]]
    elif groups.max() >= thresholds.group:
        group = best_group
        # What is sounded must at least be of the right kind.
        best = int(
            np.where(
                np.array([GROUPS[i] is group for i in GROUP_INDEX]), probabilities, -1.0
            ).argmax()
        )
    else:
        group = None
    order = np.argsort(probabilities)[::-1][:2]
    first, second = (f"{SURFACES[int(i)].value} {probabilities[int(i)]:.2f}" for i in order)
    return SurfaceAnswer(
        surface=SURFACES[best] if is_sure else None,
        best_guess=SURFACES[best],
        group=group,
        confidence=float(probabilities[best]),
        source=AnswerSource.LOCAL_MODEL,
        reasoning=f"Colour and grain of the ground at {look_count} place(s): {first}, then {second}.",
        model=model,
    )


def group_probabilities(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of the groups, shape ``(4,)``, from those of the surfaces."""
    shares = np.bincount(GROUP_INDEX, weights=probabilities, minlength=len(GROUPS))
    return shares.astype(np.float64)


def default_answer(why: str) -> SurfaceAnswer:
    """What is sounded when nothing can be seen: a documented default that says it is one."""
    return SurfaceAnswer(
        surface=None,
        best_guess=DEFAULT_SURFACE,
        group=None,
        confidence=0.0,
        source=AnswerSource.DEFAULT,
        reasoning=why,
    )


def default_footwear(
    track_id: int, start_time_s: float, end_time_s: float, why: str
) -> FootwearSpan:
    """The shoe that is sounded when it could not be told, or nobody has looked."""
    return FootwearSpan(
        track_id,
        start_time_s,
        end_time_s,
        DEFAULT_FOOTWEAR,
        DEFAULT_FOOTWEAR_CONFIDENCE,
        AnswerSource.DEFAULT,
        why,
    )
