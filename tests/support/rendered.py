"""The rendered clips of `tests/data/rendered` with their exact truth, and the detector's models, loaded once."""

from __future__ import annotations

import functools
import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from foley_common.media.decode import TimedFrame, read_frames
from foley_common.pose_tracks import PoseTracks
from foley_common.settings import StoreSettings
from foley_common.weights import ensure
from foley_detector.models.loading import LoadedModels, load_models
from foley_detector.settings import DetectorSettings

FOLDER = Path(__file__).parents[1] / "data" / "rendered"
SIDE_WALK = FOLDER / "d01_side_walk_30.mp4"
CROSSING = FOLDER / "d10_three_crossing_25.mp4"


def weights(name: str) -> Path:
    """A checked file of weights; `make setup` has fetched it, otherwise it is fetched now."""
    return ensure(name)


@functools.cache
def loaded() -> LoadedModels:
    """The default models on the CPU."""
    store = StoreSettings(kind="local", root=Path("unused"))
    return load_models(DetectorSettings(store=store, device="cpu", threads=2))


@functools.cache
def truth(clip: Path) -> dict[str, Any]:
    """What the renderer wrote about a clip."""
    return json.loads(clip.with_suffix(".json").read_text())


@functools.cache
def frames(clip: Path, count: int, first: int = 0) -> tuple[TimedFrame, ...]:
    """Some frames of a clip."""
    return tuple(itertools.islice(read_frames(clip), first, first + count))


def true_box(clip: Path, person: int, time_s: float) -> NDArray[np.float64] | None:
    """A person's box (left, top, right, bottom), None when they are not wholly in the picture."""
    boxes = truth(clip)["people"][person]["boxes"]
    times = [box["t"] for box in boxes]
    if not times[0] <= time_s <= times[-1]:
        return None
    box = np.array(
        [np.interp(time_s, times, [one["xyxy"][side] for one in boxes]) for side in range(4)]
    )
    inside = (
        box[0] >= 0
        and box[1] >= 0
        and box[2] <= truth(clip)["width"]
        and box[3] <= truth(clip)["height"]
    )
    return box if inside else None


def true_feet(clip: Path, person: int, frame: int) -> NDArray[np.float64]:
    """Left heel, left toe, right heel, right toe: shape ``(4, 2)``, pixels."""
    return np.array(truth(clip)["people"][person]["track"][frame][:8], float).reshape(4, 2)


def row_of(poses: PoseTracks, frame: int, box: NDArray[np.float64]) -> int | None:
    """The row of a frame whose box is this person's; None when no box comes near."""
    rows = np.flatnonzero(poses.row_frame == frame)
    if not rows.size:
        return None
    distance = np.abs(poses.box_xyxy_px[rows] - box).sum(axis=1)
    return int(rows[distance.argmin()]) if distance.min() < 0.8 * (box[3] - box[1]) else None
