"""MediaPipe's pose landmark network, as a file or taken out of its ``.task`` file, run directly with LiteRT.

No smoothing (so no lag), any number of people, no system libraries. What MediaPipe's graph does around the network is
done here: the turned square (`domain.boxes.square_of_body`), refinement by the heat map, and the way back to pixels
(MediaPipe: `pose_landmark_by_roi_cpu.pbtxt`, `tensors_to_pose_landmarks_and_segmentation.pbtxt`).
"""

from __future__ import annotations

import queue
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import ModelCorrupt
from foley_common.pose_tracks import LANDMARK_COUNT
from foley_detector.domain.boxes import Square, square_of_body, turned_points
from foley_detector.models.base import Picture, Pose

NETWORK_FILE = "pose_landmarks_detector.tflite"
"""Member of the ``.task`` file, which is a zip."""

INPUT_SIDE_PX = 256
OUTPUT_POINT_COUNT = 39  # 33 landmarks, 2 points that give the next square, 4 unused
VALUES_PER_POINT = 5  # x, y, z in input pixels; logits of visibility and presence
MIN_POSE_CONFIDENCE = 0.5
"""Below it the network sees nobody: MediaPipe's `min_pose_presence_confidence`."""

HEATMAP_KERNEL = 7
"""Side of the window around a landmark in the heat map, cells (MediaPipe: `kernel_size`)."""

MIN_HEATMAP_CONFIDENCE = 0.5
"""A landmark is refined where the window's best cell reaches this (MediaPipe: `min_confidence_to_refine`)."""


class DirectPoseEstimator:
    """The landmark network on a square of the picture.

    Args:
        file: ``pose_landmarker_*.task`` or ``pose_landmark_*.tflite``.
        copies: Estimates that can be made at once, each by a copy of the network on one thread. Threads within one
            network would wait for each other at every layer.

    Raises:
        ModelCorrupt: the file does not hold the network.
    """

    def __init__(self, file: Path, *, copies: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        content = _network_of(file)
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        try:
            networks: list[Any] = [
                Interpreter(model_content=content, num_threads=1) for _ in range(copies)
            ]
        except ValueError as error:
            raise ModelCorrupt(f"{file.name} holds no network", model=file.name) from error
        for network in networks:
            network.allocate_tensors()
            self._idle.put(network)
        self._input: int = networks[0].get_input_details()[0]["index"]
        outputs = {
            tuple(detail["shape"]): detail["index"] for detail in networks[0].get_output_details()
        }
        try:
            self._points: int = outputs[1, OUTPUT_POINT_COUNT * VALUES_PER_POINT]
            self._flag: int = outputs[1, 1]
            self._heatmap: int = outputs[1, 64, 64, OUTPUT_POINT_COUNT]
        except KeyError as error:
            raise ModelCorrupt(
                f"{file.name}: unknown outputs {sorted(outputs)}", model=file.name
            ) from error

    def close(self) -> None:
        """Nothing to let go of: LiteRT frees the network with the object."""

    def estimate(self, picture: Picture, square: Square) -> Pose | None:
        """The pose of the person in the square, or None when the network sees nobody there."""
        crop = cut_out(picture, square, INPUT_SIDE_PX)
        network = self._idle.get()
        try:
            network.set_tensor(self._input, crop[None])
            network.invoke()
            confidence = float(network.get_tensor(self._flag)[0, 0])
            if confidence < MIN_POSE_CONFIDENCE:
                return None
            values = network.get_tensor(self._points).reshape(OUTPUT_POINT_COUNT, VALUES_PER_POINT)
            heatmap = network.get_tensor(self._heatmap)[0]
        finally:
            self._idle.put(network)
        points = refine(values[:, :2] / INPUT_SIDE_PX, heatmap)
        xy_px = turned_points(points, square)
        return Pose(
            landmarks_xy_px=xy_px[:LANDMARK_COUNT],
            visibility=_sigmoid(values[:LANDMARK_COUNT, 3]),
            confidence=confidence,
            next_square=square_of_body(xy_px[LANDMARK_COUNT], xy_px[LANDMARK_COUNT + 1]),
        )


def _network_of(file: Path) -> bytes:
    """The network's bytes, whichever form the file has."""
    if file.suffix == ".tflite":
        return file.read_bytes()
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.read(NETWORK_FILE)
    except (KeyError, zipfile.BadZipFile) as error:
        raise ModelCorrupt(f"{file.name} does not hold {NETWORK_FILE}", model=file.name) from error


def cut_out(picture: Picture, square: Square, side_px: int) -> NDArray[np.float32]:
    """The square as the network wants it: shape ``(side, side, 3)``, red-green-blue, 0 to 1, edges repeated."""
    import cv2

    scale = side_px / square.side_px
    source, x, y = picture, square.x_px, square.y_px
    if scale < 0.5:
        # Shrink by area first: taking every n-th pixel of a large person would make the landmarks tremble.
        half = square.side_px * 0.75  # half the diagonal of a turned square, and a little
        left, top = max(0, int(x - half)), max(0, int(y - half))
        part = picture[top : max(top + 1, int(y + half)), left : max(left + 1, int(x + half))]
        if part.size:
            factor = 2 * scale
            size = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
            fx, fy = size[0] / part.shape[1], size[1] / part.shape[0]
            source = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
            x, y, scale = (x - left) * fx, (y - top) * fy, scale / factor
    cos, sin = np.cos(square.turn_rad) * scale, np.sin(square.turn_rad) * scale
    centre = side_px / 2
    # Maps the picture to the crop: turn back by the square's angle about its centre.
    matrix = np.array(
        [[cos, sin, centre - cos * x - sin * y], [-sin, cos, centre + sin * x - cos * y]]
    )
    crop = cv2.warpAffine(
        source, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return cv2.cvtColor(crop, cv2.COLOR_BGR2RGB).astype(np.float32) / np.float32(255)


def refine(points: NDArray[np.float32], heatmap: NDArray[np.float32]) -> NDArray[np.float32]:
    """Move each point to the centre of mass of the heat map around it, where the map is sure.

    Args:
        points: shape ``(n, 2)``, 0 to 1.
        heatmap: shape ``(rows, columns, n)``, logits.

    Returns:
        Shape ``(n, 2)``.
    """
    rows, columns = heatmap.shape[:2]
    refined = points.astype(np.float32).copy()
    reach = (HEATMAP_KERNEL - 1) // 2
    for number, (x, y) in enumerate(points):
        column, row = int(x * columns), int(y * rows)
        if not (0 <= column < columns and 0 <= row < rows):
            continue
        top, left = max(0, row - reach), max(0, column - reach)
        window = _sigmoid(heatmap[top : row + reach + 1, left : column + reach + 1, number])
        if window.max() < MIN_HEATMAP_CONFIDENCE:
            continue
        total = window.sum()
        refined[number, 0] = (
            (window.sum(axis=0) @ np.arange(left, left + window.shape[1])) / total / columns
        )
        refined[number, 1] = (
            (window.sum(axis=1) @ np.arange(top, top + window.shape[0])) / total / rows
        )
    return refined


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return (1 / (1 + np.exp(-np.clip(logits, -30, 30)))).astype(np.float32)
