"""The four services on one machine: started together, watched, started again when one dies, and stopped together.

The services are the same servers as on a cluster. They listen on loopback, speak gRPC, and share one object store (a
folder) and one SQLite file under FOLEY_HOME.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable

from foley_client.child import Child, Ports, ServiceSpec
from foley_client.home import Home, RunMode, RunningStack, write_server_file
from foley_client.pipeline_version import pipeline_digest
from foley_client.rpc.health import is_serving
from foley_client.told_settings import settings_in
from foley_common.errors import FoleyError, StageUnavailable

HOST = "127.0.0.1"
"""Services started here are for this machine only."""
STAGES = (
    ServiceSpec(
        "detector", "foley_detector", "FOLEY_DETECTOR_", "foley.detector.v1.DetectorService"
    ),
    ServiceSpec(
        "surface_agent",
        "foley_surface_agent",
        "FOLEY_SURFACE_AGENT_",
        "foley.surface_agent.v1.SurfaceAgentService",
    ),
    ServiceSpec("audio", "foley_audio", "FOLEY_AUDIO_", "foley.audio.v1.AudioService"),
)
GATEWAY = ServiceSpec(
    "gateway", "foley_gateway", "FOLEY_GATEWAY_", "foley.gateway.v1.RenderService"
)
SETTINGS_PREFIXES = tuple(spec.env_prefix for spec in (*STAGES, GATEWAY))
"""How the names of settings of services begin."""

READY_TIMEOUT_S = 600.0
"""Until a service is up: torch from a cold disk takes tens of seconds, four minutes once while others wrote to it, and
models may have to be loaded. Who waits sees what for, and can stop it."""
HEALTH_POLL_S = 0.2
"""Between two health checks while waiting."""
GRACE_S = 10.0
"""Between SIGTERM and SIGKILL, the services' own default grace time."""
MAX_RESTARTS = 3
"""Restarts of one service before the supervisor gives up: a crash may be bad luck once, not four times."""
RESTART_PAUSE_S = 0.5
"""Before a restart, so that a port is free again."""

OnWaiting = Callable[[str], None]
"""Told, in a few words for people, what is being waited for."""


