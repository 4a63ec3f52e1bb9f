"""One service as a child process: start, ports, log, end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from foley_client.home import HOME_REMEDY, write_error
from foley_client.logs import RotatingLog, last_lines
from foley_common.errors import FoleyError, StageUnavailable
from foley_common.rpc.errors import error_classes

POLL_S = 0.05
"""How often a ready file is looked for."""
PUMP_BYTES = 64 << 10
"""Most log bytes moved at once."""
SHOWN_LOG_LINES = 8
"""Log lines shown when a service dies."""

FAILED_EVENT = "service_failed"
"""Event in a service's log that carries the error it ends with (`foley_common.rpc.server`)."""


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """What there is to know about a service before it starts.

    Attributes:
        name: Short name, as in logs: ``detector``.
        module: Started with ``python -m``.
        env_prefix: Prefix of its settings, for example ``FOLEY_DETECTOR_``.
        health_name: Full gRPC service name that its health answers for.
    """

    name: str
    module: str
    env_prefix: str
    health_name: str


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a service listens; ``rest_port`` only at the gateway."""

    grpc_port: int
    metrics_port: int | None
    rest_port: int | None


class Child:
    """A running service process with its log pump."""

    def __init__(
        self, spec: ServiceSpec, process: asyncio.subprocess.Process, log: RotatingLog, ready: Path
    ) -> None:
        self.spec = spec
        self._process = process
        self._log = log
        self._ready = ready
        self._pump = asyncio.create_task(self._move_log(), name=f"log-{spec.name}")

    @classmethod
    async def start(
        cls,
        spec: ServiceSpec,
        *,
        environment: Mapping[str, str],
        log_path: Path,
        ready: Path,
        work_dir: Path,
    ) -> Child:
        """Start the process in a group of its own, so that Ctrl-C in the terminal reaches only the supervisor.

        Raises:
            StoreFull, StoreReadOnly: its log cannot be opened.
            StageUnavailable: the system starts no further process.
        """
        try:
            ready.unlink(missing_ok=True)
            log = RotatingLog(log_path)
        except OSError as err:
            raise write_error(err, log_path, what="the log", remedy=HOME_REMEDY) from err
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # the folder a person stands in must not shadow a package
                "-m",
                "foley_client.guard",
                str(os.getpid()),
                spec.module,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env={**environment, f"{spec.env_prefix}READY_FILE": str(ready)},
                cwd=work_dir,
                start_new_session=True,
            )
        except OSError as err:
            log.close()
            raise StageUnavailable(
                f"{spec.name} cannot be started: {err.strerror or err}", stage=spec.name
            ) from err
        return cls(spec, process, log, ready)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True until the process ended."""
        return self._process.returncode is None

    async def wait(self) -> int:
        """Wait for the end; gives the exit status."""
        status = await self._process.wait()
        await self._end_group()
        return status

    async def ports(self, timeout_s: float) -> Ports:
        """Wait until the service says which ports it took.

        Raises:
            StageUnavailable: it died, or did not say so in time.
        """
        deadline = asyncio.get_running_loop().time() + timeout_s
        while not self._ready.exists():
            if not self.alive:
                await self._end_group()
                raise self.died()
            if asyncio.get_running_loop().time() > deadline:
                raise StageUnavailable(
                    f"{self.spec.name} did not open its port within {timeout_s:.0f} s; its log: {self._log.path}",
                    stage=self.spec.name,
                )
            await asyncio.sleep(POLL_S)
        told = json.loads(self._ready.read_text(encoding="utf-8"))
        return Ports(int(told["grpc_port"]), told.get("metrics_port"), told.get("rest_port"))

    def died(self) -> FoleyError:
        """The error that tells how the process ended: its own error when it gave one, else its last words."""
        lines = last_lines(self._log.path, SHOWN_LOG_LINES)
        if failure := _told_failure(lines):
            kind = error_classes().get(failure["reason"], StageUnavailable)
            error = FoleyError.__new__(kind)
            FoleyError.__init__(
                error,
                f"{self.spec.name} cannot run: {failure['message']} (log: {self._log.path})",
                stage=self.spec.name,
            )
        else:
            status = self._process.returncode or 0
            how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            words = "\n".join(f"  | {line}" for line in lines)
            error = StageUnavailable(
                f"{self.spec.name} {how}; its log is {self._log.path}"
                + (f", its last lines:\n{words}" if words else ""),
                stage=self.spec.name,
            )
        error.retry_after_s = None  # it was not there, and will not come by itself
        return error

    async def stop(self, grace_s: float) -> None:
        """SIGTERM, and SIGKILL for the whole group after the grace time."""
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), grace_s)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()
        await self._end_group()
        self._ready.unlink(missing_ok=True)

    async def _end_group(self) -> None:
        """End what the service itself started, so that the log ends too."""
        self._signal(signal.SIGKILL)
        await self._pump

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    async def _move_log(self) -> None:
        stream = self._process.stdout
        assert stream is not None  # asked for with PIPE
        try:
            while data := await stream.read(PUMP_BYTES):
                # A line that a full disk does not take is lost; a pipe that nobody reads would halt the service.
                with contextlib.suppress(OSError):
                    self._log.write(data)
        finally:
            self._log.close()


def _told_failure(lines: list[str]) -> dict[str, str] | None:
    """The last line by which a service of ours says, in its log's JSON, why it cannot run; None without one."""
    for line in reversed(lines):
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if isinstance(told, dict) and told.get("event") == FAILED_EVENT and "reason" in told:
                return {
                    "reason": str(told["reason"]),
                    "message": str(told.get("message") or told.get("problem", "")),
                }
    return None
