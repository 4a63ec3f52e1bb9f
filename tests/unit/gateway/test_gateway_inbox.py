"""Files on their way in share the room that there is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from foley_common.errors import MediaTooLarge, ServiceBusy
from foley_common.scratch import HeldFolder
from foley_common.settings import StoreSettings
from foley_gateway.inbox import Inbox
from foley_gateway.settings import GatewaySettings


def settings(folder: Path, **more: int) -> GatewaySettings:
    return GatewaySettings(
        store=StoreSettings(root=folder / "store"),
        scratch_dir=folder / "scratch",
        max_upload_bytes=100,
        **more,  # type: ignore[arg-type]
    )


async def pieces(count: int, size_bytes: int = 10) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield bytes(size_bytes)


async def test_files_at_once_have_one_limit_and_give_their_room_back(tmp_path: Path) -> None:
    inbox = Inbox(settings(tmp_path, max_receiving_bytes=150))
    async with inbox.folder() as first:
        path = await first.receive("a", pieces(10), 100)
        assert path.stat().st_size == first.claimed_bytes == 100
        with pytest.raises(ServiceBusy, match="MAX_RECEIVING_BYTES") as caught:
            async with inbox.folder() as second:
                await second.receive("b", pieces(10), 100)
        assert caught.value.retry_after_s == 10.0
        async with inbox.folder() as third:  # what was refused holds nothing any more
            await third.receive("c", pieces(5), 100)
    async with inbox.folder() as fourth:
        await fourth.receive("d", pieces(10), 100)
        with pytest.raises(MediaTooLarge):
            await fourth.receive("e", pieces(2), 15)
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_room_is_given_back_once_the_files_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(settings(tmp_path, max_receiving_bytes=150))
    loop = asyncio.get_running_loop()
    refused: list[str] = []
    remove = HeldFolder.remove

    async def next_upload() -> None:
        with pytest.raises(ServiceBusy):
            inbox.take(100)
        refused.append("too early")

    def slowly(folder: HeldFolder) -> None:
        asyncio.run_coroutine_threadsafe(next_upload(), loop).result(10)
        remove(folder)

    monkeypatch.setattr(HeldFolder, "remove", slowly)
    async with inbox.folder() as first:
        await first.receive("a", pieces(10), 100)
    assert refused == ["too early"]
    inbox.take(150)


def test_the_largest_file_fits_always(tmp_path: Path) -> None:
    assert settings(tmp_path).receiving_bytes == 200
    with pytest.raises(ValidationError, match="at least max_upload_bytes"):
        settings(tmp_path, max_receiving_bytes=99)
