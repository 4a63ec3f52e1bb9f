"""The model files that this machine needs, fetched before a service has to wait for them."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path

from foley_client.show import Show
from foley_common.errors import RenderCancelled
from foley_common.weights import ModelFile, ModelState, ModelStatus, ensure, list_models

DEVICE_VARIABLE = "FOLEY_DETECTOR_DEVICE"
"""The detector's own setting."""
FETCH_VARIABLE = "FOLEY_DETECTOR_FETCH_WEIGHTS"
"""The detector's own setting; with a false value nothing is fetched before it starts, either."""
_NO = ("false", "0", "no", "off", "f", "n")  # as pydantic reads them
NVIDIA_DRIVER = Path("/proc/driver/nvidia/version")
"""Present on Linux while the driver of a CUDA device is loaded."""
MEBIBYTE = 1 << 20


def devices() -> tuple[str, ...]:
    """Devices the detector may choose on this machine: what its setting says, else CPU, and CUDA with a driver."""
    if (named := os.environ.get(DEVICE_VARIABLE, "")) in ("cpu", "cuda"):
        return (named,)
    return ("cpu", "cuda") if NVIDIA_DRIVER.exists() else ("cpu",)


def is_needed(model: ModelFile) -> bool:
    """True when the default settings on this machine need the file."""
    return any(device in model.needed_for for device in devices())


def may_fetch() -> bool:
    """False when the detector's setting forbids to fetch weights."""
    return os.environ.get(FETCH_VARIABLE, "").strip().lower() not in _NO


def model_statuses() -> list[ModelStatus]:
    """Every file of the manifest with its state; nothing is fetched."""
    return list_models()


async def fetch_missing_models(show: Show, *, allow_fetch: bool = True) -> list[Path]:
    """Have every needed file here, its digest checked.

    Args:
        show: Where progress is told.
        allow_fetch: False never touches the network.

    Raises:
        ModelMissing, ModelCorrupt: with what was tried and what to do.
    """
    paths: list[Path] = []
    for status in await asyncio.to_thread(list_models):
        if not is_needed(status.model):
            continue
        if status.state is ModelState.PRESENT and status.path is not None:
            paths.append(status.path)
            continue
        if allow_fetch:
            show.waiting(
                f"fetching {status.model.name} ({status.model.size_bytes / MEBIBYTE:.1f} MiB)"
            )
        paths.append(await _ensured(status.model.name, show, allow_fetch=allow_fetch))
        show.note(f"fetched {status.model.name} to {paths[-1]}")
    return paths


async def _ensured(name: str, show: Show, *, allow_fetch: bool) -> Path:
    """Have one file here; whoever is cancelled does not wait for the rest of a download."""
    left = threading.Event()
    try:
        return await asyncio.to_thread(
            ensure, name, allow_fetch=allow_fetch, on_progress=_progress(show, left)
        )
    finally:
        left.set()


def _progress(show: Show, left: threading.Event) -> Callable[[str, int, int], None]:
    shown: set[tuple[str, int]] = set()

    def told(name: str, done_bytes: int, total_bytes: int) -> None:
        if left.is_set():
            raise RenderCancelled(f"nobody waits for {name} any more")
        tenth = done_bytes * 10 // max(1, total_bytes)
        if (name, tenth) not in shown:
            shown.add((name, tenth))
            show.waiting(f"fetching {name}: {tenth * 10} %")

    return told
