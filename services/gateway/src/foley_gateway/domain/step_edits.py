"""The caller's changes of the steps that were found: moved, changed, taken away, added.

What is found stays what it was; a render with changes works with a list of its own. A moved step takes its toe-off
along, and its place by as much as the person has moved meanwhile, so that it is heard where the person is. A step that
is added is like those of its person: as hard as usual, and where the person is then, or was seen last.
"""

from __future__ import annotations

import bisect
import hashlib
import json
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace

from foley_common.errors import FieldViolation, InvalidField
from foley_common.footsteps import (
    DetectedFootsteps,
    Footstep,
    Side,
    StepEdit,
    Track,
    TrackBox,
)
from foley_common.gait import box_at, with_gait_figures
from foley_common.media.info import VideoInfo
from foley_gateway.domain.types import StepEdits

CALLERS_WORD = 1.0
"""Belief in a contact whose time the caller said."""
USUAL_STRENGTH = 0.5
"""Of a step that is added for somebody who has none: the middle of its range."""
UNSEEN_HEIGHT = 0.9
"""Of the picture: where the feet of somebody stand who was never seen, as in a full shot."""
FIRST_TRACK = 1
TABLE_MOMENT_S, TABLE_STRENGTH = 0.0005, 0.0005
"""What differs less in a whole list is as found: a table that went through a spreadsheet comes back in thousandths."""


@dataclass(frozen=True, slots=True)
class Edited:
    """Steps after the caller's changes.

    Attributes:
        detected: What the detector found, with the steps as they are now, in order of initial contact; the very same
            when no step is different.
        unused: Positions of edits that name no step and say no time.
    """

    detected: DetectedFootsteps
    unused: tuple[int, ...] = ()


def check_step_edits(edits: StepEdits, video: VideoInfo) -> None:
    """Say before the work that a step cannot stand where it was asked for.

    Raises:
        InvalidField: naming the edit, and the last moment there is.
    """
    found = [
        FieldViolation(
            f"options.step_edits.edits[{position}].initial_contact_offset",
            f"must be before the end of the clip at {_seconds(video.duration_s)}, is {_seconds(edit.contact_time_s)}",
        )
        for position, edit in enumerate(edits.edits)
        if edit.contact_time_s is not None and 0 < video.duration_s <= edit.contact_time_s
    ]
    if found:
        raise InvalidField(found)


def with_edits(found: DetectedFootsteps, edits: StepEdits) -> Edited:
    """The steps as the caller says they are.

    Args:
        found: What the detector found.
        edits: What is different; ids are different from each other.
    """
    steps = {step.footstep_id: step for step in found.footsteps}
    boxes = {track.track_id: track.boxes for track in found.tracks}
    named: set[str] = set()
    unused: list[int] = []
    additions: list[StepEdit] = []
    for position, edit in enumerate(edits.edits):
        step = steps.get(edit.footstep_id)
        if step is not None and edit.remove:
            del steps[edit.footstep_id]
        elif step is not None:
            named.add(edit.footstep_id)
            steps[edit.footstep_id] = _changed(
                step, edit, boxes, found.video, is_table=edits.only_these
            )
        elif edit.remove or edit.contact_time_s is None:
            unused.append(position)
        else:
            additions.append(edit)
    if edits.only_these:
        steps = {key: step for key, step in steps.items() if key in named}
    adding = _Additions(found, steps.values(), {edit.footstep_id for edit in edits.edits})
    now = [*steps.values(), *adding.made_of(additions)]
    if now == list(found.footsteps):
        return Edited(found, tuple(unused))
    now.sort(key=lambda step: (step.initial_contact_time_s, step.footstep_id))
    return Edited(
        replace(found, footsteps=tuple(now), tracks=_people(found.tracks, now)), tuple(unused)
    )


