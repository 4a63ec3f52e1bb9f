"""Files on their way in: each in a scratch folder of its own, all of them together within a limit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from foley_common.errors import MediaTooLarge, ServiceBusy, UndecodableMedia
from foley_common.scratch import hold_folder, remove_stale
from foley_common.storage.failures import from_os_error
from foley_gateway.settings import GatewaySettings
from foley_gateway.tidy import to_its_end

RETRY_AFTER_S = 10.0
"""When to ask again for room that other files take: they are large, or there would be room."""


class Inbox:
    """The scratch folders of this process. Belongs to one event loop."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._place = settings.scratch_dir
        self._limit_bytes = settings.receiving_bytes
        self._held_bytes = 0

    @asynccontextmanager
    async def folder(self) -> AsyncIterator[InboxFolder]:
        """A folder for temporary files that goes away, and with it what killed processes left.

        Raises:
            StoreFull, StoreReadOnly, StoreUnavailable: it cannot be made.
        """
        await asyncio.to_thread(remove_stale, self._place)
        held = hold_folder("gateway", self._place)
        folder = InboxFolder(held.path, self)
        try:
            yield folder
        finally:
            try:
                await to_its_end(asyncio.to_thread(held.remove))
            finally:
                self._held_bytes -= (
                    folder.claimed_bytes
                )  # the room is there once the files are gone

    def take(self, size_bytes: int) -> None:
        """Count bytes that a folder is about to hold.

        Raises:
            ServiceBusy: all folders together would hold more than the limit.
        """
        if self._held_bytes + size_bytes > self._limit_bytes:
            busy = ServiceBusy(
                f"files on their way in hold {self._held_bytes} of {self._limit_bytes} bytes "
                "(FOLEY_GATEWAY_MAX_RECEIVING_BYTES); try again when some have arrived",
                service="gateway",
            )
            busy.retry_after_s = RETRY_AFTER_S
            raise busy
        self._held_bytes += size_bytes


class InboxFolder:
    """One of them.

    Attributes:
        path: Where it is.
        claimed_bytes: What it holds.
    """

    def __init__(self, path: Path, inbox: Inbox) -> None:
        self.path = path
        self.claimed_bytes = 0
        self._inbox = inbox

    def claim(self, size_bytes: int) -> None:
        """Say that so many bytes more will lie here.

        Raises:
            ServiceBusy: other files take the room.
        """
        self._inbox.take(size_bytes)
        self.claimed_bytes += size_bytes

    async def receive(self, name: str, chunks: AsyncIterable[bytes], limit_bytes: int) -> Path:
        """Write bytes as they come into a file.

        Raises:
            MediaTooLarge: there are more than the limit.
            ServiceBusy: other files take the room.
            UndecodableMedia: there are none.
            StoreFull, StoreReadOnly: they cannot be put down.
        """
        path = self.path / name
        size_bytes = 0
        try:
            with path.open("wb") as file:
                async for chunk in chunks:
                    size_bytes += len(chunk)
                    if size_bytes > limit_bytes:
                        raise too_large(limit_bytes)
                    self.claim(len(chunk))
                    await asyncio.to_thread(file.write, chunk)
        except OSError as error:
            raise from_os_error(error, path=str(self.path)) from error
        if size_bytes == 0:
            raise UndecodableMedia("the file is empty")
        return path


def too_large(limit_bytes: int) -> MediaTooLarge:
    """A file is larger than the limit on uploads."""
    return MediaTooLarge(
        f"the file is larger than {limit_bytes} bytes; cut it, or raise FOLEY_GATEWAY_MAX_UPLOAD_BYTES",
        limit=str(limit_bytes),
        unit="bytes",
    )
