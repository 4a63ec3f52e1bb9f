"""Sounds become stems, at the sample: dry steps per foot, layers per person, what the rooms give back.

Time is cut into blocks of fixed length from the programme's start, and every sample is the sum of the same numbers in
the same order whatever else is asked for: whether stems are wanted does not change their sum. Memory holds what sounds
in the current block, nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from foley_audio.domain.air import heard_from
from foley_audio.domain.room import (
    GRID_SAMPLES,
    SOUNDING_ROOMS,
    Reverb,
    RoomSource,
    zone_of,
)
from foley_audio.domain.space import microphone_m, pan_gains
from foley_audio.domain.types import FootstepCue, SampleArray, StepSound
from foley_common.footsteps import Side
from foley_common.sound import Room, StemKind

LONGEST_LEAD_S = 0.1  # no step sounds earlier than this before its contact
LONGEST_LAYER_LEAD_S = 2.0  # no layer sounds earlier than this before its person's first contact
PROGRAMME_FADE_S = (
    0.005  # the end of the bus fades, so that a step cut by the end of the video does not click
)
TAIL_LEAD_S = 0.02  # a tail begins so long before the end: longer than the fade there and what the limiter sees of it
CUT_RISE_S = 0.001  # what the start of the video cuts rises so fast: faster clicks, slower takes the attack away
CUT_SILENCE = 1e-4  # of a sound's peak: what is cut and no louder than this leaves no edge


OnStep = Callable[[SampleArray, tuple[float, ...]], None]


class StepVoice(Protocol):
    """Makes the sound of one cue. The same cue always gives the same sound."""

    def __call__(self, cue: FootstepCue, /) -> StepSound:
        """Mono sound of the cue, dry and from close by: level, colour and room of its place come later."""
        ...


class LayerVoice(Protocol):
    """Makes what moves along with one person, beside the steps: clothes."""

    def __call__(self, cues: Sequence[FootstepCue], /) -> Iterator[tuple[int, SampleArray]]:
        """Pieces of mono sound, shape ``(n,)``, each with the sample of the programme at which it starts.

        Starts may be negative and never decrease; the first is at most `LONGEST_LAYER_LEAD_S` before the first cue. The
        same cues always give the same pieces.

        Args:
            cues: Of one person, in order.
        """
        ...


@dataclass(frozen=True, slots=True)
class StemKey:
    """Which part of the footsteps a sound belongs to.

    Attributes:
        kind: Foot, cloth or room.
        track_id: Whose; 0 for a room.
        side: Which foot; None for everything but feet.
    """

    kind: StemKind
    track_id: int = 0
    side: Side | None = None

    @property
    def name(self) -> str:
        """For people, for example ``track-1-left``."""
        if self.kind is StemKind.ROOM:
            return self.kind.value
        return f"track-{self.track_id}-{self.side.value if self.side else self.kind.value}"


ROOM_STEM = StemKey(StemKind.ROOM)


@dataclass(frozen=True, slots=True)
class Voices:
    """Everything that makes sound.

    Attributes:
        step: The steps.
        layers: What else moves along with every person.
        room: Responses of rooms.
    """

    step: StepVoice
    layers: Mapping[StemKind, LayerVoice]
    room: RoomSource


@dataclass(frozen=True, slots=True)
class FoleyShape:
    """Length and channels of a programme's footsteps.

    Attributes:
        total_samples: Length of the programme.
        sample_rate_hz: Of the programme.
        channel_count: 2 (left, right) or 3 (left, centre, right).
        most_tail_samples: What still sounds after the programme is made too, no further than so.
    """

    total_samples: int
    sample_rate_hz: int
    channel_count: int = 2
    most_tail_samples: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """One sound that is placed: ``start`` may lie before the programme."""

    start: int
    stem: StemKey
    dry: SampleArray
    coloured: SampleArray
    gains: tuple[float, ...]
    room: Room
    zone: int

    @property
    def end(self) -> int:
        return self.start + self.coloured.size


def stem_keys(cues: Sequence[FootstepCue], layers: Mapping[StemKind, LayerVoice]) -> list[StemKey]:
    """The stems that a programme has, in the order in which they are summed."""
    feet = {(cue.track_id, cue.spec.side) for cue in cues}
    keys = [
        StemKey(StemKind.FOOT, track_id, side)
        for track_id, side in sorted(feet, key=lambda foot: (foot[0], foot[1].value))
    ]
    tracks = sorted({track_id for track_id, _ in feet})
    keys += [StemKey(kind, track_id) for kind in sorted(layers) for track_id in tracks]
    if any(cue.room in SOUNDING_ROOMS for cue in cues):
        keys.append(ROOM_STEM)
    return keys


def tail_start(total_samples: int, sample_rate_hz: int) -> int:
    """Sample of a programme at which its tail begins: from here on the tail stands in its place."""
    return max(0, total_samples - round(TAIL_LEAD_S * sample_rate_hz))


def foley_blocks(
    cues: Sequence[FootstepCue],
    voices: Voices,
    shape: FoleyShape,
    *,
    on_step: OnStep = lambda _sound, _gains: None,
) -> Iterator[dict[StemKey, SampleArray]]:
    """The footsteps alone, stem by stem, as if the picture went on.

    The contact of a step, ``contact_index`` of its sound, stands exactly at the cue's ``onset_sample``. What would lie
    before the first sample of the programme is cut, and rises there, so that no edge clicks; for its end see `cut`.

    Args:
        cues: In order of ``onset_sample``.
        voices: Makes each step's sound, when its block comes.
        shape: Of the programme. Blocks after it come as long as anything sounds and ``most_tail_samples`` allow.
        on_step: Called once per cue, in order, with its coloured sound, shape ``(n,)``, and the channels' gains.

    Yields:
        Blocks of `GRID_SAMPLES`, together at least ``total_samples`` long: shape ``(GRID_SAMPLES, channels)`` per stem;
        stems that are silent in a block are left out.
    """
    rate, total = shape.sample_rate_hz, shape.total_samples
    streams = _streams(cues, voices, shape, on_step)
    sounding: list[_Piece] = []
    reverbs: dict[Room, Reverb] = {}
    for start in range(0, total + shape.most_tail_samples, GRID_SAMPLES):
        end = start + GRID_SAMPLES
        for stream in streams:
            sounding += stream.until(end)
        parts, sends = _summed(sounding, start, shape.channel_count)
        for room in sends.keys() - reverbs.keys():
            reverbs[room] = Reverb(voices.room(room, rate))
        for room in sorted(reverbs):
            answer = reverbs[room].answer(sends.get(room, {}))
            if answer is not None:
                _add_room(parts, answer, shape.channel_count)
        sounding = [piece for piece in sounding if piece.end > end]
        is_over = not parts and not sounding and all(stream.has_ended for stream in streams)
        if start >= total and is_over:
            return
        yield parts


def cut(
    parts: Mapping[StemKey, SampleArray], start: int, shape: FoleyShape
) -> dict[StemKey, SampleArray]:
    """A block of `foley_blocks` from sample ``start`` on: a fade to the programme's end, and nothing after it."""
    total, fade = shape.total_samples, round(PROGRAMME_FADE_S * shape.sample_rate_hz)
    count = min(GRID_SAMPLES, total - start)
    if count <= 0:
        return {}
    if start + count <= total - fade:
        return dict(parts)
    left = total - np.arange(start, start + count)
    gain = np.minimum(1.0, left / max(1, min(fade, total))).astype(np.float32)
    return {key: part[:count] * gain[:, None] for key, part in parts.items()}


