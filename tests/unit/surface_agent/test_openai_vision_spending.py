"""What questions to a vision model cost: tokens, money, calls, time; and answers that are remembered."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from foley_common.errors import BudgetExceeded
from foley_common.rpc.surfaces import surface_report_from_bytes, surface_report_to_bytes
from foley_common.surfaces import Surface, SurfaceReport, VisionUsage
from foley_common.testing.memory_store import MemoryStore
from foley_surface_agent.llm.cache import StoreReplyCache
from foley_surface_agent.llm.cached import CachedVision
from support.vision_client import KEY, budget, client, jpeg
from support.vision_server import (
    GRASS,
    answers,
    completion,
    slow,
    status,
    used,
    vision_server,
)


async def test_tokens_and_cost_are_logged_and_the_key_never():
    with vision_server(status(429), answers()) as server, capture_logs() as logs:
        async with client(server) as model:
            await model.look(jpeg(), budget())
    answered = next(entry for entry in logs if entry["event"] == "vision_answered")
    assert (answered["prompt_tokens"], answered["completion_tokens"]) == (812, 96)
    assert answered["cost_usd"] == 0.0011
    assert answered["attempt"] == 2
    assert KEY not in json.dumps(logs, default=str)


@pytest.mark.parametrize(
    ("told", "cost_usd"), [("0.4", 0.4), (-5, 0.0), ("free", 0.0), (None, 0.0)]
)
async def test_a_cost_that_comes_as_text_counts(told: object, cost_usd: float):
    value = completion(json.dumps(GRASS))
    value["usage"]["cost"] = told
    with vision_server(lambda handler, _: handler.send_json(200, value)) as server:
        async with client(server) as model:
            spent = budget()
            await model.look(jpeg(), spent)
    assert spent.usage is not None
    assert spent.usage.cost_usd == cost_usd


@pytest.mark.parametrize("told", [1e300, 2**63, -5, "many", [1]])
async def test_tokens_that_cannot_be_counted_break_no_report(told: object):
    spent = budget()
    with vision_server(used(prompt_tokens=told, completion_tokens=7)) as server:
        async with client(server) as model:
            await model.look(jpeg(), spent)
    report = surface_report_from_bytes(
        surface_report_to_bytes(SurfaceReport((), (), "", spent.usage))
    )
    assert report.usage is not None
    assert (report.usage.prompt_token_count, report.usage.completion_token_count) == (0, 7)


async def test_what_was_spent_is_counted():
    spent = budget()
    with vision_server(status(500), answers()) as server:
        async with client(server) as model:
            await model.look(jpeg(), spent)
    assert spent.usage == VisionUsage(
        call_count=2,
        prompt_token_count=812,
        completion_token_count=96,
        cost_usd=0.0011,
        model="test-vision",
    )


async def test_prices_stand_in_where_the_cost_is_not_told():
    untold = completion(json.dumps(GRASS))
    del untold["usage"]["cost"]
    spent = budget()
    with vision_server(lambda handler, _: handler.send_json(200, untold)) as server:
        prices = {"prompt_usd_per_million_tokens": 1.0, "answer_usd_per_million_tokens": 10.0}
        async with client(server, None, **prices) as model:
            await model.look(jpeg(), spent)
    assert spent.usage is not None
    assert spent.usage.cost_usd == pytest.approx((812 + 960) / 1e6)


@pytest.mark.parametrize(
    ("limits", "unit"),
    [({"calls": 2}, "calls"), ({"cost_usd": 0.002}, "usd")],
)
async def test_a_spent_budget_asks_no_more(limits: dict[str, float], unit: str):
    spent = budget(**limits)  # type: ignore[arg-type]
    with vision_server() as server:
        async with client(server) as model:
            for _ in range(2):
                await model.look(jpeg(), spent)
            with pytest.raises(BudgetExceeded, match="budget of") as caught:
                await model.look(jpeg(), spent)
    assert caught.value.metadata["unit"] == unit
    assert len(server.asked) == 2


async def test_tries_count_as_calls():
    spent = budget(calls=2)
    with vision_server(status(500)) as server:
        async with client(server, max_retries=5) as model:
            with pytest.raises(BudgetExceeded):
                await model.look(jpeg(), spent)
    assert len(server.asked) == 2


async def test_time_is_a_budget_too():
    begun = time.monotonic()
    with vision_server(slow(20.0)) as server:
        async with client(server) as model:
            with pytest.raises(BudgetExceeded, match=r"budget of 0\.5 s"):
                await model.look(jpeg(), budget(seconds=0.5))
    assert time.monotonic() - begun < 4
    with vision_server(status(503, Retry_After="8")) as server:
        async with client(server) as model:
            with pytest.raises(BudgetExceeded):  # the wait alone would be longer
                await model.look(jpeg(), budget(seconds=5.0))
    assert len(server.asked) == 1


async def test_the_same_picture_is_asked_about_once():
    store = MemoryStore()
    with vision_server() as server, capture_logs() as logs:
        spent = budget()
        async with client(server) as model:
            cached = CachedVision(model, StoreReplyCache(store, "clips/c-1/vision"))
            first = await cached.look(jpeg(), spent)
            second = await cached.look(jpeg(), spent)
            await cached.look(jpeg((32, 32)), spent)
    assert replace(first, elapsed_ms=0.0) == second
    assert len(server.asked) == 2
    assert spent.usage is not None
    assert (spent.usage.call_count, spent.usage.cached_call_count) == (2, 1)
    assert [key async for key in store.list_keys("clips/c-1/vision/")]
    assert any(entry["event"] == "vision_remembered" for entry in logs)


async def test_another_model_or_a_damaged_memory_asks_again():
    store = MemoryStore()
    with vision_server() as server:
        async with client(server) as one, client(server, model="other") as two:
            cache = StoreReplyCache(store, "vision")
            await CachedVision(one, cache).look(jpeg(), budget())
            await CachedVision(two, cache).look(jpeg(), budget())
            assert len(server.asked) == 2
            for key in [key async for key in store.list_keys("vision/")]:
                await store.publish_bytes(b'{"surface": "lava"}', key, "application/json")
            assert (await CachedVision(one, cache).look(jpeg(), budget())).surface is Surface.GRASS
    assert len(server.asked) == 3
