"""What tests of `FindSounds` share: the agent, sites on loopback that play every trick, a library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from foley_common.settings import StoreSettings
from foley_common.storage import open_store
from foley_surface_agent.settings import SoundSettings, SurfaceAgentSettings
from support.sound_desk import QUICK, Desk, OpenDesk
from support.sound_site import SoundSite, sound_site, steps_wav
from support.surface_desk import running_agent


@pytest.fixture
def desk(tmp_path: Path) -> OpenDesk:
    @asynccontextmanager
    async def opened(site: SoundSite | None = None, **sounds: Any) -> AsyncIterator[Desk]:
        values = {**QUICK, **sounds}
        if site is not None:
            values |= {"web": True, "private_hosts": (site.name,)}
        store = StoreSettings(root=tmp_path / "store")
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        settings = SurfaceAgentSettings(
            store=store, sounds=SoundSettings.model_validate(values), scratch_dir=scratch
        )
        async with running_agent(settings) as stub:
            yield Desk(stub, open_store(store), scratch)

    return opened


@pytest.fixture
def elsewhere() -> Iterator[SoundSite]:
    """A site that nothing may ask."""
    with sound_site() as site:
        yield site


@pytest.fixture
def site(elsewhere: SoundSite) -> Iterator[SoundSite]:
    with sound_site(elsewhere.url("").rstrip("/")) as made:
        yield made


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("gravel boots.wav", "gravel slow.wav", "wood heels.wav"):
        (folder / name).write_bytes(steps_wav(1.0, seed=len(name)))
    (folder / "gravel broken.wav").write_bytes(b"no sound " * 100)
    return folder
