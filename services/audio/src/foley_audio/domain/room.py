"""The room that steps sound in: which one, where in it, and what it gives back.

A room answers every step with reflections that depend on where the step is (a few zones) and with a reverberation that
is the same everywhere. Both are one impulse response per zone; the answers are computed by convolution in blocks of
fixed length from the programme's start, so that the result does not depend on how a programme is cut.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from foley_audio.domain.space import PAN_WIDTH, microphone_m
from foley_audio.domain.transforms import ifft, rfft
from foley_audio.domain.types import ComplexArray, Placement, SampleArray
from foley_common.sound import Room
from foley_common.surfaces import Place, RoomSize, SurfaceAnswer

GRID_SAMPLES = 1 << 17  # a room takes and gives so many samples at a time; 2.7 s at 48 kHz
PARTITION_SAMPLES = 1 << 14  # of the convolution at 48 kHz, 0.34 s: the quickest of those measured
BASE_RATE_HZ = 48_000
ROWS_AT_ONCE = 4  # of partitions: so many transforms take no longer than three
HALF_VIEW_DEGREES = 30.0  # the picture's edge seen from the camera: a lens of 60° horizontal angle
ZONE_AZIMUTHS_DEGREES = (-20.0, 0.0, 20.0)
ZONE_DISTANCES_M = (0.6, 1.4, 4.0)  # of the microphone; nearest by ratio
INAUDIBLE_DB = (
    -75.0
)  # of a partition's spectrum below the response's loudest bin; such bins are left out
_ROOM_OF_SIZE = {
    RoomSize.SMALL: Room.SMALL,
    RoomSize.MEDIUM: Room.MEDIUM,
    RoomSize.LARGE: Room.LARGE,
    RoomSize.HALL: Room.HALL,
}
SOUNDING_ROOMS = frozenset(_ROOM_OF_SIZE.values())
"""Rooms that give something back; under the sky nothing does."""


@dataclass(frozen=True, slots=True)
class RoomResponse:
    """What a room gives back for a unit impulse on its floor, in left and right.

    Attributes:
        heads: shape ``(zones, 2, m)``: how it begins in each zone; the direct sound is not in it. Loudness is relative
            to the direct sound at the reference distance.
        tail: shape ``(2, n)``: how it goes on after ``m`` samples, where the reverberation is the same everywhere; what
            stands before is not used.
        sample_rate_hz: Of both.
    """

    heads: SampleArray
    tail: SampleArray
    sample_rate_hz: int

    def __post_init__(self) -> None:
        zones = len(ZONE_DISTANCES_M) * len(ZONE_AZIMUTHS_DEGREES)
        if self.heads.ndim != 3 or self.heads.shape[:2] != (zones, 2):
            raise ValueError(f"heads must have shape ({zones}, 2, m), got {self.heads.shape}")
        if self.tail.ndim != 2 or self.tail.shape[0] != 2 or self.tail.shape[1] < self.shared_from:
            raise ValueError(
                f"tail must have shape (2, n), n at least {self.shared_from}, got {self.tail.shape}"
            )

    @property
    def shared_from(self) -> int:
        """Sample from which on the reverberation is the same everywhere."""
        return int(self.heads.shape[2])

    def of_zone(self, zone: int) -> SampleArray:
        """The whole response of a zone, shape ``(2, n)``."""
        return np.concatenate([self.heads[zone], self.tail[:, self.shared_from :]], axis=1)


RoomSource = Callable[[Room, int], RoomResponse]
"""Gives the response of a sounding room at a sampling rate; the same pair always gives the same numbers."""


def room_of(answer: SurfaceAnswer | None, asked: Room) -> Room:
    """The room that a step sounds in.

    `AUTO` follows the look at the ground: indoors the room of its size (a medium one where the size is not known),
    outdoors and where the place is not known the open air.
    """
    if asked is not Room.AUTO:
        return asked
    if answer is None or answer.place is not Place.INDOOR:
        return Room.OUTDOOR
    return Room.MEDIUM if answer.room_size is None else _ROOM_OF_SIZE[answer.room_size]


def zone_of(placement: Placement) -> int:
    """The zone of a room that a step is in: distance times three plus side."""
    azimuth = HALF_VIEW_DEGREES * placement.pan / PAN_WIDTH
    side = min(
        range(len(ZONE_AZIMUTHS_DEGREES)), key=lambda i: abs(ZONE_AZIMUTHS_DEGREES[i] - azimuth)
    )
    way = microphone_m(placement)
    ring = min(range(len(ZONE_DISTANCES_M)), key=lambda i: abs(math.log(ZONE_DISTANCES_M[i] / way)))
    return ring * len(ZONE_AZIMUTHS_DEGREES) + side


class Reverb:
    """One room's answer to what is sent into its zones, `GRID_SAMPLES` at a time, from the programme's start on."""

    def __init__(self, response: RoomResponse) -> None:
        size = PARTITION_SAMPLES * max(1, response.sample_rate_hz // BASE_RATE_HZ)
        if response.shared_from > size:
            raise ValueError(f"shared_from must be at most {size}, got {response.shared_from}")
        count = -(-response.tail.shape[1] // size)
        tail = np.zeros((2, count * size), np.float32)
        tail[:, : response.tail.shape[1]] = response.tail
        first = np.repeat(tail[None, :, :size], len(response.heads), axis=0)
        first[..., : response.shared_from] = response.heads
        self._size = size
        whole = _spectra(first)
        self._first = _of_pair(whole)
        self._late = [
            _of_pair(_significant(_spectra(tail[:, p * size : (p + 1) * size]), whole))
            for p in range(1, count)
        ]
        self._rows = rows = min(ROWS_AT_ONCE, GRID_SAMPLES // size)
        # What was heard in the rooms' zones together: rows of before that still sound late, and those of now.
        self._heard = np.zeros((len(self._late) + rows, size + 1), np.complex64)
        self._sounds = np.zeros(len(self._heard), np.bool_)  # which of these rows are not silence
        self._carry = np.zeros((size, 2), np.float32)
        self._carries = False  # whether it is not silence
        # What is worked with, kept: to ask for new memory every time takes longer than some of the work.
        self._padded = np.zeros((rows, 2 * size), np.float32)
        self._row, self._row_before = np.empty((2, 2 * size), np.complex64)
        self._half, self._product = np.empty((2, size + 1), np.complex64)

    def answer(self, sends: Mapping[int, SampleArray]) -> SampleArray | None:
        """What comes back during the next `GRID_SAMPLES`, shape ``(GRID_SAMPLES, 2)``; None for nothing.

        Args:
            sends: Zone to what sounds there, shape ``(GRID_SAMPLES,)``; zones without sound are left out.
        """
        step = self._rows * self._size
        out = np.empty((GRID_SAMPLES, 2), np.float32)
        sounds = [
            self._answer_some(
                {zone: sent[start : start + step] for zone, sent in sends.items()},
                out[start : start + step].reshape(self._rows, self._size, 2),
            )
            for start in range(0, GRID_SAMPLES, step)
        ]
        return out if any(sounds) else None

    def _answer_some(self, sends: Mapping[int, SampleArray], out: SampleArray) -> bool:
        """What comes back during the next few rows, onto ``out``, shape ``(rows, size, 2)``; whether anything does.

        A few at a time: what is worked with stays in the processor's cache.
        """
        size, rows, late = self._size, self._rows, len(self._late)
        self._heard[:late] = self._heard[rows:].copy()
        self._sounds[:late] = self._sounds[rows:].copy()
        self._sounds[late:] = False
        early = self._listen(sends)
        sounds = False
        for row in range(rows):
            # A row answers to itself, and to as many before it as there are late partitions.
            answers = bool(self._sounds[row : row + late + 1].any())
            sounds |= answers or self._carries
            if not answers:
                out[row] = self._carry if self._carries else 0
                self._carries = False
                continue
            piece = self._answer_row(row, early[row])
            if self._carries:
                np.add(self._carry, piece[:size], out=out[row])
            else:
                out[row] = piece[:size]
            # What comes after stays where it is while the next row is worked on.
            self._row, self._row_before, self._carry = self._row_before, self._row, piece[size:]
            self._carries = True
        return sounds

    def _listen(self, sends: Mapping[int, SampleArray]) -> list[list[tuple[int, ComplexArray]]]:
        """Take what sounds now; for every row the zones that it sounds in, and the spectrum there."""
        size, rows, late = self._size, self._rows, len(self._late)
        early: list[list[tuple[int, ComplexArray]]] = [[] for _ in range(rows)]
        for zone in sorted(sends):
            by_row = sends[zone].reshape(rows, size)
            # `any` takes three times as long
            sounding = np.flatnonzero((by_row.max(axis=1) != 0) | (by_row.min(axis=1) != 0))
            if not sounding.size:
                continue
            self._padded[: sounding.size, :size] = by_row[sounding]
            spectra = rfft(self._padded)  # one of three rows takes longer than one of four
            for spectrum, row in zip(spectra, sounding.tolist(), strict=False):
                heard = self._heard[late + row]
                if self._sounds[late + row]:
                    heard += spectrum
                else:
                    heard[:] = spectrum
                self._sounds[late + row] = True
                early[row].append((zone, spectrum))
        return early

    def _answer_row(self, row: int, early: Sequence[tuple[int, ComplexArray]]) -> SampleArray:
        """What comes back to a row and what sounded before it, shape ``(2 * size, 2)``; good until the call after next.

        Left and right are the real and the imaginary part of one signal, which takes one transform for both: the half
        of its spectrum above 0 Hz is that of left plus i times right, the other half mirrors left minus i times right.
        """
        size = self._size
        self._answer_half(self._row[: size + 1], row, 0, early)
        self._answer_half(self._half, row, 1, early)
        np.conjugate(self._half, out=self._half)
        # As whole numbers of 8 bytes: complex ones are copied backwards in twice the time.
        self._row[size + 1 :].view(np.int64)[:] = self._half[size - 1 : 0 : -1].view(np.int64)
        return ifft(self._row, out=self._row).view(np.float32).reshape(2 * size, 2)

    def _answer_half(
        self, total: ComplexArray, row: int, half: int, early: Sequence[tuple[int, ComplexArray]]
    ) -> None:
        """One half of the spectrum of `_answer_row`, onto ``total``, shape ``(size + 1,)``."""
        late = len(self._late)
        terms = [(spectrum, self._first[zone, half]) for zone, spectrum in early]
        terms += [
            (self._heard[late - p + row, : partition.shape[1]], partition[half])
            for p, partition in enumerate(self._late, 1)
            if self._sounds[late - p + row]
        ]
        is_empty = True
        for spectrum, response in terms:
            bins = spectrum.size
            if is_empty:
                np.multiply(spectrum, response, out=total[:bins])
                total[bins:] = 0
                is_empty = False
            else:
                total[:bins] += np.multiply(spectrum, response, out=self._product[:bins])


def _spectra(signals: SampleArray) -> ComplexArray:
    """Spectra along the last axis, as much silence after every signal as it is long."""
    padded = np.zeros((*signals.shape[:-1], 2 * signals.shape[-1]), np.float32)
    padded[..., : signals.shape[-1]] = signals
    return rfft(padded)


def _of_pair(spectra: ComplexArray) -> ComplexArray:
    """Of spectra of left and right, shape ``(…, 2, bins)``: left plus i times right, and left minus i times right."""
    left, right = spectra[..., 0, :], spectra[..., 1, :]
    turned = np.complex64(1j) * right
    return np.stack([left + turned, left - turned], axis=-2).astype(np.complex64, copy=False)


def _significant(partition: ComplexArray, whole: ComplexArray) -> ComplexArray:
    """A partition's spectrum, shape ``(2, bins)``, up to the last bin that can be heard: late sound has no treble."""
    level = np.abs(partition).max(axis=0)
    heard = np.flatnonzero(level > float(np.abs(whole).max()) * 10 ** (INAUDIBLE_DB / 20))
    return np.ascontiguousarray(partition[:, : int(heard[-1]) + 1 if heard.size else 0])
