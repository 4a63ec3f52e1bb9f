"""The client's calls about sample packs and sound without a video; `FoleyClient` has them all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc

from foley.audio.v1 import audio_service_pb2
from foley.gateway.v1 import render_service_pb2, render_service_pb2_grpc, sample_pack_pb2
from foley_client.names import display_name_of
from foley_client.rpc.calls import (
    CALL_TIMEOUT_S,
    TRANSFER_TIMEOUT_S,
    OnFraction,
    all_pages,
    unwatched,
    upload_requests,
    uploaded,
)
from foley_common.errors import DigestMismatch, FoleyError, NotServedYet
from foley_common.footsteps import GaitKind
from foley_common.packs import Provenance, Rejection
from foley_common.rpc.convert import time_range_from_proto
from foley_common.rpc.errors import from_rpc_error
from foley_common.surfaces import Footwear, Surface

PACK_PAGE_SIZE = 100
"""Packs asked for at once; the contract's limit."""


@dataclass(frozen=True, slots=True)
class RecordingSpec:
    """What is known of a recording that becomes a sample pack; None where nothing is.

    Attributes:
        surface: The ground in it.
        footwear: The shoe.
        gait_kind: The gait.
        name: Of the pack; empty takes one made of ground and shoe.
        provenance: Where the recording comes from.
        audio_stream: Which of its audio streams, from 1; 0 takes the one with most steps. The pack's ``audio_stream``
            says which was taken.
    """

    surface: Surface
    footwear: Footwear | None = None
    gait_kind: GaitKind | None = None
    name: str = ""
    provenance: Provenance | None = None
    audio_stream: int = 0


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A WAV file of footsteps that arrived.

    Attributes:
        path: Where it is.
        contact_samples: Samples at which feet touch the ground.
        sample_rate_hz: Samples per second.
    """

    path: Path
    contact_samples: tuple[int, ...]
    sample_rate_hz: int


class SoundCalls:
    """Calls about sample packs and sound."""

    _renders: render_service_pb2_grpc.RenderServiceStub

    async def upload_sample_pack(
        self, pack: Path, display_name: str | None = None
    ) -> sample_pack_pb2.SamplePack:
        """Store a sample pack at the gateway; its ``pack`` is what `Style.sample_packs` takes.

        Args:
            pack: A zip (`foley_common.packs.zip_folder` makes one of a folder).
            display_name: How people know it; the file's name by default.

        Raises:
            SamplePackInvalid: it breaks a rule of packs.
            StoreFull, StoreReadOnly, StageUnavailable.
        """
        header = render_service_pb2.UploadHeader(display_name=display_name or display_name_of(pack))
        kind = render_service_pb2.UploadSamplePackRequest
        return await uploaded(
            lambda pause_s: self._renders.UploadSamplePack(
                upload_requests(kind, header, pack, pause_s=pause_s), timeout=TRANSFER_TIMEOUT_S
            )
        )

    async def build_sample_pack(
        self,
        recording: Path,
        spec: RecordingSpec,
        *,
        on_upload: OnFraction = unwatched,
        on_progress: OnFraction = unwatched,
    ) -> tuple[sample_pack_pb2.SamplePack, list[Rejection]]:
        """Make a sample pack of the footsteps in a recording; also gives the parts that were not taken, and why.

        Args:
            recording: The file.
            spec: What is known of it.
            on_upload: Called with the share of the file that is sent, from 0 to 1.
            on_progress: Called with the share of the work that is done after that, from 0 to 1; not by a gateway that
                does not know `WatchBuildSamplePack` yet.

        Raises:
            UndecodableMedia, RecordingUnusable, MediaTooLarge: there are no footsteps to be had.
            StoreFull, StoreReadOnly, StageUnavailable.
        """
        header = render_service_pb2.BuildSamplePackHeader(
            display_name=spec.name,
            surface=f"SURFACE_{spec.surface.name}",
            footwear=f"FOOTWEAR_{spec.footwear.name}" if spec.footwear else None,
            gait_kind=f"GAIT_KIND_{spec.gait_kind.name}" if spec.gait_kind else None,
            audio_stream=spec.audio_stream,
        )
        if spec.provenance is not None:
            header.provenance.CopyFrom(
                audio_service_pb2.Provenance(
                    source_url=spec.provenance.source_url,
                    title=spec.provenance.title,
                    uploader=spec.provenance.uploader,
                    licence=spec.provenance.licence,
                    rights_confirmed=spec.provenance.rights_confirmed,
                )
            )
        try:
            answer = await uploaded(
                lambda pause_s: self._watched_build(
                    header, recording, on_upload, on_progress, pause_s
                )
            )
        except NotServedYet:
            answer = await self._unwatched_build(header, recording, on_upload)
        rejected = [
            Rejection(*time_range_from_proto(part.range), part.reason) for part in answer.rejected
        ]
        return answer.sample_pack, rejected

    async def _watched_build(
        self,
        header: render_service_pb2.BuildSamplePackHeader,
        recording: Path,
        on_upload: OnFraction,
        on_progress: OnFraction,
        pause_s: float,
    ) -> render_service_pb2.BuildSamplePackResponse:
        kind = render_service_pb2.WatchBuildSamplePackRequest
        call = self._renders.WatchBuildSamplePack(
            upload_requests(kind, header, recording, on_upload, pause_s=pause_s),
            timeout=TRANSFER_TIMEOUT_S,
        )
        try:
            async for answer in call:
                if answer.WhichOneof("event") == "result":
                    return answer.result
                on_progress(answer.fraction)
        finally:
            call.cancel()
        raise FoleyError("the gateway ended its answer without a sample pack")

    async def _unwatched_build(
        self,
        header: render_service_pb2.BuildSamplePackHeader,
        recording: Path,
        on_upload: OnFraction,
    ) -> render_service_pb2.BuildSamplePackResponse:
        kind = render_service_pb2.BuildSamplePackRequest
        return await uploaded(
            lambda pause_s: self._renders.BuildSamplePack(
                upload_requests(kind, header, recording, on_upload, pause_s=pause_s),
                timeout=TRANSFER_TIMEOUT_S,
            )
        )

    async def list_sample_packs(self) -> AsyncIterator[sample_pack_pb2.SamplePack]:
        """All sample packs, newest first."""
        request = render_service_pb2.ListSamplePacksRequest(page_size=PACK_PAGE_SIZE)
        async for pack in all_pages(self._renders.ListSamplePacks, request, "sample_packs"):
            yield pack

    async def find_sample_pack(self, sha256: str) -> sample_pack_pb2.SamplePack | None:
        """The newest pack with these bytes, or None; saves an upload."""
        async for pack in self.list_sample_packs():
            if pack.pack.sha256 == sha256:
                return pack
        return None

    async def delete_sample_pack(self, name: str) -> int:
        """Delete a sample pack; gives the number of deleted objects. Raises ObjectNotFound."""
        request = render_service_pb2.DeleteSamplePackRequest(name=name)
        try:
            answer = await self._renders.DeleteSamplePack(request, timeout=CALL_TIMEOUT_S)
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err
        return answer.deleted_object_count

    async def download_sample_pack(self, pack: sample_pack_pb2.SamplePack, to: Path) -> None:
        """Bring a pack's zip into a file, as a whole or not at all.

        Raises:
            DigestMismatch: what came is not what was promised.
            ObjectNotFound, StageUnavailable.
            OSError: ``to`` cannot be written.
        """
        request = render_service_pb2.DownloadSamplePackRequest(name=pack.name)
        with _Arriving(to, pack.pack.sha256) as file:
            try:
                async for answer in self._renders.DownloadSamplePack(
                    request, timeout=TRANSFER_TIMEOUT_S
                ):
                    file.write(answer.chunk)
            except grpc.aio.AioRpcError as err:
                raise from_rpc_error(err) from err
            file.complete()

    async def render_sound(
        self, request: render_service_pb2.RenderSoundRequest, folder: Path
    ) -> AsyncIterator[SoundFile]:
        """Footsteps without a video, file by file as they are made, into an existing folder.

        Args:
            request: What shall be heard (`foley_client.client.sound_request`).
            folder: Where the files go.

        Raises:
            InvalidField, DigestMismatch, StageUnavailable.
            OSError: a file cannot be written.
        """
        arriving: tuple[_Arriving, SoundFile] | None = None
        try:
            async for answer in self._renders.RenderSound(request, timeout=TRANSFER_TIMEOUT_S):
                if answer.WhichOneof("event") == "chunk":
                    if arriving is not None:
                        arriving[0].write(answer.chunk)
                    continue
                if arriving is not None:
                    arriving[0].complete()
                    yield arriving[1]
                    arriving = None
                path = folder / Path(answer.file.file_name).name
                sound = SoundFile(
                    path, tuple(answer.file.contact_samples), answer.file.sample_rate_hz
                )
                arriving = (_Arriving(path, answer.file.sha256), sound)
            if arriving is not None:
                arriving[0].complete()
                yield arriving[1]
        except grpc.aio.AioRpcError as err:
            raise from_rpc_error(err) from err
        finally:
            if arriving is not None:
                arriving[0].discard()


class _Arriving:
    """A file that comes in pieces and is there as a whole or not at all."""

    def __init__(self, to: Path, sha256: str) -> None:
        self._to = to
        self._sha256 = sha256
        self._partial = to.with_name(f".{to.name}.{os.getpid()}.part")
        self._digest = hashlib.sha256()
        self._file = self._partial.open("wb")

    def __enter__(self) -> _Arriving:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def write(self, data: bytes) -> None:
        """Take a piece."""
        self._digest.update(data)
        self._file.write(data)

    def complete(self) -> None:
        """Put it in its place. Raises DigestMismatch when it is not what was promised."""
        self._file.close()
        if self._digest.hexdigest() != self._sha256:
            raise DigestMismatch(
                f"{self._to.name} arrived damaged; try again",
                key=self._to.name,
                expected=self._sha256,
                actual=self._digest.hexdigest(),
            )
        self._partial.replace(self._to)

    def discard(self) -> None:
        """Leave nothing of an unfinished file."""
        self._file.close()
        self._partial.unlink(missing_ok=True)
