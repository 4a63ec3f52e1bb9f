"""The looks at a picture of a ground: which parts of it are shown to the classifier, as training and answering share.

A picture is seen twice: the whole of it, squeezed into a square; and the middle of its lower edge, where the ground is
in pictures of places. Each look is wrong in its own way, so that together they are right more often than either alone
(`training/MODEL_CARD.md`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.special import softmax

from foley_surface_agent.domain.features import PATCH_PX
from foley_surface_agent.domain.spans import pool_votes
from foley_surface_agent.domain.types import LEAST_PROBABILITY

PART_SHARE = (
    0.6  # of the shorter side: near enough to differ in scale, large enough to show the same ground
)
Box = tuple[float, float, float, float]


def plain_view(picture: Image.Image) -> NDArray[np.uint8]:
    """The central square, at patch size."""
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return _cut(picture, (left, top, left + side, top + side))


def part_views(picture: Image.Image) -> list[NDArray[np.uint8]]:
    """The whole picture, the middle of its plain centre, and the middle of its lower edge, each at patch size."""
    side = PART_SHARE * min(picture.size)
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    middle = _cut(picture, (left, top, left + side, top + side))
    return [_whole(picture), middle, _foot(picture)]


def picture_looks(picture: Image.Image) -> NDArray[np.uint8]:
    """The looks of which an answer is pooled, shape ``(2, 224, 224, 3)``."""
    return np.stack([_whole(picture), _foot(picture)])


def pooled(log_probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """Probabilities of a picture's ground, shape ``(16,)``, of its looks'.

    Args:
        log_probabilities: shape ``(n, 16)``, of the looks.
        temperature: Below 1 for looks that together are right more often than their pooled probabilities say.
    """
    votes = np.log(pool_votes(log_probabilities) + LEAST_PROBABILITY)
    return np.asarray(softmax(votes / temperature))


def _whole(picture: Image.Image) -> NDArray[np.uint8]:
    return _cut(picture, (0.0, 0.0, float(picture.width), float(picture.height)))


def _foot(picture: Image.Image) -> NDArray[np.uint8]:
    """The middle of the lower edge."""
    width, height = picture.size
    side = PART_SHARE * min(picture.size)
    left = (width - side) / 2
    return _cut(picture, (left, height - side, left + side, float(height)))


def _cut(picture: Image.Image, box: Box) -> NDArray[np.uint8]:
    return np.asarray(
        picture.resize((PATCH_PX, PATCH_PX), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    )
