"""Chooses and loads the models that the settings ask for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from foley_common.errors import ModelMissing, StageUnavailable
from foley_common.footsteps import ModelVersion
from foley_common.observability import get_logger
from foley_common.weights import ensure, model_file
from foley_detector.models.base import PoseEstimator
from foley_detector.models.bytetrack import ByteTracker
from foley_detector.models.direct_pose import DirectPoseEstimator
from foley_detector.models.mediapipe_tasks_pose import TasksPoseEstimator
from foley_detector.models.pose_pair import PosePair
from foley_detector.models.yolo import YoloPersonDetector
from foley_detector.pipeline import PoseModels
from foley_detector.settings import DetectorSettings

HEAVY_FILE = "pose_landmark_heavy.tflite"


@dataclass(frozen=True, slots=True)
class LoadedModels:
    """Models ready for work, and which files they are."""

    models: PoseModels
    versions: tuple[ModelVersion, ...]
    device: str


def load_models(
    settings: DetectorSettings,
    *,
    on_lost: Callable[[StageUnavailable], None] = lambda _error: None,
) -> LoadedModels:
    """Fetch what is missing, check it, load it. Blocking; takes seconds.

    Args:
        settings: The service's settings.
        on_lost: Told when the CUDA device has failed and nothing works on it in this process any more.

    Raises:
        ModelMissing, ModelCorrupt: the weights cannot be had, or CUDA is asked for and not there.
        ServiceBusy: the CUDA device has no memory left.
        StageUnavailable: the CUDA device has failed.
    """
    device = choose_device(settings.device)
    names = ("yolov8n.pt" if device == "cuda" else "yolov8n.onnx", *pose_files(settings))
    people_file, *files = (
        ensure(
            name, settings.models_dir, allow_fetch=settings.fetch_weights, on_progress=_log_progress
        )
        for name in names
    )
    models = PoseModels(
        people=YoloPersonDetector(
            people_file,
            device=device,
            threads=settings.thread_count,
            config_dir=settings.scratch_dir,
            on_lost=on_lost,
        ),
        make_tracker=functools.partial(_tracker, settings.scratch_dir),
        poses=_pose_estimator(settings, files),
        pose_workers=settings.thread_count,
    )
    return LoadedModels(
        models, tuple(ModelVersion(name, model_file(name).sha256) for name in names), device
    )


def choose_device(wanted: str) -> str:
    """``cpu`` or ``cuda``.

    Raises:
        ModelMissing: CUDA is asked for and there is none; a silent fall-back would be a slow surprise.
    """
    if wanted == "cpu":
        return wanted
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        raise ModelMissing(
            "device=cuda, but torch finds no CUDA device. Install the CUDA build of torch and the driver, or set "
            "device=auto or cpu.",
            model="yolov8n.pt",
        )
    return "cpu"


def pose_files(settings: DetectorSettings) -> tuple[str, ...]:
    """Names of the landmark networks' files; the Tasks library reads only ``.task`` files, and one.

    >>> pose_files(DetectorSettings.model_construct(pose_backend="auto", pose_model="best"))
    ('pose_landmark_heavy.tflite', 'pose_landmarker_full.task')
    """
    small = f"pose_landmarker_{'lite' if settings.pose_model == 'lite' else 'full'}.task"
    if settings.pose_backend == "tasks" or settings.pose_model in ("full", "lite"):
        return (small,)
    return (HEAVY_FILE, small) if settings.pose_model == "best" else (HEAVY_FILE,)


def _pose_estimator(settings: DetectorSettings, files: list[Path]) -> PoseEstimator:
    if settings.pose_backend == "tasks":
        return TasksPoseEstimator(files[0])
    first, *others = (DirectPoseEstimator(file, copies=settings.thread_count) for file in files)
    return PosePair(first, others[0]) if others else first


def _tracker(config_dir: Path | None, frame_rate: float, min_confidence: float) -> ByteTracker:
    return ByteTracker(frame_rate=frame_rate, min_confidence=min_confidence, config_dir=config_dir)


def _log_progress(name: str, done_bytes: int, total_bytes: int) -> None:
    if done_bytes in (0, total_bytes):
        get_logger().info(
            "weights_fetched" if done_bytes else "weights_fetching",
            name=name,
            size_bytes=total_bytes,
        )