def sum_of(parts: Mapping[StemKey, SampleArray], keys: Sequence[StemKey]) -> SampleArray | None:
    """All stems of a block together, shape ``(n, channels)``; None when all are silent.

    What sounds alone is returned as it is.
    """
    heard = [parts[key] for key in keys if key in parts]
    if len(heard) < 2:
        return heard[0] if heard else None
    total = heard[0] + heard[1]
    for part in heard[2:]:
        total += part
    return total


def as_stereo(block: SampleArray) -> SampleArray:
    """Any channel layout to stereo, shape ``(n, channels)`` to ``(n, 2)``.

    Mono goes to both sides at −3.01 dB, so that it keeps its loudness. More than two channels are folded down after
    ITU-R BS.775 in FFmpeg's order (L R C LFE Ls Rs …): centre and surrounds at −3.01 dB, LFE left out. The sum is not
    scaled here; the programme's loudness and ceiling are settled later, in one place.
    """
    channels = block.shape[1]
    half = np.float32(np.sqrt(0.5))
    if channels == 1:
        return np.repeat(block * half, 2, axis=1)
    if channels == 2:
        return block
    left, right = block[:, 0].copy(), block[:, 1].copy()
    left += half * block[:, 2]
    right += half * block[:, 2]
    first_surround = 4 if channels >= 6 else 3
    for channel in range(first_surround, channels):
        side = left if (channel - first_surround) % 2 == 0 else right
        side += half * block[:, channel]
    return np.stack([left, right], axis=1)


