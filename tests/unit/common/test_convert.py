"""Between messages and vocabulary: nothing is lost, nothing is invented."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley_common.footsteps import (
    GaitKind,
    Side,
    StrikePattern,
)
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.rpc.convert import (
    duration_from_proto,
    duration_to_proto,
    enum_from_proto,
    enum_to_proto,
    object_ref_from_proto,
    object_ref_to_proto,
    time_range_from_proto,
    time_range_to_proto,
    video_info_from_proto,
    video_info_to_proto,
)
from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    Place,
    RoomSize,
    Surface,
    SurfaceGroup,
)

VIDEO = VideoInfo(
    width_px=1768,
    height_px=994,
    frame_rate=Fraction(30_000, 1001),
    frame_count=240,
    duration_s=8.008,
    video_codec="h264",
    rotation_degrees=90,
    variable_frame_rate=True,
    audio_codec="aac",
    audio_sample_rate_hz=48_000,
    audio_channel_count=6,
    pixel_format="yuv420p10le",
    start_timecode="10:00:00;02",
)


@given(st.integers(-(10**15), 10**15))
def test_durations_keep_the_nanosecond(nanoseconds):
    message = duration_to_proto(nanoseconds / 1e9)
    assert message.seconds * message.nanos >= 0  # one sign, as Duration demands
    assert abs(message.nanos) < 10**9
    assert duration_from_proto(message) == pytest.approx(nanoseconds / 1e9, abs=1e-9, rel=1e-15)


@pytest.mark.parametrize("seconds", [0.0, 0.9999999999, -0.5, -1.25, 3.417, 1e6 + 1e-9])
def test_durations_are_legal_protobuf(seconds):
    assert (
        duration_to_proto(seconds).ToJsonString().endswith("s")
    )  # refuses mixed signs and overflow


@pytest.mark.parametrize(
    ("words", "prefix", "numbers"),
    [
        (Side, "SIDE", footstep_pb2.Side),
        (GaitKind, "GAIT_KIND", footstep_pb2.GaitKind),
        (StrikePattern, "STRIKE_PATTERN", footstep_pb2.StrikePattern),
        (Surface, "SURFACE", surface_pb2.Surface),
        (SurfaceGroup, "SURFACE_GROUP", surface_pb2.SurfaceGroup),
        (Footwear, "FOOTWEAR", surface_pb2.Footwear),
        (Place, "PLACE", surface_pb2.Place),
        (RoomSize, "ROOM_SIZE", surface_pb2.RoomSize),
        (AnswerSource, "ANSWER_SOURCE", surface_pb2.AnswerSource),
    ],
)
def test_every_word_has_a_number_and_back(words, prefix, numbers):
    for word in words:
        number = enum_to_proto(word, prefix, numbers)
        assert number > 0
        assert enum_from_proto(number, prefix, numbers, words) is word
    assert enum_to_proto(None, prefix, numbers) == 0
    assert enum_from_proto(0, prefix, numbers, words) is None
    assert enum_from_proto(9999, prefix, numbers, words) is None


def test_references_and_probes_come_back():
    ref = ObjectRef("foley", "clips/c-1/source", "a" * 64, 2**40, "video/mp4")
    assert object_ref_from_proto(object_ref_to_proto(ref)) == ref
    assert video_info_from_proto(video_info_to_proto(VIDEO)) == VIDEO
    assert video_info_from_proto(media_pb2.VideoInfo()).frame_rate == 0


def test_ranges_with_an_open_end():
    assert time_range_from_proto(time_range_to_proto(1.5, 2.25)) == (1.5, 2.25)
    assert time_range_from_proto(media_pb2.TimeRange()) == (0.0, math.inf)
