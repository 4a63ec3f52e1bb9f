"""One bootstrap for every gRPC server: health, reflection, metrics, traces, logs, and a stop that loses no work."""

# pyright: reportUnknownMemberType=false
from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import grpc.aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from foley_common.errors import FoleyError, StageUnavailable
from foley_common.observability import configure_logging, get_logger
from foley_common.observability.metrics import MetricsServer, serve_metrics
from foley_common.observability.tracing import (
    configure_tracing,
    server_interceptors,
    shutdown_tracing,
)
from foley_common.rpc.interceptors import CallInterceptor
from foley_common.settings import BaseServiceSettings
from foley_common.storage.files import temporary_beside

MAX_RUNNING_CALLS = 256
"""Watches and reads included; heavy work is bounded by each service's WorkQueue."""
PROBE_RESERVE = 64
"""Calls that only health checks and reflection may use: a service with many watchers is busy, not dead, and a liveness
probe that got no answer would have it killed with all its work."""
MAX_CONNECTION_AGE_MS = (
    300_000  # callers look up addresses again this often, so new replicas get their share
)
MIN_PING_INTERVAL_MS = 10_000  # below the clients' keepalive time (rpc.client)
EXIT_CANNOT_START = 1

AddServicer = Callable[[grpc.aio.Server], None]
_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@dataclass(slots=True)
class RunningServer:
    """A server whose ports are open.

    Attributes:
        service: Short name: ``detector``.
        grpc_port: Where it listens.
        metrics_port: Where its metrics are; None when it serves none.
        target: ``host:port`` for `rpc.client.open_channel`.
    """

    service: str
    grpc_port: int
    metrics_port: int | None
    target: str
    _server: grpc.aio.Server
    _health: Any
    _names: tuple[str, ...]
    _grace_s: float
    _stopped: bool = field(default=False)

    async def set_serving(self, serving: bool) -> None:
        """Tell health checks whether calls are welcome."""
        for name in self._names:
            await self._health.set(name, _SERVING if serving else _NOT_SERVING)

    async def stop(self, grace_s: float | None = None) -> None:
        """Turn new calls away, let running ones finish within the grace, then cancel them."""
        if self._stopped:
            return
        self._stopped = True
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._grace_s if grace_s is None else grace_s)


def short_name(service_name: str) -> str:
    """The service's short name out of its full one.

    >>> short_name("foley.surface_agent.v1.SurfaceAgentService")
    'surface_agent'
    """
    return service_name.split(".")[1]


