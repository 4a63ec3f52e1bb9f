"""Work that is watched: progress never falls, the outcome comes last, and who leaves ends it."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from foley_gateway.stages import OnProgress
from foley_gateway.watched import Outcome, SoFar, watched


async def test_progress_never_falls_and_the_outcome_comes_last() -> None:
    async def work(tell: OnProgress) -> str:
        for fraction in (0.1, 0.5, 0.2, 0.4, 0.9, 7.0):  # a stage that was asked again begins anew
            tell(fraction)
            await asyncio.sleep(0.01)
        return "done"

    items = [item async for item in watched(work)]
    assert items == [SoFar(0.1), SoFar(0.5), SoFar(0.9), SoFar(1.0), Outcome("done")]


async def test_the_beginning_is_told_where_work_tells_it() -> None:
    async def work(tell: OnProgress) -> str:
        for fraction in (0.0, 0.0, 1.0):
            tell(fraction)
            await asyncio.sleep(0.01)
        return "done"

    assert [item async for item in watched(work)] == [SoFar(0.0), SoFar(1.0), Outcome("done")]


async def test_who_is_slow_hears_the_newest() -> None:
    async def work(tell: OnProgress) -> int:
        for done in range(1, 101):
            tell(done / 100)
        return 1

    assert [item async for item in watched(work)] == [SoFar(1.0), Outcome(1)]


async def test_an_error_reaches_the_watcher() -> None:
    async def work(_: OnProgress) -> int:
        await asyncio.sleep(0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        assert [item async for item in watched(work)] == []


async def test_who_leaves_ends_the_work_and_waits_for_its_cleaning_up() -> None:
    cleaned: list[str] = []

    async def work(tell: OnProgress) -> int:
        try:
            tell(0.5)
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0.05)
            cleaned.append("yes")
        return 1

    async with aclosing(watched(work)) as items:
        async for item in items:
            assert item == SoFar(0.5)
            break
    assert cleaned == ["yes"]


async def test_work_that_loses_a_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("foley_gateway.watched.CANCEL_AGAIN_S", 0.05)
    lost: list[int] = []

    async def work(tell: OnProgress) -> int:
        tell(0.5)
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            lost.append(1)
        await asyncio.sleep(30)
        return 1

    async with asyncio.timeout(10):
        async with aclosing(watched(work)) as items:
            assert await anext(items) == SoFar(0.5)
    assert lost == [1]
