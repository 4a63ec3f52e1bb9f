"""People by YOLOv8n through ultralytics: the ONNX file on the CPU, the checkpoint on CUDA."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from foley_common.errors import ServiceBusy, StageUnavailable
from foley_common.onnx_runtime import import_onnxruntime
from foley_detector.models.base import People, Picture
from foley_detector.models.ultralytics_import import import_ultralytics

PERSON_CLASS = 0
"""Class of people among COCO's 80."""

WEAKEST_CONFIDENCE = 0.1
"""Detections below are dropped; ByteTrack continues tracks with weak ones down to 0.1 (its own `track_low_thresh`)."""

DUPLICATE_OVERLAP = 0.6
"""Boxes that overlap more are one person; 0.7, the library's default, leaves doubles on people who lean."""

INPUT_SIDE_PX = 640
"""The ONNX file takes squares of this side only."""

PREDICTION: dict[str, Any] = {
    "imgsz": INPUT_SIDE_PX,
    "conf": WEAKEST_CONFIDENCE,
    "iou": DUPLICATE_OVERLAP,
    "classes": [PERSON_CLASS],
    # The checkpoint would be shown the picture without most of the grey bars that fill the ONNX file's square, and the
    # network sees the difference: of 670 people in a street, 35 were not found (tests/bench/cuda.py, `rect`).
    "rect": False,
    "verbose": False,
    "save": False,
}
"""How ultralytics is asked, the same on every device."""

OUT_OF_MEMORY_CODE = 2
"""`cudaErrorMemoryAllocation` of the CUDA runtime: not even its own state finds room on the device."""


class YoloPersonDetector:
    """YOLOv8 for people.

    Args:
        weights: ``.onnx`` or ``.pt``.
        device: ``cpu`` or ``cuda``.
        threads: Threads of one detection on the CPU.
        config_dir: Where ultralytics keeps its settings file.
        on_lost: Told that the CUDA device has failed for this process, before that is raised.

    Raises:
        ServiceBusy: the CUDA device has no memory left.
        StageUnavailable: the CUDA device has failed.
    """

    def __init__(
        self,
        weights: Path,
        *,
        device: str = "cpu",
        threads: int = 1,
        config_dir: Path | None = None,
        on_lost: Callable[[StageUnavailable], None] = lambda _error: None,
    ) -> None:
        ultralytics = import_ultralytics(config_dir)
        self._device, self._on_lost = device, on_lost
        self._lock = threading.Lock()  # an ultralytics model holds state between calls
        self._model: Any = ultralytics.YOLO(str(weights), task="detect")
        if device == "cuda":
            _compute_in_full()
        self._run(np.zeros((INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.uint8))
        if device == "cpu":
            self._limit_threads(weights, threads)

    def detect(self, picture: Picture) -> People:
        """Every person, down to weak detections.

        Raises:
            ServiceBusy: the CUDA device has no memory left.
            StageUnavailable: the CUDA device has failed; nothing works on it in this process any more.
        """
        with self._lock:
            boxes = self._run(picture)[0].boxes.cpu().numpy()
        return People(
            boxes.xyxy.astype(np.float32).reshape(-1, 4), boxes.conf.astype(np.float32).reshape(-1)
        )

    def _run(self, picture: Picture) -> Any:  # noqa: ANN401 - ultralytics' results have no types
        import torch

        try:
            return self._model.predict(picture, **PREDICTION, device=self._device)
        except torch.OutOfMemoryError as error:
            raise _full(self._device) from error
        except torch.AcceleratorError as error:
            if getattr(error, "error_code", None) == OUT_OF_MEMORY_CODE:
                raise _full(self._device) from error
            lost = StageUnavailable(
                f"the CUDA device has failed ({str(error).partition(chr(10))[0]}); no more can be done on it by this "
                "process, which ends so that it can be started again",
                stage="detector",
            )
            self._on_lost(lost)
            raise lost from error

    def _limit_threads(self, weights: Path, threads: int) -> None:
        """Ultralytics gives ONNX Runtime every core and torch one; both get what the settings say."""
        import torch

        torch.set_num_threads(threads)
        if weights.suffix != ".onnx":
            return
        onnxruntime = import_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads would burn the cores that decode and pose need between two detections.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        backend = self._model.predictor.model.backend
        backend.session = onnxruntime.InferenceSession(
            str(weights), options, providers=["CPUExecutionProvider"]
        )


def _compute_in_full() -> None:
    """Single precision in every product: TF32, torch's choice, moves boxes in a crowd and gains nothing on one picture.

    Both are in the table that ``python -m tests.bench.cuda`` prints.
    """
    import torch

    torch.backends.cudnn.allow_tf32 = False


def _full(device: str) -> ServiceBusy:
    # One picture always takes the same: it is other work that fills the memory, so coming back makes sense.
    return ServiceBusy(
        "the CUDA device has no memory left to find people with; other work on it has taken it. Try again when that "
        "is done, or set FOLEY_DETECTOR_DEVICE=cpu.",
        service="detector",
        device=device,
    )
