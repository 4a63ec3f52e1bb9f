"""Is this a video we can work on, and what is in it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from foley_common.errors import MediaTooLarge
from foley_common.media.container import MAX_PIXELS, OpenVideo, check_complete, open_video
from foley_common.media.decode import frame_times_s
from foley_common.media.info import VideoInfo
from foley_common.media.pictures import Upright
from foley_common.media.sound_streams import sound_streams
from foley_common.media.stream import decoded, no_frame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

NTSC = 1001
SNAP_RELATIVE = 2e-4  # a rate this close to a usual one is that one; 29.97 and 30 differ by 1e-3
MIN_RATE_HZ, MAX_RATE_HZ = (
    Fraction(1, 2),
    Fraction(1000),
)  # outside, a container's rate is a lie (0, 90 kHz, 1/3600)
GRID_TOLERANCE = 0.1  # part of a frame that a stamp may stand off the grid; Matroska's 1 ms is 0.06 of a 60 Hz frame
ABOUT_EQUAL = (
    0.25  # part of a step within which others are one frame long too: half or twice it are not
)
NOMINAL_TOLERANCE = (
    0.02  # phones and screen recorders keep their rate to a few per mille; 24 and 25 differ by 4 %
)
MOSTLY_KEPT = 0.65  # of the frames: what so many keep is a rate; of 25 or 24 pulled down to 60 Hz 0.6 or 0.5 are alike
JITTERED_AVERAGE = 0.002  # of a rate: ends that stray by 10 ms move the average of 5 s by so much
NEAR_FRAMES = (
    0.5  # off its own place on the grid, as a root mean square: nearer to it than to the next
)
KEPT_SHARE = 0.4  # of the frames that are about one long; where fewer keep one rate, all of them jitter around it
MIN_GRID_TOLERANCE_S = 0.0011  # one millisecond of rounding, and a little
_USUAL_RATES = [
    Fraction(n)
    for n in (8, 10, 12, 15, 16, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 144, 200, 240)
] + [Fraction(n * 1000, NTSC) for n in (24, 30, 48, 60, 120, 240)]


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What is taken; each limit protects the memory or the time of a server.

    Attributes:
        max_duration_s: Longest video; four hours, as the gateway's settings have it.
        max_pixel_count: Largest picture; 4096 × 4096 holds DCI 4K either way up.
        max_size_bytes: Largest file; 20 GiB is four hours at 12 Mbit/s, and what the gateway's settings have.
        max_frame_count: Most frames; four hours at 120 frames a second.
    """

    max_duration_s: float = 4 * 3600.0
    max_pixel_count: int = MAX_PIXELS
    max_size_bytes: int = 20 * 2**30
    max_frame_count: int = 4 * 3600 * 120


STAGE_LIMITS = MediaLimits(
    max_duration_s=24 * 3600.0, max_size_bytes=2**44, max_frame_count=24 * 3600 * 120
)
"""For a stage: whoever let the video in has judged it. A day, after which time code begins again."""
_SAID = {
    "duration_s": "is {found:g} s long, at most {limit:g} s are taken; cut it",
    "size_bytes": "has {found:.0f} bytes, at most {limit:.0f} are taken; cut it, or encode it smaller",
    "pixel_count": "has {found:.0f} pixels a frame, at most {limit:.0f} are taken; scale it down",
    "frame_count": "has {found:.0f} frames, at most {limit:.0f} are taken; cut it",
}


def probe(path: Path, limits: MediaLimits | None = None) -> VideoInfo:
    """Look into a video: container by content, first frame decoded, times of all frames read.

    The answer says what can be decoded: a file that is cut off is as long as the part before the break.

    Raises:
        UndecodableMedia: not a video, sound only, cut off, or no frame can be decoded.
        MediaTooLarge: over one of the limits.
    """
    limits = limits or MediaLimits()
    _check(path.name, "size_bytes", path.stat().st_size, limits.max_size_bytes)
    with open_video(path) as video:
        context = video.stream.codec_context
        _check(path.name, "pixel_count", context.width * context.height, limits.max_pixel_count)
        if video.stream.frames:
            _check(path.name, "frame_count", video.stream.frames, limits.max_frame_count)
        frame = next(decoded(video), None)
        if frame is None:
            raise no_frame(path.name)
        _check(path.name, "pixel_count", frame.width * frame.height, limits.max_pixel_count)
        check_complete(path)
        times_s = frame_times_s(path)
        _check(path.name, "frame_count", times_s.size, limits.max_frame_count)
        info = _describe(video, frame, times_s)
    _check(path.name, "duration_s", info.duration_s, limits.max_duration_s)
    return info


def rate_of(
    times_s: NDArray[np.float64], said: Fraction | None, *, stamp_step_s: float = 0.0
) -> Fraction:
    """Average frame rate: the container's or the nearest usual rate where that fits the times, else what they say.

    Args:
        times_s: shape ``(n,)``, presentation times, increasing.
        said: What the container says; may be absent or a lie.
        stamp_step_s: How coarse the stamps are: 0.001 in Matroska.

    >>> rate_of(np.arange(50) / 25, Fraction(90_000))
    Fraction(25, 1)
    """
    plausible = said is not None and MIN_RATE_HZ <= said <= MAX_RATE_HZ
    if times_s.size < 2 or times_s[-1] <= times_s[0]:
        return said if said is not None and plausible else Fraction(25)
    span_s = float(times_s[-1] - times_s[0])
    average = (times_s.size - 1) / span_s
    slack = average * max(
        SNAP_RELATIVE, stamp_step_s / span_s
    )  # half a step of rounding at either end
    near = min(_USUAL_RATES, key=lambda rate: abs(float(rate) - average))
    near_fits = abs(float(near) - average) <= slack
    said_fits = said is not None and plausible and abs(float(said) - average) <= slack
    if said is not None and said_fits and (said in _USUAL_RATES or not near_fits):
        return said
    return near if near_fits else Fraction(average).limit_denominator(100_000)


