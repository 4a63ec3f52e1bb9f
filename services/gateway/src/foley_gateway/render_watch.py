"""Following a render, wherever it runs: in this process at once, elsewhere by asking the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

from foley_common.errors import StageUnavailable
from foley_gateway.domain.types import Render
from foley_gateway.names import render_name
from foley_gateway.progress import ProgressBoard
from foley_gateway.store import Catalog

WATCH_HEARTBEAT_S = 10.0
"""A watcher hears at least this often; the contract says 15 seconds."""
WATCH_POLL_S = 1.0
"""How often the database is asked about a render that is at work in another process."""
WATCH_MIN_GAP_S = 0.1
"""Changes closer together are told as one."""


class RenderWatch:
    """Tells watchers of renders what changes.

    Args:
        catalog: What all processes know.
        board: What this process knows first.
        closing: Set when the gateway stops.
    """

    def __init__(self, catalog: Catalog, board: ProgressBoard, closing: asyncio.Event) -> None:
        self._catalog = catalog
        self._board = board
        self._closing = closing

    async def follow(self, clip_id: str, render_id: str) -> AsyncGenerator[Render]:
        """The render now, then whenever it changes and at every heartbeat, until it ends.

        Raises:
            StageUnavailable: the gateway stops; watch again at the next one.
        """
        name = render_name(clip_id, render_id)
        last, told = None, 0.0
        while True:
            local = self._board.current(name)
            render = local or await self._catalog.render(clip_id, render_id)
            if render != last or time.monotonic() - told >= WATCH_HEARTBEAT_S:
                yield render
                last, told = render, time.monotonic()
            if render.state.is_final:
                return
            await self._pause(name, WATCH_HEARTBEAT_S if local else WATCH_POLL_S)

    async def _pause(self, name: str, timeout_s: float) -> None:
        changed = asyncio.create_task(self._board.changed(name, timeout_s))
        closing = asyncio.create_task(self._closing.wait())
        try:
            await asyncio.wait({changed, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not self._closing.is_set():
                await asyncio.sleep(WATCH_MIN_GAP_S)
        finally:
            changed.cancel()
            closing.cancel()
        if self._closing.is_set():
            raise StageUnavailable(
                "the gateway stops; the render goes on when it is back", stage="gateway"
            )
