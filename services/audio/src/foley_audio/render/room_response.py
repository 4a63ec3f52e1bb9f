"""What rooms give back: early reflections by image sources (pyroomacoustics), and a reverberation of shaped noise.

A step sounds on the floor in front of a pair of cardioids. Image sources give the reflections until the room is mixed;
from there on every band of noise decays as Eyring's formula says, at the level that the image sources have reached.
Rooms and materials are typical ones, chosen by hand; absorption coefficients are those of pyroomacoustics' table.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from foley_audio.domain.air import SPEED_OF_SOUND_MPS, absorption_db_per_m
from foley_audio.domain.room import ZONE_AZIMUTHS_DEGREES, ZONE_DISTANCES_M, RoomResponse
from foley_audio.domain.transforms import quick_length
from foley_audio.domain.types import FloatArray
from foley_common.sound import Room

BAND_HZ = np.array([125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0])  # of the absorption table
SOURCE_HEIGHT_M = 0.02  # a sole; the library wants a source inside the room
CAPSULE_SPACING_M, CAPSULE_ANGLE_DEGREES = (
    0.17,
    55.0,
)  # ORTF, the usual pair of a near-coincident recording
MICROPHONE_HEIGHT_SHARE = 0.6  # of its distance to the step …
HIGHEST_MICROPHONE_M = 1.6  # … but no higher than a held boom hangs under a picture's lower edge
CLEARANCE_M = 0.4  # between a microphone or a step and the nearest wall
REFERENCE_RING = 1  # of the zone distances: the direct sound there has gain 1
# Taken off what physics says: the recordings that grounds are fitted to bring some of their own room; hand-set.
LEVEL_DB = -3.0
FADE_SHARE = 0.6  # reflections give way to noise from this share of the mixing time on
LONGEST_S = 3.0
DECAY_DB = 60.0  # where the reverberation is cut off
SEED = 20_261  # of the noise; the same in every render
_LIBRARY = threading.Lock()  # its number of threads is one per process


@dataclass(frozen=True, slots=True)
class Shoebox:
    """A typical room.

    Attributes:
        size_m: Across, into the depth, high.
        walls, far_wall, floor, ceiling: Names in pyroomacoustics' table of materials.
        mixing_s: From here on reflections are so many that noise stands for them.
    """

    size_m: tuple[float, float, float]
    walls: str
    far_wall: str
    floor: str
    ceiling: str
    mixing_s: float


SHOEBOXES = {
    # A bathroom or a corridor, towels or coats at its end: 0.6 s at 1 kHz.
    Room.SMALL: Shoebox(
        size_m=(2.4, 4.0, 2.5),
        walls="plasterboard",
        far_wall="curtains_fabric",
        floor="ceramic_tiles",
        ceiling="wooden_lining",
        mixing_s=0.04,
    ),
    # A furnished living room or an office: 0.5 s.
    Room.MEDIUM: Shoebox(
        size_m=(5.0, 6.5, 2.7),
        walls="wooden_lining",
        far_wall="curtains_fabric",
        floor="carpet_soft_10mm",
        ceiling="ceiling_plasterboard",
        mixing_s=0.05,
    ),
    # A classroom or a shop, with an acoustic ceiling: 0.6 s.
    Room.LARGE: Shoebox(
        size_m=(9.0, 13.0, 3.5),
        walls="wood_16mm",
        far_wall="wood_16mm",
        floor="linoleum_on_concrete",
        ceiling="acoustical_plaster_25mm",
        mixing_s=0.06,
    ),
    # A station or a church with some people in it: 2.3 s.
    Room.HALL: Shoebox(
        size_m=(18.0, 32.0, 12.0),
        walls="wooden_lining",
        far_wall="audience_1_m2",
        floor="marble_floor",
        ceiling="wooden_lining",
        mixing_s=0.1,
    ),
}


@lru_cache(maxsize=16)
def room_response(room: Room, sample_rate_hz: int) -> RoomResponse:
    """The response of a room; kept in memory once computed (a fraction of a second).

    Raises:
        KeyError: the room gives nothing back.
    """
    box = SHOEBOXES[room]
    mixing = round(box.mixing_s * sample_rate_hz)
    early = [
        pair
        for ring in range(len(ZONE_DISTANCES_M))
        for pair in _early_of_ring(box, ring, sample_rate_hz)
    ]
    longest = max(reflections.shape[1] for _, reflections in early)
    reference = early[REFERENCE_RING * len(ZONE_AZIMUTHS_DEGREES) + 1][0]
    scale = 10 ** (LEVEL_DB / 20) / math.sqrt(float(np.sum(reference**2)))
    reflections = np.zeros((_zone_count(), 2, max(longest, mixing)))
    for zone, (_, found) in enumerate(early):
        reflections[zone, :, : found.shape[1]] = scale * found
    tail = _tail(box, reflections, mixing, sample_rate_hz)
    fade_from = round(FADE_SHARE * mixing)
    ramp = np.cos(np.linspace(0, math.pi / 2, mixing - fade_from, endpoint=False))
    reflections[..., fade_from:mixing] *= ramp
    heads = tail[None, :, :mixing] + reflections[..., :mixing]
    return RoomResponse(heads.astype(np.float32), tail.astype(np.float32), sample_rate_hz)


def reverberation_s(room: Room) -> FloatArray:
    """Time to decay by 60 dB in each of `BAND_HZ`, after Eyring, with the air's part."""
    box = SHOEBOXES[room]
    width, depth, height = box.size_m
    absorbed = np.zeros(BAND_HZ.size)
    area_m2 = 0.0
    for material, face_m2 in (
        (box.floor, width * depth),
        (box.ceiling, width * depth),
        (box.far_wall, width * height),
        (box.walls, width * height + 2 * depth * height),
    ):
        absorbed += face_m2 * _coefficients(material)
        area_m2 += face_m2
    air = 4 * absorption_db_per_m(BAND_HZ) / (10 * math.log10(math.e)) * width * depth * height
    lost = -area_m2 * np.log(1 - absorbed / area_m2) + air
    return 24 * math.log(10) / SPEED_OF_SOUND_MPS * width * depth * height / lost


