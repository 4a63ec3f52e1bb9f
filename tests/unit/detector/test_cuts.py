from __future__ import annotations

import itertools

import numpy as np
import pytest

from foley_detector.models.background import FrameMatcher
from support.rendered import CROSSING, SIDE_WALK, frames


def change(before: np.ndarray, after: np.ndarray):
    matcher = FrameMatcher()
    return matcher.compare(matcher.look(before), matcher.look(after))[0]


def test_frames_of_one_shot_are_neither_cut_nor_repetition() -> None:
    shot = frames(SIDE_WALK, 12, first=30)
    for before, after in itertools.pairwise(shot):
        found = change(before.picture, after.picture)
        assert not found.is_cut
        assert not found.is_duplicate


def test_a_cut_to_another_place_is_seen() -> None:
    assert change(
        frames(SIDE_WALK, 1, first=60)[0].picture, frames(CROSSING, 1, first=60)[0].picture
    ).is_cut


@pytest.mark.parametrize("shift_px", [10, 40])
def test_a_fast_pan_is_no_cut(shift_px: int) -> None:
    picture = frames(CROSSING, 1, first=60)[0].picture
    assert not change(picture[:, :-shift_px], picture[:, shift_px:]).is_cut


def test_a_flash_is_no_cut() -> None:
    picture = frames(CROSSING, 1, first=60)[0].picture
    bright = np.clip(picture.astype(np.int32) + 40, 0, 255).astype(np.uint8)
    assert not change(picture, bright).is_cut


def test_a_repeated_frame_is_seen_and_a_frame_of_a_person_far_away_is_not_one() -> None:
    picture = frames(SIDE_WALK, 1, first=60)[0].picture
    assert change(picture, picture.copy()).is_duplicate
    later = picture.copy()
    later[300:340, 400:410] = np.roll(picture[300:340, 400:410], 5, axis=0)
    later[300:320, 404:408] = 0
    assert not change(picture, later).is_duplicate


def test_pictures_without_a_corner_do_no_harm() -> None:
    grey = np.full((90, 160, 3), 128, np.uint8)
    assert not change(grey, grey).is_cut