class _Stream:
    """Pieces in order of their starts, none more than ``lead`` before an earlier one; opened when its time comes."""

    def __init__(self, pieces: Iterator[_Piece], *, opens: int, lead: int) -> None:
        self._pieces = pieces
        self._lead = lead
        self._horizon: float = opens  # no piece to come starts before this

    @property
    def has_ended(self) -> bool:
        """True when every piece was given."""
        return self._horizon == math.inf

    def until(self, end: int) -> Iterator[_Piece]:
        """All pieces that start before a sample, and perhaps some after it; each is given once."""
        while self._horizon < end:
            piece = next(self._pieces, None)
            if piece is None:
                self._horizon = math.inf
                return
            self._horizon = max(self._horizon, piece.start - self._lead)
            yield piece


def _streams(
    cues: Sequence[FootstepCue],
    voices: Voices,
    shape: FoleyShape,
    on_step: OnStep,
) -> list[_Stream]:
    """The steps, and the layers of every person."""
    lead = round(LONGEST_LEAD_S * shape.sample_rate_hz)
    streams = [_Stream(_step_pieces(cues, voices.step, shape, on_step), opens=-lead, lead=lead)]
    by_track: dict[int, list[FootstepCue]] = {}
    for cue in cues:
        by_track.setdefault(cue.track_id, []).append(cue)
    layer_lead = round(LONGEST_LAYER_LEAD_S * shape.sample_rate_hz)
    for kind in sorted(voices.layers):
        for track_id in sorted(by_track):
            own = by_track[track_id]
            pieces = _layer_pieces(StemKey(kind, track_id), own, voices.layers[kind], shape)
            streams.append(_Stream(pieces, opens=own[0].onset_sample - layer_lead, lead=0))
    return streams


def _step_pieces(
    cues: Sequence[FootstepCue],
    voice: StepVoice,
    shape: FoleyShape,
    on_step: OnStep,
) -> Iterator[_Piece]:
    for cue in cues:
        sound = voice(cue)
        stem = StemKey(StemKind.FOOT, cue.track_id, cue.spec.side)
        start = cue.onset_sample - sound.contact_index
        piece = _placed(start, sound.samples, stem, cue, shape)
        on_step(piece.coloured, piece.gains)
        yield piece


