"""Sessions with known steps, and their files read back by the libraries of each format."""

from __future__ import annotations

import dataclasses
import io
import random
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from foley_audio.domain.types import Session, Stem, Style
from foley_audio.export.media import Picture, Sound, sound_title
from foley_audio.export.scene import Scene
from foley_audio.render.wav_header import WavFacts
from foley_common.footsteps import Footstep, GaitKind, Side, StrikePattern
from foley_common.programme import SessionOptions
from foley_common.sound import StemKind
from foley_common.surfaces import Footwear, Surface
from support.audio import ground, video_info

RATES = {
    "12.5": Fraction(25, 2),
    "23.976": Fraction(24_000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30_000, 1001),
    "30": Fraction(30),
    "47.952": Fraction(48_000, 1001),
    "50": Fraction(50),
    "59.94": Fraction(60_000, 1001),
    "60": Fraction(60),
}
NANOS = 1_000_000_000
NOTE_SIDES = {60: "left", 62: "right"}


def random_steps(
    count: int, *, people: int = 2, duration_s: float = 60.0, seed: int = 1
) -> tuple[Footstep, ...]:
    """Steps of several people at times of whole nanoseconds, as they are stored, in no order; some without toe-off."""
    dice = random.Random(seed)
    steps: list[Footstep] = []
    for i in range(count):
        start = dice.randrange(int(duration_s * NANOS))
        track_id = 1 + i % people
        end = None if dice.random() < 0.2 else start + dice.randrange(80_000_000, 900_000_000)
        steps.append(
            Footstep(
                footstep_id=f"t{track_id}-{i + 1:06d}",
                track_id=track_id,
                side=dice.choice(list(Side)),
                initial_contact_time_s=start / NANOS,
                toe_off_time_s=None if end is None else end / NANOS,
                confidence=round(dice.random(), 3),
                toe_off_confidence=0.0 if end is None else 0.7,
                strength=round(dice.random(), 3),
                gait_kind=dice.choice([None, *GaitKind]),
                strike_pattern=StrikePattern.HEEL,
                x_px=dice.uniform(0, 640),
                y_px=300.0,
            )
        )
    return tuple(steps)


def wav_facts(duration_s: float, *, rate_hz: int = 48_000, channels: int = 2) -> WavFacts:
    """A 24-bit WAV file of a length."""
    chunk = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * 3 * channels, 3 * channels, 24)
    return WavFacts(rate_hz, channels, 24, False, round(duration_s * rate_hz), 44, chunk)


def sound(name: str, duration_s: float, stem: Stem | None = None, rate_hz: int = 48_000) -> Sound:
    """A sound file of a scene."""
    return Sound(
        name, sound_title(stem, name), name, wav_facts(duration_s, rate_hz=rate_hz), stem=stem
    )


def scene(
    steps: Sequence[Footstep],
    *,
    rate: Fraction = Fraction(25),
    duration_s: float = 60.0,
    source_timecode: str = "",
    nudge_s: float = 0.0,
    stems: bool = False,
    media: bool = True,
    name: str = "a walk.mp4",
    rate_hz: int = 48_000,
    surface: Surface = Surface.GRAVEL,
    **options: Any,
) -> Scene:
    """A session with its media as files beside it."""
    video = dataclasses.replace(
        video_info(duration_s, start_timecode=source_timecode),
        frame_rate=rate,
        frame_count=int(duration_s * rate),
    )
    session = Session(
        video_name=name,
        video=video,
        footsteps=tuple(steps),
        surfaces=ground(surface, Footwear.BOOT),
        style=Style(nudge_s=nudge_s, sample_rate_hz=rate_hz),
        options=SessionOptions(**options),
    )
    if not media:
        return Scene(session)
    parts = [
        Stem(f"track-{i}-{side.value}", StemKind.FOOT, i, side) for i in (1, 2) for side in Side
    ]
    return Scene(
        session,
        Picture("foley.mp4", name, rate, video.frame_count, 640, 360),
        mix=sound("mix.wav", duration_s, rate_hz=rate_hz),
        foley=sound("foley.wav", duration_s, rate_hz=rate_hz),
        stems=tuple(sound(f"{s.name}.wav", duration_s, s, rate_hz) for s in parts) if stems else (),
    )


def heard(
    steps: Sequence[Footstep], nudge_s: float, *, duration_s: float = 60.0, rate_hz: int = 48_000
) -> list[Footstep]:
    """The steps whose sample, moved by the nudge, lies in a programme, in whole numbers."""
    total = round(duration_s * rate_hz)
    placed = {
        step.footstep_id: round(step.initial_contact_time_s * NANOS) + round(nudge_s * NANOS)
        for step in steps
    }
    return [
        step
        for step in steps
        if 0 <= (2 * placed[step.footstep_id] * rate_hz + NANOS) // (2 * NANOS) < total
    ]


