from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from foley_common.footsteps import Track, TrackBox
from foley_common.media.decode import read_frames
from foley_surface_agent.keyframes import (
    LOOK_DELAYS_S,
    PATCHES_PER_FRAME,
    STRIP_HEIGHT,
    STRIP_WIDTH,
    candidate_squares,
    candidate_strips,
    covered_share,
    frame_near,
    ground_patches,
    person_height_px,
)
from support.walks import FEET_Y_PX, HEIGHT_PX, PERSON_PX, lawn, painted_walk, road


def test_squares_lie_below_and_beside_the_contact_and_scale_with_the_person():
    below, *_, right = candidate_squares(100, 200, 150)
    assert below.top_px > 200
    assert below.left_px < 100 < below.left_px + below.width_px
    assert right.left_px > 100
    twice = candidate_squares(100, 200, 300)[0]
    assert (twice.width_px, twice.height_px) == pytest.approx(
        (2 * below.width_px, 2 * below.height_px)
    )


def test_a_strip_lies_as_low_as_the_square_and_shows_more_of_the_ground_at_a_slant():
    for square, strip in zip(
        candidate_squares(100, 200, 150), candidate_strips(100, 200, 150), strict=True
    ):
        assert strip.top_px == square.top_px
        assert strip.width_px == pytest.approx(0.8 * 150)
        assert strip.width_px / strip.height_px == pytest.approx(STRIP_WIDTH / STRIP_HEIGHT)


def test_the_covered_share_is_an_area():
    square = candidate_squares(100, 200, 150)[0]
    over = TrackBox(0, square.left_px - 50, square.top_px - 50, 200, 200)
    assert covered_share(square, over) == pytest.approx(1.0)
    assert covered_share(square, TrackBox(0, 300, 0, 50, 50)) == 0.0


def test_every_step_is_looked_at_and_patches_show_ground(tmp_path: Path):
    walk = painted_walk(tmp_path / "walk.mp4", [lawn])
    seen: list[tuple[int, int]] = []
    patches = list(
        ground_patches(
            walk.path,
            walk.steps,
            [walk.track],
            picture_height_px=HEIGHT_PX,
            on_progress=lambda done, total: seen.append((done, total)),
        )
    )
    assert {patch.step for patch in patches} == set(range(len(walk.steps)))
    assert len(patches) <= len(walk.steps) * len(LOOK_DELAYS_S) * 2 * PATCHES_PER_FRAME
    for patch in patches:
        red, green, blue = patch.patch.reshape(-1, 3).mean(axis=0)
        assert green > 1.3 * red
        assert green > 1.3 * blue
    named, compared = (
        {patch.step for patch in patches if getattr(patch, what)} for what in ("names", "compares")
    )
    assert named == compared == set(range(len(walk.steps)))
    assert not any(patch.names and patch.compares for patch in patches)
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_where_no_strip_fits_the_square_names_the_ground_too(tmp_path: Path):
    walk = painted_walk(tmp_path / "walk.mp4", [lawn], step_count=4)
    step = walk.steps[0]
    near = (
        0.06 * PERSON_PX
    )  # loose boxes of others on both sides: room for a square, none for a strip
    crowd = [
        Track(2 + number, tuple(TrackBox(t / 5, x_px, 0, 300, HEIGHT_PX) for t in range(20)))
        for number, x_px in enumerate((step.x_px - near - 300, step.x_px + near))
    ]
    patches = list(
        ground_patches(walk.path, [step], [walk.track, *crowd], picture_height_px=HEIGHT_PX)
    )
    assert patches
    assert all(patch.names and patch.compares for patch in patches)


def test_ground_under_another_person_is_not_looked_at(tmp_path: Path):
    walk = painted_walk(tmp_path / "walk.mp4", [road], step_count=4)
    everywhere = tuple(TrackBox(t / 5, 0, FEET_Y_PX - 200, 640, 360) for t in range(20))
    crowd = Track(2, everywhere)
    assert (
        list(
            ground_patches(walk.path, walk.steps, [walk.track, crowd], picture_height_px=HEIGHT_PX)
        )
        == []
    )


def test_a_step_that_lands_in_the_first_frame_of_a_shot_is_of_that_shot(tmp_path: Path):
    walk = painted_walk(tmp_path / "walk.mp4", [lawn, road], step_count=2)
    frames = list(read_frames(walk.path))
    cut_s = frames[10].time_s
    first = replace(walk.steps[0], initial_contact_time_s=0.0, toe_off_time_s=None)
    steps = [first, replace(first, footstep_id="b", initial_contact_time_s=cut_s)]
    looked_at = {
        begins_s: [
            patch.patch
            for patch in ground_patches(
                walk.path,
                steps,
                (),
                picture_height_px=HEIGHT_PX,
                on_frame=lambda frame, begins_s=begins_s: frame.time_s == begins_s,
            )
            if patch.step == 1
        ]
        for begins_s in (cut_s, -1.0)
    }
    assert looked_at[cut_s]
    np.testing.assert_array_equal(looked_at[cut_s], looked_at[-1.0])
    near = frame_near(walk.path, cut_s - 0.01, (cut_s,))
    assert near is not None
    assert near.index == 9  # the last one before the cut


def test_points_of_a_larger_picture_are_scaled(tmp_path: Path):
    walk = painted_walk(tmp_path / "walk.mp4", [lawn], step_count=3)
    large = [
        replace(step, x_px=2 * step.x_px, y_px=2 * step.y_px, person_height_px=2 * PERSON_PX)
        for step in walk.steps
    ]
    small = list(ground_patches(walk.path, walk.steps, [], picture_height_px=HEIGHT_PX))
    scaled = list(ground_patches(walk.path, large, [], picture_height_px=2 * HEIGHT_PX))
    assert len(scaled) == len(small)
    np.testing.assert_array_equal(scaled[0].patch, small[0].patch)


def test_steps_after_the_end_are_not_seen(tmp_path: Path):
    walk = painted_walk(tmp_path / "walk.mp4", [road], step_count=2)
    late = [replace(walk.steps[0], initial_contact_time_s=500.0, toe_off_time_s=None)]
    assert list(ground_patches(walk.path, late, [], picture_height_px=HEIGHT_PX)) == []


def test_the_persons_height_comes_from_the_step_the_track_or_the_picture(tmp_path: Path):
    walk = painted_walk(tmp_path / "walk.mp4", [road], step_count=2)
    bare = replace(walk.steps[0], person_height_px=0.0)
    assert person_height_px(walk.steps[0], (), 1000) == PERSON_PX
    assert person_height_px(bare, walk.track.boxes, 1000) == pytest.approx(PERSON_PX)
    assert person_height_px(bare, (), 1000) == pytest.approx(350)
    flat = tuple(replace(box, height_px=0.0) for box in walk.track.boxes)
    assert person_height_px(bare, flat, 1000) == pytest.approx(350)
