"""What becomes of the wish for a render: a new one, the one that is there, or that one started again."""

from __future__ import annotations

import asyncio

from foley_common.errors import RenderConflict
from foley_common.objects import ObjectStore, unanswered_key
from foley_common.observability import get_logger
from foley_gateway.agent_facts import AnswersDigest
from foley_gateway.domain.plan import (
    check_formats,
    check_start_timecode,
    fresh_progress,
    render_id_of,
    started_again,
)
from foley_gateway.domain.step_edits import check_step_edits
from foley_gateway.domain.types import Render, RenderOptions, RenderState
from foley_gateway.engine import Engine
from foley_gateway.names import check_request_id
from foley_gateway.progress import ProgressBoard
from foley_gateway.sample_packs import SamplePacks
from foley_gateway.settings import GatewaySettings
from foley_gateway.steps import results_digest
from foley_gateway.store import Catalog, now


class RenderOrders:
    """Takes wishes for renders."""

    def __init__(
        self,
        *,
        catalog: Catalog,
        store: ObjectStore,
        engine: Engine,
        board: ProgressBoard,
        packs: SamplePacks,
        answers: AnswersDigest,
        settings: GatewaySettings,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._engine = engine
        self._board = board
        self._packs = packs
        self._answers = answers
        self._settings = settings

    async def place(self, clip_id: str, options: RenderOptions, request_id: str) -> Render:
        """Start a render, or return the one that is there; a failed or cancelled one is started again.

        So is one that had to do without the vision model because its endpoint failed.

        Raises:
            ClipNotFound: there is no such clip.
            InvalidField: the request id is not one, or this clip can have no such start time code, step or
                edit decision list.
            ObjectNotFound: a sample pack that the options name is gone.
            RenderConflict: the request id stands for other options.
        """
        check_request_id(request_id)
        clip = await self._catalog.clip(clip_id)
        check_start_timecode(options.session, clip.video)
        check_formats(options.formats, clip.video)
        if options.step_edits:
            check_step_edits(options.step_edits, clip.video)
        await self._packs.check_there(options.style)
        moment = now()
        digest = await asyncio.to_thread(results_digest, self._settings)
        digest = f"{digest}:{await self._answers.current()}"
        render, is_new = await self._catalog.add_render(
            Render(
                clip_id=clip.clip_id,
                render_id=render_id_of(clip.clip_id, options, request_id, digest),
                options=options,
                state=RenderState.QUEUED,
                create_time=moment,
                update_time=moment,
                progress=fresh_progress(options),
            )
        )
        if render.options != options:
            raise RenderConflict(
                f"the request id {request_id!r} was used for {render.name} with other options; take a new one",
                state=render.state.name,
                name=render.name,
            )
        if not is_new and not await self._must_start_again(render):
            if render.state is RenderState.QUEUED:
                await self._engine.start(render)  # in case the process died before it was queued
            return self._board.current(render.name) or render
        if not is_new:
            render = await self._again(render)
        await self._engine.start(render)
        get_logger().info("render_queued", render=render.name, attempt=render.attempt)
        return render

    async def _must_start_again(self, render: Render) -> bool:
        if render.state is not RenderState.SUCCEEDED:
            return render.state.is_final
        for file in render.files:
            if await self._store.find(file.file.key) is None:
                get_logger().warning("render_lost_a_file", render=render.name, file=file.file_name)
                return True
        return await self._went_unanswered(render)

    async def _went_unanswered(self, render: Render) -> bool:
        """True for a render whose ground was told without the vision model because its endpoint failed."""
        key = render.summary.surfaces_key if render.summary else ""
        return bool(key) and await self._store.find(unanswered_key(key)) is not None

    async def _again(self, render: Render) -> Render:
        try:
            return await self._catalog.change_render(
                render.clip_id, render.render_id, render.attempt, started_again
            )
        except RenderConflict:  # somebody else was faster: theirs is ours
            return await self._catalog.render(render.clip_id, render.render_id)
