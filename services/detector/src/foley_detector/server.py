"""Builds the detector out of its settings; the only place that knows concrete parts."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

import grpc.aio

from foley.detector.v1 import detector_service_pb2_grpc as pb_grpc
from foley_common.errors import StageUnavailable
from foley_common.observability import get_logger
from foley_common.rpc.server import EXIT_CANNOT_START, serve
from foley_common.rpc.work import WorkQueue
from foley_common.settings import load_settings
from foley_common.storage import open_store
from foley_detector.models.loading import LoadedModels, load_models
from foley_detector.servicer import DetectorServicer
from foley_detector.settings import DetectorSettings

SERVICE_NAME = "foley.detector.v1.DetectorService"


class Detector:
    """The service's parts, and how they come and go.

    Args:
        settings: The service's settings.
    """

    def __init__(self, settings: DetectorSettings) -> None:
        self._settings = settings
        self._queue = WorkQueue("detector", settings.max_running_jobs, settings.max_queued_jobs)
        self._loaded: LoadedModels | None = None
        self._facts: dict[str, Any] = {}
        self.has_failed = False
        self.servicer = DetectorServicer(
            store=open_store(settings.store), queue=self._queue, scratch_dir=settings.scratch_dir
        )

    def add_to(self, server: grpc.aio.Server) -> None:
        """Answer calls of a server."""
        pb_grpc.add_DetectorServiceServicer_to_server(self.servicer, server)

    async def load(self) -> None:
        """Load the models; the service is ready afterwards.

        Raises:
            ModelMissing, ModelCorrupt: the weights cannot be had.
            ServiceBusy, StageUnavailable: the CUDA device is full, or has failed.
        """
        loaded = await asyncio.to_thread(load_models, self._settings, on_lost=self.lost)
        self._facts = {"device": loaded.device, "models": [model.name for model in loaded.versions]}
        get_logger().info("models_loaded", threads=self._settings.thread_count, **self._facts)
        self._loaded = loaded
        self.servicer.use(loaded)

    def lost(self, error: StageUnavailable) -> None:
        """Stop the service: its CUDA device has failed, which only a new process gets over. For any thread."""
        get_logger().error(
            "service_failed", reason=error.reason, message=error.message, **error.metadata
        )
        self.has_failed = True
        signal.raise_signal(signal.SIGTERM)

    def facts(self) -> dict[str, Any]:
        """What the ready file says besides the ports."""
        return self._facts

    async def close(self) -> None:
        """Let go of the worker threads and the models."""
        self._queue.close()
        if self._loaded is not None:
            await asyncio.to_thread(self._loaded.models.poses.close)


def main() -> None:
    """Run until told to stop."""
    asyncio.run(_run(load_settings(DetectorSettings)))


async def _run(settings: DetectorSettings) -> None:
    detector = Detector(settings)
    await serve(
        settings,
        service_name=SERVICE_NAME,
        add_servicer=detector.add_to,
        load=detector.load,
        unload=detector.close,
        extra_ready=detector.facts,
    )
    if detector.has_failed:
        raise SystemExit(EXIT_CANNOT_START)
