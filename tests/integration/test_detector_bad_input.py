"""Odd and bad videos through the detector's real path: file, probe, decoder, models, rules (README, "Bad input")."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from foley_common.footsteps import Footstep
from foley_common.media.decode import frame_times_s, read_frames
from foley_common.media.probe import probe
from foley_common.pose_tracks import PoseTracks
from foley_detector.footsteps import find_footsteps
from foley_detector.pipeline import PoseParams, estimate_poses
from support import clips
from support.rendered import CROSSING, SIDE_WALK, frames, loaded, truth

FIRST, COUNT, RATE_HZ = 30, 66, 30
FAST = {"preset": "ultrafast", "crf": "18"}
WITHIN_S = 0.045  # of the truth: one and a third frames; the walk's steps are half a second apart
SAME_S = 0.012  # of what the plain clip gives: another coding of the same pictures


def pictures(count: int = COUNT) -> list[NDArray[np.uint8]]:
    """A walk from the side, two seconds and a little: four contacts."""
    return [frame.picture for frame in frames(SIDE_WALK, count, first=FIRST)]


def times(count: int = COUNT) -> list[float]:
    return (np.arange(count) / RATE_HZ).tolist()


def true_contacts(stretch: float = 1.0) -> list[tuple[str, float]]:
    """Foot and time of the contacts in `pictures`, played ``stretch`` times slower."""
    start, end = FIRST / RATE_HZ, (FIRST + COUNT) / RATE_HZ
    return [
        (event["foot"], stretch * (event["t"] - start))
        for event in truth(SIDE_WALK)["people"][0]["events"]
        if event["type"] == "strike" and start < event["t"] < end
    ]


def detected(path: Path) -> tuple[tuple[Footstep, ...], PoseTracks]:
    """What the service's job does with a file."""
    video = probe(path)
    poses = estimate_poses(
        read_frames(path),
        models=loaded().models,
        params=PoseParams(),
        frame_rate=float(video.frame_rate),
    )
    found, joined = find_footsteps([poses], video)
    return found.footsteps, joined


def assert_contacts(
    steps: Sequence[Footstep], expected: Sequence[tuple[str, float]], within_s: float
) -> None:
    found = [(step.side.value, step.initial_contact_time_s) for step in steps]
    assert [side for side, _ in found] == [side for side, _ in expected]
    for (_, got), (_, want) in zip(found, expected, strict=True):
        assert got == pytest.approx(want, abs=within_s)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, float]]:
    """Contacts of the walk in an ordinary MP4."""
    path = tmp_path_factory.mktemp("plain") / "plain.mp4"
    steps, _ = detected(clips.clip(path, pictures=pictures(), options=FAST))
    assert_contacts(steps, true_contacts(), WITHIN_S)
    return [(step.side.value, step.initial_contact_time_s) for step in steps]


@pytest.mark.parametrize("said", [100_000.0, 0.0, math.nan, -25.0])
def test_a_frame_rate_that_lies_is_not_believed(said: float, tmp_path: Path) -> None:
    path = clips.with_lying_metadata(tmp_path / "lie.flv", said, pictures(12), times(12))
    video = probe(path)
    assert float(video.frame_rate) == pytest.approx(RATE_HZ, rel=0.002)  # stamps of 1 ms
    assert not video.variable_frame_rate
    assert video.duration_s == pytest.approx(12 / RATE_HZ, abs=0.002)
    np.testing.assert_allclose(frame_times_s(path), times(12), atol=0.0006)


def test_steps_stand_where_they_are_though_the_frame_rate_is_no_number(
    tmp_path: Path, plain: list[tuple[str, float]]
) -> None:
    path = clips.with_lying_metadata(tmp_path / "nan.flv", math.nan, pictures(), times())
    assert_contacts(detected(path)[0], plain, SAME_S)


def test_frames_left_out_move_no_step(tmp_path: Path, plain: list[tuple[str, float]]) -> None:
    kept = [n for n in range(COUNT) if n % 7 not in (2, 3) and n % 11 != 5]
    path = clips.clip(
        tmp_path / "vfr.mp4",
        pictures=[pictures()[n] for n in kept],
        times_s=[times()[n] for n in kept],
        options=FAST,
    )
    assert probe(path).variable_frame_rate
    assert_contacts(detected(path)[0], plain, 2 * SAME_S)


