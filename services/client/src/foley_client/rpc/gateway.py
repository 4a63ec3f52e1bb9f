"""The asyncio client of the gateway's `RenderService` and its long-running operations."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import grpc
from google.longrunning import operations_pb2, operations_pb2_grpc

from foley.common.v1 import footstep_pb2
from foley.gateway.v1 import clip_pb2, render_pb2, render_service_pb2, render_service_pb2_grpc
from foley_client.names import display_name_of
from foley_client.rpc.calls import (
    CALL_TIMEOUT_S,
    TRANSFER_TIMEOUT_S,
    all_pages,
    upload_requests,
    uploaded,
)
from foley_client.rpc.sounds import SoundCalls
from foley_common.errors import DigestMismatch, StageUnavailable
from foley_common.rpc.client import open_channel
from foley_common.rpc.errors import from_rpc_error

MAX_PAGE_SIZE = 1000
"""Footsteps asked for at once; the contract's limit."""
CLIP_PAGE_SIZE = 100
"""Clips asked for at once; the contract's limit."""
WATCH_RETRIES = 8
"""Times in a row a watch is taken up again after the gateway went away."""
WATCH_PAUSE_S = 2.0
"""Between two of those: a gateway that is started again needs a few seconds."""


class StartedRender(NamedTuple):
    """Answer of `FoleyClient.create_render`: the render now, and the operation to cancel it by."""

    render: render_pb2.Render
    operation_name: str


