"""The surface agent over real gRPC, with a real store, real videos and a real OpenAI-compatible server on loopback."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import grpc
import pytest
from PIL import Image
from pydantic import SecretStr

from foley.common.v1 import media_pb2, surface_pb2
from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as pb_grpc
from foley_common.errors import (
    DigestMismatch,
    InvalidField,
    MediaTooLarge,
    ObjectNotFound,
    SchemaMismatch,
    UndecodableMedia,
)
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectStore, unanswered_key
from foley_common.rpc.client import open_channel
from foley_common.rpc.convert import (
    DetectedFootsteps,
    detected_footsteps_to_bytes,
    object_ref_from_proto,
    object_ref_to_proto,
    surface_report_from_bytes,
    time_range_to_proto,
)
from foley_common.rpc.errors import from_rpc_error
from foley_common.rpc.server import running_server
from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_common.surfaces import (
    AnswerSource,
    Footwear,
    Place,
    Surface,
    SurfaceReport,
    SurfaceSpan,
)
from foley_surface_agent.server import SERVICE_NAME, SurfaceAgent
from foley_surface_agent.settings import SurfaceAgentSettings, VisionSettings
from support.vision_server import (
    Act,
    VisionServer,
    answers,
    cut,
    drips,
    refuses,
    slow,
    status,
    vision_server,
)
from support.walks import HEIGHT_PX, RATE_HZ, WIDTH_PX, PaintedWalk, lawn, painted_walk, road

FOLDER = "clips/c-1"
OUTPUT = f"{FOLDER}/renders/r-1/surfaces.binpb"
KEY = "sk-integration"


@dataclass
class Desk:
    """A running agent, its store and a client."""

    stub: Any
    store: ObjectStore
    walk: PaintedWalk

    async def put(
        self, content: bytes | Path, key: str, media_type: str = "video/mp4"
    ) -> media_pb2.ObjectRef:
        data = content if isinstance(content, bytes) else content.read_bytes()
        return object_ref_to_proto(
            await self.store.publish_bytes(data, f"{FOLDER}/{key}", media_type)
        )

    async def request(
        self, *overrides: pb.SurfaceOverride, steps: bool = True
    ) -> pb.ClassifySurfacesRequest:
        detected = DetectedFootsteps(
            video=VideoInfo(
                WIDTH_PX,
                HEIGHT_PX,
                Fraction(RATE_HZ),
                round(self.walk.duration_s * RATE_HZ),
                self.walk.duration_s,
                "h264",
            ),
            footsteps=self.walk.steps if steps else (),
            tracks=(self.walk.track,),
        )
        return pb.ClassifySurfacesRequest(
            video=await self.put(self.walk.path, "source.mp4"),
            footsteps=await self.put(detected_footsteps_to_bytes(detected), "footsteps.binpb"),
            overrides=overrides,
            output_key=OUTPUT,
        )

    async def classify(
        self, request: pb.ClassifySurfacesRequest
    ) -> tuple[SurfaceReport, list[Any]]:
        try:
            events = [event async for event in self.stub.ClassifySurfaces(request, timeout=60)]
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error
        assert [event.WhichOneof("event") for event in events].count("result") == 1
        result = events[-1].result
        report = surface_report_from_bytes(
            await self.store.read_bytes(object_ref_from_proto(result.surfaces))
        )
        assert result.span_count == len(report.surfaces)
        return report, events[:-1]

    async def picture(self, ref: media_pb2.ObjectRef) -> surface_pb2.SurfaceAnswer:
        try:
            request = pb.ClassifyPictureRequest(picture=ref)
            return (await self.stub.ClassifyPicture(request, timeout=60)).answer
        except grpc.aio.AioRpcError as error:
            raise from_rpc_error(error) from error


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> PaintedWalk:
    return painted_walk(tmp_path_factory.mktemp("walk") / "walk.mp4", [lawn, road], step_count=12)


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def desk(tmp_path: Path, walk: PaintedWalk) -> OpenDesk:
    @asynccontextmanager
    async def opened(vision: VisionServer | None = None, **limits: object) -> AsyncIterator[Desk]:
        values: dict[str, object] = {"first_retry_wait_s": 0.01, "timeout_s": 5.0, **limits}
        if vision is not None:
            values = {
                "base_url": vision.url,
                "api_key": SecretStr(KEY),
                "model": "test-vision",
                **values,
            }
        store = StoreSettings(root=tmp_path / "store")
        settings = SurfaceAgentSettings(store=store, vision=VisionSettings.model_validate(values))
        agent = SurfaceAgent(settings)
        try:
            async with (
                running_server(
                    settings, service_name=SERVICE_NAME, add_servicer=agent.add_to
                ) as server,
                open_channel(server.target) as channel,
            ):
                yield Desk(pb_grpc.SurfaceAgentServiceStub(channel), open_store(store), walk)
        finally:
            await agent.close()

    return opened


def sounded_at(report: SurfaceReport, track: int, time_s: float) -> Surface:
    answer = report.surface_at(track, time_s)
    assert answer is not None
    return answer.sounded


def untimed(span: SurfaceSpan) -> SurfaceSpan:
    return replace(span, answer=replace(span.answer, elapsed_ms=0.0))


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


async def test_a_second_call_does_no_work(desk: OpenDesk):
    with vision_server() as vision:
        async with desk(vision) as agent:
            request = await agent.request()
            first, _ = await agent.classify(request)
            count = len(vision.asked)
            request.video.CopyFrom(await agent.put(b"gone", "source.mp4"))
            again, progress = await agent.classify(request)
    assert again == first
    assert progress == []
    assert len(vision.asked) == count


async def test_another_render_of_the_clip_asks_nothing_again(desk: OpenDesk):
    with vision_server() as vision:
        async with desk(vision) as agent:
            request = await agent.request()
            first, _ = await agent.classify(request)
            count = len(vision.asked)
            request.output_key = f"{FOLDER}/renders/r-2/surfaces.binpb"
            again, _ = await agent.classify(request)
    assert [untimed(span) for span in again.surfaces] == [untimed(span) for span in first.surfaces]
    assert again.footwear == first.footwear
    assert len(vision.asked) == count
    assert again.usage is not None
    assert (again.usage.call_count, again.usage.cached_call_count) == (0, count)


async def test_the_same_video_under_another_name_asks_nothing_again_inside_its_callers_border(
    desk: OpenDesk,
):
    with vision_server() as vision:
        async with desk(vision) as agent:
            request = await agent.request()
            request.answers_prefix = "tenants/a/answers/v-1"
            await agent.classify(request)
            count = len(vision.asked)
            assert count > 0
            twin = pb.ClassifySurfacesRequest()
            twin.CopyFrom(request)
            twin.video.CopyFrom(await agent.put(agent.walk.path, "again/source.mp4"))
            twin.output_key = "clips/c-2/surfaces.binpb"
            report, _ = await agent.classify(twin)
            assert len(vision.asked) == count
            assert report.usage is not None
            assert (report.usage.call_count, report.usage.cached_call_count) == (0, count)
            twin.answers_prefix = "tenants/b/answers/v-1"
            twin.output_key = "clips/c-3/surfaces.binpb"
            await agent.classify(twin)
            assert len(vision.asked) == 2 * count
            stored = [key async for key in agent.store.list_keys("") if key.endswith(".json")]
    assert {key.rpartition("/")[0] for key in stored} == {
        "tenants/a/answers/v-1",
        "tenants/b/answers/v-1",
    }


@pytest.mark.parametrize(
    ("act", "limits", "is_noted"),
    [
        (status(503), {"max_retries": 0}, True),
        (status(401), {}, True),
        (slow(30.0), {"max_seconds_per_clip": 0.5}, True),
        (answers(), {}, False),
        (answers(surface="lava"), {}, False),
        (answers(), {"max_calls_per_clip": 1}, False),
    ],
)
async def test_a_report_that_an_endpoint_failed_for_is_noted_beside_it(
    desk: OpenDesk, act: Act, limits: dict[str, object], is_noted: bool
):
    """What would be the same the next time is not: an answer outside the list, a spent budget of calls."""
    with vision_server(act) as vision:
        async with desk(vision, **limits) as agent:
            request = await agent.request()
            await agent.classify(request)
            noted = await agent.store.find(unanswered_key(request.output_key))
    assert (noted is not None) is is_noted


async def test_the_digest_of_answers_knows_whether_a_model_is_asked_and_which(desk: OpenDesk):
    digests: list[str] = []
    with vision_server() as vision:
        for limits in ({}, {"min_confidence": 0.9}, {"model": "other"}):
            async with desk(vision, **limits) as agent:
                told = await agent.stub.DescribeAgent(pb.DescribeAgentRequest(), timeout=10)
            digests.append(told.answers_digest)
            assert told.vision_model == "test-vision" if "model" not in limits else "other"
    async with desk() as agent:
        told = await agent.stub.DescribeAgent(pb.DescribeAgentRequest(), timeout=10)
        again = await agent.stub.DescribeAgent(pb.DescribeAgentRequest(), timeout=10)
    digests.append(told.answers_digest)
    assert told.vision_model == ""
    assert again.answers_digest == told.answers_digest
    assert len(set(digests)) == 4
    assert KEY not in "".join(digests)


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


def grass_png(kind: str = "PNG", size: tuple[int, int] = (320, 240)) -> bytes:
    import numpy as np

    pixels = np.clip(lawn(np.random.default_rng(1), (size[1], size[0])), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


async def test_a_picture_is_answered_locally(desk: OpenDesk):
    async with desk() as agent:
        answer = await agent.picture(await agent.put(grass_png(), "floor.png", "image/png"))
    assert answer.source == surface_pb2.ANSWER_SOURCE_LOCAL_MODEL
    assert answer.best_guess == surface_pb2.SURFACE_GRASS
    assert 0 < answer.confidence <= 1


async def test_a_picture_is_shown_to_the_vision_model(desk: OpenDesk):
    with vision_server(answers(surface="leaves")) as vision:
        async with desk(vision) as agent:
            answer = await agent.picture(
                await agent.put(grass_png("JPEG"), "floor.jpg", "image/jpeg")
            )
    assert answer.surface == surface_pb2.SURFACE_LEAVES
    assert answer.source == surface_pb2.ANSWER_SOURCE_VISION_MODEL


@pytest.mark.parametrize("act", [status(500), answers(surface="lava"), answers(confidence=0.1)])
async def test_a_picture_falls_back_and_says_why(desk: OpenDesk, act: Act):
    with vision_server(act) as vision:
        async with desk(vision) as agent:
            answer = await agent.picture(await agent.put(grass_png(), "floor.png"))
    assert answer.source == surface_pb2.ANSWER_SOURCE_LOCAL_MODEL
    assert "Answered by the local model" in answer.reasoning


async def test_what_is_no_picture_is_refused(desk: OpenDesk, walk: PaintedWalk):
    async with desk() as agent:
        for content in (b"", b"not a picture", grass_png()[:200], walk.path.read_bytes()):
            with pytest.raises(UndecodableMedia):
                await agent.picture(await agent.put(content, "floor.png"))
        bomb = io.BytesIO()
        Image.new("1", (10_000, 6_000)).save(bomb, "PNG")
        with pytest.raises(MediaTooLarge):
            await agent.picture(await agent.put(bomb.getvalue(), "bomb.png"))