def test_slow_motion_by_repetition_is_noticed_and_steps_are_right(tmp_path: Path) -> None:
    twice = [picture for picture in pictures() for _ in range(2)]
    path = clips.clip(tmp_path / "slow.mp4", pictures=twice, options=FAST)
    steps, poses = detected(path)
    assert poses.is_duplicate[1::2].mean() > 0.8
    assert not poses.is_duplicate[0::2].any()
    # A picture shows the first half of the time it stands for: up to half a picture early, that is one frame.
    assert_contacts(steps, true_contacts(stretch=2), 2 * WITHIN_S)


def test_a_phone_held_upright_is_turned_back(
    tmp_path: Path, plain: list[tuple[str, float]]
) -> None:
    stored = [np.ascontiguousarray(np.rot90(picture)) for picture in pictures()]
    path = clips.clip(tmp_path / "turned.mp4", pictures=stored, rotation_degrees=90, options=FAST)
    video = probe(path)
    assert video.rotation_degrees == 90
    steps, poses = detected(path)
    assert (poses.width_px, poses.height_px) == (video.width_px, video.height_px) == (960, 540)
    assert_contacts(steps, plain, SAME_S)


def test_interlaced_fields_are_taken_apart(tmp_path: Path, plain: list[tuple[str, float]]) -> None:
    path = clips.clip(
        tmp_path / "fields.mp4",
        pictures=clips.woven(pictures()),
        rate=Fraction(RATE_HZ, 2),
        field_order="tff",
        options=FAST,
    )
    steps, poses = detected(path)
    assert poses.time_s.size == COUNT // 2
    assert_contacts(steps, plain, 0.025)


def test_4k_gives_the_steps_of_the_small_picture(
    tmp_path: Path, plain: list[tuple[str, float]]
) -> None:
    large = [cv2.resize(picture, (3840, 2160)) for picture in pictures(36)]
    path = clips.clip(tmp_path / "large.mp4", pictures=large, options=FAST)
    steps, poses = detected(path)
    assert (poses.width_px, poses.height_px) == (3840, 2160)
    inside = [(side, time_s) for side, time_s in plain if time_s < 1.0]
    early = [step for step in steps if step.initial_contact_time_s < 1.0]
    assert_contacts(early, inside, 2 * SAME_S)
    box = max(poses.box_xyxy_px[:, 3] - poses.box_xyxy_px[:, 1])
    assert box > 800


def test_ten_seconds_of_black_are_no_steps_and_no_error(tmp_path: Path) -> None:
    black = [np.zeros((180, 320, 3), np.uint8)] * 80
    path = clips.clip(tmp_path / "black.mp4", pictures=black, rate=Fraction(8), options=FAST)
    steps, poses = detected(path)
    assert poses.time_s[-1] > 9.8
    assert steps == ()
    assert poses.track_ids == []
    assert not poses.is_cut.any()


def test_somebody_who_never_walks_makes_no_steps(tmp_path: Path, rng: np.random.Generator) -> None:
    """A walker stopped in mid-stride, in a trembling hand, with a camera's noise: no frame repeats another."""
    still = pictures(1)[0]
    shots: list[NDArray[np.uint8]] = []
    for _ in range(60):
        x, y = rng.normal(0, 0.7, 2)
        moved = cv2.warpAffine(
            still, np.array([[1, 0, x], [0, 1, y]]), (960, 540), borderMode=cv2.BORDER_REPLICATE
        )
        noise = rng.normal(0, 4, still.shape)
        shots.append(np.clip(moved + noise, 0, 255).astype(np.uint8))
    steps, poses = detected(clips.clip(tmp_path / "still.mp4", pictures=shots, options=FAST))
    assert not poses.is_duplicate.any()
    assert len(poses.track_ids) == 1
    assert steps == ()


def test_tracks_end_at_a_hard_cut_and_no_step_straddles_it(tmp_path: Path) -> None:
    """The first shot ends with a foot on the ground: its toe-off is not to be had from the second."""
    first, second = pictures(45), [f.picture for f in frames(CROSSING, 45, first=60)]
    steps, poses = detected(
        clips.clip(tmp_path / "cut.mp4", pictures=[*first, *second], options=FAST)
    )
    assert np.flatnonzero(poses.is_cut).tolist() == [45]
    cut_s = 45 / RATE_HZ
    before = {int(t) for t in poses.row_track[poses.row_frame < 45]}
    after = {int(t) for t in poses.row_track[poses.row_frame >= 45]}
    assert before
    assert after
    assert not before & after
    for step in steps:
        ends = [step.initial_contact_time_s, step.toe_off_time_s]
        sides = {time_s < cut_s for time_s in ends if time_s is not None}
        assert sides == {step.track_id in before}
    assert {step.track_id for step in steps} & before
    assert {step.track_id for step in steps} & after