class FoleyClient(SoundCalls):
    """Talks to one gateway. Methods return the messages of the contract and raise the errors of `foley_common.errors`.

    Use it as an async context manager; one client serves many calls at once.

    Example:
        async with FoleyClient("127.0.0.1:50051") as client:
            clip = await client.upload_clip(Path("walk.mp4"))
            started = await client.create_render(clip.name, render_options(surface=Surface.WOOD))
            async for render in client.watch_render(started.render.name):
                print(render.state)
            await client.download_file(started.render.name, "foley.mp4", Path("out/foley.mp4"))
    """

    def __init__(self, target: str) -> None:
        """Connect lazily to ``host:port`` (or any gRPC name, such as ``dns:///gateway:50051``)."""
        self.target = target
        self._channel: grpc.aio.Channel = open_channel(target)
        self._renders = render_service_pb2_grpc.RenderServiceStub(self._channel)
        self._operations = operations_pb2_grpc.OperationsStub(self._channel)

    async def __aenter__(self) -> FoleyClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        await self._channel.close()

    async def upload_clip(self, video: Path, display_name: str | None = None) -> clip_pb2.Clip:
        """Store a video at the gateway.

        Args:
            video: The file; its content decides, not its name.
            display_name: How people know it; the file's name by default.

        Raises:
            UndecodableMedia, MediaTooLarge: it is not a video the gateway takes.
            StoreFull, StoreReadOnly, StageUnavailable.
        """
        kind = render_service_pb2.UploadClipRequest
        header = render_service_pb2.UploadHeader(
            display_name=display_name or display_name_of(video)
        )
        return await uploaded(
            lambda pause_s: self._renders.UploadClip(
                upload_requests(kind, header, video, pause_s=pause_s), timeout=TRANSFER_TIMEOUT_S
            )
        )

    async def find_clip(self, sha256: str, display_name: str = "") -> clip_pb2.Clip | None:
        """The newest clip with these bytes (and this name, where one is given), or None; saves an upload."""
        async for clip in self.list_clips():
            if clip.source.sha256 == sha256 and display_name in ("", clip.display_name):
                return clip
        return None

    async def list_clips(self) -> AsyncIterator[clip_pb2.Clip]:
        """All clips, newest first."""
        request = render_service_pb2.ListClipsRequest(page_size=CLIP_PAGE_SIZE)
        async for clip in all_pages(self._renders.ListClips, request, "clips"):
            yield clip

    async def delete_clip(self, name: str) -> int:
        """Delete a clip with all that was made of it; gives the number of deleted objects.

        Raises:
            ClipNotFound.
        """
        try:
            answer = await self._renders.DeleteClip(
                render_service_pb2.DeleteClipRequest(name=name), timeout=CALL_TIMEOUT_S
            )
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err
        return answer.deleted_object_count

    async def create_render(
        self,
        clip_name: str,
        options: render_pb2.RenderOptions | None = None,
        *,
        request_id: str = "",
    ) -> StartedRender:
        """Start a render.

        Args:
            clip_name: ``clips/{clip}``.
            options: What it shall be (`foley_client.client.render_options`); all defaults when None.
            request_id: Makes the call repeatable: the same id for the same clip gives the same render.

        Raises:
            ClipNotFound, InvalidField, ServiceBusy, StageUnavailable.
        """
        request = render_service_pb2.CreateRenderRequest(
            parent=clip_name, options=options or render_pb2.RenderOptions(), request_id=request_id
        )
        try:
            operation = await self._renders.CreateRender(request, timeout=CALL_TIMEOUT_S)
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err
        render = render_pb2.Render()
        operation.metadata.Unpack(render)
        return StartedRender(render, operation.name)

    async def get_render(self, name: str) -> render_pb2.Render:
        """One render as it is now. Raises RenderNotFound."""
        try:
            return await self._renders.GetRender(
                render_service_pb2.GetRenderRequest(name=name), timeout=CALL_TIMEOUT_S
            )
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err

    async def watch_render(self, name: str) -> AsyncIterator[render_pb2.Render]:
        """The render whenever it changes, until its state is final.

        A gateway that goes away for a while (it restarts, its node is drained) does not end the watch: the render is
        durable, and the watch is taken up again.

        Raises:
            RenderNotFound: there is no such render.
            StageUnavailable: the gateway stays away.
        """
        failures_in_a_row = 0
        while True:
            try:
                async for render in self._renders.WatchRender(
                    render_service_pb2.WatchRenderRequest(name=name)
                ):
                    failures_in_a_row = 0
                    yield render
                    if is_final(render):
                        return
                failures_in_a_row += (
                    1  # a stream that ends early without an error, as in a graceful stop
                )
            except grpc.aio.AioRpcError as err:
                error = from_rpc_error(err)
                failures_in_a_row += 1
                if not _gateway_is_away(err) or failures_in_a_row > WATCH_RETRIES:
                    raise error from err
            if failures_in_a_row > WATCH_RETRIES:
                raise StageUnavailable(
                    f"the gateway at {self.target} ends every watch of {name} early",
                    stage="gateway",
                )
            await asyncio.sleep(WATCH_PAUSE_S)

    async def cancel(self, operation_name: str) -> None:
        """Cancel a render by the name of its operation; finished stages stay and are reused later.

        Raises:
            RenderNotFound, StageUnavailable.
        """
        try:
            await self._operations.CancelOperation(
                operations_pb2.CancelOperationRequest(name=operation_name), timeout=CALL_TIMEOUT_S
            )
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err

    async def list_footsteps(self, render_name: str) -> AsyncIterator[footstep_pb2.Footstep]:
        """The footsteps of a finished render in order of initial contact. Raises RenderNotFound, RenderConflict."""
        request = render_service_pb2.ListFootstepsRequest(
            parent=render_name, page_size=MAX_PAGE_SIZE
        )
        async for footstep in all_pages(self._renders.ListFootsteps, request, "footsteps"):
            yield footstep

    async def download_file(
        self, render_name: str, file_name: str, to: Path, *, sha256: str = ""
    ) -> int:
        """Download one file of a finished render; ``to`` is replaced as a whole, or not at all.

        Args:
            render_name: ``clips/{clip}/renders/{render}``.
            file_name: For example ``foley.mp4``.
            to: Where to put it; its folder exists.
            sha256: What the render promises (`RenderFile.file.sha256`); not checked when empty.

        Returns:
            Bytes written.

        Raises:
            DigestMismatch: what came is not what was promised.
            RenderNotFound, ObjectNotFound, StageUnavailable.
            OSError: ``to`` cannot be written.
        """
        request = render_service_pb2.DownloadFileRequest(parent=render_name, file_name=file_name)
        partial = to.with_name(f".{to.name}.{os.getpid()}.part")
        digest = hashlib.sha256()
        try:
            with partial.open("wb") as file:
                async for answer in self._renders.DownloadFile(request, timeout=TRANSFER_TIMEOUT_S):
                    digest.update(answer.chunk)
                    file.write(answer.chunk)
                size_bytes = file.tell()
            if sha256 and digest.hexdigest() != sha256:
                raise DigestMismatch(
                    f"{file_name} arrived damaged; try again",
                    key=file_name,
                    expected=sha256,
                    actual=digest.hexdigest(),
                )
            partial.replace(to)
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err
        finally:
            partial.unlink(missing_ok=True)
        return size_bytes


def is_final(render: render_pb2.Render) -> bool:
    """True when a render has ended, well or not."""
    states = render_pb2.Render.State
    return render.state in (states.STATE_SUCCEEDED, states.STATE_FAILED, states.STATE_CANCELLED)


def _gateway_is_away(err: grpc.aio.AioRpcError) -> bool:
    return err.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
