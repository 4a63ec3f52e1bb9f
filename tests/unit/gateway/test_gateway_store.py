"""Clips and renders as rows: pages, the state machine inside transactions, and databases that cannot be had."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from foley_common.errors import (
    ClipNotFound,
    RenderConflict,
    RenderNotFound,
    StoreReadOnly,
    StoreUnavailable,
)
from foley_common.media.info import VideoInfo
from foley_common.objects import ObjectRef
from foley_gateway.domain.plan import started_again
from foley_gateway.domain.types import Clip, Page, Render, RenderOptions, RenderStage, RenderState
from foley_gateway.progress import ProgressBoard
from foley_gateway.store import Catalog

MOMENT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(f"sqlite:///{tmp_path / 'new folder' / 'gateway.sqlite'}")
    yield catalog
    catalog.close()


def _clip(number: int = 1) -> Clip:
    ref = ObjectRef("foley", f"clips/c-{number}/source", "a" * 64, 10, "video/mp4")
    video = VideoInfo(160, 120, Fraction(25), 50, 2.0, "h264")
    return Clip(f"c-{number}", "walk.mp4", ref, video, MOMENT + timedelta(seconds=number))


def _render(number: int = 1, **changes: object) -> Render:
    moment = MOMENT + timedelta(seconds=number)
    render = Render("c-1", f"r-{number}", RenderOptions(), RenderState.QUEUED, moment, moment)
    return replace(render, **changes)


async def test_the_first_one_stays(catalog: Catalog) -> None:
    first = await catalog.add_clip(_clip())
    assert (
        await catalog.add_clip(replace(_clip(), create_time=MOMENT))
        == first
        == await catalog.clip("c-1")
    )
    assert await catalog.add_render(_render()) == (_render(), True)
    assert await catalog.add_render(_render(attempt=5)) == (_render(), False)


async def test_the_last_clip_of_a_content_is_told(catalog: Catalog) -> None:
    lone = replace(_clip(3), source=replace(_clip(3).source, sha256="b" * 64))
    named = replace(_clip(4), display_name=f"{'b' * 64}.mp4")  # a name is no content
    for clip in (_clip(1), _clip(2), lone, named):
        await catalog.add_clip(clip)
    assert (await catalog.remove_clip("c-3")).is_last
    assert not (await catalog.remove_clip("c-3")).is_last
    assert not (await catalog.remove_clip("c-1")).is_last
    assert not (await catalog.remove_clip("c-2")).is_last
    assert (await catalog.remove_clip("c-4")).is_last


async def test_lists_are_newest_first_and_say_when_there_is_more(catalog: Catalog) -> None:
    for number in (2, 1, 3):
        await catalog.add_clip(_clip(number))
    for number in (2, 1, 3):
        await catalog.add_render(_render(number))
    assert [clip.clip_id for clip in await catalog.clips(Page(1))] == ["c-3", "c-2"]
    assert [clip.clip_id for clip in await catalog.clips(Page(5, 1))] == ["c-2", "c-1"]
    assert [r.render_id for r in await catalog.renders("c-1", Page(5))] == ["r-3", "r-2", "r-1"]
    assert [r.render_id for r in await catalog.unfinished_renders()] == ["r-1", "r-2", "r-3"]


async def test_what_is_not_there(catalog: Catalog) -> None:
    with pytest.raises(ClipNotFound):
        await catalog.clip("c-9")
    with pytest.raises(RenderNotFound):
        await catalog.change_render("c-1", "r-9", 1, started_again)
    await catalog.add_clip(_clip())
    await catalog.add_render(_render())
    assert list((await catalog.remove_clip("c-1")).renders) == [_render()]
    with pytest.raises(RenderNotFound):
        await catalog.render("c-1", "r-1")
    with pytest.raises(ClipNotFound):  # asked for before the clip went, and too late
        await catalog.add_render(_render())
    assert await catalog.all_renders(Page(5)) == []


async def test_only_legal_changes_of_the_present_attempt_count(catalog: Catalog) -> None:
    await catalog.add_clip(_clip())
    await catalog.add_render(_render())

    def to(state: RenderState):
        return lambda render: replace(render, state=state)

    with pytest.raises(RenderConflict):
        await catalog.change_render("c-1", "r-1", 1, to(RenderState.SUCCEEDED))
    with pytest.raises(RenderConflict):
        await catalog.change_render("c-1", "r-1", 2, to(RenderState.RUNNING))
    await catalog.change_render("c-1", "r-1", 1, to(RenderState.RUNNING))
    await catalog.change_render("c-1", "r-1", 1, to(RenderState.CANCELLED))
    for late in (RenderState.SUCCEEDED, RenderState.FAILED, RenderState.CANCELLED):
        with pytest.raises(RenderConflict):
            await catalog.change_render("c-1", "r-1", 1, to(late))
    again = await catalog.change_render("c-1", "r-1", 1, started_again)
    assert (again.state, again.attempt) == (RenderState.QUEUED, 2)
    assert again.update_time > MOMENT + timedelta(seconds=1)
    with pytest.raises(RenderConflict):
        await catalog.change_render("c-1", "r-1", 1, to(RenderState.RUNNING))


async def test_of_many_at_once_exactly_one_wins(catalog: Catalog) -> None:
    await catalog.add_clip(_clip())
    await catalog.add_render(_render(state=RenderState.FAILED))
    outcomes = await asyncio.gather(
        *(catalog.change_render("c-1", "r-1", 1, started_again) for _ in range(8)),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, Render) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, RenderConflict) for outcome in outcomes) == 7


def test_a_database_that_cannot_be_had_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreReadOnly):
        Catalog(f"sqlite:///{tmp_path / 'file' / 'gateway.sqlite'}")
    (tmp_path / "text.sqlite").write_text(
        "this is no database, and longer than a header of one" * 40
    )
    with pytest.raises(StoreUnavailable):
        Catalog(f"sqlite:///{tmp_path / 'text.sqlite'}")


async def test_the_board_tells_at_once_and_saves_now_and_then(catalog: Catalog) -> None:
    await catalog.add_clip(_clip())
    render = _render(state=RenderState.RUNNING, progress=())
    await catalog.add_render(render)
    board = ProgressBoard(catalog)
    board.publish(started := replace(render, progress=started_again(render).progress))
    waiting = asyncio.create_task(board.changed(render.name, 5))
    await asyncio.sleep(0)
    board.report_segment(render.name, 1, 0, 0.5, {0: 0.5, 1: 0.5})
    board.report_segment(render.name, 1, 1, 1.0, {0: 0.5, 1: 0.5})
    board.report(render.name, 2, RenderStage.SOUND, 1.0)  # another attempt: not ours
    await asyncio.wait_for(waiting, 1)
    current = board.current(render.name)
    assert current is not None
    assert [row.fraction for row in current.progress] == [0.75, 0, 0, 0, 0, 0]
    assert (await catalog.render("c-1", "r-1")).progress == ()
    await board.save()
    assert (await catalog.render("c-1", "r-1")).progress == current.progress
    board.publish(replace(started, state=RenderState.SUCCEEDED))
    assert board.current(render.name) is None
