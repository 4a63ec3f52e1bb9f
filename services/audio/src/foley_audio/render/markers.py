"""Contact markers: what stands where a foot touched the ground, and for how long."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foley_audio.render.camera_path import CameraPath
from foley_audio.render.lettering import PLATE_OPACITY, Lettering, Picture, Plate, shade
from foley_audio.render.palette import COLOUR_OF, DARK, WHITE, Sizes
from foley_common.footsteps import Footstep, Side
from foley_common.surfaces import SurfaceReport

VISIBLE_S = 0.9  # a viewer needs about 0.4 s to find and read a mark; two steps of a walk (0.5 s apart) overlap
HOLD_S = 0.5  # fully opaque this long, then fading
SPREAD_S = 0.35  # the ring grows during this time
RING_GROWTH = 3.2  # final radius of the ring, in radii of the mark
MAX_LABEL_SHIFTS = 4  # places below, then above, that a label tries when others stand in its way
LEADER_OPACITY = 0.5  # a fainter mark has no line to its label any more
SUBPIXEL_BITS = 3  # OpenCV draws at an eighth of a pixel


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker on one frame.

    Attributes:
        step: The footstep.
        age_s: Since the contact, at least 0.
        opacity: From 1 to 0.
    """

    step: Footstep
    age_s: float
    opacity: float


def marks_during(steps: Sequence[Footstep], start_s: float, end_s: float) -> list[Mark]:
    """Markers on the frame that is on screen during ``[start_s, end_s)``, oldest first.

    A marker appears on the frame on screen at the contact, however long that frame lasts, and stays `VISIBLE_S`.

    Args:
        steps: In order of initial contact.
        start_s: Presentation time of the frame.
        end_s: Presentation time of the next one.
    """
    marks: list[Mark] = []
    first = bisect.bisect_right(
        steps, start_s - VISIBLE_S, key=lambda step: step.initial_contact_time_s
    )
    for step in itertools.islice(steps, first, None):
        if step.initial_contact_time_s >= end_s:
            break
        age_s = max(0.0, start_s - step.initial_contact_time_s)
        if age_s < VISIBLE_S:
            marks.append(Mark(step, age_s, min(1.0, (VISIBLE_S - age_s) / (VISIBLE_S - HOLD_S))))
    return marks


def draw_marks(
    picture: Picture,
    marks: Sequence[Mark],
    *,
    time_s: float,
    camera: CameraPath,
    report: SurfaceReport,
    letters: Lettering,
    sizes: Sizes,
) -> None:
    """Draw the markers, and a label for each: id and side, ground and strength. Newer labels get the better place."""
    taken: list[Plate] = []
    placed = [
        (mark, point)
        for mark in marks
        if (
            point := camera.carry(
                mark.step.x_px, mark.step.y_px, mark.step.initial_contact_time_s, time_s
            )
        )
    ]
    for mark, point in placed:
        _draw_mark(picture, mark, point, sizes)
    for mark, point in reversed(placed):
        _draw_label(
            picture,
            mark,
            point,
            _lines(mark.step, report),
            letters=letters,
            sizes=sizes,
            taken=taken,
        )


def _lines(step: Footstep, report: SurfaceReport) -> tuple[str, str]:
    answer = report.surface_at(step.track_id, step.initial_contact_time_s)
    ground = answer.sounded.value if answer else "ground not known"
    ground = f"wet {ground}" if answer and answer.wet else ground
    return f"{step.footstep_id} {step.side.upper()}", f"{ground} {step.strength:.2f}"


