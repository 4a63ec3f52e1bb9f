"""Composition root: builds the audio service from its settings and serves it."""

from __future__ import annotations

import grpc.aio

from foley.audio.v1 import audio_service_pb2, audio_service_pb2_grpc
from foley_audio.domain.materials import load_materials
from foley_audio.domain.synthesis import Synthesizer
from foley_audio.servicer import AudioServicer
from foley_audio.settings import AudioSettings
from foley_common.rpc.server import serve
from foley_common.rpc.work import WorkQueue
from foley_common.storage import open_store

SERVICE_NAME = audio_service_pb2.DESCRIPTOR.services_by_name["AudioService"].full_name


def build_servicer(settings: AudioSettings) -> AudioServicer:
    """The servicer with everything it needs."""
    return AudioServicer(
        store=open_store(settings.store),
        queue=WorkQueue("audio", settings.max_running_jobs, settings.max_queued_jobs),
        synthesizer=Synthesizer(load_materials()),
        scratch_dir=settings.scratch_dir,
        block_samples=settings.block_samples,
    )


async def run(settings: AudioSettings) -> None:
    """Serve until told to stop."""
    servicer = build_servicer(settings)

    def add(server: grpc.aio.Server) -> None:
        audio_service_pb2_grpc.add_AudioServiceServicer_to_server(servicer, server)

    await serve(settings, service_name=SERVICE_NAME, add_servicer=add)
