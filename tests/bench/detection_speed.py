"""How fast people and their poses are found, by the number of poses estimated at once.

    python -m tests.bench.detection_speed [CLIP ...] [--workers 1,2] [--rounds 3]

Runs the detector's pose stage (`segment_poses`) on each clip with every number of workers in turn, round by round, so
that a busy machine slows all of them. Prints the median frames a second, how many times the first number's that is,
and the cores kept busy; before that the memory that a worker's own copies of the networks take. Without clips: the demo
clip and the rendered walk of the tests.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from foley_client.demo import cached_demo
from foley_client.memory import peak_bytes
from foley_common.media.probe import probe
from foley_common.settings import StoreSettings
from foley_common.weights import ensure
from foley_detector.domain.boxes import Square
from foley_detector.models.direct_pose import DirectPoseEstimator
from foley_detector.models.loading import load_models, pose_files
from foley_detector.pipeline import PoseParams
from foley_detector.segments import segment_poses
from foley_detector.settings import DetectorSettings

MEASURED_COPIES = 4
WALK = Path(__file__).parents[1] / "data" / "rendered" / "d01_side_walk_30.mp4"


def main() -> None:
    """Measure and print."""
    cores = len(os.sched_getaffinity(0))
    asked = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    asked.add_argument("clips", nargs="*", type=Path)
    asked.add_argument("--workers", default=",".join(map(str, sorted({1, cores}))))
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    clips = options.clips or [clip for clip in (cached_demo(), WALK) if clip.exists()]
    counts = [int(count) for count in options.workers.split(",")]
    settings = DetectorSettings(
        store=StoreSettings(root=Path()), device="cpu", threads=max(cores, *counts)
    )
    print(f"memory of a worker: {memory_of_a_worker_mib(settings):.0f} MiB")
    models = load_models(settings).models
    print(f"{'clip':28s} {'workers':>7s} {'frames/s':>8s} {'times':>6s} {'cores busy':>10s}")
    for clip in clips:
        video = probe(clip)
        rates: dict[int, list[float]] = defaultdict(list)
        busy: dict[int, list[float]] = defaultdict(list)
        for _ in range(options.rounds):
            for count in counts:
                started, worked = time.perf_counter(), time.process_time()
                poses = segment_poses(
                    clip,
                    models=replace(models, pose_workers=count),
                    params=PoseParams(),
                    frame_rate=float(video.frame_rate),
                )
                took_s = time.perf_counter() - started
                rates[count].append(poses.time_s.size / took_s)
                busy[count].append((time.process_time() - worked) / took_s)
        first = statistics.median(rates[counts[0]])
        for count in counts:
            rate = statistics.median(rates[count])
            print(
                f"{clip.name[:28]:28s} {count:7d} {rate:8.1f} {rate / first:6.2f} "
                f"{statistics.median(busy[count]):10.2f}",
                flush=True,
            )


def memory_of_a_worker_mib(settings: DetectorSettings) -> float:
    """What one more copy of each landmark network adds to this process, once it has worked."""
    files = [ensure(name) for name in pose_files(settings)]
    picture, square = np.zeros((480, 640, 3), np.uint8), Square(320.0, 240.0, 300.0)
    peaks: list[int] = []
    copies: list[DirectPoseEstimator] = []
    for _ in range(1 + MEASURED_COPIES):  # the first loads the library too
        for file in files:
            copies.append(DirectPoseEstimator(file))
            copies[-1].estimate(picture, square)
        peak = peak_bytes(os.getpid())
        assert peak is not None, "needs Linux' /proc"
        peaks.append(peak)
    return (peaks[-1] - peaks[0]) / MEASURED_COPIES / (1 << 20)


if __name__ == "__main__":
    main()
