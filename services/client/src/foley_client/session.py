"""Which gateway a command talks to: a named one, the one that runs on this home, or one started for this command."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from foley_client.home import Home, held_lock, read_server_file
from foley_client.models import fetch_missing_models, may_fetch
from foley_client.rpc.health import is_serving
from foley_client.show import Show
from foley_client.supervisor import GATEWAY, SETTINGS_PREFIXES, Supervisor
from foley_client.told_settings import settings_in, which_count
from foley_common.errors import FieldViolation, InvalidField, StageUnavailable

POLL_S = 0.5
"""How often a home that another process holds is looked at again."""
OTHER_SETTINGS = (
    " (start `foley serve` again with yours, or give this run services of its own with --home DIR)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A gateway to talk to.

    Attributes:
        target: Its gRPC address.
        service_pids: Services on this machine by name; empty for a named gateway.
        supervisor: Set when the services were started for this command.
        logs: Folder of the services' logs; None for a named gateway.
    """

    target: str
    service_pids: dict[str, int]
    supervisor: Supervisor | None
    logs: Path | None


def target_of(server: str) -> str:
    """The gRPC address in what a person typed: ``host:port``, ``grpc://host:port`` or a gRPC name.

    >>> target_of("grpc://studio.example:50051/")
    'studio.example:50051'

    Raises:
        InvalidField: it is the address of the page.
    """
    if server.startswith(("http://", "https://")):
        problem = f"{server} is the address of the page; give the gRPC address, host:port, as `foley serve` prints it"
        raise InvalidField([FieldViolation("--server", problem)])
    target = server.removeprefix("grpc://").rstrip("/")
    if ":" not in target:
        raise InvalidField([FieldViolation("--server", f"{server} has no port; give host:port")])
    return target


@contextlib.asynccontextmanager
async def gateway_for(home: Home, server: str | None, show: Show) -> AsyncIterator[Place]:
    """Find or start a gateway; what was started here is stopped at the end.

    When `foley serve` runs on this home, its gateway is used. When another `foley run` holds the home, this one waits
    for its turn: two runs at once would only share the same cores.
    """
    if server is not None:
        target = target_of(server)
        if not await is_serving(target, GATEWAY.health_name):
            raise StageUnavailable(
                f"no gateway answers at {target}: is `foley serve` running there?", stage="gateway"
            )
        _tell_settings(None, target, show)
        yield Place(target, {}, None, None)
        return
    home.prepare()
    while True:
        with held_lock(home) as ours:
            if ours:
                await fetch_missing_models(show, allow_fetch=may_fetch())
                supervisor = Supervisor(home, mode="run")
                stack = await supervisor.start(show.waiting)
                try:
                    yield Place(stack.grpc_target, stack.service_pids, supervisor, home.logs)
                finally:
                    await supervisor.stop()
                return
        stack = read_server_file(home)
        if (
            stack
            and stack.mode == "serve"
            and await is_serving(stack.grpc_target, GATEWAY.health_name)
        ):
            show.note(f"using the services of `foley serve` (process {stack.pid})")
            _tell_settings(stack.settings, "`foley serve`", show, OTHER_SETTINGS)
            yield Place(stack.grpc_target, stack.service_pids, None, home.logs)
            return
        who = f"process {stack.pid}" if stack else "another process"
        show.waiting(
            f"waiting for {who} to finish with {home.root} (or give this run its own with --home DIR)"
        )
        await asyncio.sleep(POLL_S)


def _tell_settings(
    there: Mapping[str, str] | None, place: str, show: Show, remedy: str = ""
) -> None:
    """Say which settings count, where this shell's do not; None for services that do not tell theirs."""
    if told := which_count(settings_in(os.environ, SETTINGS_PREFIXES), there, place):
        show.note(f"{told}{remedy}")
