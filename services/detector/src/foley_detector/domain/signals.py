"""Zero-phase smoothing, resampling, gaps and outliers of unevenly sampled signals."""

# numpy's reductions, and some of scipy's results, are partly unknown to the checker.
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import numpy as np
from scipy import ndimage, signal

from foley_detector.domain.types import BoolArray, FloatArray, IntArray

FILLED_WEIGHT = 0.1  # share: a bridged sample steers the fit a little, measured neighbours decide
MIN_CORRELATION = 0.2  # below this a rhythm is noise
MIN_WEIGHT = 0.05  # share: a sample of no visibility keeps the fit solvable


def uniform_grid(start_s: float, end_s: float, rate_hz: float) -> FloatArray:
    """Times ``k / rate_hz`` inside ``[start_s, end_s]``; anchored at zero, not at the start.

    >>> uniform_grid(0.05, 0.4, 10.0).round(3).tolist()
    [0.1, 0.2, 0.3, 0.4]
    """
    tolerance = 1e-9
    first, last = np.ceil(start_s * rate_hz - tolerance), np.floor(end_s * rate_hz + tolerance)
    return np.arange(first, last + 1) / rate_hz


def local_polynomial(
    time_s: FloatArray,
    values: FloatArray,
    weights: FloatArray,
    at_s: FloatArray,
    *,
    half_window_s: float,
) -> tuple[FloatArray, FloatArray]:
    """Value and slope of a local parabola: a Savitzky–Golay filter for uneven samples.

    Args:
        time_s: shape ``(n,)``, increasing.
        values: shape ``(n, d)``, without NaN.
        weights: shape ``(n,)``, greater than zero.
        at_s: shape ``(m,)``.
        half_window_s: Samples further away do not count; nearer ones count by 1 - (distance / half window)².

    Returns:
        Two arrays of shape ``(m, d)``. Zero phase: the window is symmetric. Where fewer than three samples are in
        reach the fit takes the three nearest.

    Notes:
        Savitzky & Golay 1964; differs by weights that fall to the edge and by uneven samples (LOESS, Cleveland 1979).

    >>> t = np.array([0.0, 0.03, 0.07, 0.1, 0.14])
    >>> value, slope = local_polynomial(t, t[:, None] ** 2, np.ones(5), np.array([0.05]), half_window_s=0.1)
    >>> value.round(5).item(), slope.round(5).item()
    (0.0025, 0.1)
    """
    n, m = time_s.size, at_s.size
    if n == 0 or m == 0:
        return np.full((m, values.shape[1]), np.nan), np.full((m, values.shape[1]), np.nan)
    first = np.searchsorted(time_s, at_s - half_window_s)
    last = np.searchsorted(time_s, at_s + half_window_s, side="right")
    reach = np.full(m, half_window_s)
    scarce = last - first < min(3, n)
    if scarce.any():
        centre = np.searchsorted(time_s, at_s[scarce])
        first[scarce] = np.clip(centre - 2, 0, max(0, n - 4))
        last[scarce] = np.minimum(first[scarce] + 4, n)
        ends = np.maximum(
            at_s[scarce] - time_s[first[scarce]], time_s[last[scarce] - 1] - at_s[scarce]
        )
        reach[scarce] = 1.2 * np.maximum(
            ends, half_window_s
        )  # the furthest of the four still counts
    index: IntArray = first[:, None] + np.arange(int((last - first).max()))[None, :]
    inside = index < last[:, None]
    index = np.minimum(index, n - 1)
    u = (time_s[index] - at_s[:, None]) / reach[:, None]
    w = np.where(inside, weights[index] * np.maximum(1.0 - u**2, 1e-6), 0.0)
    powers = np.stack([w, w * u, w * u**2, w * u**3, w * u**4], axis=-1).sum(axis=1)
    normal = powers[:, [[0, 1, 2], [1, 2, 3], [2, 3, 4]]]
    # A whisper of ridge on the curvature keeps three samples in a row of equal times solvable.
    normal[:, 2, 2] += 1e-6 * powers[:, 0]
    normal[:, 1, 1] += 1e-9 * powers[:, 0]
    basis = np.stack([w, w * u, w * u**2], axis=1)
    right = np.einsum("mik,mkd->mid", basis, values[index])
    fitted = np.linalg.solve(normal, right)
    return fitted[:, 0], fitted[:, 1] / reach[:, None]


