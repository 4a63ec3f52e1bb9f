"""What several commands share: options with closed lists, the consoles, and how errors end a command."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import signal
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from foley_client.disk_need import DISK_CHECK_VARIABLE
from foley_client.exit_codes import ExitCode, exit_code_of
from foley_client.home import HOME_VARIABLE
from foley_client.names import one_line
from foley_common.errors import FoleyError, RenderCancelled

_Result = TypeVar("_Result")

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar=HOME_VARIABLE,
        help="Folder for work, logs and the database of services on this machine.",
        show_default="the user's data folder",
    ),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server",
        envvar="FOLEY_SERVER",
        help="gRPC address, host:port, of a running gateway to use instead.",
    ),
]


DiskCheckOption = Annotated[
    bool,
    typer.Option(
        "--disk-check/--no-disk-check",
        envvar=DISK_CHECK_VARIABLE,
        help="Refuse to begin where the disk may be too small: a rule of thumb, and an upper bound.",
    ),
]


def out_console() -> Console:
    """For results: standard output. Letters that it cannot write are escaped, as standard error's are."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return Console(file=sys.stdout, emoji=False)


def err_console() -> Console:
    """For progress and errors: standard error, so that results can be piped."""
    return Console(file=sys.stderr, emoji=False)  # a file may be called :car:.mp4


def print_json(value: object) -> None:
    """One document on standard output, valid whatever it can write and whatever bytes names of files are."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    typer.echo(text)


def run_async(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run to the end; SIGTERM cancels like Ctrl-C."""
    return asyncio.run(_cancelled_by_sigterm(work))


@contextlib.contextmanager
def errors_end_command() -> Iterator[None]:
    """Turn an error into one line and an exit status, never a trace. Enter it before anything that draws.

    Raises:
        typer.Exit: with the status of the error's reason.
    """
    try:
        yield
    except FoleyError as err:
        raise typer.Exit(_fail(err)) from err
    except (KeyboardInterrupt, asyncio.CancelledError) as err:
        raise typer.Exit(_fail(RenderCancelled("stopped"))) from err


def _fail(error: FoleyError) -> ExitCode:
    """Say what went wrong, in a sentence, and give the exit status."""
    console = err_console()
    said = "\n".join(one_line(line) for line in error.message.splitlines())
    console.print(f"foley: {said}", style="red", markup=False, highlight=False, soft_wrap=True)
    if error.retry_after_s:
        console.print("Trying again may help.", markup=False)
    return exit_code_of(error)


async def _cancelled_by_sigterm(work: Coroutine[Any, Any, _Result]) -> _Result:
    task = asyncio.current_task()
    if task is not None:
        with contextlib.suppress(NotImplementedError, RuntimeError):  # not the main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work
