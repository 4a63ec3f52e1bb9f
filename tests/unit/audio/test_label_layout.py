"""Labels in the picture: whole, near their marks, none over another, and still while they are read."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest

from foley_audio.render import label_layout, markers, people
from foley_audio.render.annotate import Annotator
from foley_audio.render.label_layout import MOST_SOUGHT, LabelLayout, Standing, Wish, nearest_free
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


@dataclass
class Drawn:
    """Plates that are drawn: of footsteps' labels and of people's names."""

    labels: list[Plate] = field(default_factory=list)
    names: list[Plate] = field(default_factory=list)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Every plate that is drawn."""
    seen = Drawn()
    for module, plates in ((markers, seen.labels), (people, seen.names)):

        def spy(
            _picture: object, plate: Plate, opacity: float = 1.0, plates: list[Plate] = plates
        ) -> None:
            plates.append(plate)

        monkeypatch.setattr(module, "shade", spy)
    return seen


@pytest.mark.parametrize(
    ("count", "size", "spread"),
    [
        (1, (640, 360), 1.0),
        (1, (1768, 994), 0.1),  # the demo clip's size, feet near the lower border
        (4, (640, 360), 0.2),
        (12, (1920, 1080), 1.0),
        (40, (640, 360), 1.0),
        (5, (360, 640), 0.3),
        (3, (96, 64), 1.0),  # no whole label fits: their first lines do, and none is cut
    ],
)
def test_no_label_covers_another_or_leaves_the_picture(
    drawn: Drawn, count: int, size: tuple[int, int], spread: float
) -> None:
    steps = _walk(count, size, seed=count, spread=spread)
    times_s = np.arange(0, 3, 0.1)
    info = VideoInfo(*size, Fraction(30), 90, 3.0, "h264")
    annotator = Annotator(info, steps, NOTHING_KNOWN, _crowd(count, size, times_s, seed=count))
    black = np.zeros((size[1], size[0], 3), np.uint8)
    most = 0
    for time_s in times_s:
        drawn.labels.clear()
        drawn.names.clear()
        annotator.draw(black, time_s=float(time_s), end_s=float(time_s) + 0.1)
        most = max(most, len(drawn.labels))
        plates = [*drawn.names, *drawn.labels]
        for plate in plates:
            assert 0 <= plate.x <= size[0] - plate.width, time_s
            assert 0 <= plate.y <= size[1] - plate.height, time_s
        for first, second in itertools.combinations(plates, 2):
            assert not first.meets(second), (time_s, first, second)
    assert most >= (1 if size == (96, 64) else min(count, 3))  # labels, beside the names


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
    place = nearest_free((500.0, 300.0), (200, 60), Standing(), picture=(1000, 600), away_px=20)
    assert place == Plate(400, 320, 200, 60)
    above = nearest_free((500.0, 590.0), (200, 60), Standing(), picture=(1000, 600), away_px=20)
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


def test_its_own_point_counts_once() -> None:
    """Covering it costs two heights of the label: as far as that it goes away from it, and no further."""
    layout = LabelLayout(100, 320, 20)
    wish = Wish("step", (50.0, 100.0), ((100, 40),))
    walls = [
        Plate(0, 0, 100, 78),
        Plate(0, 142, 100, 60),
    ]  # free: over the point, and 2.6 heights away
    place = layout.place([wish], walls)[0]
    assert place is not None
    assert place.plate.y < 142
    other = Wish("beside", wish.point, ((1, 1),))
    assert layout.place([other], [Plate(0, 0, 100, 320)]) == [None]
    place = LabelLayout(100, 320, 20).place([wish, other], walls)[0]  # two points there: better not
    assert place is not None
    assert place.plate.y > 200


def crowd_of(count: int, size: tuple[int, int], *, fading: bool = False) -> list[Wish]:
    dice = np.random.default_rng(count)
    return [
        Wish(number, (float(x), float(y)), ((200, 40), (100, 20)), fading=fading)
        for number, (x, y) in enumerate(dice.uniform((0, 0), size, (count, 2)))
    ]


@pytest.mark.parametrize("count", [30, 300])
def test_a_frame_looks_for_so_many_places_only(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Without that a frame of 300 people took four seconds."""
    looked: list[tuple[float, float]] = []
    widest = 0

    def spy(point: tuple[float, float], *args: object, **named: object) -> Plate | None:
        looked.append(point)
        return nearest_free(point, *args, **named)  # type: ignore[arg-type]

    def edges(*args: np.ndarray, **named: int) -> np.ndarray:
        nonlocal widest
        found = inner(*args, **named)
        widest = max(widest, found.size)
        return found

    inner = label_layout._edges
    monkeypatch.setattr(label_layout, "nearest_free", spy)
    monkeypatch.setattr(label_layout, "_edges", edges)
    layout = LabelLayout(1920, 1080, 20)
    wishes = crowd_of(count, (1920, 1080))
    tried: set[tuple[float, float]] = set()
    for _ in range(-(-count // MOST_SOUGHT)):
        looked.clear()
        layout.place(wishes, [Plate(10 * n, 500, 8, 8) for n in range(100)])
        assert len(set(looked)) <= MOST_SOUGHT
        tried |= set(looked)
    assert tried == {wish.point for wish in wishes}  # everybody's turn came
    assert widest <= 3 + 2 * (1 + label_layout.NEAR_POINTS) + 2 * label_layout.NEAR_PLATES


def test_fresh_labels_are_served_before_fading_ones() -> None:
    layout = LabelLayout(1920, 1080, 20)
    old = crowd_of(2 * MOST_SOUGHT, (1920, 1080), fading=True)
    new = Wish("new", (900.0, 500.0), ((200, 40), (100, 20)))
    assert layout.place([*old, new])[-1] is not None
