"""The caller's changes of the steps that were found: moved, changed, taken away, added.

What is found stays what it was; a render with changes works with a list of its own. A moved step takes its toe-off
along, and its place by as much as the person has moved meanwhile, so that it is heard where the person is.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from foley_common.errors import FieldViolation, InvalidField
from foley_common.footsteps import DetectedFootsteps, Footstep, Side, Track, TrackBox
from foley_common.gait import box_at, with_gait_figures
from foley_common.media.info import VideoInfo
from foley_gateway.domain.types import StepEdit, StepEdits

CALLERS_WORD = 1.0
"""Belief in a contact whose time the caller said."""
USUAL_STRENGTH = 0.5
"""Of a step that is added for somebody who has none: the middle of its range."""
UNSEEN_HEIGHT = 0.9
"""Of the picture: where the feet of somebody stand who was not seen, as in a full shot."""
FIRST_TRACK = 1
SAME_MOMENT_S, SAME_STRENGTH = 0.0005, 0.0005
"""What differs less is the same: a table that went through a spreadsheet comes back in thousandths."""


@dataclass(frozen=True, slots=True)
class Edited:
    """Steps after the caller's changes.

    Attributes:
        detected: What the detector found, with the steps as they are now, in order of initial contact.
        unused: Positions of edits that change nothing.
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
            f"must be before the end of the clip at {video.duration_s:g} s, is {edit.contact_time_s:g} s",
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
    tracks = {track.track_id: track for track in found.tracks}
    named: set[str] = set()
    unused: list[int] = []
    additions: list[StepEdit] = []
    for position, edit in enumerate(edits.edits):
        step = steps.get(edit.footstep_id)
        if step is None:
            if edit.remove or edit.contact_time_s is None:
                unused.append(position)
            else:
                additions.append(edit)
            continue
        if edit.remove:
            del steps[edit.footstep_id]
            continue
        named.add(edit.footstep_id)
        steps[edit.footstep_id] = _changed(step, edit, tracks, found.video)
    if edits.only_these:
        steps = {key: step for key, step in steps.items() if key in named}
    for edit in sorted(additions, key=lambda one: one.contact_time_s or 0.0):
        # one after the other in order of time, so that feet that are not named take turns
        added = _added(edit, list(steps.values()), found, tracks)
        steps[added.footstep_id] = added
        tracks.setdefault(added.track_id, Track(added.track_id))
    ordered = tuple(
        sorted(steps.values(), key=lambda step: (step.initial_contact_time_s, step.footstep_id))
    )
    people = tuple(with_gait_figures(tracks[key], ordered) for key in sorted(tracks))
    return Edited(replace(found, footsteps=ordered, tracks=people), tuple(unused))


def _changed(
    step: Footstep, edit: StepEdit, tracks: dict[int, Track], video: VideoInfo
) -> Footstep:
    """A found step with what the caller says of it."""
    strength = step.strength if edit.strength is None else edit.strength
    if abs(strength - step.strength) <= SAME_STRENGTH:
        strength = step.strength
    step = replace(
        step,
        side=edit.side or step.side,
        track_id=edit.track_id or step.track_id,
        strength=strength,
        gait_kind=edit.gait_kind or step.gait_kind,
    )
    move_s = (edit.contact_time_s or 0.0) - step.initial_contact_time_s
    if edit.contact_time_s is None or abs(move_s) <= SAME_MOMENT_S:
        return step
    boxes = tracks[step.track_id].boxes if step.track_id in tracks else ()
    return _moved(step, edit.contact_time_s, boxes, video)


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


def _added(
    edit: StepEdit,
    steps: Sequence[Footstep],
    found: DetectedFootsteps,
    tracks: dict[int, Track],
) -> Footstep:
    """A step that nobody found."""
    contact_s = edit.contact_time_s or 0.0

    def distance_s(step: Footstep) -> float:
        return abs(step.initial_contact_time_s - contact_s)

    track_id = edit.track_id
    if not track_id:
        nearest = min(steps, key=distance_s, default=None)
        track_id = nearest.track_id if nearest else min(tracks, default=FIRST_TRACK)
    own = [step for step in steps if step.track_id == track_id]
    like = min(own, key=distance_s, default=None)
    box = box_at(tracks[track_id].boxes, contact_s) if track_id in tracks else None
    x_px, y_px = (
        _feet_px(box) if box else (found.video.width_px / 2, UNSEEN_HEIGHT * found.video.height_px)
    )
    side = edit.side or _next_side(own, contact_s)
    return Footstep(
        # of its time, not of its place in the list: the same step sounds the same when another edit goes
        footstep_id=edit.footstep_id or f"t{track_id}-{round(1000 * contact_s)}ms-{side}",
        track_id=track_id,
        side=side,
        initial_contact_time_s=contact_s,
        toe_off_time_s=None,
        confidence=CALLERS_WORD,
        toe_off_confidence=0.0,
        strength=(
            statistics.median([step.strength for step in own] or [USUAL_STRENGTH])
            if edit.strength is None
            else edit.strength
        ),
        gait_kind=edit.gait_kind or (like.gait_kind if like else None),
        strike_pattern=like.strike_pattern if like else None,
        x_px=x_px,
        y_px=y_px,
        person_height_px=box.height_px if box else 0.0,
    )


def _next_side(own: Sequence[Footstep], contact_s: float) -> Side:
    """The other foot than that of the step before; of a first step, than that of the step after it."""
    before = [step for step in own if step.initial_contact_time_s <= contact_s]
    if before:
        return max(before, key=lambda step: step.initial_contact_time_s).side.other
    after = min(own, key=lambda step: step.initial_contact_time_s, default=None)
    return after.side.other if after else Side.LEFT
