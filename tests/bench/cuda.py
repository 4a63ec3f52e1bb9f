"""The detector on a CUDA device beside the CPU of the same machine: same people, same steps, speed, faults.

    python -m tests.bench.cuda [--shared ../shared] [--clips FILE ...] [--whole FILE ...] [--json FILE]

People are compared on the frames that the detector looks at, six a second. `--whole` names the clips that go through
the whole detector on both devices, to the footsteps. Without a CUDA device it says so and ends with 2; a part that
fails is named in the last line, the others go on.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from scipy.optimize import linear_sum_assignment

from foley_client.demo import cached_demo
from foley_common.errors import FoleyError
from foley_common.footsteps import DetectedFootsteps
from foley_common.media.decode import read_frames
from foley_common.media.probe import probe
from foley_common.settings import StoreSettings
from foley_common.weights import ensure
from foley_detector.domain.boxes import overlap
from foley_detector.footsteps import find_footsteps
from foley_detector.models.base import People, PersonDetector, Picture
from foley_detector.models.loading import LoadedModels, load_models
from foley_detector.models.yolo import PREDICTION, YoloPersonDetector
from foley_detector.pipeline import LookGrid, PoseParams
from foley_detector.segments import segment_poses
from foley_detector.settings import DetectorSettings

sys.path.insert(0, str(Path(__file__).parent))
from detection_seams import compared

ROOT = Path(__file__).parents[2]
SAME_OVERLAP = 0.5
"""Boxes that overlap less are not the same person; what COCO counts as found."""

ROUNDS = 3
"""Rounds over the pictures; the median picture counts."""

BATCHES = (1, 8, 16, 32)
TIMED_PICTURES = 64
SAMPLE_PAUSE_S = 0.1
FULL_BYTES = 1 << 20
"""Of the device's memory, left to the process in the test of a full one: no picture fits."""


def settings(device: str) -> DetectorSettings:
    """The detector's own settings, for a device."""
    return DetectorSettings(store=StoreSettings(kind="local", root=Path("unused")), device=device)


def looks(clip: Path) -> list[Picture]:
    """The pictures of a clip that the detector looks at."""
    grid = LookGrid(PoseParams().detection_interval_s, float(probe(clip).frame_rate))
    return [frame.picture for frame in read_frames(clip) if grid.is_look(frame.time_s)]


def used_mib() -> float:
    """Memory in use on the device, by everybody, as nvidia-smi says."""
    return torch.cuda.device_memory_used() / 2**20


@contextlib.contextmanager
def utilisation() -> Iterator[list[int]]:
    """Samples of how much of the time the device is busy, in percent, as nvidia-smi says."""
    samples: list[int] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_PAUSE_S):
            samples.append(torch.cuda.utilization())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()


