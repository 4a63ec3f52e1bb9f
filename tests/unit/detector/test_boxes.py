from __future__ import annotations

import math

import numpy as np
import pytest

from foley_detector.domain.boxes import (
    MIN_SQUARE_PX,
    Square,
    all_paired,
    crowded,
    interpolate_boxes,
    overlap,
    square_of_body,
    square_of_box,
    touches,
    turned_points,
)

A = np.array([[0, 0, 10, 20]], np.float32)


def test_overlap_of_nobody_is_empty() -> None:
    assert overlap(np.zeros((0, 4), np.float32), A).shape == (0, 1)


def test_boxes_move_evenly_in_time_also_when_frames_do_not() -> None:
    path = interpolate_boxes(A[0], A[0] + 10, start_s=0.0, end_s=1.0, at_s=np.array([0.1, 0.7]))
    np.testing.assert_allclose(path, [A[0] + 1, A[0] + 7], atol=1e-5)


def test_boxes_between_equal_times_are_refused() -> None:
    with pytest.raises(ValueError, match="end_s must be later"):
        interpolate_boxes(A[0], A[0], start_s=1.0, end_s=1.0, at_s=np.array([1.0]))


@pytest.mark.parametrize(
    ("others", "paired"),
    [
        (A + 2, True),
        (A + 9, False),
        (np.concatenate([A, A + 50]), False),  # a person came in
        (np.zeros((0, 4), np.float32), False),  # a person is lost
    ],
)
def test_two_looks_show_the_same_people_or_not(others: np.ndarray, paired: bool) -> None:
    assert all_paired(A, others, min_overlap=0.4) is paired


def test_two_people_cannot_share_a_partner() -> None:
    two = np.concatenate([A, A + 1])
    assert not all_paired(two, np.concatenate([A, A + 90]), min_overlap=0.3)


def test_a_crowd_is_where_boxes_overlap() -> None:
    assert crowded(np.concatenate([A, A + 5]), max_overlap=0.05)
    assert not crowded(np.concatenate([A, A + 50]), max_overlap=0.05)
    assert not crowded(np.zeros((0, 4), np.float32), max_overlap=0.05)


def test_a_tiny_box_still_gives_a_square_to_look_at() -> None:
    assert square_of_box(np.array([5, 5, 6, 7], np.float32)).side_px == MIN_SQUARE_PX


def test_a_person_who_leans_turns_the_square_and_points_come_back() -> None:
    square = square_of_body(
        np.array([100, 100], np.float32), np.array([140, 100], np.float32), margin=1.0
    )
    assert square.turn_rad == pytest.approx(math.pi / 2)
    assert square.side_px == 80
    # The upper edge's middle of the turned square is where the body's upper end is.
    np.testing.assert_allclose(
        turned_points(np.array([[0.5, 0.0]], np.float32), square), [[140, 100]], atol=1e-4
    )


def test_a_square_that_slid_off_its_person_is_noticed() -> None:
    assert touches(Square(5, 5, 9), A[0])
    assert not touches(Square(15, 5, 9), A[0])
