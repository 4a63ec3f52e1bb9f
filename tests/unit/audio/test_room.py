"""The convolution against a direct one; the computed rooms against what acoustics says of them."""

from __future__ import annotations

import numpy as np
import pytest

from foley_audio.domain.room import (
    GRID_SAMPLES,
    SOUNDING_ROOMS,
    ZONE_DISTANCES_M,
    Reverb,
    RoomResponse,
    zone_of,
)
from foley_audio.domain.types import Placement
from foley_audio.render.room_response import BAND_HZ, reverberation_s, room_response
from foley_common.sound import Room

ROOMS = sorted(SOUNDING_ROOMS)


def noise(seed: int, count: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).standard_normal(count)).astype(np.float32)


def response(length: int, rate_hz: int = 48_000) -> RoomResponse:
    return RoomResponse(
        noise(1, 9 * 2 * 4_000).reshape(9, 2, 4_000),
        noise(2, 2 * length).reshape(2, length),
        rate_hz,
    )


@pytest.mark.parametrize("length", [5_000, 16_384, 40_000])
def test_answers_are_the_convolution(length: int) -> None:
    room = response(length)
    reverb = Reverb(room)
    sends = [
        {2: noise(2, GRID_SAMPLES), 7: noise(3, GRID_SAMPLES)},
        {},
        {2: noise(4, GRID_SAMPLES)},
    ]
    answers = [reverb.answer(send) for send in sends]
    got = np.concatenate([np.zeros((GRID_SAMPLES, 2)) if a is None else a for a in answers]).T
    for side in range(2):
        want = np.zeros(3 * GRID_SAMPLES)
        for zone in (2, 7):
            sent = np.concatenate([s.get(zone, np.zeros(GRID_SAMPLES)) for s in sends])
            size = 4 * GRID_SAMPLES
            spectrum = np.fft.rfft(sent, size) * np.fft.rfft(room.of_zone(zone)[side], size)
            want += np.fft.irfft(spectrum)[: want.size]
        assert np.abs(got[side] - want).max() < 1e-4 * np.abs(want).max()


def test_a_silent_room_says_nothing_and_a_ringing_one_rings_out() -> None:
    reverb = Reverb(response(40_000))
    assert reverb.answer({}) is None
    click = np.zeros(GRID_SAMPLES, np.float32)
    click[-1] = 1.0
    assert reverb.answer({4: click}) is not None
    tail = reverb.answer({})
    assert tail is not None
    assert tail[:39_000].any()
    assert reverb.answer({}) is None


def test_96_khz_takes_longer_partitions() -> None:
    room = response(40_000, 96_000)
    click = np.zeros(GRID_SAMPLES, np.float32)
    click[0] = 1.0
    answer = Reverb(room).answer({0: click})
    assert answer is not None
    np.testing.assert_allclose(answer[:40_000].T, room.of_zone(0), atol=2e-5)


def test_zones_follow_pan_and_distance() -> None:
    assert [zone_of(Placement(pan, 0.0, 4.0)) for pan in (-0.7, 0.0, 0.7)] == [3, 4, 5]
    assert [zone_of(Placement(0.0, 0.0, m)) // 3 for m in (1.0, 4.0, 30.0)] == [0, 1, 2]


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(9, 2, m\)"):
        RoomResponse(np.zeros((2, 100), np.float32), np.zeros((2, 100), np.float32), 48_000)
    with pytest.raises(ValueError, match="n at least 100"):
        RoomResponse(np.zeros((9, 2, 100), np.float32), np.zeros((2, 99), np.float32), 48_000)


@pytest.mark.parametrize("room", ROOMS)
def test_the_reverberation_decays_as_eyring_says(room: Room) -> None:
    """Schroeder's backward integration of each octave band, from −5 to −25 dB."""
    impulses = room_response(room, 48_000).of_zone(4).astype(np.float64)
    count = impulses.shape[1]
    impulses = np.pad(
        impulses, ((0, 0), (0, count))
    )  # what the band filter rings before goes there
    hz = np.fft.rfftfreq(impulses.shape[1], 1 / 48_000)
    for band, expected_s in list(zip(BAND_HZ, reverberation_s(room), strict=True))[1:-1]:
        gain = (np.abs(np.log2(np.maximum(hz, 1) / band)) < 0.5).astype(float)
        part = np.fft.irfft(np.fft.rfft(impulses) * gain, impulses.shape[1])
        left = np.cumsum((part**2).sum(axis=0)[count::-1])[::-1]
        decay_db = 10 * np.log10(left / left[0] + 1e-12)
        start, end = int(np.argmax(decay_db < -5)), int(np.argmax(decay_db < -25))
        assert 3 * (end - start) / 48_000 == pytest.approx(expected_s, rel=0.25), band


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_answer_from_the_side_that_the_step_is_on_and_without_the_step_itself(
    room: Room,
) -> None:
    found = room_response(room, 48_000)
    assert found.heads.dtype == found.tail.dtype == np.float32
    early = found.heads[:, :, : found.shared_from // 2].astype(np.float64)  # no noise there yet
    assert not early[:, :, :24].any() or np.abs(early[:, :, :24]).max() < 0.2 * np.abs(early).max()
    for ring in range(len(ZONE_DISTANCES_M)):
        left, middle, right = early[3 * ring : 3 * ring + 3]
        # The room is symmetric: what the left step gives the left capsule, the right one gives the right.
        assert np.sum(left[0] ** 2) == pytest.approx(np.sum(right[1] ** 2), rel=0.02)
        assert np.sum(middle[0] ** 2) == pytest.approx(np.sum(middle[1] ** 2), rel=0.02)


def test_larger_rooms_ring_longer_and_less() -> None:
    tails = [room_response(room, 48_000).of_zone(4) for room in (Room.SMALL, Room.LARGE, Room.HALL)]
    energy = [float(np.sum(tail**2)) for tail in tails]
    assert energy == sorted(energy, reverse=True)
    assert tails[0].shape[1] < tails[1].shape[1] < tails[2].shape[1]


def test_a_response_is_the_same_every_time() -> None:
    first = room_response(Room.MEDIUM, 48_000)
    room_response.cache_clear()
    again = room_response(Room.MEDIUM, 48_000)
    assert again is not first
    np.testing.assert_array_equal(first.heads, again.heads)
    np.testing.assert_array_equal(first.tail, again.tail)
    assert room_response(Room.MEDIUM, 48_000) is again