def _zone_count() -> int:
    return len(ZONE_DISTANCES_M) * len(ZONE_AZIMUTHS_DEGREES)


def _coefficients(material: str) -> FloatArray:
    """Absorption in each of `BAND_HZ`; tables that end at 4 kHz go on as they end."""
    from pyroomacoustics.parameters import materials_absorption_table

    found = list(materials_absorption_table[material]["coeffs"])
    found += [found[-1]] * (BAND_HZ.size - len(found))
    return np.asarray(found[: BAND_HZ.size], np.float64)


def _early_of_ring(
    box: Shoebox, ring: int, sample_rate_hz: int
) -> list[tuple[FloatArray, FloatArray]]:
    """`_early` of a ring's zones. Rooms, zones and microphones are symmetric: half of it is the other half mirrored."""
    count = len(ZONE_AZIMUTHS_DEGREES)
    found = [_early(box, ring, side, sample_rate_hz) for side in range(-(-count // 2))]
    return found + [(direct[::-1], early[::-1]) for direct, early in found[: count // 2][::-1]]


def _early(
    box: Shoebox, ring: int, side: int, sample_rate_hz: int
) -> tuple[FloatArray, FloatArray]:
    """The direct sound with the floor's part in it, and the reflections; sample 0 is when the direct sound arrives.

    Both have shape ``(2, n)``, left and right.
    """
    width, depth, height = box.size_m
    way = min(ZONE_DISTANCES_M[ring], depth - 2 * CLEARANCE_M)
    ear = min(HIGHEST_MICROPHONE_M, MICROPHONE_HEIGHT_SHARE * way, height - CLEARANCE_M)
    across = math.sqrt(way**2 - ear**2)
    azimuth = math.radians(ZONE_AZIMUTHS_DEGREES[side])
    microphone = (width / 2, (depth - across) / 2, ear)
    source = (
        min(width - CLEARANCE_M, max(CLEARANCE_M, width / 2 + across * math.sin(azimuth))),
        microphone[1] + across * math.cos(azimuth),
        SOURCE_HEIGHT_M,
    )
    order = math.ceil(SPEED_OF_SOUND_MPS * box.mixing_s / min(box.size_m)) + 1
    everything, direct = (
        _heard(box, source, microphone, sample_rate_hz, order=images, has_walls=has_walls)
        for images, has_walls in ((order, True), (1, False))
    )
    reflections = everything
    reflections[:, : direct.shape[1]] -= direct
    start = int(np.argmax(np.abs(direct).sum(axis=0)))
    return direct, reflections[:, start:]


def _heard(
    box: Shoebox,
    source: tuple[float, float, float],
    microphone: tuple[float, float, float],
    sample_rate_hz: int,
    *,
    order: int,
    has_walls: bool,
) -> FloatArray:
    """Impulse response in left and right, shape ``(2, n)``; without walls only the floor reflects.

    From the middle left and right hear the same, which is computed once.
    """
    import pyroomacoustics as pra
    from pyroomacoustics.directivities import CardioidFamily, DirectionVector

    def face(name: str, *, is_floor: bool = False) -> pra.Material:
        return pra.Material(name) if has_walls or is_floor else pra.Material(1.0)

    with _LIBRARY:
        pra.constants.set(
            "num_threads", 1
        )  # more would add in another order, and differ in the last bits
        shoebox: Any = pra.ShoeBox(
            list(box.size_m),
            fs=sample_rate_hz,
            materials={
                "floor": face(box.floor, is_floor=True),
                "ceiling": face(box.ceiling),
                "north": face(box.far_wall),
                "south": face(box.walls),
                "east": face(box.walls),
                "west": face(box.walls),
            },
            max_order=order,
            air_absorption=True,
        )
        shoebox.add_source(list(source))
        x, y, z = microphone
        sides = [-1] if source[0] == x else [-1, 1]  # left and right of the middle
        capsules = [
            CardioidFamily(
                orientation=DirectionVector(
                    azimuth=90 - side * CAPSULE_ANGLE_DEGREES, colatitude=90, degrees=True
                ),
                p=0.5,
            )
            for side in sides
        ]
        places = np.array([[x + side * CAPSULE_SPACING_M / 2, y, z] for side in sides]).T
        shoebox.add_microphone_array(
            pra.MicrophoneArray(places, sample_rate_hz, directivity=capsules)
        )
        shoebox.compute_rir()
        answers = [found[0] for found in shoebox.rir]
    answers = [answers[0], answers[-1]]
    out = np.zeros((2, max(len(answer) for answer in answers)))
    for side, answer in enumerate(answers):
        out[side, : len(answer)] = answer
    return out


def _tail(box: Shoebox, reflections: FloatArray, mixing: int, sample_rate_hz: int) -> FloatArray:
    """Decaying noise in left and right, shape ``(2, n)``, faded in where the reflections fade out."""
    room = next(name for name, known in SHOEBOXES.items() if known is box)
    decay_s = reverberation_s(room) * DECAY_DB / 60
    # a length with small factors: others take ten times the memory to transform
    count = quick_length(mixing + round(min(LONGEST_S, float(decay_s.max())) * sample_rate_hz))
    fade_from = round(FADE_SHARE * mixing)
    dice = np.random.default_rng(SEED + list(SHOEBOXES).index(room))
    heard = _bands(
        reflections[..., fade_from:mixing].reshape(-1, mixing - fade_from), sample_rate_hz
    )
    noises = _bands(dice.standard_normal((2, count)), sample_rate_hz)
    time_s = (np.arange(count) - (fade_from + mixing) / 2) / sample_rate_hz
    out = np.zeros((2, count))
    for measured, noise, decay in zip(heard, noises, reverberation_s(room), strict=True):
        reached = float(np.mean(measured**2))  # in the middle of the fade
        level = math.sqrt(reached / float(np.mean(noise**2)))
        out += level * noise * np.exp(-3 * math.log(10) * time_s / decay)
    out[:, :fade_from] = 0.0
    out[:, fade_from:mixing] *= np.sin(
        np.linspace(0, math.pi / 2, mixing - fade_from, endpoint=False)
    )
    end = round(0.02 * sample_rate_hz)
    out[:, -end:] *= np.linspace(1, 0, end)
    return out


def _bands(signals: FloatArray, sample_rate_hz: int) -> Iterator[FloatArray]:
    """Octave bands of signals, one after the other; their gains add up to one, the outer ones reach to the ends."""
    length = signals.shape[-1]
    octaves = np.log2(np.maximum(np.fft.rfftfreq(length, 1 / sample_rate_hz), 1.0) / BAND_HZ[0])
    spectra = np.fft.rfft(signals)
    for band in range(BAND_HZ.size):
        place = np.clip(octaves, 0, BAND_HZ.size - 1) - band
        gain = np.where(np.abs(place) < 1, np.cos(math.pi / 2 * place) ** 2, 0.0)
        yield np.fft.irfft(spectra * gain, length)
