"""MediaPipe's Tasks library on one person's square, each picture for itself.

In its video mode the library smooths and lags by a third of a frame (facts/detection.md, section 6); its picture
mode does not. It needs libEGL.so.1 and libGLESv2.so.2; `direct_pose` needs neither.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from foley_common.errors import ModelMissing
from foley_common.pose_tracks import LANDMARK_COUNT
from foley_detector.domain.boxes import Square, turned_points
from foley_detector.models.base import Picture, Pose
from foley_detector.models.direct_pose import cut_out

INPUT_SIDE_PX = 512
"""Side of the picture handed over: larger people are shrunk to it, smaller ones enlarged; the library's own networks
take 224 and 256."""


class TasksPoseEstimator:
    """MediaPipe's pose landmarker for one person.

    Args:
        task_file: ``pose_landmarker_*.task``.

    Raises:
        ModelMissing: the library's system libraries are not there.
    """

    def __init__(self, task_file: Path) -> None:
        try:
            import mediapipe
            from mediapipe.tasks.python import vision
            from mediapipe.tasks.python.core.base_options import BaseOptions

            options = vision.PoseLandmarkerOptions(
                base_options=BaseOptions(model_asset_path=str(task_file)),
                running_mode=vision.RunningMode.IMAGE,
            )
            self._landmarker: Any = vision.PoseLandmarker.create_from_options(options)
        except OSError as error:
            raise ModelMissing(
                f"MediaPipe's library does not load ({error}). Install libegl1 and libgles2, or set "
                "pose_backend=direct.",
                model=task_file.name,
            ) from error
        self._mediapipe: Any = mediapipe
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the library; left to the interpreter's end, its own destructor fails and says so on stderr."""
        self._landmarker.close()

    def estimate(self, picture: Picture, square: Square) -> Pose | None:
        """The pose of the person in the square, or None when the library sees nobody there."""
        crop = np.ascontiguousarray(
            (cut_out(picture, square, INPUT_SIDE_PX) * 255).astype(np.uint8)
        )
        image = self._mediapipe.Image(image_format=self._mediapipe.ImageFormat.SRGB, data=crop)
        with self._lock:
            found = self._landmarker.detect(image).pose_landmarks
        if not found:
            return None
        marks = found[0][:LANDMARK_COUNT]
        points = np.array([[mark.x, mark.y] for mark in marks], np.float32)
        return Pose(
            landmarks_xy_px=turned_points(points, square),
            visibility=np.array([mark.visibility for mark in marks], np.float32),
            confidence=float(np.mean([mark.presence for mark in marks])),
        )
