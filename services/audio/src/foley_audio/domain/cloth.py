"""Trousers and jacket: quiet friction that swells with every swing of a leg, a voice of its own beside the steps.

Cloth rubs where a swinging leg passes the standing one. Its sound follows the speed of the rub: nothing while both feet
stand, most when the legs pass, more and brighter the faster they do. A piece of cloth sound is made per swing, from a
foot's toe-off to its next contact; pieces of both legs overlap as the swings do and are simply added.

Every person wears something else: colour and weave are drawn once per person, from the seed alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from foley_audio.domain.cues import step_seed
from foley_audio.domain.filterbank import ENGINE_RATE_HZ
from foley_audio.domain.synthesis import STEP_SCALE
from foley_audio.domain.transforms import irfft
from foley_audio.domain.types import FloatArray, SampleArray

LEVEL_DB = (
    -20.0
)  # energy of a usual swing against a medium step; cloth is felt, not heard; hand-set
USUAL_SWING_S = 0.42  # 38 % of a 1.1 s stride, textbook walking
SHORTEST_SWING_S, LONGEST_SWING_S = (
    0.15,
    0.8,
)  # outside, a contact was missed: the usual swing is taken
USUAL_STRENGTH = 0.5
LEVEL_DB_PER_STRENGTH = 10.0  # who lands harder moves harder; hand-set
LEVEL_DB_PER_DOUBLING = 9.0  # of a rub's speed; friction sound grows by 6 to 12 dB per doubling
PASSING = 0.5  # share of the swing at which the legs pass each other and rub fastest
PASSING_SPREAD = 0.05
# Bands of the rub: lower and upper edge in Hz, exponent of the speed that its amplitude follows (faster is brighter),
# and level in dB. Threads that cross at 0.3 to 1 mm at about 1 m/s excite 1 to 3 kHz; the lowest band is the flap of
# the cloth, the highest its hiss.
BANDS = ((150.0, 700.0, 1.0, -8.0), (700.0, 3200.0, 1.6, 0.0), (3200.0, 11_000.0, 2.4, -4.0))
SKIRT_DB = (
    8.0  # fall of a band in the first octave outside its edges, and growing: no band is a whistle
)
LEVEL_SPREAD_DB = 2.0  # of a band, between people; hand-set
SHIFT_OCTAVES = 0.4  # of all band edges, between people; hand-set
LEVEL_JITTER_DB = 2.0  # from swing to swing; hand-set
CATCH_HZ = 30.0  # how quickly the cloth catches and slips
CATCH_DEPTH_DB = 4.0  # standard deviation of those slips; hand-set
FABRIC_SAMPLES = (
    1 << 19
)  # of the noise that a person's cloth is cut from: 11 s at 48 kHz, another place for each swing
GRID_POINTS = 257  # at which the rub's speed is worked out


@dataclass(frozen=True, slots=True)
class LegSwing:
    """One leg in the air.

    Attributes:
        start_time_s: Toe-off.
        end_time_s: The contact that ends it.
        strength: Of that contact, 0 to 1.
    """

    start_time_s: float
    end_time_s: float
    strength: float


def leg_swings(
    contact_times_s: Sequence[float],
    toe_off_times_s: Sequence[float | None],
    strengths: Sequence[float],
    is_left: Sequence[bool],
) -> list[LegSwing]:
    """The swings of one person, in order of their start.

    A swing goes from the toe-off of a foot to its next contact. Where the toe-off was not seen, or lies too far away to
    belong to this contact, a swing of usual length ends at the contact.

    Args:
        contact_times_s: Initial contacts in order, seconds.
        toe_off_times_s: When the same foot leaves the ground again; None when not seen.
        strengths: How hard each contact is, 0 to 1.
        is_left: True for the left foot.
    """
    swings: list[LegSwing] = []
    left_at: dict[bool, float | None] = {True: None, False: None}
    for contact_s, toe_off_s, strength, left in zip(
        contact_times_s, toe_off_times_s, strengths, is_left, strict=True
    ):
        start_s = left_at[left]
        if start_s is None or not SHORTEST_SWING_S <= contact_s - start_s <= LONGEST_SWING_S:
            start_s = contact_s - USUAL_SWING_S
        swings.append(LegSwing(start_s, contact_s, strength))
        left_at[left] = toe_off_s
    return sorted(swings, key=lambda swing: (swing.start_time_s, swing.end_time_s))


def cloth_pieces(
    swings: Sequence[LegSwing], *, seed: int, sample_rate_hz: int
) -> Iterator[tuple[int, SampleArray]]:
    """The cloth of one person, swing by swing.

    Every piece depends on its swing, its number and the seed alone, so the sum is the same however a programme is cut
    into blocks. Pieces begin and end at nothing and have no constant part. One piece is held at a time.

    Args:
        swings: In order of their start; see `leg_swings`.
        seed: Of this person, for example ``step_seed(style.seed, f"cloth:{track_id}")``.
        sample_rate_hz: Of the programme.

    Yields:
        First sample of the programme (may be negative for a swing that began before it) and the mono sound, shape
        ``(n,)``, at the level that suits steps of this engine; starts never decrease.
    """
    if not swings:
        return
    bands = _fabric(seed, sample_rate_hz)
    for number, swing in enumerate(swings):
        dice = np.random.default_rng(step_seed(seed, f"swing:{number}"))
        start = round(swing.start_time_s * sample_rate_hz)
        count = max(2, round(swing.end_time_s * sample_rate_hz) - start)
        yield start, _rub(bands, swing, count, dice, sample_rate_hz)


def _fabric(seed: int, sample_rate_hz: int) -> list[FloatArray]:
    """Noise of one person's cloth per band, shape ``(FABRIC_SAMPLES,)`` each, unit power in the usual band."""
    dice = np.random.default_rng(step_seed(seed, "fabric"))
    shift = 2.0 ** (SHIFT_OCTAVES * float(dice.standard_normal()))
    hz = np.fft.rfftfreq(FABRIC_SAMPLES, 1 / sample_rate_hz)
    out: list[FloatArray] = []
    for low, high, _, level_db in BANDS:
        from_centre = np.abs(np.log2(np.maximum(hz, 1.0) / (shift * math.sqrt(low * high))))
        outside = np.maximum(0.0, from_centre - 0.5 * math.log2(high / low))
        gain = 10.0 ** (-(SKIRT_DB * outside + SKIRT_DB * outside**2) / 20)
        phase = np.exp(2j * np.pi * dice.random(hz.size))
        noise = irfft((gain * phase).astype(np.complex64), FABRIC_SAMPLES).astype(np.float64)
        own_db = level_db + LEVEL_SPREAD_DB * float(dice.standard_normal())
        out.append(noise * (10 ** (own_db / 20) / math.sqrt(float(np.mean(noise**2)))))
    return out