def _draw_mark(picture: Picture, mark: Mark, point: tuple[float, float], sizes: Sizes) -> None:
    import cv2

    radius, line = sizes.mark_px, sizes.line_px
    reach = round(radius * RING_GROWTH) + 2 * line + 2
    x, y = round(point[0]), round(point[1])
    left, top = max(0, x - reach), max(0, y - reach)
    part = picture[top : max(0, y + reach), left : max(0, x + reach)]
    if part.size == 0:
        return
    drawn = part.copy()
    one = 1 << SUBPIXEL_BITS
    centre = (round((point[0] - left) * one), round((point[1] - top) * one))
    colour = COLOUR_OF[mark.step.side]
    spread = min(1.0, mark.age_s / SPREAD_S)
    ring = round(radius * (1 + (RING_GROWTH - 1) * spread) * one)
    cv2.circle(drawn, centre, ring, DARK, line + 2, cv2.LINE_AA, SUBPIXEL_BITS)
    cv2.circle(drawn, centre, ring, colour, line, cv2.LINE_AA, SUBPIXEL_BITS)
    draw_sign(drawn, centre, radius, mark.step.side, outline_px=line)
    if mark.opacity >= 1.0:
        part[:] = drawn
    else:
        cv2.addWeighted(drawn, mark.opacity, part, 1 - mark.opacity, 0, dst=part)


def draw_sign(
    picture: Picture, centre: tuple[int, int], radius_px: int, side: Side, *, outline_px: int
) -> None:
    """A disc for left, a diamond for right, with a white rim; the centre in eighths of a pixel."""
    import cv2

    one = 1 << SUBPIXEL_BITS
    for size, colour in ((radius_px + outline_px, WHITE), (radius_px, COLOUR_OF[side])):
        if side is Side.LEFT:
            cv2.circle(picture, centre, size * one, colour, -1, cv2.LINE_AA, SUBPIXEL_BITS)
        else:
            half = round(1.25 * size * one)
            corners = np.array([(0, -half), (half, 0), (0, half), (-half, 0)], np.int32) + np.array(
                centre, np.int32
            )
            cv2.fillConvexPoly(picture, corners, colour, cv2.LINE_AA, SUBPIXEL_BITS)


def _draw_label(
    picture: Picture,
    mark: Mark,
    point: tuple[float, float],
    lines: tuple[str, str],
    *,
    letters: Lettering,
    sizes: Sizes,
    taken: list[Plate],
) -> None:
    height, width = picture.shape[:2]
    pad = max(2, sizes.text_px // 4)
    plate_width = max(letters.width_of(text) for text in lines) + 2 * pad
    plate_height = len(lines) * letters.line_px + 2 * pad
    away = round(sizes.mark_px * RING_GROWTH) + pad
    left = int(np.clip(round(point[0]) - plate_width // 2, 0, max(0, width - plate_width)))
    below, above = round(point[1]) + away, round(point[1]) - away - plate_height
    places = [
        Plate(left, below + n * plate_height, plate_width, plate_height)
        for n in range(MAX_LABEL_SHIFTS)
    ]
    places += [
        Plate(left + n * plate_width, below, plate_width, plate_height) for n in (1, -1, 2, -2)
    ]
    places += [
        Plate(left, above - n * plate_height, plate_width, plate_height)
        for n in range(MAX_LABEL_SHIFTS)
    ]
    inside = [
        p for p in places if 0 <= p.x <= width - p.width and 0 <= p.y <= height - p.height
    ] or [
        Plate(
            left, int(np.clip(below, 0, max(0, height - plate_height))), plate_width, plate_height
        )
    ]
    plate = next((p for p in inside if not any(p.meets(other) for other in taken)), inside[0])
    taken.append(plate)
    if plate != places[0] and mark.opacity > LEADER_OPACITY:
        _draw_leader(picture, point, plate, mark, sizes)
    shade(picture, plate, opacity=PLATE_OPACITY * mark.opacity)
    for row, (text, colour) in enumerate(
        zip(lines, (COLOUR_OF[mark.step.side], WHITE), strict=True)
    ):
        corner = (plate.x + pad, plate.y + pad + row * letters.line_px)
        letters.draw(picture, text, corner, colour, opacity=mark.opacity)


def _draw_leader(
    picture: Picture, point: tuple[float, float], plate: Plate, mark: Mark, sizes: Sizes
) -> None:
    """A line from a mark to its label, where the label had to move away."""
    import cv2

    x = int(np.clip(round(point[0]), plate.x, plate.x + plate.width))
    y = int(np.clip(round(point[1]), plate.y, plate.y + plate.height))
    start = (round(point[0]), round(point[1]))
    cv2.line(
        picture, start, (x, y), COLOUR_OF[mark.step.side], max(1, sizes.line_px // 2), cv2.LINE_AA
    )
