"""`ClassifyPicture` over real gRPC, with a real OpenAI-compatible server on loopback."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from foley.common.v1 import surface_pb2
from foley_common.errors import MediaTooLarge, UndecodableMedia
from support.surface_desk import OpenDesk, desks, grass_png
from support.vision_server import Act, answers, status, vision_server
from support.walks import PaintedWalk, lawn, painted_walk, road


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> PaintedWalk:
    return painted_walk(tmp_path_factory.mktemp("walk") / "walk.mp4", [lawn, road], step_count=12)


@pytest.fixture
def desk(tmp_path: Path, walk: PaintedWalk) -> OpenDesk:
    return desks(tmp_path, walk)


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