class Bench:
    """Models for both devices, and what was measured."""

    def __init__(self, clips: Sequence[Path], whole: Sequence[Path]) -> None:
        self.clips, self.whole = clips, whole
        self.figures: dict[str, Any] = {}
        self.models: dict[str, LoadedModels] = {}

    def start(self) -> None:
        """What `auto` chooses, how long it loads, and memory of the device with it."""
        for device in ("cpu", "auto"):
            before, started = used_mib(), time.perf_counter()
            loaded = load_models(settings(device))
            took_s, took_mib = time.perf_counter() - started, used_mib() - before
            self.models[loaded.device] = loaded
            names = ", ".join(model.name for model in loaded.versions)
            print(
                f"device={device:4s} -> {loaded.device:4s}  loaded in {took_s:5.1f} s, {took_mib:5.0f} MiB  {names}"
            )
            self.keep("start", device, chosen=loaded.device, load_s=took_s, device_mib=took_mib)

    def people(self) -> None:
        """The CUDA device's people against the CPU's, as shipped and as it could be set otherwise."""
        weights = ensure("yolov8n.pt")
        print(
            f"{'clip':32s} {'setting':12s} {'looks':>5s} {'same':>5s} {'lost':>4s} {'more':>4s} {'least IoU':>9s} "
            f"{'median':>8s} {'max |dp|':>8s} {'ms':>5s} {'lost, more that start a track':>29s}"
        )
        for clip in self.clips:
            pictures = looks(clip)
            cpu = [self.models["cpu"].models.people.detect(picture) for picture in pictures]
            self.compare(clip, "as shipped", cpu, self.models["cuda"].models.people, pictures)
            for name, changed in (("rect", {"rect": True}), ("half", {"quantize": 16})):
                self.compare(clip, name, cpu, other(weights, changed), pictures)
            faster = other(weights, {})
            torch.backends.cudnn.allow_tf32 = True
            self.compare(clip, "TF32", cpu, faster, pictures)
            torch.backends.cudnn.allow_tf32 = False

    def compare(
        self,
        clip: Path,
        setting: str,
        cpu: list[People],
        detector: PersonDetector,
        pictures: list[Picture],
    ) -> None:
        """One line of the table of people."""
        took_ms = 1000 * median_s(detector.detect, pictures)
        cuda = [detector.detect(picture) for picture in pictures]
        all_of = agreement(cpu, cuda)
        start = PoseParams().min_person_confidence
        sure = agreement([p.at_least(start) for p in cpu], [p.at_least(start) for p in cuda])
        print(
            f"{clip.name[:32]:32s} {setting:12s} {len(pictures):5d} {all_of['same']:5d} {all_of['lost']:4d} "
            f"{all_of['more']:4d} {all_of['least_iou']:9.5f} {all_of['median_iou']:8.5f} "
            f"{all_of['max_confidence_difference']:8.5f} {took_ms:5.1f} {sure['lost']:12d}, {sure['more']}",
            flush=True,
        )
        figures = {"looks": len(pictures), "sure": sure, "median_ms": took_ms, **all_of}
        self.keep("people", f"{clip.name}, {setting}", **figures)

    def footsteps(self) -> None:
        """The whole detector on both devices: events, times, speed."""
        for clip in self.whole:
            found: dict[str, DetectedFootsteps] = {}
            for device in ("cpu", "cuda"):
                started = time.perf_counter()
                with utilisation() as samples:
                    found[device] = detected(clip, self.models[device])
                rate = found[device].video.frame_count / (time.perf_counter() - started)
                busy = statistics.mean(samples)
                print(
                    f"{clip.name[:32]:32s} {device:4s} {len(found[device].footsteps):3d} footsteps, "
                    f"{rate:6.1f} frames/s, device busy {busy:3.0f} %",
                    flush=True,
                )
                self.keep(
                    "whole",
                    f"{clip.name}, {device}",
                    frames_per_s=rate,
                    busy_percent=busy,
                    footsteps=len(found[device].footsteps),
                )
            both = compared(found["cpu"].footsteps, found["cuda"].footsteps)
            print(
                f"{clip.name[:32]:32s} events: {both.matched} same, {both.lost} lost, {both.doubled} more, "
                f"{both.other_id} of another id, at most {both.largest_shift_ms:.3f} ms apart"
            )
            self.keep("events", clip.name, **vars(both))

    def speed(self) -> None:
        """Pictures a second of finding people alone, one at a time, and as many at once as ultralytics would take."""
        for clip in self.clips:
            pictures = looks(clip)[:TIMED_PICTURES]
            for device in ("cpu", "cuda"):
                detector = self.models[device].models.people
                with utilisation() as samples:
                    seconds = median_s(lambda p, d=detector: d.detect(p), pictures)
                busy = statistics.mean(samples) if samples else float("nan")
                print(
                    f"{clip.name[:32]:32s} {device:4s} {1 / seconds:7.1f} pictures/s  device busy {busy:3.0f} %",
                    flush=True,
                )
                self.keep(
                    "speed", f"{clip.name}, {device}", pictures_per_s=1 / seconds, busy_percent=busy
                )
        detector = self.models["cuda"].models.people
        assert isinstance(detector, YoloPersonDetector)  # the only one that runs on CUDA
        pictures = (looks(self.clips[0]) * TIMED_PICTURES)[: max(BATCHES)]
        for count in BATCHES:
            batches = [pictures[at : at + count] for at in range(0, len(pictures), count)]
            seconds = median_s(
                lambda batch: detector._model.predict(batch, **PREDICTION, device="cuda"), batches
            )
            print(
                f"{self.clips[0].name[:32]:32s} {count:2d} at once {count / seconds:7.1f} pictures/s",
                flush=True,
            )
            self.keep("batch", str(count), pictures_per_s=count / seconds)

    def faults(self) -> None:
        """No device where one is asked for, and a device whose memory is full."""
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "FOLEY_DETECTOR_DEVICE": "cuda"}
        with tempfile.TemporaryDirectory() as folder:
            environment["FOLEY_DETECTOR_STORE__ROOT"] = folder
            ended = subprocess.run(
                [sys.executable, "-m", "foley_detector"],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
        said = ended.stderr.strip().splitlines()[-1:]
        print(f"device=cuda without a device: exit {ended.returncode}, {' '.join(said)}")
        self.keep("faults", "no device", exit_code=ended.returncode, said=said)
        picture = looks(self.clips[0])[0]
        people = self.models["cuda"].models.people
        before = people.detect(picture)
        torch.cuda.empty_cache()
        in_use = torch.cuda.memory_allocated()
        torch.cuda.set_per_process_memory_fraction(
            (in_use + FULL_BYTES) / torch.cuda.get_device_properties(0).total_memory
        )
        try:
            people.detect(picture)
            answer = "an answer"
        except FoleyError as error:
            answer = f"{error.reason}: {error.message}"
        finally:
            torch.cuda.set_per_process_memory_fraction(1.0)
        again = agreement([before], [people.detect(picture)])
        print(f"memory full: {answer}")
        print(
            f"memory free again: {again['same']} people as before, {again['lost']} lost, {again['more']} more"
        )
        self.keep("faults", "memory full", answer=answer, afterwards=again)

    def keep(self, part: str, case: str, **figures: Any) -> None:
        """Keep figures for `--json`."""
        self.figures.setdefault(part, {})[case] = figures


def other(weights: Path, changed: dict[str, Any]) -> YoloPersonDetector:
    """The detector on CUDA with ultralytics asked otherwise."""
    asked = {**PREDICTION, **changed}

    class Other(YoloPersonDetector):
        def _run(self, picture: Picture) -> Any:
            return self._model.predict(picture, **asked, device="cuda")

    return Other(weights, device="cuda")


def agreement(expected: Sequence[People], found: Sequence[People]) -> dict[str, Any]:
    """People matched one to one, picture by picture."""
    same, ious, differences = 0, [1.0], [0.0]
    for a, b in zip(expected, found, strict=True):
        table = overlap(a.box_xyxy_px, b.box_xyxy_px)
        rows, columns = linear_sum_assignment(-table)
        pairs = [(i, j) for i, j in zip(rows, columns, strict=True) if table[i, j] >= SAME_OVERLAP]
        same += len(pairs)
        ious += [float(table[i, j]) for i, j in pairs]
        differences += [abs(float(a.confidence[i]) - float(b.confidence[j])) for i, j in pairs]
    return {
        "same": same,
        "lost": sum(len(people.confidence) for people in expected) - same,
        "more": sum(len(people.confidence) for people in found) - same,
        "least_iou": min(ious),
        "median_iou": statistics.median(ious),
        "max_confidence_difference": max(differences),
    }


def detected(clip: Path, loaded: LoadedModels) -> DetectedFootsteps:
    """Everything the detector does with a clip."""
    video = probe(clip)
    poses = segment_poses(
        clip, models=loaded.models, params=PoseParams(), frame_rate=float(video.frame_rate)
    )
    return find_footsteps([poses], video, models=loaded.versions)[0]


def median_s(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    """Median time of one item's work; its answers are read back, so the device has finished."""
    work(items[0])
    times = []
    for _ in range(ROUNDS):
        for item in items:
            started = time.perf_counter()
            work(item)
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def arguments() -> argparse.Namespace:
    """What the caller chose."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--clips", type=Path, nargs="+", help="clips whose people are compared")
    parser.add_argument("--whole", type=Path, nargs="+", help="clips for the whole detector")
    parser.add_argument("--json", type=Path, help="write every figure into this file")
    return parser.parse_args()


def main() -> int:
    """Print the tables."""
    chosen = arguments()
    if not torch.cuda.is_available():
        print(
            f"torch {torch.__version__} finds no CUDA device here: nothing was measured",
            file=sys.stderr,
        )
        return 2
    ours = [cached_demo(), ROOT / "tests/data/rendered/d10_three_crossing_25.mp4"]
    clips = chosen.clips or [
        *ours,
        *sorted((chosen.shared / "data/clips/unlabelled").glob("openpose_street.avi")),
    ]
    bench = Bench(clips, chosen.whole or ours)
    cores = len(os.sched_getaffinity(0))
    print(
        f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {cores} cores, Python {platform.python_version()}"
    )
    for part in (bench.start, bench.people, bench.footsteps, bench.speed, bench.faults):
        print(f"\n{part.__name__.upper()}: {part.__doc__}", flush=True)
        part()
        if chosen.json is not None:
            chosen.json.write_text(json.dumps(bench.figures, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
