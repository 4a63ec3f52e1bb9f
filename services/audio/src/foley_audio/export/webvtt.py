"""``footsteps.vtt``: a WebVTT text track with a cue per footstep, for players and pages.

WebVTT counts milliseconds: a cue begins within half of one of the contact. It lasts until the toe-off where that was
seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from foley_audio.export.clock import exact
from foley_audio.export.marks import Mark
from foley_audio.export.media import in_units
from foley_audio.export.names import plain
from foley_audio.export.scene import Scene

UNSEEN_TOE_OFF_MS = 300  # long enough to be read; where no toe-off was seen
MS_PER_S = Fraction(1000)
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def footsteps_vtt(scene: Scene) -> str:
    """The file's content: UTF-8 text."""
    return "".join(_lines(scene))


def _lines(scene: Scene) -> Iterator[str]:
    note = plain(scene.title).translate(ESCAPES)
    yield f"WEBVTT\n\nNOTE Footsteps of {note}, by Foley Studio\n"
    for mark in scene.marks:
        start_ms = in_units(exact(mark.start_s), MS_PER_S)
        end_ms = (
            start_ms + UNSEEN_TOE_OFF_MS
            if mark.end_s is None
            else max(start_ms + 1, in_units(exact(mark.end_s), MS_PER_S))
        )
        yield f"\n{_identity(mark)}\n{_stamp(start_ms)} --> {_stamp(end_ms)}\n{_payload(mark)}\n"


def _identity(mark: Mark) -> str:
    return plain(mark.step.footstep_id).replace("-->", "->") or "?"


def _payload(mark: Mark) -> str:
    step = mark.step
    ground = f"wet {mark.surface.value}" if mark.wet else mark.surface.value
    gait = step.gait_kind.value if step.gait_kind else "step"
    text = (
        f"{step.side.value} foot of person {step.track_id}: {gait} on {ground}, "
        f"{mark.footwear.value}, strength {step.strength:.2f}"
    )
    return text.translate(ESCAPES)


def _stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02d}:{minute:02d}:{second:02d}.{rest:03d}"