def _layer_pieces(
    stem: StemKey, cues: Sequence[FootstepCue], voice: LayerVoice, shape: FoleyShape
) -> Iterator[_Piece]:
    """Each piece stands where its person's nearest step does."""
    onsets = np.array([cue.onset_sample for cue in cues])
    for start, sound in voice(cues):
        cue = cues[int(np.argmin(np.abs(onsets - (start + sound.size // 2))))]
        yield _placed(start, sound, stem, cue, shape)


def _placed(
    start: int, dry: SampleArray, stem: StemKey, cue: FootstepCue, shape: FoleyShape
) -> _Piece:
    """A sound where a cue is."""
    placement = cue.placement
    level = 10 ** (placement.gain_db / 20)
    coloured = heard_from(
        dry,
        distance_m=placement.distance_m,
        microphone_m=microphone_m(placement),
        rate_hz=shape.sample_rate_hz,
    )
    gains = tuple(level * gain for gain in pan_gains(placement.pan, shape.channel_count))
    rise = round(CUT_RISE_S * shape.sample_rate_hz)
    dry, coloured = _risen(dry, -start, rise), _risen(coloured, -start, rise)
    return _Piece(start, stem, dry, coloured, gains, cue.room, zone_of(placement))


def _risen(sound: SampleArray, cut: int, rise: int) -> SampleArray:
    """A sound whose first ``cut`` samples are not heard, made to rise behind them; the same where they are silent."""
    if not 0 < cut < sound.size or np.abs(sound[:cut]).max() <= CUT_SILENCE * np.abs(sound).max():
        return sound
    risen = sound.copy()
    part = risen[cut : cut + rise]
    part *= (np.sin((np.arange(part.size) + 0.5) * (np.pi / 2 / rise)) ** 2).astype(np.float32)
    return risen


def _summed(
    pieces: Sequence[_Piece], start: int, channel_count: int
) -> tuple[dict[StemKey, SampleArray], dict[Room, dict[int, SampleArray]]]:
    """The dry stems of a block, and what sounds in the zones of its rooms."""
    parts: dict[StemKey, SampleArray] = {}
    sends: dict[Room, dict[int, SampleArray]] = {}
    for piece in pieces:
        if piece.start >= start + GRID_SAMPLES or piece.end <= start:
            continue
        if piece.stem not in parts:
            parts[piece.stem] = np.zeros((GRID_SAMPLES, channel_count), np.float32)
        _add_panned(parts[piece.stem], start, piece)
        if piece.room in SOUNDING_ROOMS:
            zones = sends.setdefault(piece.room, {})
            if piece.zone not in zones:
                zones[piece.zone] = np.zeros(GRID_SAMPLES, np.float32)
            sound, there = _overlap(start, piece.dry, piece.start)
            zones[piece.zone][there] += sound
    return parts, sends


def _add_panned(block: SampleArray, block_start: int, piece: _Piece) -> None:
    """Add a piece to a stem's block, shape ``(n, channels)``, which starts at a sample of the programme."""
    sound, there = _overlap(block_start, piece.coloured, piece.start)
    if len(piece.gains) == 2:
        # Left and right as one complex number take half the time.
        block.view(np.complex64)[there, 0] += sound * np.complex64(complex(*piece.gains))
        return
    for channel, gain in enumerate(piece.gains):
        if gain:
            block[there, channel] += sound * np.float32(gain)


def _overlap(block_start: int, sound: SampleArray, start: int) -> tuple[SampleArray, slice]:
    """What of a sound lies in a block, and where in it."""
    first = max(block_start, start)
    last = max(first, min(block_start + GRID_SAMPLES, start + sound.size))
    return sound[first - start : last - start], slice(first - block_start, last - block_start)


def _add_room(parts: dict[StemKey, SampleArray], answer: SampleArray, channel_count: int) -> None:
    """What a room gives back stands left and right: it comes from the walls, not from the step."""
    if channel_count == 2:
        parts[ROOM_STEM] = answer if ROOM_STEM not in parts else parts[ROOM_STEM] + answer
        return
    if ROOM_STEM not in parts:
        parts[ROOM_STEM] = np.zeros((GRID_SAMPLES, channel_count), np.float32)
    parts[ROOM_STEM][:, 0] += answer[:, 0]
    parts[ROOM_STEM][:, -1] += answer[:, 1]
