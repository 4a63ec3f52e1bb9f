"""One service by itself, for a command that needs no more: started, waited for, and stopped."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from foley_client.child import Child, ServiceSpec
from foley_client.rpc.health import is_serving
from foley_client.supervisor import GRACE_S, HEALTH_POLL_S, HOST, READY_TIMEOUT_S, OnWaiting
from foley_common.errors import StageUnavailable


@contextlib.asynccontextmanager
async def one_service(
    spec: ServiceSpec,
    folder: Path,
    on_waiting: OnWaiting,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[str]:
    """A service over a store of its own; gives its target, ``host:port``.

    Args:
        spec: Which.
        folder: For its store (``objects``), log and scratch; the caller cleans it up.
        on_waiting: Told what is being waited for.
        settings: Further settings, without prefix.

    Raises:
        StageUnavailable: it died or did not get ready; the message has its last words.
    """
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    ours = {
        "HOST": HOST,
        "PORT": "0",
        "STORE__KIND": "local",
        "STORE__ROOT": str(folder / "objects"),
        "SCRATCH_DIR": str(scratch),
        **(settings or {}),
    }
    on_waiting(f"starting {spec.name}")
    child = await Child.start(
        spec,
        environment={
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            **{spec.env_prefix + name: value for name, value in ours.items()},
        },
        log_path=folder / f"{spec.name}.log",
        ready=folder / "ready.json",
        work_dir=folder,
    )
    try:
        ports = await child.ports(READY_TIMEOUT_S)
        target = f"{HOST}:{ports.grpc_port}"
        async with asyncio.timeout(READY_TIMEOUT_S):
            while not await is_serving(target, spec.health_name):
                if not child.alive:
                    raise child.died()
                await asyncio.sleep(HEALTH_POLL_S)
        yield target
    except TimeoutError as error:
        raise StageUnavailable(
            f"{spec.name} did not get ready within {READY_TIMEOUT_S:.0f} s", stage=spec.name
        ) from error
    finally:
        await child.stop(GRACE_S)
