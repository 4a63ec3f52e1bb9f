"""Between the messages that all contracts are made of and our values: times, words, references, probes.

Each pair is ``x_to_proto`` and ``x_from_proto``. Footsteps, grounds and programmes have `rpc.footsteps`,
`rpc.surfaces` and `rpc.programme`.
"""

# pyright: reportMissingTypeStubs=false
from __future__ import annotations

import enum
import math
from fractions import Fraction
from typing import TypeVar

from google.protobuf.duration_pb2 import Duration

from foley.common.v1 import media_pb2
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef

NANOS = 1_000_000_000
_Word = TypeVar("_Word", bound=enum.StrEnum)


def duration_to_proto(seconds: float) -> Duration:
    """Seconds to a Duration, rounded to the nanosecond."""
    whole, nanos = divmod(round(seconds * NANOS), NANOS)
    if whole < 0 and nanos:  # Duration wants both parts of one sign
        whole, nanos = whole + 1, nanos - NANOS
    return Duration(seconds=whole, nanos=nanos)


def duration_from_proto(duration: Duration) -> float:
    """A Duration to seconds."""
    return duration.seconds + duration.nanos / NANOS


def enum_to_proto(word: enum.StrEnum | None, prefix: str, numbers: type) -> int:
    """A word of ours to the number of ``PREFIX_WORD``; None to 0.

    >>> from foley.common.v1 import footstep_pb2
    >>> from foley_common.footsteps import Side
    >>> enum_to_proto(Side.LEFT, "SIDE", footstep_pb2.Side)
    1
    """
    return 0 if word is None else int(numbers.Value(f"{prefix}_{word.name}"))  # type: ignore[attr-defined]


def enum_from_proto(number: int, prefix: str, numbers: type, words: type[_Word]) -> _Word | None:
    """The number of ``PREFIX_WORD`` to a word of ours; 0 and words we do not have (``UNKNOWN``) to None.

    >>> from foley.common.v1 import footstep_pb2
    >>> from foley_common.footsteps import Side
    >>> enum_from_proto(1, "SIDE", footstep_pb2.Side, Side)
    <Side.LEFT: 'left'>
    """
    known: dict[int, str] = {value: name for name, value in numbers.items()}  # type: ignore[attr-defined]
    return words.__members__.get(known.get(number, "").removeprefix(f"{prefix}_"))


def object_ref_to_proto(ref: ObjectRef) -> media_pb2.ObjectRef:
    """A reference to its message."""
    return media_pb2.ObjectRef(
        bucket=ref.bucket,
        key=ref.key,
        sha256=ref.sha256,
        size_bytes=ref.size_bytes,
        media_type=ref.media_type,
    )


def object_ref_from_proto(message: media_pb2.ObjectRef) -> ObjectRef:
    """A message to a reference."""
    return ObjectRef(
        message.bucket, message.key, message.sha256, message.size_bytes, message.media_type
    )


def video_info_to_proto(video: VideoInfo) -> media_pb2.VideoInfo:
    """A probe to its message."""
    return media_pb2.VideoInfo(
        width_px=video.width_px,
        height_px=video.height_px,
        frame_rate=media_pb2.Rational(
            numerator=video.frame_rate.numerator, denominator=video.frame_rate.denominator
        ),
        frame_count=video.frame_count,
        duration=duration_to_proto(video.duration_s),
        video_codec=video.video_codec,
        rotation_degrees=video.rotation_degrees,
        variable_frame_rate=video.variable_frame_rate,
        audio_codec=video.audio_codec,
        audio_sample_rate_hz=video.audio_sample_rate_hz,
        audio_channel_count=video.audio_channel_count,
        pixel_format=video.pixel_format,
        start_timecode=video.start_timecode,
        nominal_frame_rate=media_pb2.Rational(
            numerator=video.nominal_frame_rate.numerator,
            denominator=video.nominal_frame_rate.denominator,
        ),
    )


def video_info_from_proto(message: media_pb2.VideoInfo) -> VideoInfo:
    """A message to a probe. A denominator of 0 (nothing set) reads as 0 frames per second."""
    return VideoInfo(
        width_px=message.width_px,
        height_px=message.height_px,
        frame_rate=_fraction(message.frame_rate),
        frame_count=message.frame_count,
        duration_s=duration_from_proto(message.duration),
        video_codec=message.video_codec,
        rotation_degrees=message.rotation_degrees,
        variable_frame_rate=message.variable_frame_rate,
        audio_codec=message.audio_codec,
        audio_sample_rate_hz=message.audio_sample_rate_hz,
        audio_channel_count=message.audio_channel_count,
        pixel_format=message.pixel_format,
        start_timecode=message.start_timecode,
        nominal_frame_rate=_fraction(message.nominal_frame_rate),
    )


def _fraction(rate: media_pb2.Rational) -> Fraction:
    return Fraction(rate.numerator, rate.denominator) if rate.denominator else Fraction(0)


def time_range_to_proto(start_s: float, end_s: float) -> media_pb2.TimeRange:
    """A half-open span to its message."""
    return media_pb2.TimeRange(
        start_offset=duration_to_proto(start_s), end_offset=duration_to_proto(end_s)
    )


def time_range_from_proto(message: media_pb2.TimeRange) -> tuple[float, float]:
    """A message to ``(start_s, end_s)``; an absent end is infinity."""
    end_s = duration_from_proto(message.end_offset) if message.HasField("end_offset") else math.inf
    return duration_from_proto(message.start_offset), end_s
