"""``session.mid``: a standard MIDI file with a note per footstep, a track per person and a marker per step.

The file knows one tempo, 120 quarters a minute, which is that of a new session in most programs, and 960 ticks a
quarter, the clock of most: every contact stands within 0.26 ms of its time, however long the clip. A finer clock is
legal, but pretty_midi, for one, takes a file of more than ten million ticks for a broken one, and sequencers round to
their own. A left foot is C4 (60), a right one D4 (62); velocity is strength; the note ends at the toe-off, and its
release velocity is 64 where that was seen, 0 elsewhere.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction

import mido

from foley_audio.export.clock import exact
from foley_audio.export.marks import Mark
from foley_audio.export.media import in_units
from foley_audio.export.scene import Scene
from foley_common.footsteps import Side

TICKS_PER_QUARTER = 960
TEMPO_US = 500_000  # microseconds a quarter: 120 quarters a minute
TICKS_PER_S = 1920  # of both
NOTES = {Side.LEFT: 60, Side.RIGHT: 62}
RELEASE_SEEN, RELEASE_NOT_SEEN = 64, 0
UNSEEN_TOE_OFF_TICKS = TICKS_PER_S // 10  # a note must end: 100 ms where no toe-off was seen
CHANNELS = [
    channel for channel in range(16) if channel != 9
]  # General MIDI keeps the tenth for drums
LONGEST_DELTA_TICKS = 0x0FFF_FFFF  # four bytes of a variable-length quantity, 39 hours
SMPTE_RATES = {
    24: 24,
    25: 25,
    30: 30,
    48: 24,
    50: 25,
    60: 30,
}  # labels a second to those MIDI knows
Event = tuple[int, int, mido.Message | mido.MetaMessage]
"""Tick, order among events of one tick, message."""


def session_midi(scene: Scene) -> bytes:
    """The file's content, format 1."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_QUARTER, charset="utf-8")
    file.tracks.append(_track(scene.title, _conductor(scene)))
    people: dict[int, list[Mark]] = {}
    for mark in scene.marks:
        people.setdefault(mark.step.track_id, []).append(mark)
    for i, (track_id, marks) in enumerate(sorted(people.items())):
        channel = CHANNELS[i % len(CHANNELS)]
        file.tracks.append(_track(f"person {track_id}", _notes(marks, channel)))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def tick_of(position_s: float) -> int:
    """The tick nearest to a session position."""
    return in_units(exact(position_s), Fraction(TICKS_PER_S))


def _conductor(scene: Scene) -> Iterable[Event]:
    yield 0, 0, mido.MetaMessage("set_tempo", tempo=TEMPO_US)
    yield 0, 0, mido.MetaMessage("time_signature", numerator=4, denominator=4)
    offset = _smpte_offset(scene)
    if offset is not None:
        yield 0, 0, offset
    for mark in scene.marks:
        yield tick_of(mark.start_s), 1, mido.MetaMessage("marker", text=mark.text)


def _smpte_offset(scene: Scene) -> mido.MetaMessage | None:
    """The start time code, where MIDI knows a rate for it."""
    code = scene.clock.timecode
    rate = SMPTE_RATES.get(code.nominal_rate)
    if rate is None:
        return None
    hours, minutes, seconds, frames = (
        int(part) for part in scene.clock.label(0).replace(";", ":").split(":")
    )
    frame, rest = divmod(frames, code.nominal_rate // rate)
    return mido.MetaMessage(
        "smpte_offset",
        frame_rate=29.97 if code.drop_frame else rate,
        hours=hours,
        minutes=minutes,
        seconds=seconds,
        frames=frame,
        sub_frames=50 * rest,  # hundredths of a frame
    )


def _notes(marks: list[Mark], channel: int) -> Iterable[Event]:
    """Notes of one person. A foot that lands again before it was seen to leave ends its note there."""
    # Start of the note behind this one, and its own limit.
    ahead: dict[Side, tuple[int, int | None]] = {}
    for mark in reversed(marks):
        side, start = mark.step.side, tick_of(mark.start_s)
        end = start + UNSEEN_TOE_OFF_TICKS if mark.end_s is None else tick_of(mark.end_s)
        behind, limit = ahead.get(side, (None, None))
        # Doubled steps end together, none after a tick.
        limit = limit if behind == start else behind
        end = max(start + 1, end if limit is None else min(end, limit))
        ahead[side] = start, limit
        note = NOTES[side]
        velocity = 1 + round(126 * mark.step.strength)
        release = RELEASE_NOT_SEEN if mark.end_s is None else RELEASE_SEEN
        yield end, 0, mido.Message("note_off", channel=channel, note=note, velocity=release)
        yield start, 1, mido.Message("note_on", channel=channel, note=note, velocity=velocity)


def _track(name: str, events: Iterable[Event]) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name, time=0)])
    now = 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        while tick - now > LONGEST_DELTA_TICKS:
            track.append(mido.MetaMessage("text", text="", time=LONGEST_DELTA_TICKS))
            now += LONGEST_DELTA_TICKS
        message.time = tick - now
        track.append(message)
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=0))
    return track
