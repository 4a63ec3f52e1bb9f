"""Folders of the store that last for one call, and what is left of them by killed processes."""

from __future__ import annotations

import asyncio

import pytest

from foley_common.errors import StoreUnavailable
from foley_common.testing.memory_store import MemoryStore
from foley_gateway import passing_folders
from foley_gateway.passing_folders import MARGIN_S, Purpose, delete_left_folders, passing_folder

LASTING_S = 60.0


async def keys_of(store: MemoryStore) -> list[str]:
    return [key async for key in store.list_keys("")]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch):
    """Moves the clock."""
    start_s = passing_folders._now_s()

    def move(seconds: float) -> None:
        monkeypatch.setattr(passing_folders, "_now_s", lambda: start_s + seconds)

    return move


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_a_folder_goes_with_its_call_however_that_ends(purpose: Purpose) -> None:
    store = MemoryStore()
    await store.publish_bytes(b"kept", "samplePacks/p-1/pack.zip", "application/zip")

    async def call() -> None:
        async with passing_folder(store, purpose, lasting_s=LASTING_S) as prefix:
            await store.publish_bytes(b"1", f"{prefix}/recording", "audio/wav")
            await store.publish_bytes(b"2", f"{prefix}/pack.zip", "application/zip")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await call()
    assert await keys_of(store) == ["samplePacks/p-1/pack.zip"]


class Shut(MemoryStore):
    """A store that lets nothing be deleted while it is shut."""

    is_shut = False

    async def delete(self, key: str) -> bool:
        if self.is_shut:
            raise StoreUnavailable("the store is away")
        return await super().delete(key)


async def test_what_cannot_be_deleted_fails_no_call_and_goes_later(later) -> None:
    store = Shut()
    async with passing_folder(store, Purpose.PACK_BUILD, lasting_s=LASTING_S) as prefix:
        await store.publish_bytes(b"1", f"{prefix}/recording", "audio/wav")
        store.is_shut = True
    assert await keys_of(store) == [f"{prefix}/recording"]
    store.is_shut = False
    later(LASTING_S + MARGIN_S + 5)
    assert await delete_left_folders(store) == [f"{prefix}/recording"]


async def test_looking_for_left_folders_goes_on_after_a_failure(
    later, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, looks = Shut(), 0
    async with passing_folder(store, Purpose.PACK_BUILD, lasting_s=LASTING_S) as prefix:
        await store.publish_bytes(b"1", f"{prefix}/recording", "audio/wav")
        store.is_shut = True

    async def an_hour(seconds: float) -> None:
        nonlocal looks
        assert seconds == passing_folders.SWEEP_INTERVAL_S
        looks += 1
        store.is_shut = False
        if looks == 2:
            raise asyncio.CancelledError

    monkeypatch.setattr(passing_folders.asyncio, "sleep", an_hour)
    later(LASTING_S + MARGIN_S + 5)
    with pytest.raises(asyncio.CancelledError):
        await passing_folders.keep_deleting_left_folders(store)
    assert looks == 2
    assert await keys_of(store) == []


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_a_left_folder_goes_when_its_call_must_be_long_over_and_not_before(
    purpose: Purpose, later
) -> None:
    store = MemoryStore()
    for key in ("samplePacks/p-1/pack.zip", "clips/c-1/sounds/1.wav", f"{purpose}other/1.wav"):
        await store.publish_bytes(b"kept", key, "audio/wav")
    kept = await keys_of(store)
    async with passing_folder(store, purpose, lasting_s=LASTING_S) as prefix:
        await store.publish_bytes(b"1", f"{prefix}/recording", "audio/wav")
        later(LASTING_S + MARGIN_S - 5)
        assert await delete_left_folders(store) == []
        later(LASTING_S + MARGIN_S + 5)
        assert await delete_left_folders(store) == [f"{prefix}/recording"]
        assert await keys_of(store) == kept
        assert await delete_left_folders(store) == []
