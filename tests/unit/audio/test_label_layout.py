"""Labels in the picture: whole, near their marks, none over another, and still while they are read."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from foley_audio.render import markers, people
from foley_audio.render.annotate import Annotator
from foley_audio.render.label_layout import LabelLayout, Wish, nearest_free
from foley_audio.render.lettering import Plate
from foley_common.footsteps import Footstep, GaitKind, Side
from foley_common.media.info import VideoInfo
from foley_common.pose_tracks import PoseTracks
from foley_common.surfaces import SurfaceReport

NOTHING_KNOWN = SurfaceReport(())


def _walk(
    people_count: int, size: tuple[int, int], seed: int, *, spread: float = 1.0
) -> list[Footstep]:
    """Contacts of people who walk past each other, at every height of the picture."""
    dice = np.random.default_rng(seed)
    steps: list[Footstep] = []
    for track in range(1, people_count + 1):
        x, y = dice.uniform(0, size[0]), size[1] * (1 - spread * dice.uniform(0, 0.6))
        speed, time_s = dice.choice([-1, 1]) * size[0] * dice.uniform(0.02, 0.1), dice.uniform(0, 1)
        for number in range(8):
            side = Side.LEFT if number % 2 else Side.RIGHT
            steps.append(
                Footstep(
                    f"t{track}-{number:04d}",
                    track,
                    side,
                    time_s,
                    time_s + 0.6,
                    0.9,
                    0.8,
                    float(dice.uniform()),
                    GaitKind.WALK,
                    None,
                    float(x),
                    float(y),
                    size[1] / 2,
                )
            )
            time_s += float(dice.uniform(0.2, 0.6))
            x += speed
    return steps


def _crowd(count: int, size: tuple[int, int], times_s: np.ndarray, seed: int) -> PoseTracks:
    """People whose boxes cross each other and the borders of the picture."""
    dice = np.random.default_rng(seed)
    frames = times_s.size
    first = dice.uniform(-0.1, 1.0, (count, 2)) * size
    velocity = dice.uniform(-0.3, 0.3, (count, 2)) * size
    corners = first[None] + velocity[None] * times_s[:, None, None]
    boxes = np.concatenate([corners, corners + np.array(size) * (0.1, 0.4)], axis=2)
    return PoseTracks(
        width_px=size[0],
        height_px=size[1],
        time_s=times_s,
        frame_index=np.arange(frames),
        camera_from_previous=np.tile(np.eye(2, 3), (frames, 1, 1)),
        is_cut=np.zeros(frames, np.bool_),
        is_duplicate=np.zeros(frames, np.bool_),
        row_frame=np.repeat(np.arange(frames), count),
        row_track=np.tile(np.arange(1, count + 1), frames),
        box_xyxy_px=boxes.reshape(-1, 4).astype(np.float32),
        box_confidence=np.ones(frames * count, np.float32),
        box_is_detected=np.ones(frames * count, np.bool_),
        landmarks_xy_px=np.full((frames * count, 33, 2), np.nan, np.float32),
        visibility=np.zeros((frames * count, 33), np.float32),
        pose_confidence=np.ones(frames * count, np.float32),
        appearance_track=np.zeros(0, np.int64),
        appearance=np.zeros((0, 4), np.float32),
    )


@pytest.fixture
def plates(monkeypatch: pytest.MonkeyPatch) -> list[Plate]:
    """Every plate that is drawn."""
    drawn: list[Plate] = []

    def spy(_picture: object, plate: Plate, opacity: float = 1.0) -> None:
        drawn.append(plate)

    monkeypatch.setattr(markers, "shade", spy)
    monkeypatch.setattr(people, "shade", spy)
    return drawn


@pytest.mark.parametrize(
    ("count", "size", "spread"),
    [
        (1, (640, 360), 1.0),
        (1, (1768, 994), 0.1),  # the demo clip's size, feet near the lower border
        (4, (640, 360), 0.2),
        (12, (1920, 1080), 1.0),
        (40, (640, 360), 1.0),
        (5, (360, 640), 0.3),
        (3, (96, 64), 1.0),  # no label fits: none is cut
    ],
)
def test_no_label_covers_another_or_leaves_the_picture(
    plates: list[Plate], count: int, size: tuple[int, int], spread: float
) -> None:
    steps = _walk(count, size, seed=count, spread=spread)
    times_s = np.arange(0, 3, 0.1)
    info = VideoInfo(*size, Fraction(30), 90, 3.0, "h264")
    annotator = Annotator(info, steps, NOTHING_KNOWN, _crowd(count, size, times_s, seed=count))
    black = np.zeros((size[1], size[0], 3), np.uint8)
    most = 0
    for time_s in times_s:
        plates.clear()
        annotator.draw(black, time_s=float(time_s), end_s=float(time_s) + 0.1)
        most = max(most, len(plates))
        for plate in plates:
            assert 0 <= plate.x <= size[0] - plate.width, time_s
            assert 0 <= plate.y <= size[1] - plate.height, time_s
        for first, second in itertools.combinations(plates, 2):
            assert not first.meets(second), (time_s, first, second)
    assert most > min(count, 3)


def test_a_label_stays_where_it_is_while_others_come_and_go() -> None:
    layout = LabelLayout(1000, 600, 20)
    size = ((200, 60), (120, 30))
    first = layout.place([Wish(1, (500.0, 580.0), size)])[0]
    assert first is not None
    two = layout.place([Wish(1, (500.0, 580.0), size), Wish(2, (510.0, 580.0), size)])
    assert two[0] == first
    second = two[1]
    assert second is not None
    assert not second.plate.meets(first.plate)
    assert layout.place([Wish(2, (510.0, 580.0), size)]) == [second]
    moved = layout.place([Wish(2, (505.0, 570.0), size)])[0]
    assert moved is not None
    assert (moved.plate.x, moved.plate.y) == (second.plate.x - 5, second.plate.y - 10)


def test_below_its_point_where_that_is_free() -> None:
    place = nearest_free((500.0, 300.0), (200, 60), [], picture=(1000, 600), away_px=20)
    assert place == Plate(400, 320, 200, 60)
    above = nearest_free((500.0, 590.0), (200, 60), [], picture=(1000, 600), away_px=20)
    assert above == Plate(400, 510, 200, 60)


def test_where_there_is_no_room_fading_labels_go_then_new_ones_shrink() -> None:
    layout = LabelLayout(200, 60, 4)
    whole, short = (200, 60), (100, 28)
    old = Wish("old", (50.0, 50.0), (whole, short))
    new = Wish("new", (60.0, 50.0), (whole, short))
    assert [place and place.form for place in layout.place([old])] == [0]
    assert [place and place.form for place in layout.place([old, new])] == [0, None]
    fading = Wish("old", (50.0, 50.0), (whole, short), fading=True)
    assert [place and place.form for place in layout.place([fading, new])] == [None, 0]

    layout = LabelLayout(200, 116, 4)
    assert [place and place.form for place in layout.place([old, new])] == [0, 1]
