"""One video through a gateway into a folder, the gateway being one in this process."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from rich.console import Console

from foley.gateway.v1 import render_pb2
from foley_client import session as session_module
from foley_client.disk_need import disk_need
from foley_client.home import Home, RunningStack, held_lock, write_server_file
from foley_client.inputs import check_video
from foley_client.names import display_name_of
from foley_client.rpc.gateway import FoleyClient
from foley_client.rpc.options import render_options
from foley_client.runner import RunJob, check_places, run_clip
from foley_client.show import PlainShow
from foley_client.steps_file import steps_in
from foley_common.errors import (
    DigestMismatch,
    InvalidField,
    ObjectNotFound,
    RenderCancelled,
    StageUnavailable,
    StoreFull,
    StoreReadOnly,
    UndecodableMedia,
)
from support import clips
from support.fake_gateway import FakeGateway, served
from support.patience import END_S

States = render_pb2.Render.State
CSV = """frame,timecode,foot,event,time_seconds,confidence,track_id,x_px,y_px,surface,footwear,strength,gait,footstep_id
30,00:00:01:00,LEFT,HEEL_STRIKE,1.000,0.9,1,10,20,wood,boot,0.5,walk,t1-0001
36,00:00:01:06,RIGHT,TOE_OFF,1.200,0.9,1,10,20,wood,boot,0.5,walk,t1-0000
45,00:00:01:15,RIGHT,HEEL_STRIKE,1.500,0.9,1,10,20,wood,boot,0.5,walk,t1-0002
"""


@pytest.fixture
def gateway() -> FakeGateway:
    gateway = FakeGateway()
    gateway.files = {
        "footsteps.csv": CSV.encode(),
        "report.json": b'{"sync": 1}',
        "foley.mp4": b"v" * 5000,
    }
    return gateway


@pytest_asyncio.fixture
async def target(gateway: FakeGateway) -> AsyncIterator[str]:
    async with served(gateway) as target:
        yield target


@pytest.fixture
def job(tmp_path: Path, target: str) -> RunJob:
    video = tmp_path / 'it\'s a "clip".mp4'
    clips.normal(video)
    return RunJob(
        video, tmp_path / "out", render_options(), Home(tmp_path / "home"), target, video.name
    )


@pytest.fixture
def show() -> PlainShow:
    return PlainShow(Console(quiet=True))


async def test_files_arrive_and_the_report_says_how_it_ran(job: RunJob, show: PlainShow) -> None:
    summary = await run_clip(job, show)
    assert sorted(path.name for path in job.folder.iterdir()) == [
        "foley.mp4",
        "footsteps.csv",
        "report.json",
    ]
    report = json.loads((job.folder / "report.json").read_text())
    assert report["sync"] == 1
    assert set(report["run"]["stage_times_s"]) == {"poses", "sound"}
    assert report["run"]["render"] == summary.render
    (walker,) = summary.walkers
    assert (walker.left_count, walker.right_count, walker.cadence_spm) == (1, 1, 120.0)
    assert (walker.surfaces, walker.footwear) == (("wood",), ("boot",))
    assert not job.home.root.exists()  # a gateway elsewhere needs no home here


async def test_the_same_command_finds_the_same_render(
    job: RunJob, gateway: FakeGateway, show: PlainShow
) -> None:
    first = await run_clip(job, show)
    second = await run_clip(job, show)
    assert first.render == second.render
    assert gateway.uploads == 1


async def test_a_render_that_failed_is_started_anew_by_the_same_command(
    job: RunJob, gateway: FakeGateway, show: PlainShow
) -> None:
    gateway.endings = [States.STATE_FAILED, States.STATE_CANCELLED]
    with pytest.raises(StageUnavailable, match="detector is away"):
        await run_clip(job, show)
    with pytest.raises(RenderCancelled):
        await run_clip(job, show)
    assert (await run_clip(job, show)).files
    assert len(gateway.renders) == 1


async def test_ctrl_c_cancels_the_render_and_says_how_to_go_on(
    job: RunJob, gateway: FakeGateway, show: PlainShow
) -> None:
    gateway.waits = True
    task = asyncio.create_task(run_clip(job, show))
    while not gateway.renders:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(RenderCancelled, match="same command goes on"):
        await task
    assert len(gateway.cancelled) == 1


async def test_a_damaged_file_is_not_delivered(
    job: RunJob, gateway: FakeGateway, show: PlainShow
) -> None:
    gateway.damages = "foley.mp4"
    with pytest.raises(DigestMismatch):
        await run_clip(job, show)
    assert not (job.folder / "foley.mp4").exists()


async def test_no_room_is_said_before_anything_is_sent(
    job: RunJob, gateway: FakeGateway, show: PlainShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(job.video.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(StoreFull, match=r"out.* has 1 MiB free.*may need \d+ MiB.*-o DIR"):
        await run_clip(job, show)
    assert gateway.uploads == 0


async def test_who_knows_better_may_begin_on_a_small_disk(
    job: RunJob, gateway: FakeGateway, show: PlainShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(job.video.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(StoreFull, match="add --no-disk-check"):
        await run_clip(job, show)
    await run_clip(dataclasses.replace(job, disk_check=False), show)
    assert gateway.uploads == 1
    assert (job.folder / "foley.mp4").exists()
    (job.folder.parent / "file").write_text("in the way")
    blocked = dataclasses.replace(job, disk_check=False, folder=job.folder.parent / "file")
    with pytest.raises(StoreReadOnly, match="a file is in the way"):
        await run_clip(blocked, show)


async def test_results_that_are_larger_than_foreseen_are_not_begun_to_be_copied(
    job: RunJob, gateway: FakeGateway, show: PlainShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway.files["stems/track-9-left.wav"] = bytes(3 << 20)
    usage = shutil.disk_usage(job.video.parent)

    def free(folder: Path) -> object:
        is_done = bool(gateway.renders) and folder == job.folder
        return usage._replace(free=2 << 20) if is_done else usage._replace(free=1 << 40)

    monkeypatch.setattr(shutil, "disk_usage", free)
    with pytest.raises(StoreFull, match=r"out.* has 2 MiB free.*may need 3 MiB.*-o DIR"):
        await run_clip(job, show)
    assert list(job.folder.iterdir()) == []


async def test_files_that_are_replaced_need_room_for_one_more_only(
    job: RunJob, gateway: FakeGateway, show: PlainShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run_clip(job, show)
    sizes = [len(data) for data in gateway.files.values()]
    report = (job.folder / "report.json").stat().st_size  # with what this side has added
    free = shutil.disk_usage(job.folder)._replace(free=max(sizes))
    assert max(sizes) < sum(sizes) + report
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: free)
    await run_clip(dataclasses.replace(job, disk_check=False), show)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (("footsteps.csv", 0.5), "would be replaced"),
        (("mine.csv", 999.0), "not before the end"),
    ],
)
async def test_a_table_that_cannot_count_is_told_before_anything_is_sent(
    row: tuple[str, float], said: str, job: RunJob, gateway: FakeGateway, show: PlainShow
) -> None:
    name, time_s = row
    job.folder.mkdir()
    table = job.folder / name
    table.write_text(f"time_seconds\n{time_s}\n")
    with pytest.raises(InvalidField, match=said):
        await run_clip(dataclasses.replace(job, steps=steps_in(table)), show)
    assert not gateway.uploads


async def test_the_services_of_a_run_are_waited_for_and_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    home.prepare()
    said = io.StringIO()
    monkeypatch.setattr(session_module, "is_serving", _yes)
    with held_lock(home) as ours:
        assert ours
        write_server_file(home, RunningStack(7, "run", "127.0.0.1:1", "http://x", {}))

        async def use() -> None:
            async with session_module.gateway_for(home, None, PlainShow(Console(file=said))):
                pass

        with pytest.raises(TimeoutError):  # they end with their own render
            await asyncio.wait_for(use(), 0.3)
        assert "waiting for process 7" in said.getvalue()
        write_server_file(home, RunningStack(8, "serve", "127.0.0.1:1", "http://x", {}))
        await asyncio.wait_for(use(), END_S)
        assert "`foley serve` (process 8)" in said.getvalue()


async def _yes(*_: str) -> bool:
    return True


async def test_one_disk_for_results_and_work_must_hold_both(
    job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = dataclasses.replace(job, server=None)
    info = check_video(job.video)
    need = disk_need(job.options, info, job.video.stat().st_size)
    usage = shutil.disk_usage(job.video.parent)
    between = (need.results_bytes + need.together_bytes) // 2
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=between))
    with pytest.raises(StoreFull, match=r"home.*results and work on one disk.*--home DIR"):
        check_places(alone, info)
    check_places(job, info)  # another machine works
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=need.together_bytes))
    check_places(alone, info)


async def test_bad_videos_never_reach_a_gateway(
    job: RunJob, gateway: FakeGateway, show: PlainShow, tmp_path: Path
) -> None:
    for video, error in ((tmp_path, UndecodableMedia), (tmp_path / "none.mp4", ObjectNotFound)):
        bad = RunJob(video, job.folder, job.options, job.home, job.server, video.name)
        with pytest.raises(error):
            await run_clip(bad, show)
    assert gateway.uploads == 0


async def test_a_gateway_that_is_not_there_is_said_at_once(job: RunJob, show: PlainShow) -> None:
    lost = RunJob(job.video, job.folder, job.options, job.home, "127.0.0.1:9", job.display_name)
    with pytest.raises(StageUnavailable, match=r"no gateway answers at 127\.0\.0\.1:9"):
        await run_clip(lost, show)


async def test_a_name_that_the_gateway_cleans_is_found_again(
    job: RunJob, gateway: FakeGateway, show: PlainShow
) -> None:
    raw = job.video.with_name("Fußga\u0308nger\n" + os.fsdecode(b"\xfc") + ".mp4")
    video = job.video.rename(raw)
    name = display_name_of(video)
    assert name == "Fußgänger\ufffd.mp4"
    again = dataclasses.replace(job, video=video, display_name=name)
    await run_clip(again, show)
    await run_clip(again, show)
    assert gateway.uploads == 1
    async with FoleyClient(str(job.server)) as client:
        assert (await client.upload_clip(video)).display_name == name
