from __future__ import annotations

import numpy as np
import pytest

from foley_detector.domain.camera import fit_similarity, no_motion, outside_boxes


def moved(
    points: np.ndarray, *, turn_rad: float, zoom: float, shift: tuple[float, float]
) -> np.ndarray:
    cos, sin = zoom * np.cos(turn_rad), zoom * np.sin(turn_rad)
    return points @ np.array([[cos, sin], [-sin, cos]]) + shift


@pytest.mark.parametrize("walkers", [0.0, 0.3, 0.45])
def test_pan_zoom_and_roll_are_found_though_people_move_otherwise(
    rng: np.random.Generator, walkers: float
) -> None:
    before = rng.uniform(0, 640, (200, 2))
    after = moved(before, turn_rad=0.01, zoom=1.02, shift=(6, -2)) + rng.normal(0, 0.2, (200, 2))
    count = int(walkers * 200)
    after[:count] = before[:count] + np.array([25.0, 3.0])
    motion = fit_similarity(before, after)
    expected = moved(before, turn_rad=0.01, zoom=1.02, shift=(6, -2))
    found = before @ motion.affine[:, :2].T + motion.affine[:, 2]
    assert np.abs(found - expected).max() < 0.3
    assert motion.inlier_share == pytest.approx(1 - walkers, abs=0.05)


def test_the_same_points_give_the_same_answer(rng: np.random.Generator) -> None:
    before = rng.uniform(0, 640, (50, 2))
    after = before + rng.normal(0, 1.5, (50, 2))
    assert np.array_equal(
        fit_similarity(before, after).affine, fit_similarity(before, after).affine
    )


@pytest.mark.parametrize("count", [0, 1, 7])
def test_too_few_points_are_a_standing_camera(count: int) -> None:
    points = np.arange(2.0 * count).reshape(count, 2)
    motion = fit_similarity(points, points + 5)
    assert np.array_equal(motion.affine, no_motion())
    assert motion.inlier_share == 0


def test_points_without_order_are_a_standing_camera(rng: np.random.Generator) -> None:
    motion = fit_similarity(rng.uniform(0, 640, (100, 2)), rng.uniform(0, 640, (100, 2)))
    assert motion.inlier_share < 0.12
    assert np.array_equal(motion.affine, no_motion())


def test_points_all_in_one_place_do_no_harm() -> None:
    same = np.ones((20, 2))
    assert np.array_equal(fit_similarity(same, same).affine, no_motion())


def test_points_on_people_are_left_out() -> None:
    points = np.array([[5.0, 5.0], [15.0, 5.0], [25.0, 25.0]])
    boxes = np.array([[0, 0, 10, 10], [20, 20, 30, 30]], np.float32)
    assert outside_boxes(points, boxes).tolist() == [False, True, False]
