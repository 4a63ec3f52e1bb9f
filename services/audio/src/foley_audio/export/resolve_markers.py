"""``markers.edl``: timeline markers as DaVinci Resolve exports and imports them ("Timeline Markers from EDL").

An event of one frame per marker, and on the line after it a note (ours have none), its colour, its name and how many
frames it lasts. Resolve keeps one marker a frame and drops others there: footsteps of one frame share one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from foley_audio.export.edl import MAX_TEXT_LENGTH, list_head
from foley_audio.export.marks import Mark
from foley_audio.export.names import ascii_plain
from foley_audio.export.scene import Scene
from foley_common.footsteps import Side

COLORS = {
    Side.LEFT: "Yellow",
    Side.RIGHT: "Cyan",
}  # nearest to the annotated video's of the sixteen that Resolve has
BETWEEN_NAMES = " + "  # of footsteps that share a marker


def resolve_markers(scene: Scene) -> str:
    """The file's content: ASCII, lines ended by CR LF."""
    return "".join(f"{line}\r\n" for line in _lines(scene))


def _lines(scene: Scene) -> Iterator[str]:
    clock = scene.clock
    yield from list_head(scene)
    yield ""

    def frame_of(mark: Mark) -> int:
        return clock.position_frame(mark.step.initial_contact_time_s)

    for number, (frame, found) in enumerate(itertools.groupby(scene.marks, key=frame_of), start=1):
        marks = list(found)
        span = f"{clock.label(frame)} {clock.label(frame + 1)}"
        yield f"{number:03d}  001      V     C        {span} {span}"
        name = BETWEEN_NAMES.join(_name(mark) for mark in marks)
        yield f" |C:ResolveColor{COLORS[marks[0].step.side]} |M:{name} |D:1"
        yield ""


def _name(mark: Mark) -> str:
    """A bar would end the name."""
    return ascii_plain(mark.text, MAX_TEXT_LENGTH).replace("|", "/")
