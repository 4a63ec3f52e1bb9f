"""A service in this process, over real gRPC on a free loopback port, for tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc.aio

from foley_common.rpc.client import open_channel
from foley_common.rpc.server import AddServicer, RunningServer, running_server
from foley_common.settings import BaseServiceSettings, StoreSettings


@dataclass(frozen=True, slots=True)
class InProcess:
    """A running server and a channel to it."""

    server: RunningServer
    channel: grpc.aio.Channel


class _TestSettings(BaseServiceSettings, env_prefix="FOLEY_IN_PROCESS_TESTS_"):
    """Settings under a prefix that nobody sets."""


def settings_for_tests(root: Path, **changes: object) -> BaseServiceSettings:
    """Settings with free ports and a store in a directory, whatever the environment says to real services."""
    values: dict[str, object] = {"store": StoreSettings(root=root), "grace_s": 5.0, **changes}
    return _TestSettings.model_validate(values)


@asynccontextmanager
async def in_process(
    settings: BaseServiceSettings,
    *,
    service_name: str,
    add_servicer: AddServicer,
    load: Callable[[], Awaitable[None]] | None = None,
    retries: bool = True,
) -> AsyncGenerator[InProcess]:
    """Serve inside the block; arguments as `foley_common.rpc.server.running_server`."""
    async with (
        running_server(
            settings, service_name=service_name, add_servicer=add_servicer, load=load
        ) as server,
        open_channel(server.target, retries=retries) as channel,
    ):
        yield InProcess(server, channel)
