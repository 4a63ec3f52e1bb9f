"""Contact markers: what stands where a foot touched the ground, and for how long."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from foley_audio.render.camera_path import CameraPath
from foley_audio.render.label_layout import LabelLayout, Wish
from foley_audio.render.lettering import PLATE_OPACITY, Lettering, Picture, Plate, shade
from foley_audio.render.palette import COLOUR_OF, DARK, WHITE, Sizes
from foley_common.footsteps import Footstep, Side
from foley_common.surfaces import SurfaceAnswer, SurfaceReport

VISIBLE_S = 0.9  # a viewer needs about 0.4 s to find and read a mark; two steps of a walk (0.5 s apart) overlap
HOLD_S = 0.5  # fully opaque this long, then fading
SPREAD_S = 0.35  # the ring grows during this time
RING_GROWTH = 3.2  # final radius of the ring, in radii of the mark
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


def label_layout(width_px: int, height_px: int, sizes: Sizes) -> LabelLayout:
    """The layout of a video's labels, which stay clear of the rings of their own marks."""
    away = round(sizes.mark_px * RING_GROWTH) + _pad_px(sizes)
    return LabelLayout(width_px, height_px, away)


def draw_marks(
    picture: Picture,
    marks: Sequence[Mark],
    *,
    time_s: float,
    camera: CameraPath,
    report: SurfaceReport,
    letters: Lettering,
    sizes: Sizes,
    layout: LabelLayout,
    taken: Sequence[Plate] = (),
) -> None:
    """Draw the markers, and a label for each: id and side, ground and strength.

    A number alone beside the ground would be taken for the belief in it.

    Args:
        picture: shape ``(height, width, 3)``, BGR; drawn into.
        marks: Oldest first.
        time_s: Presentation time of the frame.
        camera: Where points of the ground went.
        report: The ground under each step.
        letters: For the labels.
        sizes: Sizes for this picture.
        layout: Of the labels, from frame to frame.
        taken: Labels that stand in the picture already.
    """
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
    pad = _pad_px(sizes)
    texts = [_lines(mark.step, report) for mark, _ in placed]
    wishes = [
        Wish(
            mark.step.footstep_id,
            point,
            (_size_of(lines, letters, pad), _size_of(lines[:1], letters, pad)),
            fading=mark.opacity < 1.0,
        )
        for (mark, point), lines in zip(placed, texts, strict=True)
    ]
    labels = [
        (mark, point, place.plate, lines if place.form == 0 else lines[:1])
        for (mark, point), lines, place in zip(
            placed, texts, layout.place(wishes, taken), strict=True
        )
        if place is not None
    ]
    for mark, point, plate, _ in labels:
        if mark.opacity > LEADER_OPACITY and _stands_away(plate, point, sizes):
            _draw_leader(picture, point, plate, mark, sizes)
    for mark, _, plate, lines in labels:
        shade(picture, plate, opacity=PLATE_OPACITY * mark.opacity)
        for row, text in enumerate(lines):
            corner = (plate.x + pad, plate.y + pad + row * letters.line_px)
            colour = WHITE if row else COLOUR_OF[mark.step.side]
            letters.draw(picture, text, corner, colour, opacity=mark.opacity)


def _pad_px(sizes: Sizes) -> int:
    return max(2, sizes.text_px // 4)


def _size_of(lines: Sequence[str], letters: Lettering, pad: int) -> tuple[int, int]:
    """Width and height of the plate of a label."""
    width = max(letters.width_of(text) for text in lines)
    return width + 2 * pad, len(lines) * letters.line_px + 2 * pad


def _stands_away(plate: Plate, point: tuple[float, float], sizes: Sizes) -> bool:
    """True where a label stands so far from its mark that a line has to say whose it is."""
    across = max(plate.x - point[0], point[0] - plate.x - plate.width, 0.0)
    along = max(plate.y - point[1], point[1] - plate.y - plate.height, 0.0)
    return max(across, along) > round(sizes.mark_px * RING_GROWTH) + 2 * _pad_px(sizes)


def _lines(step: Footstep, report: SurfaceReport) -> tuple[str, str]:
    answer = report.surface_at(step.track_id, step.initial_contact_time_s)
    return (
        f"{step.footstep_id} {step.side.upper()}",
        f"{_ground_words(answer)}, strength {step.strength:.2f}",
    )


def _ground_words(answer: SurfaceAnswer | None) -> str:
    """What is heard; a best guess has a question mark."""
    if answer is None:
        return "ground not known"
    wet = "wet " if answer.wet else ""
    guess = "" if answer.surface else "?"
    return f"{wet}{answer.sounded.value}{guess}"


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
