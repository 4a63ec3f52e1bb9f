"""Composition root: both faces, the engine and the stage clients in one process and one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import grpc.aio
import uvicorn
from google.longrunning import operations_pb2_grpc

from foley.gateway.v1 import render_service_pb2_grpc
from foley_common.errors import FoleyError, StageUnavailable
from foley_common.observability import configure_logging, get_logger
from foley_common.observability.tracing import configure_tracing
from foley_common.rpc.server import EXIT_CANNOT_START, RunningServer, running_server, stop_event
from foley_common.storage import open_store
from foley_gateway.agent_facts import AnswersDigest
from foley_gateway.application import RenderApplication
from foley_gateway.engine import Engine
from foley_gateway.inbox import Inbox
from foley_gateway.ingest import Ingest
from foley_gateway.passing_folders import keep_deleting_left_folders
from foley_gateway.patience import Patience
from foley_gateway.progress import ProgressBoard
from foley_gateway.render_orders import RenderOrders
from foley_gateway.rest.app import make_app
from foley_gateway.rpc.audio_client import GrpcAudio
from foley_gateway.rpc.detector_client import GrpcDetector
from foley_gateway.rpc.operations_servicer import SERVICE_NAME as OPERATIONS_SERVICE_NAME
from foley_gateway.rpc.operations_servicer import OperationsServicer
from foley_gateway.rpc.render_servicer import SERVICE_NAME, RenderServicer
from foley_gateway.rpc.surface_client import GrpcSurfaceAgent
from foley_gateway.sample_packs import SamplePacks
from foley_gateway.settings import GatewaySettings
from foley_gateway.sounds import SoundMaker
from foley_gateway.stages import Stages
from foley_gateway.store import Catalog

_SHORT_NAME = "gateway"
_LISTEN_BACKLOG = 128


@dataclass(frozen=True, slots=True)
class RunningGateway:
    """A gateway that serves."""

    grpc: RunningServer
    rest_port: int
    application: RenderApplication


class _RestServer(uvicorn.Server):
    """uvicorn without its own signal handling: the gateway stops both faces together."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


@asynccontextmanager
async def running_gateway(settings: GatewaySettings) -> AsyncIterator[RunningGateway]:
    """A gateway that is ready inside the block and has stopped gracefully after it; one per process.

    Raises:
        FoleyError: it cannot start; the message says why.
    """
    patience = Patience(settings.stage_patience_s, settings.busy_patience_s)
    configure_tracing(_SHORT_NAME, settings.otlp_endpoint)  # before the first channel is opened
    async with AsyncExitStack() as stack:
        catalog = Catalog(settings.database_url.get_secret_value())
        stack.callback(catalog.close)
        store = open_store(settings.store)
        detector = GrpcDetector(settings.detector_target, patience)
        stack.push_async_callback(detector.close)
        surfaces = GrpcSurfaceAgent(settings.surface_agent_target, patience)
        stack.push_async_callback(surfaces.close)
        audio = GrpcAudio(settings.audio_target, patience)
        stack.push_async_callback(audio.close)
        board = ProgressBoard(catalog)
        engine = Engine(
            settings=settings,
            catalog=catalog,
            store=store,
            stages=Stages(detector, surfaces, audio),
            board=board,
        )
        stack.push_async_callback(engine.close)
        inbox = Inbox(settings)
        ingest = Ingest(catalog=catalog, store=store, inbox=inbox, settings=settings)
        packs = SamplePacks(
            catalog=catalog, store=store, audio=audio, inbox=inbox, settings=settings
        )
        application = RenderApplication(
            catalog=catalog,
            store=store,
            engine=engine,
            board=board,
            ingest=ingest,
            packs=packs,
            sounds=SoundMaker(store=store, audio=audio, settings=settings),
            orders=RenderOrders(
                catalog=catalog,
                store=store,
                engine=engine,
                board=board,
                packs=packs,
                answers=AnswersDigest(surfaces),
                settings=settings,
            ),
        )
        listening = _listen(settings)
        rest_port = listening.getsockname()[1]

        async def load() -> None:
            await engine.launch()
            tidying = asyncio.create_task(keep_deleting_left_folders(store))
            stack.push_async_callback(_ended, tidying)
            application.open()
            await stack.enter_async_context(_running_rest(application, settings, listening))

        def add_servicers(server: grpc.aio.Server) -> None:
            render_service_pb2_grpc.add_RenderServiceServicer_to_server(
                RenderServicer(application), server
            )
            operations_pb2_grpc.add_OperationsServicer_to_server(
                OperationsServicer(application), server
            )

        running = await stack.enter_async_context(
            running_server(
                settings,
                service_name=SERVICE_NAME,
                add_servicer=add_servicers,
                load=load,
                extra_ready=lambda: {"rest_port": rest_port},
                more_services=(OPERATIONS_SERVICE_NAME,),
            )
        )
        stack.callback(application.begin_close)
        yield RunningGateway(running, rest_port, application)


async def serve_gateway(settings: GatewaySettings) -> None:
    """Run the gateway until SIGTERM or SIGINT."""
    configure_logging(_SHORT_NAME, settings.log_level, settings.log_format)
    stopping = stop_event()
    try:
        async with running_gateway(settings):
            await stopping.wait()
            get_logger().info("service_stopping", grace_s=settings.grace_s)
    except FoleyError as error:
        get_logger().error(
            "service_failed", reason=error.reason, problem=error.message, **error.metadata
        )
        sys.stderr.write(f"{_SHORT_NAME} cannot run: {error.message}\n")
        raise SystemExit(EXIT_CANNOT_START) from error


@asynccontextmanager
async def _running_rest(
    application: RenderApplication, settings: GatewaySettings, listening: socket.socket
) -> AsyncIterator[None]:
    config = uvicorn.Config(
        make_app(application, settings),
        log_config=None,  # its records go where ours go
        access_log=False,  # the middleware writes one line per call, with the request id
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.grace_s)),
        h11_max_incomplete_event_size=None,
    )
    server = _RestServer(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        yield
    finally:
        application.begin_close()
        server.should_exit = True
        await task


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()  # it ended before, of a fault that must be heard


def _listen(settings: GatewaySettings) -> socket.socket:
    host = settings.rest_host or settings.host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, settings.rest_port))
    except OSError as error:
        listening.close()
        address = f"{host}:{settings.rest_port}"
        raise StageUnavailable(
            f"{_SHORT_NAME} cannot listen on {address}: {error.strerror}",
            stage=_SHORT_NAME,
            address=address,
        ) from error
    listening.listen(_LISTEN_BACKLOG)
    listening.setblocking(False)
    return listening
