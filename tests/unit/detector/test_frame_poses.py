from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from foley_detector.domain.boxes import Square
from foley_detector.frame_poses import FramePoses
from foley_detector.models.base import Picture, Pose
from foley_detector.rows import Row


class Standing:
    """Sees a body in the middle of the square that it is asked about; blind, in turned ones only."""

    def __init__(self) -> None:
        self.asked: list[Square] = []
        self.is_blind = False

    def estimate(self, picture: Picture, square: Square) -> Pose | None:
        assert picture.ndim == 3
        self.asked.append(square)
        if self.is_blind and square.turn_rad == 0.0:
            return None
        share = np.linspace(-0.2, 0.2, 33, dtype=np.float32)[:, None]
        points = np.array([[square.x_px, square.y_px]], np.float32) + share * square.side_px
        asked = Square(square.x_px, square.y_px, square.side_px, turn_rad=0.1)
        return Pose(points, np.ones(33, np.float32), 0.9, asked)

    def close(self) -> None: ...


def row(track_id: int, *box: float) -> Row:
    return Row(track_id, np.array(box, np.float32), 0.9, is_detected=True)


def test_who_stands_behind_has_no_colours_where_somebody_stands_in_front() -> None:
    picture = np.full((200, 200, 3), 90, np.uint8)
    behind, front = row(1, 60, 40, 120, 160), row(2, 50, 30, 130, 190)
    with ThreadPoolExecutor(2) as workers:
        poses = FramePoses(Standing(), workers)
        poses.finish(poses.begin(picture, [behind, front], is_duplicate=False))
    assert behind.colours is not None
    assert front.colours is not None
    assert np.isnan(behind.colours).all()
    assert np.isfinite(front.colours).all()


def test_a_body_that_is_not_found_is_looked_for_where_its_last_pose_asked() -> None:
    picture = np.full((200, 200, 3), 90, np.uint8)
    network = Standing()
    with ThreadPoolExecutor(1) as workers:
        poses = FramePoses(network, workers)
        for blind, known in ((False, True), (True, True)):
            network.is_blind = blind
            somebody = row(1, 60, 40, 120, 160)
            poses.finish(poses.begin(picture, [somebody], is_duplicate=False))
            assert (somebody.pose is not None) == known
        assert [square.turn_rad for square in network.asked] == [0.0, 0.0, 0.1]
        stranger = row(2, 60, 40, 120, 160)
        poses.finish(poses.begin(picture, [stranger], is_duplicate=False))
        assert stranger.pose is None
