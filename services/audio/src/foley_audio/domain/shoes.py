"""What the shoe changes, against the shoe of the recordings; numbers and their reasons: ``recipes/footwear.toml``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foley_audio.domain.filterbank import BAND_HZ, thump_db
from foley_audio.domain.types import FloatArray

ATTACK_S = (0.02, 0.04)  # what the heel does: all of it until the first, none after the second
TOUCH_S = 0.02  # how long the ball's landing takes
BODY_FROM_HZ = 500.0
SLAP_FROM_HZ = 1000.0
EDGE_FROM_HZ = 700.0
PULSE_CORNER = 0.9  # a pulse's spectrum bends where frequency times length is this
HARDNESS_LIMIT_DB = 6.0  # hand-set


@dataclass(frozen=True, slots=True)
class Shoe:
    """One kind of footwear.

    Attributes:
        level_db: Of the whole step.
        contact_s: Length of the force pulse of its heel on a hard floor, seconds.
        attack_tilt: dB per octave above 700 Hz in the attack: what the sole damps, or a hard edge adds.
        heel_db: Of the attack, over what the pulse says.
        gap_db: Between heel and ball.
        ball_db: From the ball's landing on.
        slap_db: Above 1 kHz around the ball's landing: a loose sole that follows.
        body_tilt: dB per octave above 500 Hz behind the attack.
        thump_db: Of the thump (`filterbank.thump_db`).
        tone_hz, tone_db, tone_octaves: A resonance of the heel in the attack.
    """

    level_db: float
    contact_s: float
    attack_tilt: float
    heel_db: float
    gap_db: float
    ball_db: float
    slap_db: float
    body_tilt: float
    thump_db: float
    tone_hz: float
    tone_db: float
    tone_octaves: float


def hardness_db(contact_s: float, plain_s: float) -> FloatArray:
    """Spectrum of a touch of one length against another's, in dB, shape ``(bands,)``.

    A force of half a sine to the power 1.5 (Hunt and Crossley) that lasts ``contact_s`` falls with 15 dB per octave
    above about its inverse. Rough soles and grounds touch in many places, which fills the fall up, so the difference is
    kept within `HARDNESS_LIMIT_DB` and does not come back at high pitch.
    """
    fall = -10 * np.log10(1.0 + (BAND_HZ * np.array([[contact_s], [plain_s]]) / PULSE_CORNER) ** 5)
    difference = np.clip(fall[0] - fall[1], -HARDNESS_LIMIT_DB, HARDNESS_LIMIT_DB)
    if contact_s > plain_s:
        return np.minimum.accumulate(difference)
    return np.maximum.accumulate(difference)


def shoe_db(
    shoe: Shoe, plain: Shoe, ball_s: float, loose: float, edges_s: FloatArray
) -> FloatArray:
    """What the shoe adds, in dB, shape ``(bands, cells)``.

    Args:
        shoe: The shoe.
        plain: The shoe of the recordings.
        ball_s: When the ball lands, seconds from the contact.
        loose: How much of a shoe's hardness counts on this ground, 0 to 1.
        edges_s: Of the time cells, shape ``(cells + 1,)``.
    """
    time_s = (edges_s[1:] + edges_s[:-1]) / 2
    full_s, none_s = ATTACK_S
    attack = np.clip((none_s - time_s) / (none_s - full_s), 0.0, 1.0)
    hardness = hardness_db(shoe.contact_s, plain.contact_s)
    hardness += shoe.attack_tilt * np.maximum(0.0, np.log2(BAND_HZ / EDGE_FROM_HZ))
    tone = np.exp(-0.5 * (np.log2(BAND_HZ / shoe.tone_hz) / shoe.tone_octaves) ** 2)
    out = np.outer(hardness + shoe.heel_db + shoe.tone_db * tone, attack)
    above = np.maximum(0.0, np.log2(BAND_HZ / BODY_FROM_HZ))
    out += np.outer(shoe.body_tilt * above, 1.0 - attack)
    out += thump_db(shoe.thump_db)[:, None]
    landed = np.clip((time_s - ball_s) / TOUCH_S + 0.5, 0.0, 1.0)
    out += (shoe.gap_db * (1.0 - attack) * (1.0 - landed) + shoe.ball_db * landed)[None, :]
    around = np.exp(-0.5 * ((time_s - ball_s) / TOUCH_S) ** 2)
    out += np.outer(shoe.slap_db * (BAND_HZ > SLAP_FROM_HZ), around)
    return loose * out
