"""The result folder: room and leave to write before the work, whole files or none after it."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from foley_client.home import ensure_writable, write_error
from foley_client.rpc.convert import FileView, RenderView
from foley_client.rpc.gateway import FoleyClient
from foley_common.errors import StoreFull

OUTPUT_WHAT = "the output folder"
OUTPUT_REMEDY = "give another with -o DIR"
REPORT_NAME = "report.json"
OVERRIDE = "; if you know that less is enough, add --no-disk-check"
MAX_OTHERS = 10
"""Files of earlier runs that are named."""


def check_room(folder: Path, need_bytes: int, *, what: str, remedy: str, need: str = "") -> None:
    """Make the folder, prove that it can be written, and that there is room.

    Args:
        folder: Where.
        need_bytes: How much may be written.
        what: The folder, for people.
        remedy: What helps besides free space.
        need: What takes the room, for people.

    Raises:
        StoreReadOnly, StoreFull: naming path, need and remedy.
    """
    ensure_writable(folder, what=what, remedy=remedy)
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < need_bytes:
        raise StoreFull(
            f"{what}, {folder}, has {_mib(free_bytes)} free, and this video may need {_mib(need_bytes)}"
            f"{f' ({need})' if need else ''}: free some space, or {remedy}"
            f"{OVERRIDE if need else ''}",
            path=str(folder),
            need_bytes=str(need_bytes),
            free_bytes=str(free_bytes),
        )


async def fetch_results(client: FoleyClient, render: RenderView, folder: Path) -> list[Path]:
    """Bring all files of a finished render into the folder, each under its name as a whole, its digest checked.

    There must be room for all of them: their sizes are known now.

    Raises:
        StoreFull, StoreReadOnly: the folder cannot take it; files that are complete stay.
        DigestMismatch, StageUnavailable.
    """
    check_room(
        folder, _arriving_bytes(render.files, folder), what=OUTPUT_WHAT, remedy=OUTPUT_REMEDY
    )
    written: list[Path] = []
    for file in render.files:
        path = folder / Path(file.name).name
        try:
            await client.download_file(render.name, file.name, path, sha256=file.sha256)
        except OSError as err:
            raise _lack(err, path, file) from err
        written.append(path)
    return written


def _arriving_bytes(files: Sequence[FileView], folder: Path) -> int:
    """Most that the folder grows while files arrive: one that is there already stays until its successor is whole."""
    grown_bytes = most_bytes = 0
    for file in files:
        before = folder / Path(file.name).name
        most_bytes = max(most_bytes, grown_bytes + file.size_bytes)
        grown_bytes += file.size_bytes - (before.stat().st_size if before.is_file() else 0)
    return most_bytes


def add_to_report(folder: Path, run: dict[str, object]) -> None:
    """Write what only this side knows (timings, memory) under ``run`` into `report.json`; atomic."""
    path = folder / REPORT_NAME
    report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    report["run"] = run
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_text(
            json.dumps(report, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        partial.replace(path)
    except OSError as err:
        raise write_error(err, path, what=OUTPUT_WHAT, remedy=OUTPUT_REMEDY) from err
    finally:
        partial.unlink(missing_ok=True)


def other_files(folder: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Names of files in a folder that are not of this run: an earlier one's stems would not match this mix."""
    names = {path.name for path in folder.iterdir() if path.is_file()}
    return tuple(sorted(name for name in names - set(files) if not name.startswith(".")))


def others_text(folder: str, names: Sequence[str]) -> str:
    """What people are told of these.

    >>> others_text("out/walk", ("room.wav",))
    'Not of this run, but also in out/walk: room.wav'
    """
    more = f" and {len(names) - MAX_OTHERS} more" if len(names) > MAX_OTHERS else ""
    return f"Not of this run, but also in {folder}: {', '.join(names[:MAX_OTHERS])}{more}"


def _lack(err: OSError, path: Path, file: FileView) -> Exception:
    error = write_error(err, path, what=OUTPUT_WHAT, remedy=OUTPUT_REMEDY)
    if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreFull(
            f"{error.message}; {file.name} needs {_mib(file.size_bytes)}", path=str(path)
        )
    return error


def _mib(size_bytes: int) -> str:
    return f"{size_bytes / (1 << 20):.0f} MiB"
