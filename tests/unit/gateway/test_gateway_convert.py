"""Messages and domain agree, and REST's published shapes are those of the messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from foley.audio.v1 import audio_service_pb2, loudness_pb2
from foley.common.v1 import footstep_pb2, media_pb2
from foley.detector.v1 import detector_service_pb2
from foley.gateway.v1 import clip_pb2, render_pb2, render_service_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2
from foley_common.errors import InvalidField
from foley_common.footsteps import Sensitivity
from foley_common.surfaces import Footwear, Surface
from foley_gateway.domain.types import (
    LoudnessPreset,
    LoudnessReport,
    OriginalSound,
    PoseOptions,
    Render,
    RenderFailure,
    RenderOptions,
    RenderState,
    RenderSummary,
    Style,
    SurfaceOverride,
    SyncReport,
)
from foley_gateway.rest import schemas
from foley_gateway.rpc.convert import (
    operation_of,
    options_from_proto,
    options_to_proto,
    render_to_proto,
    report_from_proto,
    report_to_proto,
)

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPTIONS = RenderOptions(
    poses=PoseOptions(0.5, 3),
    sensitivity=Sensitivity.HIGH,
    overrides=(
        SurfaceOverride(2, 0.5, 4.25, Surface.GRAVEL, None),
        SurfaceOverride(footwear=Footwear.HIGH_HEEL),
    ),
    style=Style(-7, OriginalSound.DUCK, LoudnessPreset.STREAMING_14, 96_000),
    footsteps_only=True,
)


def test_options_survive_the_wire() -> None:
    assert options_from_proto(options_to_proto(OPTIONS)) == OPTIONS
    assert options_from_proto(render_pb2.RenderOptions()) == RenderOptions()


def test_every_violation_is_named_at_once() -> None:
    message = options_to_proto(OPTIONS)
    message.poses.min_person_confidence = 0.99
    message.poses.max_people_count = -1
    message.style.sample_rate_hz = 44_100
    message.sensitivity = 99
    message.overrides[0].range.end_offset.seconds = 0
    message.overrides[1].track_id = -2
    with pytest.raises(InvalidField) as caught:
        options_from_proto(message)
    assert {violation.field for violation in caught.value.violations} == {
        "options.poses.min_person_confidence",
        "options.poses.max_people_count",
        "options.style.sample_rate_hz",
        "options.sensitivity",
        "options.overrides[0].range",
        "options.overrides[1].track_id",
    }


def test_reports_survive_the_wire() -> None:
    loudness = LoudnessReport(-23.1, -1.5, -23, -1, 3.5, 0.25, 0.1, False)
    sync = SyncReport(4, 0, 0.2, 0.01, 3, 4, 1.5)
    assert report_from_proto(LoudnessReport, report_to_proto(loudness)) == loudness
    assert report_from_proto(SyncReport, report_to_proto(sync)) == sync


def test_results_show_only_when_there_are_any_and_errors_only_when_it_failed() -> None:
    render = Render(
        "c",
        "r",
        RenderOptions(),
        RenderState.RUNNING,
        MOMENT,
        MOMENT,
        summary=RenderSummary(3, 1),
        failure=RenderFailure("STORE_FULL", "no room", {"path": "out"}),
    )
    running = render_to_proto(render)
    assert not running.HasField("summary")
    assert running.error_reason == ""
    failed = render_to_proto(replace(render, state=RenderState.FAILED))
    assert (failed.error_reason, failed.error_message) == ("STORE_FULL", "no room")
    assert not operation_of(render).done
    ended = operation_of(replace(render, state=RenderState.SUCCEEDED))
    assert ended.done
    assert ended.WhichOneof("result") == "response"
    assert operation_of(replace(render, state=RenderState.FAILED)).error.message == "no room"


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (schemas.Clip, clip_pb2.Clip),
        (schemas.Render, render_pb2.Render),
        (schemas.RenderOptions, render_pb2.RenderOptions),
        (schemas.StageProgress, render_pb2.StageProgress),
        (schemas.RenderFile, render_pb2.RenderFile),
        (schemas.RenderSummary, render_pb2.RenderSummary),
        (schemas.ListClipsResponse, render_service_pb2.ListClipsResponse),
        (schemas.ListRendersResponse, render_service_pb2.ListRendersResponse),
        (schemas.ListFootstepsResponse, render_service_pb2.ListFootstepsResponse),
        (schemas.DeleteClipResponse, render_service_pb2.DeleteClipResponse),
        (schemas.ObjectRef, media_pb2.ObjectRef),
        (schemas.Rational, media_pb2.Rational),
        (schemas.TimeRange, media_pb2.TimeRange),
        (schemas.VideoInfo, media_pb2.VideoInfo),
        (schemas.Footstep, footstep_pb2.Footstep),
        (schemas.PoseOptions, detector_service_pb2.PoseOptions),
        (schemas.SurfaceOverride, surface_agent_service_pb2.SurfaceOverride),
        (schemas.Style, audio_service_pb2.Style),
        (schemas.LoudnessReport, loudness_pb2.LoudnessReport),
        (schemas.SyncReport, loudness_pb2.SyncReport),
    ],
)
def test_rest_publishes_the_shapes_of_the_contract(schema: type, message: type) -> None:
    assert list(schema.model_fields) == list(message.DESCRIPTOR.fields_by_name)