def expected_samples(
    steps: Sequence[Footstep], shift_s: float = 0.0, rate_hz: int = 48_000
) -> dict[str, int]:
    """Sample of every step by its id, in whole numbers; those before 0 are left out."""
    found: dict[str, int] = {}
    for step in steps:
        nanos = round(step.initial_contact_time_s * NANOS) + round(shift_s * NANOS)
        if nanos >= 0:
            found[step.footstep_id] = (2 * nanos * rate_hz + NANOS) // (2 * NANOS)
    return found


def expected_frames(
    steps: Sequence[Footstep], rate: Fraction, *, nudge_s: float = 0.0, offset_s: float = 0.0
) -> dict[str, int]:
    """Frame of every step by its id, in whole numbers; those before 0 are left out."""
    shift = int((Fraction(round(offset_s * NANOS), NANOS) * rate + Fraction(1, 2)) // 1)
    found: dict[str, int] = {}
    for step in steps:
        nanos = round(step.initial_contact_time_s * NANOS) + round(nudge_s * NANOS)
        if nanos + round(offset_s * NANOS) >= 0:
            found[step.footstep_id] = max(0, int(Fraction(nanos + 1, NANOS) * rate // 1) + shift)
    return found


@dataclass(frozen=True)
class Found:
    """One footstep read back.

    Attributes:
        at: Seconds, samples or frames, as the format counts.
        text: What stands beside it.
        end: The same for the toe-off; None where the format has none.
        facts: Whatever else was read.
    """

    at: float
    text: str
    end: float | None = None
    facts: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def footstep_id(self) -> str:
        return self.text.split(" ", 1)[0]


def positions(found: Sequence[Found]) -> dict[str, float]:
    """Where every step was found, by its id; no id may be there twice."""
    at = {step.footstep_id: step.at for step in found}
    assert len(at) == len(found), "a footstep was read twice"
    return at


def read_midi(data: bytes) -> tuple[list[Found], list[Found]]:
    """Markers, and notes with track, side, velocity; in seconds by the file's own tempo."""
    import mido

    file = mido.MidiFile(file=io.BytesIO(data), charset="utf-8")
    tempo = next(message.tempo for message in file.tracks[0] if message.type == "set_tempo")
    markers: list[Found] = []
    notes: list[Found] = []
    for track in file.tracks:
        ticks, open_notes = 0, {}
        for message in track:
            ticks += message.time
            at = mido.tick2second(ticks, file.ticks_per_beat, tempo)
            if message.type == "marker":
                markers.append(Found(at, message.text))
            elif message.type == "note_on":
                open_notes.setdefault(message.note, []).append(
                    (at, message.velocity, message.channel)
                )
            elif message.type == "note_off":
                start, velocity, channel = open_notes[message.note].pop(0)
                facts = {"velocity": velocity, "channel": channel, "release": message.velocity}
                side = NOTE_SIDES[message.note]
                notes.append(Found(start, f"{track.name} {side}", at, facts))
        assert not any(open_notes.values()), "a note never ends"
    return markers, notes


def read_otio(data: bytes) -> tuple[Any, list[Found]]:
    """The timeline, and its markers in samples."""
    import opentimelineio as otio

    timeline = otio.adapters.read_from_string(data.decode(), "otio_json")
    return timeline, [
        Found(
            marker.marked_range.start_time.value,
            marker.name,
            marker.marked_range.end_time_exclusive().value,
            dict(marker.metadata["foley"]),
        )
        for marker in timeline.tracks.markers
    ]


def read_edl(text: str, rate: Fraction) -> tuple[Any, list[Found]]:
    """The list as pycmx has it, and its locators in frames from midnight as OpenTimelineIO counts labels."""
    import pycmx

    edl = pycmx.parse_cmx3600(io.StringIO(text))
    assert not list(edl.unrecognized_statements)
    found: list[Found] = []
    for event in edl.events:
        for statement in event.statements:
            remark = getattr(statement, "text", "")
            if not remark.startswith("LOC:"):
                continue
            _, label, _color, text = remark.split(maxsplit=3)
            found.append(Found(label_frames(label, rate), text))
    return edl, found


RESOLVE_EVENT = re.compile(
    r"(?P<number>\d{3,})  001      V     C        (?P<first>\S{11}) (?P<after>\S{11}) (?P=first) (?P=after)"
)
RESOLVE_MARKER = re.compile(
    r"(?P<note>[^|]*) \|C:ResolveColor(?P<color>\w+) \|M:(?P<name>[^|]*) \|D:(?P<frames>\d+)"
)
RESOLVE_COLORS = (
    *("Blue", "Cyan", "Green", "Yellow", "Red", "Pink", "Purple", "Fuchsia"),
    *("Rose", "Lavender", "Sky", "Mint", "Lemon", "Sand", "Cocoa", "Cream"),
)
"""As the notes on its scripting list them."""


def read_resolve_markers(text: str, rate: Fraction) -> list[Found]:
    """Markers of a list of Resolve's, in frames from midnight; several in one frame stand in one event."""
    head, *events = text.split("\r\n\r\n")
    assert re.fullmatch(r"TITLE: [ -~]+\r\nFCM: (NON-)?DROP FRAME", head)
    assert events.pop() == ""  # every event ends with an empty line
    found: list[Found] = []
    for number, event in enumerate(events, start=1):
        first, second = event.split("\r\n")
        placed, marker = RESOLVE_EVENT.fullmatch(first), RESOLVE_MARKER.fullmatch(second)
        assert placed, first
        assert marker, second
        assert int(placed["number"]) == number
        at, after = (label_frames(placed[name], rate) for name in ("first", "after"))
        assert int(marker["frames"]) == after - at
        assert marker["color"] in RESOLVE_COLORS
        assert marker["note"] == ""
        found += [
            Found(at, name, after, {"color": marker["color"]})
            for name in marker["name"].split(" + ")
        ]
    return found


def label_frames(label: str, rate: Fraction) -> int:
    """Frames from midnight to a time code, by OpenTimelineIO where it knows the rate, else by counting labels."""
    import opentimelineio as otio

    if otio.opentime.RationalTime.is_smpte_timecode_rate(float(rate)):
        return int(otio.opentime.from_timecode(label, float(rate)).value)
    assert ";" not in label
    hours, minutes, seconds, frames = (int(part) for part in label.split(":"))
    return ((hours * 60 + minutes) * 60 + seconds) * round(rate) + frames


def read_aaf(path: Path) -> tuple[dict[str, Any], list[Found]]:
    """Tracks by their names, and markers in frames with the sample of their text; read by pyaaf2."""
    import aaf2

    tracks: dict[str, Any] = {}
    found: list[Found] = []
    with aaf2.open(str(path), "r") as file:
        composition = next(file.content.toplevel())
        for slot in composition.slots:
            if isinstance(slot, aaf2.mobslots.EventMobSlot):
                for marker in slot.segment.components:
                    text, sample = marker["Comment"].value.rsplit(" @", 1)
                    found.append(
                        Found(marker["Position"].value, text, facts={"sample": int(sample)})
                    )
                continue
            tracks[slot.name] = _aaf_track(slot)
    return tracks, found


def _aaf_track(slot: Any) -> dict[str, Any]:
    import aaf2

    track: dict[str, Any] = {"rate": Fraction(str(slot.edit_rate)), "at": 0}
    segment = slot.segment
    if isinstance(segment, aaf2.components.Timecode):
        return track | {"start": segment.start, "fps": segment.fps, "drop": segment.drop}
    for component in segment.components:
        if isinstance(component, aaf2.components.Filler):
            track["at"] += component.length
            continue
        source = component.mob.slot_at(1).segment
        descriptor = source.mob.descriptor
        tape = source.mob.slot_at(1).segment
        track |= {
            "first": component.start,
            "length": component.length,
            "media_length": source.length,
            "descriptor_length": descriptor.length,
            "media_start": tape.start,
            "url": descriptor["Locator"].value[0]["URLString"].value,
        }
    return track


def read_rpp(text: str) -> tuple[Any, list[Found]]:
    """The project, and its markers in seconds."""
    import rpp

    project = rpp.loads(text)
    return project, [Found(float(row[2]), row[3]) for row in project.findall("MARKER")]


def read_vtt(text: str) -> list[Found]:
    """Cues in seconds, the text led by the identifier."""
    import webvtt

    return [
        Found(
            cue.start_time.in_milliseconds() / 1000,
            f"{cue.identifier} {cue.text}",
            cue.end_time.in_milliseconds() / 1000,
        )
        for cue in webvtt.from_string(text)
    ]


def read_bwf(path: Path) -> tuple[Any, list[Found]]:
    """What wavinfo says, and cue points in samples with label and length."""
    import wavinfo

    wav = wavinfo.WavInfoReader(str(path), info_encoding="utf-8")
    labels = {label.name: label.text for label in wav.cues.labels}
    lengths = {entry.name: entry.length for entry in wav.cues.ranges}
    return wav, [
        Found(cue.sample_offset, labels[cue.name], cue.sample_offset + lengths.get(cue.name, 0))
        for cue in wav.cues.cues
    ]
