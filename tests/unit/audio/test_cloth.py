from __future__ import annotations

import itertools

import numpy as np
import pytest

from foley_audio.domain.cloth import USUAL_SWING_S, LegSwing, cloth_pieces, leg_swings

RATE_HZ = 48_000


def walk(count: int, step_s: float = 0.55, strength: float = 0.5) -> list[LegSwing]:
    contacts = [1.0 + step_s * i for i in range(count)]
    return leg_swings(
        contacts,
        [t + 1.24 * step_s for t in contacts],
        [strength] * count,
        [i % 2 == 0 for i in range(count)],
    )


def summed(swings: list[LegSwing], seed: int = 1, rate_hz: int = RATE_HZ) -> np.ndarray:
    out = np.zeros(round((swings[-1].end_time_s + 1) * rate_hz))
    for start, piece in cloth_pieces(swings, seed=seed, sample_rate_hz=rate_hz):
        out[start : start + piece.size] += piece
    return out


def test_a_swing_goes_from_toe_off_to_the_same_foots_next_contact() -> None:
    swings = leg_swings([0.5, 1.0, 1.6], [1.2, None, 2.2], [0.5, 0.4, 0.9], [True, False, True])
    assert [round(s.start_time_s, 2) for s in swings] == [
        round(0.5 - USUAL_SWING_S, 2),
        round(1.0 - USUAL_SWING_S, 2),
        1.2,
    ]
    assert swings[-1] == LegSwing(1.2, 1.6, 0.9)


def test_a_missed_contact_gives_no_endless_swing() -> None:
    swings = leg_swings([0.5, 9.0], [1.1, 9.6], [0.5, 0.5], [True, True])
    assert swings[1].start_time_s == pytest.approx(9.0 - USUAL_SWING_S)


def test_cloth_is_loudest_while_the_legs_pass_and_silent_at_contacts() -> None:
    swings = walk(40)
    sound = summed(swings)
    envelope = np.sqrt(np.convolve(sound**2, np.ones(960) / 960, "same"))
    passing = [envelope[round(RATE_HZ * (s.start_time_s + s.end_time_s) / 2)] for s in swings[2:]]
    ends = [envelope[round(RATE_HZ * s.end_time_s)] for s in swings[2:]]
    assert np.median(passing) > 5 * np.median(ends)


def test_the_same_seed_gives_the_same_bytes_and_another_person_other_cloth() -> None:
    swings = walk(6)
    one, again, other = summed(swings), summed(swings), summed(swings, seed=2)
    assert one.tobytes() == again.tobytes()
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


def test_pieces_are_clean_and_in_order() -> None:
    pieces = list(cloth_pieces(walk(30), seed=3, sample_rate_hz=RATE_HZ))
    assert all(a[0] <= b[0] for a, b in itertools.pairwise(pieces))
    for _, piece in pieces:
        assert piece.dtype == np.float32
        assert np.isfinite(piece).all()
        peak = np.abs(piece).max()
        assert 0 < peak < 0.1
        assert abs(piece.mean()) < 1e-6
        assert max(abs(piece[0]), abs(piece[-1])) < 1e-3 * peak


def test_faster_and_harder_is_louder_and_faster_is_brighter() -> None:
    def level_and_centroid(swings: list[LegSwing]) -> tuple[float, float]:
        sound = summed(swings)
        power = np.abs(np.fft.rfft(sound)) ** 2
        hz = np.fft.rfftfreq(sound.size, 1 / RATE_HZ)
        return float(sound @ sound) / len(swings), float((hz * power).sum() / power.sum())

    slow, fast = level_and_centroid(walk(30, 0.65)), level_and_centroid(walk(30, 0.4))
    soft, hard = (level_and_centroid(walk(30, strength=s)) for s in (0.2, 0.8))
    assert fast[0] > slow[0]
    assert hard[0] > 2 * soft[0]


def test_no_two_swings_are_alike() -> None:
    pieces = [p for _, p in cloth_pieces(walk(40), seed=4, sample_rate_hz=RATE_HZ)]
    spectra = [np.fft.rfft(p / np.linalg.norm(p), 1 << 16) for p in pieces]
    highest = max(
        float(np.abs(np.fft.irfft(a * np.conj(b))).max())
        for a, b in itertools.combinations(spectra, 2)
    )
    assert highest < 0.95


def test_96_khz_is_as_loud() -> None:
    low, high = summed(walk(40)), summed(walk(40), rate_hz=2 * RATE_HZ)
    ratio_db = 10 * np.log10((high @ high) / 2 / (low @ low))
    assert abs(ratio_db) < 1.5


def test_nobody_walking_is_silent() -> None:
    assert list(cloth_pieces([], seed=1, sample_rate_hz=RATE_HZ)) == []
