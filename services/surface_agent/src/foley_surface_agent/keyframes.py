"""Where to look: patches of ground around the contact points, at the time of contact.

While a foot stands, the ground just below it in the picture (nearer to the camera) is free of the walker's own legs;
left and right of the person it is too. Patches that leave the picture, lie under somebody's box or are dark are not
looked at; blurred ones are dropped afterwards, by comparison with the person's other patches.

Every look is two patches. A square of two foot lengths tells whether the ground looks as under the step before: it
shows this place and no other. What the ground is, a strip tells better: as wide as the pictures that the classifier
learnt from (a metre and more: several tiles or boards), and flat, because a camera at eye level sees the ground at a
slant, so that the strip, drawn up to a square, shows it about as it looks from above.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from foley_common.footsteps import Footstep, Track, TrackBox
from foley_common.gait import box_at
from foley_common.media.decode import TimedFrame, read_frames
from foley_surface_agent.domain.features import PATCH_PX

LOOK_DELAYS_S = (0.03, 0.12)  # after contact: the foot is down, the next one has not come past
MAX_PICTURE_HEIGHT_PX = 1080  # larger pictures are scaled down; feet are then still large enough
SEEK_GAP_S = 5.0  # a stretch without steps longer than this is skipped, not decoded
PATCH_SIDE = 0.26  # of the person's height: about two foot lengths (a foot is 0.15 of body height)
MIN_PATCH_SIDE_PX = 20  # smaller patches show no grain
STRIP_WIDTH = 0.8  # of the person's height: 1.4 m, as the ground pictures show 1 to 3 m
STRIP_HEIGHT = (
    0.26  # of the person's height; a third of the width, because a camera 1.6 m high sees ground
)
# 5 m away foreshortened to sin(atan(1.6 / 5)) = 0.3
BESIDE_GAP = 0.16  # of the person's height: past the foot's own length
BELOW_GAP = 0.02  # of the person's height: past the sole's edge
UNKNOWN_PERSON_HEIGHT = 0.35  # of the picture's height, when neither the step nor the track tells
MAX_COVERED = 0.2  # share of a patch that may lie under people
PATCHES_PER_FRAME = 2
MIN_MEAN_LEVEL = 10.0  # of 255; darker patches show nothing
BOX_TRIM = 0.08  # of a box's width, each side: boxes are looser than people


@dataclass(frozen=True, slots=True)
class Region:
    """An upright rectangle of a picture, in its pixels."""

    left_px: float
    top_px: float
    width_px: float
    height_px: float

    def scaled(self, scale: float) -> Region:
        """The same rectangle in a picture of another size."""
        return Region(
            self.left_px * scale,
            self.top_px * scale,
            self.width_px * scale,
            self.height_px * scale,
        )


@dataclass(frozen=True, slots=True, eq=False)
class GroundPatch:
    """One patch of the ground of one step.

    Attributes:
        step: Position of the step in the sequence that was given.
        patch: shape ``(PATCH_PX, PATCH_PX, 3)``, RGB.
        names: It is to be classified.
        compares: It is to be compared with the patches of other steps. Strips name and squares compare; where only one
            of the two can be seen, it does both.
    """

    step: int
    patch: NDArray[np.uint8]
    names: bool = True
    compares: bool = True


def ground_patches(
    video: Path,
    steps: Sequence[Footstep],
    tracks: Sequence[Track],
    *,
    picture_height_px: int,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    on_frame: Callable[[TimedFrame], bool] = lambda _frame: False,
) -> Iterator[GroundPatch]:
    """Give the patches of ground around steps, in order of time; none for a step whose ground cannot be seen.

    A step right before a cut is looked at in the last frame of its own shot: those after it show another ground.

    Args:
        video: The video.
        steps: In any order.
        tracks: Where people are, to keep off them.
        picture_height_px: Height of the displayed picture that the contact points refer to.
        on_progress: Called with moments done and moments in all.
        on_frame: Called with every frame that is decoded, in order of time; true when a shot begins with it.

    Raises:
        UndecodableMedia: the video cannot be decoded.
    """
    wanted = sorted(
        (time_s, index) for index, step in enumerate(steps) for time_s in _look_times_s(step)
    )
    done = 0
    for stretch in _stretches(wanted):
        remaining = list(reversed(stretch))
        shot = _Shot()
        for frame in _frames_of(video, stretch):
            shot.go_on(frame, begins=on_frame(frame))
            while remaining and frame.time_s >= remaining[-1][0] - 1e-6:
                _, index = remaining.pop()
                done += 1
                on_progress(done, len(wanted))
                own = shot.frame_for(steps[index].initial_contact_time_s)
                if own is not None:
                    yield from _patches_of(own, index, steps[index], tracks, picture_height_px)
            if not remaining:
                break
        done += len(remaining)  # moments after the last frame
        on_progress(done, len(wanted))


class _Shot:
    """The frame that is looked at now and, after cuts, the last one of every shot that a contact may have been in."""

    def __init__(self) -> None:
        self._now: TimedFrame | None = None
        self._began_s = -math.inf
        self._ended: list[tuple[float, TimedFrame]] = []  # beginning and last frame, in order

    def go_on(self, frame: TimedFrame, *, begins: bool) -> None:
        """The next frame; the first one of a stretch follows nothing, whatever was seen long before it."""
        if begins and self._now is not None:
            recent_s = frame.time_s - 2 * LOOK_DELAYS_S[-1]  # a look, and `frame_for`'s patience
            self._ended = [shot for shot in self._ended if shot[1].time_s >= recent_s]
            self._ended.append((self._began_s, self._now))
            self._began_s = frame.time_s
        self._now = frame

    def frame_for(self, contact_time_s: float) -> TimedFrame | None:
        """Where a contact is looked at: now, or at the end of its own shot; None when that was too long before it."""
        if contact_time_s >= self._began_s:
            return self._now
        for began_s, last in reversed(self._ended):
            if contact_time_s >= began_s:
                return last if contact_time_s - last.time_s <= LOOK_DELAYS_S[-1] else None
        return None


def frame_near(video: Path, time_s: float, cuts_s: Sequence[float] = ()) -> TimedFrame | None:
    """The first frame at or after a moment, or the last one before a cut that lies between them; None after the end."""
    cut_s = next((cut_s for cut_s in cuts_s if cut_s > time_s), math.inf)
    frames = read_frames(
        video,
        start_s=max(0.0, min(time_s, cut_s - LOOK_DELAYS_S[-1])),
        max_height_px=MAX_PICTURE_HEIGHT_PX,
    )
    found: TimedFrame | None = None
    for frame in frames:
        if found is not None and frame.time_s >= cut_s:
            break
        found = frame
        if frame.time_s >= time_s:
            break
    return found


def person_height_px(step: Footstep, boxes: Sequence[TrackBox], picture_height_px: float) -> float:
    """How tall the walker stands in the picture at a step."""
    if step.person_height_px > 0:
        return step.person_height_px
    box = box_at(boxes, step.initial_contact_time_s)
    if box is not None and box.height_px > 0:  # the picture's edge may leave nothing of a box
        return box.height_px
    return UNKNOWN_PERSON_HEIGHT * picture_height_px


def candidate_squares(x_px: float, y_px: float, height_px: float) -> list[Region]:
    """Where the ground of a contact may be seen, best first: below, below to both sides, beside."""
    side = max(PATCH_SIDE * height_px, MIN_PATCH_SIDE_PX)
    return _around(x_px, y_px, height_px, (side, side))


def candidate_strips(x_px: float, y_px: float, height_px: float) -> list[Region]:
    """Where a wide strip of the ground of a contact may be seen, in the order of `candidate_squares`."""
    height = max(STRIP_HEIGHT * height_px, MIN_PATCH_SIDE_PX)
    return _around(x_px, y_px, height_px, (height * STRIP_WIDTH / STRIP_HEIGHT, height))


def _around(
    x_px: float, y_px: float, height_px: float, size_px: tuple[float, float]
) -> list[Region]:
    width, height = size_px
    below = y_px + BELOW_GAP * height_px
    beside = BESIDE_GAP * height_px
    return [
        Region(x_px - width / 2, below, width, height),
        Region(x_px - 1.1 * width, below, width, height),
        Region(x_px + 0.1 * width, below, width, height),
        Region(x_px - beside - width, y_px - height / 2, width, height),
        Region(x_px + beside, y_px - height / 2, width, height),
    ]


def free_regions(
    candidates: Sequence[Region],
    people: Sequence[TrackBox],
    picture_size_px: tuple[float, float],
) -> Iterator[Region]:
    """Those that lie inside the picture and under nobody, in their order.

    Args:
        candidates: Rectangles.
        people: Boxes of everybody at that moment.
        picture_size_px: Width and height of the displayed picture.
    """
    for region in candidates:
        if max((covered_share(region, box) for box in people), default=0.0) > MAX_COVERED:
            continue
        if _is_inside(region, *picture_size_px):
            yield region


def people_at(tracks: Sequence[Track], time_s: float) -> list[TrackBox]:
    """Boxes of everybody who is followed at a moment."""
    return [box for track in tracks if (box := box_at(track.boxes, time_s)) is not None]


def covered_share(region: Region, box: TrackBox) -> float:
    """Share of a rectangle that lies under a person's box, its loose margins left out."""
    trim = BOX_TRIM * box.width_px
    width = min(region.left_px + region.width_px, box.x_px + box.width_px - trim) - max(
        region.left_px, box.x_px + trim
    )
    height = min(region.top_px + region.height_px, box.y_px + box.height_px) - max(
        region.top_px, box.y_px
    )
    return max(0.0, width) * max(0.0, height) / (region.width_px * region.height_px)