def _rub(
    bands: list[FloatArray],
    swing: LegSwing,
    count: int,
    dice: np.random.Generator,
    sample_rate_hz: int,
) -> SampleArray:
    duration_s = swing.end_time_s - swing.start_time_s
    grid = np.linspace(0.0, 1.0, GRID_POINTS)
    passing = PASSING + PASSING_SPREAD * float(dice.standard_normal())
    speed = np.sin(np.pi * np.interp(grid, [0.0, passing, 1.0], [0.0, 0.5, 1.0])) ** 2
    slips = max(4, round(CATCH_HZ * duration_s))
    slip_db = CATCH_DEPTH_DB * dice.standard_normal(slips)
    catch = 10.0 ** (np.interp(grid, np.linspace(0.0, 1.0, slips), slip_db) / 20)
    phase = np.linspace(0.0, 1.0, count)
    total = np.zeros(count)
    for (_, _, exponent, _), noise in zip(BANDS, bands, strict=True):
        first = int(dice.integers(max(1, noise.size - count)))
        gain = np.interp(phase, grid, catch * speed**exponent)
        total += gain * np.resize(noise[first : first + count], count)
    faster = USUAL_SWING_S / duration_s
    level_db = (
        LEVEL_DB
        + LEVEL_DB_PER_STRENGTH * (swing.strength - USUAL_STRENGTH)
        + LEVEL_DB_PER_DOUBLING * math.log2(faster)
        + LEVEL_JITTER_DB * float(dice.standard_normal())
    )
    weight = np.interp(phase, grid, speed)
    total -= weight * (total.sum() / weight.sum())
    energy = float(np.sum(total**2)) * ENGINE_RATE_HZ / sample_rate_hz + 1e-12
    wanted = duration_s / USUAL_SWING_S  # a longer swing holds more energy at the same power
    gain = STEP_SCALE * 10 ** (level_db / 20) * math.sqrt(wanted / energy)
    return (gain * total).astype(np.float32)
