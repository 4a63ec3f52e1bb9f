from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from foley_common.media.decode import TimedFrame, read_frames
from foley_surface_agent.domain.shots import COLUMNS, ROWS, glance_at, is_cut
from foley_surface_agent.shot_watch import ShotWatch
from support.rendered import CROSSING, SIDE_WALK, frames
from support.walks import HEIGHT_PX, lawn, painted_walk, road


def picture(rng: np.random.Generator, colour: tuple[int, int, int]) -> np.ndarray:
    """Patches of light and dark in one colour."""
    shape = rng.uniform(0.2, 1.0, (ROWS, COLUMNS, 1))
    return (shape * np.array(colour)).astype(np.uint8)


def cuts_of(*parts: tuple[TimedFrame, ...]) -> tuple[float, ...]:
    watch, time_s = ShotWatch(), 0.0
    for frame in itertools.chain(*parts):
        watch.see(TimedFrame(0, time_s, frame.picture))
        time_s += 1.0
    return watch.cuts_s


def test_another_place_is_another_shot(rng: np.random.Generator):
    one, other = picture(rng, (40, 160, 60)), picture(rng, (200, 190, 180))
    assert is_cut(glance_at(one), glance_at(other))


def test_the_same_picture_brighter_darker_or_shaken_is_no_cut(rng: np.random.Generator):
    one = picture(rng, (120, 130, 110))
    for other in (
        one,
        np.clip(one * 1.8, 0, 255).astype(np.uint8),
        (one * 0.4).astype(np.uint8),
        np.clip(one + rng.normal(0, 12, one.shape), 0, 255).astype(np.uint8),
    ):
        assert not is_cut(glance_at(one), glance_at(other))


def test_a_pan_over_one_scene_is_no_cut(rng: np.random.Generator):
    wide = np.tile(picture(rng, (90, 120, 80)), (1, 3, 1))
    assert not is_cut(glance_at(wide[:, :COLUMNS]), glance_at(wide[:, 7 : COLUMNS + 7]))


def test_black_to_picture_is_a_cut_and_black_to_black_is_none(rng: np.random.Generator):
    black = np.zeros((ROWS, COLUMNS, 3), np.uint8)
    assert is_cut(glance_at(black), glance_at(picture(rng, (200, 180, 90))))
    assert not is_cut(glance_at(black), glance_at(black))


def test_rendered_clips_have_no_cut_and_one_beside_a_painted_one_has(tmp_path: Path):
    walk, crossing = frames(SIDE_WALK, 20), frames(CROSSING, 20)
    painted = frames(painted_walk(tmp_path / "walk.mp4", [lawn], step_count=2).path, 20)
    assert cuts_of(walk) == cuts_of(crossing) == cuts_of(painted) == ()
    assert cuts_of(walk, painted, crossing) == (20.0, 40.0)


@pytest.mark.parametrize("paint", [lawn, road])
def test_somebody_walking_past_is_no_cut(tmp_path: Path, paint):
    walk = painted_walk(tmp_path / "walk.mp4", [paint], step_count=4)
    watch = ShotWatch()
    for frame in read_frames(walk.path):
        assert frame.picture.shape[0] == HEIGHT_PX
        watch.see(frame)
    assert watch.cuts_s == ()
