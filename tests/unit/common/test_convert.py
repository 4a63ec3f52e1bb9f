"""Between messages and vocabulary: nothing is lost, nothing is invented."""

from __future__ import annotations

import dataclasses
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley_common.errors import SchemaMismatch
from foley_common.footsteps import (
    DetectionStatistics,
    Footstep,
    GaitKind,
    ModelVersion,
    Side,
    StrikePattern,
    Track,
    TrackBox,
)
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_common.rpc import convert
from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    FootwearSpan,
    Place,
    RoomSize,
    Surface,
    SurfaceAnswer,
    SurfaceGroup,
    SurfaceReport,
    SurfaceSpan,
    VisionUsage,
)

F32_HALF = 0.5  # exact in a float32 field

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
STEP = Footstep(
    footstep_id="t1-0007",
    track_id=1,
    side=Side.LEFT,
    initial_contact_time_s=3.417,
    toe_off_time_s=4.061,
    confidence=F32_HALF,
    toe_off_confidence=0.25,
    strength=0.75,
    gait_kind=GaitKind.WALKING if hasattr(GaitKind, "WALKING") else next(iter(GaitKind)),
    strike_pattern=next(iter(StrikePattern)),
    x_px=100.5,
    y_px=200.25,
    person_height_px=300.0,
    toe_off_x_px=120.5,
    toe_off_y_px=205.0,
)
ANSWER = SurfaceAnswer(
    surface=Surface.GRAVEL,
    best_guess=Surface.GRAVEL,
    group=SurfaceGroup.AGGREGATE,
    confidence=F32_HALF,
    source=AnswerSource.VISION_MODEL,
    wet=True,
    place=Place.OUTDOOR,
    description="a path",
    reasoning="stones",
    sound_suggestions=("gravel steps", "crunch"),
    model="m-1",
    prompt_version="3",
    room_size=RoomSize.HALL,
    footwear=Footwear.BOOT,
    footwear_confidence=0.25,
    elapsed_ms=12.5,
)


@given(st.integers(-(10**15), 10**15))
def test_durations_keep_the_nanosecond(nanoseconds):
    message = convert.duration_to_proto(nanoseconds / 1e9)
    assert message.seconds * message.nanos >= 0  # one sign, as Duration demands
    assert abs(message.nanos) < 10**9
    assert convert.duration_from_proto(message) == pytest.approx(
        nanoseconds / 1e9, abs=1e-9, rel=1e-15
    )


@pytest.mark.parametrize("seconds", [0.0, 0.9999999999, -0.5, -1.25, 3.417, 1e6 + 1e-9])
def test_durations_are_legal_protobuf(seconds):
    assert (
        convert.duration_to_proto(seconds).ToJsonString().endswith("s")
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
        number = convert.enum_to_proto(word, prefix, numbers)
        assert number > 0
        assert convert.enum_from_proto(number, prefix, numbers, words) is word
    assert convert.enum_to_proto(None, prefix, numbers) == 0
    assert convert.enum_from_proto(0, prefix, numbers, words) is None
    assert convert.enum_from_proto(9999, prefix, numbers, words) is None


def test_references_and_probes_come_back():
    ref = ObjectRef("foley", "clips/c-1/source", "a" * 64, 2**40, "video/mp4")
    assert convert.object_ref_from_proto(convert.object_ref_to_proto(ref)) == ref
    assert convert.video_info_from_proto(convert.video_info_to_proto(VIDEO)) == VIDEO
    assert convert.video_info_from_proto(media_pb2.VideoInfo()).frame_rate == 0


def test_ranges_with_an_open_end():
    assert convert.time_range_from_proto(convert.time_range_to_proto(1.5, 2.25)) == (1.5, 2.25)
    assert convert.time_range_from_proto(media_pb2.TimeRange()) == (0.0, math.inf)


@pytest.mark.parametrize(
    "changes", [{}, {"toe_off_time_s": None}, {"gait_kind": None, "strike_pattern": None}]
)
def test_footsteps_come_back(changes):
    from dataclasses import replace

    step = replace(STEP, **changes)
    message = convert.footstep_to_proto(step)
    again = type(message).FromString(message.SerializeToString())
    assert convert.footstep_from_proto(again) == step


def test_footsteps_that_cannot_be_are_refused():
    message = convert.footstep_to_proto(STEP)
    message.ClearField("side")
    with pytest.raises(SchemaMismatch, match="side"):
        convert.footstep_from_proto(message)
    message = convert.footstep_to_proto(STEP)
    message.toe_off_offset.FromMilliseconds(1)
    with pytest.raises(SchemaMismatch):
        convert.footstep_from_proto(message)


def test_detected_footsteps_come_back_and_are_deterministic():
    detected = convert.DetectedFootsteps(
        video=VIDEO,
        footsteps=(STEP,),
        tracks=(
            Track(
                1,
                (TrackBox(0.0, 1.0, 2.0, 3.0, 4.0), TrackBox(0.04, 1.5, 2.5, 3.5, 4.5)),
                112.0,
                0.5,
                0.25,
                0.75,
            ),
        ),
        statistics=DetectionStatistics(240, 200, 190),
        models=(ModelVersion("yolov8n.onnx", "b" * 64),),
    )
    data = convert.detected_footsteps_to_bytes(detected)
    assert convert.detected_footsteps_from_bytes(data) == detected
    assert convert.detected_footsteps_to_bytes(detected) == data
    assert convert.detected_footsteps_from_bytes(b"").footsteps == ()
    with pytest.raises(SchemaMismatch):
        convert.detected_footsteps_from_bytes(b"\xff\xff\xff")


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER,
        dataclasses.replace(ANSWER, wet=False),
        SurfaceAnswer(None, Surface.WOOD, SurfaceGroup.SOLID, 0.25, AnswerSource.LOCAL_MODEL),
    ],
    ids=["known", "dry", "unknown"],
)
@pytest.mark.parametrize(
    "usage", [None, VisionUsage(), VisionUsage(3, 2, 2**40, 500, 0.125, 1, "m-1")]
)
def test_surface_reports_come_back(answer, usage):
    report = SurfaceReport(
        surfaces=(SurfaceSpan(0, 0.0, 2.5, answer), SurfaceSpan(2, 2.5, 8.0, answer)),
        footwear=(
            FootwearSpan(1, 0.0, 8.0, Footwear.HIGH_HEEL, 0.5, AnswerSource.OVERRIDE),
            FootwearSpan(2, 0.0, 8.0, None, 0.0, AnswerSource.DEFAULT, "too small to see"),
        ),
        fallback_reason="no key",
        usage=usage,
    )
    data = convert.surface_report_to_bytes(report)
    assert convert.surface_report_from_bytes(data) == report
    assert convert.surface_report_to_bytes(report) == data
    with pytest.raises(SchemaMismatch):
        convert.surface_report_from_bytes(b"\xff\xff\xff")


def test_unknown_is_said_and_not_left_out():
    unknown = SurfaceAnswer(None, Surface.WOOD, None, 0.25, AnswerSource.LOCAL_MODEL)
    assert convert.surface_answer_to_proto(unknown).surface == surface_pb2.SURFACE_UNKNOWN
    assert convert.surface_answer_from_proto(surface_pb2.SurfaceAnswer()).surface is None
