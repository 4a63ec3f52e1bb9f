"""Inside one step of a recording: the millisecond of the contact, the ball of the foot, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import signal

from foley_audio.domain.types import FloatArray, SampleArray

MS = 0.001  # resolution of all searches here
ENVELOPE_S = 0.002  # energy is summed over this, forwards from each moment
BELOW_HZ = 100.0  # rumble below this has no edges
FLOOR_SPAN_S = (0.12, 0.04)  # before a coarse contact: what was there before the step
SEARCH_BACK_S, SEARCH_ON_S = 0.05, 0.05  # around a coarse contact
RISE_SHARE = 0.5  # of the way up from there to the loudest, in dB: the contact
LEAST_RISE_DB = 6.0  # less is noise
SILENCE_DB = -120.0
BALL_SPAN_S = (0.045, 0.3)  # after the contact; 15 to 25 % of a stance of 0.3 to 1.2 s
BALL_AFTER_S, BALL_BEFORE_S = 0.01, 0.03  # a ball is a rise between these means
BALL_RISE_DB = 5.0
BALL_BELOW_PEAK_DB = 20.0  # quieter ones are grains
LONGEST_STEP_S = 1.2
CUT_SMOOTH_S = 0.02
SHORTEST_BODY_S = 0.06  # after the contact, before the next step is waited for
LEFT_ENERGY = 1e-3  # −30 dB: a step has ended when so little of its energy is still to come
TAIL_S, LEAD_S, LONGEST_LEAD_S = 0.03, 0.01, 0.06  # kept around a step
QUIET_DB = 3.0  # above the floor: the approach of the foot begins here


@dataclass(frozen=True, slots=True)
class StepSpan:
    """Where one step stands in a sound, in samples.

    Attributes:
        first: First sample that is kept.
        contact: The foot touches the ground.
        end: First sample that is not kept.
        ball: The ball of the foot lands; None when no second onset is heard.
    """

    first: int
    contact: int
    end: int
    ball: int | None


def levels_db(mono: SampleArray, sample_rate_hz: int) -> FloatArray:
    """Level of the next `ENVELOPE_S` from every millisecond on, shape ``(n_ms,)``, rumble left out."""
    sos = signal.butter(2, BELOW_HZ, "hp", fs=sample_rate_hz, output="sos")
    if not mono.size:
        return np.zeros(0)
    energy = np.asarray(signal.sosfilt(sos, mono), np.float64) ** 2
    total = np.concatenate([[0.0], np.cumsum(energy)])
    window = round(ENVELOPE_S * sample_rate_hz)
    count = max(0, int((mono.size - window) / (MS * sample_rate_hz)) + 1)
    starts = np.round(np.arange(count) * MS * sample_rate_hz).astype(np.intp)
    return 10 * np.log10((total[starts + window] - total[starts]) / window + 1e-12)


def contact_ms(level: FloatArray, coarse_s: float, *, in_coarse_steps: bool = False) -> int:
    """The millisecond at which a step's level has risen half the way, in dB, from what was there to its loudest.

    Args:
        level: From `levels_db`.
        coarse_s: Where the step is, to about 20 ms.
        in_coarse_steps: The recording's values have 8 bits: its noise is silence with single steps of a value in it,
            each as loud as half the way up from that silence.
    """
    at = round(coarse_s / MS)
    first, last = max(0, at - _ms(SEARCH_BACK_S)), min(level.size, at + _ms(SEARCH_ON_S))
    if first >= last:
        return max(0, min(at, level.size - 1))
    floor = _floor_db(level, at)
    if in_coarse_steps:
        floor = max(floor, _bursts_db(level, at))
    loudest = float(level[max(0, at - 10) : last].max(initial=-120.0))
    above = np.flatnonzero(
        level[first:last] > floor + max(LEAST_RISE_DB, RISE_SHARE * (loudest - floor))
    )
    # A window that starts this moment and ends in the sound of the contact is the first to be loud.
    return min(level.size - 1, first + int(above[0]) + 1 if above.size else at)


def ball_ms(level: FloatArray, contact: int, end: int) -> int | None:
    """The millisecond of the second onset of a step, the largest rise in the span of a ball; None without one."""
    first, last = contact + _ms(BALL_SPAN_S[0]), min(end, contact + _ms(BALL_SPAN_S[1]))
    after, before = _ms(BALL_AFTER_S), _ms(BALL_BEFORE_S)
    if last - first < after:
        return None
    total = np.concatenate([[0.0], np.cumsum(level)])
    moments = np.arange(first, min(last, level.size - after))
    if moments.size < 3:
        return None
    rise = (total[moments + after] - total[moments]) / after - (
        total[moments] - total[moments - before]
    ) / before
    loudest = float(level[contact:last].max())
    coming = np.array([level[moment : moment + after].max() for moment in moments])
    rise = np.where(coming > loudest - BALL_BELOW_PEAK_DB, rise, 0.0)
    best = int(np.argmax(rise))
    return int(moments[best]) if rise[best] >= BALL_RISE_DB else None


def span_of(
    mono: SampleArray, level: FloatArray, contact: int, next_contact: int, sample_rate_hz: int
) -> StepSpan:
    """Cut one step: from the approach of the foot to where nothing of it is left.

    It ends at the quietest moment before the next step at the latest.

    Args:
        mono: shape ``(n,)``.
        level: From `levels_db` of it.
        contact: Millisecond of the contact, less than ``level.size``.
        next_contact: Millisecond of the next one; anything after the end when there is none.
        sample_rate_hz: Of ``mono``.
    """
    per_ms = MS * sample_rate_hz
    last = min(level.size, next_contact - 2, contact + _ms(LONGEST_STEP_S))
    last = max(contact + 1, last)  # a contact in the last millisecond is a step of one
    body = min(last, contact + _ms(SHORTEST_BODY_S))
    # All of the sound here: what rings below the search's range belongs to the step as well.
    edges = np.round(np.arange(contact, last + 1) * per_ms).astype(np.intp)
    total = np.concatenate([[0.0], np.cumsum(mono[edges[0] : edges[-1]].astype(np.float64) ** 2)])
    power = np.diff(total[edges - edges[0]]) / per_ms
    width = _ms(CUT_SMOOTH_S)
    smooth = np.convolve(power, np.ones(width) / width, "valid")
    cut = last
    if next_contact < level.size and smooth.size > body - contact:
        cut = body + int(np.argmin(smooth[body - contact :])) + width // 2
    noise = float(smooth.min(initial=np.inf)) if smooth.size else 0.0
    excess = np.maximum(0.0, power[: cut - contact] - noise)
    left = np.cumsum(excess[::-1])[::-1]
    spent = np.flatnonzero(left < LEFT_ENERGY * left[0]) if left.size else left
    end = min(cut, contact + int(spent[0]) + _ms(TAIL_S)) if spent.size else cut
    end = max(end, min(cut, body))
    ball = ball_ms(level, contact, end)
    before = level[max(0, contact - _ms(LONGEST_LEAD_S)) : contact]
    quiet = np.flatnonzero(before <= _floor_db(level, contact) + QUIET_DB)
    approach = before.size - int(quiet[-1]) if quiet.size else before.size
    first = max(0, contact - max(_ms(LEAD_S), approach))
    contact_sample = round(contact * per_ms)
    return StepSpan(
        first=round(first * per_ms),
        contact=contact_sample,
        end=max(contact_sample + 1, min(mono.size, round(end * per_ms))),
        ball=None if ball is None else round(ball * per_ms),
    )


def _floor_db(level: FloatArray, at: int) -> float:
    """Median level shortly before a moment."""
    part = _before(level, at)
    return float(np.median(part)) if part.size else SILENCE_DB


def _bursts_db(level: FloatArray, at: int) -> float:
    """Mean power shortly before a moment where that is far above the median: what is there comes in bursts."""
    part = _before(level, at)
    if not part.size:
        return SILENCE_DB
    mean_db = 10 * float(np.log10(np.mean(10 ** (part / 10))))
    return mean_db if mean_db >= float(np.median(part)) + LEAST_RISE_DB else SILENCE_DB


def _before(level: FloatArray, at: int) -> FloatArray:
    first = max(0, at - _ms(FLOOR_SPAN_S[0]))
    last = max(first + 5, at - _ms(FLOOR_SPAN_S[1]))
    return level[first:last]


def _ms(seconds: float) -> int:
    return round(seconds / MS)
