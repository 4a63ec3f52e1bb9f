from __future__ import annotations

import io
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image, UnidentifiedImageError

from foley_common.errors import ServiceBusy, StageUnavailable
from foley_detector.domain.boxes import overlap
from foley_detector.models import torchvision_cure
from foley_detector.models.base import People
from foley_detector.models.bytetrack import ByteTracker
from foley_detector.models.ultralytics_import import import_ultralytics
from foley_detector.models.yolo import INPUT_SIDE_PX, WEAKEST_CONFIDENCE, YoloPersonDetector
from support.rendered import CROSSING, SIDE_WALK, frames, loaded, true_box, weights

OFFLINE = """
import socket, sys
asked = []
def refuse(*args, **kwargs):
    asked.append(args)
    raise OSError("no network in this test")
socket.getaddrinfo = refuse
socket.socket.connect = refuse
import subprocess
popen = subprocess.Popen.__init__
def program(self, args, *more, **named):
    if "pip" in str(args) or "npm" in str(args):
        asked.append(args)
    return popen(self, args, *more, **named)
subprocess.Popen.__init__ = program
from pathlib import Path
import numpy as np
from foley_detector.models.ultralytics_import import import_ultralytics
from foley_detector.models.yolo import YoloPersonDetector
detector = YoloPersonDetector(Path(sys.argv[1]), config_dir=Path(sys.argv[2]))
assert len(detector.detect(np.zeros((90, 160, 3), np.uint8)).confidence) == 0
from ultralytics.utils import ONLINE, SETTINGS
assert not ONLINE and not SETTINGS["sync"], (ONLINE, SETTINGS["sync"])
assert not asked, asked
print("quiet")
"""


@pytest.mark.parametrize(("clip", "frame", "people"), [(SIDE_WALK, 90, 1), (CROSSING, 100, 3)])
def test_people_are_where_the_renderer_put_them(clip, frame: int, people: int) -> None:
    seen = frames(clip, 1, first=frame)[0]
    found = loaded().models.people.detect(seen.picture).at_least(0.35)
    assert len(found.confidence) == people
    for person in range(people):
        box = true_box(clip, person, seen.time_s)
        assert box is not None
        assert overlap(found.box_xyxy_px, box[None]).max() > 0.6


def test_nobody_is_nobody() -> None:
    found = loaded().models.people.detect(np.full((120, 160, 3), 90, np.uint8))
    assert found.box_xyxy_px.shape == (0, 4)
    assert found.confidence.shape == (0,)


def test_weak_detections_are_kept_for_the_tracker() -> None:
    found = loaded().models.people.detect(frames(CROSSING, 1, first=75)[0].picture)
    assert np.all(found.confidence >= WEAKEST_CONFIDENCE)


def test_only_the_surest_are_kept_in_their_order() -> None:
    people = People(
        np.arange(12, dtype=np.float32).reshape(3, 4), np.array([0.5, 0.2, 0.9], np.float32)
    )
    assert people.surest(2).confidence.tolist() == pytest.approx([0.5, 0.9])


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> YoloPersonDetector:
    """A checkpoint, as CUDA would run it, made on the spot: the real one is only fetched where there is CUDA."""
    path = tmp_path_factory.mktemp("weights") / "untrained.pt"
    import_ultralytics().YOLO("yolov8n.yaml", task="detect").save(path)
    return YoloPersonDetector(path)


def test_the_checkpoint_is_shown_the_square_that_the_onnx_file_is(
    untrained: YoloPersonDetector,
) -> None:
    shown = []
    network = untrained._model.predictor.model
    with network.register_forward_pre_hook(lambda _network, given: shown.append(given[0].shape)):
        untrained.detect(np.zeros((180, 640, 3), np.uint8))
    assert shown == [(1, 3, INPUT_SIDE_PX, INPUT_SIDE_PX)]


def accelerator_error(code: int) -> torch.AcceleratorError:
    error = torch.AcceleratorError("CUDA error: said in one line\nand explained in more")
    error.error_code = code  # as torch itself sets it
    return error


@pytest.mark.parametrize(
    "raised",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB."),
        accelerator_error(2),
    ],
)
def test_a_device_without_memory_is_busy_not_broken(
    untrained: YoloPersonDetector, monkeypatch: pytest.MonkeyPatch, raised: Exception
) -> None:
    def full(*_pictures, **_asked):
        raise raised

    with monkeypatch.context() as patch:
        patch.setattr(untrained._model, "predict", full)
        with pytest.raises(ServiceBusy, match="no memory left") as caught:
            untrained.detect(np.zeros((180, 640, 3), np.uint8))
    assert caught.value.retry_after_s is not None
    assert untrained.detect(np.zeros((180, 640, 3), np.uint8)).confidence.shape == (0,)