class Supervisor:
    """Starts and watches the services of one home. The caller holds the home's lock."""

    def __init__(
        self,
        home: Home,
        *,
        mode: RunMode,
        rest_port: int = 0,
        grpc_port: int = 0,
        stages: tuple[ServiceSpec, ...] = STAGES,
        gateway: ServiceSpec = GATEWAY,
        grace_s: float = GRACE_S,
    ) -> None:
        self._home = home
        self._mode: RunMode = mode
        self._wanted_rest_port = rest_port
        self._wanted_grpc_port = grpc_port
        self._stages = stages
        self._gateway = gateway
        self._grace_s = grace_s
        self._children: dict[str, Child] = {}
        self._ports: dict[str, Ports] = {}
        self._restarts: dict[str, int] = {}
        self._watchers: list[asyncio.Task[None]] = []
        self._failure: asyncio.Future[FoleyError] = asyncio.get_running_loop().create_future()
        self._stopping = False
        self._pipeline = pipeline_digest()

    async def start(self, on_waiting: OnWaiting) -> RunningStack:
        """Start everything and wait until every service answers SERVING.

        Raises:
            StageUnavailable: a service died or did not get ready; everything is stopped again.
        """
        try:
            on_waiting("starting " + ", ".join(spec.name for spec in self._stages))
            for spec in self._stages:
                await self._spawn(spec)
            await self._wait_for_ports(on_waiting)
            on_waiting("starting gateway")
            await self._spawn(self._gateway)
            self._ports[self._gateway.name] = await self._children[self._gateway.name].ports(
                READY_TIMEOUT_S
            )
            await self._wait_until_serving(on_waiting)
        except (FoleyError, asyncio.CancelledError):
            await self.stop()
            raise
        self._watchers = [
            asyncio.create_task(self._watch(spec), name=f"watch-{spec.name}")
            for spec in (*self._stages, self._gateway)
        ]
        self._tell()
        return self.stack

    @property
    def stack(self) -> RunningStack:
        """What is up, and where."""
        ports = self._ports[self._gateway.name]
        return RunningStack(
            pid=os.getpid(),
            mode=self._mode,
            grpc_target=f"{HOST}:{ports.grpc_port}",
            rest_url=f"http://{HOST}:{ports.rest_port}",
            service_pids={name: child.pid for name, child in self._children.items()},
            settings=settings_in(os.environ, SETTINGS_PREFIXES),
        )

    async def failure(self) -> FoleyError:
        """Waits until a service died more often than it is restarted; gives the error that says so."""
        return await asyncio.shield(self._failure)

    async def stop(self) -> None:
        """Stop all services: the gateway first, so that it does not call stages that are leaving."""
        self._stopping = True
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        if gateway := self._children.pop(self._gateway.name, None):
            await gateway.stop(self._grace_s)
        await asyncio.gather(*(child.stop(self._grace_s) for child in self._children.values()))
        self._children.clear()
        self._home.server_file.unlink(missing_ok=True)

    async def _spawn(self, spec: ServiceSpec) -> None:
        self._children[spec.name] = await Child.start(
            spec,
            environment=self._environment(spec),
            log_path=self._home.log_of(spec.name),
            ready=self._home.ready / f"{spec.name}.json",
            work_dir=self._home.root,
        )

    def _environment(self, spec: ServiceSpec) -> dict[str, str]:
        """The parent's environment, with what must fit together on one machine set over it."""
        known = self._ports.get(spec.name)
        is_gateway = spec.name == self._gateway.name
        first_port = self._wanted_grpc_port if is_gateway else 0
        ours = {
            "HOST": HOST,
            "PORT": str(known.grpc_port if known else first_port),
            "METRICS_PORT": "0",
            "STORE__KIND": "local",
            "STORE__ROOT": str(self._home.objects),
            "SCRATCH_DIR": str(self._home.scratch),
        }
        if is_gateway:
            rest_port = known.rest_port if known else self._wanted_rest_port
            ours["REST_PORT"] = str(rest_port or 0)
            ours["RESULTS_SALT"] = self._pipeline
            ours["DATABASE_URL"] = f"sqlite:///{self._home.database}"
            for stage in self._stages:
                ours[f"{stage.name.upper()}_TARGET"] = f"{HOST}:{self._ports[stage.name].grpc_port}"
        return {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            **{spec.env_prefix + name: value for name, value in ours.items()},
        }

    async def _wait_for_ports(self, on_waiting: OnWaiting) -> None:
        """All stages at once, so that one that dies is noticed while another loads its models."""
        waits = {
            asyncio.create_task(self._children[spec.name].ports(READY_TIMEOUT_S)): spec.name
            for spec in self._stages
        }
        waiting = set(waits)
        try:
            while waiting:
                on_waiting("waiting for " + ", ".join(sorted(waits[wait] for wait in waiting)))
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                self._ports.update({waits[wait]: wait.result() for wait in done})
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _wait_until_serving(self, on_waiting: OnWaiting) -> None:
        waiting = {spec.name: spec for spec in (*self._stages, self._gateway)}
        deadline = asyncio.get_running_loop().time() + READY_TIMEOUT_S
        while waiting:
            on_waiting("waiting for " + ", ".join(waiting))
            for name, spec in list(waiting.items()):
                if not self._children[name].alive:
                    await self._children[name].wait()
                    raise self._children[name].died()
                if await is_serving(f"{HOST}:{self._ports[name].grpc_port}", spec.health_name):
                    del waiting[name]
            if waiting and asyncio.get_running_loop().time() > deadline:
                logs = ", ".join(str(self._home.log_of(name)) for name in waiting)
                raise StageUnavailable(
                    f"{', '.join(waiting)} did not get ready within {READY_TIMEOUT_S:.0f} s; logs: {logs}",
                    stage=next(iter(waiting)),
                )
            if waiting:
                await asyncio.sleep(HEALTH_POLL_S)

    async def _watch(self, spec: ServiceSpec) -> None:
        """Start a service that died again, on the same ports, a bounded number of times."""
        while not self._stopping:
            child = self._children[spec.name]
            await child.wait()
            if self._stopping:
                return
            self._restarts[spec.name] = self._restarts.get(spec.name, 0) + 1
            if self._restarts[spec.name] > MAX_RESTARTS:
                self._give_up(child.died())
                return
            await asyncio.sleep(RESTART_PAUSE_S)
            try:
                await self._spawn(spec)
            except FoleyError as error:
                self._give_up(error)
                return
            self._tell()

    def _give_up(self, error: FoleyError) -> None:
        if not self._failure.done():
            self._failure.set_result(error)

    def _tell(self) -> None:
        with contextlib.suppress(
            OSError
        ):  # a full disk must not end a render; only finding us by --home is lost
            write_server_file(self._home, self.stack)

    def restarts(self) -> dict[str, int]:
        """How often each service had to be started again."""
        return dict(self._restarts)
