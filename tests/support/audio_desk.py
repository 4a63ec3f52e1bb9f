"""A running audio service with a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc.aio

from foley.audio.v1 import audio_service_pb2_grpc
from foley_audio.server import SERVICE_NAME, build_servicer
from foley_audio.settings import AudioSettings
from foley_common.objects import ObjectStore
from foley_common.rpc.client import open_channel
from foley_common.rpc.server import running_server
from foley_common.settings import StoreSettings
from foley_common.storage import open_store


@asynccontextmanager
async def running_audio(
    folder: Path,
) -> AsyncIterator[tuple[audio_service_pb2_grpc.AudioServiceStub, ObjectStore]]:
    """An audio service that works in a folder, as a stub that calls it and the store they share."""
    settings = AudioSettings(
        store=StoreSettings(kind="local", root=folder / "store"), scratch_dir=folder
    )
    servicer = build_servicer(settings)

    def add(server: grpc.aio.Server) -> None:
        audio_service_pb2_grpc.add_AudioServiceServicer_to_server(servicer, server)

    async with running_server(settings, service_name=SERVICE_NAME, add_servicer=add) as server:
        channel = open_channel(server.target)
        yield audio_service_pb2_grpc.AudioServiceStub(channel), open_store(settings.store)
        await channel.close()
