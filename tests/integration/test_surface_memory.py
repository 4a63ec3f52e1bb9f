"""What the surface agent does not do twice, over real gRPC: stored reports, remembered answers, the digest of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.objects import unanswered_key
from foley_common.surfaces import SurfaceSpan
from support.surface_desk import FOLDER, KEY, OpenDesk, desks
from support.vision_server import Act, answers, slow, status, vision_server
from support.walks import PaintedWalk, lawn, painted_walk, road


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> PaintedWalk:
    return painted_walk(tmp_path_factory.mktemp("walk") / "walk.mp4", [lawn, road], step_count=12)


@pytest.fixture
def desk(tmp_path: Path, walk: PaintedWalk) -> OpenDesk:
    return desks(tmp_path, walk)


def untimed(span: SurfaceSpan) -> SurfaceSpan:
    return replace(span, answer=replace(span.answer, elapsed_ms=0.0))


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
