"""People by YOLOv8n through ultralytics: the ONNX file on the CPU, the checkpoint on CUDA."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

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


class YoloPersonDetector:
    """YOLOv8 for people.

    Args:
        weights: ``.onnx`` or ``.pt``.
        device: ``cpu`` or ``cuda``.
        threads: Threads of one detection on the CPU.
        config_dir: Where ultralytics keeps its settings file.
    """

    def __init__(
        self,
        weights: Path,
        *,
        device: str = "cpu",
        threads: int = 1,
        config_dir: Path | None = None,
    ) -> None:
        ultralytics = import_ultralytics(config_dir)
        self._device = device
        self._lock = threading.Lock()  # an ultralytics model holds state between calls
        self._model: Any = ultralytics.YOLO(str(weights), task="detect")
        self._run(np.zeros((INPUT_SIDE_PX, INPUT_SIDE_PX, 3), np.uint8))
        if device == "cpu":
            self._limit_threads(weights, threads)

    def detect(self, picture: Picture) -> People:
        """Every person, down to weak detections."""
        with self._lock:
            boxes = self._run(picture)[0].boxes.cpu().numpy()
        return People(
            boxes.xyxy.astype(np.float32).reshape(-1, 4), boxes.conf.astype(np.float32).reshape(-1)
        )

    def _run(self, picture: Picture) -> Any:  # noqa: ANN401 - ultralytics' results have no types
        return self._model.predict(
            picture,
            imgsz=INPUT_SIDE_PX,
            conf=WEAKEST_CONFIDENCE,
            iou=DUPLICATE_OVERLAP,
            classes=[PERSON_CLASS],
            device=self._device,
            verbose=False,
            save=False,
        )

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
