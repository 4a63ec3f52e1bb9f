"""What in a recording is speech or music: sounds that hold their pitch while footsteps do not.

A footstep has tones too, where the floor rings; these all die away together, faster than `DECAY_DB_PER_S`. A voiced
syllable or a note holds several partials for longer. So moments with two or more *sustained* partials, or with one and
a pitch, are counted: on recorded steps of twelve grounds, ringing metal among them, there are none; in speech and music
they are a third of the time and more. A pitch that glides is a voice by itself: between steps that drown the rest of a
sentence, few partials are heard for long enough. Among such moments speech is told from music by its pitch, which
glides within every syllable, where notes stand still. Mains hum is sustained as well and is left out.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from foley_audio.domain.types import FloatArray, SampleArray

BoolArray = NDArray[np.bool_]

RATE_HZ = 16_000  # enough for voices
FRAME, HOP = (
    1024,
    256,
)  # 64 and 16 ms: partials of voices stand apart, syllables do not run together
LOWEST_HZ, HIGHEST_HZ = 80.0, 5000.0  # of partials
PEAK_DB = 10.0  # a partial stands so far above the median of the spectrum around it
NEIGHBOUR_HZ = 390.0  # that is around it
RANGE_DB = 50.0  # partials further below the loudest moment are not heard
SUSTAINED_S = 0.16  # a partial that lives so long …
DECAY_DB_PER_S = (
    60.0  # … and does not die faster is sustained; metal bars of 0.3 to 1.0 s to −60 dB do
)
HUM_S = 2.0  # a partial that lives so long …
HUM_SPREAD_DB = 2.0  # … at the same level …
HUM_TOLERANCE = (
    0.25  # … within this much of a bin's width of a multiple of a mains frequency is hum
)
MAINS_HZ = (50.0, 60.0)
HUM_QUANTILE = (
    0.25  # of the levels at one frequency: what is there most of the time, steps or not …
)
HUM_NEAR_DB = 3.0  # … and what stays so near to it, there, is hum however short steps leave it
SHARE_WINDOW_S = 2.0  # such moments are counted over this, and what lies between two of them is not believed either
TONAL_SHARE = 0.06  # of them: speech or music
MARGIN_S = 0.25  # words begin and end with sounds without pitch
PITCH_HZ = (70.0, 500.0)  # of voices, and of most notes
PITCH_WINDOW, PITCH_HOP = 640, 160  # 40 and 10 ms: two periods of the lowest voice
VOICED = 0.6  # normalised autocorrelation of a frame with a pitch
GLIDE_OCTAVES = 0.06  # between frames of one syllable; more is a jump to another
SYLLABLE_S = 0.07  # shorter runs are chance
HIGHEST_VOICED_HZ = 4000.0
SOUNDING_DB = 30.0  # below the loudest moments is quiet
SPEECH_SEMITONES = (
    0.6  # a run of speech glides at least this far, in the median; notes stay within a vibrato
)
GLIDE_QUANTILES = (0.1, 0.9)  # of the pitch of a run: at its ends a step pulls at it
SPEECH_SHARE = 0.25  # of the sounding time that has a pitch


class Content(enum.StrEnum):
    """What sounds beside or instead of footsteps."""

    SPEECH = "speech"
    MUSIC = "music"


@dataclass(frozen=True, slots=True)
class ContentSpan:
    """A half-open span of time with speech or music in it."""

    start_s: float
    end_s: float
    content: Content


@dataclass(frozen=True, slots=True)
class _Pitch:
    """Pitch every `PITCH_HOP` samples.

    Attributes:
        octave: shape ``(n,)``, binary logarithm of hertz; means nothing where nothing is voiced.
        voiced: shape ``(n,)``, True where a pitch holds on for a syllable.
        sounding: shape ``(n,)``, True where it is not quiet.
    """

    octave: FloatArray
    voiced: BoolArray
    sounding: BoolArray


@dataclass(slots=True)
class _Partial:
    """A partial followed over frames: where it began, its bins and its levels."""

    first: int
    bins: list[int]
    levels: list[float]


def find_content(mono: SampleArray, sample_rate_hz: int) -> list[ContentSpan]:
    """Spans of speech and music, in order of time.

    Args:
        mono: shape ``(n,)``.
        sample_rate_hz: Of it.
    """
    divisor = int(np.gcd(sample_rate_hz, RATE_HZ))
    sound = np.asarray(
        signal.resample_poly(mono, RATE_HZ // divisor, sample_rate_hz // divisor), np.float64
    )
    if sound.size < FRAME or not np.any(sound):
        return []
    count = _sustained_count(sound)
    pitch = _pitch_of(sound)
    moments = np.round(np.arange(count.size) * HOP / PITCH_HOP).astype(np.intp)
    moments = np.minimum(moments, pitch.voiced.size - 1)
    has_pitch, gliding = pitch.voiced[moments], _gliding(pitch)[moments]
    two = (count >= 2) | ((count >= 1) & has_pitch) | gliding
    window = round(SHARE_WINDOW_S * RATE_HZ / HOP)
    share = ndimage.uniform_filter1d(two.astype(np.float64), window, mode="constant")
    margin = round(MARGIN_S * RATE_HZ / HOP)
    tonal = ndimage.binary_dilation(two & (share >= TONAL_SHARE), iterations=margin)
    # What lies between two moments that are counted together belongs to them: steps drown what is said there.
    tonal = ndimage.binary_closing(
        np.pad(tonal, window), iterations=window // 2, border_value=False
    )[window:-window]
    labels, count = ndimage.label(tonal)
    spans: list[ContentSpan] = []
    for found in ndimage.find_objects(labels)[:count]:
        first, last = found[0].start * HOP, min(sound.size, found[0].stop * HOP)
        part = slice(first // PITCH_HOP, max(first // PITCH_HOP + 1, last // PITCH_HOP))
        content = Content.SPEECH if _glides(pitch, part) else Content.MUSIC
        spans.append(ContentSpan(first / RATE_HZ, last / RATE_HZ, content))
    return spans


def _frames(sound: FloatArray, size: int, hop: int) -> FloatArray:
    """Centred frames, shape ``(n, size)``."""
    padded = np.pad(sound, (size // 2, size))
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][: sound.size // hop + 1]


def _sustained_count(sound: FloatArray) -> FloatArray:
    """How many sustained partials there are in every frame, shape ``(n,)``."""
    low, high = (round(hz * FRAME / RATE_HZ) for hz in (LOWEST_HZ, HIGHEST_HZ))
    frames = _frames(sound, FRAME, HOP)
    level = np.empty((frames.shape[0], high + 20), np.float32)
    shape = np.hanning(FRAME)
    for first in range(0, frames.shape[0], 512):  # bounds the memory of the transforms
        spectrum = np.abs(np.fft.rfft(frames[first : first + 512] * shape))[:, : high + 20]
        level[first : first + 512] = 20 * np.log10(spectrum + 1e-7)
    around = round(NEIGHBOUR_HZ * FRAME / RATE_HZ)
    usual = ndimage.median_filter(level, size=(1, around))
    peak = (level > np.roll(level, 1, axis=1)) & (level >= np.roll(level, -1, axis=1))
    peak &= (level > usual + PEAK_DB) & (level > level.max() - RANGE_DB)
    peak[:, :low] = False
    peak[:, high:] = False
    count = np.zeros(level.shape[0])
    usually = np.asarray(np.quantile(level, HUM_QUANTILE, axis=0), np.float64)
    always = ndimage.maximum_filter1d(usually, 3)  # a partial moves by a bin
    for partial in _partials(peak, level):
        if _is_sustained(partial, always):
            count[partial.first : partial.first + len(partial.bins)] += 1
    return count


def _partials(peak: BoolArray, level: SampleArray) -> list[_Partial]:
    """Peaks joined from frame to frame when they move by a bin at most."""
    ended: list[_Partial] = []
    living: dict[int, _Partial] = {}
    shortest = round(SUSTAINED_S * RATE_HZ / HOP)
    for t in range(peak.shape[0]):
        now: dict[int, _Partial] = {}
        for at in np.flatnonzero(peak[t]).tolist():
            found = next((near for near in (at, at - 1, at + 1) if near in living), None)
            partial = _Partial(t, [], []) if found is None else living.pop(found)
            partial.bins.append(at)
            partial.levels.append(float(level[t, at]))
            now[at] = partial
        ended += [partial for partial in living.values() if len(partial.bins) >= shortest]
        living = now
    return ended + [partial for partial in living.values() if len(partial.bins) >= shortest]


def _is_sustained(partial: _Partial, always_db: FloatArray) -> bool:
    """True for what holds its pitch as voices and notes do, and is no hum.

    Args:
        partial: What was followed.
        always_db: shape ``(bins,)``, the level that a bin or its neighbours have most of the time.
    """
    levels = np.asarray(partial.levels)
    time_s = np.arange(levels.size) * HOP / RATE_HZ
    centred = time_s - time_s.mean()
    slope = float((centred * (levels - levels.mean())).sum() / (centred**2).sum())
    if slope < -DECAY_DB_PER_S:
        return False
    is_steady = time_s[-1] >= HUM_S and float(levels.std()) <= HUM_SPREAD_DB
    over_db = levels - always_db[np.asarray(partial.bins)]
    if not is_steady and float(np.median(np.abs(over_db))) > HUM_NEAR_DB:
        return True
    bin_hz = RATE_HZ / FRAME
    hz = float(np.mean(partial.bins)) * bin_hz
    return not any(
        abs(hz - round(hz / mains) * mains) < (0.5 + HUM_TOLERANCE) * bin_hz for mains in MAINS_HZ
    )


def _pitch_of(sound: FloatArray) -> _Pitch:
    """Pitch by autocorrelation; runs shorter than a syllable are no pitch."""
    size = 2048
    frames = _frames(sound, PITCH_WINDOW, PITCH_HOP)
    shape = np.hanning(PITCH_WINDOW)
    shortest, longest = round(RATE_HZ / PITCH_HZ[1]), round(RATE_HZ / PITCH_HZ[0])
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    own = np.fft.irfft(np.abs(np.fft.rfft(shape, size)) ** 2)[:longest]
    octave = np.empty(frames.shape[0])
    likeness = np.empty(frames.shape[0])
    for first in range(0, frames.shape[0], 512):  # bounds the memory of the transforms
        part = slice(first, first + 512)
        power = np.abs(np.fft.rfft(frames[part] * shape, size)) ** 2
        power[:, (hz < PITCH_HZ[0] - 10) | (hz > HIGHEST_VOICED_HZ)] = 0
        curve = np.fft.irfft(power)[:, :longest]
        curve /= (curve[:, :1] + 1e-12) * np.maximum(own / own[0], 0.05)
        lag = shortest + np.argmax(curve[:, shortest:], axis=1)
        octave[part] = np.log2(RATE_HZ / lag)
        likeness[part] = curve[np.arange(lag.size), lag]
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    sounding = level > np.quantile(level, 0.98) - SOUNDING_DB
    steady = np.abs(np.diff(octave, prepend=octave[0])) < GLIDE_OCTAVES
    heard = level > level.max() - RANGE_DB
    labels, _ = ndimage.label(heard & steady & (likeness > VOICED))
    voiced = np.zeros(octave.size, bool)
    for found in ndimage.find_objects(labels):
        run = found[0]
        voiced[run] = run.stop - run.start >= SYLLABLE_S * RATE_HZ / PITCH_HOP
    return _Pitch(octave, voiced, sounding)


def _gliding(pitch: _Pitch) -> BoolArray:
    """Moments of syllables whose pitch moves as that of a voice does, shape ``(n,)``."""
    gliding = np.zeros_like(pitch.voiced)
    labels, _ = ndimage.label(pitch.voiced)
    for found in ndimage.find_objects(labels):
        run = found[0]
        low, high = np.quantile(pitch.octave[run], GLIDE_QUANTILES)
        gliding[run] = 12 * float(high - low) >= SPEECH_SEMITONES
    return gliding


def _glides(pitch: _Pitch, part: slice) -> bool:
    """True when the pitch of much of a part moves as that of a voice does."""
    voiced = pitch.voiced[part]
    share = float(voiced.sum()) / max(1, int(pitch.sounding[part].sum()))
    labels, _ = ndimage.label(voiced)
    glides = [
        12 * float(np.ptp(pitch.octave[part][found[0]])) for found in ndimage.find_objects(labels)
    ]
    return share >= SPEECH_SHARE and bool(glides) and float(np.median(glides)) >= SPEECH_SEMITONES
