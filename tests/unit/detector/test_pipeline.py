from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from foley_common.errors import RenderCancelled, StageUnavailable
from foley_common.media.decode import TimedFrame, read_frames
from foley_common.pose_tracks import PoseTracks
from foley_detector.domain.boxes import Square
from foley_detector.domain.join import join_segments
from foley_detector.domain.looks import LookGrid
from foley_detector.domain.rows import chosen_frames
from foley_detector.models.base import People, PersonDetector, Picture, Pose
from foley_detector.pipeline import BEGUN_PER_WORKER, PoseModels, PoseParams, estimate_poses
from foley_detector.segments import WARM_UP_S
from support.rendered import CROSSING, SIDE_WALK, frames, loaded, row_of, true_box, true_feet, truth


class CountingDetector:
    """Sees one person who stands, and counts its looks."""

    def __init__(self) -> None:
        self.look_count = 0

    def detect(self, picture: Picture) -> People:
        assert picture.ndim == 3
        self.look_count += 1
        return People(np.array([[400, 150, 480, 380]], np.float32), np.array([0.9], np.float32))


def estimated(seen: Sequence[TimedFrame], **options) -> PoseTracks:
    options = {"models": loaded().models, "frame_rate": 30.0, **options}
    return estimate_poses(seen, params=PoseParams(), **options)


@pytest.fixture(scope="module")
def crossing() -> PoseTracks:
    return estimate_poses(
        read_frames(CROSSING), models=loaded().models, params=PoseParams(), frame_rate=25.0
    )


def test_everybody_is_seen_where_they_are_and_has_one_id_in_the_end(crossing: PoseTracks) -> None:
    joined = join_segments([crossing])
    ids: dict[int, list[int]] = {0: [], 1: [], 2: []}
    for row, frame in enumerate(joined.row_frame):
        feet = joined.landmarks_xy_px[row, [29, 31, 30, 32]]
        if np.isnan(feet).any():
            continue
        index = int(joined.frame_index[frame])
        away = [np.abs(true_feet(CROSSING, person, index) - feet).mean() for person in ids]
        ids[int(np.argmin(away))].append(int(joined.row_track[row]))
    shares = [max(np.bincount(own)) / len(own) for own in ids.values()]
    # By places alone the ids change hands at the crossing (a share of 0.71).
    assert min(shares) > 0.95
    assert joined.track_ids == [1, 2, 3]
    for person, own in ids.items():
        visible = sum(true_box(CROSSING, person, float(t)) is not None for t in joined.time_s)
        assert len(own) / visible > 0.8


def test_heels_stay_exact_on_boxes_between_detections() -> None:
    poses = estimated(frames(SIDE_WALK, 60, first=60))
    assert poses.box_is_detected.mean() < 0.35
    errors: list[float] = []
    for frame, index in enumerate(poses.frame_index):
        box = true_box(SIDE_WALK, 0, float(poses.time_s[frame]))
        assert box is not None
        row = row_of(poses, frame, box)
        assert row is not None
        away = poses.landmarks_xy_px[row, [29, 30]] - true_feet(SIDE_WALK, 0, int(index))[[0, 2]]
        errors += (100 * np.linalg.norm(away, axis=1) / (box[3] - box[1])).tolist()
    assert np.median(errors) < 2.0
    assert np.percentile(errors, 90) < 3.5


@pytest.mark.parametrize(("rate", "looks"), [(30, 13), (60, 7), (15, 21)])
def test_the_detector_looks_by_the_clock_not_by_the_frame(rate: int, looks: int) -> None:
    """Every sixth of a second, and at the first and the last frame."""
    detector = CountingDetector()
    models = PoseModels(detector, loaded().models.make_tracker, loaded().models.poses)
    seen = [
        replace(frame, time_s=i / rate) for i, frame in enumerate(frames(SIDE_WALK, 60, first=60))
    ]
    estimated(seen, models=models, frame_rate=float(rate))
    assert detector.look_count == looks


