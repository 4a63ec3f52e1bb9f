"""Sample packs: taken as zips, made of recordings, listed and deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from pathlib import Path

from foley_common.errors import MediaTooLarge, ObjectNotFound, SamplePackInvalid
from foley_common.media.audio_streams import sound_duration_s
from foley_common.objects import ObjectRef, ObjectStore, sha256_of
from foley_common.observability import get_logger
from foley_common.packs import PackArchive, PackLimits, PackManifest, Rejection, check_heard
from foley_common.sound import SoundEngine
from foley_gateway.domain.sample_packs import PackSpec, SamplePack, groups_of, pack_id_of
from foley_gateway.domain.types import Page, Style
from foley_gateway.inbox import Inbox
from foley_gateway.ingest import clean_display_name
from foley_gateway.passing_folders import Purpose, delete_folder, passing_folder
from foley_gateway.settings import GatewaySettings
from foley_gateway.stages import AudioStage, OnProgress
from foley_gateway.store import Catalog, now
from foley_gateway.tidy import to_its_end

ZIP = "application/zip"
RECORDING = "application/octet-stream"


class SamplePacks:
    """The sample packs of this installation."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        store: ObjectStore,
        audio: AudioStage,
        inbox: Inbox,
        settings: GatewaySettings,
    ) -> None:
        self._inbox = inbox
        self._catalog = catalog
        self._store = store
        self._audio = audio
        self._settings = settings
        self._limits = PackLimits()

    async def upload(self, display_name: str, chunks: AsyncIterable[bytes]) -> SamplePack:
        """Take a zip's bytes; the same zip under the same name is the same pack.

        Raises:
            InvalidField: the name cannot be used.
            SamplePackInvalid: it breaks a rule of packs; nothing is kept.
            StoreFull, StoreReadOnly, StoreUnavailable: it cannot be put down.
        """
        name = clean_display_name(display_name)
        async with self._inbox.folder() as folder:
            try:
                path = await folder.receive("pack.zip", chunks, self._limits.max_zip_bytes)
            except MediaTooLarge as error:
                raise SamplePackInvalid(
                    f"the pack has more than {self._limits.max_zip_bytes} bytes; leave out steps",
                    rule="size",
                ) from error
            return await self._keep(path, name)

    async def build(
        self,
        spec: PackSpec,
        chunks: AsyncIterable[bytes],
        on_progress: OnProgress = lambda _fraction: None,
    ) -> tuple[SamplePack, tuple[Rejection, ...]]:
        """Make a pack of the footsteps in a recording; also says what of it was not taken.

        Args:
            spec: What is known of the recording.
            chunks: Its bytes.
            on_progress: Told how far the work is once all bytes are there.

        Raises:
            MediaTooLarge: more bytes than a clip may have.
            UndecodableMedia, RecordingUnusable: there are no footsteps to be had; nothing is kept.
        """
        async with self._inbox.folder() as folder:
            path = await folder.receive("recording", chunks, self._settings.max_upload_bytes)
            length_s = await asyncio.to_thread(sound_duration_s, path)  # of the longest stream
            on_progress(0.0)  # all is there, and can be read
            deadline_s = self._settings.deadline_s(length_s)
            lasting_s = self._settings.busy_patience_s + deadline_s
            async with passing_folder(
                self._store, Purpose.PACK_BUILD, lasting_s=lasting_s
            ) as prefix:
                # To its end: what a cancelled call goes on writing would lie there after the clean-up.
                stored = self._store.publish(path, f"{prefix}/recording", RECORDING)
                recording = await to_its_end(stored)
                built = await self._audio.build_sample_pack(
                    recording, spec, prefix, deadline_s=deadline_s, on_progress=on_progress
                )
                zipped = folder.path / "pack.zip"
                folder.claim(built.pack.size_bytes)
                await self._store.fetch(built.pack, zipped)
                pack = await self._keep(zipped, clean_display_name(spec.title))
        return pack, built.rejected

    async def get(self, pack_id: str) -> SamplePack:
        """One pack. Raises ObjectNotFound."""
        return await self._catalog.sample_pack(pack_id)

    async def page(self, page: Page) -> Sequence[SamplePack]:
        """Packs, newest first; one more than the page holds when there is a next page."""
        return await self._catalog.sample_packs(page)

    async def delete(self, pack_id: str) -> int:
        """Delete a pack; returns how many objects went. Raises ObjectNotFound."""
        await self._catalog.sample_pack(pack_id)
        await self._catalog.remove_sample_pack(pack_id)
        deleted = await delete_folder(self._store, f"samplePacks/{pack_id}")
        get_logger().info("sample_pack_deleted", sample_pack=pack_id)
        return deleted

    async def check_there(self, style: Style) -> None:
        """Raise ObjectNotFound when a pack of the style is gone, before minutes of work that would end there."""
        if style.engine is not SoundEngine.SAMPLED:
            return
        for pack in style.sample_packs:
            if await self._store.find(pack.key) is None:
                raise ObjectNotFound(
                    f"the sample pack {pack.key} is not in the store; upload it again", key=pack.key
                )

    def read(self, ref: ObjectRef) -> AsyncIterator[bytes]:
        """All bytes of a pack."""
        return self._store.read_range(ref, 0, ref.size_bytes)

    async def _keep(self, path: Path, display_name: str) -> SamplePack:
        """Check a zip, store it and write it down."""
        stem = Path(display_name).stem
        manifest = await asyncio.to_thread(_manifest_of, path, stem, self._limits)
        pack_id = pack_id_of(await asyncio.to_thread(sha256_of, path), display_name)
        ref = await self._store.publish(path, f"samplePacks/{pack_id}/pack.zip", ZIP)
        pack = await self._catalog.add_sample_pack(
            SamplePack(
                pack_id=pack_id,
                display_name=display_name,
                pack=ref,
                groups=groups_of(manifest),
                create_time=now(),
                provenance=manifest.provenance,
                audio_stream=manifest.audio_stream or 0,
                audio_stream_count=manifest.audio_stream_count or 0,
            )
        )
        get_logger().info("sample_pack_stored", sample_pack=pack_id, step_count=pack.step_count)
        return pack


def _manifest_of(path: Path, name: str, limits: PackLimits) -> PackManifest:
    with PackArchive(path, name=name, limits=limits) as archive:
        check_heard(archive)
        return archive.manifest
