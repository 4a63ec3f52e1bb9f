"""The sample packs that a person names: checked before anything is started, and brought to the gateway once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from foley_client.names import display_name_of
from foley_client.rpc.gateway import FoleyClient
from foley_client.rpc.options import SamplePack
from foley_client.show import Show
from foley_common.errors import ObjectNotFound, SamplePackInvalid
from foley_common.objects import sha256_of
from foley_common.packs import PackArchive, check_heard, zip_folder
from foley_common.scratch import scratch_folder

MAX_PACKS = 16
"""The contract's limit on `Style.sample_packs`."""


@contextlib.contextmanager
def zips_of(packs: Sequence[Path]) -> Iterator[list[tuple[str, Path]]]:
    """Name and zip of every pack, all checked and listened to; folders are zipped for the time of the block.

    Raises:
        ObjectNotFound: a path is not there.
        SamplePackInvalid: a pack breaks a rule.
    """
    with scratch_folder("packs") as scratch:
        zips: list[tuple[str, Path]] = []
        for index, path in enumerate(packs):
            if not path.exists():
                raise ObjectNotFound(f"there is no sample pack {path}", path=str(path))
            zipped = path
            name = display_name_of(path.resolve())
            if path.is_dir():
                zipped = scratch / f"{index}.zip"
                zip_folder(path, zipped)
            try:
                with PackArchive(zipped, name=Path(name).stem) as archive:
                    check_heard(archive)
            except SamplePackInvalid as error:
                raise SamplePackInvalid(f"{path}: {error.message}", **error.metadata) from error
            zips.append((name if path.is_file() else f"{name}.zip", zipped))
        yield zips


def covers(zips: Sequence[tuple[str, Path]], surface: object) -> bool:
    """True when a pack has a step on the ground."""
    for _, path in zips:
        with PackArchive(path) as archive:
            if any(step.surface == surface for step in archive.manifest.steps):
                return True
    return False


async def stored_packs(
    client: FoleyClient, zips: Sequence[tuple[str, Path]], show: Show
) -> list[SamplePack]:
    """Every pack at the gateway; those that it has already are not sent again."""
    stored: list[SamplePack] = []
    for name, path in zips:
        digest = await asyncio.to_thread(sha256_of, path)
        pack = await client.find_sample_pack(digest)
        if pack is None:
            show.waiting(f"uploading sample pack {name}")
            pack = await client.upload_sample_pack(path, name)
        stored.append(pack)
    return stored