def test_the_tracker_is_told_how_many_frames_went_by() -> None:
    told: list[int] = []

    class Tracker:
        def update(self, people: People, appearance: np.ndarray, *, frame_step: int) -> list[int]:
            told.append(frame_step)
            assert len(appearance) == len(people.confidence)
            return [1] * len(appearance)

        def missed(self) -> dict[int, np.ndarray]:
            return {}

        def reset(self) -> None: ...

    models = PoseModels(CountingDetector(), lambda _rate, _least: Tracker(), Shades())
    estimated(frames(SIDE_WALK, 24, first=60), models=models)
    assert told == [1, 5, 5, 5, 5, 3]


def test_time_stamps_that_are_rounded_do_not_move_the_looks() -> None:
    grid = LookGrid(1 / 6, 30000 / 1001)
    looks = [k for k in range(3000) if grid.is_look(round(k * 1001 / 30000, 3))]
    assert looks == list(range(0, 3000, 5))


def test_a_segment_has_the_rows_that_the_whole_has() -> None:
    """Wherever it starts and ends against the detector's looks."""
    seen = frames(CROSSING, 46, first=44)
    whole = estimated(seen, frame_rate=25.0)
    first, end = 62, 78
    part = estimated(seen[3:], frame_rate=25.0, start_s=first / 25 - 0.001, end_s=end / 25 - 0.001)
    assert part.frame_index.tolist() == list(range(first, end))
    in_span = (whole.frame_index >= first) & (whole.frame_index < end)
    same = chosen_frames(whole, in_span)
    assert part.row_frame.size == same.row_frame.size >= 40
    orders = [np.lexsort((one.box_xyxy_px[:, 0], one.row_frame)) for one in (part, same)]
    for name in ("row_frame", "box_xyxy_px", "landmarks_xy_px", "row_colours"):
        mine, theirs = (
            getattr(one, name)[order] for one, order in zip((part, same), orders, strict=True)
        )
        np.testing.assert_array_equal(mine, theirs)


def test_weak_detections_go_on_with_a_person_for_less_than_the_warm_up() -> None:
    class Fading(CountingDetector):
        def detect(self, picture: Picture) -> People:
            people = super().detect(picture)
            sure = self.look_count <= 4
            return People(people.box_xyxy_px, np.float32([0.9 if sure else 0.2]))

    detector = Fading()
    models = PoseModels(detector, loaded().models.make_tracker, loaded().models.poses)
    blank = np.full((400, 600, 3), 60, np.uint8)
    poses = estimated(
        [TimedFrame(i, i / 10, blank) for i in range(40)], models=models, frame_rate=10.0
    )
    last_s = float(poses.time_s[poses.row_frame.max()])
    assert PoseParams().unsure_kept_s < WARM_UP_S
    assert last_s == pytest.approx(0.6 + PoseParams().unsure_kept_s, abs=0.21)


def test_where_somebody_comes_or_goes_the_frames_between_are_looked_at() -> None:
    class Coming(CountingDetector):
        def detect(self, picture: Picture) -> People:
            people = super().detect(picture)
            return people if picture[0, 0, 0] else people.surest(0)

    detector = Coming()
    models = PoseModels(detector, loaded().models.make_tracker, loaded().models.poses)
    blank = np.zeros((400, 600, 3), np.uint8)
    pictures = [blank] * 8 + [np.full_like(blank, 9)] * 13
    poses = estimated(
        [TimedFrame(i, i / 30, picture) for i, picture in enumerate(pictures)], models=models
    )
    assert poses.row_frame.min() == 8


def test_a_segment_is_warmed_up_and_the_warm_up_is_thrown_away() -> None:
    seen = frames(SIDE_WALK, 40, first=60)
    counted: list[int] = []
    poses = estimated(seen, start_s=seen[10].time_s, end_s=seen[30].time_s, on_frame=counted.append)
    assert poses.frame_index.tolist() == list(range(70, 90))
    assert counted == list(range(1, 21))
    assert poses.row_frame[0] == 0
    assert not poses.is_cut.any()