def is_variable(times_s: NDArray[np.float64], rate: Fraction) -> bool:
    """True when the times do not stand on one regular grid.

    >>> is_variable(np.array([0, 0.04, 0.08, 0.2]), Fraction(25))
    True
    """
    if times_s.size < 3:
        return False
    grid = np.arange(times_s.size) / float(rate)
    off = times_s - grid
    return bool(
        np.max(np.abs(off - np.median(off)))
        > max(GRID_TOLERANCE / float(rate), MIN_GRID_TOLERANCE_S)
    )


def nominal_rate_of(times_s: NDArray[np.float64], rate: Fraction) -> Fraction:
    """The rate at which a video that keeps none is labelled: the usual one that most of its frames stand at.

    A phone that leaves frames out in the dark still films at 30, and editors lay it on a timeline of 30: the average
    of 25.7 is a rate that no timeline has. Frames that stray around the grid of a usual average, by jitter or by a
    pull-down to another's grid, are of that rate. Of two rates that equally many frames keep it is the higher one: it
    has a label for every frame of the other.

    Args:
        times_s: shape ``(n,)``, presentation times in order; equal ones count once.
        rate: Average rate; the answer where there is no more than one time.

    >>> times_s = np.array([n / 30 for n in range(60) if n % 7])
    >>> nominal_rate_of(times_s, rate_of(times_s, None))
    Fraction(30, 1)
    >>> nominal_rate_of(np.cumsum([1 / 24, 1 / 30] * 50), Fraction(80, 3))
    Fraction(30, 1)
    """
    steps_s = np.sort(np.diff(times_s))
    steps_s = steps_s[steps_s > 0]
    if not steps_s.size:
        return rate
    kept_s = _densest(steps_s, np.maximum(NOMINAL_TOLERANCE * steps_s, MIN_GRID_TOLERANCE_S))
    near = rate if rate in _USUAL_RATES else min(_USUAL_RATES, key=lambda one: abs(one / rate - 1))
    strays = kept_s.size < MOSTLY_KEPT * steps_s.size and abs(near / rate - 1) <= JITTERED_AVERAGE
    if strays and _stays_near(times_s, near):
        return near
    around_s = _one_frame(steps_s, float(kept_s[kept_s.size // 2]))
    if kept_s.size < KEPT_SHARE * around_s.size:  # they jitter around one rate: their mean says it
        kept_s = _one_frame(steps_s, float(np.median(around_s)))
    typical = 1.0 / float(kept_s.mean())
    if rate in _USUAL_RATES and abs(float(rate) / typical - 1) <= NOMINAL_TOLERANCE:
        return rate
    return min(_USUAL_RATES, key=lambda usual: abs(math.log(float(usual) / typical)))


def _stays_near(times_s: NDArray[np.float64], rate: Fraction) -> bool:
    """True for frames that jitter around a grid, or are pulled down to another's: none was left out, or made up for."""
    off: NDArray[np.float64] = times_s * float(rate) - np.arange(times_s.size)
    return float(off.std()) < NEAR_FRAMES


def _densest(steps_s: NDArray[np.float64], within_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those around the step that has most others so near, the shortest such one; steps in order, and stay so."""
    first = np.searchsorted(steps_s, steps_s - within_s)
    end = np.searchsorted(steps_s, steps_s + within_s, side="right")
    best = int(np.argmax(end - first))
    return steps_s[first[best] : end[best]]


def _one_frame(steps_s: NDArray[np.float64], about_s: float) -> NDArray[np.float64]:
    """The steps that are about so long; not half of it, nor twice."""
    return steps_s[np.abs(steps_s - about_s) <= ABOUT_EQUAL * about_s]


def _describe(video: OpenVideo, frame: VideoFrame, times_s: NDArray[np.float64]) -> VideoInfo:
    stream, container = video.stream, video.container
    rate = rate_of(times_s, stream.average_rate, stamp_step_s=float(stream.time_base or 0))
    variable = is_variable(times_s, rate)
    streams = sound_streams(container)
    sound = streams[0] if streams else None
    upright = Upright.for_frame(frame)
    width_px, height_px = upright.size
    step_s = float(np.median(np.diff(times_s))) if times_s.size > 1 else float(1 / rate)
    return VideoInfo(
        width_px=width_px,
        height_px=height_px,
        frame_rate=rate,
        nominal_frame_rate=nominal_rate_of(times_s, rate) if variable else rate,
        frame_count=int(times_s.size),
        duration_s=float(times_s[-1]) + step_s,
        video_codec=stream.codec_context.codec.canonical_name,
        rotation_degrees=90 * upright.quarter_turns,
        variable_frame_rate=variable,
        audio_codec=sound.codec_context.codec.canonical_name if sound else "",
        audio_sample_rate_hz=sound.codec_context.sample_rate if sound else 0,
        audio_channel_count=sum(track.codec_context.channels for track in streams),
        pixel_format=frame.format.name,
        start_timecode=_timecode(video),
    )


def _timecode(video: OpenVideo) -> str:
    held = [
        video.stream.metadata,
        video.container.metadata,
        *(s.metadata for s in video.container.streams.data),
    ]
    return next((metadata["timecode"] for metadata in held if "timecode" in metadata), "")


def _check(name: str, what: str, found: float, limit: float) -> None:
    if found > limit:
        raise MediaTooLarge(
            f"{name!r} {_SAID[what].format(found=found, limit=limit)}",
            file=name,
            limit_name=what,
            found=f"{found:g}",
            limit=f"{limit:g}",
        )