def places_digest(detected: DetectedFootsteps) -> str:
    """Of what decides where the ground is looked at: not how hard somebody steps, nor how sure that is."""
    told = [
        astuple(replace(step, confidence=0, toe_off_confidence=0, strength=0, gait_kind=None, strike_pattern=None))
        for step in detected.footsteps
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _people(tracks: Iterable[Track], steps: Iterable[Footstep]) -> tuple[Track, ...]:
    """Everybody who was followed or steps, with the figures of the steps as they are."""
    own: dict[int, list[Footstep]] = defaultdict(list)
    for step in steps:
        own[step.track_id].append(step)
    known = {track.track_id: track for track in tracks}
    everybody = sorted(known.keys() | own.keys())
    return tuple(with_gait_figures(known.get(key, Track(key)), own[key]) for key in everybody)


def _changed(
    step: Footstep,
    edit: StepEdit,
    boxes: dict[int, tuple[TrackBox, ...]],
    video: VideoInfo,
    *,
    is_table: bool,
) -> Footstep:
    """A found step with what the caller says of it, roughly where a whole table was sent."""
    strength = step.strength if edit.strength is None else edit.strength
    if is_table and abs(strength - step.strength) <= TABLE_STRENGTH:
        strength = step.strength
    step = replace(
        step,
        side=edit.side or step.side,
        track_id=edit.track_id or step.track_id,
        strength=strength,
        gait_kind=edit.gait_kind or step.gait_kind,
    )
    if edit.contact_time_s is None:
        return step
    same_s = TABLE_MOMENT_S if is_table else 0.0
    if abs(edit.contact_time_s - step.initial_contact_time_s) <= same_s:
        return step
    return _moved(step, edit.contact_time_s, boxes.get(step.track_id, ()), video)


def _moved(
    step: Footstep, contact_s: float, boxes: Sequence[TrackBox], video: VideoInfo
) -> Footstep:
    x_px, y_px = _carried((step.x_px, step.y_px), boxes, step.initial_contact_time_s, contact_s)
    moved = replace(
        step,
        initial_contact_time_s=contact_s,
        confidence=CALLERS_WORD,
        toe_off_time_s=None,
        toe_off_confidence=0.0,
        toe_off_x_px=None,
        toe_off_y_px=None,
        x_px=x_px,
        y_px=y_px,
    )
    if step.toe_off_time_s is None or step.stance_time_s is None:
        return moved
    toe_off_s = contact_s + step.stance_time_s
    if 0 < video.duration_s <= toe_off_s:  # the clip ends during stance now
        return moved
    toe_x_px, toe_y_px = _carried(step.toe_off_xy_px, boxes, step.toe_off_time_s, toe_off_s)
    is_known = step.toe_off_x_px is not None
    return replace(
        moved,
        toe_off_time_s=toe_off_s,
        toe_off_confidence=step.toe_off_confidence,
        toe_off_x_px=toe_x_px if is_known else None,
        toe_off_y_px=toe_y_px if is_known else None,
    )


def _carried(
    point_px: tuple[float, float], boxes: Sequence[TrackBox], from_s: float, to_s: float
) -> tuple[float, float]:
    """A point under a person's feet, moved as the feet's end of the box has; where it was when nobody knows."""
    before, after = box_at(boxes, from_s), box_at(boxes, to_s)
    if before is None or after is None:
        return point_px
    (x0, y0), (x1, y1) = _feet_px(before), _feet_px(after)
    return point_px[0] + x1 - x0, point_px[1] + y1 - y0


def _feet_px(box: TrackBox) -> tuple[float, float]:
    return box.x_px + box.width_px / 2, box.y_px + box.height_px


class _InTime:
    """Steps in order of time: which comes before, which is nearest."""

    def __init__(self, steps: Iterable[Footstep] = ()) -> None:
        self._steps = sorted(steps, key=_when)

    def put(self, step: Footstep) -> None:
        bisect.insort(self._steps, step, key=_when)

    def around(self, time_s: float) -> tuple[Footstep | None, Footstep | None]:
        """The last one up to a moment, and the first one after it."""
        place = bisect.bisect_right(self._steps, time_s, key=_when)
        before = self._steps[place - 1] if place else None
        return before, self._steps[place] if place < len(self._steps) else None

    def nearest(self, time_s: float) -> Footstep | None:
        near = [step for step in self.around(time_s) if step is not None]
        return min(near, key=lambda step: abs(_when(step) - time_s), default=None)


def _when(step: Footstep) -> float:
    return step.initial_contact_time_s


class _Additions:
    """Makes steps that nobody found, like those of their person.

    Args:
        found: What the detector found, also of steps that the caller takes away: they tell how somebody walks.
        kept: The steps that stay: feet take turns with them.
        named: Ids that the caller gave.
    """

    def __init__(
        self, found: DetectedFootsteps, kept: Iterable[Footstep], named: Iterable[str]
    ) -> None:
        self._video = found.video
        self._boxes = {track.track_id: track.boxes for track in found.tracks}
        self._first_track = min(self._boxes, default=FIRST_TRACK)
        self._taken = {step.footstep_id for step in found.footsteps} | set(named)
        strengths: dict[int, list[float]] = defaultdict(list)
        self._everybody = _InTime(found.footsteps)
        own: dict[int, list[Footstep]] = defaultdict(list)
        for step in found.footsteps:
            own[step.track_id].append(step)
            strengths[step.track_id].append(step.strength)
        self._strength = {key: statistics.median(values) for key, values in strengths.items()}
        self._own = defaultdict(_InTime, {key: _InTime(steps) for key, steps in own.items()})
        self._kept: dict[int, _InTime] = defaultdict(_InTime)
        for step in kept:
            self._kept[step.track_id].put(step)

    def made_of(self, edits: Iterable[StepEdit]) -> list[Footstep]:
        """Their steps, one after the other in order of time, so that feet that are not named take turns."""
        in_time = sorted(edits, key=lambda edit: edit.contact_time_s or 0.0)
        return [self._made_of(edit) for edit in in_time]

    def _made_of(self, edit: StepEdit) -> Footstep:
        contact_s = edit.contact_time_s or 0.0
        nearest = self._everybody.nearest(contact_s)
        track_id = edit.track_id or (nearest.track_id if nearest else self._first_track)
        like = self._own[track_id].nearest(contact_s)
        side = edit.side or self._side(track_id, contact_s, like)
        x_px, y_px, height_px = self._place(track_id, contact_s, like)
        step = Footstep(
            # of its time, not of its place in the list: the same step sounds the same when another edit goes
            footstep_id=edit.footstep_id
            or self._free_id(f"t{track_id}-{round(1000 * contact_s)}ms-{side}"),
            track_id=track_id,
            side=side,
            initial_contact_time_s=contact_s,
            toe_off_time_s=None,
            confidence=CALLERS_WORD,
            toe_off_confidence=0.0,
            strength=(
                self._strength.get(track_id, USUAL_STRENGTH)
                if edit.strength is None
                else edit.strength
            ),
            gait_kind=edit.gait_kind or (like.gait_kind if like else None),
            strike_pattern=like.strike_pattern if like else None,
            x_px=x_px,
            y_px=y_px,
            person_height_px=height_px,
        )
        for steps in (self._everybody, self._own[track_id], self._kept[track_id]):
            steps.put(step)
        return step

    def _side(self, track_id: int, contact_s: float, like: Footstep | None) -> Side:
        """The other foot than that of the step before, or after it; where none stays, that of the one found here."""
        before, after = self._kept[track_id].around(contact_s)
        if before or after:
            return (before or after).side.other  # type: ignore[union-attr] - one of them is there
        return like.side if like else Side.LEFT

    def _place(
        self, track_id: int, contact_s: float, like: Footstep | None
    ) -> tuple[float, float, float]:
        """Where the person is, or was seen last or next: x, y and height in pixels."""
        boxes = self._boxes.get(track_id, ())
        box = box_at(boxes, contact_s) or min(
            boxes, key=lambda one: abs(one.time_s - contact_s), default=None
        )
        if box is not None:
            return *_feet_px(box), box.height_px
        if like is not None:
            return like.x_px, like.y_px, like.person_height_px
        return self._video.width_px / 2, UNSEEN_HEIGHT * self._video.height_px, 0.0

    def _free_id(self, wanted: str) -> str:
        """The id, or with a number behind it, so that no other step has it."""
        free, number = wanted, 2
        while free in self._taken:
            free, number = f"{wanted}-{number}", number + 1
        self._taken.add(free)
        return free


def _seconds(value: float | None) -> str:
    """To the microsecond, without what is not needed."""
    return f"{value or 0.0:.6f}".rstrip("0").rstrip(".") + " s"