def cut_patch(picture_bgr: NDArray[np.uint8], region: Region) -> NDArray[np.uint8]:
    """A rectangle of a picture, drawn to a square of patch size, RGB."""
    x0, y0 = max(0, math.floor(region.left_px)), max(0, math.floor(region.top_px))
    x1 = math.ceil(region.left_px + region.width_px)
    y1 = math.ceil(region.top_px + region.height_px)
    part = np.ascontiguousarray(picture_bgr[y0:y1, x0:x1, ::-1])
    small = Image.fromarray(part).resize(
        (PATCH_PX, PATCH_PX), Image.Resampling.BILINEAR, reducing_gap=2.0
    )
    return np.asarray(small)


def _look_times_s(step: Footstep) -> list[float]:
    stance_s = step.stance_time_s if step.stance_time_s is not None else math.inf
    return [
        step.initial_contact_time_s + delay_s
        for delay_s in LOOK_DELAYS_S
        if delay_s < max(stance_s, 0.05)
    ]


def _stretches(wanted: list[tuple[float, int]]) -> list[list[tuple[float, int]]]:
    found: list[list[tuple[float, int]]] = []
    for moment in wanted:
        if found and moment[0] - found[-1][-1][0] <= SEEK_GAP_S:
            found[-1].append(moment)
        else:
            found.append([moment])
    return found


