"""Builds the surface agent out of its settings; the only place that knows concrete parts."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import grpc.aio

from foley.surface_agent.v1 import surface_agent_service_pb2_grpc as pb_grpc
from foley_common.observability import get_logger
from foley_common.rpc.server import serve
from foley_common.rpc.work import WorkQueue
from foley_common.settings import load_settings
from foley_common.storage import open_store
from foley_surface_agent.domain.addresses import HostRules
from foley_surface_agent.llm.left_alone import LeftAlone
from foley_surface_agent.llm.openai_vision import OpenAiVision
from foley_surface_agent.local.classifier import LocalClassifier
from foley_surface_agent.servicer import SurfaceAgentServicer
from foley_surface_agent.settings import SoundSettings, SurfaceAgentSettings, VisionSettings
from foley_surface_agent.sounds.find import SoundSources
from foley_surface_agent.sounds.library import SoundLibrary
from foley_surface_agent.sounds.search import SoundSearch
from foley_surface_agent.sounds.web.apart import WebSoundsApart
from foley_surface_agent.sounds.web.guard import FetchLimits
from foley_surface_agent.sounds.web.wire import WebSettings

SERVICE_NAME = "foley.surface_agent.v1.SurfaceAgentService"
MAX_RUNNING_SEARCHES = 2  # they wait for the network most of the time


class SurfaceAgent:
    """The service's parts, and how they come and go.

    Args:
        settings: The service's settings.

    Raises:
        ModelMissing, ModelCorrupt: the local classifier cannot be used.
    """

    def __init__(self, settings: SurfaceAgentSettings) -> None:
        self._queue = WorkQueue(
            "surface_agent", settings.max_running_jobs, settings.max_queued_jobs
        )
        self._vision = OpenAiVision(settings.vision) if settings.vision.enabled else None
        self._classifier = LocalClassifier(
            settings.models_dir, fetch_weights=settings.fetch_weights
        )
        self._sound_queue = WorkQueue(
            "surface_agent_sounds", MAX_RUNNING_SEARCHES, settings.max_queued_jobs
        )
        store = open_store(settings.store)
        self.servicer = SurfaceAgentServicer(
            store=store,
            queue=self._queue,
            classifier=self._classifier,
            vision=None if self._vision is None else _left_alone(self._vision, settings.vision),
            limits=settings.vision,
            sounds=SoundSearch(
                store=store,
                queue=self._sound_queue,
                sources=sound_sources(
                    settings.sounds, log=(settings.log_level, settings.log_format)
                ),
                scratch_dir=settings.scratch_dir,
            ),
            longest_sound_s=settings.sounds.max_duration_s,
            scratch_dir=settings.scratch_dir,
        )
        get_logger().info(
            "surface_agent_built",
            vision_model=settings.vision.model if settings.vision.enabled else None,
            vision_endpoint=settings.vision.base_url if settings.vision.enabled else None,
            local_model=self._classifier.name,
        )

    def add_to(self, server: grpc.aio.Server) -> None:
        """Answer calls of a server."""
        pb_grpc.add_SurfaceAgentServiceServicer_to_server(self.servicer, server)

    async def close(self) -> None:
        """Let go of threads and connections."""
        self._queue.close()
        self._sound_queue.close()
        if self._vision is not None:
            await self._vision.close()


def _left_alone(model: OpenAiVision, settings: VisionSettings) -> LeftAlone:
    """The model, not asked again for a while once its endpoint proved down."""
    return LeftAlone(model, patience_s=min(settings.timeout_s, settings.max_seconds_per_clip))


def sound_sources(
    settings: SoundSettings, *, log: tuple[str, str] = ("info", "json")
) -> SoundSources:
    """Where the settings let sounds be looked for.

    Args:
        settings: What is allowed.
        log: Level and format of the log, for the processes that fetch.
    """
    library = None if settings.library_dir is None else SoundLibrary(settings.library_dir)
    if not settings.web:
        return SoundSources(library, None, settings.max_bytes)
    limits = FetchLimits(
        part_bytes=settings.max_bytes,
        part_s=settings.max_seconds_per_sound,
        total_s=settings.max_seconds,
        timeout_s=settings.timeout_s,
    )
    web = WebSettings(
        rules=HostRules(settings.allowed_hosts, frozenset(settings.private_hosts)),
        limits=limits,
        search=settings.search,
        extractors=settings.extractors,
    )
    return SoundSources(library, WebSoundsApart(web, log=log), settings.max_bytes)


def main() -> None:
    """Run until told to stop."""
    asyncio.run(_run(load_settings(SurfaceAgentSettings)))


async def _run(settings: SurfaceAgentSettings) -> None:
    held: dict[str, Any] = {}

    def add(server: grpc.aio.Server) -> None:
        held["agent"] = SurfaceAgent(settings)
        held["agent"].add_to(server)

    await serve(settings, service_name=SERVICE_NAME, add_servicer=add, unload=partial(_close, held))


async def _close(held: dict[str, Any]) -> None:
    if "agent" in held:
        await held["agent"].close()
