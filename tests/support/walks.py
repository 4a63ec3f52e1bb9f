"""Clips of somebody walking over painted ground, with known steps; drawn here, so that tests need no data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from foley_common.footsteps import Footstep, Side, Track, TrackBox
from foley_common.media.encode import VideoWriter

WIDTH_PX, HEIGHT_PX, RATE_HZ = 640, 360, 25
PERSON_PX, GROUND_TOP_PX, FEET_Y_PX = 150, 200, 290
Paint = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]


def lawn(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Green, with blades: short upright strokes."""
    blades = rng.normal(0, 1, shape)
    blades = blades + np.roll(blades, 1, 0) + np.roll(blades, 2, 0) + np.roll(blades, 3, 0)
    return np.array([78.0, 112.0, 45.0]) + 22.0 * blades[..., None] * np.array([0.8, 1.0, 0.6])


def road(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Dark grey, fine even grain."""
    return np.full((*shape, 3), 88.0) + 9.0 * rng.normal(0, 1, shape)[..., None]


@dataclass(frozen=True)
class PaintedWalk:
    """A clip and what is true of it."""

    path: Path
    steps: tuple[Footstep, ...]
    track: Track
    duration_s: float


def painted_walk(
    path: Path,
    paints: Sequence[Paint],
    *,
    step_count: int = 10,
    step_time_s: float = 0.5,
    track_id: int = 1,
    seed: int = 3,
) -> PaintedWalk:
    """Somebody (a dark block) walks from left to right over equal stretches of ground.

    Args:
        path: The MP4 to write.
        paints: Grounds from left to right.
        step_count: How many steps.
        step_time_s: From one to the next.
        track_id: The person.
        seed: For the grounds' grain.
    """
    rng = np.random.default_rng(seed)
    ground = np.concatenate(
        [paint(rng, (HEIGHT_PX - GROUND_TOP_PX, WIDTH_PX // len(paints))) for paint in paints],
        axis=1,
    )
    scene = np.full((HEIGHT_PX, WIDTH_PX, 3), 170.0)
    scene[GROUND_TOP_PX:, : ground.shape[1]] = ground
    scene_bgr = np.clip(scene, 0, 255).astype(np.uint8)[..., ::-1]
    duration_s = step_time_s * (step_count + 1)
    times = [step_time_s * (0.5 + k) for k in range(step_count)]

    def x_at(time_s: float) -> float:
        return 40 + (WIDTH_PX - 80) * time_s / duration_s

    boxes = []
    with VideoWriter(
        path, width_px=WIDTH_PX, height_px=HEIGHT_PX, frame_rate=Fraction(RATE_HZ)
    ) as writer:
        for frame in range(round(duration_s * RATE_HZ)):
            time_s = frame / RATE_HZ
            picture = scene_bgr.copy()
            x = round(x_at(time_s))
            picture[FEET_Y_PX - PERSON_PX : FEET_Y_PX, x - 14 : x + 14] = (60, 40, 45)
            writer.write(picture, time_s)
            box = TrackBox(time_s, x - 22, FEET_Y_PX - PERSON_PX, 44, PERSON_PX)
            boxes.append(box)
    steps = tuple(
        Footstep(
            footstep_id=f"t{track_id}-{index:04d}",
            track_id=track_id,
            side=Side.LEFT if index % 2 else Side.RIGHT,
            initial_contact_time_s=time_s,
            toe_off_time_s=time_s + 0.6 * step_time_s,
            confidence=0.9,
            toe_off_confidence=0.8,
            strength=0.5,
            gait_kind=None,
            strike_pattern=None,
            x_px=x_at(time_s),
            y_px=FEET_Y_PX,
            person_height_px=PERSON_PX,
        )
        for index, time_s in enumerate(times)
    )
    return PaintedWalk(path, steps, Track(track_id, tuple(boxes)), duration_s)
