"""`foley serve`: everything on one machine until it is stopped."""

from __future__ import annotations

import asyncio
import socket
from typing import Annotated

import typer

from foley_client.commands.common import HomeOption, err_console, errors_end_command, run_async
from foley_client.home import Home, find_home, held_lock, read_server_file
from foley_client.models import fetch_missing_models, may_fetch
from foley_client.show import Show, show_for
from foley_client.supervisor import HOST, Supervisor
from foley_common.errors import RenderConflict, StageUnavailable

DEFAULT_PORT = 8080
"""Of the page and REST."""


def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the page and REST; 0 takes a free one.")
    ] = (DEFAULT_PORT),
    grpc_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of gRPC; 0 takes a free one.")
    ] = 0,
    home: HomeOption = None,
) -> None:
    """Run all four services on this machine until Ctrl-C. `foley run` with the same home uses them."""
    with errors_end_command(), show_for(err_console()) as show:
        run_async(_serve(find_home(home), port, grpc_port, show))


async def _serve(home: Home, port: int, grpc_port: int, show: Show) -> None:
    home.prepare()
    with held_lock(home) as ours:
        if not ours:
            stack = read_server_file(home)
            who = f"process {stack.pid} at {stack.rest_url}" if stack else "another process"
            raise RenderConflict(
                f"{home.root} is in use by {who}; stop that one, or give this one its own with --home DIR"
            )
        for wanted, option in ((port, "--port"), (grpc_port, "--grpc-port")):
            check_free(wanted, option)
        await fetch_missing_models(show, allow_fetch=may_fetch())
        supervisor = Supervisor(home, mode="serve", rest_port=port, grpc_port=grpc_port)
        stack = await supervisor.start(show.waiting)
        try:
            show.note(f"page  {stack.rest_url}/")
            show.note(f"REST  {stack.rest_url}/v1  (description: {stack.rest_url}/v1/openapi.json)")
            show.note(f"gRPC  {stack.grpc_target}")
            show.note(f"logs  {home.logs}")
            show.waiting("serving; Ctrl-C stops")
            raise await supervisor.failure()
        except asyncio.CancelledError:
            show.note("stopping")
        finally:
            await supervisor.stop()


def check_free(port: int, option: str) -> None:
    """Fail early and clearly when a port is taken.

    Raises:
        StageUnavailable: naming the port and the option.
    """
    if port == 0:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as err:
            raise StageUnavailable(
                f"port {port} cannot be used ({err.strerror}); give another with {option}, 0 for a free one",
                stage="gateway",
            ) from err
