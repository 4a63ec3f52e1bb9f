"""A fetch from the web ends: with its caller, its deadline, its memory and its time."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from foley.surface_agent.v1 import surface_agent_service_pb2 as pb
from foley_common.errors import SoundNotFound
from foley_surface_agent.sounds.web.apart import PROGRAM
from support.sound_desk import OpenDesk
from support.sound_site import SoundSite


@pytest.mark.parametrize("path", ["slow-to-read.html", "long.mpd"])
async def test_what_takes_all_memory_or_time_to_read_ends_its_own_search_and_nothing_else(
    desk: OpenDesk, site: SoundSite, path: str
):
    async with desk(site) as agent:
        task = asyncio.create_task(agent.fetch(site.url(path)))
        while not site.hits:
            await asyncio.sleep(0.05)
        longest_s = 0.0
        while not task.done():  # the service answers others while this goes on
            begun = time.monotonic()
            await agent.stub.DescribeAgent(pb.DescribeAgentRequest(), timeout=30)
            longest_s = max(longest_s, time.monotonic() - begun)
            await asyncio.sleep(0.2)
        answer = await task
        after = await agent.fetch(site.url("gravel.wav"))
        assert agent.leftovers() == []
    assert isinstance(answer.error, SoundNotFound)
    assert "memory" in answer.reasons.lower()
    assert longest_s < 5
    assert len(after.sounds) == 1


async def test_the_process_that_fetches_is_told_no_secret_and_ends_with_its_search(
    desk: OpenDesk, site: SoundSite, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FOLEY_SURFACE_AGENT_VISION__API_KEY", "sk-of-somebody")
    async with desk(site, max_seconds_per_sound=60.0, timeout_s=30.0) as agent:
        task = asyncio.create_task(agent.fetch(site.url("drip.wav")))
        while not site.hits:
            await asyncio.sleep(0.05)
        (process,) = fetching()
        assert b"PATH=" in (process / "environ").read_bytes()
        assert b"sk-of-somebody" not in (process / "environ").read_bytes()
        task.cancel()
        begun = time.monotonic()
        while fetching():
            assert time.monotonic() - begun < 10
            await asyncio.sleep(0.05)


def fetching() -> list[Path]:
    """Processes of this test's that fetch, under /proc."""
    found: list[Path] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and PROGRAM.encode() in (folder / "cmdline").read_bytes():
                found.append(folder)
        except OSError:  # it has ended meanwhile
            continue
    return found


async def test_a_search_that_is_cancelled_stops_and_leaves_nothing(desk: OpenDesk, site: SoundSite):
    async with desk(site, max_seconds_per_sound=60.0, timeout_s=30.0) as agent:
        task = asyncio.create_task(agent.fetch(site.url("drip.wav")))
        while not site.hits:
            await asyncio.sleep(0.05)
        begun = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        while agent.leftovers():
            assert time.monotonic() - begun < 10
            await asyncio.sleep(0.05)


async def test_a_search_ends_with_its_deadline(desk: OpenDesk, site: SoundSite):
    async with desk(site, max_seconds_per_sound=60.0, timeout_s=30.0) as agent:
        begun = time.monotonic()
        answer = await agent.fetch(site.url("drip.wav"), timeout_s=3.0)
        assert answer.error is not None
        assert answer.error.reason == "DEADLINE_EXCEEDED"
        assert time.monotonic() - begun < 8
