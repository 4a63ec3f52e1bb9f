"""The surface agent over real gRPC, with a real store, real videos and a real OpenAI-compatible server on loopback."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from foley.common.v1 import surface_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.errors import (
    DigestMismatch,
    InvalidField,
    ObjectNotFound,
    SchemaMismatch,
    UndecodableMedia,
)
from foley_common.objects import unanswered_key
from foley_common.rpc.convert import object_ref_from_proto, time_range_to_proto
from foley_common.rpc.surfaces import surface_report_from_bytes
from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    Place,
    Surface,
    SurfaceReport,
)
from support.surface_desk import KEY, OUTPUT, OpenDesk, desks, grass_png, sounded_at
from support.vision_server import (
    Act,
    answers,
    cut,
    drips,
    refuses,
    slow,
    status,
    vision_server,
)
from support.walks import WIDTH_PX, PaintedWalk, lawn, painted_walk, road


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> PaintedWalk:
    return painted_walk(tmp_path_factory.mktemp("walk") / "walk.mp4", [lawn, road], step_count=12)


@pytest.fixture
def desk(tmp_path: Path, walk: PaintedWalk) -> OpenDesk:
    return desks(tmp_path, walk)


async def test_without_a_key_the_local_model_answers_and_says_so(desk: OpenDesk, walk: PaintedWalk):
    async with desk() as agent:
        report, progress = await agent.classify(await agent.request())
    assert "no key" in report.fallback_reason
    assert {span.answer.source for span in report.surfaces} == {AnswerSource.LOCAL_MODEL}
    assert all(span.answer.model.startswith("foley-ground") for span in report.surfaces)
    for step in walk.steps:
        assert report.surface_at(1, step.initial_contact_time_s) is not None
    (shoe,) = report.footwear
    assert (shoe.footwear, shoe.source) == (Footwear.SNEAKER, AnswerSource.DEFAULT)
    assert shoe.confidence < 0.5
    done = [event.progress.done_count for event in progress]
    assert done == sorted(done)
    assert all(event.progress.unit == "looks" for event in progress)


async def test_where_the_ground_changes_the_span_changes_within_a_step(
    desk: OpenDesk, walk: PaintedWalk
):
    async with desk() as agent:
        report, _ = await agent.classify(await agent.request())
    first, last = (sounded_at(report, 1, walk.steps[i].initial_contact_time_s) for i in (0, -1))
    assert first is Surface.GRASS
    assert last is not Surface.GRASS
    changed = next(
        i
        for i, step in enumerate(walk.steps)
        if sounded_at(report, 1, step.initial_contact_time_s) is not first
    )
    true_change = next(i for i, step in enumerate(walk.steps) if step.x_px > WIDTH_PX / 2)
    assert abs(changed - true_change) <= 1


async def test_no_picture_leaves_when_the_caller_says_so(desk: OpenDesk):
    with vision_server(answers()) as vision:
        async with desk(vision) as agent:
            request = await agent.request()
            request.local_only = True
            report, _ = await agent.classify(request)
            picture = await agent.put(grass_png(), "floor.png", "image/png")
            answer = await agent.stub.ClassifyPicture(
                pb.ClassifyPictureRequest(picture=picture, local_only=True), timeout=60
            )
    assert vision.asked == []
    assert report.fallback_reason == "the caller asked for the local classifier only"
    assert {span.answer.source for span in report.surfaces} == {AnswerSource.LOCAL_MODEL}
    assert answer.answer.source == surface_pb2.ANSWER_SOURCE_LOCAL_MODEL


async def test_a_picture_is_answered_locally_when_the_deadline_comes_before_the_model(
    desk: OpenDesk,
):
    with vision_server(slow(60.0)) as vision:
        async with desk(vision, timeout_s=60.0) as agent:
            picture = await agent.put(grass_png(), "floor.png", "image/png")
            reply = await agent.stub.ClassifyPicture(
                pb.ClassifyPictureRequest(picture=picture), timeout=8
            )
    assert reply.answer.source == surface_pb2.ANSWER_SOURCE_LOCAL_MODEL
    assert "within the call's deadline" in reply.answer.reasoning


async def test_the_vision_models_answer_is_taken_whole(desk: OpenDesk):
    with vision_server(answers(wet=True)) as vision:
        async with desk(vision) as agent:
            report, _ = await agent.classify(await agent.request())
    assert report.fallback_reason == ""
    answer = report.surfaces[0].answer
    assert (answer.surface, answer.source) == (Surface.GRASS, AnswerSource.VISION_MODEL)
    assert (answer.wet, answer.place, answer.model) == (True, Place.OUTDOOR, "test-vision")
    assert answer.prompt_version
    assert len(answer.sound_suggestions) == 3
    (shoe,) = report.footwear
    assert (shoe.footwear, shoe.source) == (Footwear.BOOT, AnswerSource.VISION_MODEL)
    sheet = Image.open(io.BytesIO(vision.asked[0].jpeg))
    assert max(sheet.size) <= 896
    assert report.usage is not None
    assert (report.usage.call_count, report.usage.model) == (len(vision.asked), "test-vision")
    assert report.usage.cost_usd == pytest.approx(0.0011 * len(vision.asked))


async def test_two_grounds_are_two_questions_and_never_more_than_the_budget(desk: OpenDesk):
    with vision_server(answers(), answers(surface="asphalt")) as vision:
        async with desk(vision) as agent:
            report, _ = await agent.classify(await agent.request())
    assert len(vision.asked) == 2
    assert {span.answer.surface for span in report.surfaces} == {Surface.GRASS, Surface.ASPHALT}
    assert report.fallback_reason == ""


async def test_a_spent_budget_is_said(desk: OpenDesk):
    with vision_server() as vision:
        async with desk(vision, max_calls_per_clip=1) as agent:
            report, _ = await agent.classify(await agent.request())
    assert len(vision.asked) == 1
    assert "budget" in report.fallback_reason
    sources = {span.answer.source for span in report.surfaces}
    assert sources == {AnswerSource.VISION_MODEL, AnswerSource.LOCAL_MODEL}


@pytest.mark.parametrize(
    ("act", "limits", "reason"),
    [
        (drips(30.0), {"timeout_s": 0.5, "max_retries": 0}, "no answer in 0.5 s"),
        (status(401, f"bad key {KEY}"), {}, "answered 401"),
        (answers(surface="lava"), {}, "outside the list"),
    ],
)  # every other fault: test_vision_faults.py, without the network between
async def test_whatever_the_endpoint_does_the_user_gets_a_declared_local_answer(
    desk: OpenDesk, walk: PaintedWalk, act: Act, limits: dict[str, object], reason: str
):
    with vision_server(act) as vision:
        async with desk(vision, **limits) as agent:
            report, _ = await agent.classify(await agent.request())
    assert reason in report.fallback_reason
    assert KEY not in report.fallback_reason
    assert {span.answer.source for span in report.surfaces} == {AnswerSource.LOCAL_MODEL}
    assert sounded_at(report, 1, walk.steps[0].initial_contact_time_s) is Surface.GRASS


async def test_a_dead_endpoint_is_waited_for_by_one_clip_only(desk: OpenDesk):
    with vision_server(status(500)) as vision:
        async with desk(vision) as agent:
            request = await agent.request()
            await agent.classify(request)
            tries = len(vision.asked)
            request.output_key = "clips/c-1/renders/r-2/surfaces.binpb"
            report, _ = await agent.classify(request)
            mark = await agent.store.find(unanswered_key(request.output_key))
    assert tries > 1
    assert len(vision.asked) == tries
    assert "answered 500" in report.fallback_reason
    assert "left alone" in report.fallback_reason
    assert mark is not None  # so that a later render asks anew


async def test_a_hiccup_is_not_noticed(desk: OpenDesk):
    with vision_server(status(429, Retry_After="0"), cut, answers()) as vision:
        async with desk(vision) as agent:
            report, _ = await agent.classify(await agent.request())
    assert report.fallback_reason == ""


async def test_a_model_that_refuses_json_schema_still_answers(desk: OpenDesk):
    with vision_server(refuses("json_schema", "json_object")) as vision:
        async with desk(vision) as agent:
            report, _ = await agent.classify(await agent.request())
    assert report.fallback_reason == ""


async def test_a_deadline_leaves_time_for_the_local_answer(desk: OpenDesk):
    with vision_server(slow(60.0)) as vision:
        async with desk(vision, timeout_s=60.0) as agent:
            request = await agent.request()
            events = [event async for event in agent.stub.ClassifySurfaces(request, timeout=25)]
            report = surface_report_from_bytes(
                await agent.store.read_bytes(object_ref_from_proto(events[-1].result.surfaces))
            )
    assert "deadline" in report.fallback_reason
    assert report.usage is not None
    assert report.usage.call_count == 1


async def test_the_callers_word_wins_over_everything(desk: OpenDesk, walk: PaintedWalk):
    word = pb.SurfaceOverride(
        track_id=1,
        range=time_range_to_proto(1.0, 2.0),
        surface=surface_pb2.SURFACE_METAL,
        footwear=surface_pb2.FOOTWEAR_HIGH_HEEL,
    )
    with vision_server() as vision:
        async with desk(vision) as agent:
            report, _ = await agent.classify(await agent.request(word))
    assert sounded_at(report, 1, 1.5) is Surface.METAL
    assert sounded_at(report, 1, 0.5) is Surface.GRASS
    shoe = report.footwear_at(1, 1.5)
    assert shoe is not None
    assert (shoe.footwear, shoe.source) == (Footwear.HIGH_HEEL, AnswerSource.OVERRIDE)


async def test_a_clip_wide_word_for_both_needs_no_look_at_all(desk: OpenDesk):
    word = pb.SurfaceOverride(surface=surface_pb2.SURFACE_SNOW, footwear=surface_pb2.FOOTWEAR_BOOT)
    with vision_server() as vision:
        async with desk(vision) as agent:
            request = await agent.request(word)
            request.video.CopyFrom(await agent.put(b"never opened", "source.mp4"))
            report, progress = await agent.classify(request)
    assert vision.asked == []
    assert progress == []
    assert report.fallback_reason == ""
    assert sounded_at(report, 1, 2.0) is Surface.SNOW
    assert sounded_at(report, 77, 2.0) is Surface.SNOW


async def test_nobody_walking_is_an_empty_report(desk: OpenDesk):
    with vision_server() as vision:
        async with desk(vision) as agent:
            report, _ = await agent.classify(await agent.request(steps=False))
    assert report == SurfaceReport()
    assert vision.asked == []


async def test_nobody_walking_still_honours_a_word(desk: OpenDesk):
    async with desk() as agent:
        word = pb.SurfaceOverride(surface=surface_pb2.SURFACE_WOOD)
        report, _ = await agent.classify(await agent.request(word, steps=False))
    (span,) = report.surfaces
    assert (span.track_id, span.answer.surface) == (0, Surface.WOOD)


async def test_every_wrong_field_is_told_at_once(desk: OpenDesk):
    request = pb.ClassifySurfacesRequest(
        output_key="../escape",
        answers_prefix="/elsewhere",
        overrides=[
            pb.SurfaceOverride(track_id=-1),
            pb.SurfaceOverride(surface=surface_pb2.SURFACE_UNKNOWN),
            pb.SurfaceOverride(
                footwear=surface_pb2.FOOTWEAR_BOOT, range=time_range_to_proto(4.0, 3.0)
            ),
        ],
    )
    async with desk() as agent:
        with pytest.raises(InvalidField) as caught:
            await agent.classify(request)
    assert {violation.field for violation in caught.value.violations} == {
        "video",
        "footsteps",
        "output_key",
        "answers_prefix",
        "overrides[0].track_id",
        "overrides[0]",
        "overrides[1].surface",
        "overrides[2].range",
    }


async def test_bad_objects_are_told_apart(desk: OpenDesk):
    async with desk() as agent:
        good = await agent.request()
        missing = pb.ClassifySurfacesRequest.FromString(good.SerializeToString())
        missing.footsteps.key = "clips/c-1/nothing"
        with pytest.raises(ObjectNotFound):
            await agent.classify(missing)
        other = pb.ClassifySurfacesRequest.FromString(good.SerializeToString())
        other.video.sha256 = "0" * 64
        with pytest.raises(DigestMismatch):
            await agent.classify(other)
        no_video = await agent.request()
        no_video.video.CopyFrom(await agent.put(b"this is no video", "text"))
        with pytest.raises(UndecodableMedia):
            await agent.classify(no_video)
        no_steps = await agent.request()
        no_steps.footsteps.CopyFrom(await agent.put(b"\xff\xff", "noise"))
        with pytest.raises(SchemaMismatch):
            await agent.classify(no_steps)
        assert await agent.store.find(OUTPUT) is None