def test_equal_input_gives_equal_bytes(tmp_path) -> None:
    for name in ("a", "b"):
        estimated(frames(SIDE_WALK, 20, first=60)).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_ids_end_at_a_cut() -> None:
    first, second = frames(SIDE_WALK, 20, first=60), frames(CROSSING, 20, first=90)
    shots = [
        replace(frame, index=number, time_s=number / 30)
        for number, frame in enumerate((*first, *second))
    ]
    poses = estimated(shots)
    assert np.flatnonzero(poses.is_cut).tolist() == [20]
    before = set(poses.row_track[poses.row_frame < 20].tolist())
    after = set(poses.row_track[poses.row_frame >= 20].tolist())
    assert before
    assert after
    assert not before & after
    np.testing.assert_array_equal(poses.camera_from_previous[20], np.eye(2, 3))


def test_repeated_frames_are_flagged_and_repeat_the_pose() -> None:
    seen = [frame for frame in frames(SIDE_WALK, 12, first=60) for _ in range(2)]
    poses = estimated([replace(frame, index=i, time_s=i / 60) for i, frame in enumerate(seen)])
    assert poses.is_duplicate.tolist() == [False, True] * 12
    for frame in range(1, 24, 2):
        rows, before = (
            np.flatnonzero(poses.row_frame == frame),
            np.flatnonzero(poses.row_frame == frame - 1),
        )
        np.testing.assert_array_equal(poses.landmarks_xy_px[rows], poses.landmarks_xy_px[before])


def test_a_panning_camera_is_measured_with_people_left_out() -> None:
    seen = frames(CROSSING, 30, first=60)
    panned = [
        replace(frame, picture=frame.picture[:, 6 * i : 6 * i + 700])
        for i, frame in enumerate(seen)
    ]
    poses = estimated(panned)
    assert np.median(poses.camera_from_previous[1:, 0, 2]) == pytest.approx(-6, abs=0.3)
    assert np.median(poses.camera_from_previous[1:, 1, 2]) == pytest.approx(0, abs=0.2)


