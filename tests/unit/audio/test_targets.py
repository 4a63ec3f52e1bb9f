from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.targets import between_takes

DRAWS = 2000


def drawn(takes: np.ndarray) -> np.ndarray:
    return np.array([between_takes(takes, np.random.default_rng(i)) for i in range(DRAWS)])


def test_a_step_lies_between_two_takes_of_its_kind() -> None:
    takes = np.array([[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    found = drawn(takes)
    assert (found >= 0).all()  # never beyond a take on the other side
    assert not found[:, 2].any()  # nor where no take is
    assert (found.max(axis=0) <= takes.max(axis=0) + 1e-9).all()


def test_steps_vary_as_much_as_the_takes() -> None:
    takes = np.random.default_rng(1).standard_normal((200, 6))
    assert drawn(takes).std() == pytest.approx(takes.std(), rel=0.05)


def test_one_take_shows_no_deviation_so_any_within_the_grounds_own_is_drawn() -> None:
    found = drawn(np.full((1, 4), 50.0))
    assert np.abs(found.mean(axis=0)).max() < 0.1
    assert found.std() == pytest.approx(1.0, rel=0.05)


def test_the_same_dice_give_the_same_step() -> None:
    takes = np.random.default_rng(2).standard_normal((5, 3))
    first, again = (between_takes(takes, np.random.default_rng(7)) for _ in range(2))
    assert first.tobytes() == again.tobytes()
