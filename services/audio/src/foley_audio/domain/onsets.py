"""Where feet land in a recording: one time per step, whatever the ground.

Three ideas, each against one way in which finders of onsets fail on footsteps:

- A landing is a rise above *everything* that was there shortly before, band by band. Grains of gravel and the end of
  one long splash rise above the moment before them, not above the loudest of what came before.
- The heel comes out of the quietest moment between two steps, the ball of the foot does not. So a rise that starts
  from the level between steps counts more than one that starts while a step sounds.
- Feet land in a rhythm. The sequence of landings that is taken as a whole has the largest sum of rises, minus a price
  for every interval that departs from the rhythm, as beat trackers do (Ellis 2007, "Beat tracking by dynamic
  programming"). Unlike theirs, the price is bounded and shrinks with how little rhythm there is: people stop, and
  libraries put single steps between silences.

Constants were searched on half A of the development recordings (`tests/bench/slicing.py` measures half B).
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy import ndimage, signal

from foley_audio.domain.types import FloatArray, SampleArray

FRAME_S = 0.005  # resolution of the coarse search; contacts are refined afterwards
WINDOW_S = 0.02  # long enough for 100 Hz; heel and ball are 60 ms apart or more
LOWEST_HZ, HIGHEST_HZ, BAND_COUNT = 80.0, 10_000.0, 16
FLOOR_QUANTILE = 0.15  # of a band's powers: what is there when no foot lands
FLOOR_FACTOR = 2.0  # so many floors are added to every power: noise hardly moves its logarithm
LOUD_QUANTILE = 0.98
RANGE_DB = 45.0  # what is further below the loudest steps is silence
AFTER_S = 0.04  # a landing is as strong as the mean level over this …
LOOK_BACK_S = 0.05  # … above what was there during this before it: half the loudest moment …
LOUDEST_SHARE = 0.5  # … half the mean
QUIET_WINDOW_S = 0.8  # levels around a moment that say how quiet it is there
QUIET_BEFORE_S = 0.03  # how quiet it is before a landing is judged over this
QUIET_SMOOTH_S = 0.025
LEAST_RANGE_DB = 10.0  # between loud and quiet around a moment; below it quiet means nothing
LOUD_PRICE = 1.0  # share of a rise that is lost when it starts as loud as the loudest around it
THRESHOLD_DB = 1.5  # a step must rise this much on average over the bands, after that price
LEAST_PEAK_DB = 0.3
LEAST_INTERVAL_S = 0.22  # sprinters take 4.5 steps a second
LONGEST_GAP_S = 2.5  # after a longer pause the rhythm starts anew
PERIODS_S = (0.28, 1.1)  # of rhythms that are looked for
USUAL_PERIOD_S, PERIOD_OCTAVES = (
    0.55,
    0.72,
)  # walking; how far, as a standard deviation, others may be
RHYTHM_PRICE_DB = 1.5  # for an interval that is one spread off, when the rhythm is clear
RHYTHM_SPREAD = 0.18  # of the logarithm of an interval
MOST_OFF = 3.0  # no interval costs more than this many times the price
_SHORTEST_S = 0.1


def find_steps(mono: SampleArray, sample_rate_hz: int) -> FloatArray:
    """Times at which feet land, in seconds, to about 10 ms.

    Args:
        mono: shape ``(n,)``; a minute or less, for one level of noise and one rhythm are assumed.
        sample_rate_hz: At least twice `HIGHEST_HZ` for all bands to be heard.

    Returns:
        Shape ``(m,)``, increasing, at least `LEAST_INTERVAL_S` apart. Empty when nobody walks.

    >>> rate = 24_000
    >>> dice = np.random.default_rng(1)
    >>> sound = 1e-4 * dice.standard_normal(4 * rate)
    >>> for start_s in (0.5, 1.1, 1.7, 2.3, 2.9):
    ...     burst = dice.standard_normal(2400) * np.exp(-np.arange(2400) / 480)
    ...     sound[round(start_s * rate) : round(start_s * rate) + 2400] += 0.2 * burst
    >>> find_steps(sound.astype(np.float32), rate).round(1).tolist()
    [0.5, 1.1, 1.7, 2.3, 2.9]
    """
    if mono.size < _SHORTEST_S * sample_rate_hz:
        return np.zeros(0)
    levels = band_levels_db(mono, sample_rate_hz)
    rise = rise_db(levels)
    merit = rise * (1.0 - LOUD_PRICE * loudness_before(levels)) - THRESHOLD_DB
    return choose_steps(rise, merit) * FRAME_S


def band_levels_db(mono: SampleArray, sample_rate_hz: int) -> FloatArray:
    """Levels over the noise floor, shape ``(frames, bands)``, a frame every `FRAME_S`; bands without sound left out."""
    hop, window = round(FRAME_S * sample_rate_hz), round(WINDOW_S * sample_rate_hz)
    padded = np.pad(mono, (window // 2, window), mode="symmetric")  # an edge would be an onset
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop][: mono.size // hop + 1]
    size = 1 << (window - 1).bit_length()
    shape = np.hanning(window).astype(np.float32)
    hz = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    edges = np.geomspace(LOWEST_HZ, HIGHEST_HZ, BAND_COUNT + 1)
    # Low bands are narrower than a bin: these take the bin nearest to their middle.
    bins = [
        np.flatnonzero((hz >= low) & (hz < high))
        if np.any((hz >= low) & (hz < high))
        else np.array([np.argmin(np.abs(hz - np.sqrt(low * high)))])
        for low, high in itertools.pairwise(edges)
    ]
    powers = np.empty((frames.shape[0], BAND_COUNT))
    for first in range(0, frames.shape[0], 1024):  # bounds the memory of the transforms
        part = slice(first, first + 1024)
        spectrum = np.abs(np.fft.rfft(frames[part] * shape, size)) ** 2
        for band, chosen in enumerate(bins):
            powers[part, band] = spectrum[:, chosen].mean(axis=1)
    floor = FLOOR_FACTOR * np.quantile(powers, FLOOR_QUANTILE, axis=0)
    loud = np.quantile(powers, LOUD_QUANTILE, axis=0)
    least = float(loud.max()) * 10 ** (-RANGE_DB / 10)
    heard = loud > least  # a recording of 8 kHz has nothing above 4 kHz
    if not heard.any():
        return np.zeros((frames.shape[0], 1))
    return 10 * np.log10(powers[:, heard] + np.maximum(floor[heard], least))


def rise_db(levels: FloatArray) -> FloatArray:
    """How far the level over the next `AFTER_S` stands above the last `LOOK_BACK_S`, mean over bands.

    Args:
        levels: shape ``(frames, bands)``.

    Returns:
        Shape ``(frames,)``, not negative.
    """
    after, back = round(AFTER_S / FRAME_S), round(LOOK_BACK_S / FRAME_S)
    padded = np.pad(levels, ((0, after), (0, 0)), mode="edge")
    total = np.concatenate([np.zeros((1, levels.shape[1])), np.cumsum(padded, axis=0)])
    coming = (total[after : after + levels.shape[0]] - total[: levels.shape[0]]) / after
    means = ndimage.uniform_filter1d(levels, back, axis=0, origin=(back - 1) // 2, mode="nearest")
    reference = LOUDEST_SHARE * _loudest_before(levels, back, 1)
    reference[1:] += (1.0 - LOUDEST_SHARE) * means[:-1]
    reference[0] += (1.0 - LOUDEST_SHARE) * levels[0]
    return np.maximum(0.0, coming - reference).mean(axis=1)


def loudness_before(levels: FloatArray) -> FloatArray:
    """How loud it is just before each moment: 0 as the quietest around it, 1 as the loudest; shape ``(frames,)``."""
    level = ndimage.uniform_filter1d(
        levels.mean(axis=1), round(QUIET_SMOOTH_S / FRAME_S), mode="nearest"
    )
    around = round(QUIET_WINDOW_S / FRAME_S)
    quietest = ndimage.minimum_filter1d(level, around, mode="nearest")
    loudest = ndimage.maximum_filter1d(level, around, mode="nearest")
    reach = round((QUIET_SMOOTH_S + WINDOW_S) / 2 / FRAME_S)  # or the landing itself would be in it
    before = _loudest_before(level[:, None], round(QUIET_BEFORE_S / FRAME_S), reach)[:, 0]
    return np.clip((before - quietest) / np.maximum(loudest - quietest, LEAST_RANGE_DB), 0.0, 1.0)


def rhythm(rise: FloatArray) -> tuple[float, float]:
    """The commonest interval between rises in seconds, and how clear it is, from 0 to 1, by autocorrelation."""
    centred = rise - rise.mean()
    spectrum = np.fft.rfft(centred, 2 * rise.size)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: rise.size]
    lags = np.arange(round(PERIODS_S[0] / FRAME_S), min(rise.size, round(PERIODS_S[1] / FRAME_S)))
    if not lags.size or likeness[0] <= 0:
        return USUAL_PERIOD_S, 0.0
    octaves = np.log2(lags * FRAME_S / USUAL_PERIOD_S) / PERIOD_OCTAVES
    best = int(lags[np.argmax(likeness[lags] * np.exp(-0.5 * octaves**2))])
    return best * FRAME_S, float(np.clip(likeness[best] / likeness[0], 0.0, 1.0))


def choose_steps(rise: FloatArray, merit: FloatArray) -> FloatArray:
    """The frames of the sequence of landings that is best as a whole, increasing.

    Args:
        rise: shape ``(frames,)``, its peaks are the candidates and its rhythm is kept.
        merit: shape ``(frames,)``, what each candidate is worth; negative ones can only bridge.
    """
    peaks, _ = signal.find_peaks(
        np.concatenate([[0.0], rise, [0.0]]), height=LEAST_PEAK_DB, distance=4
    )
    peaks -= 1
    if not peaks.size:
        return np.zeros(0)
    period_s, clarity = rhythm(rise)
    price = RHYTHM_PRICE_DB * clarity
    times_s = peaks * FRAME_S
    first = np.searchsorted(times_s, times_s - LONGEST_GAP_S)
    last = np.searchsorted(times_s, times_s - LEAST_INTERVAL_S, side="right")
    best = merit[peaks].copy()
    before = np.full(peaks.size, -1)
    resting, resting_end, seen = (
        0.0,
        -1,
        0,
    )  # the best sequence that ended longer ago than the longest gap
    for i in range(peaks.size):
        for j in range(seen, int(first[i])):
            if best[j] > resting:
                resting, resting_end = float(best[j]), j
        seen = int(first[i])
        worth, comes_from = resting, resting_end
        if last[i] > first[i]:
            earlier = slice(first[i], last[i])
            off = (np.log((times_s[i] - times_s[earlier]) / period_s) / RHYTHM_SPREAD) ** 2
            sums = best[earlier] - price * np.minimum(off, MOST_OFF)
            at = int(np.argmax(sums))
            if sums[at] > worth:
                worth, comes_from = float(sums[at]), int(first[i]) + at
        best[i] += worth
        before[i] = comes_from
    chosen: list[int] = []
    i = int(np.argmax(best))
    if best[i] <= 0:
        return np.zeros(0)
    while i >= 0:
        chosen.append(int(peaks[i]))
        i = int(before[i])
    return np.asarray(chosen[::-1], np.float64)


def _loudest_before(levels: FloatArray, frames: int, gap: int) -> FloatArray:
    """The highest level of the ``frames`` frames that end ``gap`` frames before each; shape as ``levels``."""
    highest = ndimage.maximum_filter1d(
        levels, frames, axis=0, origin=(frames - 1) // 2, mode="nearest"
    )
    shifted = np.empty_like(highest)
    shifted[gap:] = highest[:-gap]
    shifted[:gap] = levels[0]
    return shifted