def test_somebody_who_fills_the_picture_is_not_the_camera() -> None:
    rng = np.random.default_rng(4)
    ground = np.full((240, 320, 3), 90, np.uint8)
    for x, y in rng.integers((4, 4), (60, 230), (40, 2)):
        ground[y : y + 5, x : x + 5] = rng.integers(0, 256, 3)
    clothes = rng.integers(0, 256, (55, 45, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    seen: list[TimedFrame] = []
    for index in range(12):
        picture = ground.copy()
        picture[10:230, 80 + 4 * index : 260 + 4 * index] = clothes
        seen.append(TimedFrame(index, index / 30, picture))

    class Large(CountingDetector):
        def detect(self, picture: Picture) -> People:
            super().detect(picture)
            left = next(4 * frame.index for frame in seen if frame.picture is picture)
            box = np.array([[78 + left, 8, 262 + left, 232]], np.float32)
            return People(box, np.array([0.9], np.float32))

    poses = estimated(seen, models=shades(Shades(), workers=1, detector=Large()))
    shifts_px = poses.camera_from_previous[:, :, 2]
    assert np.abs(shifts_px).max() < 0.5  # 4 with the person


def test_nobody_is_a_result() -> None:
    blank = [TimedFrame(i, i / 30, np.full((90, 160, 3), 80, np.uint8)) for i in range(10)]
    poses = estimated(blank)
    assert poses.time_s.size == 10
    assert poses.track_ids == []
    assert (poses.width_px, poses.height_px) == (160, 90)


def test_one_frame_is_enough() -> None:
    poses = estimated(frames(SIDE_WALK, 1, first=90))
    assert poses.time_s.size == 1
    assert poses.landmarks_xy_px.shape[1:] == (33, 2)


def test_no_frame_at_all_is_an_empty_file() -> None:
    assert estimated([]).time_s.size == 0


def test_work_ends_when_nobody_waits_for_it() -> None:
    taken = 0

    def source():
        nonlocal taken
        for frame in frames(SIDE_WALK, 40):
            taken += 1
            yield frame

    def check() -> None:
        if taken > 7:
            raise RenderCancelled("the caller has gone")

    with pytest.raises(RenderCancelled):
        estimated(source(), check=check)
    assert taken <= 9  # one is read ahead


class Shades:
    """A pose estimator that puts every landmark where the picture's shade says, and takes longer for some."""

    def __init__(self) -> None:
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def estimate(self, picture: Picture, square: Square) -> Pose | None:
        shade = int(picture[::4, ::4].astype(np.int64).sum() % 1009)
        with self._lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.02 if shade % 3 == 0 else 0.005)  # poses are done in another order than begun
        with self._lock:
            self.at_once -= 1
        where = np.array([[square.x_px, square.y_px + shade]], np.float32)
        return Pose(np.repeat(where, 33, 0), np.ones(33, np.float32), 1.0)

    def close(self) -> None: ...


def shades(poses: Shades, *, workers: int, detector: PersonDetector | None = None) -> PoseModels:
    tracker = loaded().models.make_tracker
    return PoseModels(detector or CountingDetector(), tracker, poses, pose_workers=workers)


def test_poses_estimated_at_once_are_those_estimated_one_by_one() -> None:
    alone, together = Shades(), Shades()
    seen = frames(SIDE_WALK, 24, first=60)
    one = estimated(seen, models=shades(alone, workers=1))
    four = estimated(seen, models=shades(together, workers=4))
    assert alone.most_at_once == 1
    assert together.most_at_once > 1
    assert np.unique(one.landmarks_xy_px[:, 0, 1]).size > 20  # each frame has its own
    for name in ("row_frame", "landmarks_xy_px", "row_colours", "box_xyxy_px"):
        np.testing.assert_array_equal(getattr(one, name), getattr(four, name))


def test_what_fails_in_a_worker_ends_the_work() -> None:
    class Failing(Shades):
        def estimate(self, picture: Picture, square: Square) -> Pose | None:
            super().estimate(picture, square)
            raise StageUnavailable("the network is gone", stage="detector")

    with pytest.raises(StageUnavailable, match="the network is gone"):
        estimated(frames(SIDE_WALK, 24, first=60), models=shades(Failing(), workers=2))
    assert not [one for one in threading.enumerate() if one.name.startswith(("pose", "read"))]


class Leaving(CountingDetector):
    """Sees the person at the first look only."""

    def detect(self, picture: Picture) -> People:
        people = super().detect(picture)
        return people if self.look_count == 1 else people.surest(0)


@pytest.mark.parametrize("detector", [CountingDetector, Leaving])
def test_frames_are_let_go(detector: type[CountingDetector]) -> None:
    """No more frames are alive at once than lie between two looks, one being read, and those that wait for poses."""
    alive: list[weakref.ref[np.ndarray]] = []
    most = 0

    def source():
        nonlocal most
        for index in range(60):
            picture = frames(SIDE_WALK, 60, first=60)[index].picture.copy()
            alive.append(weakref.ref(picture))
            most = max(most, sum(ref() is not None for ref in alive))
            yield TimedFrame(index, index / 30, picture)

    estimated(source(), models=shades(Shades(), workers=2, detector=detector()))
    assert most <= 5 + 2 + 2 * BEGUN_PER_WORKER


def test_variable_frame_rate_keeps_its_times() -> None:
    seen = frames(SIDE_WALK, 24, first=60)
    times = np.cumsum(np.tile([0.02, 0.05, 0.03], 8))
    poses = estimated(
        [replace(frame, time_s=float(t)) for frame, t in zip(seen, times, strict=True)]
    )
    np.testing.assert_array_equal(poses.time_s, times)
    assert poses.track_ids == [1]


def test_the_truth_is_there() -> None:
    assert [person["mode"] for person in truth(CROSSING)["people"]] == ["walk"] * 3
