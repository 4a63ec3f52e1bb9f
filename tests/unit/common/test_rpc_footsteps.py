"""Between footstep messages and ours: nothing is lost, nothing is invented."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from foley_common.errors import SchemaMismatch
from foley_common.footsteps import (
    DetectedFootsteps,
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
from foley_common.rpc.footsteps import (
    detected_footsteps_from_bytes,
    detected_footsteps_to_bytes,
    footstep_from_proto,
    footstep_to_proto,
)

F32_HALF = 0.5  # exact in a float32 field


VIDEO = VideoInfo(1768, 994, Fraction(30_000, 1001), 240, 8.008, "h264")
STEP = Footstep(
    footstep_id="t1-0007",
    track_id=1,
    side=Side.LEFT,
    initial_contact_time_s=3.417,
    toe_off_time_s=4.061,
    confidence=F32_HALF,
    toe_off_confidence=0.25,
    strength=0.75,
    gait_kind=GaitKind.WALK,
    strike_pattern=StrikePattern.HEEL,
    x_px=100.5,
    y_px=200.25,
    person_height_px=300.0,
    toe_off_x_px=120.5,
    toe_off_y_px=205.0,
)


@pytest.mark.parametrize(
    "changes", [{}, {"toe_off_time_s": None}, {"gait_kind": None, "strike_pattern": None}]
)
def test_footsteps_come_back(changes):
    step = replace(STEP, **changes)
    message = footstep_to_proto(step)
    again = type(message).FromString(message.SerializeToString())
    assert footstep_from_proto(again) == step


def test_footsteps_that_cannot_be_are_refused():
    message = footstep_to_proto(STEP)
    message.ClearField("side")
    with pytest.raises(SchemaMismatch, match="side"):
        footstep_from_proto(message)
    message = footstep_to_proto(STEP)
    message.toe_off_offset.FromMilliseconds(1)
    with pytest.raises(SchemaMismatch):
        footstep_from_proto(message)


def test_detected_footsteps_come_back_and_are_deterministic():
    detected = DetectedFootsteps(
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
    data = detected_footsteps_to_bytes(detected)
    assert detected_footsteps_from_bytes(data) == detected
    assert detected_footsteps_to_bytes(detected) == data
    assert detected_footsteps_from_bytes(b"").footsteps == ()
    with pytest.raises(SchemaMismatch):
        detected_footsteps_from_bytes(b"\xff\xff\xff")
