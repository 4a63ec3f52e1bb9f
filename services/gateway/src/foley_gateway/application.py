"""The application: everything both faces, REST and gRPC, can ask for. They only translate."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import replace

from foley_common.errors import ObjectNotFound, RenderConflict, StageUnavailable
from foley_common.footsteps import Footstep
from foley_common.objects import ObjectRef, ObjectStore
from foley_common.observability import get_logger
from foley_common.packs import Rejection
from foley_common.rpc.footsteps import detected_footsteps_from_bytes
from foley_gateway.domain.plan import answers_prefix, brief
from foley_gateway.domain.sample_packs import MadeSound, PackSpec, SamplePack, SoundWish
from foley_gateway.domain.types import (
    Clip,
    Render,
    RenderFile,
    RenderOptions,
    RenderState,
)
from foley_gateway.engine import Engine
from foley_gateway.ingest import Ingest
from foley_gateway.names import render_name
from foley_gateway.pages import (
    DEFAULT_PAGE_SIZE,
    DEFAULT_STEPS_PAGE_SIZE,
    MAX_PAGE_SIZE,
    MAX_STEPS_PAGE_SIZE,
    Listing,
    listing_of,
    page_of,
)
from foley_gateway.passing_folders import delete_folder
from foley_gateway.progress import ProgressBoard
from foley_gateway.render_orders import RenderOrders
from foley_gateway.render_watch import RenderWatch
from foley_gateway.sample_packs import SamplePacks
from foley_gateway.sounds import SoundMaker
from foley_gateway.store import Catalog
from foley_gateway.watched import Outcome, SoFar, watched


class RenderApplication:
    """Takes videos and gives back videos with their footsteps."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        store: ObjectStore,
        engine: Engine,
        board: ProgressBoard,
        ingest: Ingest,
        packs: SamplePacks,
        sounds: SoundMaker,
        orders: RenderOrders,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._engine = engine
        self._board = board
        self._ingest = ingest
        self._packs = packs
        self._sounds = sounds
        self._orders = orders
        self._closing = asyncio.Event()
        self._watch = RenderWatch(catalog, board, self._closing)
        self._ready = False

    def open(self) -> None:
        """Take requests from now on."""
        self._ready = True

    def begin_close(self) -> None:
        """End all watches, and refuse new work."""
        self._ready = False
        self._closing.set()

    async def check_ready(self) -> None:
        """Raise unless requests can be served now."""
        self._check_open()
        await self._catalog.ping()

    # Clips

    async def upload_clip(self, display_name: str, chunks: AsyncIterable[bytes]) -> Clip:
        """Store a video that comes in as bytes."""
        self._check_open()
        clip = await self._ingest.upload(display_name, chunks)
        get_logger().info("clip_stored", clip=clip.clip_id, size_bytes=clip.source.size_bytes)
        return clip

    async def create_clip(self, source: ObjectRef, display_name: str) -> Clip:
        """Make a clip of a video that is in the store already."""
        self._check_open()
        return await self._ingest.adopt(source, display_name)

    async def clip(self, clip_id: str) -> Clip:
        """One clip."""
        self._check_open()
        return await self._catalog.clip(clip_id)

    async def clips(self, page_size: int = 0, token: str = "") -> Listing[Clip]:
        """Clips, newest first."""
        self._check_open()
        page = page_of(page_size, token, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        return listing_of(await self._catalog.clips(page), page)

    async def delete_clip(self, clip_id: str) -> int:
        """Delete a clip with its renders and every object made for it; returns how many objects went.

        What a vision model said about its pictures goes with the last clip of the same content.
        """
        self._check_open()
        clip = await self._catalog.clip(clip_id)
        renders = await self._catalog.renders_of(clip_id)
        await self._end(renders)
        removed = await self._catalog.remove_clip(clip_id)
        ended = {(render.name, render.attempt) for render in renders}
        meanwhile = [one for one in removed.renders if (one.name, one.attempt) not in ended]
        await self._end(
            meanwhile
        )  # ending takes seconds, and whoever asked for these in them was not refused
        folders = [f"clips/{clip_id}"]
        if removed.is_last:
            folders.append(answers_prefix(clip.source.sha256))
        deleted = 0
        for folder in folders:
            deleted += await delete_folder(self._store, folder)
        await self._engine.forget(removed.renders)
        get_logger().info("clip_deleted", clip=clip_id, object_count=deleted)
        return deleted

    # Renders

    async def create_render(
        self, clip_id: str, options: RenderOptions, request_id: str = ""
    ) -> Render:
        """Start a render, or return the one that is there; see `RenderOrders.place`."""
        self._check_open()
        return await self._orders.place(clip_id, options, request_id)

    async def render(self, clip_id: str, render_id: str) -> Render:
        """One render, as of now."""
        self._check_open()
        return self._board.current(render_name(clip_id, render_id)) or await self._catalog.render(
            clip_id, render_id
        )

    async def renders(self, clip_id: str, page_size: int = 0, token: str = "") -> Listing[Render]:
        """Renders of a clip, newest first, each `brief`."""
        self._check_open()
        page = page_of(page_size, token, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        await self._catalog.clip(clip_id)
        return self._live(listing_of(await self._catalog.renders(clip_id, page), page))

    async def all_renders(self, page_size: int = 0, token: str = "") -> Listing[Render]:
        """Renders of all clips, newest first, each `brief`."""
        self._check_open()
        page = page_of(page_size, token, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        return self._live(listing_of(await self._catalog.all_renders(page), page))

    async def cancel_render(self, clip_id: str, render_id: str) -> Render:
        """End a render; ending an ended one changes nothing.

        Raises:
            RenderNotFound: there is no such render.
            RenderConflict: it succeeded or failed already.
        """
        self._check_open()
        render = await self._catalog.render(clip_id, render_id)
        if render.state is RenderState.CANCELLED:
            return render
        progress = self._board.progress_of(render.name)
        cancelled = await self._catalog.change_render(
            clip_id,
            render_id,
            render.attempt,
            lambda stored: replace(
                stored, state=RenderState.CANCELLED, progress=progress or stored.progress
            ),
        )
        await self._engine.cancel(cancelled)
        self._board.publish(cancelled)
        get_logger().info("render_cancelled", render=render.name)
        return cancelled

    async def watch_render(self, clip_id: str, render_id: str) -> AsyncGenerator[Render]:
        """The render now, then whenever it changes and at every heartbeat, until it ends; `brief`.

        Raises:
            StageUnavailable: the gateway stops; watch again at the next one.
        """
        self._check_open()
        async with aclosing(self._watch.follow(clip_id, render_id)) as renders:
            async for render in renders:
                yield brief(render)

    # Sample packs and sound without a video

    async def upload_sample_pack(
        self, display_name: str, chunks: AsyncIterable[bytes]
    ) -> SamplePack:
        """Store a sample pack that comes in as bytes."""
        self._check_open()
        return await self._packs.upload(display_name, chunks)

    async def build_sample_pack(
        self, spec: PackSpec, chunks: AsyncIterable[bytes]
    ) -> tuple[SamplePack, tuple[Rejection, ...]]:
        """Make a sample pack of a recording that comes in as bytes."""
        self._check_open()
        return await self._packs.build(spec, chunks)

    async def watch_sample_pack_build(
        self, spec: PackSpec, chunks: AsyncIterable[bytes]
    ) -> AsyncGenerator[SoFar | Outcome[tuple[SamplePack, tuple[Rejection, ...]]]]:
        """The same, and how far it is."""
        self._check_open()
        work = functools.partial(self._packs.build, spec, chunks)
        async with aclosing(watched(work)) as items:
            async for item in items:
                yield item

    async def sample_pack(self, pack_id: str) -> SamplePack:
        """One sample pack."""
        self._check_open()
        return await self._packs.get(pack_id)

    async def sample_packs(self, page_size: int = 0, token: str = "") -> Listing[SamplePack]:
        """Sample packs, newest first."""
        self._check_open()
        page = page_of(page_size, token, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE)
        return listing_of(await self._packs.page(page), page)

    async def delete_sample_pack(self, pack_id: str) -> int:
        """Delete a sample pack; returns how many objects went."""
        self._check_open()
        return await self._packs.delete(pack_id)

    async def render_sound(self, wish: SoundWish) -> AsyncGenerator[MadeSound]:
        """Footsteps without a video; each file is to be read before the next one is asked for."""
        self._check_open()
        await self._packs.check_there(wish.style)
        async with aclosing(self._sounds.make(wish)) as files:
            async for made in files:
                yield made

    # Results

    async def footsteps(
        self, clip_id: str, render_id: str, page_size: int = 0, token: str = ""
    ) -> Listing[Footstep]:
        """Footsteps of a finished render, in order of initial contact."""
        page = page_of(page_size, token, DEFAULT_STEPS_PAGE_SIZE, MAX_STEPS_PAGE_SIZE)
        render = await self._finished(clip_id, render_id)
        assert render.footsteps is not None  # a succeeded render has them
        data = await self._store.read_bytes(render.footsteps)
        steps = (await asyncio.to_thread(detected_footsteps_from_bytes, data)).footsteps
        return listing_of(steps[page.offset : page.offset + page.size + 1], page)

    async def file(self, clip_id: str, render_id: str, file_name: str) -> RenderFile:
        """One file of a finished render. Raises ObjectNotFound when it has no such file."""
        render = await self._finished(clip_id, render_id)
        for file in render.files:
            if file.file_name == file_name:
                return file
        known = ", ".join(file.file_name for file in render.files)
        raise ObjectNotFound(
            f"{render.name} has no file {file_name!r}; it has {known}", key=file_name
        )

    def read(self, ref: ObjectRef, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes ``[start, end)`` of a file."""
        return self._store.read_range(ref, start, end)

    async def _finished(self, clip_id: str, render_id: str) -> Render:
        self._check_open()
        render = await self._catalog.render(clip_id, render_id)
        if render.state is not RenderState.SUCCEEDED:
            raise RenderConflict(
                f"{render.name} is {render.state.value}: it has results once it has succeeded",
                state=render.state.name,
            )
        return render

    async def _end(self, renders: Iterable[Render]) -> None:
        for render in renders:
            await self._engine.end(render)
            self._board.forget(render.name)

    def _live(self, listing: Listing[Render]) -> Listing[Render]:
        return replace(
            listing,
            items=[brief(self._board.current(render.name) or render) for render in listing.items],
        )

    def _check_open(self) -> None:
        if not self._ready:
            state = "stopping" if self._closing.is_set() else "starting"
            raise StageUnavailable(
                f"the gateway is {state}; try again in a moment", stage="gateway"
            )
