"""A foot has one colour wherever it is shown: who looks at the annotated video finds it again in the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

import aaf2
import pytest

from foley_audio.export.aaf import write_aaf
from foley_audio.export.edl import session_edl
from foley_audio.export.otio import session_otio
from foley_audio.export.reaper import session_rpp
from foley_audio.export.resolve_markers import resolve_markers
from foley_audio.render.palette import COLOUR_OF
from foley_common.footsteps import Side
from support.audio import walk
from support.sessions import read_otio, read_resolve_markers, read_rpp, scene

WARM, COOL = "warm", "cool"
SIDES = {step.footstep_id: step.side for step in walk(2)}
NAMED = {"ORANGE": WARM, "YELLOW": WARM, "CYAN": COOL}


def tint(red: float, blue: float) -> str:
    assert red != blue
    return WARM if red > blue else COOL


ANNOTATED = {side: tint(red, blue) for side, (blue, _green, red) in COLOUR_OF.items()}


def of_sides(tints: Mapping[str, str]) -> dict[Side, str]:
    return {SIDES[footstep_id]: found for footstep_id, found in tints.items()}


def in_reaper(_folder: Path) -> dict[str, str]:
    project, markers = read_rpp(session_rpp(scene(walk(2))))
    colours = [int(row[5]) & 0xFFFFFF for row in project.findall("MARKER")]
    return {
        marker.footstep_id: tint(colour & 0xFF, colour >> 16)
        for marker, colour in zip(markers, colours, strict=True)
    }


def in_otio(_folder: Path) -> dict[str, str]:
    timeline, _ = read_otio(session_otio(scene(walk(2))))
    return {marker.name.split(" ", 1)[0]: NAMED[marker.color] for marker in timeline.tracks.markers}


def in_edl(_folder: Path) -> dict[str, str]:
    found = {}
    for line in session_edl(scene(walk(2))).splitlines():
        if line.startswith("* LOC:"):
            _label, colour, name = line.removeprefix("* LOC:").split()[:3]
            found[name] = NAMED[colour]
    return found


def in_resolve(_folder: Path) -> dict[str, str]:
    markers = read_resolve_markers(resolve_markers(scene(walk(2))), Fraction(25))
    return {marker.footstep_id: NAMED[marker.facts["color"].upper()] for marker in markers}


def in_aaf(folder: Path) -> dict[str, str]:
    path = folder / "session.aaf"
    write_aaf(scene(walk(2)), path)
    found = {}
    with aaf2.open(str(path), "r") as file:
        for slot in next(file.content.toplevel()).slots:
            if isinstance(slot, aaf2.mobslots.EventMobSlot):
                for marker in slot.segment.components:
                    colour = marker["CommentMarkerColor"].value
                    name = marker["Comment"].value.split(" ", 1)[0]
                    found[name] = tint(colour["red"], colour["blue"])
    return found


@pytest.mark.parametrize("read", [in_reaper, in_otio, in_edl, in_resolve, in_aaf])
def test_feet_are_coloured_as_in_the_annotated_video(
    read: Callable[[Path], dict[str, str]], tmp_path: Path
) -> None:
    assert set(ANNOTATED.values()) == {WARM, COOL}
    assert of_sides(read(tmp_path)) == ANNOTATED
