"""Clean-up that its caller cannot break off."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from foley_common.settings import StoreSettings
from foley_gateway.inbox import Inbox
from foley_gateway.settings import GatewaySettings
from foley_gateway.tidy import to_its_end


async def test_work_is_done_however_often_its_caller_is_cancelled() -> None:
    go_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        await go_on.wait()
        done.set()
        return "tidy"

    task = asyncio.create_task(to_its_end(work()))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()
    assert await to_its_end(work()) == "tidy"


async def test_what_fails_is_raised() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await to_its_end(work())


async def test_an_upload_that_is_cancelled_twice_leaves_no_folder(tmp_path: Path) -> None:
    """As gRPC does when a message is too long: the second time falls into the clean-up."""
    scratch = tmp_path / "scratch"
    settings = GatewaySettings(store=StoreSettings(root=tmp_path / "store"), scratch_dir=scratch)
    inbox, inside = Inbox(settings), asyncio.Event()

    async def upload() -> None:
        async with inbox.folder() as folder:
            (folder.path / "half.mp4").write_bytes(b"half of it")
            inside.set()
            await asyncio.sleep(60)

    for _ in range(20):
        inside.clear()
        task = asyncio.create_task(upload())
        await inside.wait()
        task.cancel()
        asyncio.get_running_loop().call_soon(task.cancel)
        await asyncio.wait([task])
        assert task.cancelled()
    assert list(scratch.iterdir()) == []
