"""``session.rpp``: a REAPER project with the picture, the sounds and a marker per footstep.

Everything stands in seconds and no tempo moves it (``TIMELOCKMODE 0``); the ruler counts from the start time code at
the project's frame rate. The picture's own sound is turned down: it is the mix.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from fractions import Fraction

import rpp

from foley_audio.export.clock import exact
from foley_audio.export.media import Placed
from foley_audio.export.names import plain
from foley_audio.export.scene import Scene
from foley_common.footsteps import Side
from foley_common.timebase import Timecode

SECONDS_DIGITS = Decimal("0.000000001")  # nanoseconds, as times are stored
RULER_TIMECODE = 5  # hours, minutes, seconds, frames
DROP_FRAME, PULLED_DOWN, AS_NAMED = (
    1,
    2,
    0,
)  # how REAPER says 29.97 with drop-frame; 23.976 and 29.97 without; others
NTSC_NOMINAL_RATES = (24, 30)  # pulled down by 1000/1001 in REAPER's list of rates
COLORS = {  # 0x1BBGGRR: orange and light blue, as in the annotated video
    Side.LEFT: 0x10080FF,
    Side.RIGHT: 0x1FFC800,
}
SILENT, MUTED = "0", "1"
_NAMESPACE = uuid.UUID(
    "6f6c6579-2d73-4475-8469-6f2d72707001"
)  # ours; makes the same ids for the same session


def session_rpp(scene: Scene) -> str:
    """The file's content: UTF-8 text."""
    clock = scene.clock
    project = _element("REAPER_PROJECT", ("0.1", "7.0/foley-studio", "0"))
    project.extend(
        [
            ["PROJOFFS", _seconds(clock.start_s), "0", "0"],
            ["TIMELOCKMODE", "0"],
            ["TEMPOENVLOCKMODE", "0"],
            [
                "TIMEMODE",
                str(RULER_TIMECODE),
                str(RULER_TIMECODE),
                "-1",
                *_frame_rate(clock.timecode),
                "0",
                "-1",
            ],
            ["SAMPLERATE", str(scene.sample_rate_hz), "1", "0"],
            ["TEMPO", "120", "4", "4"],
        ]
    )
    for i, mark in enumerate(scene.marks, start=1):
        project.append(
            [
                "MARKER",
                str(i),
                _seconds(exact(mark.start_s)),
                _text(mark.text),
                "0",
                str(COLORS[mark.step.side]),
            ]
        )
    if scene.picture is not None:
        placed = scene.picture.placed(clock.offset)
        project.append(
            _track("picture", placed, scene.picture.file_name, "VIDEO", volume=SILENT, muted="0")
        )
    for sound in scene.tracks:
        placed = sound.placed(clock.offset)
        muted = MUTED if sound is scene.reference else "0"
        project.append(
            _track(sound.title, placed, sound.file_name, "WAVE", volume="1", muted=muted)
        )
    return rpp.dumps(project)


def _element(
    tag: str, attributes: tuple[str, ...] = (), children: list[list[str]] | None = None
) -> rpp.Element:
    return rpp.Element(tag, attributes, children or [])  # pyright: ignore[reportCallIssue] - made by attrs


def _track(
    title: str, placed: Placed | None, file_name: str, kind: str, *, volume: str, muted: str
) -> rpp.Element:
    track = _element("TRACK", (_guid(f"track:{file_name}"),))
    track.extend(
        [
            ["NAME", _text(title)],
            ["BEAT", "0"],
            ["VOLPAN", volume, "0", "-1", "-1", "1"],
            ["MUTESOLO", muted, "0", "0"],
        ]
    )
    if placed is None:
        return track
    item = _element("ITEM")
    item.extend(
        [
            ["POSITION", _seconds(placed.position_s)],
            ["LENGTH", _seconds(placed.length_s)],
            ["LOOP", "0"],
            ["IGUID", _guid(f"item:{file_name}")],
            ["NAME", _text(file_name)],
            ["SOFFS", _seconds(placed.first_s)],
            _element("SOURCE", (kind,), [["FILE", file_name]]),
        ]
    )
    track.append(item)
    return track


def _frame_rate(code: Timecode) -> tuple[str, str]:
    """The ruler's rate; of 47.952, 59.94 and beyond the part that REAPER has: hours, minutes and seconds are right."""
    if code.frame_rate < code.nominal_rate:
        for rate in NTSC_NOMINAL_RATES:
            if code.nominal_rate in (rate, 2 * rate, 4 * rate, 8 * rate):
                return str(rate), str(DROP_FRAME if code.drop_frame else PULLED_DOWN)
    return str(code.nominal_rate), str(AS_NAMED)


def _text(text: str) -> str:
    """One line that REAPER can quote in one of its three ways: a backtick becomes an apostrophe."""
    return plain(text).replace("`", "'")


def _seconds(seconds: Fraction) -> Decimal:
    return (Decimal(seconds.numerator) / Decimal(seconds.denominator)).quantize(SECONDS_DIGITS)


def _guid(name: str) -> str:
    return "{" + str(uuid.uuid5(_NAMESPACE, name)).upper() + "}"
