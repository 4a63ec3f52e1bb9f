"""The vision client against a real HTTP server on loopback that behaves as badly as the real ones do."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from foley_common.errors import VisionModelUnavailable
from foley_common.surfaces import Surface
from foley_common.testing.memory_store import MemoryStore
from foley_surface_agent.llm.cache import StoreReplyCache
from foley_surface_agent.llm.cached import CachedVision
from support.vision_client import KEY, Waits, budget, client, jpeg
from support.vision_server import (
    GRASS,
    answers,
    bomb,
    call,
    cut,
    drips,
    empty_choices,
    error_in_words,
    filtered,
    half_json,
    hangs_after_headers,
    huge,
    message,
    no_choices,
    not_json,
    redirects,
    refusing,
    says,
    says_the_key_back,
    slow,
    spells_the_key_back,
    status,
    truncated,
    vision_server,
)


async def test_a_busy_endpoint_is_asked_again_when_it_says():
    waits = Waits()
    with vision_server(status(429, Retry_After="3"), answers()) as server:
        async with client(server, waits) as model:
            assert (await model.look(jpeg(), budget())).surface is Surface.GRASS
    assert len(server.asked) == 2
    (wait,) = waits.seconds
    assert 3.0 <= wait < 3.5


async def test_an_endpoint_that_says_come_back_much_later_is_let_go():
    waits = Waits()
    with vision_server(status(429, Retry_After="3600")) as server:
        async with client(server, waits) as model:
            with pytest.raises(VisionModelUnavailable, match="come back in 3600 s"):
                await model.look(jpeg(), budget())
    assert len(server.asked) == 1
    assert waits.seconds == []


@pytest.mark.parametrize("code", [500, 502, 503, 504, 429, 408])
async def test_tries_are_bounded_and_wait_longer_each_time(code: int):
    waits = Waits()
    with vision_server(status(code)) as server:
        async with client(server, waits, max_retries=3) as model:
            with pytest.raises(VisionModelUnavailable, match=str(code)):
                await model.look(jpeg(), budget())
    assert len(server.asked) == 4
    assert waits.seconds == sorted(waits.seconds)
    assert waits.seconds[0] < waits.seconds[2]


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404])
async def test_what_will_not_get_better_is_not_tried_again(code: int):
    with vision_server(status(code, f"bad key {KEY}")) as server:
        async with client(server) as model:
            with pytest.raises(VisionModelUnavailable, match=str(code)) as caught:
                await model.look(jpeg(), budget())
    assert len(server.asked) == 1
    assert KEY not in str(caught.value) + json.dumps(caught.value.metadata)


@pytest.mark.parametrize(
    "act", [not_json, half_json, no_choices, says(""), says("I see a nice lawn.")]
)
async def test_garbage_is_refused(act):
    with vision_server(act) as server:
        async with client(server) as model:
            with pytest.raises(VisionModelUnavailable):
                await model.look(jpeg(), budget())


async def test_a_cut_connection_is_tried_again():
    with vision_server(cut, answers()) as server:
        async with client(server) as model:
            assert (await model.look(jpeg(), budget())).surface is Surface.GRASS
    assert len(server.asked) == 2


async def test_nobody_there():
    with vision_server() as server:
        pass
    waits = Waits()
    async with client(server, waits, max_retries=1) as model:
        with pytest.raises(VisionModelUnavailable, match="cannot be reached"):
            await model.look(jpeg(), budget())
    assert len(waits.seconds) == 1


@pytest.mark.parametrize("act", [slow(20.0), drips(20.0)])
async def test_a_late_answer_is_no_answer_also_when_it_comes_drop_by_drop(act):
    begun = time.monotonic()
    with vision_server(act) as server:
        async with client(server, timeout_s=0.5, max_retries=0) as model:
            with pytest.raises(VisionModelUnavailable, match=r"no answer in 0\.5 s"):
                await model.look(jpeg(), budget())
    assert time.monotonic() - begun < 5


async def test_an_answer_outside_the_list_is_refused():
    with vision_server(answers(surface="lava")) as server:
        async with client(server) as model:
            with pytest.raises(VisionModelUnavailable, match="outside the list"):
                await model.look(jpeg(), budget())


async def test_a_refused_question_is_told_in_the_endpoints_words_without_the_key():
    said = f"this model does not support image input\n(asked by Bearer {KEY})".ljust(190) + KEY
    with vision_server(status(400, said)) as server:
        async with client(server) as model:
            with pytest.raises(VisionModelUnavailable, match="not support image input") as caught:
                await model.look(jpeg(), budget())
    assert KEY[:9] not in str(caught.value) + json.dumps(caught.value.metadata)


@pytest.mark.parametrize("act", [says_the_key_back, spells_the_key_back])
async def test_a_key_that_is_said_back_gets_neither_into_the_answer_nor_into_the_cache(act):
    store = MemoryStore()
    with vision_server(act) as server:
        async with client(server) as model:
            cached = CachedVision(model, StoreReplyCache(store, "clips/c/vision"))
            reply = await cached.look(jpeg(), budget())
    assert "Bearer" in reply.description
    keys = [key async for key in store.list_keys("")]
    kept = [await store.read_bytes(ref) for key in keys if (ref := await store.find(key))]
    assert kept
    assert not any(KEY.encode() in data for data in [repr(reply).encode(), *kept])


@pytest.mark.parametrize(
    ("code", "advice"), [(401, "API_KEY"), (402, "credit"), (404, "VISION__MODEL")]
)
async def test_a_refusal_says_what_to_do(code: int, advice: str):
    with vision_server(status(code)) as server:
        async with client(server) as model:
            with pytest.raises(VisionModelUnavailable, match=advice):
                await model.look(jpeg(), budget())


@pytest.mark.parametrize("code", [400, 500])
async def test_an_error_that_is_a_text_is_told_and_not_asked_about_otherwise(code: int):
    said = f"model requires more system memory than is available {KEY}"
    with vision_server(lambda handler, _: handler.send_json(code, {"error": said})) as server:
        async with client(server, max_retries=0) as model:
            with pytest.raises(VisionModelUnavailable, match="more system memory") as caught:
                await model.look(jpeg(), budget())
    assert len(server.asked) == 1
    assert KEY not in str(caught.value) + json.dumps(caught.value.metadata)


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (filtered, "refused to answer"),
        (refusing, "refused to answer"),
        (empty_choices, "empty answer"),
        (truncated, "within 700 tokens"),
        (message("length", content="", reasoning="Let me see."), "see VISION__MAX_ANSWER_TOKENS"),
        (message(content=None, reasoning=json.dumps(GRASS)), "empty answer"),
        (message(content=None, tool_calls=[call("{bad")]), "no JSON object"),
        (error_in_words, "error: “model is loading”"),
        (huge, "more than 1048576 bytes"),
        (bomb, "a compressed body"),
    ],
)
async def test_what_is_no_answer_is_refused_at_once(act, problem: str):
    with vision_server(act) as server:
        async with client(server) as model:
            with pytest.raises(VisionModelUnavailable, match=problem):
                await model.look(jpeg(), budget())
    assert len(server.asked) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_takes_neither_picture_nor_key_elsewhere(code: int):
    with vision_server() as elsewhere:
        location = f"{elsewhere.url}/chat/completions"
        with vision_server(redirects(location, code)) as server:
            async with client(server) as model:
                with pytest.raises(VisionModelUnavailable, match=f"answered {code}"):
                    await model.look(jpeg(), budget())
    assert (len(server.asked), len(elsewhere.asked)) == (1, 0)


async def test_headers_without_a_body_are_a_late_answer():
    with vision_server(hangs_after_headers(20.0)) as server:
        async with client(server, timeout_s=0.5, max_retries=0) as model:
            with pytest.raises(VisionModelUnavailable, match=r"no answer in 0\.5 s"):
                await model.look(jpeg(), budget())


async def test_cancelling_stops_the_question():
    with vision_server(slow(20.0)) as server:
        async with client(server) as model:
            task = asyncio.create_task(model.look(jpeg(), budget()))
            await asyncio.sleep(0.3)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
