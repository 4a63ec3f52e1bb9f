from __future__ import annotations

import numpy as np
import pytest

from foley_surface_agent.domain.features import (
    GRAIN_PX,
    PATCH_PX,
    appearance,
    edge_features,
    lab_of_rgb,
    lbp_features,
    patch_features,
    sharpness,
    spectrum_features,
)
from support.walks import lawn, road

SHAPE = (PATCH_PX, PATCH_PX)
GRAIN = (GRAIN_PX, GRAIN_PX)


def as_patch(picture: np.ndarray) -> np.ndarray:
    return np.clip(picture, 0, 255).astype(np.uint8)


def blurred(patch: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    return ndimage.gaussian_filter(patch, (3, 3, 0))


@pytest.mark.parametrize("level", [0, 127, 255])
def test_an_even_patch_gives_finite_numbers(level: int):
    features = patch_features(np.full((*SHAPE, 3), level, np.uint8))
    assert np.isfinite(features).all()
    assert np.abs(features).max() < 20


def test_the_number_of_features_does_not_depend_on_the_patch(rng: np.random.Generator):
    noise = rng.integers(0, 256, (*SHAPE, 3), dtype=np.uint8)
    assert patch_features(noise).shape == patch_features(as_patch(lawn(rng, SHAPE))).shape


def test_another_size_is_refused():
    with pytest.raises(ValueError, match="shape"):
        patch_features(np.zeros((64, 64, 3), np.uint8))


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [  # CIE L*a*b* (D65) of sRGB primaries, as published by the ICC
        ((255, 255, 255), (100.0, 0.0, 0.0)),
        ((0, 0, 0), (0.0, 0.0, 0.0)),
        ((255, 0, 0), (53.2, 80.1, 67.2)),
        ((0, 255, 0), (87.7, -86.2, 83.2)),
        ((0, 0, 255), (32.3, 79.2, -107.9)),
    ],
)
def test_lab_is_that_of_the_standard(rgb: tuple[int, ...], lab: tuple[float, ...]):
    np.testing.assert_allclose(lab_of_rgb(np.array([[rgb]], np.uint8))[0, 0], lab, atol=0.3)


def test_local_binary_patterns_do_not_turn_with_the_picture(rng: np.random.Generator):
    luminance = road(rng, SHAPE)[..., 0]
    np.testing.assert_allclose(
        lbp_features(luminance), lbp_features(np.rot90(luminance)), atol=0.02
    )


def test_boards_have_a_direction_and_gravel_has_none(rng: np.random.Generator):
    rows = np.arange(GRAIN_PX)[:, None]
    boards = 50 + 20 * np.sign(np.sin(2 * np.pi * rows / 16)) + np.zeros(GRAIN)
    grains = 50 + 10 * rng.normal(0, 1, GRAIN)
    across = edge_features(boards)[-1]
    assert across > 0.9
    assert edge_features(grains)[-1] < 0.5
    assert np.abs(spectrum_features(boards)).max() > np.abs(spectrum_features(grains)).max()


def test_blur_lowers_sharpness_and_contrast_does_not(rng: np.random.Generator):
    patch = as_patch(lawn(rng, SHAPE))
    paler = as_patch(patch * 0.6 + 50)
    assert sharpness(blurred(patch)) < 0.4 * sharpness(patch)
    assert sharpness(paler) == pytest.approx(sharpness(patch), rel=0.15)


def test_appearance_tells_grounds_apart_and_keeps_one_together(rng: np.random.Generator):
    lawns = [appearance(as_patch(lawn(rng, SHAPE))) for _ in range(4)]
    roads = [appearance(as_patch(road(rng, SHAPE))) for _ in range(4)]
    within = np.linalg.norm(lawns[0] - lawns[1])
    between = np.linalg.norm(np.mean(lawns, axis=0) - np.mean(roads, axis=0))
    assert between > 5 * within
    assert between > 3
