"""Between messages about ground and shoes and ours: nothing is lost, unknown stays unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foley.common.v1 import surface_pb2
from foley_common.errors import SchemaMismatch
from foley_common.rpc.surfaces import (
    surface_answer_from_proto,
    surface_answer_to_proto,
    surface_report_from_bytes,
    surface_report_to_bytes,
)
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


@pytest.mark.parametrize(
    "answer",
    [ANSWER, SurfaceAnswer(None, Surface.WOOD, SurfaceGroup.SOLID, 0.25, AnswerSource.LOCAL_MODEL)],
    ids=["known", "unknown"],
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
    data = surface_report_to_bytes(report)
    assert surface_report_from_bytes(data) == report
    assert surface_report_to_bytes(report) == data
    with pytest.raises(SchemaMismatch):
        surface_report_from_bytes(b"\xff\xff\xff")


def test_unknown_is_said_and_not_left_out():
    unknown = SurfaceAnswer(None, Surface.WOOD, None, 0.25, AnswerSource.LOCAL_MODEL)
    assert surface_answer_to_proto(unknown).surface == surface_pb2.SURFACE_UNKNOWN
    assert surface_answer_from_proto(surface_pb2.SurfaceAnswer()).surface is None


@pytest.mark.parametrize("wet", [None, False, True])
def test_wet_dry_and_not_known_stay_three_things(wet: bool | None):
    answer = replace(ANSWER, wet=wet)
    message = surface_answer_to_proto(answer)
    again = type(message).FromString(message.SerializeToString())
    assert surface_answer_from_proto(again) == answer
    assert again.HasField("wet") is (wet is not None)
    assert again.wet is bool(wet)  # what callers of before read