def bridge_gaps(
    time_s: FloatArray, values: FloatArray, weights: FloatArray, *, max_gap_s: float
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Fill missing samples, and say where a fill may be trusted.

    Args:
        time_s: shape ``(n,)``.
        values: shape ``(n, d)``; a row with NaN is missing.
        weights: shape ``(n,)``.
        max_gap_s: Longest time between two measured samples that may be bridged.

    Returns:
        Filled values (straight lines; ends held), weights, and ``(n,)`` True where measured or bridged.
    """
    missing = np.isnan(values).any(axis=1)
    known = np.flatnonzero(~missing)
    if known.size == 0:
        return np.zeros_like(values), np.full(time_s.size, MIN_WEIGHT), np.zeros(time_s.size, bool)
    filled = np.column_stack(
        [np.interp(time_s, time_s[known], column[known]) for column in values.T]
    )
    new_weights = np.where(missing, FILLED_WEIGHT, np.maximum(weights, MIN_WEIGHT))
    before = np.searchsorted(known, np.arange(time_s.size), side="right") - 1
    after = np.searchsorted(known, np.arange(time_s.size), side="left")
    inner = (before >= 0) & (after < known.size)
    span = np.full(time_s.size, np.inf)
    span[inner] = time_s[known[after[inner]]] - time_s[known[before[inner]]]
    return filled, new_weights, ~missing | (span <= max_gap_s)


def nearest_known(
    time_s: FloatArray, ok: BoolArray, at_s: FloatArray, *, max_gap_s: float
) -> BoolArray:
    """True at times that lie between two good neighbouring samples no further apart than ``max_gap_s``."""
    good = time_s[ok]
    if good.size < 2:
        return np.zeros(at_s.size, bool)
    after = np.clip(np.searchsorted(good, at_s), 1, good.size - 1)
    left, right = good[after - 1], good[after]
    tolerance = 1e-9
    return (at_s >= left - tolerance) & (at_s <= right + tolerance) & (right - left <= max_gap_s)


def spikes(time_s: FloatArray, points: FloatArray, *, limit: float) -> BoolArray:
    """Samples that jump away from both neighbours and back.

    Args:
        time_s: shape ``(n,)``.
        points: shape ``(n, 2)``; NaN where missing.
        limit: Distance from the line between the neighbours, beyond half their own distance, that makes a spike.

    Returns:
        Shape ``(n,)``.
    """
    found = np.zeros(len(points), bool)
    if len(points) < 3:
        return found
    before, here, after = points[:-2], points[1:-1], points[2:]
    share = ((time_s[1:-1] - time_s[:-2]) / (time_s[2:] - time_s[:-2]))[:, None]
    off = np.linalg.norm(here - (1 - share) * before - share * after, axis=1)
    with np.errstate(invalid="ignore"):
        found[1:-1] = off > limit + 0.5 * np.linalg.norm(after - before, axis=1)
    return found


def running_median(values: FloatArray, size: int) -> FloatArray:
    """Median over a centred window of an odd number of samples, ends mirrored."""
    size = max(1, min(size, values.size))
    return ndimage.median_filter(values, size=size - (size + 1) % 2, mode="nearest")


def moving_mean(values: FloatArray, size: int) -> FloatArray:
    """Mean over a centred window along the first axis, ends held."""
    return ndimage.uniform_filter1d(values, size=max(1, size), axis=0, mode="nearest")


def zero_phase_smooth(values: FloatArray, *, step_s: float, half_window_s: float) -> FloatArray:
    """Savitzky–Golay along the first axis of uniform samples; order 2."""
    size = 2 * max(1, round(half_window_s / step_s)) + 1
    size = min(size, len(values) - (len(values) + 1) % 2)
    return (
        values
        if size < 5
        else np.asarray(signal.savgol_filter(values, size, 2, axis=0, mode="interp"), np.float64)
    )


def crossing_s(time_s: FloatArray, values: FloatArray, index: int, level: float) -> float:
    """Time between sample ``index`` and the next at which a straight line meets a level.

    >>> crossing_s(np.array([0.0, 1.0]), np.array([3.0, 1.0]), 0, 1.5)
    0.75
    """
    a, b = float(values[index]), float(values[index + 1])
    share = 0.0 if a == b else (level - a) / (b - a)
    return float(time_s[index] + min(max(share, 0.0), 1.0) * (time_s[index + 1] - time_s[index]))


def dominant_period_s(
    values: FloatArray, *, step_s: float, min_period_s: float, max_period_s: float
) -> tuple[float, float]:
    """Period that repeats best, by autocorrelation.

    Returns:
        Period in seconds and its correlation, 0 to 1; ``(nan, 0)`` when nothing repeats.

    Notes:
        The first lag whose correlation is within 80 % of the best one wins, so that two strides are not taken for one.
    """
    centred = values - values.mean()
    energy = float(centred @ centred)
    lowest, highest = (
        round(min_period_s / step_s),
        min(round(max_period_s / step_s), int(values.size / 1.5)),
    )
    if energy <= 0 or highest <= lowest + 2:
        return float("nan"), 0.0
    size = 2 ** int(np.ceil(np.log2(2 * values.size)))
    spectrum = np.fft.rfft(centred, size)
    correlation = np.fft.irfft(spectrum * np.conj(spectrum), size)[: values.size]
    overlap = 1.0 - np.arange(values.size) / values.size
    correlation = correlation / (energy * np.maximum(overlap, 0.2))
    peaks, _ = signal.find_peaks(correlation[: highest + 1])
    peaks = peaks[peaks >= lowest]
    if peaks.size == 0:
        return float("nan"), 0.0
    best = float(correlation[peaks].max())
    if best <= MIN_CORRELATION:
        return float("nan"), 0.0
    chosen = int(peaks[np.flatnonzero(correlation[peaks] >= 0.8 * best)[0]])
    return chosen * step_s, min(best, 1.0)