def test_a_device_that_fails_is_told_to_the_service(
    untrained: YoloPersonDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_pictures, **_asked):
        raise accelerator_error(710)  # a device-side assert

    told = []
    monkeypatch.setattr(untrained._model, "predict", broken)
    monkeypatch.setattr(untrained, "_on_lost", told.append)
    with pytest.raises(
        StageUnavailable, match=r"failed \(CUDA error: said in one line\)"
    ) as caught:
        untrained.detect(np.zeros((180, 640, 3), np.uint8))
    assert told == [caught.value]


def test_a_torchvision_that_was_cured_suppresses_on_cuda_too() -> None:
    import_ultralytics()
    if not torchvision_cure._libraries:
        pytest.skip("torchvision is healthy here")
    assert torch._C._dispatch_has_kernel_for_dispatch_key("torchvision::nms", "CUDA")


def test_starting_asks_no_host_and_runs_no_installer(tmp_path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("YOLO_")
    }
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(weights("yolov8n.onnx")), str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.splitlines()[-1] == "quiet"


def person(x: float, confidence: float = 0.8) -> tuple[list[float], float]:
    return [x, 100, x + 40, 200], confidence


def people_at(*places: tuple[list[float], float]) -> People:
    return People(
        np.array([place for place, _ in places], np.float32).reshape(-1, 4),
        np.array([confidence for _, confidence in places], np.float32),
    )


RED, BLUE = np.array([1.0, 0.0]), np.array([0.0, 1.0])


@pytest.mark.parametrize("frame_step", [1, 5])
def test_ids_stay_with_people_who_walk_also_when_looks_are_rare(frame_step: int) -> None:
    tracker = ByteTracker(frame_rate=30, min_confidence=0.35)
    seen = [
        list(
            tracker.update(
                people_at(person(100 + 2 * frame), person(500 - 2 * frame)),
                np.stack([RED, BLUE]),
                frame_step=frame_step if frame else 1,
            )
        )
        for frame in range(0, 60, frame_step)
    ]
    assert all(ids == [1, 2] for ids in seen)


def test_where_two_cross_and_one_is_hidden_clothes_keep_the_ids() -> None:
    tracker = ByteTracker(frame_rate=25, min_confidence=0.35)
    last: dict[str, int] = {}
    for frame in range(60):
        a, b = 100 + 5 * frame, 400 - 5 * frame
        both = [(person(a), RED, "a"), (person(b), BLUE, "b")]
        shown = both[:1] if abs(a - b) < 45 else both
        ids = tracker.update(
            people_at(*(one[0] for one in shown)), np.stack([one[1] for one in shown]), frame_step=1
        )
        last |= {one[2]: number for one, number in zip(shown, ids, strict=True)}
    assert last == {"a": 1, "b": 2}


def test_a_new_shot_brings_new_people_and_no_id_comes_twice() -> None:
    tracker = ByteTracker(frame_rate=25, min_confidence=0.35)
    for _ in range(3):
        before = tracker.update(people_at(person(100)), RED[None], frame_step=1)
    tracker.reset()
    after = tracker.update(people_at(person(100)), RED[None], frame_step=1)
    assert before[0] == 1
    assert after[0] == 2


def test_who_is_missed_is_where_they_walked_to() -> None:
    tracker = ByteTracker(frame_rate=30, min_confidence=0.35)
    for frame in range(0, 60, 5):
        step = 5 if frame else 1
        tracker.update(people_at(person(100 + 4 * frame)), RED[None], frame_step=step)
    tracker.update(people_at(), np.zeros((0, 2)), frame_step=1)
    (box,) = tracker.missed().values()
    expected, _ = person(100 + 4 * (55 + 1))
    assert np.abs(box - expected).max() < 1.5  # 4 a frame


def test_of_whom_nothing_would_be_left_is_nowhere() -> None:
    tracker = ByteTracker(frame_rate=240, min_confidence=0.35)
    nobody = people_at(), np.zeros((0, 2))
    for height in (300.0, 150.0, 75.0):
        box = np.array([[10, 50, 130, 50 + height]], np.float32)
        people = People(box, np.array([0.9], np.float32))
        tracker.update(people, RED[None], frame_step=40)
    tracker.update(*nobody, frame_step=1)
    # The last look was of somebody new; the first person would be 6 px high by now, upside down.
    assert list(tracker.missed()) == [2]


def test_nobody_detected_is_no_id() -> None:
    tracker = ByteTracker(frame_rate=25, min_confidence=0.35)
    assert list(tracker.update(people_at(), np.zeros((0, 2)), frame_step=1)) == []


def test_pictures_are_opened_by_pillow_itself() -> None:
    opens = Image.open
    import_ultralytics()
    import_ultralytics()
    assert Image.open is opens
    assert opens.__module__ == "PIL.Image"
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(b"no picture"))