def _frames_of(video: Path, stretch: list[tuple[float, int]]) -> Iterator[TimedFrame]:
    return read_frames(video, start_s=max(0.0, stretch[0][0]), max_height_px=MAX_PICTURE_HEIGHT_PX)


def _patches_of(
    frame: TimedFrame,
    index: int,
    step: Footstep,
    tracks: Sequence[Track],
    picture_height_px: int,
) -> Iterator[GroundPatch]:
    rows, columns = frame.picture.shape[:2]
    scale = rows / picture_height_px
    height = person_height_px(step, _boxes_of(tracks, step.track_id), picture_height_px)
    people = people_at(tracks, frame.time_s)

    def seen(candidates: Sequence[Region]) -> list[NDArray[np.uint8]]:
        free = free_regions(candidates, people, (columns / scale, rows / scale))
        cut = (cut_patch(frame.picture, region.scaled(scale)) for region in free)
        lit = (patch for patch in cut if patch.mean() >= MIN_MEAN_LEVEL)
        return list(itertools.islice(lit, PATCHES_PER_FRAME))

    squares = seen(candidate_squares(step.x_px, step.y_px, height))
    strips = seen(candidate_strips(step.x_px, step.y_px, height))
    for patch in squares:
        yield GroundPatch(index, patch, names=not strips)
    for patch in strips:
        yield GroundPatch(index, patch, compares=not squares)


def _boxes_of(tracks: Sequence[Track], track_id: int) -> tuple[TrackBox, ...]:
    return next((track.boxes for track in tracks if track.track_id == track_id), ())


def _is_inside(region: Region, width_px: float, height_px: float) -> bool:
    margin = 0.1 * region.height_px  # it may stick out a little
    return (
        region.left_px >= -margin
        and region.top_px >= -margin
        and region.left_px + region.width_px <= width_px + margin
        and region.top_px + region.height_px <= height_px + margin
    )
