"""Messages and domain agree, and REST's published shapes are those of the messages."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from foley.audio.v1 import audio_service_pb2, loudness_pb2
from foley.common.v1 import footstep_pb2, media_pb2, surface_pb2
from foley.detector.v1 import detector_service_pb2
from foley.gateway.v1 import clip_pb2, render_pb2, render_service_pb2, sample_pack_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2
from foley_common.errors import InvalidField
from foley_common.footsteps import GaitKind, Sensitivity, Side, StepEdit
from foley_common.objects import ObjectRef
from foley_common.programme import SessionOptions
from foley_common.rpc.convert import duration_to_proto
from foley_common.sound import (
    LoudnessPreset,
    OriginalSound,
    Perspective,
    Room,
    SampleFormat,
    SessionFormat,
    SoundEngine,
    SoundSource,
    StemKind,
)
from foley_common.surfaces import Footwear, Surface
from foley_gateway.domain.types import (
    Ducking,
    FoundSound,
    GroundSound,
    PoseOptions,
    RejectedSound,
    Render,
    RenderFailure,
    RenderOptions,
    RenderState,
    RenderSummary,
    SoundSearch,
    Stem,
    StepEdits,
    Style,
    SurfaceOverride,
)
from foley_gateway.domain.walk import short_walk
from foley_gateway.rest import schemas
from foley_gateway.rpc.convert import operation_of, render_to_proto
from foley_gateway.rpc.options import options_from_proto, options_to_proto
from foley_gateway.rpc.packs import bank_request, wish_from_proto
from foley_gateway.rpc.sounds import found_from_proto, ground_sound_to_proto, rejected_from_proto
from foley_gateway.rpc.style import stem_from_proto, stem_to_proto

PACK = ObjectRef("foley", "packs/p-1.zip", "b" * 64, 10, "application/zip")
MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPTIONS = RenderOptions(
    poses=PoseOptions(0.5, 3),
    sensitivity=Sensitivity.HIGH,
    overrides=(
        SurfaceOverride(2, 0.5, 4.25, Surface.GRAVEL, None),
        SurfaceOverride(footwear=Footwear.HIGH_HEEL),
        SurfaceOverride(1, wet=True),
        SurfaceOverride(surface=Surface.STONE, wet=False),
    ),
    style=Style(
        seed=-7,
        original_sound=OriginalSound.DUCK,
        loudness_preset=LoudnessPreset.CINEMA,
        sample_rate_hz=96_000,
        engine=SoundEngine.SAMPLED,
        sample_packs=(PACK,),
        room=Room.HALL,
        perspective=Perspective.FAR,
        ducking=Ducking(12.5, 0.0, None, 1.5),
        sample_format=SampleFormat.FLOAT_32,
        stems=True,
        cloth=True,
        nudge_s=-0.25,
    ),
    footsteps_only=True,
    session=SessionOptions("10:00:00;02", -3600.5, 2.0),
    formats=(SessionFormat.MIDI, SessionFormat.CSV),
    local_ground_only=True,
    sound_search=SoundSearch("gravel", "", True, (SoundSource.WEB, SoundSource.LIBRARY)),
    step_edits=StepEdits(
        (
            StepEdit("t1-0001", contact_time_s=1.25),
            StepEdit("t1-0002", remove=True),
            StepEdit("n-1", False, 0.0, Side.RIGHT, 2, 0.0, GaitKind.SCUFF),
        ),
        only_these=True,
    ),
)


def test_options_survive_the_wire() -> None:
    assert options_from_proto(options_to_proto(OPTIONS)) == OPTIONS
    assert options_from_proto(render_pb2.RenderOptions()) == RenderOptions()


def test_everything_can_be_said_in_options() -> None:
    """A field that stays at its default above would be a field whose way over the wire is not tested."""
    usual = RenderOptions()
    for said, default in (
        (OPTIONS, usual),
        (OPTIONS.style, usual.style),
        (OPTIONS.session, usual.session),
    ):
        for entry in fields(said):
            assert getattr(said, entry.name) != getattr(default, entry.name), entry.name


def test_empty_parts_are_the_same_as_none() -> None:
    message = render_pb2.RenderOptions()
    message.style.ducking.SetInParent()
    message.style.nudge.SetInParent()
    message.session.offset.SetInParent()
    assert options_from_proto(message) == RenderOptions()
    message.formats.extend([audio_service_pb2.SESSION_FORMAT_CSV] * 2)
    assert options_from_proto(message).formats == (SessionFormat.CSV,)


@pytest.mark.parametrize(
    ("kind", "side", "track_id"),
    [(StemKind.FOOT, Side.RIGHT, 3), (StemKind.ORIGINAL, None, 0), (None, None, 0)],
)
def test_stems_survive_the_wire(kind: StemKind | None, side: Side | None, track_id: int) -> None:
    stem = Stem("track-3-right", PACK, kind, track_id, side, -2.5)
    assert stem_from_proto(stem_to_proto(stem)) == stem


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


def test_overrides_that_the_surface_agent_would_refuse_are_refused_at_once() -> None:
    message = render_pb2.RenderOptions()
    message.overrides.add(track_id=1)
    message.overrides.add(surface=surface_pb2.SURFACE_UNKNOWN)
    with pytest.raises(InvalidField) as caught:
        options_from_proto(message)
    empty, unknown = caught.value.violations
    assert (empty.field, empty.problem) == (
        "options.overrides[0]",
        "must set surface, footwear or wet",
    )
    assert unknown.field == "options.overrides[1].surface"
    advice = unknown.problem.partition("must be one of")[2]
    assert "SURFACE_GRASS" in advice
    assert "SURFACE_UNKNOWN" not in advice


@pytest.mark.parametrize("step_count", [0, 3])
def test_wet_grounds_can_be_heard_without_a_video(step_count: int) -> None:
    request = render_service_pb2.RenderSoundRequest(
        surface=surface_pb2.SURFACE_STONE, step_count=step_count
    )
    for wet in (False, True):
        request.wet = wet
        wish = wish_from_proto(request)
        assert bank_request(wish, "out").wet is wet
        _video, _steps, report = short_walk(
            wish.surface, wish.footwear, wish.gait_kind, wish.strength, 0, wet=wish.wet
        )
        assert [span.answer.wet for span in report.surfaces] == [wet]


def test_overrides_are_bounded() -> None:
    message = render_pb2.RenderOptions()
    for _ in range(1001):
        message.overrides.add(surface=surface_pb2.SURFACE_GRASS)
    with pytest.raises(InvalidField, match="at most 1000, are 1001"):
        options_from_proto(message)
    del message.overrides[0]
    assert len(options_from_proto(message).overrides) == 1000


def test_blanks_are_not_looked_for() -> None:
    message = render_pb2.RenderOptions()
    message.sound_search.query = "  "
    message.sound_search.url = " https://example.com/steps.wav "
    search = options_from_proto(message).sound_search
    assert search is not None
    assert (search.query, search.url) == ("", "https://example.com/steps.wav")


def test_every_violation_of_the_sound_and_the_session_is_named() -> None:
    message = options_to_proto(OPTIONS)
    style = message.style
    style.engine = style.room = style.perspective = style.sample_format = 99  # type: ignore[assignment]
    style.sample_packs[0].sha256 = "no digest"
    style.sample_packs.extend([style.sample_packs[0]] * 16)
    style.ducking.depth_db = 60.5
    style.ducking.attack.seconds = -1
    style.ducking.hold.seconds = style.ducking.release.seconds = 6
    style.nudge.CopyFrom(duration_to_proto(1.001))
    message.session.start_timecode = "ten o'clock"
    message.session.offset.CopyFrom(duration_to_proto(-86_401))
    message.session.handles.CopyFrom(duration_to_proto(61))
    message.formats.append(99)  # type: ignore[arg-type]
    message.formats.append(audio_service_pb2.SESSION_FORMAT_UNSPECIFIED)
    message.sound_search.url = "https://example.org"
    message.sound_search.sources.append(99)  # type: ignore[arg-type]
    with pytest.raises(InvalidField) as caught:
        options_from_proto(message)
    assert {violation.field for violation in caught.value.violations} >= {
        *(
            f"options.style.{name}"
            for name in ("engine", "room", "perspective", "sample_format", "sample_packs", "nudge")
        ),
        "options.style.sample_packs[0].sha256",
        *(f"options.style.ducking.{name}" for name in ("depth_db", "attack", "hold", "release")),
        *(f"options.session.{name}" for name in ("start_timecode", "offset", "handles")),
        "options.formats[2]",
        "options.formats[3]",
        "options.sound_search.url",
        "options.sound_search.sources[2]",
    }


def test_what_a_search_found_survives_the_wire() -> None:
    sound = FoundSound(
        PACK, "https://a.example/x", "Steps", "Somebody", "CC0", SoundSource.WEB, 2.5, True, MOMENT
    )
    item = GroundSound(
        Surface.GRAVEL, "boots", sound, PACK, 7, (RejectedSound("u", "t", "music"),), ""
    )
    message = ground_sound_to_proto(item)
    assert found_from_proto(message.sound) == sound
    assert [rejected_from_proto(one) for one in message.rejected] == list(item.rejected)
    assert (message.step_count, message.query) == (7, "boots")
    assert message.sample_pack.key == PACK.key
    nothing = ground_sound_to_proto(GroundSound(Surface.ICE, fallback_reason="none"))
    assert not nothing.HasField("sound")
    assert not nothing.HasField("sample_pack")
    assert nothing.fallback_reason == "none"


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
        (schemas.Ducking, audio_service_pb2.Ducking),
        (schemas.SessionOptions, audio_service_pb2.SessionOptions),
        (schemas.SoundSearch, render_pb2.SoundSearch),
        (schemas.SampleGroup, sample_pack_pb2.SampleGroup),
        (schemas.SamplePack, sample_pack_pb2.SamplePack),
        (schemas.ListSamplePacksResponse, render_service_pb2.ListSamplePacksResponse),
        (schemas.DeleteSamplePackResponse, render_service_pb2.DeleteSamplePackResponse),
        (schemas.BuildSamplePackResponse, render_service_pb2.BuildSamplePackResponse),
        (schemas.RejectedPart, audio_service_pb2.RejectedPart),
        (schemas.Provenance, audio_service_pb2.Provenance),
        (schemas.LoudnessReport, loudness_pb2.LoudnessReport),
        (schemas.SyncReport, loudness_pb2.SyncReport),
        (schemas.GroundSound, render_pb2.GroundSound),
        (schemas.FoundSound, surface_agent_service_pb2.FoundSound),
        (schemas.RejectedSound, surface_agent_service_pb2.RejectedSound),
    ],
)
def test_rest_publishes_the_shapes_of_the_contract(schema: type, message: type) -> None:
    assert list(schema.model_fields) == list(message.DESCRIPTOR.fields_by_name)