@asynccontextmanager
async def running_server(
    settings: BaseServiceSettings,
    *,
    service_name: str,
    add_servicer: AddServicer,
    load: Callable[[], Awaitable[None]] | None = None,
    extra_ready: Callable[[], dict[str, Any]] | None = None,
    more_services: Sequence[str] = (),
) -> AsyncGenerator[RunningServer]:
    """A server that is ready inside the block and has stopped gracefully after it.

    Its health is NOT_SERVING before the port opens and until ``load`` is done.

    Args:
        settings: The service's settings.
        service_name: Full name, for example ``foley.detector.v1.DetectorService``.
        add_servicer: Adds the servicers to the server.
        load: Loads models and whatever else calls need.
        extra_ready: Further entries of the ready file.
        more_services: Full names of further services that the servicers answer for.

    Raises:
        StageUnavailable: a port cannot be had.
    """
    service = short_name(service_name)
    names = (health.OVERALL_HEALTH, service_name, *more_services)
    configure_tracing(service, settings.otlp_endpoint)
    server = grpc.aio.server(
        interceptors=[CallInterceptor(service, MAX_RUNNING_CALLS), *server_interceptors()],
        maximum_concurrent_rpcs=MAX_RUNNING_CALLS + PROBE_RESERVE,
        options=[
            (
                "grpc.so_reuseport",
                0,
            ),  # a second server on the same port is a mistake, not a replica
            (
                "grpc.max_connection_age_ms",
                MAX_CONNECTION_AGE_MS,
            ),  # running calls finish: no age grace is set
            ("grpc.http2.min_ping_interval_without_data_ms", MIN_PING_INTERVAL_MS),
            ("grpc.keepalive_permit_without_calls", 1),
        ],
    )
    add_servicer(server)
    checks = cast("Any", health).aio.HealthServicer()  # ships no types
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    reflected = (service_name, *more_services, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(reflected, server)
    for name in names:
        await checks.set(name, _NOT_SERVING)
    try:
        port = _bind(server, service, settings)
        metrics = _open_metrics(service, settings)
    except StageUnavailable:
        await server.stop(None)
        raise
    running = RunningServer(
        service, port, metrics.port if metrics else None, _address(settings.host, port), server, checks, names,
        settings.grace_s,
    )  # fmt: skip
    try:
        await server.start()
        if load is not None:
            await load()
        await running.set_serving(True)
        ready = {
            "grpc_port": port,
            "metrics_port": running.metrics_port,
            **(extra_ready() if extra_ready else {}),
        }
        _write_ready(settings.ready_file, ready)
        get_logger().info("service_ready", host=settings.host, **ready)
        yield running
    finally:
        if settings.ready_file is not None:
            settings.ready_file.unlink(missing_ok=True)
        await running.stop()
        if metrics is not None:
            await asyncio.to_thread(metrics.close)
        await asyncio.to_thread(shutdown_tracing)
        get_logger().info("service_stopped")


async def serve(
    settings: BaseServiceSettings,
    *,
    service_name: str,
    add_servicer: AddServicer,
    load: Callable[[], Awaitable[None]] | None = None,
    unload: Callable[[], Awaitable[None]] | None = None,
    extra_ready: Callable[[], dict[str, Any]] | None = None,
    more_services: Sequence[str] = (),
) -> None:
    """Run a service until SIGTERM or SIGINT; the whole main function of ``python -m foley_<service>``.

    Arguments are those of `running_server`; ``unload`` runs after the last call has ended. A service that cannot
    start says why on stderr and in the log, and exits with 1.
    """
    configure_logging(short_name(service_name), settings.log_level, settings.log_format)
    stopping = stop_event()
    try:
        async with running_server(
            settings,
            service_name=service_name,
            add_servicer=add_servicer,
            load=load,
            extra_ready=extra_ready,
            more_services=more_services,
        ):
            await stopping.wait()
            get_logger().info("service_stopping", grace_s=settings.grace_s)
    except FoleyError as error:
        get_logger().error(
            "service_failed", reason=error.reason, message=error.message, **error.metadata
        )
        sys.stderr.write(f"{short_name(service_name)} cannot run: {error.message}\n")
        raise SystemExit(EXIT_CANNOT_START) from error
    finally:
        if unload is not None:
            await unload()


def stop_event() -> asyncio.Event:
    """An event that SIGTERM or SIGINT sets. Call it inside the running loop."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


def _bind(server: grpc.aio.Server, service: str, settings: BaseServiceSettings) -> int:
    wanted = _address(settings.host, settings.port)
    try:
        port = server.add_insecure_port(wanted)
    except RuntimeError:  # how gRPC says that it cannot bind
        port = 0
    if port == 0:
        raise StageUnavailable(
            f"{service} cannot listen on {wanted}: taken, or not an address here",
            stage=service,
            address=wanted,
        )
    return port


def _open_metrics(service: str, settings: BaseServiceSettings) -> MetricsServer | None:
    if settings.metrics_port is None:
        return None
    try:
        return serve_metrics(settings.host, settings.metrics_port)
    except OSError as error:
        wanted = _address(settings.host, settings.metrics_port)
        raise StageUnavailable(
            f"{service} cannot serve metrics on {wanted}: {error.strerror}",
            stage=service,
            address=wanted,
        ) from error


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _write_ready(path: Path | None, ready: dict[str, Any]) -> None:
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_beside(path) as temporary:
        temporary.write_text(json.dumps(ready))
        temporary.replace(path)
