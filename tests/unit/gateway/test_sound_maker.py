"""Sound without a video: nothing of it is kept, whenever its caller leaves."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any, cast

from foley_common.settings import StoreSettings
from foley_common.surfaces import Surface
from foley_common.testing.memory_store import MemoryStore
from foley_gateway.domain.sample_packs import BankedStep, SoundWish
from foley_gateway.settings import GatewaySettings
from foley_gateway.sounds import SoundMaker
from foley_gateway.stages import AudioStage


class _SlowBank:
    """Has a step in the making while another one is listened to."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def render_step_bank(
        self, _wish: SoundWish, prefix: str, **_more: Any
    ) -> AsyncGenerator[BankedStep]:
        try:
            sound = await self._store.publish_bytes(b"RIFF", f"{prefix}/step-000.wav", "audio/wav")
            yield BankedStep(sound, 48)
        finally:
            await self._store.publish_bytes(b"RIFF", f"{prefix}/step-001.wav", "audio/wav")


async def test_who_leaves_in_the_middle_has_the_work_ended_before_its_folder_goes(
    tmp_path: Path,
) -> None:
    store = MemoryStore()
    settings = GatewaySettings(store=StoreSettings(root=tmp_path))
    maker = SoundMaker(store=store, audio=cast("AudioStage", _SlowBank(store)), settings=settings)
    wish = SoundWish(Surface.GRAVEL, step_count=2)
    async with aclosing(maker.make(wish)) as files:
        assert (await anext(files)).file_name == "step-000.wav"
    gc.collect()
    await asyncio.sleep(0.05)  # whatever nobody ended ends by itself now
    assert [key async for key in store.list_keys("")] == []
