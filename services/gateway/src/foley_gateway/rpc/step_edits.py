"""Between the contract's `StepEdits` and the gateway's domain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from foley.common.v1 import footstep_pb2
from foley.gateway.v1 import render_pb2
from foley_common.field_limits import (
    MAX_EDITED_PEOPLE,
    MAX_FOOTSTEP_ID_LENGTH,
    MAX_STEP_EDITS,
    is_footstep_id,
)
from foley_common.footsteps import GaitKind, Side, StepEdit
from foley_common.rpc.convert import duration_from_proto, enum_to_proto
from foley_common.rpc.validate import Violations
from foley_gateway.domain.types import StepEdits
from foley_gateway.rpc.words import checked_word, seconds_to_proto


def step_edits_to_proto(edits: StepEdits | None) -> render_pb2.StepEdits | None:
    """Changes of steps to their message; None leaves the field out."""
    if edits is None:
        return None
    return render_pb2.StepEdits(
        edits=[
            render_pb2.StepEdit(
                footstep_id=edit.footstep_id,
                remove=edit.remove,
                initial_contact_offset=seconds_to_proto(edit.contact_time_s),
                side=enum_to_proto(edit.side, "SIDE", footstep_pb2.Side),  # type: ignore[arg-type]
                track_id=edit.track_id,
                strength=edit.strength,
                gait_kind=enum_to_proto(edit.gait_kind, "GAIT_KIND", footstep_pb2.GaitKind),  # type: ignore[arg-type]
            )
            for edit in edits.edits
        ],
        only_these=edits.only_these,
    )


def step_edits_from_proto(
    message: render_pb2.StepEdits, where: str, found: Violations
) -> StepEdits | None:
    """A message to changes of steps, with what is wrong noted by field; None when it changes nothing.

    Args:
        message: What was sent.
        where: Its field, for violations.
        found: Gets the violations.
    """
    count = len(message.edits)
    where = f"{where}.edits"
    found.require(count <= MAX_STEP_EDITS, where, f"must be at most {MAX_STEP_EDITS}, are {count}")
    edits = tuple(
        _edit_from_proto(edit, f"{where}[{position}]", found, may_say_nothing=message.only_these)
        for position, edit in enumerate(message.edits[:MAX_STEP_EDITS])
    )
    _check_ids(edits, where, found)
    people = len({edit.track_id for edit in edits} - {0})
    found.require(
        people <= MAX_EDITED_PEOPLE,
        where,
        f"must name at most {MAX_EDITED_PEOPLE} people, are {people}",
    )
    return StepEdits(edits, message.only_these) if edits or message.only_these else None


def _edit_from_proto(
    message: render_pb2.StepEdit, where: str, found: Violations, *, may_say_nothing: bool
) -> StepEdit:
    step = message.footstep_id
    found.require(
        is_footstep_id(step),
        f"{where}.footstep_id",
        f"must be at most {MAX_FOOTSTEP_ID_LENGTH} characters of [A-Za-z0-9_-]",
    )
    contact_s = None
    if message.HasField("initial_contact_offset"):
        contact_s = duration_from_proto(message.initial_contact_offset)
        found.require(
            contact_s >= 0,
            f"{where}.initial_contact_offset",
            f"must be 0 or more, is {contact_s:g} s",
        )
    strength = message.strength if message.HasField("strength") else None
    found.require(
        strength is None or 0 <= strength <= 1,
        f"{where}.strength",
        f"must be from 0 to 1, is {strength}",
    )
    found.require(
        message.track_id >= 0, f"{where}.track_id", f"must be 0 or more, is {message.track_id}"
    )
    found.require(
        bool(step) or contact_s is not None,
        where,
        "must name a step by footstep_id, or say by initial_contact_offset where to add one",
    )
    says = {field.name for field, _ in message.ListFields()} - {"footstep_id", "remove"}
    found.require(
        not (message.remove and says),
        f"{where}.remove",
        "must not be set together with what changes the step",
    )
    found.require(
        message.remove or bool(says) or may_say_nothing,
        where,
        "must change the step (initial_contact_offset, side, track_id, strength or gait_kind) or set remove",
    )
    return StepEdit(
        footstep_id=step,
        remove=message.remove,
        contact_time_s=contact_s,
        side=checked_word(message.side, "SIDE", footstep_pb2.Side, Side, f"{where}.side", found),
        track_id=message.track_id,
        strength=strength,
        gait_kind=checked_word(
            message.gait_kind,
            "GAIT_KIND",
            footstep_pb2.GaitKind,
            GaitKind,
            f"{where}.gait_kind",
            found,
        ),
    )


def _check_ids(edits: Sequence[StepEdit], where: str, found: Violations) -> None:
    """A step has one edit: of two, nobody could say which counts."""
    counts = Counter(edit.footstep_id for edit in edits if edit.footstep_id)
    for position, edit in enumerate(edits):
        if counts[edit.footstep_id] > 1:
            counts[edit.footstep_id] = 0  # said once
            found.require(
                False,
                f"{where}[{position}].footstep_id",
                f"must be named by one edit only, {edit.footstep_id} is named by more",
            )
