"""The blocking client: `FoleyClient` on an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from foley.common.v1 import footstep_pb2
from foley.gateway.v1 import clip_pb2, render_pb2, sample_pack_pb2
from foley_client.rpc.calls import OnFraction, unwatched
from foley_client.rpc.convert import error_of_render, render_view
from foley_client.rpc.gateway import FoleyClient, StartedRender
from foley_client.rpc.options import SoundMessage
from foley_client.rpc.sounds import RecordingSpec, SoundFile
from foley_common.packs import Rejection

_Item = TypeVar("_Item")


class SyncFoleyClient:
    """The same calls as `FoleyClient`, blocking, for scripts and services without asyncio. Not for several threads."""

    def __init__(self, target: str) -> None:
        """Connect lazily to ``host:port``."""
        self._runner = asyncio.Runner()
        self._client = self._runner.run(_open(target))

    def __enter__(self) -> SyncFoleyClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and the event loop."""
        self._runner.run(self._client.close())
        self._runner.close()

    def upload_clip(self, video: Path, display_name: str | None = None) -> clip_pb2.Clip:
        """See `FoleyClient.upload_clip`."""
        return self._runner.run(self._client.upload_clip(video, display_name))

    def find_clip(self, sha256: str, display_name: str = "") -> clip_pb2.Clip | None:
        """See `FoleyClient.find_clip`."""
        return self._runner.run(self._client.find_clip(sha256, display_name))

    def list_clips(self) -> Iterator[clip_pb2.Clip]:
        """See `FoleyClient.list_clips`."""
        return self._drain(self._client.list_clips)

    def delete_clip(self, name: str) -> int:
        """See `FoleyClient.delete_clip`."""
        return self._runner.run(self._client.delete_clip(name))

    def create_render(
        self,
        clip_name: str,
        options: render_pb2.RenderOptions | None = None,
        *,
        request_id: str = "",
    ) -> StartedRender:
        """See `FoleyClient.create_render`."""
        return self._runner.run(
            self._client.create_render(clip_name, options, request_id=request_id)
        )

    def render(
        self,
        clip_name: str,
        options: render_pb2.RenderOptions | None = None,
        *,
        request_id: str = "",
    ) -> render_pb2.Render:
        """Start a render and wait for its end.

        Raises:
            FoleyError: the class of the render's `error_reason` when it failed, RenderCancelled when somebody
                cancelled it.
        """
        last = self.create_render(clip_name, options, request_id=request_id).render
        for render in self.watch_render(last.name):
            last = render
        if error := error_of_render(render_view(last)):
            raise error
        return last

    def get_render(self, name: str) -> render_pb2.Render:
        """See `FoleyClient.get_render`."""
        return self._runner.run(self._client.get_render(name))

    def watch_render(self, name: str) -> Iterator[render_pb2.Render]:
        """See `FoleyClient.watch_render`."""
        return self._drain(lambda: self._client.watch_render(name))

    def cancel(self, operation_name: str) -> None:
        """See `FoleyClient.cancel`."""
        self._runner.run(self._client.cancel(operation_name))

    def list_footsteps(self, render_name: str) -> Iterator[footstep_pb2.Footstep]:
        """See `FoleyClient.list_footsteps`."""
        return self._drain(lambda: self._client.list_footsteps(render_name))

    def download_file(self, render_name: str, file_name: str, to: Path, *, sha256: str = "") -> int:
        """See `FoleyClient.download_file`."""
        return self._runner.run(
            self._client.download_file(render_name, file_name, to, sha256=sha256)
        )

    def upload_sample_pack(
        self, pack: Path, display_name: str | None = None
    ) -> sample_pack_pb2.SamplePack:
        """See `FoleyClient.upload_sample_pack`."""
        return self._runner.run(self._client.upload_sample_pack(pack, display_name))

    def find_sample_pack(self, sha256: str) -> sample_pack_pb2.SamplePack | None:
        """See `FoleyClient.find_sample_pack`."""
        return self._runner.run(self._client.find_sample_pack(sha256))

    def build_sample_pack(
        self,
        recording: Path,
        spec: RecordingSpec,
        *,
        on_upload: OnFraction = unwatched,
        on_progress: OnFraction = unwatched,
    ) -> tuple[sample_pack_pb2.SamplePack, list[Rejection]]:
        """See `FoleyClient.build_sample_pack`."""
        return self._runner.run(
            self._client.build_sample_pack(
                recording, spec, on_upload=on_upload, on_progress=on_progress
            )
        )

    def list_sample_packs(self) -> Iterator[sample_pack_pb2.SamplePack]:
        """See `FoleyClient.list_sample_packs`."""
        return self._drain(self._client.list_sample_packs)

    def delete_sample_pack(self, name: str) -> int:
        """See `FoleyClient.delete_sample_pack`."""
        return self._runner.run(self._client.delete_sample_pack(name))

    def download_sample_pack(self, pack: sample_pack_pb2.SamplePack, to: Path) -> None:
        """See `FoleyClient.download_sample_pack`."""
        self._runner.run(self._client.download_sample_pack(pack, to))

    def render_sound(self, request: SoundMessage, folder: Path) -> Iterator[SoundFile]:
        """See `FoleyClient.render_sound`."""
        return self._drain(lambda: self._client.render_sound(request, folder))

    def _drain(self, start: Callable[[], AsyncIterator[_Item]]) -> Iterator[_Item]:
        items = start()
        while (item := self._runner.run(_next(items))) is not None:
            yield item


async def _open(target: str) -> FoleyClient:
    return FoleyClient(target)  # a channel belongs to the running loop


async def _next(items: AsyncIterator[_Item]) -> _Item | None:
    return await anext(items, None)
